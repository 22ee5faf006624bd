/* test_subspace.c: angles that are known, optimal pairings by exhaustion, and the two events that a
 * plain comparison of top-k subspaces mixes: rotation and overtaking. */
#include "matrices.h"

#include "spx/chance.h"
#include "spx/ckpt.h"
#include "spx/subspace.h"

#include <stdbool.h>
#include <string.h>

/* Two planes of R^n whose angles are given: cos t q_i + sin t q_{k+i}, small angles included. */
static void known_angles_are_found(void **state)
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

static void the_pairing_is_optimal(void **state)
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
    for (size_t i = 0; spx_subspace_metric(i); i++)
        if (strcmp(spx_subspace_metric(i)->name, name) == 0) return c->value[i];
    fail_msg("no metric %s", name);
    return 0;
}

/* Compares W with W0 for k directions; the later decomposition has all of them. */
static spx_subspace compare(const spx_mat *W0, const spx_mat *W, size_t k)
{
    spx_error err = {0};
    spx_svd base, now;
    spx_subspace c;
    const spx_svd_opts o = {.engine = "full", .k = W->rows < W->cols ? W->rows : W->cols};
    check_ok(spx_svd_compute(W0, &o, &base, &err));
    check_ok(spx_svd_compute(W, &o, &now, &err));
    const spx_subspace_pair pair = {.base = &base, .now = &now, .W = W, .k = k};
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

static void a_matrix_equals_itself(void **state)
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

/* Three new triplets overtake the old ones, which stay exact: LSS and SVS fall to 0, the gain stays
 * 1. */
static void overtaken_triplets_stay_exact(void **state)
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
    assert_true(value_of(&c, "overtaken") == 3 && value_of(&c, "overtakers") == 3);
    assert_true(value_of(&c, "turned") == 0 && value_of(&c, "kept") == 0);
    for (size_t i = 0; i < TOP; i++) {
        assert_true(c.row[SPX_ROW_RANK][i] == (double)(4 + i));
        check_leq(c.row[SPX_ROW_TURN][i], 1e-13);
    }
    assert_true(value_of(&c, "intruders") == 0); /* they are old directions, only weaker before */
    spx_subspace_free(&c);
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* Output directions turned by one angle, inputs kept: closed forms of every similarity. */
static void a_rotation_gives_the_closed_forms(void **state)
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
    check_leq(fabs(value_of(&c, "geodesic_u") - sqrt(3) * t), 1e-13);
    check_leq(fabs(value_of(&c, "chordal_u") - sqrt(3) * sin(t)), 1e-13);
    check_leq(fabs(value_of(&c, "projection_u") - sin(t)), 1e-13);
    check_leq(fabs(value_of(&c, "lss_g_u") - cos(t) * cos(t)), 1e-13);
    check_leq(fabs(value_of(&c, "svs_v") - 1), 1e-13);
    check_leq(fabs(value_of(&c, "retention_u") - cos(t) * cos(t)), 1e-13);
    check_leq(fabs(value_of(&c, "retention_v") - 1), 1e-13);
    check_leq(fabs(value_of(&c, "share_u") - cos(t) * cos(t)), 1e-13);
    assert_true(value_of(&c, "kept") == 3 && value_of(&c, "overtaken") == 0);
    for (size_t i = 0; i < 3; i++) {
        check_leq(fabs(c.row[SPX_ROW_TURN][i] - t), 1e-13);
        assert_true(c.row[SPX_ROW_RANK][i] == (double)(i + 1)); /* turned, not overtaken */
    }
    spx_subspace_free(&c);
    spx_mat_free(&Q);
    spx_mat_free(&V);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* overlaps(k, l) and lss_g against sums of squared cosines, one entry at a time. */
static void overlaps_are_sums_of_squared_cosines(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(14);
    spx_mat A, B, O;
    random_orth(&A, 12, 5, &rng);
    random_orth(&B, 12, 7, &rng);
    check_ok(spx_mat_alloc(&O, 5, 7, &err));
    spx_subspace_overlaps(&A, &B, &O);
    for (size_t k = 1; k <= 5; k++)
        for (size_t l = 1; l <= 7; l++) {
            double sum = 0;
            for (size_t i = 0; i < k; i++)
                for (size_t j = 0; j < l; j++) {
                    double c = 0;
                    for (size_t r = 0; r < 12; r++) c += A.data[r * 5 + i] * B.data[r * 7 + j];
                    sum += c * c;
                }
            check_leq(fabs(O.data[(k - 1) * 7 + l - 1] - sum / (double)(k < l ? k : l)), 1e-14);
        }
    double theta[5], sum = 0;
    const spx_mat B5 = spx_mat_view(&B, 0, 0, 12, 5);
    check_ok(spx_subspace_angles(&A, &B5, theta, &err));
    for (size_t i = 0; i < 5; i++) sum += cos(theta[i]) * cos(theta[i]) / 5;
    check_leq(fabs(O.data[4 * 7 + 4] - sum), 1e-14); /* mean cos^2, not the mean of cosines */
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_mat_free(&O);
}

/* Q <- columns of Q mixed evenly: by the Hadamard matrix of order 8 over sqrt(8). */
static void mix(spx_mat *Q)
{
    for (size_t i = 0; i < Q->rows; i++) {
        double old[8];
        for (size_t j = 0; j < 8; j++) old[j] = Q->data[i * Q->ld + j];
        for (size_t j = 0; j < 8; j++) {
            Q->data[i * Q->ld + j] = 0;
            for (size_t t = 0; t < 8; t++)
                Q->data[i * Q->ld + j] +=
                    (__builtin_popcount((unsigned)(j & t)) % 2 ? -1 : 1) * old[t] / sqrt(8);
        }
    }
}

/* Eight nearly equal values whose vectors turn among themselves: harmless, and intruders all eight
 * by PEFT's rule. A new direction above them is one by both. */
static void intruders_are_told_from_turns_inside_a_cluster(void **state)
{
    (void)state;
    enum { ROWS = 24, COLS = 30, R = 12, KEEP = 8 };
    double before[R], after[R];
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(31);
    spx_mat U, V, W0, W;
    for (size_t i = 0; i < R; i++) before[i] = i < 8 ? 5 - 1e-4 * (double)i : 1 - 0.05 * (double)i;
    random_orth(&U, ROWS, R + 1, &rng);
    random_orth(&V, COLS, R + 1, &rng);
    spx_mat Ur = spx_mat_view(&U, 0, 0, ROWS, R), Vr = spx_mat_view(&V, 0, 0, COLS, R);
    check_ok(spx_mat_alloc(&W0, ROWS, COLS, &err));
    check_ok(spx_mat_alloc(&W, ROWS, COLS, &err));
    synthesise(&W0, &Ur, before, &Vr);
    memcpy(after, before, sizeof after);
    mix(&U);
    mix(&V);
    synthesise(&W, &Ur, after, &Vr);
    spx_subspace c = compare(&W0, &W, KEEP);
    assert_true(value_of(&c, "intruders_peft") == 8);
    assert_true(value_of(&c, "intruders") == 0 && value_of(&c, "intruders_u") == 0);
    check_leq(value_of(&c, "theta_max_u"), 1e-12);
    spx_subspace_free(&c);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++)
            W.data[i * COLS + j] =
                W0.data[i * COLS + j] + 9 * U.data[i * (R + 1) + R] * V.data[j * (R + 1) + R];
    c = compare(&W0, &W, KEEP);
    assert_true(value_of(&c, "intruders") == 1 && value_of(&c, "intruders_v") == 1);
    assert_true(value_of(&c, "overtakers") == 1 && value_of(&c, "overtaken") == 1);
    spx_subspace_free(&c);
    spx_mat_free(&U);
    spx_mat_free(&V);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* What needs no decomposition is what a decomposition gives. */
static void same_equals_a_comparison_with_itself(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W;
    spx_subspace same;
    check_ok(spx_mat_alloc(&W, M, N, &err));
    for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] = spx_rng_normal(&rng);
    spx_subspace c = compare(&W, &W, TOP);
    spx_subspace_same(&same);
    size_t unknown = 0;
    for (size_t i = 0; spx_subspace_metric(i); i++)
        if (isnan(same.value[i]))
            unknown++;
        else
            check_leq(fabs(c.value[i] - same.value[i]), 1e-13);
    assert_int_equal(unknown, 5); /* share_u, share_v, kept, gap_base and gap_now */
    assert_true(isnan(value_of(&same, "kept")) && isnan(value_of(&same, "share_u")));
    spx_subspace_free(&c);
    spx_mat_free(&W);
}

