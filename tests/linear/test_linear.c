/* test_linear.c: products against loops, factorisations against what they promise. */
#include "matrices.h"

#include <string.h>

static double at(const spx_mat *A, spx_trans t, size_t i, size_t j)
{
    return t == SPX_N ? A->data[i * A->ld + j] : A->data[j * A->ld + i];
}

static void products_agree_with_a_triple_loop(void **state)
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

/* Of a view, whose rows have gaps. */
static void copies_have_no_gaps(void **state)
{
    (void)state;
    enum { M = 40, N = 35 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(7);
    spx_mat A, copy, wide;
    float w[M * N], turned[M * N];
    random_mat(&A, M + 3, N + 5, &rng);
    const spx_mat view = spx_mat_view(&A, 1, 2, M, N);
    check_ok(spx_mat_clone(&copy, &view, &err));
    assert_true(copy.rows == M && copy.cols == N && copy.ld == N);
    for (size_t i = 0; i < (size_t)M * N; i++) {
        assert_true(copy.data[i] == view.data[i / N * view.ld + i % N]);
        w[i] = (float)copy.data[i];
    }
    wide = spx_mat_view(&A, 0, 0, M, N);
    spx_floats_widen(w, &wide);
    spx_floats_turn(w, M, N, turned);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            assert_true(wide.data[i * wide.ld + j] == (double)w[i * N + j]);
            assert_true(turned[j * M + i] == w[i * N + j]);
        }
    spx_mat_free(&copy);
    check_survives_oom(spx_mat_clone(&copy, &view, NULL));
    spx_mat_free(&copy);
    spx_mat_free(&A);
}

/* Powers of two are exact; a finite value beyond float is named by its place. */
static void values_are_shifted_and_narrowed(void **state)
{
    (void)state;
    spx_error err = {0};
    double x[] = {1.5, -3e38, 0, 0x1p-1074, (double)INFINITY, 7};
    float w[4];
    spx_mat A = {2, 2, 3, x};
    check_ok(spx_mat_narrow(&A, w, &err));
    assert_true(w[0] == 1.5F && w[1] == -3e38F && w[2] == 0 && isinf(w[3]));
    spx_mat_shift(&A, 1000);
    assert_true(x[0] == ldexp(1.5, 1000) && x[2] == 0 && x[3] == 0x1p-74 && x[5] == 7);
    assert_int_equal(spx_mat_narrow(&A, w, &err), SPX_ENUMERIC);
    assert_string_equal(err.text,
                        "entry (0, 0) is 1.60726291e+301, which the range of float cannot hold");
}

static void syrk_agrees_with_gemm(void **state)
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

static void too_large_or_not_finite_is_refused(void **state)
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

static void cholesky_factors_and_solves(void **state)
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
    for (size_t i = 0; i < 8 * 3; i++) B.data[i] = spx_rng_normal(&rng);
    spx_mat_copy(&Y, &B);
    spx_trsm(&L, &Y);
    spx_gemm(&B, 1, &L, SPX_N, &Y, SPX_N, -1);
    check_leq(spx_norm_fro(&B), 1e-11);
    A.data[0] = -1;
    assert_int_equal(spx_linalg_cholesky(&A, &err), SPX_ENUMERIC);
    spx_mat *const owned[] = {&X, &A, &L, &B, &Y};
    for (size_t i = 0; i < 5; i++) spx_mat_free(owned[i]);
}

static void the_reciprocal_condition_is_estimated(void **state)
{
    (void)state;
    spx_error err = {0};
    double entry[9] = {4, 0, 0, 0, 1, 0, 0, 0, 1e-6}, rcond = 0;
    spx_mat A = {3, 3, 3, entry};
    const double norm = spx_norm1(&A);
    check_leq(fabs(norm - 4), 0);
    check_ok(spx_linalg_cholesky(&A, &err));
    check_ok(spx_linalg_cholesky_rcond(&A, norm, &rcond, &err));
    check_leq(fabs(rcond * 4e6 - 1), 8 * DBL_EPSILON); /* diagonal: the estimate is exact */
    A.data[3] = -7;
    check_leq(fabs(spx_norm1(&A) - 9), 0); /* down the first column: 2, 7, 0 */
    check_survives_oom(spx_linalg_cholesky_rcond(&A, norm, &rcond, NULL));
}

static size_t some(const double *w, size_t n, void *arg)
{
    for (size_t i = 1; i < n; i++) assert_true(w[i] <= w[i - 1]);
    return *(const size_t *)arg;
}

