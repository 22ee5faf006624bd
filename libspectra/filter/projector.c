/* projector.c: the two-sided thin projector of spx/filter.h.
 *
 *     dW' = dW - U (U^T dW) - (dW V - U (U^T dW V)) V^T
 *     ||dW||^2 - ||dW'||^2 = ||U^T dW||^2 + ||dW V||^2 - ||U^T dW V||^2
 *
 * Only the protected U, V are used, never the rest of a compact basis, which would also delete what
 * dW does in the null space of W. */
#include "filter/projector.h"

#include <math.h>

static double norm2(const spx_mat *A) { return spx_dot(A, A); }

/* X <- X - Q (Q^T X) */
static spx_status remove_range(const spx_mat *Q, spx_mat *X, spx_error *err)
{
    spx_mat C;
    const spx_status st = spx_mat_alloc(&C, Q->cols, X->cols, err);
    if (st != SPX_OK) return st;
    spx_gemm(&C, 1, Q, SPX_T, X, SPX_N, 0);
    spx_gemm(X, -1, Q, SPX_N, &C, SPX_N, 1);
    spx_mat_free(&C);
    return SPX_OK;
}

spx_status project_dense(const spx_mat *U, const spx_mat *V, spx_mat *dW, int write,
                         spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat L, R, block;
    SPX_TRY(spx_mat_scratch(&tmp, &L, U->cols, dW->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &R, dW->rows, V->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &block, U->cols, V->cols, err));
    spx_gemm(&L, 1, U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&R, 1, dW, SPX_N, V, SPX_N, 0);
    spx_gemm(&block, 1, U, SPX_T, &R, SPX_N, 0);
    *r = (spx_filter_report){U->cols, norm2(dW), 0, norm2(&L), norm2(&R), norm2(&block)};
    r->after = fmax(0, r->before - r->left - r->right + r->block);
    if (!write) goto out;
    spx_gemm(dW, -1, U, SPX_N, &L, SPX_N, 1);
    spx_gemm(&R, -1, U, SPX_N, &block, SPX_N, 1);
    spx_gemm(dW, -1, &R, SPX_N, V, SPX_T, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status project_norm2(const spx_mat *A, const spx_mat *B, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat GA, GB;
    SPX_TRY(spx_mat_scratch(&tmp, &GA, A->cols, A->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &GB, B->cols, B->cols, err));
    spx_syrk(&GA, 1, A, SPX_T, 0);
    spx_syrk(&GB, 1, B, SPX_T, 0);
    *out = fmax(0, spx_dot(&GA, &GB));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* With a = U^T A and b = V^T B (k x r): U^T dW = a B^T, dW V = A b^T, U^T dW V = a b^T. */
static spx_status shares(const spx_mat *U, const spx_mat *V, const spx_mat *A, const spx_mat *B,
                         spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat a, b;
    SPX_TRY(spx_mat_scratch(&tmp, &a, U->cols, A->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &b, V->cols, B->cols, err));
    spx_gemm(&a, 1, U, SPX_T, A, SPX_N, 0);
    spx_gemm(&b, 1, V, SPX_T, B, SPX_N, 0);
    r->k = U->cols;
    SPX_TRY(project_norm2(A, B, &r->before, err));
    SPX_TRY(project_norm2(&a, B, &r->left, err));
    SPX_TRY(project_norm2(A, &b, &r->right, err));
    SPX_TRY(project_norm2(&a, &b, &r->block, err));
    r->after = fmax(0, r->before - r->left - r->right + r->block);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status project_factored(const spx_mat *U, const spx_mat *V, spx_mat *A, spx_mat *B, int write,
                            spx_filter_report *r, spx_error *err)
{
    spx_status st = shares(U, V, A, B, r, err);
    if (st == SPX_OK && write) st = remove_range(U, A, err);
    if (st == SPX_OK && write) st = remove_range(V, B, err);
    return st;
}
