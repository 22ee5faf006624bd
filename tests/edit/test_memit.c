/* test_memit.c: the n x n form against the f x f system solved directly, and the normal equations.
 */
#include "check.h"

#include "spx/edit.h"
#include "spx/linalg.h"
#include "spx/rng.h"

#include <string.h>

enum { F = 24, D = 10 };

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

/* Eq. 14 directly: dW (lambda C + K K^T) = R K^T. */
static void check_solution(size_t n, double lambda)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(n);
    const spx_editor *e = NULL;
    spx_mat X, C, L, K, R, A, B, dW, left, right;
    random_mat(&X, F, 3 * F, &rng);
    random_mat(&K, F, n, &rng);
    random_mat(&R, D, n, &rng);
    spx_mat *const made[] = {&C, &L};
    for (size_t i = 0; i < 2; i++) check_ok(spx_mat_alloc(made[i], F, F, &err));
    check_ok(spx_mat_alloc(&A, D, n, &err));
    check_ok(spx_mat_alloc(&B, F, n, &err));
    check_ok(spx_mat_alloc(&dW, D, F, &err));
    check_ok(spx_mat_alloc(&left, D, F, &err));
    check_ok(spx_mat_alloc(&right, D, F, &err));
    spx_syrk(&C, 1.0 / (3 * F), &X, SPX_N, 0);
    spx_mat_copy(&L, &C);
    check_ok(spx_linalg_cholesky(&L, &err));
    check_ok(spx_editor_find("memit", &e, &err));
    const spx_bundle b = {.K = &K, .R = &R, .L = &L, .lambda = lambda};
    check_ok(e->solve(&b, &A, &B, &err));
    spx_gemm(&dW, 1, &A, SPX_N, &B, SPX_T, 0);
    spx_mat_scale(&C, lambda);
    spx_syrk(&C, 1, &K, SPX_N, 1);
    spx_gemm(&left, 1, &dW, SPX_N, &C, SPX_N, 0);
    spx_gemm(&right, 1, &R, SPX_N, &K, SPX_T, 0);
    double worst = 0, size = 0;
    for (size_t i = 0; i < (size_t)D * F; i++) {
        worst = fmax(worst, fabs(left.data[i] - right.data[i]));
        size = fmax(size, fabs(right.data[i]));
    }
    check_leq(worst / size, 1e-11);
    check_survives_oom(e->solve(&b, &A, &B, NULL));
    spx_mat *const owned[] = {&X, &C, &L, &K, &R, &A, &B, &dW, &left, &right};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_mat_free(owned[i]);
}

static void test_equals_direct_solve(void **state)
{
    (void)state;
    check_solution(1, 1);
    check_solution(7, 150);
    check_solution(F, 1e-3);
    check_solution(3 * F, 10); /* more facts than dimensions */
}

static void test_unknown_editor(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_editor *e = NULL;
    assert_int_equal(spx_editor_find("nothing", &e, &err), SPX_EINVAL);
    assert_null(e);
    assert_non_null(strstr(err.text, "memit"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_direct_solve),
        cmocka_unit_test(test_unknown_editor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