/* A Q = Q diag(w), Q^T Q = I, the trace kept; few vectors (dstemr), many (dstedc), all, none. */
static void top_eigenvectors_meet_their_equation(void **state)
{
    (void)state;
    enum { N = 45 };
    static const size_t counts[] = {1, 3, 3, 20, N}, likely[] = {1, 3, 1, 0, 2};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat X, A, work;
    random_mat(&X, N, N, &rng);
    check_ok(spx_mat_alloc(&A, N, N, &err));
    check_ok(spx_mat_alloc(&work, N, N, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) A.data[i * N + j] = X.data[i * N + j] + X.data[j * N + i];
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t k = counts[c];
        spx_mat Q, AQ, QtQ;
        double w[N], trace = 0, sum = 0;
        for (size_t i = 0; i < N; i++) /* only the lower triangle is read */
            for (size_t j = 0; j < N; j++)
                work.data[i * N + j] = j <= i ? A.data[i * N + j] : (double)NAN;
        check_ok(spx_linalg_syev_top(&work, w, likely[c], some, &k, &Q, &err));
        for (size_t i = 0; i < N; i++) trace += A.data[i * N + i], sum += w[i];
        check_leq(fabs(trace - sum), 1e-12);
        assert_int_equal(Q.cols, k);
        check_ok(spx_mat_alloc(&AQ, N, k, &err));
        check_ok(spx_mat_alloc(&QtQ, k, k, &err));
        spx_gemm(&AQ, 1, &A, SPX_N, &Q, SPX_N, 0);
        spx_gemm(&QtQ, 1, &Q, SPX_T, &Q, SPX_N, 0);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < k; j++)
                check_leq(fabs(AQ.data[i * k + j] - w[j] * Q.data[i * k + j]), 1e-12);
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++) check_leq(fabs(QtQ.data[i * k + j] - (i == j)), 1e-13);
        spx_mat *const owned[] = {&Q, &AQ, &QtQ};
        for (size_t i = 0; i < 3; i++) spx_mat_free(owned[i]);
    }
    size_t k = N;
    double w[N];
    spx_mat Q;
    check_ok(spx_linalg_syev_top(&work, w, 0, NULL, NULL, &Q, &err));
    assert_null(Q.data);
    check_survives_oom(spx_linalg_syev_top(&work, w, 0, some, &k, &Q, NULL));
    spx_mat *const owned[] = {&X, &A, &work, &Q};
    for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
}

/* U diag(s) Vt = W, by divide and conquer, by QR iteration and without vectors. */
static void a_dense_svd_gives_its_matrix(void **state)
{
    (void)state;
    enum { M = 9, N = 14 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W, A, U, Vt;
    double s[3][M];
    random_mat(&W, M, N, &rng);
    for (int way = 0; way < 3; way++) {
        spx_scratch tmp = {0};
        check_ok(spx_mat_scratch(&tmp, &A, M, N, &err));
        check_ok(spx_mat_scratch(&tmp, &U, M, M, &err));
        check_ok(spx_mat_scratch(&tmp, &Vt, M, N, &err));
        spx_mat_copy(&A, &W);
        if (way == 0) check_ok(spx_linalg_gesdd(&A, &U, s[0], &Vt, &tmp, &err));
        if (way == 1) check_ok(spx_linalg_gesvd(&A, &U, s[1], &Vt, &tmp, &err));
        if (way == 2) check_ok(spx_linalg_gesdd(&A, NULL, s[2], NULL, &tmp, &err));
        for (size_t i = 0; i < M; i++) check_leq(fabs(s[way][i] - s[0][i]), 1e-13);
        for (size_t i = 0; i < M && way < 2; i++)
            for (size_t j = 0; j < N; j++) {
                double sum = -W.data[i * N + j];
                for (size_t l = 0; l < M; l++)
                    sum += U.data[i * M + l] * s[way][l] * Vt.data[l * N + j];
                check_leq(fabs(sum), 1e-13);
            }
        spx_scratch_free(&tmp);
    }
    spx_mat_free(&W);
}

/* Q spans what A spans, and columns that are orthonormal already keep their sign. */
static void orthonormal_columns_span_the_range(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_scratch tmp = {0};
    spx_mat A, Q, again, R;
    random_mat(&A, 11, 4, &rng);
    check_ok(spx_mat_scratch(&tmp, &Q, 11, 4, &err));
    check_ok(spx_mat_scratch(&tmp, &again, 11, 4, &err));
    check_ok(spx_mat_scratch(&tmp, &R, 4, 4, &err));
    spx_mat_copy(&Q, &A);
    check_ok(spx_linalg_orth(&Q, &tmp, &err));
    spx_mat_copy(&again, &Q);
    check_ok(spx_linalg_orth(&again, &tmp, &err));
    for (size_t i = 0; i < 44; i++) check_leq(fabs(again.data[i] - Q.data[i]), 1e-14);
    spx_gemm(&R, 1, &Q, SPX_T, &A, SPX_N, 0);
    for (size_t i = 0; i < 4; i++) assert_true(R.data[i * 4 + i] > 0);
    spx_gemm(&A, -1, &Q, SPX_N, &R, SPX_N, 1);
    check_leq(spx_norm_fro(&A), 1e-14);
    spx_scratch_free(&tmp);
    spx_mat_free(&A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_a_triple_loop),
        cmocka_unit_test(copies_have_no_gaps),
        cmocka_unit_test(values_are_shifted_and_narrowed),
        cmocka_unit_test(syrk_agrees_with_gemm),
        cmocka_unit_test(too_large_or_not_finite_is_refused),
        cmocka_unit_test(cholesky_factors_and_solves),
        cmocka_unit_test(the_reciprocal_condition_is_estimated),
        cmocka_unit_test(top_eigenvectors_meet_their_equation),
        cmocka_unit_test(a_dense_svd_gives_its_matrix),
        cmocka_unit_test(orthonormal_columns_span_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
