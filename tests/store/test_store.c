/* test_store.c: run files: series along stages, matrices, attributes; all or nothing on commit. */
#include "check.h"

#include "spx/store.h"

#include <string.h>

#define FILE_NAME "store.h5"

static const spx_quantity loss = {"loss", "nat", "a test's number", "nowhere", "any", "none"};
static const spx_quantity values = {"values", "1", "a test's row", "nowhere", "any", "none"};

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
    assert_int_equal(access(FILE_NAME, F_OK), -1); /* it appears with the commit */
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

/* Readers of a group alone find the axis and its names there; both are those of the file, later
 * stages included. */
static void test_groups_show_stages(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat edits;
    char *text = NULL;
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_put(s, "group/inner", &loss, 0, 0.5, &err));
    check_ok(spx_store_put_matrix(s, "other", "A", &(spx_mat){1, 1, 1, (double[]){1}}, &err));
    check_ok(spx_store_add_stage(s, "r1", 100, &err));
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_UPDATE, &s, &err));
    check_ok(spx_store_get(s, "group/inner", "stage", &edits, &err));
    assert_true(edits.rows == 2 && edits.data[1] == 100);
    spx_mat_free(&edits);
    check_ok(spx_store_get_text(s, "group/inner", "coordinates", &text, &err));
    assert_string_equal(text, "stage_name");
    spx_free(text);
    assert_true(spx_store_has(s, "group/inner/stage_name"));
    assert_false(spx_store_has(s, "group/stage"));
    assert_false(spx_store_has(s, "other/stage"));
    check_ok(spx_store_put(s, "group/inner", &loss, 1, 0.25, &err));
    check_ok(spx_store_put(s, "group/inner", &values, 1, 0.25, &err));
    check_ok(spx_store_commit(&s, &err));
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

/* HDF5 lists them in one attribute, which objects of older versions limit to 64 KiB. */
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

static void test_stages_by_name(void **state)
{
    (void)state;
    spx_store *s = NULL;
    spx_error err = {0};
    static const char *const bad[] = {
        "", "a/b", "r1", "0123456789012345678901234567890123456789012345678901234567890123"};
    size_t i = 0;
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    assert_string_equal(spx_store_path(s), FILE_NAME);
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_add_stage(s, "r1", 10, &err));
    check_ok(spx_store_find_stage(s, "r1", &i, &err));
    assert_int_equal(i, 1);
    assert_int_equal(spx_store_find_stage(s, "r2", &i, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, FILE_NAME ": no stage r2");
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(spx_store_add_stage(s, bad[k], 0, NULL), SPX_EINVAL);
    assert_int_equal(spx_store_put(s, "group", &loss, 2, 1, NULL), SPX_EINVAL);
    assert_int_equal(spx_store_stages(s), 2);
    spx_store_close(s);
}

/* A view with gaps between its rows; a matrix of another shape replaces it. */
static void test_put_matrix(void **state)
{
    (void)state;
    spx_store *s = NULL;
    spx_error err = {0};
    double data[8] = {1, 2, -1, -1, 3, 4, -1, -1};
    spx_mat A = {.data = data, .rows = 2, .cols = 2, .ld = 4}, B = {0};
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_survives_oom(spx_store_put_matrix(s, "g", "A", &A, NULL));
    check_ok(spx_store_get(s, "g", "A", &B, &err));
    assert_true(B.rows == 2 && B.cols == 2 && B.data[1] == 2 && B.data[2] == 3 && B.data[3] == 4);
    spx_mat_free(&B);
    A.cols = 3;
    check_ok(spx_store_put_matrix(s, "g", "A", &A, &err));
    check_ok(spx_store_get(s, "g", "A", &B, &err));
    assert_true(B.rows == 2 && B.cols == 3 && B.data[1] == 2 && B.data[3] == 3);
    spx_mat_free(&B);
    spx_store_close(s);
}

/* A foreign file's attributes and matrices are read, and its names come in alphabetical order. */
static void test_foreign_files(void **state)
{
    (void)state;
    spx_store *s = NULL;
    spx_error err = {0};
    static const float x[] = {1, 2};
    char **names = NULL, *text = NULL;
    size_t n = 0;
    remove(FILE_NAME);
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_put_floats(s, "g", "z", x, 1, 2, &err));
    check_ok(spx_store_put_floats(s, "g", "a", x, 2, 1, &err));
    check_ok(spx_store_set_text(s, "g", "who", "test", &err));
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open(FILE_NAME, SPX_STORE_FOREIGN, &s, &err));
    check_ok(spx_store_names(s, "g", &names, &n, &err));
    assert_int_equal(n, 2);
    assert_string_equal(names[0], "a");
    spx_store_names_free(names, n);
    check_ok(spx_store_get_text(s, "g", "who", &text, &err));
    assert_string_equal(text, "test");
    spx_free(text);
    assert_int_equal(spx_store_names(s, "h", &names, &n, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, FILE_NAME ": no group h");
    assert_null(names);
    spx_store_close(s);
    remove(FILE_NAME);
}

static void test_names_of_run_files(void **state)
{
    (void)state;
    assert_true(spx_names_run_file("run.h5") && spx_names_run_file("a/run.h5"));
    assert_false(spx_names_run_file(NULL) || spx_names_run_file(".h5") ||
                 spx_names_run_file("run.h5#r1") || spx_names_run_file("h5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_groups_show_stages),
        cmocka_unit_test(test_matrices_and_names),
        cmocka_unit_test(test_stages_by_name),
        cmocka_unit_test(test_put_matrix),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_names_of_run_files),
        cmocka_unit_test(test_update_is_all_or_nothing),
        cmocka_unit_test(test_not_a_run_file),
        cmocka_unit_test(test_more_datasets_than_an_old_attribute_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
