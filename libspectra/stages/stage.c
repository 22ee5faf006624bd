/* stage.c: one checkpoint of a comparison, its tensors decomposed when they are first asked for.
 */
#include "spx/stage.h"

#include "spx/subspace.h"

#include <string.h>

static spx_status allocate(spx_stage *s, size_t n, spx_error *err)
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
    SPX_TRY(spx_tensors_sorted(s->ckpt, keep, &list, &n, &s->memory, err));
    SPX_TRY(allocate(s, n, err));
    for (size_t i = 0; i < n; i++) s->tensor[i] = list[i];
out:
    return st;
}

/* What of a stage cannot be compared, by kinds; the first few of each are named. */
enum { MISSING, RESHAPED, ADDED, ODDITIES, NAMED = 3 };
typedef size_t oddities[ODDITIES];

static void complain(const spx_stage *s, size_t *n, const char *tensor, const char *what)
{
    if ((*n)++ < NAMED) spx_warn(s->notify, "%s: tensor %s %s", s->from.path, tensor, what);
}

static size_t count_odd(const spx_stage *s, const spx_stage *base, const oddities n)
{
    static const char *const what[ODDITIES] = {"missing", "of another shape", "not in the base"};
    size_t all = 0;
    for (size_t i = 0; i < ODDITIES; i++) {
        all += n[i];
        if (n[i] > NAMED)
            spx_warn(s->notify, "%s: %zu tensors more are %s; spx-info %s %s lists all",
                     s->from.path, n[i] - NAMED, what[i], base->from.path, s->from.path);
    }
    return all;
}

/* A tensor of the same bytes that stands for none of the base: t under another name. */
static const spx_tensor *renamed(const spx_stage *s, const spx_stage *base, const spx_tensor *t)
{
    for (size_t i = 0; i < spx_ckpt_count(s->ckpt); i++) {
        const spx_tensor *u = spx_ckpt_at(s->ckpt, i);
        if (u->dtype == t->dtype && u->bytes == t->bytes && t->bytes > 0 &&
            !spx_counterpart(base->ckpt, u) && memcmp(u->data, t->data, t->bytes) == 0)
            return u;
    }
    return NULL;
}

static void say_missing(const spx_stage *s, const spx_stage *base, const spx_tensor *t, size_t *n)
{
    char what[600] = "is missing";
    const spx_tensor *u = *n < NAMED ? renamed(s, base, t) : NULL;
    if (u) snprintf(what, sizeof what, "is missing; %s has its values", u->name);
    complain(s, n, t->name, what);
}

static bool same_shape(const spx_tensor *t, const spx_tensor *u)
{
    const bool turned = spx_arch_place(t->name).in_out != spx_arch_place(u->name).in_out;
    return t->ndim == 2 && u->ndim == 2 && t->shape[0] == u->shape[turned] &&
           t->shape[1] == u->shape[!turned];
}

static void match(spx_stage *s, const spx_stage *base, size_t i, oddities n)
{
    const spx_tensor *t = base->tensor[i], *u = spx_counterpart(s->ckpt, t);
    char what[200];
    if (!u && spx_ckpt_holds_edits_only(s->ckpt)) return;
    if (!u)
        say_missing(s, base, t, &n[MISSING]);
    else if (!same_shape(t, u)) {
        snprintf(what, sizeof what, "is %zu x %zu here, %zu x %zu in %s", spx_tensor_rows(u),
                 spx_tensor_cols(u), spx_tensor_rows(t), spx_tensor_cols(t), base->from.path);
        complain(s, &n[RESHAPED], u->name, what);
    } else {
        s->tensor[i] = u;
        /* notes now what is undone */
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
    SPX_TRY(allocate(s, base->n, err));
    for (size_t i = 0; i < base->n; i++) match(s, base, i, n);
    for (size_t i = 0; !spx_ckpt_holds_edits_only(base->ckpt) && i < spx_ckpt_count(s->ckpt); i++) {
        const spx_tensor *u = spx_ckpt_at(s->ckpt, i);
        if (!keep(u) || spx_counterpart(base->ckpt, u)) continue;
        complain(s, &n[ADDED], u->name, "is not in the base");
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
    spx_subspace_want want = {.k = d->k, .tau = d->tau, .least = least};
    spx_svd_opts o = spx_svd_defaults();
    if (f->r > 0 && (f->k >= least || f->s[0] == 0)) return SPX_OK;
    spx_svd_free(f);
    o.choose = spx_subspace_choose_at_least;
    o.choose_arg = &want;
    const spx_status st = spx_svd_compute(W, &o, f, err);
    if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", s->from.path, s->tensor[i]->name);
    return st;
}

spx_status spx_stage_groups(const spx_stage *s, spx_items *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    void *cost = NULL, *values = NULL;
    SPX_TRY(spx_scratch_alloc(tmp, &cost, s->n, sizeof *out->cost, err));
    SPX_TRY(spx_scratch_alloc(tmp, &values, s->n, sizeof *out->values, err));
    for (size_t i = 0; i < s->n; i++) {
        const size_t m = spx_tensor_rows(s->tensor[i]), n = spx_tensor_cols(s->tensor[i]);
        ((size_t *)values)[i] = m * n;
        ((double *)cost)[i] = (double)m * (double)n * (double)(m < n ? m : n);
    }
    out->groups = s->n;
    out->cost = cost;
    out->values = values;
out:
    return st;
}
