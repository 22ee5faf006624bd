/* test_subspace.c: angles that are known, optimal pairings by exhaustion, and the two events that a
 * plain comparison of top-k subspaces mixes: rotation and overtaking. */
#include "check.h"

#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/subspace.h"

#include <stdbool.h>
#include <string.h>

static void random_orth(spx_mat *Q, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    check_ok(spx_mat_alloc(Q, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) Q->data[i] = spx_rng_normal(rng);
    check_ok(spx_linalg_orth(Q, &tmp, &err));
    spx_scratch_free(&tmp);
}

/* Two planes of R^n whose angles are given: cos t q_i + sin t q_{k+i}, small angles included. */
static void test_known_angles(void **state)
{
    (void)state;
    static const double want[] = {0, 1e-12, 1e-7, 0.3, 1.2, 1.5707963267948966};
    enum { K = 6, N = 20 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    spx_mat Q, R, B;
    random_orth(&Q, N, 2 * K, &rng);
    random_orth(&R, K, K, &rng);
    check_ok(spx_mat_alloc(&B, N, K, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < K; j++)
            B.data[i * K + j] =
                cos(want[j]) * Q.data[i * 2 * K + j] + sin(want[j]) * Q.data[i * 2 * K + K + j];
    spx_mat mixed, A = spx_mat_view(&Q, 0, 0, N, K);
    check_ok(spx_mat_alloc(&mixed, N, K, &err));
    spx_gemm(&mixed, 1, &B, SPX_N, &R, SPX_N, 0); /* another basis of the same plane */
    double theta[K];
    check_ok(spx_subspace_angles(&A, &mixed, theta, &err));
    for (size_t j = 0; j < K; j++) check_leq(fabs(theta[j] - want[j]), 2e-15 + 1e-15);
    check_ok(spx_subspace_angles(&mixed, &A, theta, &err)); /* symmetric */
    for (size_t j = 0; j < K; j++) check_leq(fabs(theta[j] - want[j]), 3e-15);
    check_survives_oom(spx_subspace_angles(&A, &mixed, theta, NULL));
    spx_mat_free(&Q);
    spx_mat_free(&R);
    spx_mat_free(&B);
    spx_mat_free(&mixed);
}

static double best_by_exhaustion(const spx_mat *S, size_t row, unsigned used)
{
    if (row == S->rows) return 0;
    double best = -1e300;
    for (size_t j = 0; j < S->cols; j++)
        if (!(used & (1U << j)))
            best = fmax(best, S->data[row * S->ld + j] +
                                  best_by_exhaustion(S, row + 1, used | (1U << j)));
    return best;
}

static void test_pairing_is_optimal(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    for (size_t trial = 0; trial < 60; trial++) {
        const size_t k = 1 + trial % 6, l = k + (trial % 2);
        spx_mat S;
        size_t pair[8];
        bool taken[8] = {false};
        double sum = 0;
        check_ok(spx_mat_alloc(&S, k, l, &err));
        for (size_t i = 0; i < k * l; i++)
            S.data[i] =
                trial % 3 ? spx_rng_uniform(&rng) : (double)spx_rng_below(&rng, 3); /* ties too */
        check_ok(spx_subspace_assign(&S, pair, &err));
        for (size_t i = 0; i < k; i++) {
            assert_true(pair[i] < l && !taken[pair[i]]);
            taken[pair[i]] = true;
            sum += S.data[i * l + pair[i]];
        }
        check_leq(fabs(sum - best_by_exhaustion(&S, 0, 0)), 1e-12);
        spx_mat_free(&S);
    }
}

static double value_of(const spx_subspace *c, const char *name)
{
    size_t n = 0;
    const spx_quantity *q = spx_subspace_metrics(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(q[i].name, name) == 0) return c->value[i];
    fail_msg("no metric %s", name);
    return 0;
}

/* Compares W with W0 for k directions; the later decomposition has all of them. */
static spx_subspace compare(const spx_mat *W0, const spx_mat *W, size_t k)
{
    spx_error err = {0};
    spx_svd base, now;
    spx_subspace c;
    spx_svd_opts o = {.engine = "full", .k = k};
    check_ok(spx_svd_compute(W0, &o, &base, &err));
    o.k = W->rows < W->cols ? W->rows : W->cols;
    check_ok(spx_svd_compute(W, &o, &now, &err));
    const spx_subspace_pair pair = {&base, &now, W};
    check_ok(spx_subspace_compare(&pair, &c, &err));
    spx_subspace again = {0};
    check_survives_oom(spx_subspace_compare(&pair, &again, NULL));
    spx_subspace_free(&again);
    spx_svd_free(&base);
    spx_svd_free(&now);
    return c;
}

enum { M = 10, N = 16, TOP = 3 };
/* sum_j s_j u_j v_j^T into W; u_j, v_j columns of U, V. */
static void synthesise(spx_mat *W, const spx_mat *U, const double *s, const spx_mat *V)
{
    memset(W->data, 0, W->rows * W->cols * sizeof(double));
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            for (size_t t = 0; t < U->cols; t++)
                W->data[i * W->cols + j] += s[t] * U->data[i * U->ld + t] * V->data[j * V->ld + t];
}

static void test_same_matrix(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W;
    check_ok(spx_mat_alloc(&W, M, N, &err));
    for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] = spx_rng_normal(&rng);
    spx_subspace c = compare(&W, &W, TOP);
    static const char *const ones[] = {"lss_r",          "lss_g",         "lss_p",     "svs",
                                       "svs_match",      "retained_gain", "retention", "fro_ratio",
                                       "spectral_ratio", "exact_kept"};
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        check_leq(fabs(value_of(&c, ones[i]) - 1), 1e-13);
    check_leq(value_of(&c, "triple_residual"), 1e-14);
    check_leq(value_of(&c, "theta_max_u"), 1e-14);
    check_leq(value_of(&c, "theta_max_v"), 1e-14);
    spx_subspace_free(&c);
    spx_mat_free(&W);
}

/* Three new triples above the old ones, which stay exact: LSS and SVS fall to 0, the gain stays 1.
 */
static void test_overtaking(void **state)
{
    (void)state;
    static const double before[] = {5, 4, 3, 0.5, 0.4, 0.3}, after[] = {5, 4, 3, 9, 8, 7};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_mat U, V, W0, W;
    random_orth(&U, M, 6, &rng);
    random_orth(&V, N, 6, &rng);
    check_ok(spx_mat_alloc(&W0, M, N, &err));
    check_ok(spx_mat_alloc(&W, M, N, &err));
    synthesise(&W0, &U, before, &V);
    synthesise(&W, &U, after, &V);
    spx_subspace c = compare(&W0, &W, TOP);
    static const char *const zeros[] = {"lss_r", "lss_g", "svs"};
    for (size_t i = 0; i < 3; i++) check_leq(fabs(value_of(&c, zeros[i])), 1e-12);
    static const char *const ones[] = {"retained_gain", "svs_match", "exact_kept", "retention"};
    for (size_t i = 0; i < 4; i++) check_leq(fabs(value_of(&c, ones[i]) - 1), 1e-12);
    check_leq(value_of(&c, "triple_residual"), 1e-13);
    check_leq(fabs(value_of(&c, "theta_max_u") - acos(0)), 1e-12);
    spx_subspace_free(&c);
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* Output directions turned by one angle, inputs kept: closed forms of every similarity. */
static void test_rotation(void **state)
{
    (void)state;
    static const double s[] = {5, 4, 3};
    const double t = 0.4;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(8);
    spx_mat Q, V, W0, W;
    random_orth(&Q, M, 6, &rng);
    random_orth(&V, N, 3, &rng);
    check_ok(spx_mat_alloc(&W0, M, N, &err));
    check_ok(spx_mat_alloc(&W, M, N, &err));
    const spx_mat U = spx_mat_view(&Q, 0, 0, M, 3);
    synthesise(&W0, &U, s, &V);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < 3; j++)
            Q.data[i * 6 + j] = cos(t) * Q.data[i * 6 + j] + sin(t) * Q.data[i * 6 + 3 + j];
    synthesise(&W, &U, s, &V);
    spx_subspace c = compare(&W0, &W, TOP);
    check_leq(fabs(value_of(&c, "lss_r") - cos(t)), 1e-13);
    check_leq(fabs(value_of(&c, "lss_g") - (cos(t) * cos(t) + 1) / 2), 1e-13);
    check_leq(fabs(value_of(&c, "lss_p") - (1 - sin(t) / 2)), 1e-13);
    check_leq(fabs(value_of(&c, "svs") - (cos(t) + 1) / 2), 1e-13);
    check_leq(fabs(value_of(&c, "retained_gain") - cos(t)), 1e-13);
    check_leq(fabs(value_of(&c, "theta_mean_u") - t), 1e-13);
    check_leq(value_of(&c, "theta_max_v"), 1e-13);
    check_leq(fabs(value_of(&c, "triple_residual") - 2 * sin(t / 2)), 1e-13);
    spx_subspace_free(&c);
    spx_mat_free(&Q);
    spx_mat_free(&V);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_angles), cmocka_unit_test(test_pairing_is_optimal),
        cmocka_unit_test(test_same_matrix),  cmocka_unit_test(test_overtaking),
        cmocka_unit_test(test_rotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
