/* svd_randomized.c: the top k triplets from a random subspace, with what it missed.
 *
 * Halko, Martinsson and Tropp, SIAM Review 53(2), 2011:
 *     Alg. 4.4   Q = orth(W Omega), q times Q = orth(W orth(W^T Q)), Omega n x b Gaussian
 *     Alg. 5.1   B = Q^T W = X S Y^T,  U = Q X
 * With E = W - Q B, measured, and b = k + 10 columns:
 *     lower    s_i <= sigma_i, since B is a compression of W;
 *     upper    sigma_i^2 <= s_i^2 + ||E||_2^2 (i <= b), since W^T W = B^T B + E^T E, and
 *              sigma_{b+j} <= sigma_j(E) <= ||E||_F / sqrt(j), since Q B has rank b (Weyl);
 *     the sum  sum s_i <= ||W||_* <= sum s_i + sqrt(rank E) ||E||_F.
 * Where the values fall off at once, as those of a change of low rank do, ||E||_F is rounding. */
#include "spectra/svd_engines.h"

#include "spx/rng.h"

#include <float.h>
#include <math.h>

static const size_t oversampling = 10, power_iterations = 2;

/* W ~= Q Bt^T with orthonormal Q; missed is ||W - Q Bt^T||_F^2. */
typedef struct range {
    spx_mat Q, Bt; /* rows x b, cols x b */
    double missed;
} range;

static spx_status orthonormalise(spx_mat *A, spx_error *err)
{
    spx_scratch tmp = {0};
    const spx_status st = spx_linalg_orth(A, &tmp, err);
    spx_scratch_free(&tmp);
    return st;
}

/* Alg. 4.4 with q iterations. Bt holds Omega first, then W^T Q of each iteration; the last is
 * kept. */
static spx_status find_range(const spx_panels *W, size_t q, uint64_t seed, range *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rng rng = spx_rng_seed(seed);
    for (size_t i = 0; i < s->Bt.rows * s->Bt.cols; i++) s->Bt.data[i] = spx_rng_normal(&rng);
    for (size_t i = 0; i <= q; i++) {
        if (i > 0) SPX_TRY(orthonormalise(&s->Bt, err));
        SPX_TRY(spx_panels_times(W, SPX_N, &s->Bt, &s->Q, err));
        SPX_TRY(orthonormalise(&s->Q, err));
        SPX_TRY(spx_panels_times(W, SPX_T, &s->Q, &s->Bt, err));
    }
    const spx_panels_rest rest = {.W = W, .L = &s->Q, .R = &s->Bt};
    const spx_panels E = spx_panels_minus(&rest);
    SPX_TRY(spx_panels_square(&E, &s->missed, err));
out:
    return st;
}

/* Bounds of all values by those computed; see the top. `square` is ||W||_F^2. */
static void certify(spx_svd *f, size_t b, double missed, double square)
{
    const double noise = svd_rounding(f->r) * f->s[0];
    const size_t left = f->rows - b, rank = left < f->cols ? left : f->cols;
    double sum = 0;
    for (size_t i = 0; i < b; i++) {
        f->error[i] = hypot(f->s[i], sqrt(missed)) - f->s[i] + noise;
        sum += f->s[i];
    }
    for (size_t i = b; i < f->r; i++) {
        const double most = sqrt(missed / (double)(i - b + 1)) + noise;
        f->s[i] = fmin(sqrt(missed / (double)(f->r - b)), f->s[b - 1]);
        f->error[i] = fmax(most - f->s[i], f->s[i]);
    }
    const double first = f->s[0] + f->error[0], all = (double)f->r * noise;
    f->nuclear_lo = fmax(sum - all, first > 0 ? square / first : 0);
    f->nuclear_hi = sum + sqrt((double)rank * missed) + all;
}

/* Alg. 5.1 with Q and B given. */
static spx_status decompose_range(const range *s, size_t k, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A, Y, Xt;
    const size_t b = s->Q.cols;
    SPX_TRY(spx_mat_scratch(&tmp, &A, s->Bt.rows, b, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Y, s->Bt.rows, b, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Xt, b, b, err));
    spx_mat_copy(&A, &s->Bt);
    out->note = "dgesdd of the compressed matrix did not converge; full answered";
    SPX_TRY(spx_linalg_gesdd(&A, &Y, out->s, &Xt, &tmp, err));
    out->note = NULL;
    SPX_TRY(svd_vectors(out, k, err));
    if (k == 0) goto out;
    const spx_mat x = spx_mat_view(&Xt, 0, 0, k, b), y = spx_mat_view(&Y, 0, 0, Y.rows, k);
    spx_gemm(&out->U, 1, &s->Q, SPX_N, &x, SPX_T, 0);
    spx_mat_copy(&out->V, &y);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status decompose_sampled(const spx_panels *W, const spx_svd_opts *o, size_t iterations,
                                    spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    range s = {0};
    double square = 0;
    const size_t k = svd_choose(o, NULL, out->r);
    const size_t b = k + oversampling < out->r ? k + oversampling : out->r;
    SPX_TRY(svd_values(out, err));
    SPX_TRY(spx_panels_square(W, &square, err));
    SPX_TRY(svd_check_range(W, square, out, err));
    SPX_TRY(spx_mat_scratch(&tmp, &s.Q, W->rows, b, err));
    SPX_TRY(spx_mat_scratch(&tmp, &s.Bt, W->cols, b, err));
    SPX_TRY(find_range(W, iterations, o->seed, &s, err));
    SPX_TRY(decompose_range(&s, k, out, err));
    certify(out, b, fmax(s.missed, (double)out->r * DBL_MIN), square);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status svd_randomized(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    return decompose_sampled(W, o, power_iterations, out, err);
}

spx_status svd_sketch(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    return decompose_sampled(W, o, 0, out, err);
}
