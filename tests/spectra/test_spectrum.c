/* test_spectrum.c: numbers of one spectrum against closed forms and WeightWatcher's; Eq. 5 beside
 * the released count. */
#include "check.h"

#include "spx/ckpt.h"
#include "spx/rng.h"
#include "spx/spectrum.h"
#include "spx/svd.h"

#include <string.h>

static double metric(const char *name, const double *s, size_t r)
{
    double value[SPX_SPECTRUM_METRICS];
    const spx_spectrum x = {.s = s, .r = r, .rows = r, .cols = r + 3, .tau = 0.5};
    assert_int_equal(spx_spectrum_measure(&x, value, NULL, NULL), SPX_OK);
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        if (strcmp(spx_spectrum_metric(i)->name, name) == 0) return value[i];
    fail_msg("no metric %s", name);
    return 0;
}

static void numbers_equal_their_closed_forms(void **state)
{
    (void)state;
    static const double s[] = {4, 3, 0}, flat[] = {2, 2, 2, 2};
    check_leq(fabs(metric("fro", s, 3) - 5), 1e-15);
    assert_true(metric("spectral", s, 3) == 4);
    assert_true(metric("nuclear", s, 3) == 7);
    check_leq(fabs(metric("stable_rank", s, 3) - 25.0 / 16), 1e-15);
    check_leq(fabs(metric("entropy", flat, 4) - log(4)), 1e-15);
    check_leq(fabs(metric("effective_rank", flat, 4) - 4), 1e-14);
    assert_true(isinf(metric("condition", s, 3)));
    assert_true(metric("condition", flat, 4) == 1);
    assert_true(metric("energy", s, 3) == 25 && metric("rank", s, 3) == 2);
    check_leq(fabs(metric("log_norm", s, 3) - log10(25)), 1e-15);
    check_leq(fabs(metric("entropy_squared", flat, 4) - 1), 1e-15);
    const double p = 16.0 / 25, q = 9.0 / 25;
    check_leq(fabs(metric("entropy_squared", s, 3) + (p * log(p) + q * log(q)) / log(2)), 1e-15);
    assert_true(isnan(metric("alpha", s, 3)) && metric("alpha_tail", s, 3) == 0);
}

static void a_spectrum_of_zeros_has_norms_only(void **state)
{
    (void)state;
    static const double s[] = {0, 0};
    assert_true(metric("fro", s, 2) == 0 && metric("nuclear", s, 2) == 0);
    assert_true(isnan(metric("stable_rank", s, 2)) && isnan(metric("k", s, 2)));
}

/* s is cut where the values say; the largest gap nearby is found, one further away is not. */
static void gaps_are_measured_and_the_largest_nearby_is_found(void **state)
{
    (void)state;
    static const double s[] = {10, 9.9, 9.8, 5, 4.9, 4.8, 4.7, 0.1};
    check_leq(fabs(spx_spectrum_gap(s, 8, 3) - 4.8 / 9.8), 1e-15);
    assert_true(spx_spectrum_gap(s, 8, 8) == 1);
    assert_int_equal(spx_spectrum_snap(s, 8, 2), 3);
    assert_int_equal(spx_spectrum_snap(s, 8, 3), 3);
    assert_int_equal(spx_spectrum_snap(s, 8, 5), 7);
    assert_int_equal(spx_spectrum_snap(s, 8, 1), 3);
    static const double flat[] = {1, 1, 1};
    assert_int_equal(spx_spectrum_snap(flat, 3, 2), 2);
}

static void k_squared_counts_squares(void **state)
{
    (void)state;
    static const double s[] = {3, 2, 2, 1, 1}; /* squares 9 4 4 1 1 of 19 */
    assert_int_equal(spx_spectrum_k_squared(s, 5, 9.0 / 19), 1);
    assert_int_equal(spx_spectrum_k_squared(s, 5, 0.5), 2);
    assert_int_equal(spx_spectrum_k_squared(s, 5, 0.9), 4);
    assert_int_equal(spx_spectrum_k(s, 5, 0.5), 2);
    assert_int_equal(spx_spectrum_k_squared(s, 5, 1), 5);
}

