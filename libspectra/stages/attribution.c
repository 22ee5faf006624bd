/* attribution.c: first-order effects of a change, split over its parts.
 *
 * With, for i <= k < j,
 *     G_ji = (s_i a_ij + s_j b_ij) / (s_i^2 - s_j^2),
 *     G_ij = (s_j a_ij + s_i b_ij) / (s_i^2 - s_j^2),
 * <c_t, c> is <G, U^T D_t V>; in m x n, S = U G V^T. Directions outside the singular vectors add
 * U_k diag(s^-2) U_k^T D (I - V V^T) where m < n, and the mirror image where m > n. */
#include "spx/attribution.h"

#include "spx/spectrum.h"

#include <math.h>

void spx_attribution_free(spx_attribution *a)
{
    spx_svd_free(&a->base);
    spx_mat_free(&a->S);
    *a = (spx_attribution){0};
}

/* G of the pair i <= k < j, in place of alpha_ij and alpha_ji. */
static void couple(spx_mat *alpha, const double *s, size_t i, size_t j)
{
    double *ij = &alpha->data[i * alpha->ld + j], *ji = &alpha->data[j * alpha->ld + i];
    const double gap = (s[i] - s[j]) * (s[i] + s[j]);
    if (s[i] - s[j] <= 1e-12 * s[0]) {
        *ij = *ji = 0;
        return;
    }
    const double a = (s[i] * *ji + s[j] * *ij) / gap, b = (s[i] * *ij + s[j] * *ji) / gap;
    *ji = (s[i] * a + s[j] * b) / gap;
    *ij = (s[j] * a + s[i] * b) / gap;
}

static void clear_block(spx_mat *A, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        for (size_t j = from; j < to; j++) A->data[i * A->ld + j] = 0;
}

