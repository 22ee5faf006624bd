/* edited.c: decompositions of an edited matrix, which spectra, subspaces and filter share. */
#include "run/session.h"

#include "spx/spectrum.h"
#include "spx/subspace.h"

/* What is asked of a decomposition: triplets for the subspaces, and for the filter. */
typedef struct wish {
    const spx_filter_spec *filter;
    double tau; /* of the base's own k, where `reach` is 0 */
    size_t reach;
} wish;

static size_t choose(const double *s, size_t r, void *arg)
{
    wish *w = arg;
    const size_t measured = w->reach ? w->reach : spx_subspace_choose(s, r, &w->tau);
    const size_t filtered = spx_filter_reach(w->filter, s, r);
    return measured > filtered ? measured : filtered;
}

static spx_status decompose(const session *s, const edited_matrix *e, size_t reach, spx_svd *out,
                            spx_error *err)
{
    wish w = {&s->spec->filter, s->spec->measure_tau, reach};
    spx_svd_opts o = spx_svd_defaults();
    o.choose = choose;
    o.choose_arg = &w;
    return spx_svd_compute(&e->W, &o, out, err);
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
    const spx_status st = decompose(s, e, spx_subspace_reach(e->k, e->base.r), &e->latest, err);
    if (st == SPX_OK) e->decomposition = &e->latest;
    return st;
}
