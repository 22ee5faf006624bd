/* test_words.c: texts in the words of nltk, and the entropy of their n-grams
 * (tests/golden/words.py). */
#include "check.h"
#include "eval/ngrams.h"

#include "spx/json.h"

#include <math.h>
#include <string.h>

static spx_json *read_golden(void)
{
    spx_error err = {0};
    spx_json *root = NULL;
    check_ok(spx_json_read(SPX_TESTS "/golden/words.json", &root, &err));
    assert_true(spx_json_size(root) > 100);
    return root;
}

static void check_words(const char *text, const spx_json *expected)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    words w;
    const size_t n = spx_json_size(expected);
    check_ok(words_of(text, &w, &tmp, &err));
    for (size_t k = 0; k < n && k < w.n; k++) {
        const char *x = spx_json_text(spx_json_at(expected, k));
        if (w.at[k].len != strlen(x) || memcmp(w.at[k].at, x, w.at[k].len) != 0)
            fail_msg("%s: word %zu is %.*s, not %s", text, k, (int)w.at[k].len, w.at[k].at, x);
    }
    if (w.n != n) fail_msg("%s: %zu words, not %zu", text, w.n, n);
    spx_scratch_free(&tmp);
}

static void words_are_nltks(void **state)
{
    (void)state;
    spx_json *golden = read_golden();
    for (size_t i = 0; i < spx_json_size(golden); i++) {
        const spx_json *row = spx_json_at(golden, i);
        check_words(spx_json_text(spx_json_get(row, "text")), spx_json_get(row, "words"));
    }
    spx_json_free(golden);
}

/* A sum of at most a hundred terms below 1, times 100; the last bits of log2 differ. */
static void entropy_is_numpys(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *golden = read_golden();
    for (size_t i = 0; i < spx_json_size(golden); i++) {
        const spx_json *row = spx_json_at(golden, i);
        double expected = 0, entropy = 0;
        assert_true(spx_json_number(spx_json_get(row, "entropy"), &expected));
        check_ok(text_entropy(spx_json_text(spx_json_get(row, "text")), &entropy, &err));
        check_leq(fabs(entropy - expected), 1e-10);
    }
    spx_json_free(golden);
}

/* Each byte that is not part of a character counts as a letter. */
static void bytes_outside_utf8_are_letters(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_scratch tmp = {0};
    words w;
    check_ok(words_of("a\xff'tis \xe2\x80", &w, &tmp, &err));
    assert_int_equal(w.n, 2);
    assert_int_equal(w.at[0].len, 6);
    assert_int_equal(w.at[1].len, 2);
    spx_scratch_free(&tmp);
}

static spx_status cut_and_drop(const char *text)
{
    spx_scratch tmp = {0};
    words w;
    const spx_status st = words_of(text, &w, &tmp, NULL);
    spx_scratch_free(&tmp);
    return st;
}

static void words_survive_oom(void **state)
{
    (void)state;
    check_survives_oom(cut_and_drop("One. \"Two\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_nltks),
        cmocka_unit_test(entropy_is_numpys),
        cmocka_unit_test(bytes_outside_utf8_are_letters),
        cmocka_unit_test(words_survive_oom),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
