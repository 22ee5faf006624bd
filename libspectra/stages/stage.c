/* stage.c: one checkpoint of a comparison, whose tensors are decomposed when first needed. */
#include "spx/stage.h"

#include "spx/spectrum.h"
#include "spx/subspace.h"

#include <stdio.h>
#include <string.h>

size_t spx_dominant_directions(const spx_dominance *d, const double *s, size_t r)
{
    return d->k ? d->k : spx_spectrum_k(s, r, d->tau);
}

spx_status spx_stage_decompose(const spx_mat *W, const spx_dominance *d, size_t least, spx_svd *out,
                               spx_error *err)
{
    spx_subspace_want want = {.least = least};
    spx_svd_opts o = spx_svd_defaults();
    if (d) {
        want.k = d->k;
        want.tau = d->tau;
        o.choose = spx_subspace_choose_at_least;
        o.choose_arg = &want;
    } else
        o.k = least;
    return spx_svd_compute(W, &o, out, err);
}

static spx_status make_room(spx_stage *s, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    s->n = n;
    SPX_TRY(SPX_SCRATCH(&s->memory, &s->tensor, n, err));
    SPX_TRY(SPX_SCRATCH(&s->memory, &s->svd, n, err));
out:
    return st;
}

spx_status spx_stage_open_base(spx_stage *s, const spx_source *from, spx_tensor_keep *keep,
                               spx_notify *notify, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor **list = NULL;
    size_t n = 0;
    s->from = *from;
    s->notify = notify;
    SPX_TRY(spx_source_open(from->path, &s->ckpt, err));
    spx_source_notes(s->ckpt, notify);
    SPX_TRY(spx_tensors_sorted(s->ckpt, keep, &list, &n, &s->memory, err));
    SPX_TRY(make_room(s, n, err));
    for (size_t i = 0; i < n; i++) s->tensor[i] = list[i];
out:
    return st;
}

/* What of a stage cannot be compared, by kind; the first few of each are named. */
enum { MISSING, RESHAPED, ADDED, AMBIGUOUS, ODDITIES, NAMED = 3 };
typedef size_t oddities[ODDITIES];

static void warn_of(const spx_stage *s, size_t *n, const char *tensor, const char *what)
{
    if ((*n)++ < NAMED) spx_warn(s->notify, "%s: tensor %s %s", s->from.path, tensor, what);
}

static size_t count_odd(const spx_stage *s, const spx_stage *base, const oddities n)
{
    static const char *const what[ODDITIES] = {"missing", "of another shape", "not in the base",
                                               "ambiguous"};
    size_t all = 0;
    for (size_t i = 0; i < ODDITIES; i++) {
        all += n[i];
        if (n[i] > NAMED)
            spx_warn(s->notify, "%s: %zu more tensors are %s; spx-info %s %s lists all",
                     s->from.path, n[i] - NAMED, what[i], base->from.path, s->from.path);
    }
    return all;
}

/* A tensor with the bytes of t that stands for none of the base: t under another name. */
static const spx_tensor *find_renamed(const spx_stage *s, const spx_stage *base,
                                      const spx_tensor *t)
{
    for (size_t i = 0; i < spx_ckpt_count(s->ckpt); i++) {
        const spx_tensor *u = spx_ckpt_at(s->ckpt, i);
        if (t->bytes > 0 && !spx_counterparts(s->ckpt, u, base->ckpt, NULL) &&
            spx_tensor_same_bytes(u, t))
            return u;
    }
    return NULL;
}

static void warn_of_missing(const spx_stage *s, const spx_stage *base, const spx_tensor *t,
                            size_t *n)
{
    char what[600] = "is missing";
    const spx_tensor *u = *n < NAMED ? find_renamed(s, base, t) : NULL;
    if (u) snprintf(what, sizeof what, "is missing; %s has its values", u->name);
    warn_of(s, n, t->name, what);
}

static void pair_tensor(spx_stage *s, const spx_stage *base, size_t i, oddities n)
{
    const spx_tensor *t = base->tensor[i], *u = NULL, *rival[2];
    char what[1300];
    (void)spx_counterparts(base->ckpt, t, s->ckpt, &u);
    (void)spx_ckpt_counterpart(s->ckpt, t, rival);
    if (!u && !rival[0] && spx_ckpt_holds_edits_only(s->ckpt)) return;
    if (!u && rival[0]) {
        snprintf(what, sizeof what, "may be %.600s or %.600s", rival[0]->name, rival[1]->name);
        warn_of(s, &n[AMBIGUOUS], t->name, what);
    } else if (!u)
        warn_of_missing(s, base, t, &n[MISSING]);
    else if (u->ndim != 2 || !spx_tensors_same_shape(t, u)) {
        snprintf(what, sizeof what, "is %zu x %zu here, %zu x %zu in %s", spx_tensor_rows(u),
                 spx_tensor_cols(u), spx_tensor_rows(t), spx_tensor_cols(t), base->from.path);
        warn_of(s, &n[RESHAPED], u->name, what);
    } else {
        s->tensor[i] = u;
        /* for its notes of what is undone, once and now */
        (void)spx_tensor_order_like(s->ckpt, u, base->ckpt, t, s->notify);
    }
}

