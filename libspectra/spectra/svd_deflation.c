/* svd_deflation.c: all values of a matrix whose spread one Gram matrix does not resolve.
 *
 * D D^T loses what is below about sqrt(eps) s_1. So the head, triplets U, S, V that are large
 * enough to be accurate, is taken out of D on both sides, and the rest is decomposed through its
 * Gram matrix. In bases that begin with U and V
 *
 *     D ~ [S 0; X F] = [I 0; X S^-1 I] diag(S, F),   X = (I - U U^T) D V,
 *     F = (I - U U^T) D (I - V V^T),
 *
 * so every value of D is one of S or F to within a factor 1 +- kappa, kappa = ||X S^-1||_F,
 * however inaccurate the triplets are (Eisenstat and Ipsen, SIAM J. Numer. Anal. 32(6), 1995,
 * Theorem 3.1); kappa is measured. Subtracting leaves an error of eps s_1 at every step.
 *
 * A head of low rank, such as an edit before it is rounded, comes from a random subspace at the
 * cost of a few products; any other is what a Gram matrix finds above 1e-4 s_1. */
#include "spectra/svd_engines.h"

#include "spx/linalg.h"

#include <math.h>

static const double head_ratio = 1e-4, vague_from = 1e-3;
static const double resolved = 1e-7; /* of s_1, by a Gram matrix: error's bound is twice that */
static const size_t low_rank = 16;   /* r / 16 and less */
static const size_t spare = 8;       /* triplets beyond the likely rank */

typedef struct deflation {
    spx_mat *D;
    spx_svd *out;
    size_t done;  /* values found */
    double edge;  /* what values are to be told from */
    double kappa; /* sum over the heads taken out */
} deflation;

/* The error of what is left of D. */
static double floor_of(const deflation *d, double first)
{
    return svd_rounding(d->out->r) * (d->done > 0 ? d->out->s[0] : first);
}

/* True if some value is as near to the edge as the Gram matrix's error, or above it and hardly
 * known, and a smaller matrix can do better. */
static bool unresolved(const deflation *d, const double *s, size_t r)
{
    const double noise = svd_rounding(r) * s[0] * s[0], least = 2 * floor_of(d, s[0]);
    for (size_t i = 0; i < r - d->done; i++) {
        const double error = noise / fmax(s[i], sqrt(noise));
        const bool near = d->edge < resolved * s[0] && fabs(s[i] - d->edge) <= error;
        const bool vague = s[i] > d->edge && error > vague_from * s[i];
        if (error > least && (near || vague)) return true;
    }
    return false;
}

/* The number of leading values above `least`. */
static size_t count_above(const double *s, size_t n, double least)
{
    size_t h = 0;
    while (h < n && s[h] > least) h++;
    return h;
}

/* An spx_choose_fn: the number of triplets to take out, 0 once all values are accurate. */
static size_t choose_head(const double *s, size_t r, void *arg)
{
    const deflation *d = arg;
    return unresolved(d, s, r) ? count_above(s, r - d->done, head_ratio * s[0]) : 0;
}

/* Adds the next n values; at the seam they may be out of order by their errors. */
static void add_values(deflation *d, const spx_svd *f, size_t n)
{
    spx_svd *out = d->out;
    const double rounding = d->done > 0 ? floor_of(d, 0) : 0;
    for (size_t i = 0; i < n; i++) {
        const size_t at = d->done + i;
        out->s[at] = at > 0 ? fmin(f->s[i], out->s[at - 1]) : f->s[i];
        out->error[at] = f->error[i] + d->kappa * f->s[i] + rounding + (f->s[i] - out->s[at]);
    }
    d->done += n;
}

/* D <- F of the first h triplets. */
static spx_status take_out(deflation *d, const spx_svd *f, size_t h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat X;
    const spx_mat U = spx_mat_view(&f->U, 0, 0, f->rows, h),
                  V = spx_mat_view(&f->V, 0, 0, f->cols, h);
    SPX_TRY(spx_mat_scratch(&tmp, &X, f->rows, h, err));
    spx_mat_copy(&X, &U);
    spx_mat_scale_columns(&X, f->s);
    spx_gemm(d->D, -1, &X, SPX_N, &V, SPX_T, 1);
    spx_gemm(&X, 1, d->D, SPX_N, &V, SPX_N, 0);
    spx_gemm(d->D, -1, &X, SPX_N, &V, SPX_T, 1);
    d->kappa += spx_norm_fro(&X) / f->s[h - 1];
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The number of values, of 2 b rows by b columns spread over D, that are not rounding errors of the
 * first. */
static spx_status guess_rank(const spx_mat *D, size_t b, size_t *rank, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A;
    double *s = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &A, 2 * b, b, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &s, b, err));
    for (size_t i = 0; i < 2 * b; i++)
        for (size_t j = 0; j < b; j++)
            A.data[i * b + j] = D->data[i * D->rows / (2 * b) * D->ld + j * D->cols / b];
    SPX_TRY(spx_linalg_gesdd(&A, NULL, s, NULL, &tmp, err));
    *rank = count_above(s, b, head_ratio * s[0]);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Takes out the head of a matrix of low rank plus something small, if D is one and needs it. */
static spx_status try_low_rank(deflation *d, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd f = {0};
    spx_svd_opts o = {0};
    const size_t most = d->out->r / low_rank;
    size_t rank = 0;
    if (most == 0 || !(d->edge < resolved * spx_norm_fro(d->D))) return SPX_OK;
    SPX_TRY(guess_rank(d->D, most, &rank, err));
    if (rank == most) goto out;
    o.k = rank + spare < most ? rank + spare : most;
    SPX_TRY(svd_by_engine(d->D, &o, ENGINE_SKETCH, &f, err));
    const double rest = fmax(f.s[f.k - 1], floor_of(d, f.s[0]));
    const size_t h = count_above(f.s, f.k, rest / head_ratio);
    if (h == 0) goto out;
    add_values(d, &f, h);
    SPX_TRY(take_out(d, &f, h, err));
out:
    spx_svd_free(&f);
    return st;
}

/* One decomposition of what is left: its head is taken out, or all of it is accurate. */
static spx_status deflate_once(deflation *d, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd f = {0};
    const spx_svd_opts o = {.choose = choose_head, .choose_arg = d};
    SPX_TRY(svd_by_engine(d->D, &o, ENGINE_GRAM, &f, err));
    add_values(d, &f, f.k > 0 ? f.k : f.r - d->done);
    if (f.k > 0) SPX_TRY(take_out(d, &f, f.k, err));
out:
    spx_svd_free(&f);
    return st;
}

spx_status svd_deflated(spx_mat *D, double edge, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    deflation d = {.D = D, .out = out, .edge = edge};
    *out = (spx_svd){.rows = D->rows, .cols = D->cols};
    out->r = D->rows < D->cols ? D->rows : D->cols;
    SPX_TRY(svd_values(out, err));
    SPX_TRY(try_low_rank(&d, err));
    while (d.done < out->r) SPX_TRY(deflate_once(&d, err));
out:
    if (st != SPX_OK) spx_svd_free(out);
    return st;
}
