/* test_spectrum.c: numbers of one spectrum against closed forms; Eq. 5 beside the released count.
 */
#include "check.h"

#include "spx/spectrum.h"

#include <string.h>

static double metric(const char *name, const double *s, size_t r)
{
    size_t n = 0;
    const spx_spectrum_metric *m = spx_spectrum_metrics(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(m[i].q.name, name) == 0) return m[i].fn(s, r);
    fail_msg("no metric %s", name);
    return 0;
}

static void test_closed_forms(void **state)
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
}

/* Neither overflow nor underflow where squares would. */
static void test_scale(void **state)
{
    (void)state;
    static const double scales[] = {1e-200, 1, 1e200};
    for (size_t i = 0; i < 3; i++) {
        const double s[] = {4 * scales[i], 3 * scales[i]};
        check_leq(fabs(metric("fro", s, 2) / (5 * scales[i]) - 1), 1e-15);
        check_leq(fabs(metric("stable_rank", s, 2) - 25.0 / 16), 1e-15);
    }
}

/* A heavy tail gives k = 1, 1, 2, 3, 5; the released code protects one direction
 * fewer, and none at all where sigma_1 alone exceeds tau. */
static void test_counts(void **state)
{
    (void)state;
    static const double s[] = {10, 6, 4, 3, 2.5, 2, 1.5, 1, 1, 1};
    static const double tau[] = {0.1, 0.2, 0.4, 0.6, 0.75};
    static const size_t want[] = {1, 1, 2, 3, 5};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(spx_spectrum_k(s, 10, tau[i]), want[i]);
        assert_int_equal(spx_spectrum_k_released(s, 10, tau[i]), want[i] - 1);
    }
    static const double tie[] = {4, 2, 1,
                                 1}; /* E(1) = 1/2 exactly: >= takes it, the released > does not */
    assert_int_equal(spx_spectrum_k(tie, 4, 0.5), 1);
    assert_int_equal(spx_spectrum_k_released(tie, 4, 0.5), 1);
    assert_int_equal(spx_spectrum_k(s, 10, 1), 10);
    assert_int_equal(spx_spectrum_k_released(s, 10, 0.05),
                     0); /* sigma_1 > tau: nothing protected */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
