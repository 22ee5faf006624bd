/* directions.c: the leading directions of changed matrices, in tokens. */
#include "spx/directions.h"

#include "spx/rounding.h"
#include "spx/subspace.h"

#include <math.h>

spx_status spx_directions_model_open(const char *path, const spx_notify *notify,
                                     spx_directions_model *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (spx_directions_model){0};
    SPX_TRY(spx_lm_open(path, &out->model, &out->tokenizer, NULL, err));
    spx_lm_note(out->model, out->tokenizer, notify);
    SPX_TRY(spx_lens_new(out->model, &out->lens, err));
out:
    return st;
}

void spx_directions_model_close(spx_directions_model *m)
{
    spx_lens_free(m->lens);
    spx_tokenizer_close(m->tokenizer);
    spx_model_close(m->model);
    *m = (spx_directions_model){0};
}

/* A changed matrix: its decompositions and where its side in the stream is seen. */
typedef struct changed {
    const spx_directions_opts *o;
    const char *stage, *tensor;
    spx_place place;
    bool reads;
    size_t k;            /* dominant directions of the base */
    const spx_mat *X;    /* the base's vectors of that side, k columns are looked at */
    double chance, edge; /* edge: values of the change below it may be rounding; NaN: not known */
    spx_scratch *tmp;
} changed;

/* The share of column j of Y in the span of the base's k dominant vectors. */
static double share_in_base(const changed *c, const spx_mat *Y, size_t j)
{
    double share = 0;
    for (size_t i = 0; i < c->k; i++) {
        double dot = 0;
        for (size_t r = 0; r < Y->rows; r++)
            dot += c->X->data[r * c->X->ld + i] * Y->data[r * Y->ld + j];
        share += dot * dot;
    }
    return share;
}

/* Column j of Y at both ends. */
static spx_status tell_direction(const changed *c, const spx_svd *f, size_t j, bool of_change,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_mat *Y = c->reads ? &f->V : &f->U;
    const size_t d = Y->rows, vocab = spx_model_shape(c->o->model)->vocab;
    float *u = NULL, *cosines = NULL;
    int32_t *token = NULL;
    SPX_TRY(SPX_SCRATCH(c->tmp, &u, d, err));
    SPX_TRY(SPX_SCRATCH(c->tmp, &cosines, vocab, err));
    SPX_TRY(SPX_SCRATCH(c->tmp, &token, c->o->tokens, err));
    for (size_t r = 0; r < d; r++) u[r] = (float)Y->data[r * Y->ld + j];
    SPX_TRY(spx_lens_cosines(c->o->lens, c->place, u, 1, cosines, err));
    spx_direction x = {.stage = c->stage,
                       .tensor = c->tensor,
                       .reads = c->reads,
                       .of_change = of_change,
                       .index = j + 1,
                       .value = f->s[j],
                       .share = share_in_base(c, Y, j),
                       .share_chance = (double)c->k / (double)d,
                       .chance = c->chance,
                       .token = token,
                       .tokens = c->o->tokens < vocab ? c->o->tokens : vocab};
    for (int end = 0; end < 2; end++) {
        x.negative = end == 1;
        spx_lens_top(cosines, vocab, x.negative, token, x.tokens);
        x.cosine = (double)cosines[token[0]] * (x.negative ? -1 : 1);
        c->o->told(&x, c->o->arg);
    }
out:
    return st;
}

/* Leading directions of the change, then dominant ones of W that W0 did not have. */
static spx_status tell_matrix(const changed *c, const spx_svd *change, const spx_svd *now,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    const double half = 0.5;
    const spx_mat *Y = c->reads ? &now->V : &now->U;
    for (size_t j = 0; j < change->k && change->s[j] > 0 && !(change->s[j] <= c->edge); j++)
        SPX_TRY(tell_direction(c, change, j, true, err));
    for (size_t j = 0, told = 0; j < c->k && told < c->o->directions; j++)
        if (share_in_base(c, Y, j) < half) {
            SPX_TRY(tell_direction(c, now, j, false, err));
            told++;
        }
out:
    return st;
}

