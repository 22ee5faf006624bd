/* measure.c: one tensor of a later stage measured against the same of an earlier one. */
#include "spx/measure.h"

#include "spx/nullband.h"
#include "spx/record.h"
#include "spx/spectrum.h"

#include <math.h>

void spx_measured_free(spx_measured *r)
{
    spx_subspace_free(&r->subspace);
    spx_subspace_free(&r->null);
    spx_change_free(&r->change);
    for (size_t side = 0; side < 2; side++) spx_mat_free(&r->overlaps[side]);
}

static void unchanged(const spx_measure_opts *o, spx_measured *r)
{
    spx_subspace_same(&r->subspace);
    spx_change_none(&r->change);
    for (size_t i = 0; i < SPX_SUBSPACE_METRICS; i++) r->null.value[i] = (double)NAN;
    r->subspace.k = o->dominant.k;
}

/* Where the change lies in all of the base's directions, and how far leading subspaces of every
 * size up to k cover each other. */
static spx_status measure_maps(const spx_change_pair *p, spx_measured *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat map = {SPX_DECILES, SPX_DECILES, SPX_DECILES, r->map};
    const spx_mat *before[2] = {&p->base->U, &p->base->V}, *now[2] = {&p->now->U, &p->now->V};
    SPX_TRY(spx_change_map(p->base, p->W0, p->W, &map, err));
    for (size_t side = 0; side < 2; side++) {
        const spx_mat A = spx_mat_view(before[side], 0, 0, before[side]->rows, p->k);
        const spx_mat B = spx_mat_view(now[side], 0, 0, now[side]->rows, p->k);
        SPX_TRY(spx_mat_alloc(&r->overlaps[side], p->k, p->k, err));
        spx_subspace_overlaps(&A, &B, &r->overlaps[side]);
    }
out:
    return st;
}

/* Both have been widened; they differ, at least in how they are stored. W0 ends as their
 * difference. */
static spx_status measure(spx_stage *a, spx_mat *W0, spx_stage *b, const spx_mat *W, size_t i,
                          const spx_measure_opts *o, spx_measured *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t whole = W0->rows < W0->cols ? W0->rows : W0->cols;
    SPX_TRY(spx_stage_svd(a, i, W0, &o->dominant, o->maps ? whole : 0, err));
    const spx_svd *base = &a->svd[i];
    if (base->k == 0)
        SPX_RAISE(err, SPX_ENUMERIC, "%s: tensor %s is all zero: nothing of it is dominant",
                  a->from.path, a->tensor[i]->name);
    const size_t dominated =
        o->dominant.k ? o->dominant.k : spx_spectrum_k(base->s, base->r, o->dominant.tau);
    SPX_TRY(spx_stage_svd(b, i, W, &o->dominant, dominated, err));
    if (b->svd[i].k == 0)
        SPX_RAISE(err, SPX_ENUMERIC, "%s: tensor %s is all zero", b->from.path, b->tensor[i]->name);
    r->now = &b->svd[i];
    const spx_subspace_pair pair = {base, r->now, W, dominated};
    const spx_change_pair change = {W0, W, base, r->now, dominated, b->tensor[i]->dtype, W0};
    SPX_TRY(spx_subspace_compare(&pair, &r->subspace, err));
    SPX_TRY(spx_nullband(&pair, b->tensor[i]->dtype, &r->null, err));
    if (o->maps) SPX_TRY(measure_maps(&change, r, err));
    SPX_TRY(spx_change_measure(&change, &r->change, err));
out:
    return st;
}

spx_status spx_stage_measure(spx_stage *a, spx_stage *b, const spx_stage *base, size_t i,
                             const spx_measure_opts *o, spx_measured *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0}, W = {0};
    const size_t rows = spx_tensor_rows(a->tensor[i]), cols = spx_tensor_cols(a->tensor[i]);
    const size_t k = o->dominant.k;
    if (k > rows || k > cols)
        SPX_RAISE(err, SPX_EINVAL, "%s: tensor %s: %zu directions wanted of %zu", a->from.path,
                  a->tensor[i]->name, k, rows < cols ? rows : cols);
    if (spx_tensors_identical(a->tensor[i], b->tensor[i])) {
        unchanged(o, r);
        return SPX_OK;
    }
    SPX_TRY(spx_stage_matrix(a, base, i, &W0, err));
    SPX_TRY(spx_stage_matrix(b, base, i, &W, err));
    SPX_TRY(measure(a, &W0, b, &W, i, o, r, err));
out:
    spx_mat_free(&W0);
    spx_mat_free(&W);
    return st;
}

spx_status spx_measured_record(spx_store *store, size_t at, const char *tensor,
                               const spx_measure_opts *o, const spx_measured *r, spx_error *err)
{
    spx_status st = SPX_OK;
    if (r->now) SPX_TRY(spx_record_spectrum(store, tensor, at, r->now, o->dominant.tau, err));
    SPX_TRY(spx_record_subspace(store, tensor, at, &r->subspace, &r->null, err));
    SPX_TRY(spx_record_change(store, tensor, at, &r->change, err));
    if (!o->maps || !r->now) goto out;
    SPX_TRY(spx_record_map(store, tensor, at, r->map, err));
    SPX_TRY(spx_record_overlaps(store, tensor, at, &r->overlaps[0], &r->overlaps[1], err));
out:
    return st;
}