/* The same matrix, the same numbers. */
static void numbers_equal_those_of_weightwatcher(void **state)
{
    (void)state;
    static const char *const ours[] = {
        "alpha",          "alpha_xmin",      "alpha_d",  "alpha_tail",
        "alpha_weighted", "log_alpha_norm",  "log_norm", "log_spectral_norm",
        "stable_rank",    "entropy_squared", "energy"};
    static const char *const names[] = {"powerlaw", "bulk", "tall", "spiked"};
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/spectra.safetensors", &c, &err));
    for (size_t i = 0; i < 4; i++) {
        char expected[64];
        double value[SPX_SPECTRUM_METRICS], want[11];
        spx_mat W;
        spx_svd f;
        const spx_svd_opts o = {.engine = "full"};
        snprintf(expected, sizeof expected, "%s.weightwatcher", names[i]);
        spx_tensor_read(spx_ckpt_find(c, expected), 0, 1, want);
        check_ok(spx_tensor_matrix(spx_ckpt_find(c, names[i]), &W, &err));
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        const spx_spectrum x = {.s = f.s, .r = f.r, .rows = f.rows, .cols = f.cols, .tau = 0.1};
        check_ok(spx_spectrum_measure(&x, value, NULL, NULL));
        for (size_t j = 0; j < 11; j++)
            for (size_t m = 0; spx_spectrum_metric(m); m++)
                if (strcmp(spx_spectrum_metric(m)->name, ours[j]) == 0)
                    check_leq(fabs(value[m] - want[j]), 1e-6 * fabs(want[j]));
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
    spx_ckpt_close(c);
}

/* Noise of a known size with three strong directions: its size and their number are found. */
static void the_bulk_and_its_spikes_are_found(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{150, 400}, {400, 150}, {250, 250}};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(12);
    for (size_t c = 0; c < 3; c++) {
        const size_t m = shapes[c][0], n = shapes[c][1];
        spx_mat W;
        spx_svd f;
        check_ok(spx_mat_alloc(&W, m, n, &err));
        for (size_t i = 0; i < m * n; i++) W.data[i] = 0.05 * spx_rng_normal(&rng);
        for (size_t t = 0; t < 3; t++)
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < n; j++)
                    W.data[i * n + j] += 0.2 * (i % 7 == t) * (j % 11 == t ? 1 : -0.5);
        const spx_svd_opts o = spx_svd_defaults();
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        const spx_spectrum x = {.s = f.s, .r = f.r, .rows = m, .cols = n, .tau = 0.1};
        const spx_bulk b = spx_spectrum_bulk(&x);
        check_leq(fabs(b.sigma / 0.05 - 1), 0.02);         /* the median of 150 to 250 values */
        assert_true(b.spikes >= 3 && f.s[2] > 2 * b.edge); /* the planted ones ... */
        check_leq(f.s[3], 1.02 * b.edge);                  /* ... and the end of the noise */
        check_leq(fabs(b.edge / (b.sigma * (sqrt((double)m) + sqrt((double)n))) - 1), 1e-15);
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

/* Neither overflow nor underflow where squares would. */
static void scale_neither_overflows_nor_underflows(void **state)
{
    (void)state;
    static const double scales[] = {1e-200, 1, 1e200};
    for (size_t i = 0; i < 3; i++) {
        const double s[] = {4 * scales[i], 3 * scales[i]};
        check_leq(fabs(metric("fro", s, 2) / (5 * scales[i]) - 1), 1e-15);
        check_leq(fabs(metric("stable_rank", s, 2) - 25.0 / 16), 1e-15);
    }
}

/* A heavy tail gives k = 1, 1, 2, 3, 5; the released code protects one direction fewer, and none
 * where sigma_1 alone exceeds tau. */
static void k_follows_eq_5_and_the_released_code(void **state)
{
    (void)state;
    static const double s[] = {10, 6, 4, 3, 2.5, 2, 1.5, 1, 1, 1};
    static const double tau[] = {0.1, 0.2, 0.4, 0.6, 0.75};
    static const size_t want[] = {1, 1, 2, 3, 5};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(spx_spectrum_k(s, 10, tau[i]), want[i]);
        assert_int_equal(spx_spectrum_k_released(s, 10, tau[i]), want[i] - 1);
    }
    /* E(1) = 1/2 exactly: >= takes it, the released > does not */
    static const double tie[] = {4, 2, 1, 1};
    assert_int_equal(spx_spectrum_k(tie, 4, 0.5), 1);
    assert_int_equal(spx_spectrum_k_released(tie, 4, 0.5), 1);
    assert_int_equal(spx_spectrum_k(s, 10, 1), 10);
    /* sigma_1 > tau: nothing is protected */
    assert_int_equal(spx_spectrum_k_released(s, 10, 0.05), 0);
}

