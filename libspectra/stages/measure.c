/* measure.c: one matrix at a stage measured beside its base, by whatever route both came. */
#include "spx/measure.h"

#include "spx/nullband.h"

#include <math.h>

void spx_stage_numbers_free(spx_stage_numbers *n)
{
    spx_subspace_free(&n->subspace);
    spx_subspace_free(&n->null);
    spx_change_free(&n->change);
    for (size_t side = 0; side < 2; side++) spx_mat_free(&n->overlaps[side]);
    *n = (spx_stage_numbers){0};
}

void spx_stage_unchanged(const spx_stage_opts *o, spx_stage_numbers *out)
{
    *out = (spx_stage_numbers){.parts = o->parts & (SPX_SUBSPACE | SPX_CHANGE), .k = o->dominant.k};
    spx_subspace_same(&out->subspace);
    spx_change_none(&out->change);
    for (size_t i = 0; i < SPX_SUBSPACE_METRICS; i++)
        out->null.value[i] = out->chance[i] = (double)NAN;
    for (size_t i = 0; i < SPX_CHANGE_METRICS; i++) out->change_chance[i] = (double)NAN;
    out->subspace.k = o->dominant.k;
}

/* The k leading triplets of f, which it lends. */
static spx_svd leading_triplets(const spx_svd *f, size_t k)
{
    spx_svd g = *f;
    if (f->k <= k) return g;
    g.k = k;
    g.U = spx_mat_view(&f->U, 0, 0, f->rows, k);
    g.V = spx_mat_view(&f->V, 0, 0, f->cols, k);
    return g;
}

/* k, and that neither matrix is zero. */
static spx_status count_dominant(const spx_stage_pair *p, const spx_dominance *d, size_t *k,
                                 spx_error *err)
{
    const spx_svd *f = p->base;
    if (f->s[0] == 0)
        return SPX_FAIL(err, SPX_ENUMERIC, "the base is all zero: no direction is dominant");
    if (p->now->s[0] == 0) return SPX_FAIL(err, SPX_ENUMERIC, "the matrix is all zero");
    *k = spx_dominant_directions(d, f->s, f->r);
    if (*k <= f->r) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "k is %zu, but there are %zu directions", *k, f->r);
}

static spx_status measure_spectrum(const spx_svd *now, double tau, spx_stage_numbers *n,
                                   spx_error *err)
{
    const spx_spectrum x = {.s = now->s,
                            .r = now->r,
                            .rows = now->rows,
                            .cols = now->cols,
                            .error = now->error,
                            .tau = tau};
    return spx_spectrum_measure(&x, n->spectrum, n->vague, err);
}

static spx_status measure_subspaces(const spx_stage_pair *p, spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t reach = spx_subspace_reach(n->k, p->base->r);
    const spx_svd base = leading_triplets(p->base, reach), now = leading_triplets(p->now, reach);
    const spx_subspace_pair pair = {.base = &base, .now = &now, .W = p->W, .k = n->k};
    SPX_TRY(spx_subspace_compare(&pair, &n->subspace, err));
    SPX_TRY(spx_nullband(&pair, p->type, &n->null, err));
out:
    return st;
}

/* Where the change lies in all of the base's directions, and how far the leading subspaces of
 * every size up to k cover each other. */
static spx_status measure_maps(const spx_stage_pair *p, spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat map = {SPX_DECILES, SPX_DECILES, SPX_DECILES, n->map};
    const spx_mat *before[2] = {&p->base->U, &p->base->V}, *now[2] = {&p->now->U, &p->now->V};
    SPX_TRY(spx_change_map(p->base, p->W0, p->W, &map, err));
    for (size_t side = 0; side < 2; side++) {
        const spx_mat A = spx_mat_view(before[side], 0, 0, before[side]->rows, n->k);
        const spx_mat B = spx_mat_view(now[side], 0, 0, now[side]->rows, n->k);
        SPX_TRY(spx_mat_alloc(&n->overlaps[side], n->k, n->k, err));
        spx_subspace_overlaps(&A, &B, &n->overlaps[side]);
    }
out:
    return st;
}

static spx_status measure_chance(const spx_svd *base, spx_stage_numbers *n, spx_error *err)
{
    spx_chance_change(base->rows, base->cols, n->k, n->change_chance);
    return spx_chance_subspace(base, n->k, n->chance, err);
}

/* The last part: W0 may be lost to D. */
static spx_status measure_change(const spx_stage_pair *p, spx_stage_numbers *n, spx_error *err)
{
    const spx_change_pair change = {.W0 = p->W0,
                                    .W = p->W,
                                    .base = p->base,
                                    .now = p->now,
                                    .k = n->k,
                                    .type = p->type,
                                    .D = p->D};
    const spx_status st = spx_change_measure(&change, &n->change, err);
    n->vague_rank = st == SPX_OK && n->change.vague_rank;
    return st;
}

/* A pair whose squares would leave the range of doubles, times 2^e. */
typedef struct scaled_pair {
    int e;
    spx_mat W0, W;
    spx_svd base, now;
    spx_stage_pair pair;
} scaled_pair;

static spx_status scale_matrix(const spx_mat *A, int e, spx_mat *to, const spx_mat **out,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!A) return SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, to, A->rows, A->cols, err));
    spx_mat_copy(to, A);
    spx_mat_shift(to, e);
    *out = to;
