/* svd_warm.c: the top k triplets of W = W0 + X Y^T + E from the k0 >= k known of W0.
 *
 *     Z = orth [V_k0, Y],  then at most twice:  Q = orth(W Z),  Q^T W = X S V^T,  U = Q X,  Z = V
 *
 * V_k0 alone misses what the change brings; Y has all of it. What the block cannot see is bounded:
 *     ||W Z_perp||_2 <= beta = sigma_{k0+1}(W0) + ||E||_F, so ||(I - Q Q^T) W||_2 <= beta too,
 * and in the bases [U_k U_perp], [V_k V_perp]
 *     W = [ S_k 0 ; R_k C ],  ||C||_2 <= nu = || [ s_{k+1} 0 ; ||R_rest||_F beta ] ||_2,
 * where the columns of R are the residuals W v - s u, measured. If nu < s_k then nothing above s_k
 * was missed, and (Li and Li, Linear Algebra Appl. 395, 2005, Theorem 2, for the matrix of Jordan
 * and Wielandt)
 *     0 <= sigma_i(W) - s_i <= 2 rho^2 / (eta + sqrt(eta^2 + 4 rho^2)),  rho = ||R_k||_F,
 *                                                                        eta = s_i - nu.
 * The other values are W0's, within ||X Y^T||_F + ||E||_F (Weyl). For a share tau of the sum:
 *     | ||W||_* - ||W0||_* | <= sqrt(b) ||X Y^T||_F + sqrt(r) ||E||_F,  b columns in Y,
 * and k(tau) is believed only if both ends of that bracket give the same k. */
#include "spectra/engines.h"

#include "spx/linalg.h"

#include <math.h>

static const size_t passes = 2;

/* The block: triplets of the compressed matrix, all b of them, and the norms of their residuals. */
typedef struct block {
    spx_mat Z, P, U, V; /* P = W Z, later W V */
    double *s, *residual;
    size_t b;
} block;

static spx_status start(const spx_panels *W, const svd_followed *f, block *B, spx_scratch *tmp,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    const size_t k0 = f->before->k;
    const spx_mat *Y = &f->change->Bt;
    SPX_TRY(spx_mat_scratch(tmp, &B->Z, W->cols, B->b, err));
    SPX_TRY(spx_mat_scratch(tmp, &B->P, W->rows, B->b, err));
    SPX_TRY(spx_mat_scratch(tmp, &B->U, W->rows, B->b, err));
    SPX_TRY(spx_mat_scratch(tmp, &B->V, W->cols, B->b, err));
    SPX_TRY(spx_scratch_alloc(tmp, &mem, 2 * B->b, sizeof(double), err));
    B->s = mem;
    B->residual = B->s + B->b;
    spx_mat known = spx_mat_view(&B->Z, 0, 0, W->cols, k0);
    spx_mat added = spx_mat_view(&B->Z, 0, k0, W->cols, Y->cols);
    spx_mat_copy(&known, &f->before->V);
    spx_mat_copy(&added, Y);
    SPX_TRY(spx_linalg_orth(&B->Z, tmp, err));
    SPX_TRY(spx_panels_times(W, SPX_N, &B->Z, &B->P, err));
out:
    return st;
}

static void measure_residuals(block *B)
{
    for (size_t j = 0; j < B->b; j++) {
        double sum = 0;
        for (size_t i = 0; i < B->P.rows; i++) {
            const double e = B->P.data[i * B->P.ld + j] - B->s[j] * B->U.data[i * B->U.ld + j];
            sum += e * e;
        }
        B->residual[j] = sqrt(sum);
    }
}

/* One pass: Q = orth(P), triplets of Q^T W, P <- W V and with it their residuals. */
static spx_status turn(const spx_panels *W, block *B, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Xt;
    SPX_TRY(spx_mat_scratch(&tmp, &Xt, B->b, B->b, err));
    SPX_TRY(spx_linalg_orth(&B->P, &tmp, err));
    SPX_TRY(spx_panels_times(W, SPX_T, &B->P, &B->Z, err));
    SPX_TRY(spx_linalg_gesdd(&B->Z, &B->V, B->s, &Xt, &tmp, err));
    spx_gemm(&B->U, 1, &B->P, SPX_N, &Xt, SPX_T, 0);
    SPX_TRY(spx_panels_times(W, SPX_N, &B->V, &B->P, err));
    measure_residuals(B);
out:
    spx_scratch_free(&tmp);
    return st;
}

static double norm_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum = hypot(sum, x[i]);
    return sum;
}

/* || [ a 0 ; r c ] ||_2 */
static double norm_2x2(double a, double r, double c)
{
    const double sum = a * a + r * r + c * c, det = a * c;
    return sqrt((sum + sqrt(fmax((sum - 2 * det) * (sum + 2 * det), 0))) / 2);
}

