/* test_store.c: the run file: series along stages, matrices, attributes; all or nothing on commit.
 */
#include "check.h"

#include "spx/store.h"

#include <string.h>

#define FILE_NAME "store.h5"

static const spx_quantity loss = {"loss", "nat", "a test's number", "nowhere"};
static const spx_quantity values = {"values", "1", "a test's row", "nowhere"};

static void test_round_trip(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat v;
    char *text = NULL;
    double number = 0;
    static const double first[] = {3, 2, 1}, second[] = {5, 4};
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "who", "a 'test' with \"quotes\"", &err));
    check_ok(spx_store_set_number(s, "group", "pi", 3.25, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_put_row(s, "group", &values, 0, "axis", first, 3, &err));
    check_ok(spx_store_add_stage(s, "r1", 100, &err));
    check_ok(spx_store_put(s, "group", &loss, 1, 0.5, &err));
    check_ok(spx_store_put_row(s, "group", &values, 1, "axis", second, 2, &err));
    assert_int_equal(access(FILE_NAME, F_OK), -1); /* nothing there before the commit */
    check_ok(spx_store_commit(&s, &err));

    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), 2);
    check_ok(spx_store_get(s, "group", "loss", &v, &err));
    assert_true(isnan(v.data[0]) && v.data[1] == 0.5);
    spx_mat_free(&v);
    check_ok(spx_store_get(s, "group", "values", &v, &err));
    assert_true(v.rows == 2 && v.cols == 3);
    assert_true(v.data[0] == 3 && v.data[2] == 1 && v.data[3] == 5 && v.data[4] == 4 &&
                isnan(v.data[5]));
    spx_mat_free(&v);
    check_ok(spx_store_get_text(s, "", "who", &text, &err));
    assert_string_equal(text, "a 'test' with \"quotes\"");
    spx_free(text);
    check_ok(spx_store_get_number(s, "group", "pi", &number, &err));
    assert_true(number == 3.25);
    check_ok(spx_store_stage(s, 1, &text, &number, &err));
    assert_string_equal(text, "r1");
    assert_true(number == 100);
    spx_free(text);
    assert_int_equal(spx_store_get(s, "group", "nothing", &v, &err), SPX_ENOTFOUND);
    assert_non_null(strstr(err.text, "nothing"));
    spx_store_close(s);
    remove(FILE_NAME);
}

static void test_matrices_and_names(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    float in[6] = {1, 2, 3, 4, 5, 6}, *out = NULL;
    size_t rows = 0, cols = 0, n = 0;
    char **names = NULL;
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_put_floats(s, "snapshots/last", "z", in, 2, 3, &err));
    check_ok(spx_store_put_floats(s, "snapshots/last", "a", in, 3, 2, &err));
    in[0] = 7;
    check_ok(spx_store_put_floats(s, "snapshots/last", "z", in, 2, 3, &err)); /* replaced */
    check_ok(spx_store_get_floats(s, "snapshots/last", "z", &out, &rows, &cols, &err));
    assert_true(rows == 2 && cols == 3 && out[0] == 7 && out[5] == 6);
    spx_free(out);
    check_ok(spx_store_names(s, "snapshots/last", &names, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(names[0], "z"); /* in the order they were made */
    spx_store_names_free(names, n);
    assert_true(spx_store_has(s, "snapshots/last/a"));
    assert_false(spx_store_has(s, "snapshots/first"));
    spx_store_close(s);
    assert_int_equal(access(FILE_NAME, F_OK), -1);
    assert_int_equal(access(FILE_NAME ".part", F_OK), -1);
}

/* An update that is not committed changes nothing; one at a time. */
static void test_update_is_all_or_nothing(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL, *other = NULL;
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_commit(&s, &err));
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err), SPX_EIO);
    err = (spx_error){0};
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err));
    check_ok(spx_store_add_stage(s, "r1", 1, &err));
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &other, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "another process"));
    err = (spx_error){0};
    spx_store_close(s);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err));
    assert_int_equal(spx_store_stages(s), 1);
    spx_store_close(s);
    remove(FILE_NAME);
}

static void test_not_a_run_file(void **state)
{
    (void)state;
    spx_store *s = NULL;
    spx_error err = {0};
    FILE *f = fopen(FILE_NAME, "w");
    assert_non_null(f);
    fputs("not HDF5", f);
    fclose(f);
    assert_int_equal(spx_store_open(FILE_NAME, SPX_STORE_READ, &s, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, FILE_NAME));
    remove(FILE_NAME);
}

/* HDF5 keeps the list of them in one attribute, which its older objects limit to 64 KiB. */
static void test_more_datasets_than_an_old_attribute_lists(void **state)
{
    (void)state;
    spx_store *s = NULL;
    spx_error err = {0};
    char group[32];
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    for (int i = 0; i < 4200; i++) {
        snprintf(group, sizeof group, "tensors/t%d", i);
        check_ok(spx_store_put(s, group, &loss, 0, i, &err));
    }
    check_ok(spx_store_commit(&s, &err));
    remove(FILE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_matrices_and_names),
        cmocka_unit_test(test_update_is_all_or_nothing),
        cmocka_unit_test(test_not_a_run_file),
        cmocka_unit_test(test_more_datasets_than_an_old_attribute_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
