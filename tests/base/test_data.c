/* test_data.c: the files of the kit are found beside the program or where SPX_DATA says. */
#include "check.h"

#include "spx/data.h"
#include "spx/version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void a_program_knows_where_it_is(void **state)
{
    (void)state;
    char path[SPX_DATA_PATH];
    assert_true(spx_program_path(path));
    assert_int_equal(path[0], '/');
    assert_non_null(strstr(path, "/test_data"));
    assert_int_equal(access(path, X_OK), 0);
}

/* This program lies in build/tests, so the build tree's share/spx is beside it. */
static void a_build_tree_has_its_own(void **state)
{
    (void)state;
    spx_error err = {0};
    char path[SPX_DATA_PATH];
    check_ok(spx_data_find("datasets/prefixes.txt", path, &err));
    assert_int_equal(access(path, R_OK), 0);
    assert_non_null(strstr(path, "/share/spx/datasets/prefixes.txt"));
}

static void other_files_are_looked_for_in_spx_data(void **state)
{
    (void)state;
    spx_error err = {0};
    char folder[] = "/tmp/spx-data-XXXXXX", file[64], path[SPX_DATA_PATH] = "as it was";
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/only-here", folder);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fclose(f);
    setenv("SPX_DATA", folder, 1);
    const spx_status found = spx_data_find("only-here", path, &err);
    assert_string_equal(found == SPX_OK ? path : err.text, file);
    snprintf(path, sizeof path, "as it was");
    assert_int_equal(spx_data_find("nowhere", path, &err), SPX_ENOTFOUND);
    assert_string_equal(path, "as it was");
    assert_non_null(strstr(err.text, "nowhere is not among the files of the kit"));
    assert_non_null(strstr(err.text, folder));
    unsetenv("SPX_DATA");
    unlink(file);
    rmdir(folder);
}

static void a_name_that_is_too_long_is_not_found(void **state)
{
    (void)state;
    static char name[2 * SPX_DATA_PATH];
    char path[SPX_DATA_PATH];
    spx_error err = {0};
    memset(name, 'n', sizeof name - 1);
    assert_int_equal(spx_data_find(name, path, &err), SPX_ENOTFOUND);
}

static void header_and_library_have_one_version(void **state)
{
    (void)state;
    int major = 0, minor = 0, patch = 0;
    assert_string_equal(spx_version(), SPX_VERSION);
    assert_int_equal(sscanf(SPX_VERSION, "%d.%d.%d", &major, &minor, &patch), 3);
    assert_int_equal(10000 * major + 100 * minor + patch, SPX_VERSION_NUMBER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_knows_where_it_is),
        cmocka_unit_test(a_build_tree_has_its_own),
        cmocka_unit_test(other_files_are_looked_for_in_spx_data),
        cmocka_unit_test(a_name_that_is_too_long_is_not_found),
        cmocka_unit_test(header_and_library_have_one_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
