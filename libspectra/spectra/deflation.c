/* deflation.c: all values of a matrix whose spread one Gram matrix does not resolve.
 *
 * Of D D^T what is below some sqrt(eps) s_1 is lost. So the head, triplets U, S, V that are large
 * enough to be good, is taken out of D on both sides, and the rest has a Gram matrix of its own. In
 * bases that begin with U and V
 *
 *     D ~ [S 0; X F] = [I 0; X S^-1 I] diag(S, F),   X = (I - U U^T) D V,
 *     F = (I - U U^T) D (I - V V^T),
 *
 * so every value of D is one of S or F to within a factor 1 +- kappa, kappa = ||X S^-1||_F,
 * whatever the triplets are worth (Eisenstat and Ipsen, SIAM J. Numer. Anal. 32(6), 1995,
 * Theorem 3.1); kappa is measured. Subtracting leaves an error of eps s_1 at every step.
 *
 * A head of low rank, as edits are before they are rounded, comes out of a random subspace at the
 * cost of a few products; any other is what a Gram matrix finds above 1e-4 s_1. */
#include "spectra/engines.h"

#include "spx/linalg.h"

#include <math.h>

static const double head_ratio = 1e-4, vague_from = 1e-3;
static const double resolved = 1e-7; /* of s_1, by a Gram matrix: error's bound is twice that */
static const size_t low_rank = 16;   /* r / 16 and less */
static const size_t spare = 8;       /* triplets beyond the rank that is likely */

typedef struct deflation {
    spx_mat *D;
    spx_svd *out;
    size_t done;  /* values found */
    double edge;  /* what values are to be told from */
    double kappa; /* sum over the heads taken out */
} deflation;

/* What is left of D is exact to within this. */
static double floor_of(const deflation *d, double first)
{
    return svd_rounding(d->out->r) * (d->done > 0 ? d->out->s[0] : first);
}

/* Some value is as near to the edge as the Gram matrix's error, or above it and hardly known, and a
 * smaller matrix can do better. */
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

static size_t head_of(const double *s, size_t n, double least)
{
    size_t h = 0;
    while (h < n && s[h] > least) h++;
    return h;
}

/* How many triplets are to be taken out: none once all values are good. */
static size_t choose(const double *s, size_t r, void *arg)
{
    return unresolved(arg, s, r) ? head_of(s, r - ((const deflation *)arg)->done, head_ratio * s[0])
                                 : 0;
}

/* The next n values; at the seam they may be out of order by their errors. */
static void keep(deflation *d, const spx_svd *f, size_t n)
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
    const spx_mat V = spx_mat_view(&f->V, 0, 0, f->cols, h);
    SPX_TRY(spx_mat_scratch(&tmp, &X, f->rows, h, err));
    for (size_t i = 0; i < f->rows; i++)
        for (size_t j = 0; j < h; j++) X.data[i * X.ld + j] = f->s[j] * f->U.data[i * f->U.ld + j];
    spx_gemm(d->D, -1, &X, SPX_N, &V, SPX_T, 1);
    spx_gemm(&X, 1, d->D, SPX_N, &V, SPX_N, 0);
    spx_gemm(d->D, -1, &X, SPX_N, &V, SPX_T, 1);
    d->kappa += spx_norm_fro(&X) / f->s[h - 1];
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Values of 2 b rows by b columns spread over D: as many as are no rounding errors of the first. */
static spx_status guess_rank(const spx_mat *D, size_t b, size_t *rank, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A;
    void *s = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &A, 2 * b, b, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &s, b, sizeof(double), err));
    for (size_t i = 0; i < 2 * b; i++)
        for (size_t j = 0; j < b; j++)
            A.data[i * b + j] = D->data[i * D->rows / (2 * b) * D->ld + j * D->cols / b];
    SPX_TRY(spx_linalg_gesdd(&A, NULL, s, NULL, &tmp, err));
    *rank = head_of(s, b, head_ratio * ((double *)s)[0]);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The head of a matrix of low rank and something small, if D is one and needs it. */
static spx_status try_low_rank(deflation *d, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd f = {0};
    spx_svd_opts o = {.engine = "randomized"};
    const size_t most = d->out->r / low_rank;
    size_t rank = 0;
    if (most == 0 || !(d->edge < resolved * spx_norm_fro(d->D))) return SPX_OK;
    SPX_TRY(guess_rank(d->D, most, &rank, err));
    if (rank == most) return SPX_OK;
    o.k = rank + spare < most ? rank + spare : most;
    SPX_TRY(spx_svd_compute(d->D, &o, &f, err));
    const double rest = fmax(f.s[f.k - 1], floor_of(d, f.s[0]));
    const size_t h = head_of(f.s, f.k, rest / head_ratio);
    if (h == 0) goto out;
    keep(d, &f, h);
    SPX_TRY(take_out(d, &f, h, err));
out:
    spx_svd_free(&f);
    return st;
}

static spx_status step(deflation *d, spx_error *err)
{
    spx_svd_opts o = spx_svd_defaults();
    spx_svd f;
    o.choose = choose;
    o.choose_arg = d;
    spx_status st = spx_svd_compute(d->D, &o, &f, err);
    if (st != SPX_OK) return st;
    keep(d, &f, f.k > 0 ? f.k : f.r - d->done);
    if (f.k > 0) st = take_out(d, &f, f.k, err);
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
    while (d.done < out->r) SPX_TRY(step(&d, err));
out:
    if (st != SPX_OK) spx_svd_free(out);
    return st;
}
