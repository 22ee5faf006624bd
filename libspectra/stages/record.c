/* record.c: a matrix's spectrum, subspaces and weight, and what a model can do, at a stage of a
 * run file. */
#include "spx/record.h"

#include "spx/spectrum.h"

#include <stdio.h>
#include <string.h>

static const spx_quantity q_sigma = {"sigma", "1", "singular values, descending", "dsterf"};
static const spx_quantity q_residual = {"svd_residual", "1",
                                        "largest residual of a triplet / sigma_1, or without any "
                                        "|sum sigma^2 - |W|_F^2| / sigma_1^2",
                                        "measured"};
static const spx_quantity q_change = {"change_sigma", "1", "singular values of W - W0, descending",
                                      "dsterf"};

enum { GROUP = 600 };

static void group_of(const char *tensor, char group[GROUP])
{
    snprintf(group, GROUP, "tensors/%s", tensor);
}

spx_status spx_record_spectrum(spx_store *store, const char *tensor, size_t stage, const spx_svd *f,
                               double tau, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    double value[SPX_SPECTRUM_METRICS];
    const spx_spectrum x = {f->s, f->r, f->rows, f->cols, tau};
    spx_spectrum_measure(&x, value);
    group_of(tensor, group);
    SPX_TRY(spx_store_put_row(store, group, &q_sigma, stage, "sv", f->s, f->r, err));
    SPX_TRY(spx_store_put(store, group, &q_residual, stage, f->residual, err));
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        SPX_TRY(spx_store_put(store, group, spx_spectrum_metric(i), stage, value[i], err));
out:
    return st;
}

/* q's number under rounding alone, under its name with _null. */
typedef struct null_quantity {
    char name[64], text[256];
    spx_quantity q;
} null_quantity;

static const spx_quantity *null_of(const spx_quantity *q, null_quantity *out)
{
    snprintf(out->name, sizeof out->name, "%s_null", q->name);
    snprintf(out->text, sizeof out->text, "rounding alone may give: %s", q->long_name);
    out->q = (spx_quantity){out->name, q->units, out->text, "spx/nullband.h"};
    return &out->q;
}

static spx_status put_row(spx_store *store, const char *group, size_t stage, const spx_quantity *q,
                          const double *values, size_t n, spx_error *err)
{
    return values ? spx_store_put_row(store, group, q, stage, "direction", values, n, err) : SPX_OK;
}

spx_status spx_record_subspace(spx_store *store, const char *tensor, size_t stage,
                               const spx_subspace *c, const spx_subspace *null, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    null_quantity name;
    group_of(tensor, group);
    for (size_t i = 0; spx_subspace_metric(i); i++) {
        const spx_quantity *q = spx_subspace_metric(i);
        SPX_TRY(spx_store_put(store, group, q, stage, c->value[i], err));
        SPX_TRY(spx_store_put(store, group, null_of(q, &name), stage, null->value[i], err));
    }
    for (size_t j = 0; spx_subspace_row(j); j++) {
        const spx_quantity *q = spx_subspace_row(j);
        SPX_TRY(put_row(store, group, stage, q, c->row[j], c->k, err));
        SPX_TRY(put_row(store, group, stage, null_of(q, &name), null->row[j], null->k, err));
    }
out:
    return st;
}

spx_status spx_record_change(spx_store *store, const char *tensor, size_t stage,
                             const spx_change *c, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    group_of(tensor, group);
    for (size_t i = 0; spx_change_metric(i); i++)
        SPX_TRY(spx_store_put(store, group, spx_change_metric(i), stage, c->value[i], err));
    if (c->s) SPX_TRY(spx_store_put_row(store, group, &q_change, stage, "sv", c->s, c->r, err));
out:
    return st;
}

spx_status spx_record_map(spx_store *store, const char *tensor, size_t stage, const double *map,
                          spx_error *err)
{
    static const spx_quantity q = {"change_map", "1",
                                   "share of |W - W0|_F^2 by tenths of the base's output "
                                   "directions (rows) and input directions (columns), 10 x 10",
                                   "spx/change.h"};
    char group[GROUP];
    group_of(tensor, group);
    return spx_store_put_row(store, group, &q, stage, "cell", map,
                             (size_t)SPX_DECILES * SPX_DECILES, err);
}

spx_status spx_record_overlaps(spx_store *store, const char *tensor, size_t stage, const spx_mat *u,
                               const spx_mat *v, spx_error *err)
{
    static const spx_quantity q[2] = {
        {"overlaps_u", "1",
         "|U0_k^T U_l|_F^2 / min(k, l) of the base's leading k output directions and the stage's "
         "leading l, k, l = 1 .. K row by row",
         "spx/subspace.h"},
        {"overlaps_v", "1", "the same of input directions, |V0_k^T V_l|_F^2 / min(k, l)",
         "spx/subspace.h"},
    };
    char group[GROUP];
    group_of(tensor, group);
    const spx_status st =
        spx_store_put_row(store, group, &q[0], stage, "pair", u->data, u->rows * u->cols, err);
    if (st != SPX_OK) return st;
    return spx_store_put_row(store, group, &q[1], stage, "pair", v->data, v->rows * v->cols, err);
}

spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                             const float *w, size_t rows, size_t cols, spx_error *err)
{
    char group[GROUP];
    snprintf(group, sizeof group, "snapshots/%s", stage);
    return spx_store_put_floats(store, group, tensor, w, rows, cols, err);
}