static spx_status check_width(const changed *c, size_t width, spx_error *err)
{
    const size_t d = spx_model_shape(c->o->model)->d_model;
    if (width == d) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE, "its %s side has %zu directions, the model's stream %zu",
                    c->reads ? "input" : "output", width, d);
}

/* The leading `directions` triplets of W - W0, which takes the memory of W0. */
static spx_status decompose_change(const changed *c, spx_mat *W0, const spx_mat *W, spx_svd *out,
                                   spx_error *err)
{
    spx_svd_opts o = spx_svd_defaults();
    const size_t r = W->rows < W->cols ? W->rows : W->cols;
    o.k = c->o->directions < r ? c->o->directions : r;
    spx_mat_subtract(W0, W, W0);
    return spx_svd_compute(W0, &o, out, err);
}

static spx_status measure_edge(changed *c, const spx_mat *W, spx_dtype type, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rounding r;
    double unit = 0, least = 0;
    c->edge = (double)NAN;
    if (!spx_dtype_rounding(type, &unit, &least)) return SPX_OK;
    SPX_TRY(spx_rounding_measure(W, type, &r, c->tmp, err));
    c->edge = r.edge;
out:
    return st;
}

static spx_status measure_matrix(changed *c, spx_stage *base, spx_stage *now, size_t i,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0}, W = {0};
    spx_svd change = {0};
    SPX_TRY(spx_stage_matrix(base, base, i, &W0, err));
    SPX_TRY(spx_stage_matrix(now, base, i, &W, err));
    SPX_TRY(check_width(c, c->reads ? W.cols : W.rows, err));
    SPX_TRY(spx_stage_svd(base, i, &W0, &c->o->dominant, 0, err));
    const spx_svd *f = &base->svd[i];
    c->k = f->s[0] > 0 ? spx_dominant_directions(&c->o->dominant, f->s, f->r) : 0;
    if (c->k > f->r)
        SPX_RAISE(err, SPX_EINVAL, "k is %zu, but there are %zu directions", c->k, f->r);
    c->X = c->reads ? &f->V : &f->U;
    SPX_TRY(spx_stage_svd(now, i, &W, NULL, spx_subspace_reach(c->k, f->r), err));
    SPX_TRY(spx_lens_chance(c->o->lens, c->place, c->o->seed, &c->chance, err));
    SPX_TRY(measure_edge(c, &W, now->tensor[i]->dtype, err));
    SPX_TRY(decompose_change(c, &W0, &W, &change, err));
    SPX_TRY(tell_matrix(c, &change, &now->svd[i], err));
out:
    spx_svd_free(&change);
    spx_mat_free(&W0);
    spx_mat_free(&W);
    return st;
}

static spx_status go_over_stage(const spx_directions_opts *o, spx_stage *base, spx_stage *now,
                                size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    for (size_t i = 0; i < base->n; i++) {
        changed c = {.o = o, .stage = now->from.stage, .tmp = &tmp};
        if (!now->tensor[i] || spx_tensors_identical(base->tensor[i], now->tensor[i])) continue;
        c.tensor = base->tensor[i]->name;
        c.place = spx_arch_place(c.tensor);
        if (spx_stream_side_of(c.place.role) == SPX_STREAM_NONE) continue;
        c.reads = spx_stream_side_of(c.place.role) == SPX_STREAM_READ;
        st = measure_matrix(&c, base, now, i, err);
        spx_scratch_free(&tmp);
        if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", now->from.path, c.tensor);
        SPX_TRY(st);
        ++*found;
    }
    SPX_TRY(spx_ckpt_check(now->ckpt, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_directions_find(const spx_directions_opts *o, size_t *odd, size_t *found,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_stage base = {0}, now = {0};
    SPX_TRY(spx_stage_open_base(&base, o->base, o->keep, o->notify, err));
    for (size_t t = 0; t < o->n; t++) {
        SPX_TRY(spx_stage_open(&now, &o->stages[t], &base, o->keep, odd, err));
        SPX_TRY(go_over_stage(o, &base, &now, found, err));
        spx_stage_close(&now);
        now = (spx_stage){0};
    }
    SPX_TRY(spx_ckpt_check(base.ckpt, err));
out:
    spx_stage_close(&now);
    spx_stage_close(&base);
    return st;
}
