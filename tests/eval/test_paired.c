/* test_paired.c: the items of two files, paired and tested. */
#include "tiny.h"

#include "spx/paired.h"

static spx_status compare_texts(const char *a, const char *b, spx_pairs *out, spx_error *err)
{
    *err = (spx_error){0};
    write_file("a.tsv", a);
    write_file("b.tsv", b);
    const spx_status st = spx_paired_compare("a.tsv", "b.tsv", 1, out, err);
    remove("a.tsv");
    remove("b.tsv");
    return st;
}

#define HEAD "metric\tset\titem\tvalue\n"

/* Ten items: A right on 1 .. 7, B on 1, 2 and 8; so 5 against 1 discordant: p = 2 (1 + 6) / 2^6. */
static void mcnemars_exact_test_of_discordant_items(void **state)
{
    (void)state;
    spx_error err;
    spx_pairs p;
    char a[1024] = HEAD, b[1024] = HEAD;
    for (int i = 10; i >= 1; i--) {
        snprintf(a + strlen(a), sizeof a - strlen(a), "m\ts\t%d\t%d\n", i, i <= 7 ? 100 : 0);
        snprintf(b + strlen(b), sizeof b - strlen(b), "m\ts\t%d\t%d\n", 11 - i,
                 11 - i <= 2 || 11 - i == 8 ? 100 : 0);
    }
    check_ok(compare_texts(a, b, &p, &err));
    assert_int_equal(p.n, 1);
    assert_string_equal(p.at[0].metric, "m");
    assert_int_equal(p.at[0].items, 10);
    assert_int_equal(p.at[0].a_higher, 5);
    assert_int_equal(p.at[0].b_higher, 1);
    check_leq(fabs(p.at[0].p - 14.0 / 64), 1e-12);
    check_leq(fabs(p.at[0].a - 70) + fabs(p.at[0].b - 30), 1e-12);
    assert_true(p.at[0].lo < -40 && p.at[0].hi > -40 && p.at[0].lo >= -100);
    spx_pairs_free(&p);
}

static void items_in_one_file_alone_are_counted(void **state)
{
    (void)state;
    spx_error err;
    spx_pairs p;
    check_ok(compare_texts(HEAD "m\ts\t1\t5\nm\ts\t2\t5\nonly\ts\t1\t1\n",
                           HEAD "m\ts\t2\t5\nm\ts\t3\t5\nm\ts\t4\t5\nm\tz\t1\t1\n", &p, &err));
    assert_int_equal(p.n, 1);
    assert_int_equal(p.at[0].items, 1);
    assert_int_equal(p.at[0].a_only, 1);
    assert_int_equal(p.at[0].b_only, 2);
    check_leq(fabs(p.at[0].p - 1), 0); /* they do not differ */
    spx_pairs_free(&p);
    assert_int_equal(compare_texts(HEAD "m\ts\t1\t5\n", HEAD "m\tz\t1\t5\n", &p, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "no item in common"));
}

static void bad_lines_are_named(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {HEAD "m\ts\t1\n", "a.tsv: line 2: expected metric, set, item and value"},
        {HEAD "m\ts\tx\t1\n", "line 2: item 'x' is not an integer"},
        {HEAD "m\ts\t1\tNaN\n", "line 2: value 'NaN' is not a finite number"},
        {HEAD "m\ts\t1\t1\nm\ts\t2\t1\nm\ts\t1\t0\n", "a.tsv: lines "},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err;
        spx_pairs p;
        assert_int_not_equal(compare_texts(bad[i][0], HEAD "m\ts\t1\t1\n", &p, &err), SPX_OK);
        if (!strstr(err.text, bad[i][1])) fail_msg("%zu: %s", i, err.text);
    }
    spx_pairs p;
    write_file("a.tsv", HEAD "m\ts\t1\t5\nm\ts\t2\t6\n");
    check_survives_oom(spx_paired_compare("a.tsv", "a.tsv", 1, &p, NULL));
    spx_pairs_free(&p);
    remove("a.tsv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mcnemars_exact_test_of_discordant_items),
        cmocka_unit_test(items_in_one_file_alone_are_counted),
        cmocka_unit_test(bad_lines_are_named),
    };
    return cmocka_run_group_tests_name("paired", tests, NULL, NULL);
}