/* Of 400 values 1, 0.5, 0.5, ..., with the sum 200.5, 80 hold 20 % and 240 hold 60 %. */
static void a_comparison_asks_for_the_triplets_it_needs(void **state)
{
    (void)state;
    double s[400], zero[400] = {0};
    for (size_t i = 0; i < 400; i++) s[i] = i == 0 ? 1 : 0.5;
    static const struct {
        spx_subspace_want want;
        size_t triplets;
    } cases[] = {
        {{.k = 3}, 128},
        {{.k = 100}, 200},
        {{.k = 100, .tau = 0.9}, 200}, /* k wins */
        {{.k = 300}, 400},
        {{.tau = 0.1}, 128},
        {{.tau = 0.2}, 2 * 80},
        {{.tau = 0.6}, 400},
        {{.k = 3, .least = 40}, 128},
        {{.k = 3, .least = 150}, 150},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_subspace_want want = cases[i].want;
        assert_int_equal(spx_subspace_choose_at_least(s, 400, &want), cases[i].triplets);
        assert_int_equal(spx_subspace_choose_at_least(zero, 400, &want), 0);
    }
    assert_int_equal(spx_subspace_reach(3, 50), 50);
}

/* Maxima in the order of the golden: each of the output side, then of the input side. */
static const char *const maxima[] = {"cosine_max_u", "cosine_max_v",  "nearest_u",
                                     "nearest_v",    "nearest_min_u", "nearest_min_v"};
