/* test_summary.c: repetitions become one row with Student's interval; changes against no filter. */
#include "report/run_files.h"
#include "report/summary.h"

#include <string.h>

static const char *const paths[] = {"memit-0.h5", "memit-1.h5", "revive.h5", "other.h5"};
static const char *const names[] = {"memit-0", "memit-1", "revive", "other"};

static void make_runs(void)
{
    const double no = (double)NAN;
    const test_run runs[] = {
        {paths[0], "memit", "none", "0.1", NULL, 80, no, 40},
        {paths[1], "memit", "none", "0.1", NULL, 90, no, 60},
        {paths[2], "memit", "revive", "0.2", NULL, 68, no, 75},
        {paths[3], "emmet", "revive", "0.2", NULL, 50, no, no},
    };
    for (size_t i = 0; i < 4; i++) make_run(&runs[i]);
}

static void remove_runs(void)
{
    for (size_t i = 0; i < 4; i++) remove(paths[i]);
}

static void repetitions_are_one_row_with_their_mean(void **state)
{
    (void)state;
    spx_error err = {0};
    summary_row *rows = NULL;
    size_t n = 0;
    make_runs();
    check_ok(summary_read(paths, names, 4, &rows, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].arm, "memit-0");
    assert_int_equal(rows[0].runs, 2);
    check_leq(fabs(rows[0].value[0] - 85), 1e-12);
    check_leq(fabs(rows[0].hi[0] - rows[0].lo[0] - 2 * 12.706204736432095 * 5), 1e-9);
    check_leq(fabs(rows[0].edits - 6), 0);
    assert_true(isnan(rows[0].change[0])); /* against itself */
    assert_int_equal(rows[1].runs, 1);
    check_leq(fabs(rows[1].change[0] - (68.0 / 85 - 1)), 1e-12);
    assert_true(isnan(rows[2].change[0])); /* its editor was not run without a filter */
    assert_true(isnan(rows[1].value[2]));  /* nobody measured it */
    spx_free(rows);
    remove_runs();
}

static spx_status read_and_free(void)
{
    summary_row *rows = NULL;
    size_t n = 0;
    const spx_status st = summary_read(paths, names, 4, &rows, &n, NULL);
    spx_free(rows);
    return st;
}

static void a_run_file_that_is_missing_is_named(void **state)
{
    (void)state;
    spx_error err = {0};
    summary_row *rows = NULL;
    size_t n = 0;
    make_runs();
    check_survives_oom(read_and_free());
    remove(paths[2]);
    assert_int_not_equal(summary_read(paths, names, 4, &rows, &n, &err), SPX_OK);
    assert_non_null(strstr(err.text, "revive.h5"));
    assert_null(rows);
    remove_runs();
}

static void tables_for_reading_leave_out_what_nobody_measured(void **state)
{
    (void)state;
    spx_error err = {0};
    summary_row *rows = NULL;
    size_t n = 0;
    char got[2048] = "";
    make_runs();
    check_ok(summary_read(paths, names, 4, &rows, &n, &err));
    FILE *to = fmemopen(got, sizeof got, "w");
    assert_non_null(to);
    summary_write(to, TABLE_MARKDOWN, rows, n);
    assert_int_equal(fclose(to), 0);
    assert_string_equal(got, "| editor | filter | edits | runs | success | neighbours |\n"
                             "|---|---|---|---|---|---|\n"
                             "| memit | none | 6 | 2 | 85.0 [21.5, 100.0] | 50.0 [0.0, 100.0] |\n"
                             "| memit | revive current 0.2 | 6 | 1 | 68.0 (-20.0 %) "
                             "| 75.0 (+50.0 %) |\n"
                             "| emmet | revive current 0.2 | 6 | 1 | 50.0 |  |\n");
    spx_free(rows);
    remove_runs();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repetitions_are_one_row_with_their_mean),
        cmocka_unit_test(a_run_file_that_is_missing_is_named),
        cmocka_unit_test(tables_for_reading_leave_out_what_nobody_measured),
    };
    return cmocka_run_group_tests_name("summary", tests, enter_folder, leave_folder);
}
