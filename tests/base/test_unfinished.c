/* test_unfinished.c: files in hand. */
#include "check.h"

#include "spx/unfinished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make(char *path)
{
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static void what_is_written_goes_and_what_is_read_stays(void **state)
{
    char part[] = "/tmp/spx-unfinished-XXXXXX", other[] = "/tmp/spx-unfinished-XXXXXX";
    const char *named = NULL;
    (void)state;
    make(part);
    make(other);
    spx_unfinished_begin(other, SPX_BEING_READ);
    assert_int_equal(spx_unfinished_remove(&named), SPX_BEING_READ);
    assert_string_equal(named, other);
    spx_unfinished_begin(part, SPX_BEING_WRITTEN);
    assert_int_equal(spx_unfinished_remove(&named), SPX_BEING_WRITTEN);
    assert_string_equal(named, part);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(access(other, F_OK), 0);
    spx_unfinished_end(part);
    spx_unfinished_end(other);
    assert_int_equal(spx_unfinished_remove(&named), SPX_BEING_READ);
    assert_null(named);
    assert_int_equal(remove(other), 0);
}

static void a_finished_file_is_left_alone(void **state)
{
    char part[] = "/tmp/spx-unfinished-XXXXXX";
    const char *named = NULL;
    (void)state;
    make(part);
    spx_unfinished_begin(part, SPX_BEING_WRITTEN);
    spx_unfinished_end(part);
    spx_unfinished_end(part);
    spx_unfinished_end(NULL);
    (void)spx_unfinished_remove(&named);
    assert_null(named);
    assert_int_equal(remove(part), 0);
}

static void more_than_the_table_holds_is_no_fault(void **state)
{
    char name[32], longer[5000];
    const char *named = NULL;
    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "file %d", i);
        spx_unfinished_begin(name, SPX_BEING_READ);
    }
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    spx_unfinished_begin(longer, SPX_BEING_READ);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "file %d", i);
        spx_unfinished_end(name);
    }
    (void)spx_unfinished_remove(&named);
    assert_null(named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_goes_and_what_is_read_stays),
        cmocka_unit_test(a_finished_file_is_left_alone),
        cmocka_unit_test(more_than_the_table_holds_is_no_fault),
    };
    return cmocka_run_group_tests_name("unfinished", tests, NULL, NULL);
}
