/* test_alarms.c: when behaviour breaks, when a number gives alarm, what that is worth. */
#include "check.h"

#include "spx/alarms.h"

#include <string.h>

enum { N = 12 };
#define NO ((double)NAN)

typedef struct behaviour_case {
    double perplexity[6], success[6];
    bool tested;
    size_t sound, at;
} behaviour_case;

static void behaviour_breaks_by_either_measure(void **state)
{
    (void)state;
    static const behaviour_case cases[] = {
        {{30, 40, 60, 60.5, 20, 20}, {NO, NO, NO, NO, NO, NO}, true, 2, 3}, /* more than twice */
        {{30, 60, 60, 60, 60, 60}, {30, 90, 85, 80.5, 80.5, 81}, true, 5, SPX_NEVER},
        {{30, 30, 30, 30, 30, 30}, {30, 90, 95, 85, 99, 99}, true, 2, 3}, /* ten under the best */
        {{30, NO, NO, NO, 70, NO}, {30, NO, 90, NO, NO, NO}, true, 2, 4}, /* of those tested */
        {{NO, 90, 90, 90, 90, 90}, {NO, NO, NO, NO, 90, 70}, true, 4, 5}, /* no base: by success */
        {{30, NO, NO, NO, NO, NO}, {30, NO, NO, NO, NO, NO}, false, 0, SPX_NEVER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const behaviour_case *c = &cases[i];
        const spx_behaviour b = {c->perplexity, c->success, 6};
        const spx_breakdown got = spx_breakdown_find(&b);
        assert_int_equal(got.tested, c->tested);
        assert_int_equal(got.sound, c->sound);
        assert_int_equal(got.at, c->at);
    }
}

/* The alarm of that name. */
static const spx_alarm *alarm_of(const char *name)
{
    size_t n = 0;
    const spx_alarm *a = spx_alarms(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i].name, name) == 0) return &a[i];
    fail_msg("no alarm %s", name);
    return NULL;
}

static size_t alarm_at(const char *name, spx_alarm_rule rule, const double *y, size_t n)
{
    spx_error err = {0};
    double x[N];
    size_t out = 0;
    for (size_t i = 0; i < N; i++) x[i] = 50 * (double)i;
    check_ok(spx_alarm_find(alarm_of(name), rule, x, y, n, &out, &err));
    return out;
}

static void a_level_alarms_in_the_round_that_crosses_it(void **state)
{
    (void)state;
    const double falling[] = {1, 0.9, NO, 0.5, 0.49, 0.8}, norm[] = {10, 11, 12, 12.1, 9, 9};
    assert_int_equal(alarm_at("svs", SPX_ALARM_LEVEL, falling, 6), 4);
    assert_int_equal(alarm_at("svs", SPX_ALARM_LEVEL, falling, 4), SPX_NEVER);
    assert_int_equal(alarm_at("nuclear", SPX_ALARM_LEVEL, norm, 6),
                     3); /* of round 0's, not itself */
    assert_int_equal(alarm_at("nuclear", SPX_ALARM_LEVEL, norm, 0), SPX_NEVER);
}

/* A number that is steady up to round `knot`, then falls; a little noise of fixed signs. */
static void bent(double *y, size_t knot)
{
    for (size_t i = 0; i < N; i++) {
        const double noise = i % 3 == 0 ? 0.002 : -0.001;
        y[i] = 1 + noise - (i > knot ? 0.1 * (double)(i - knot) : 0);
    }
}

static void a_change_is_seen_soon_after_it_and_never_before(void **state)
{
    (void)state;
    double y[N];
    for (size_t knot = 5; knot < N - 3; knot++) {
        bent(y, knot);
        const size_t at = alarm_at("lss_g", SPX_ALARM_CHANGE, y, N);
        assert_true(at > knot && at <= knot + 2);
        /* what comes later does not change what was known */
        assert_int_equal(alarm_at("lss_g", SPX_ALARM_CHANGE, y, at + 1), at);
        assert_int_equal(alarm_at("lss_g", SPX_ALARM_CHANGE, y, at), SPX_NEVER);
        /* a norm that falls does no harm */
        assert_int_equal(alarm_at("nuclear", SPX_ALARM_CHANGE, y, N), SPX_NEVER);
    }
}

/* An alarm stands, whatever comes later: the number recovers and stays. */
static void an_alarm_is_not_taken_back(void **state)
{
    (void)state;
    double y[N];
    bent(y, 5);
    const size_t at = alarm_at("lss_g", SPX_ALARM_CHANGE, y, 9);
    assert_true(at < 9);
    for (size_t i = 9; i < N; i++) y[i] = 1.2;
    assert_int_equal(alarm_at("lss_g", SPX_ALARM_CHANGE, y, N), at);
}

/* A decline that slows down is not an alarm, nor is a straight one. */
static void a_change_for_the_better_is_not_an_alarm(void **state)
{
    (void)state;
    double y[N];
    for (size_t i = 0; i < N; i++) y[i] = i < 5 ? 1 - 0.15 * (double)i : 0.4;
    assert_int_equal(alarm_at("svs", SPX_ALARM_CHANGE, y, N), SPX_NEVER);
    for (size_t i = 0; i < N; i++) y[i] = 1 - 0.05 * (double)i;
    assert_int_equal(alarm_at("svs", SPX_ALARM_CHANGE, y, N), SPX_NEVER);
    for (size_t i = 0; i < N; i++)
        y[i] = i < 6 ? 1 : 1 - 1e-9 * (double)i; /* kept but for rounding */
    assert_int_equal(alarm_at("svs", SPX_ALARM_CHANGE, y, N), SPX_NEVER);
    bent(y, 5);
    check_survives_oom(
        spx_alarm_find(alarm_of("svs"), SPX_ALARM_CHANGE, y, y, N, &(size_t){0}, NULL));
}

static void an_alarm_is_judged_by_the_break(void **state)
{
    (void)state;
    const spx_breakdown broken = {true, 5, 6}, sound = {true, 9, SPX_NEVER};
    static const struct {
        size_t alarm;
        spx_verdict broken, sound;
    } cases[] = {
        {0, SPX_WARNED, SPX_FALSE_ALARM},   {5, SPX_WARNED, SPX_FALSE_ALARM},
        {6, SPX_LATE, SPX_FALSE_ALARM},     {9, SPX_LATE, SPX_FALSE_ALARM},
        {SPX_NEVER, SPX_MISSED, SPX_QUIET},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(spx_warning_judge(&broken, cases[i].alarm), cases[i].broken);
        assert_int_equal(spx_warning_judge(&sound, cases[i].alarm), cases[i].sound);
    }
    assert_string_equal(spx_verdict_name(SPX_FALSE_ALARM), "false alarm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviour_breaks_by_either_measure),
        cmocka_unit_test(a_level_alarms_in_the_round_that_crosses_it),
        cmocka_unit_test(a_change_is_seen_soon_after_it_and_never_before),
        cmocka_unit_test(an_alarm_is_not_taken_back),
        cmocka_unit_test(a_change_for_the_better_is_not_an_alarm),
        cmocka_unit_test(an_alarm_is_judged_by_the_break),
    };
    return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}
