/* test_svd.c: both engines against a known decomposition, for every shape; invariances; bad input.
 */
#include "check.h"

#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/svd.h"

#include <string.h>

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

/* W = U diag(s) V^T with random orthonormal U, V. */
static void with_values(spx_mat *W, size_t rows, size_t cols, const double *s, size_t r,
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

static double departure_from_orthonormal(const spx_mat *Q)
{
    spx_error err = {0};
    spx_mat G;
    check_ok(spx_mat_alloc(&G, Q->cols, Q->cols, &err));
    spx_gemm(&G, 1, Q, SPX_T, Q, SPX_N, 0);
    double worst = 0;
    for (size_t i = 0; i < Q->cols; i++)
        for (size_t j = 0; j < Q->cols; j++)
            worst = fmax(worst, fabs(G.data[i * Q->cols + j] - (i == j)));
    spx_mat_free(&G);
    return worst;
}

static void test_known_values(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{12, 30}, {30, 12}, {17, 17}, {1, 5}, {5, 1}, {1, 1}};
    static const char *const engines[] = {"gram", "full"};
    spx_rng rng = spx_rng_seed(11);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t e = 0; e < 2; e++) {
            const size_t m = shapes[i][0], n = shapes[i][1], r = m < n ? m : n;
            spx_error err = {0};
            double s[17];
            spx_mat W;
            for (size_t j = 0; j < r; j++) s[j] = pow(0.7, (double)j) * 5;
            with_values(&W, m, n, s, r, &rng);
            spx_svd f;
            const spx_svd_opts o = {.engine = engines[e], .k = r < 4 ? r : 4};
            check_ok(spx_svd_compute(&W, &o, &f, &err));
            assert_int_equal(f.r, r);
            assert_string_equal(f.engine, engines[e]);
            for (size_t j = 0; j < r; j++)
                check_leq(fabs(f.s[j] - s[j]), 1e-12 * s[0] * (s[0] / s[j]));
            check_leq(departure_from_orthonormal(&f.U), 1e-13);
            check_leq(departure_from_orthonormal(&f.V), 1e-12);
            check_leq(f.residual, 1e-13);
            spx_svd_free(&f);
            spx_mat_free(&W);
        }
}

/* k = min{ k : E(k) >= tau }, REVIVE Eq. 5, with a tie exactly at tau. */
static void test_share_chooses_k(void **state)
{
    (void)state;
    static const double s[] = {4, 3, 2, 1};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat W;
    spx_svd f;
    with_values(&W, 4, 9, s, 4, &rng);
    static const struct {
        double tau;
        size_t k;
    } want[] = {{1e-6, 1}, {0.3, 1}, {0.45, 2}, {0.69, 2}, {0.75, 3}, {0.95, 4}, {1, 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const spx_svd_opts o = {.engine = "gram", .tau = want[i].tau};
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        assert_int_equal(f.k, want[i].k);
        spx_svd_free(&f);
    }
    spx_mat_free(&W);
}

static void test_signs_are_fixed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    random_mat(&W, 8, 20, &rng);
    spx_svd f;
    const spx_svd_opts o = {.engine = "gram", .k = 8};
    check_ok(spx_svd_compute(&W, &o, &f, &err));
    for (size_t j = 0; j < 8; j++) {
        double most = 0;
        for (size_t i = 0; i < 8; i++)
            if (fabs(f.U.data[i * f.U.ld + j]) > fabs(most)) most = f.U.data[i * f.U.ld + j];
        assert_true(most > 0);
    }
    spx_svd_free(&f);
    spx_mat_free(&W);
}

static void test_rank_deficient_and_zero(void **state)
{
    (void)state;
    static const double s[] = {3, 2};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(7);
    spx_mat W;
    spx_svd f;
    with_values(&W, 10, 6, s, 2, &rng);
    const spx_svd_opts o = {.engine = "gram", .k = 6};
    check_ok(spx_svd_compute(&W, &o, &f, &err));
    check_leq(f.s[2], 1e-7);
    check_leq(departure_from_orthonormal(&f.U), 1e-6);
    spx_svd_free(&f);
    memset(W.data, 0, 60 * sizeof(double));
    const spx_svd_opts values = spx_svd_defaults();
    check_ok(spx_svd_compute(&W, &values, &f, &err));
    for (size_t j = 0; j < 6; j++) assert_true(f.s[j] == 0);
    spx_svd_free(&f);
    spx_mat_free(&W);
}

static void test_bad_input(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_mat W;
    spx_svd f;
    random_mat(&W, 3, 4, &rng);
    spx_svd_opts o = {.engine = "none"};
    assert_int_equal(spx_svd_compute(&W, &o, &f, NULL), SPX_EINVAL);
    o = (spx_svd_opts){.engine = "gram", .tau = 1.5};
    assert_int_equal(spx_svd_compute(&W, &o, &f, NULL), SPX_EINVAL);
    W.data[5] = (double)NAN;
    o = spx_svd_defaults();
    spx_error err = {0};
    assert_int_equal(spx_svd_compute(&W, &o, &f, &err), SPX_ENUMERIC);
    W.data[5] = 0;
    for (int e = 0; e < 2; e++) {
        o = (spx_svd_opts){.engine = e ? "full" : "gram", .k = 2};
        check_survives_oom(spx_svd_compute(&W, &o, &f, NULL));
        spx_svd_free(&f);
    }
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),    cmocka_unit_test(test_share_chooses_k),
        cmocka_unit_test(test_signs_are_fixed), cmocka_unit_test(test_rank_deficient_and_zero),
        cmocka_unit_test(test_bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
