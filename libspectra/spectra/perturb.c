/* perturb.c: a spectrum truncated, and noise in one group of its directions. */
#include "spx/perturb.h"

#include "spx/spectrum.h"

#include <assert.h>
#include <math.h>

static const char *const slices[SPX_SLICES] = {"count", "sum", "squares"};
static const char *const noises[SPX_NOISES] = {"block", "diagonal", "left", "right"};

const char *spx_slice_name(spx_slice by) { return slices[by]; }

const char *spx_noise_name(spx_noise shape) { return noises[shape]; }

size_t spx_slice_end(const double *s, size_t r, spx_slice by, double share)
{
    const double slack = 1e-12; /* 0.1 of 30 directions is 3 of them, whatever 0.1 rounds to */
    if (share <= 0) return 0;
    if (by == SPX_SLICE_COUNT) return (size_t)ceil(share * (double)r * (1 - slack));
    return by == SPX_SLICE_SUM ? spx_spectrum_k(s, r, share) : spx_spectrum_k_squared(s, r, share);
}

spx_status spx_perturb_keep(const spx_svd *f, size_t k, spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Us;
    assert(k <= f->k && W->rows == f->rows && W->cols == f->cols);
    spx_mat_scale(W, 0);
    if (k == 0) return SPX_OK;
    const spx_mat U = spx_mat_view(&f->U, 0, 0, f->rows, k);
    const spx_mat V = spx_mat_view(&f->V, 0, 0, f->cols, k);
    SPX_TRY(spx_mat_scratch(&tmp, &Us, f->rows, k, err));
    spx_mat_copy(&Us, &U);
    spx_mat_scale_columns(&Us, f->s);
    spx_gemm(W, 1, &Us, SPX_N, &V, SPX_T, 0);
out:
    spx_scratch_free(&tmp);
    return st;
}

static void fill_gaussian(spx_mat *G, spx_rng *rng)
{
    for (size_t i = 0; i < G->rows; i++)
        for (size_t j = 0; j < G->cols; j++) G->data[i * G->ld + j] = spx_rng_normal(rng);
}

/* P of the given shape, not yet scaled. */
static spx_status draw_noise(const spx_svd *f, const spx_disturbance *d, spx_rng *rng, spx_mat *P,
                             spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t g = d->to - d->from;
    const spx_mat U = spx_mat_view(&f->U, 0, d->from, f->rows, g);
    const spx_mat V = spx_mat_view(&f->V, 0, d->from, f->cols, g);
    const size_t rows = d->shape == SPX_NOISE_RIGHT ? f->rows : g;
    const size_t cols = d->shape == SPX_NOISE_LEFT ? f->cols : g;
    spx_mat G, UG;
    SPX_TRY(spx_mat_scratch(tmp, &G, rows, cols, err));
    fill_gaussian(&G, rng);
    for (size_t i = 0; d->shape == SPX_NOISE_DIAGONAL && i < g; i++)
        for (size_t j = 0; j < g; j++)
            if (j != i) G.data[i * G.ld + j] = 0;
    if (d->shape == SPX_NOISE_LEFT)
        spx_gemm(P, 1, &U, SPX_N, &G, SPX_N, 0);
    else if (d->shape == SPX_NOISE_RIGHT)
        spx_gemm(P, 1, &G, SPX_N, &V, SPX_T, 0);
    else {
        SPX_TRY(spx_mat_scratch(tmp, &UG, f->rows, g, err));
        spx_gemm(&UG, 1, &U, SPX_N, &G, SPX_N, 0);
        spx_gemm(P, 1, &UG, SPX_N, &V, SPX_T, 0);
    }
out:
    return st;
}

spx_status spx_perturb_group(const spx_svd *f, const spx_disturbance *d, spx_rng *rng, spx_mat *W,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat P;
    assert(d->to <= f->k && W->rows == f->rows && W->cols == f->cols);
    if (d->from >= d->to)
        SPX_RAISE(err, SPX_EINVAL, "the group of directions from %zu to %zu is empty", d->from,
                  d->to);
    SPX_TRY(spx_mat_scratch(&tmp, &P, f->rows, f->cols, err));
    SPX_TRY(draw_noise(f, d, rng, &P, &tmp, err));
    const double scale = d->norm / spx_norm_fro(&P);
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++) W->data[i * W->ld + j] += scale * P.data[i * P.ld + j];
out:
    spx_scratch_free(&tmp);
    return st;
}
