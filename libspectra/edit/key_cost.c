/* key_cost.c: M applied and brought up to date.
 *
 * A batch of keys K (f x m) remembered: (B + K K^T)^{-1} = M - Y S^{-1} Y^T with Y = M K,
 * S = I + K^T Y = T T^T, so G gains the m columns Y T^{-T} (Sherman-Morrison-Woodbury). */
#include "edit/key_cost.h"

#include "spx/linalg.h"

#include <assert.h>
#include <math.h>

spx_status prior_from_matrix(spx_mat *B, prior *out, spx_error *err)
{
    const double norm = spx_norm1(B);
    spx_status st = spx_linalg_cholesky(B, err);
    if (st == SPX_ENUMERIC) spx_prefix(err, "too few keys behind C");
    if (st == SPX_OK) st = spx_linalg_cholesky_rcond(B, norm, &out->rcond, err);
    if (st != SPX_OK) return st;
    out->L = *B;
    *B = (spx_mat){0};
    return SPX_OK;
}

void prior_free(prior *p)
{
    spx_mat_free(&p->L);
    spx_mat_free(&p->Q);
    spx_mat_free(&p->G);
    spx_mat_free(&p->B);
    *p = (prior){0};
}

static spx_mat history(const prior *p) { return spx_mat_view(&p->G, 0, 0, p->f, p->used); }

/* Y <- scale (I - Q Q^T) X or scale Q Q^T X */
static spx_status project(const prior *p, const spx_mat *X, spx_mat *Y, spx_error *err)
{
    spx_mat C;
    const spx_status st = spx_mat_alloc(&C, p->Q.cols, X->cols, err);
    if (st != SPX_OK) return st;
    spx_gemm(&C, 1, &p->Q, SPX_T, X, SPX_N, 0);
    spx_mat_copy(Y, X);
    if (p->outside) spx_mat_scale(Y, p->scale);
    spx_gemm(Y, p->outside ? -p->scale : p->scale, &p->Q, SPX_N, &C, SPX_N, p->outside);
    spx_mat_free(&C);
    return SPX_OK;
}

static spx_status apply_base(const prior *p, const spx_mat *X, spx_mat *Y, spx_error *err)
{
    if (p->Q.data) return project(p, X, Y, err);
    spx_mat_copy(Y, X);
    if (p->L.data) return spx_linalg_cholesky_solve(&p->L, Y, err);
    spx_mat_scale(Y, p->scale);
    return SPX_OK;
}

spx_status prior_apply(const prior *p, const spx_mat *X, spx_mat *Y, spx_error *err)
{
    spx_mat C;
    assert(X->rows == p->f && Y->rows == p->f && X->cols == Y->cols);
    spx_status st = apply_base(p, X, Y, err);
    if (st != SPX_OK || p->used == 0) return st;
    st = spx_mat_alloc(&C, p->used, X->cols, err);
    if (st != SPX_OK) return st;
    const spx_mat G = history(p);
    spx_gemm(&C, 1, &G, SPX_T, X, SPX_N, 0);
    spx_gemm(Y, -1, &G, SPX_N, &C, SPX_N, 1);
    spx_mat_free(&C);
    return SPX_OK;
}

spx_status prior_inner(const spx_mat *K, const spx_mat *Y, double shift, spx_mat *S, double *rcond,
                       spx_error *err)
{
    double own = 0;
    spx_gemm(S, 1, K, SPX_T, Y, SPX_N, 0);
    for (size_t i = 0; i < S->rows; i++) {
        S->data[i * S->ld + i] += shift;
        for (size_t j = 0; j < i; j++) {
            const double mean = 0.5 * (S->data[i * S->ld + j] + S->data[j * S->ld + i]);
            S->data[i * S->ld + j] = S->data[j * S->ld + i] = mean;
        }
    }
    const double norm = spx_norm1(S);
    spx_status st = spx_linalg_cholesky(S, err);
    if (st == SPX_OK) st = spx_linalg_cholesky_rcond(S, norm, &own, err);
    if (st != SPX_OK) spx_prefix(err, "system of the batch's %zu keys", S->rows);
    if (st == SPX_OK) *rcond = fmin(*rcond, own);
    return st;
}

/* G <- G Q with orthonormal Q (used x f) whose range holds that of G^T: G G^T stays. */
static spx_status compress(prior *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Q, less = {0};
    const spx_mat G = history(p);
    SPX_TRY(spx_mat_scratch(&tmp, &Q, p->used, p->f, err));
    SPX_TRY(spx_mat_alloc(&less, p->f, p->f, err));
    spx_mat_transpose(&Q, &G);
    SPX_TRY(spx_linalg_orth(&Q, &tmp, err));
    spx_gemm(&less, 1, &G, SPX_N, &Q, SPX_N, 0);
    spx_mat_free(&p->G);
    p->G = less;
    p->used = p->f;
    less = (spx_mat){0};
out:
    spx_mat_free(&less);
    spx_scratch_free(&tmp);
    return st;
}

/* Room for m more columns, twice what is used so far where it must grow. */
static spx_status make_room(prior *p, size_t m, spx_error *err)
{
    spx_mat more;
    if (p->used + m <= p->G.cols) return SPX_OK;
    const spx_status st = spx_mat_alloc(&more, p->f, 2 * p->used + m, err);
    if (st != SPX_OK) return st;
    if (p->used > 0) {
        spx_mat to = spx_mat_view(&more, 0, 0, p->f, p->used);
        const spx_mat from = history(p);
        spx_mat_copy(&to, &from);
    }
    spx_mat_free(&p->G);
    p->G = more;
    return SPX_OK;
}

spx_status prior_remember(prior *p, const spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Y, S, T;
    const size_t m = K->cols;
    double rcond = 1;
    if (p->B.data) {
        spx_syrk(&p->B, 1, K, SPX_N, 1);
        return SPX_OK;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &Y, p->f, m, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, m, m, err));
    SPX_TRY(spx_mat_scratch(&tmp, &T, m, p->f, err));
    SPX_TRY(prior_apply(p, K, &Y, err));
    SPX_TRY(prior_inner(K, &Y, 1, &S, &rcond, err));
    SPX_TRY(make_room(p, m, err));
    spx_mat_transpose(&T, &Y);
    spx_trsm(&S, &T);
    spx_mat to = spx_mat_view(&p->G, 0, p->used, p->f, m);
    spx_mat_transpose(&to, &T);
    p->used += m;
    if (p->used > p->f) st = compress(p, err);
out:
    spx_scratch_free(&tmp);
    return st;
}
