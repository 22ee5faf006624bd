/* measures.c: one matrix's spectrum, subspaces and weight at a stage of a run file. */
#include "spx/record.h"
#include "spx/spectrum.h"

#include <stdio.h>

static const spx_quantity q_sigma = {"sigma", "1", "singular values, descending", "dsterf"};
static const spx_quantity q_k = {
    "k", "1", "directions that hold measure_tau of the nuclear norm now", "REVIVE Eq. 5"};
static const spx_quantity q_residual = {"svd_residual", "1",
                                        "largest residual of a triplet / sigma_1", "measured"};
static const spx_quantity q_theta_u = {"theta_u", "rad", "principal angles, output side",
                                       "Bjorck and Golub 1973"};
static const spx_quantity q_theta_v = {"theta_v", "rad", "principal angles, input side",
                                       "Bjorck and Golub 1973"};

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
    size_t n = 0;
    const spx_spectrum_metric *m = spx_spectrum_metrics(&n);
    group_of(tensor, group);
    SPX_TRY(spx_store_put_row(store, group, &q_sigma, stage, "sv", f->s, f->r, err));
    SPX_TRY(spx_store_put(store, group, &q_k, stage, (double)spx_spectrum_k(f->s, f->r, tau), err));
    SPX_TRY(spx_store_put(store, group, &q_residual, stage, f->residual, err));
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_store_put(store, group, &m[i].q, stage, m[i].fn(f->s, f->r), err));
out:
    return st;
}

spx_status spx_record_subspace(spx_store *store, const char *tensor, size_t stage,
                               const spx_subspace *c, spx_error *err)
{
    spx_status st = SPX_OK;
    char group[GROUP];
    size_t n = 0;
    const spx_quantity *q = spx_subspace_metrics(&n);
    group_of(tensor, group);
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_store_put(store, group, &q[i], stage, c->value[i], err));
    SPX_TRY(spx_store_put_row(store, group, &q_theta_u, stage, "direction", c->theta_u, c->k, err));
    SPX_TRY(spx_store_put_row(store, group, &q_theta_v, stage, "direction", c->theta_v, c->k, err));
out:
    return st;
}

spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                             const float *w, size_t rows, size_t cols, spx_error *err)
{
    char group[GROUP];
    snprintf(group, sizeof group, "snapshots/%s", stage);
    return spx_store_put_floats(store, group, tensor, w, rows, cols, err);
}
