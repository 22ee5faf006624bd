/* angles.c: principal angles between subspaces (Bjorck and Golub 1973). */
#include "spx/linalg.h"
#include "spx/subspace.h"

#include <assert.h>
#include <math.h>

/* Singular values of M, descending; M is destroyed. */
static spx_status singular_values(spx_mat *M, double *s, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat U, Vt;
    const size_t k = M->rows < M->cols ? M->rows : M->cols;
    SPX_TRY(spx_mat_scratch(tmp, &U, M->rows, k, err));
    SPX_TRY(spx_mat_scratch(tmp, &Vt, k, M->cols, err));
    SPX_TRY(spx_linalg_gesdd(M, &U, s, &Vt, tmp, err));
out:
    return st;
}

static double clip(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

spx_status spx_subspace_angles(const spx_mat *A, const spx_mat *B, double *theta, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C, S;
    void *mem = NULL;
    const size_t k = A->cols;
    assert(A->rows == B->rows && B->cols == k && k <= A->rows);
    if (k == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &C, k, k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, A->rows, k, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, 2 * k, sizeof(double), err));
    double *cosine = mem, *sine = cosine + k;
    spx_gemm(&C, 1, A, SPX_T, B, SPX_N, 0);
    spx_mat_copy(&S, B);
    spx_gemm(&S, -1, A, SPX_N, &C, SPX_N, 1); /* (I - A A^T) B */
    SPX_TRY(singular_values(&C, cosine, &tmp, err));
    SPX_TRY(singular_values(&S, sine, &tmp, err));
    for (size_t i = 0; i < k; i++) { /* cosines descend as sines ascend */
        const double c = cosine[i], s = sine[k - 1 - i];
        theta[i] = c * c >= 0.5 ? asin(clip(s)) : acos(clip(c));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
