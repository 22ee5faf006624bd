/* test_journal.c: what was kept is read again, however the writer ended. */
#include "check.h"

#include "spx/file.h"
#include "spx/journal.h"

#include <string.h>

static char path[64];
static const char identity[] = "tool t\noption tau 0.1\nshard 1/2\n";
enum { ITEMS = 5 };

static int setup(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/spx-journal-%d", (int)getpid());
    (void)remove(path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return remove(path) != 0;
}

static size_t size_of(const char *name)
{
    spx_map m = {0};
    spx_error err = {0};
    check_ok(spx_map_open(&m, name, &err));
    const size_t size = m.size;
    spx_map_close(&m);
    return size;
}

static void fill(void)
{
    spx_error err = {0};
    spx_journal *j = NULL;
    check_ok(spx_journal_open(path, identity, ITEMS, &j, &err));
    check_ok(spx_journal_add(j, 3, "three", 5, &err));
    check_ok(spx_journal_add(j, 0, "", 0, &err));
    check_ok(spx_journal_add(j, 3, "again", 5, &err));
    spx_journal_close(j);
}

static void items_come_back_as_they_were_first_given(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL;
    spx_bytes b = {0};
    fill();
    check_ok(spx_journal_read(path, &j, &err));
    assert_string_equal(spx_journal_identity(j), identity);
    assert_int_equal(spx_journal_items(j), ITEMS);
    assert_int_equal(spx_journal_count(j), 2);
    for (size_t i = 0; i < ITEMS + 1; i++)
        assert_int_equal(spx_journal_has(j, i), i == 0 || i == 3);
    check_ok(spx_journal_get(j, 3, &b, &err));
    assert_int_equal(b.size, 5);
    assert_memory_equal(b.data, "three", 5);
    check_ok(spx_journal_get(j, 0, &b, &err));
    assert_int_equal(b.size, 0);
    spx_bytes_free(&b);
    spx_journal_close(j);
}

/* Whatever the length at which a kill leaves the file, its complete records are read, and no
 * others; so is what is added then. */
static void a_file_cut_anywhere_keeps_its_complete_records(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL;
    spx_bytes b = {0};
    const size_t head = 8 + 8 + 8 + strlen(identity) + 64, first = head + 16 + 5 + 64;
    for (size_t size = first + 16 + 64; size >= head; size--) {
        (void)remove(path);
        fill();
        assert_int_equal(size_of(path), first + 16 + 64);
        assert_int_equal(truncate(path, (off_t)size), 0);
        check_ok(spx_journal_open(path, identity, ITEMS, &j, &err));
        assert_int_equal(spx_journal_has(j, 3), size >= first);
        assert_int_equal(spx_journal_has(j, 0), size >= first + 16 + 64);
        check_ok(spx_journal_add(j, 4, "four", 4, &err));
        spx_journal_close(j);
        check_ok(spx_journal_read(path, &j, &err));
        check_ok(spx_journal_get(j, 4, &b, &err));
        assert_memory_equal(b.data, "four", 4);
        spx_journal_close(j);
    }
    assert_int_equal(truncate(path, (off_t)(head - 1)), 0);
    assert_int_equal(spx_journal_read(path, &j, &err), SPX_EFORMAT);
    spx_bytes_free(&b);
}

static void a_changed_byte_ends_what_is_believed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL;
    const long at = (long)(8 + 8 + 8 + strlen(identity) + 64 + 16);
    fill();
    FILE *f = fopen(path, "r+b");
    fseek(f, at, SEEK_SET);
    fputc('T', f);
    fclose(f);
    check_ok(spx_journal_read(path, &j, &err));
    assert_int_equal(spx_journal_count(j), 0);
    spx_journal_close(j);
}

static void another_identity_is_refused_by_its_first_line(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL, *second = NULL;
    fill();
    assert_int_equal(spx_journal_open(path, "tool t\noption tau 0.2\n", ITEMS, &j, &err),
                     SPX_EINVAL);
    assert_non_null(strstr(err.text, "it has 'option tau 0.1', not 'option tau 0.2'"));
    err = (spx_error){0};
    assert_int_equal(spx_journal_open(path, identity, ITEMS + 1, &j, &err), SPX_EINVAL);
    check_ok(spx_journal_open(path, identity, ITEMS, &j, &(spx_error){0}));
    err = (spx_error){0};
    assert_int_equal(spx_journal_open(path, identity, ITEMS, &second, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "another process is writing"));
    spx_journal_close(j);
}

static void a_line_is_found_by_its_whole_name(void **state)
{
    (void)state;
    size_t n = 0;
    assert_memory_equal(spx_identity_value("ab 1\na 2\n", "a", &n), "2", 1);
    assert_int_equal(n, 1);
    assert_null(spx_identity_value("ab 1\n", "b", &n));
}

static spx_status write_and_read(spx_error *err)
{
    spx_status st = SPX_OK;
    spx_journal *j = NULL;
    spx_bytes b = {0};
    (void)remove(path);
    SPX_TRY(spx_journal_open(path, identity, ITEMS, &j, err));
    SPX_TRY(spx_journal_add(j, 1, "one", 3, err));
    SPX_TRY(spx_journal_get(j, 1, &b, err));
out:
    spx_journal_close(j);
    spx_bytes_free(&b);
    return st;
}

static void a_journal_survives_every_failed_allocation(void **state)
{
    (void)state;
    spx_error err = {0};
    check_survives_oom(write_and_read(&err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(items_come_back_as_they_were_first_given, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_cut_anywhere_keeps_its_complete_records, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_byte_ends_what_is_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_identity_is_refused_by_its_first_line, setup,
                                        teardown),
        cmocka_unit_test(a_line_is_found_by_its_whole_name),
        cmocka_unit_test_setup_teardown(a_journal_survives_every_failed_allocation, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
