/* test_store_log.c: numbers remembered and put into a run file later. */
#include "check.h"

#include "spx/store.h"

#include <string.h>

static char path[64];

static int setup(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/spx-log-%d.h5", (int)getpid());
    (void)remove(path);
    return 0;
}

static const spx_quantity a = {"a", "rad", "one", "here", "any", "none"},
                          b = {"b", "1", "row", "there", "any", "none"};
static const double row[3] = {1, (double)NAN, 3};

static spx_status remember(spx_store **log, spx_error *err)
{
    spx_status st = spx_store_open_log(log, err);
    if (st == SPX_OK) st = spx_store_put(*log, "g/x", &a, 1, 0.5, err);
    if (st == SPX_OK) st = spx_store_put_row(*log, "g/x", &b, 0, "sv", row, 3, err);
    return st;
}

static void what_was_remembered_is_put_as_if_it_had_been_put_there(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *log = NULL, *s = NULL;
    spx_mat A = {0};
    char *units = NULL;
    check_ok(remember(&log, &err));
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 1, &err));
    check_ok(spx_store_replay(s, spx_store_log(log)->data, spx_store_log(log)->size, &err));
    check_ok(spx_store_get(s, "g/x", "a", &A, &err));
    assert_true(A.rows == 2 && isnan(A.data[0]) && A.data[1] == 0.5);
    spx_mat_free(&A);
    check_ok(spx_store_get(s, "g/x", "b", &A, &err));
    assert_true(A.cols == 3 && A.data[0] == 1 && isnan(A.data[1]) && A.data[2] == 3);
    spx_mat_free(&A);
    check_ok(spx_store_get_text(s, "g/x/a", "units", &units, &err));
    assert_string_equal(units, "rad");
    spx_free(units);
    spx_store_close(s);
    spx_store_close(log);
}

static void a_log_cut_anywhere_within_a_row_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *log = NULL, *s = NULL;
    check_ok(remember(&log, &err));
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 1, &err));
    const spx_bytes *all = spx_store_log(log);
    size_t good = 0;
    for (size_t size = 1; size <= all->size; size++) {
        const spx_status st = spx_store_replay(s, all->data, size, &(spx_error){0});
        assert_true(st == SPX_OK || st == SPX_EFORMAT);
        good += st == SPX_OK;
    }
    assert_int_equal(good, 2); /* at the end of each row */
    spx_store_close(s);
    spx_store_close(log);
}

static void a_stage_that_is_not_there_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *log = NULL, *s = NULL;
    check_ok(remember(&log, &err));
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    assert_int_equal(spx_store_replay(s, spx_store_log(log)->data, spx_store_log(log)->size, &err),
                     SPX_EINVAL);
    spx_store_close(s);
    spx_store_close(log);
}

static spx_status log_and_forget(spx_error *err)
{
    spx_store *log = NULL;
    const spx_status st = remember(&log, err);
    spx_store_close(log);
    return st;
}

static void remembering_survives_every_failed_allocation(void **state)
{
    (void)state;
    spx_error err = {0};
    check_survives_oom(log_and_forget(&err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_remembered_is_put_as_if_it_had_been_put_there, setup),
        cmocka_unit_test_setup(a_log_cut_anywhere_within_a_row_is_refused, setup),
        cmocka_unit_test_setup(a_stage_that_is_not_there_is_refused, setup),
        cmocka_unit_test(remembering_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