/* How far W is from W0. */
typedef struct distance {
    double fro, nuclear, beta;
} distance;

static distance distance_of(const svd_followed *f)
{
    const spx_svd *w0 = f->before;
    const double apart = sqrt(f->change->missed), filled = spx_norm_fro(&f->change->Bt);
    const double unseen = w0->s[w0->k] + w0->error[w0->k];
    const double rounding = 2 * sqrt((double)w0->k) * w0->residual * w0->s[0];
    return (distance){filled + apart,
                      sqrt((double)f->change->Bt.cols) * filled + sqrt((double)w0->r) * apart,
                      unseen + rounding + apart};
}

/* Errors of the top k, if it is certain that they are the top k and their residuals are small. */
static bool certify(const block *B, size_t k, double beta, double tolerance, double *error)
{
    const double nu = norm_2x2(B->s[k], norm_of(B->residual + k, B->b - k), beta);
    const double rho = norm_of(B->residual, k);
    if (!(nu < B->s[k - 1])) return false;
    for (size_t i = 0; i < k; i++) {
        const double eta = B->s[i] - nu, noise = svd_rounding(B->U.rows) * B->s[0];
        if (B->residual[i] > tolerance * B->s[0]) return false;
        error[i] = 2 * rho * rho / (eta + hypot(eta, 2 * rho)) + noise;
    }
    return true;
}

/* The k for which the sum reaches tau of the largest ||W||_* there may be; 0 if none does. */
static size_t enough(const block *B, double wanted)
{
    double sum = 0;
    for (size_t k = 1; k < B->b; k++) {
        sum += B->s[k - 1];
        if (sum >= wanted) return k;
    }
    return 0;
}

/* Do fewer than k hold less than the share of the smallest ||W||_* there may be? */
static bool not_fewer(const block *B, size_t k, const double *error, double wanted)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < k; i++) sum += B->s[i] + error[i];
    return sum < wanted;
}

static spx_status fill(const svd_followed *f, const block *B, size_t k, const distance *d,
                       const double *error, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_svd *w0 = f->before;
    const spx_mat U = spx_mat_view(&B->U, 0, 0, B->U.rows, k);
    const spx_mat V = spx_mat_view(&B->V, 0, 0, B->V.rows, k);
    SPX_TRY(svd_values(out, err));
    SPX_TRY(svd_vectors(out, k, err));
    spx_mat_copy(&out->U, &U);
    spx_mat_copy(&out->V, &V);
    for (size_t i = 0; i < out->r; i++) {
        out->s[i] = i < k ? B->s[i] : fmin(w0->s[i], B->s[k - 1]);
        out->error[i] = i < k ? error[i] : w0->error[i] + d->fro + error[k - 1];
    }
    out->nuclear_lo = fmax(w0->nuclear_lo - d->nuclear, 0);
    out->nuclear_hi = w0->nuclear_hi + d->nuclear;
out:
    return st;
}

/* k, and its values' errors, once the block is good enough; 0 until then. */
static size_t judge(const svd_followed *f, const block *B, const distance *d, double *error)
{
    const spx_svd_opts *o = f->opts;
    const spx_svd *w0 = f->before;
    const size_t k = o->tau > 0 ? enough(B, o->tau * (w0->nuclear_hi + d->nuclear)) : o->k;
    if (k == 0 || k >= B->b || !certify(B, k, d->beta, f->tolerance, error)) return 0;
    if (o->tau > 0 && !not_fewer(B, k, error, o->tau * (w0->nuclear_lo - d->nuclear))) return 0;
    return k;
}

spx_status svd_warm(const spx_panels *W, const svd_followed *f, spx_svd *out, bool *done,
                    spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *error = NULL;
    size_t k = 0;
    block B = {.b = f->before->k + f->change->Bt.cols};
    *done = false;
    if (f->opts->choose || f->before->k == 0 || B.b > out->r / 4) return SPX_OK;
    const distance d = distance_of(f);
    SPX_TRY(spx_scratch_alloc(&tmp, &error, B.b, sizeof(double), err));
    SPX_TRY(start(W, f, &B, &tmp, err));
    for (size_t pass = 0; pass < passes && k == 0; pass++) {
        SPX_TRY(turn(W, &B, err));
        k = judge(f, &B, &d, error);
    }
    if (k == 0) goto out;
    SPX_TRY(fill(f, &B, k, &d, error, out, err));
    out->note = "top triplets from a warm block; the other values are an earlier stage's";
    *done = true;
out:
    spx_scratch_free(&tmp);
    return st;
}