static size_t row_of(const char *name)
{
    size_t i = 0;
    while (strcmp(spx_spectrum_metric(i)->name, name) != 0) i++;
    return i;
}

/* Twelve values, eight of them rounding errors: what rests on those is not given, what does not is
 * as it was. */
static void numbers_that_rest_on_rounding_errors_are_vague(void **state)
{
    (void)state;
    enum { R = 12 };
    static const char *const lost[] = {"condition", "mp_sigma", "mp_edge"};
    static const char *const kept[] = {"fro", "nuclear",  "rank", "effective_rank",
                                       "k",   "mp_spikes"};
    spx_error err = {0};
    double s[R], error[R], exact[SPX_SPECTRUM_METRICS], value[SPX_SPECTRUM_METRICS];
    bool vague[SPX_SPECTRUM_METRICS];
    for (size_t i = 0; i < R; i++) {
        s[i] = i < 4 ? 4 - (double)i : 1e-16 / (double)i;
        error[i] = 1e-15;
    }
    spx_spectrum x = {.s = s, .r = R, .rows = R, .cols = 20, .tau = 0.5};
    check_ok(spx_spectrum_measure(&x, exact, vague, &err));
    for (size_t i = 0; i < SPX_SPECTRUM_METRICS; i++) assert_false(vague[i]);
    x.error = error;
    check_ok(spx_spectrum_measure(&x, value, vague, &err));
    for (size_t i = 0; i < 3; i++)
        assert_true(vague[row_of(lost[i])] && isnan(value[row_of(lost[i])]));
    for (size_t i = 0; i < 6; i++) {
        assert_false(vague[row_of(kept[i])]);
        assert_true(value[row_of(kept[i])] == exact[row_of(kept[i])]);
    }
    check_survives_oom(spx_spectrum_measure(&x, value, vague, NULL));
    for (size_t i = 4; i < R; i++) s[i] = 1e-12;
    check_ok(spx_spectrum_measure(&x, value, vague, &err));
    assert_true(value[row_of("condition")] == 4 / 1e-12 && !vague[row_of("condition")]);
}

/* Squares of norms that leave the range of doubles are not given. */
static void energy_beyond_doubles_is_not_a_number(void **state)
{
    (void)state;
    static const double s[][2] = {{1e-200, 1e-201}, {1e200, 1e199}};
    for (size_t i = 0; i < 2; i++) {
        assert_true(isnan(metric("energy", s[i], 2)) && isnan(metric("alpha", s[i], 2)));
        check_leq(fabs(metric("log_norm", s[i], 2) - 2 * log10(s[i][0] * sqrt(1.01))), 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_equal_their_closed_forms),
        cmocka_unit_test(scale_neither_overflows_nor_underflows),
        cmocka_unit_test(k_follows_eq_5_and_the_released_code),
        cmocka_unit_test(a_spectrum_of_zeros_has_norms_only),
        cmocka_unit_test(gaps_are_measured_and_the_largest_nearby_is_found),
        cmocka_unit_test(k_squared_counts_squares),
        cmocka_unit_test(numbers_equal_those_of_weightwatcher),
        cmocka_unit_test(the_bulk_and_its_spikes_are_found),
        cmocka_unit_test(numbers_that_rest_on_rounding_errors_are_vague),
        cmocka_unit_test(energy_beyond_doubles_is_not_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
