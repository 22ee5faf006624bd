/* matrices.h: small matrices for the tests of filters. */
#ifndef SPX_TESTS_FILTER_MATRICES_H
#define SPX_TESTS_FILTER_MATRICES_H

#include "check.h"

#include "spx/filter.h"
#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/svd.h"

enum { M = 12, N = 20, K = 4 };

static inline void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
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

static inline spx_filter *make(const spx_filter_spec *spec, const spx_mat *W)
{
    spx_error err = {0};
    spx_filter *f = NULL;
    check_ok(spx_filter_new(spec, W, &f, &err));
    return f;
}

/* What a fresh filter for W makes of a dense dW. */
static inline spx_filter_report filtered(const spx_filter_spec *spec, const spx_mat *W,
                                         const spx_mat *dW, spx_mat *out)
{
    spx_error err = {0};
    spx_filter_report r = {0};
    spx_update u = {0};
    spx_filter *f = make(spec, W);
    copy_mat(&u.A, dW);
    check_ok(spx_filter_apply(f, &u, &r, &err));
    *out = u.A;
    spx_filter_free(f);
    return r;
}

/* U diag(s) V^T of random orthonormal U, V and the given values. */
static inline void planted(spx_mat *W, size_t rows, size_t cols, const double *s, size_t r,
                           spx_rng *rng)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    spx_mat U, V;
    random_mat(&U, rows, r, rng);
    random_mat(&V, cols, r, rng);
    check_ok(spx_linalg_orth(&U, &tmp, &err));
    check_ok(spx_linalg_orth(&V, &tmp, &err));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < r; j++) U.data[i * r + j] *= s[j];
    check_ok(spx_mat_alloc(W, rows, cols, &err));
    spx_gemm(W, 1, &U, SPX_N, &V, SPX_T, 0);
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_scratch_free(&tmp);
}

#endif
