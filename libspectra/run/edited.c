/* edited.c: decompositions of an edited matrix, which spectra, subspaces and filter share. */
#include "run/session.h"

#include "spx/spectrum.h"
#include "spx/subspace.h"

/* The triplets that a decomposition needs: for the subspaces, and for the filter. */
typedef struct wanted_triplets {
    const spx_filter_spec *filter;
    spx_subspace_want measured;
} wanted_triplets;

/* An spx_choose_fn. */
static size_t choose_triplets(const double *s, size_t r, void *arg)
{
    wanted_triplets *w = arg;
    const size_t measured = spx_subspace_choose_at_least(s, r, &w->measured);
    const size_t filtered = spx_filter_reach(w->filter, s, r);
    return measured > filtered ? measured : filtered;
}

/* For k directions, or if 0 those of the matrix's own k(tau). */
static spx_status decompose(const session *s, const edited_matrix *e, size_t k, spx_svd *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    wanted_triplets w = {&s->spec->filter, {.k = k, .tau = s->spec->measure_tau}};
    spx_svd_opts o = spx_svd_defaults();
    o.choose = choose_triplets;
    o.choose_arg = &w;
    SPX_TRY(spx_svd_compute(&e->W, &o, out, err));
    if (out->k == 0 || out->s[0] == 0)
        SPX_RAISE(err, SPX_ENUMERIC, "tensor %s: all singular values are 0", e->name);
out:
    return st;
}

spx_status matrix_open(const session *s, edited_matrix *e, spx_error *err)
{
    const spx_status st = decompose(s, e, 0, &e->base, err);
    if (st != SPX_OK) return st;
    e->k = spx_spectrum_k(e->base.s, e->base.r, s->spec->measure_tau);
    e->decomposition = &e->base;
    return SPX_OK;
}

spx_status matrix_decompose(const session *s, edited_matrix *e, spx_error *err)
{
    spx_svd_free(&e->latest);
    e->decomposition = NULL;
    const spx_status st = decompose(s, e, e->k, &e->latest, err);
    if (st == SPX_OK) e->decomposition = &e->latest;
    return st;
}
