/* matrices.h: random matrices, and comparisons of matrices, for tests. */
#ifndef SPX_TESTS_MATRICES_H
#define SPX_TESTS_MATRICES_H

#include "check.h"

#include "spx/linalg.h"
#include "spx/rng.h"

static inline void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

/* With orthonormal columns. */
static inline void random_orth(spx_mat *Q, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    random_mat(Q, rows, cols, rng);
    check_ok(spx_linalg_orth(Q, &tmp, &err));
    spx_scratch_free(&tmp);
}

/* U diag(s) V^T of random orthonormal U, V and the given values. */
static inline void planted(spx_mat *W, size_t rows, size_t cols, const double *s, size_t r,
                           spx_rng *rng)
{
    spx_error err = {0};
    spx_mat U, V;
    random_orth(&U, rows, r, rng);
    random_orth(&V, cols, r, rng);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < r; j++) U.data[i * r + j] *= s[j];
    check_ok(spx_mat_alloc(W, rows, cols, &err));
    spx_gemm(W, 1, &U, SPX_N, &V, SPX_T, 0);
    spx_mat_free(&U);
    spx_mat_free(&V);
}

static inline void copy_mat(spx_mat *dst, const spx_mat *src)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(dst, src->rows, src->cols, &err));
    spx_mat_copy(dst, src);
}

static inline double distance(const spx_mat *A, const spx_mat *B)
{
    double sum = 0;
    assert_true(A->rows == B->rows && A->cols == B->cols);
    for (size_t i = 0; i < A->rows * A->cols; i++) sum = hypot(sum, A->data[i] - B->data[i]);
    return sum;
}

static inline void free_mats(spx_mat *const *all, size_t n)
{
    for (size_t i = 0; i < n; i++) spx_mat_free(all[i]);
}

#endif
