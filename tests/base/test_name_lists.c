/* test_name_lists.c: rows found by name, patterns, and the order of names. */
#include "check.h"

#include "spx/names.h"

#include <string.h>

static const char *word(const void *words, size_t i) { return ((const char *const *)words)[i]; }

static void a_row_is_found_by_its_whole_name(void **state)
{
    (void)state;
    static const char *const words[] = {"one", "two", "three", NULL};
    spx_error err = {0};
    size_t i = 0;
    check_ok(spx_find_name("number", "three", word, words, &i, &err));
    assert_int_equal(i, 2);
    assert_int_equal(spx_find_name("number", "tw", word, words, &i, &err), SPX_EINVAL);
    assert_string_equal(err.text, "unknown number 'tw' (expected one of: one, two, three)");
}

/* However long the list of names is, the message says first what is wrong. */
static void a_long_list_of_names_is_cut(void **state)
{
    (void)state;
    static const char fifty[] = "a name that is long enough to fill the list in time";
    const char *words[20];
    spx_error err = {0};
    size_t i = 0;
    for (size_t w = 0; w < 19; w++) words[w] = fifty;
    words[19] = NULL;
    assert_int_equal(spx_find_name("name", "x", word, words, &i, &err), SPX_EINVAL);
    assert_memory_equal(err.text, "unknown name 'x' (expected one of: a name that is", 49);
    assert_int_equal(err.text[strlen(err.text) - 1], ')');
}

static void patterns_are_those_of_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"blk.*.weight", "blk.3.weight", true},
        {"blk.?", "blk.12", false},
        {"blk.?", "blk.1", true},
        {"[ab]", "b", true},
        {"", "", true},
        {"a", "ab", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(spx_glob_match(cases[i].pattern, cases[i].text), cases[i].matches);
}

static void no_patterns_match_everything(void **state)
{
    (void)state;
    const spx_names none = {.n = 0}, two = {.item = {"a*", "*z"}, .n = 2};
    assert_true(spx_names_match(&none, "anything"));
    assert_true(spx_names_match(&two, "abc"));
    assert_true(spx_names_match(&two, "xyz"));
    assert_false(spx_names_match(&two, "bcd"));
}

static void digits_are_ordered_as_numbers(void **state)
{
    (void)state;
    static const char *const ascending[] = {"",       "blk",      "blk.2",   "blk.2.a", "blk.2.b",
                                            "blk.10", "blk.10.a", "blk.100", "blk.a",   "c"};
    enum { N = sizeof ascending / sizeof *ascending };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const int order = spx_natural_order(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_found_by_its_whole_name),
        cmocka_unit_test(a_long_list_of_names_is_cut),
        cmocka_unit_test(patterns_are_those_of_a_shell),
        cmocka_unit_test(no_patterns_match_everything),
        cmocka_unit_test(digits_are_ordered_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
