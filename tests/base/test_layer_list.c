/* test_layer_list.c: lists of layers, good and bad. */
#include "check.h"

#include "spx/layer_list.h"

#include <string.h>

static void lists_become_ascending_layers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n, layer[8];
    } good[] = {
        {"0", 1, {0}},   {"6-10", 5, {6, 7, 8, 9, 10}},     {"3,5,8-9", 4, {3, 5, 8, 9}},
        {"7-7", 1, {7}}, {"0-1,2,3-4", 5, {0, 1, 2, 3, 4}}, {"1-8", 8, {1, 2, 3, 4, 5, 6, 7, 8}},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        spx_error err = {0};
        size_t layer[8] = {0}, n = 0;
        check_ok(spx_layers_parse(good[i].text, layer, 8, &n, &err));
        assert_int_equal(n, good[i].n);
        assert_memory_equal(layer, good[i].layer, n * sizeof *layer);
    }
}

static void other_texts_are_refused_as_they_stand(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "-",
        "a",
        "3-",
        "5-3",
        "3,3",
        "4,3",
        "1,,2",
        "1,",
        " 1",
        "1 ",
        "1-2-3",
        "0x1",
        "-1",
        "1-9", /* nine of eight */
        "1-99999999999999999999",
        "0,1-8",
        "18446744073709551617", /* 2^64 + 1 */
        "+1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        spx_error err = {0};
        char expected[128];
        size_t layer[8], n = 0;
        assert_int_equal(spx_layers_parse(bad[i], layer, 8, &n, &err), SPX_EINVAL);
        snprintf(expected, sizeof expected,
                 "invalid layer list '%s' (expected at most 8, ascending, e.g. 6-10 or 3,5,8-9)",
                 bad[i]);
        assert_string_equal(err.text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_become_ascending_layers),
        cmocka_unit_test(other_texts_are_refused_as_they_stand),
    };
    return cmocka_run_group_tests_name("layer_list", tests, NULL, NULL);
}
