/* test_linear.c: products against loops, factorisations against what they promise. */
#include "check.h"

#include "spx/linalg.h"
#include "spx/rng.h"

#include <string.h>

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

static double at(const spx_mat *A, spx_trans t, size_t i, size_t j)
{
    return t == SPX_N ? A->data[i * A->ld + j] : A->data[j * A->ld + i];
}

static void test_products(void **state)
{
    (void)state;
    enum { M = 7, N = 5, K = 6 };
    spx_rng rng = spx_rng_seed(1);
    for (int ta = 0; ta < 2; ta++)
        for (int tb = 0; tb < 2; tb++) {
            spx_mat wide_a, wide_b, C, before;
            const spx_trans a = ta ? SPX_T : SPX_N, b = tb ? SPX_T : SPX_N;
            random_mat(&wide_a, 12, 12, &rng); /* views, so that ld differs from cols */
            random_mat(&wide_b, 12, 12, &rng);
            random_mat(&C, M, N, &rng);
            random_mat(&before, M, N, &rng);
            spx_mat_copy(&before, &C);
            const spx_mat A = spx_mat_view(&wide_a, 1, 2, ta ? K : M, ta ? M : K);
            const spx_mat B = spx_mat_view(&wide_b, 2, 1, tb ? N : K, tb ? K : N);
            spx_gemm(&C, 0.5, &A, a, &B, b, 2);
            for (size_t i = 0; i < M; i++)
                for (size_t j = 0; j < N; j++) {
                    double want = 2 * before.data[i * N + j];
                    for (size_t k = 0; k < K; k++) want += 0.5 * at(&A, a, i, k) * at(&B, b, k, j);
                    check_leq(fabs(C.data[i * N + j] - want), 1e-14);
                }
            spx_mat *const owned[] = {&wide_a, &wide_b, &C, &before};
            for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
        }
}

static void test_syrk(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat A, C, want;
    random_mat(&A, 6, 9, &rng);
    for (int t = 0; t < 2; t++) {
        const size_t n = t ? 9 : 6;
        check_ok(spx_mat_alloc(&C, n, n, &err));
        check_ok(spx_mat_alloc(&want, n, n, &err));
        spx_syrk(&C, 3, &A, t ? SPX_T : SPX_N, 0);
        spx_gemm(&want, 3, &A, t ? SPX_T : SPX_N, &A, t ? SPX_N : SPX_T, 0);
        for (size_t i = 0; i < n * n; i++) check_leq(fabs(C.data[i] - want.data[i]), 1e-13);
        spx_mat_free(&C);
        spx_mat_free(&want);
    }
    spx_mat_free(&A);
}

static void test_shapes_and_finiteness(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat A;
    assert_int_equal(spx_mat_alloc(&A, (size_t)1 << 32, 1, &err), SPX_ESHAPE);
    err = (spx_error){0};
    check_ok(spx_mat_alloc(&A, 3, 4, &err));
    check_ok(spx_mat_check_finite(&A, &err));
    A.data[6] = (double)INFINITY;
    assert_int_equal(spx_mat_check_finite(&A, &err), SPX_ENUMERIC);
    assert_non_null(strstr(err.text, "1"));
    spx_mat_free(&A);
}

static void test_cholesky(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    spx_mat X, A, L, B, Y;
    random_mat(&X, 8, 20, &rng);
    random_mat(&B, 8, 3, &rng);
    check_ok(spx_mat_alloc(&A, 8, 8, &err));
    check_ok(spx_mat_alloc(&L, 8, 8, &err));
    check_ok(spx_mat_alloc(&Y, 8, 3, &err));
    spx_syrk(&A, 1, &X, SPX_N, 0);
    spx_mat_copy(&L, &A);
    check_ok(spx_linalg_cholesky(&L, &err));
    for (size_t i = 0; i < 8; i++)
        for (size_t j = i + 1; j < 8; j++) assert_true(L.data[i * 8 + j] == 0);
    spx_mat_copy(&Y, &B);
    check_ok(spx_linalg_cholesky_solve(&L, &Y, &err));
    spx_gemm(&B, 1, &A, SPX_N, &Y, SPX_N, -1);
    check_leq(spx_norm_fro(&B), 1e-11);
    A.data[0] = -1;
    assert_int_equal(spx_linalg_cholesky(&A, &err), SPX_ENUMERIC);
    spx_mat *const owned[] = {&X, &A, &L, &B, &Y};
    for (size_t i = 0; i < 5; i++) spx_mat_free(owned[i]);
}

static size_t three(const double *w, size_t n, void *arg)
{
    (void)arg;
    for (size_t i = 1; i < n; i++) assert_true(w[i] <= w[i - 1]);
    return 3;
}

/* A Q = Q diag(w), Q^T Q = I, the trace kept. */
static void test_top_eigenvectors(void **state)
{
    (void)state;
    enum { N = 15 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_scratch tmp = {0};
    spx_mat X, A, work, Q, AQ;
    double w[N], trace = 0, sum = 0;
    random_mat(&X, N, N, &rng);
    check_ok(spx_mat_alloc(&A, N, N, &err));
    check_ok(spx_mat_alloc(&work, N, N, &err));
    check_ok(spx_mat_alloc(&AQ, N, 3, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) A.data[i * N + j] = X.data[i * N + j] + X.data[j * N + i];
    spx_mat_copy(&work, &A);
    check_ok(spx_linalg_syev_top(&work, w, three, NULL, &Q, &tmp, &err));
    for (size_t i = 0; i < N; i++) trace += A.data[i * N + i], sum += w[i];
    check_leq(fabs(trace - sum), 1e-12);
    assert_int_equal(Q.cols, 3);
    spx_gemm(&AQ, 1, &A, SPX_N, &Q, SPX_N, 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 3; j++)
            check_leq(fabs(AQ.data[i * 3 + j] - w[j] * Q.data[i * Q.ld + j]), 1e-12);
    spx_scratch_free(&tmp);
    spx_mat *const owned[] = {&X, &A, &work, &AQ};
    for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_syrk),
        cmocka_unit_test(test_shapes_and_finiteness),
        cmocka_unit_test(test_cholesky),
        cmocka_unit_test(test_top_eigenvectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
