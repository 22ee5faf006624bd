/* memit.c: MEMIT (Meng, Sen Sharma, Andonian, Belinkov and Bau, ICLR 2023, Eq. 14).
 *
 *     dW = R K^T (lambda C + K K^T)^{-1}                          R d x n, K f x n, C f x f
 *
 * The f x f system is the same for every batch but for K K^T of rank n. With lambda C = B and
 * Y = B^{-1} K (Woodbury)
 *
 *     (B + K K^T)^{-1} K = Y (I_n + K^T Y)^{-1} = Y S^{-1},       dW = R (Y S^{-1})^T,
 *
 * so C is factored once per model, C = L L^T, and each batch costs two triangular solves, 2 f^2 n
 * flops, and a Cholesky of order n. S is symmetric positive definite, condition at least 1.
 */
#include "edit/editors.h"

#include "spx/linalg.h"

#include <assert.h>

const char spx_edit_memit_source[] = "Meng et al. 2023, Eq. 14";

/* S <- I + K^T Y, symmetrised against rounding. */
static void inner_system(const spx_mat *K, const spx_mat *Y, spx_mat *S)
{
    spx_gemm(S, 1, K, SPX_T, Y, SPX_N, 0);
    for (size_t i = 0; i < S->rows; i++) {
        S->data[i * S->ld + i] += 1;
        for (size_t j = 0; j < i; j++) {
            const double mean = 0.5 * (S->data[i * S->ld + j] + S->data[j * S->ld + i]);
            S->data[i * S->ld + j] = S->data[j * S->ld + i] = mean;
        }
    }
}

spx_status spx_edit_memit(const spx_bundle *b, spx_mat *A, spx_mat *B, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat S, T;
    const size_t n = b->K->cols, f = b->K->rows;

    assert(A->rows == b->R->rows && A->cols == n && B->rows == f && B->cols == n);
    if (!(b->lambda > 0)) SPX_RAISE(err, SPX_EINVAL, "lambda must be above 0");
    SPX_TRY(spx_mat_scratch(&tmp, &S, n, n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &T, n, f, err));
    spx_mat_copy(B, b->K);
    SPX_TRY(spx_linalg_cholesky_solve(b->L, B, err));
    spx_mat_scale(B, 1 / b->lambda);
    inner_system(b->K, B, &S);
    SPX_TRY(spx_linalg_cholesky(&S, err));
    spx_mat_transpose(&T, B);
    SPX_TRY(spx_linalg_cholesky_solve(&S, &T, err)); /* S^{-1} Y^T */
    spx_mat_transpose(B, &T);
    spx_mat_copy(A, b->R);
out:
    spx_scratch_free(&tmp);
    return st;
}