/* S <- U G V^T */
static spx_status couple_within(const spx_svd *f, size_t k, const spx_mat *D, spx_mat *S,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat UD, G;
    SPX_TRY(spx_mat_scratch(&tmp, &UD, f->r, D->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &G, f->r, f->r, err));
    spx_gemm(&UD, 1, &f->U, SPX_T, D, SPX_N, 0);
    spx_gemm(&G, 1, &UD, SPX_N, &f->V, SPX_N, 0);
    for (size_t i = 0; i < k; i++)
        for (size_t j = k; j < f->r; j++) couple(&G, f->s, i, j);
    clear_block(&G, 0, k);
    clear_block(&G, k, f->r);
    spx_gemm(&UD, 1, &G, SPX_N, &f->V, SPX_T, 0);
    spx_gemm(S, 1, &f->U, SPX_N, &UD, SPX_N, 0);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Multiplies row i of X by s_i^-2, by 0 where s_i is 0. */
static void divide_by_squares(spx_mat *X, const double *s)
{
    for (size_t i = 0; i < X->rows; i++) {
        spx_mat row = spx_mat_view(X, i, 0, 1, X->cols);
        spx_mat_scale(&row, s[i] > 0 ? 1 / (s[i] * s[i]) : 0);
    }
}

/* S += U_k diag(s^-2) U_k^T D (I - V V^T), what rows D has beyond the right singular vectors; with
 * the sides exchanged, columns beyond the left ones. */
static spx_status couple_beyond(const spx_svd *f, size_t k, const spx_mat *D, spx_mat *S,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat X, C;
    const bool wide = f->rows < f->cols;
    const spx_mat *inner = wide ? &f->U : &f->V, *outer = wide ? &f->V : &f->U;
    const spx_mat top = spx_mat_view(inner, 0, 0, inner->rows, k);
    SPX_TRY(spx_mat_scratch(&tmp, &X, k, outer->rows, err));
    SPX_TRY(spx_mat_scratch(&tmp, &C, k, f->r, err));
    spx_gemm(&X, 1, &top, SPX_T, D, wide ? SPX_N : SPX_T, 0);
    spx_gemm(&C, 1, &X, SPX_N, outer, SPX_N, 0);
    spx_gemm(&X, -1, &C, SPX_N, outer, SPX_T, 1);
    divide_by_squares(&X, f->s);
    if (wide)
        spx_gemm(S, 1, &top, SPX_N, &X, SPX_N, 1);
    else
        spx_gemm(S, 1, &X, SPX_T, &top, SPX_T, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status choose_directions(const spx_svd *f, size_t k, double tau, size_t *out,
                                    spx_error *err)
{
    if (k == 0 && !(tau > 0 && tau <= 1)) return SPX_FAIL(err, SPX_EINVAL, "tau is %g", tau);
    *out = k ? k : spx_spectrum_k(f->s, f->r, tau);
    if (*out < f->r) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%zu of %zu directions are dominant: none is left to turn to",
                    *out, f->r);
}

spx_status spx_attribution_new(const spx_mat *W0, size_t k, double tau, const spx_mat *D,
                               spx_attribution *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_attribution a = {0};
    const spx_svd_opts o = {.engine = "full", .k = W0->rows < W0->cols ? W0->rows : W0->cols};
    *out = (spx_attribution){0};
    if (D->rows != W0->rows || D->cols != W0->cols)
        SPX_RAISE(err, SPX_ESHAPE, "change is %zu x %zu, matrix %zu x %zu", D->rows, D->cols,
                  W0->rows, W0->cols);
    SPX_TRY(spx_svd_compute(W0, &o, &a.base, err));
    SPX_TRY(choose_directions(&a.base, k, tau, &a.k, err));
    SPX_TRY(spx_mat_alloc(&a.S, W0->rows, W0->cols, err));
    SPX_TRY(couple_within(&a.base, a.k, D, &a.S, err));
    if (W0->rows != W0->cols) SPX_TRY(couple_beyond(&a.base, a.k, D, &a.S, err));
    a.rotation2 = spx_dot(&a.S, D);
    *out = a;
    a = (spx_attribution){0};
out:
    spx_attribution_free(&a);
    return st;
}

size_t spx_attribution_parts(const spx_update *u) { return spx_update_factored(u) ? u->A.cols : 1; }

/* diag(U_k^T D_t V_k) */
static spx_status shifts_dense(const spx_attribution *a, const spx_mat *dW, spx_mat *shift,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat UD = {0};
    const spx_mat U = spx_mat_view(&a->base.U, 0, 0, a->base.rows, a->k);
    SPX_TRY(spx_mat_alloc(&UD, a->k, dW->cols, err));
    spx_gemm(&UD, 1, &U, SPX_T, dW, SPX_N, 0);
    for (size_t i = 0; i < a->k; i++) {
        double sum = 0;
        for (size_t j = 0; j < dW->cols; j++)
            sum += UD.data[i * UD.ld + j] * a->base.V.data[j * a->base.V.ld + i];
        shift->data[i * shift->ld] = sum;
    }
out:
    spx_mat_free(&UD);
    return st;
}

/* Column c: (U^T a_c)_i (V^T b_c)_i, and a_c^T S b_c. */
static spx_status split_columns(const spx_attribution *a, const spx_update *u, spx_mat *shift,
                                double *rotation, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat UA, VB, SB;
    const spx_mat U = spx_mat_view(&a->base.U, 0, 0, a->base.rows, a->k);
    const spx_mat V = spx_mat_view(&a->base.V, 0, 0, a->base.cols, a->k);
    const size_t n = u->A.cols;
    SPX_TRY(spx_mat_scratch(&tmp, &UA, a->k, n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &VB, a->k, n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &SB, a->S.rows, n, err));
    spx_gemm(&UA, 1, &U, SPX_T, &u->A, SPX_N, 0);
    spx_gemm(&VB, 1, &V, SPX_T, &u->B, SPX_N, 0);
    spx_gemm(&SB, 1, &a->S, SPX_N, &u->B, SPX_N, 0);
    for (size_t c = 0; c < n; c++) {
        const spx_mat x = spx_mat_view(&u->A, 0, c, u->A.rows, 1),
                      y = spx_mat_view(&SB, 0, c, SB.rows, 1);
        rotation[c] = spx_dot(&x, &y);
        for (size_t i = 0; i < a->k; i++)
            shift->data[i * shift->ld + c] = UA.data[i * n + c] * VB.data[i * n + c];
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_attribution_split(const spx_attribution *a, const spx_update *u, spx_mat *shift,
                                 double *rotation, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t parts = spx_attribution_parts(u);
    if (spx_update_factored(u))
        SPX_TRY(split_columns(a, u, shift, rotation, err));
    else {
        rotation[0] = spx_dot(&a->S, &u->A);
        SPX_TRY(shifts_dense(a, &u->A, shift, err));
    }
    for (size_t c = 0; c < parts && a->rotation2 > 0; c++) rotation[c] /= a->rotation2;
out:
    return st;
}
