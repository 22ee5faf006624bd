/* test_statistics.c: means of repetitions; broken lines with a known knot, curves that do not
 * break. */
#include "check.h"

#include "spx/rng.h"
#include "spx/statistics.h"

enum { N = 21 };

/* y = 3 + slope x, and `bend` more from the knot on; noise of that deviation. */
static void broken_line(double *x, double *y, double knot, double slope, double bend, double noise,
                        uint64_t seed)
{
    spx_rng rng = spx_rng_seed(seed);
    for (size_t i = 0; i < N; i++) {
        x[i] = 100 * (double)i;
        y[i] = 3 + slope * x[i] + bend * fmax(0, x[i] - knot) + noise * spx_rng_normal(&rng);
    }
}

static void an_exact_knot_is_found(void **state)
{
    (void)state;
    static const double knots[] = {300, 1000, 1525};
    spx_error err = {0};
    double x[N], y[N];
    spx_break b;
    for (size_t i = 0; i < 3; i++) {
        broken_line(x, y, knots[i], 0.01, -0.5, 0, 1);
        check_ok(spx_break_find(x, y, N, &b, &err));
        assert_true(b.found && b.lo <= b.at && b.at <= b.hi);
        check_leq(fabs(b.at - knots[i]), 1e-9);
        check_leq(fabs(b.before - 0.01), 1e-12);
        check_leq(fabs(b.after + 0.49), 1e-12);
    }
}

/* The interval covers the knot about as often as it says; with little noise it is short. */
static void the_interval_covers_the_knot(void **state)
{
    (void)state;
    spx_error err = {0};
    double x[N], y[N];
    int covered = 0, found = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        spx_break b;
        broken_line(x, y, 1040, 0, -0.05, 2, seed);
        check_ok(spx_break_find(x, y, N, &b, &err));
        found += b.found;
        covered += b.found && b.lo <= 1040 && 1040 <= b.hi;
        if (b.found) check_leq(b.hi - b.lo, 700);
    }
    assert_int_equal(found, 200);
    check_leq(180, covered); /* 95 % of 200 less three deviations */
}

/* A bend that rounding to float may have made; a hundred times as large it is one. */
static void what_stays_as_it_is_does_not_break(void **state)
{
    (void)state;
    spx_error err = {0};
    double x[N], y[N];
    spx_break b;
    broken_line(x, y, 1000, 0, 1e-9, 0, 1);
    check_ok(spx_break_find(x, y, N, &b, &err));
    assert_false(b.found);
    broken_line(x, y, 1000, 0, 1e-7, 0, 1);
    check_ok(spx_break_find(x, y, N, &b, &err));
    assert_true(b.found);
}

static void a_straight_line_does_not_break(void **state)
{
    (void)state;
    spx_error err = {0};
    double x[N], y[N];
    spx_break b;
    int found = 0;
    broken_line(x, y, 0, 0.2, 0, 0, 1);
    check_ok(spx_break_find(x, y, N, &b, &err));
    assert_true(!b.found && isnan(b.at));
    check_leq(fabs(b.before - 0.2), 1e-12);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        broken_line(x, y, 0, 0.2, 0, 5, seed);
        check_ok(spx_break_find(x, y, N, &b, &err));
        found += b.found;
        if (!b.found) assert_true(isnan(b.at) && b.before == b.after);
    }
    check_leq(found, 30); /* Schwarz's penalty of two parameters at n = 21 */
}

/* Points without a value are left out; too few points never break; a constant has no break. */
static void what_is_missing_is_left_out(void **state)
{
    (void)state;
    spx_error err = {0};
    double x[N], y[N];
    spx_break b;
    broken_line(x, y, 900, 0, 1, 0, 1);
    y[3] = y[12] = (double)NAN;
    check_ok(spx_break_find(x, y, N, &b, &err));
    check_leq(fabs(b.at - 900), 1e-9);
    check_ok(spx_break_find(x + 6, y + 6, 5, &b, &err));
    assert_false(b.found);
    check_ok(spx_break_find(x, y, 0, &b, &err));
    assert_true(!b.found && isnan(b.before));
    for (size_t i = 0; i < N; i++) y[i] = 7;
    check_ok(spx_break_find(x, y, N, &b, &err));
    assert_true(!b.found && b.before == 0);
    check_survives_oom(spx_break_find(x, y, N, &b, NULL));
}

/* Half widths by t tables: 12.706, 4.303, 3.182, 2.262 (1, 2, 3 and 9 degrees of freedom). */
static void means_have_intervals(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 4, 10};
    static const double t[] = {12.706, 4.303, 3.182, 2.262};
    double x[10];
    for (size_t i = 0; i < 4; i++) {
        const size_t n = sizes[i];
        for (size_t j = 0; j < n; j++) x[j] = 5 + (double)j; /* variance n (n + 1) / 12 */
        const spx_mean m = spx_mean_of(x, n);
        const double half = t[i] * sqrt((double)(n + 1) / 12);
        check_leq(fabs(m.mean - 5 - (double)(n - 1) / 2), 1e-14);
        check_leq(fabs(m.hi - m.mean - half), 2e-3 * half);
        check_leq(fabs(m.mean - m.lo - half), 2e-3 * half);
    }
    assert_true(spx_mean_of(x, 1).mean == 5 && isnan(spx_mean_of(x, 1).lo));
}

/* Values that differ by factors: 10, 100, 1000. */
static void means_of_logarithms_are_geometric(void **state)
{
    (void)state;
    const double x[] = {10, 100, 1000, -1};
    const spx_mean m = spx_mean_of_logs(x, 3);
    const double half = 4.302652729911275 * log(10) / sqrt(3);
    check_leq(fabs(m.mean - 100), 1e-12);
    check_leq(fabs(log(m.hi / m.mean) - half), 1e-6);
    check_leq(fabs(log(m.mean / m.lo) - half), 1e-6);
    assert_true(isnan(spx_mean_of_logs(x, 4).mean));
    assert_true(fabs(spx_mean_of_logs(x, 1).mean - 10) < 1e-12 && isnan(spx_mean_of_logs(x, 1).hi));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_have_intervals),
        cmocka_unit_test(means_of_logarithms_are_geometric),
        cmocka_unit_test(an_exact_knot_is_found),
        cmocka_unit_test(the_interval_covers_the_knot),
        cmocka_unit_test(what_stays_as_it_is_does_not_break),
        cmocka_unit_test(a_straight_line_does_not_break),
        cmocka_unit_test(what_is_missing_is_left_out),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
