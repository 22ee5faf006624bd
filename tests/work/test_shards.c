/* test_shards.c: every item in one share, records read within their bounds, shares gathered. */
#include "check.h"

#include "spx/shards.h"

#include <string.h>

static void a_share_is_i_of_n(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t i, n; /* 0: refused */
    } cases[] = {
        {NULL, 1, 1},
        {"1/1", 1, 1},
        {"2/3", 2, 3},
        {"3/3", 3, 3},
        {"0/3", 0, 0},
        {"4/3", 0, 0},
        {"1/-1", 0, 0},
        {"-1/1", 0, 0},
        {"+1/1", 0, 0},
        {" 1/1", 0, 0},
        {"1/18446744073709551617", 0, 0},
        {"1/0", 0, 0},
        {"1", 0, 0},
        {"1/", 0, 0},
        {"", 0, 0},
        {"1/2x", 0, 0},
        {"x/2", 0, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        spx_error err = {0};
        spx_shard s;
        const spx_status st = spx_shard_read(cases[c].text, &s, &err);
        assert_int_equal(st, cases[c].n > 0 ? SPX_OK : SPX_EINVAL);
        if (st != SPX_OK) assert_non_null(strstr(err.text, "expected I/N with 1 <= I <= N"));
        if (st == SPX_OK) assert_true(s.i == cases[c].i && s.n == cases[c].n);
    }
}

/* Each group in exactly one share; the most expensive ones are dealt out first. */
static void shares_divide_the_groups_by_cost(void **state)
{
    (void)state;
    enum { GROUPS = 7 };
    static const double cost[GROUPS] = {1, 9, 4, 9, 2, 4, 3};
    static const size_t falling[GROUPS] = {1, 3, 2, 5, 6, 4, 0};
    for (size_t n = 1; n <= GROUPS + 1; n++)
        for (size_t place = 0; place < GROUPS; place++)
            for (size_t i = 1; i <= n; i++) {
                const spx_shard s = {.i = i, .n = n};
                assert_int_equal(spx_shard_has(&s, cost, GROUPS, falling[place]),
                                 place % n == i - 1);
            }
}

static void add_record(spx_bytes *b, const char *out, const char *notes, const char *log)
{
    spx_error err = {0};
    check_ok(spx_bytes_add_number(b, strlen(out), &err));
    check_ok(spx_bytes_add(b, out, strlen(out), &err));
    check_ok(spx_bytes_add_number(b, strlen(notes), &err));
    check_ok(spx_bytes_add(b, notes, strlen(notes), &err));
    check_ok(spx_bytes_add(b, log, strlen(log), &err));
}

/* Its last part has no length: cut there it is a shorter log; cut before, it is refused. */
static void a_record_is_read_within_its_bounds(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes b = {0};
    spx_shard_record r = {0};
    add_record(&b, "results", "notes", "log");
    check_ok(spx_shard_record_read(b.data, b.size, &r, &err));
    assert_int_equal(r.out_size, 7);
    assert_memory_equal(r.out, "results", 7);
    assert_int_equal(r.notes_size, 5);
    assert_memory_equal(r.notes, "notes", 5);
    assert_int_equal(r.log_size, 3);
    assert_memory_equal(r.log, "log", 3);
    const size_t head = b.size - 3;
    for (size_t size = 0; size < head; size++)
        assert_int_equal(spx_shard_record_read(b.data, size, &r, NULL), SPX_EFORMAT);
    check_ok(spx_shard_record_read(b.data, head, &r, &err));
    assert_int_equal(r.log_size, 0);
    memset(b.data, 0xff, sizeof(uint64_t)); /* longer than any file */
    assert_int_equal(spx_shard_record_read(b.data, b.size, &r, &err), SPX_EFORMAT);
    assert_string_equal(err.text, "the record of a work item is truncated");
    spx_bytes_free(&b);
}

enum { ITEMS = 4 };
static char folder[] = "/tmp/spx-shards-XXXXXX";
static char one[64], two[64], all[64];

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    snprintf(one, sizeof one, "%s/one", folder);
    snprintf(two, sizeof two, "%s/two", folder);
    snprintf(all, sizeof all, "%s/all", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)remove(one);
    (void)remove(two);
    (void)remove(all);
    return remove(folder);
}

static void write_share(const char *path, const char *identity, size_t first, size_t count)
{
    spx_error err = {0};
    spx_journal *j = NULL;
    check_ok(spx_journal_open(path, identity, ITEMS, &j, &err));
    for (size_t i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "item %zu", first + 2 * i);
        check_ok(spx_journal_add(j, first + 2 * i, text, strlen(text), &err));
    }
    spx_journal_close(j);
}

static spx_status gather(const char *const *paths, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_journal *from[2] = {0};
    for (size_t i = 0; i < n; i++) SPX_TRY(spx_journal_read(paths[i], &from[i], err));
    SPX_TRY(spx_shards_gather(from, n, "tool t\n", all, err));
out:
    for (size_t i = 0; i < n; i++) spx_journal_close(from[i]);
    return st;
}

static void shares_are_gathered_into_one_file(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_journal *j = NULL;
    spx_bytes b = {0};
    const char *const paths[] = {one, two};
    write_share(one, "tool t\nshard 1/2\n", 0, 2);
    write_share(two, "tool t\nshard 2/2\n", 1, 2);
    check_ok(gather(paths, 2, &err));
    check_ok(spx_journal_read(all, &j, &err));
    assert_string_equal(spx_journal_identity(j), "tool t\nshard 1/1\n");
    assert_int_equal(spx_journal_count(j), ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        char want[16];
        snprintf(want, sizeof want, "item %zu", i);
        check_ok(spx_journal_get(j, i, &b, &err));
        assert_int_equal(b.size, strlen(want));
        assert_memory_equal(b.data, want, b.size);
    }
    spx_journal_close(j);
    spx_bytes_free(&b);
    (void)remove(all);
    assert_int_equal(gather(paths, 1, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, "item 1 is missing from all shards");
    (void)remove(all);
    check_survives_oom(gather(paths, 2, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_i_of_n),
        cmocka_unit_test(shares_divide_the_groups_by_cost),
        cmocka_unit_test(a_record_is_read_within_its_bounds),
        cmocka_unit_test_setup_teardown(shares_are_gathered_into_one_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
