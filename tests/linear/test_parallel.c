/* test_parallel.c: each job once, the smallest failure reported, whatever the number of threads. */
#include "check.h"

#include "spx/parallel.h"

#include <stdatomic.h>

enum { JOBS = 200 };

typedef struct counts {
    atomic_int ran[JOBS];
    size_t bad, worse; /* jobs that fail */
} counts;

static spx_status count(size_t i, void *arg, spx_error *err)
{
    counts *c = arg;
    atomic_fetch_add(&c->ran[i], 1);
    if (i == c->bad) return SPX_FAIL(err, SPX_EIO, "job %zu", i);
    if (i == c->worse) return SPX_FAIL(err, SPX_ENOMEM, "job %zu", i);
    return SPX_OK;
}

static void each_job_runs_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        spx_error err = {0};
        counts c = {.bad = JOBS, .worse = JOBS};
        spx_threads_set(threads);
        check_ok(spx_parallel(JOBS, count, &c, &err));
        for (size_t i = 0; i < JOBS; i++) assert_int_equal(atomic_load(&c.ran[i]), 1);
        check_ok(spx_parallel(0, count, &c, &err));
    }
}

static void the_first_failure_is_reported(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        spx_error err = {0};
        counts c = {.bad = 7, .worse = 8};
        spx_threads_set(threads);
        assert_int_equal(spx_parallel(JOBS, count, &c, &err), SPX_EIO);
        assert_string_equal(err.text, "job 7");
        for (size_t i = 0; i <= 7; i++) assert_int_equal(atomic_load(&c.ran[i]), 1);
        assert_int_equal(atomic_load(&c.ran[JOBS - 1]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_runs_once),
        cmocka_unit_test(the_first_failure_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