spx_status spx_stage_open(spx_stage *s, const spx_source *from, const spx_stage *base,
                          spx_tensor_keep *keep, size_t *odd, spx_error *err)
{
    spx_status st = SPX_OK;
    oddities n = {0};
    s->from = *from;
    s->notify = base->notify;
    SPX_TRY(spx_source_open(from->path, &s->ckpt, err));
    SPX_TRY(spx_models_alike(base->ckpt, s->ckpt, err));
    spx_source_notes(s->ckpt, s->notify);
    SPX_TRY(make_room(s, base->n, err));
    for (size_t i = 0; i < base->n; i++) pair_tensor(s, base, i, n);
    for (size_t i = 0; !spx_ckpt_holds_edits_only(base->ckpt) && i < spx_ckpt_count(s->ckpt); i++) {
        const spx_tensor *u = spx_ckpt_at(s->ckpt, i);
        if (!keep(u) || spx_counterparts(s->ckpt, u, base->ckpt, NULL)) continue;
        warn_of(s, &n[ADDED], u->name, "is not in the base");
    }
    *odd += count_odd(s, base, n);
out:
    return st;
}

void spx_stage_close(spx_stage *s)
{
    for (size_t i = 0; s->svd && i < s->n; i++) spx_svd_free(&s->svd[i]);
    spx_ckpt_close(s->ckpt);
    spx_scratch_free(&s->memory);
    *s = (spx_stage){0};
}

spx_status spx_stage_matrix(const spx_stage *s, const spx_stage *base, size_t i, spx_mat *W,
                            spx_error *err)
{
    const spx_status st =
        spx_tensor_oriented_like(s->ckpt, s->tensor[i], base->ckpt, base->tensor[i], W, err);
    if (st != SPX_OK) spx_prefix(err, "%s", s->from.path);
    return st;
}

spx_status spx_stage_svd(spx_stage *s, size_t i, const spx_mat *W, const spx_dominance *d,
                         size_t least, spx_error *err)
{
    spx_svd *f = &s->svd[i];
    spx_subspace_want want = {.k = d ? d->k : 0, .tau = d ? d->tau : 0, .least = least};
    if (f->r > 0 && f->k >= (d ? spx_subspace_choose_at_least(f->s, f->r, &want) : least))
        return SPX_OK;
    spx_svd_free(f);
    const spx_status st = spx_stage_decompose(W, d, least, f, err);
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", s->from.path, s->tensor[i]->name);
    return st;
}

spx_stage_item spx_stage_item_of(const spx_stage_work *w, size_t item)
{
    const size_t pass = item / w->first->n;
    return (spx_stage_item){
        .stage = pass / w->turns, .turn = pass % w->turns, .tensor = item % w->first->n};
}

static spx_status describe_work(spx_bytes *identity, void *arg, spx_error *err)
{
    const spx_stage_work *w = arg;
    spx_status st = SPX_OK;
    if (w->base) SPX_TRY(spx_describe_tensors(identity, w->base, w->keep, err));
    SPX_TRY(spx_describe_sources(identity, w->stages, w->n, w->keep, err));
out:
    return st;
}

static void name_item(size_t item, void *arg, char *out, size_t room)
{
    const spx_stage_work *w = arg;
    const spx_stage_item at = spx_stage_item_of(w, item);
    snprintf(out, room, "%s of %s", w->first->tensor[at.tensor]->name, w->stages[at.stage].stage);
}

spx_status spx_stage_items(spx_stage_work *w, spx_items *x, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    double *cost = NULL;
    size_t *values = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &cost, w->first->n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &values, w->first->n, err));
    for (size_t i = 0; i < w->first->n; i++) {
        const spx_tensor *t = w->first->tensor[i];
        const size_t m = spx_tensor_rows(t), n = spx_tensor_cols(t);
        values[i] = m * n;
        cost[i] = (double)m * (double)n * (double)(m < n ? m : n);
    }
    x->groups = w->first->n;
    x->passes = w->n * w->turns;
    x->cost = cost;
    x->values = values;
    x->describe = describe_work;
    x->name = name_item;
    x->arg = w;
out:
    return st;
}