enum { MAXIMA = sizeof maxima / sizeof *maxima };

static void maxima_are_those_of_numpy(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t k;
    } cases[] = {{"maxima.1", 1}, {"maxima.5", 5}};
    spx_error err = {0};
    spx_ckpt *golden = NULL;
    spx_mat W0, W;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/subspace.safetensors", &golden, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(golden, "base"), &W0, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(golden, "edited"), &W, &err));
    for (size_t i = 0; i < 2; i++) {
        double want[MAXIMA];
        spx_subspace c = compare(&W0, &W, cases[i].k);
        spx_tensor_read(spx_ckpt_find(golden, cases[i].name), 0, 1, want);
        for (size_t j = 0; j < MAXIMA; j++)
            check_leq(fabs(value_of(&c, maxima[j]) - want[j]), 1e-12);
        check_leq(fabs(value_of(&c, "cosine_max") - 0.5 * (want[0] + want[1])), 1e-12);
        check_leq(fabs(value_of(&c, "nearest") - 0.5 * (want[2] + want[3])), 1e-12);
        spx_subspace_free(&c);
    }
    spx_mat_free(&W0);
    spx_mat_free(&W);
    spx_ckpt_close(golden);
}

/* Of simulated subspaces: the law of the greatest root to a tenth of the spread of a pair and a
 * hundredth, what is drawn once to four spreads. */
static void chance_levels_of_maxima_are_means_of_random_subspaces(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t m, n, k;
    } cases[] = {{"chance.48.80.6", 48, 80, 6}, {"chance.48.64.30", 48, 64, 30}};
    spx_error err = {0};
    spx_ckpt *golden = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/subspace.safetensors", &golden, &err));
    for (size_t i = 0; i < 2; i++) {
        double want[2 * MAXIMA], s[48];
        for (size_t j = 0; j < 48; j++) s[j] = 1;
        const spx_svd f = {.rows = cases[i].m, .cols = cases[i].n, .r = 48, .s = s};
        spx_subspace c = {0};
        check_ok(spx_chance_subspace(&f, cases[i].k, c.value, &err));
        spx_tensor_read(spx_ckpt_find(golden, cases[i].name), 0, 1, want);
        for (size_t j = 0; j < MAXIMA; j++)
            check_leq(fabs(value_of(&c, maxima[j]) - want[2 * j]),
                      (j < 2 ? 0.1 : 4) * want[2 * j + 1] + 0.01 * want[2 * j]);
    }
    spx_ckpt_close(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_angles_are_found),
        cmocka_unit_test(the_pairing_is_optimal),
        cmocka_unit_test(a_matrix_equals_itself),
        cmocka_unit_test(overtaken_triplets_stay_exact),
        cmocka_unit_test(a_rotation_gives_the_closed_forms),
        cmocka_unit_test(overlaps_are_sums_of_squared_cosines),
        cmocka_unit_test(intruders_are_told_from_turns_inside_a_cluster),
        cmocka_unit_test(same_equals_a_comparison_with_itself),
        cmocka_unit_test(a_comparison_asks_for_the_triplets_it_needs),
        cmocka_unit_test(maxima_are_those_of_numpy),
        cmocka_unit_test(chance_levels_of_maxima_are_means_of_random_subspaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