out:
    return st;
}

static spx_status scale_values(const spx_svd *f, int e, spx_svd *to, spx_scratch *tmp,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    *to = *f;
    SPX_TRY(SPX_SCRATCH(tmp, &to->s, 2 * f->r, err));
    to->error = to->s + f->r;
    for (size_t i = 0; i < f->r; i++) {
        to->s[i] = ldexp(f->s[i], e);
        to->error[i] = ldexp(f->error[i], e);
    }
out:
    return st;
}

/* x->pair <- p, whose two matrices are known, in the range of doubles' squares. */
static spx_status scale_pair(const spx_stage_pair *p, scaled_pair *x, spx_scratch *tmp,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    *x = (scaled_pair){.e = spx_range_shift(fmax(p->base->s[0], p->now->s[0])), .pair = *p};
    if (x->e == 0) return SPX_OK;
    x->pair.D = NULL;
    x->pair.base = &x->base;
    x->pair.now = &x->now;
    SPX_TRY(scale_matrix(p->W0, x->e, &x->W0, &x->pair.W0, tmp, err));
    SPX_TRY(scale_matrix(p->W, x->e, &x->W, &x->pair.W, tmp, err));
    SPX_TRY(scale_values(p->base, x->e, &x->base, tmp, err));
    SPX_TRY(scale_values(p->now, x->e, &x->now, tmp, err));
out:
    return st;
}

static spx_status measure_pair(const spx_stage_pair *p, const spx_stage_opts *o,
                               spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    scaled_pair x;
    SPX_TRY(count_dominant(p, &o->dominant, &n->k, err));
    SPX_TRY(scale_pair(p, &x, &tmp, err));
    if (o->parts & SPX_SUBSPACE) SPX_TRY(measure_subspaces(&x.pair, n, err));
    if (o->parts & SPX_CHANCE) SPX_TRY(measure_chance(x.pair.base, n, err));
    if (o->parts & SPX_MAPS) SPX_TRY(measure_maps(&x.pair, n, err));
    if (o->parts & SPX_CHANGE) SPX_TRY(measure_change(&x.pair, n, err));
    if (o->parts & SPX_CHANGE) spx_change_shift(&n->change, -x.e);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_stage_measure(const spx_stage_pair *p, const spx_stage_opts *o,
                             spx_stage_numbers *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_stage_numbers n = {.parts = o->parts, .now = p->now};
    *out = (spx_stage_numbers){0};
    if (o->parts & ~(unsigned)(SPX_SPECTRUM | SPX_SHUFFLED)) SPX_TRY(measure_pair(p, o, &n, err));
    if (o->parts & SPX_SPECTRUM) SPX_TRY(measure_spectrum(p->now, o->dominant.tau, &n, err));
    if (o->parts & SPX_SHUFFLED)
        SPX_TRY(spx_shuffled_measure(p->W, p->now, o->seed, n.shuffled, err));
    *out = n;
    n = (spx_stage_numbers){0};
out:
    spx_stage_numbers_free(&n);
    return st;
}

/* Both have been widened, W0 as the memory of W - W0. */
static spx_status compare_matrices(spx_stage *a, spx_mat *W0, spx_stage *b, const spx_mat *W,
                                   size_t i, const spx_stage_opts *o, spx_stage_numbers *out,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t r = W0->rows < W0->cols ? W0->rows : W0->cols;
    SPX_TRY(spx_stage_svd(a, i, W0, &o->dominant, o->parts & SPX_MAPS ? r : 0, err));
    const size_t k = spx_dominant_directions(&o->dominant, a->svd[i].s, r);
    SPX_TRY(spx_stage_svd(b, i, W, NULL, spx_subspace_reach(k, r), err));
    const spx_stage_pair pair = {.W0 = W0,
                                 .W = W,
                                 .base = &a->svd[i],
                                 .now = &b->svd[i],
                                 .type = b->tensor[i]->dtype,
                                 .D = W0};
    st = spx_stage_measure(&pair, o, out, err);
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", b->from.path, b->tensor[i]->name);
out:
    return st;
}

spx_status spx_stage_compare(spx_stage *a, spx_stage *b, const spx_stage *base, size_t i,
                             const spx_stage_opts *o, spx_stage_numbers *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0}, W = {0};
    const size_t rows = spx_tensor_rows(a->tensor[i]), cols = spx_tensor_cols(a->tensor[i]);
    const size_t r = rows < cols ? rows : cols;
    *out = (spx_stage_numbers){0};
    if (o->dominant.k > r)
        SPX_RAISE(err, SPX_EINVAL, "%s: tensor %s: k is %zu, but there are %zu directions",
                  a->from.path, a->tensor[i]->name, o->dominant.k, r);
    if (spx_tensors_identical(a->tensor[i], b->tensor[i])) {
        spx_stage_unchanged(o, out);
        return SPX_OK;
    }
    SPX_TRY(spx_stage_matrix(a, base, i, &W0, err));
    SPX_TRY(spx_stage_matrix(b, base, i, &W, err));
    SPX_TRY(compare_matrices(a, &W0, b, &W, i, o, out, err));
out:
    spx_mat_free(&W0);
    spx_mat_free(&W);
    return st;
}
