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
    assert_string_equal(
        err.text, "unknown number 'tw', did you mean 'two'? (expected one of: one, two, three)");
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
    assert_non_null(strstr(err.text, " and 5 more)"));
}

static void distances_count_letters_and_swaps(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},           {"", "abc", 3},           {"memit", "memit", 0},
        {"mmeit", "memit", 1}, {"MEMIT", "memit", 0},    {"rivive", "revive", 1},
        {"ca", "abc", 3},      {"kitten", "sitting", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(spx_edit_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(spx_edit_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

/* Names past the part that is compared do not run over its end. */
static void long_names_are_compared_up_to_a_limit(void **state)
{
    (void)state;
    char a[300], b[300];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[299] = b[299] = '\0';
    assert_int_equal(spx_edit_distance(a, b), 64);
    assert_int_equal(spx_edit_distance(a, ""), 64);
}

static void a_misspelt_name_finds_its_row(void **state)
{
    (void)state;
    static const char *const words[] = {"memit", "memit-seq", "rome", "ft", "k", NULL};
    static const struct {
        const char *name, *nearest;
    } cases[] = {
        {"mmeit", "memit"}, {"MEMIT", "memit"},  {"memit_seq", "memit-seq"},
        {"rone", "rome"},   {"f", NULL},         {"x", NULL},
        {"", NULL},         {"alphaedit", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = spx_nearest_name(cases[i].name, word, words);
        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
}

static void a_pattern_without_a_match_finds_what_is_most_like_it(void **state)
{
    (void)state;
    static const char *const words[] = {"model.layers.0.mlp.up_proj.weight",
                                        "model.layers.0.mlp.down_proj.weight", "lm_head.weight",
                                        NULL};
    assert_string_equal(spx_nearest_match("*ffn_down*", word, words), words[1]);
    assert_string_equal(spx_nearest_match("*MLP.up.*", word, words), words[0]);
    assert_string_equal(spx_nearest_match("lm_haed.weight", word, words), words[2]);
    assert_null(spx_nearest_match("*xyzzy*", word, words));
    assert_null(spx_nearest_match("*", word, words));
    assert_null(spx_nearest_match("", word, words));
}

static void counts_are_digits_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rest; /* rest NULL: refused */
        size_t value;
    } cases[] = {
        {"0", "", 0},
        {"12/3", "/3", 12},
        {"007", "", 7},
        {"-1", NULL, 0},
        {"+1", NULL, 0},
        {" 1", NULL, 0},
        {"", NULL, 0},
        {"x", NULL, 0},
        {"18446744073709551615", "", SIZE_MAX},
        {"0x10", "x10", 0},
        {"18446744073709551616", NULL, 0},
        {"99999999999999999999", NULL, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = cases[i].text;
        size_t value = 77;
        assert_int_equal(spx_count_read(&at, &value), cases[i].rest != NULL);
        assert_string_equal(at, cases[i].rest ? cases[i].rest : cases[i].text);
        assert_true(value == (cases[i].rest ? cases[i].value : 77));
    }
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
    static const char *const ascending[] = {"",
                                            "blk",
                                            "blk.2",
                                            "blk.2.a",
                                            "blk.2.b",
                                            "blk.10",
                                            "blk.10.a",
                                            "blk.100",
                                            "blk.99999999999999999998",
                                            "blk.99999999999999999999",
                                            "blk.a",
                                            "c"};
    enum { N = sizeof ascending / sizeof *ascending };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            const int order = spx_natural_order(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
}

static void options_have_hyphens(void **state)
{
    (void)state;
    char name[12];
    spx_option_name("v_lr", name, sizeof name);
    assert_string_equal(name, "v-lr");
    spx_option_name("nullspace_threshold", name, sizeof name);
    assert_string_equal(name, "nullspace-t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_have_hyphens),
        cmocka_unit_test(a_row_is_found_by_its_whole_name),
        cmocka_unit_test(a_long_list_of_names_is_cut),
        cmocka_unit_test(distances_count_letters_and_swaps),
        cmocka_unit_test(long_names_are_compared_up_to_a_limit),
        cmocka_unit_test(a_misspelt_name_finds_its_row),
        cmocka_unit_test(a_pattern_without_a_match_finds_what_is_most_like_it),
        cmocka_unit_test(counts_are_digits_that_fit),
        cmocka_unit_test(patterns_are_those_of_a_shell),
        cmocka_unit_test(no_patterns_match_everything),
        cmocka_unit_test(digits_are_ordered_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
