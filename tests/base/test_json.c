/* test_json.c: documents read, changed in place and written. */
#include "check.h"

#include "spx/json.h"

#include <string.h>

/* Appends the key; fails at a value that is not a number. */
static spx_status join(void *arg, const char *key, const spx_json *value)
{
    double v = 0;
    strcat(arg, key);
    return spx_json_number(value, &v) ? SPX_OK : SPX_EINVAL;
}

static void members_come_in_file_order(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    char keys[16] = "";
    static const char text[] = "{\"b\": 1, \"a\": 2, \"c\": null, \"d\": 3}";
    check_ok(spx_json_parse(text, sizeof text - 1, "text", &root, &err));
    assert_int_equal(spx_json_each(root, join, keys), SPX_EINVAL);
    assert_string_equal(keys, "bac");
    assert_int_equal(spx_json_each(NULL, join, keys), SPX_OK);
    spx_json_free(root);
}

static void test_json(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    double number = 0;
    bool flag = false;
    static const char text[] = "\xef\xbb\xbf{\"a\": [1, 2.5, true, \"t\"], \"b\": null}";
    check_ok(spx_json_parse(text, sizeof text - 1, "text", &root, &err));
    const spx_json *a = spx_json_get(root, "a");
    assert_int_equal(spx_json_size(a), 4);
    assert_true(spx_json_number(spx_json_at(a, 1), &number) && number == 2.5);
    assert_true(spx_json_bool(spx_json_at(a, 2), &flag) && flag);
    assert_string_equal(spx_json_text(spx_json_at(a, 3)), "t");
    assert_null(spx_json_text(spx_json_at(a, 0)));
    assert_null(spx_json_at(a, 4));
    assert_null(spx_json_get(NULL, "a"));
    assert_false(spx_json_number(spx_json_get(root, "b"), &number));
    spx_json_free(root);
    static const char *const bad[] = {
        "", "{", "{\"a\": 1, \"a\": 2}", "[1,]", "{\"a\": \"\\u0000\"}", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_json_parse(bad[i], strlen(bad[i]), "bad", &root, &err), SPX_EFORMAT);
        assert_null(root);
        assert_non_null(strstr(err.text, "bad: line "));
    }
}

static spx_json *parse(const char *text)
{
    spx_error err = {0};
    spx_json *root = NULL;
    check_ok(spx_json_parse(text, strlen(text), "text", &root, &err));
    return root;
}

/* Members that are set keep their place, new ones come last; numbers survive to the last bit. */
static void members_are_set_and_written(void **state)
{
    (void)state;
    spx_error err = {0};
    static const size_t place[] = {8, 4503599627370496};
    spx_json *root = parse("{\"x\": 0.1, \"a\": {\"offsets\": [], \"dtype\": \"F32\"}}");
    char *text = NULL;
    size_t len = 0;
    check_ok(spx_json_put_text(root, "a", "dtype", "BF16", &err));
    check_ok(spx_json_put_wholes(root, "a", "offsets", place, 2, &err));
    check_ok(spx_json_put_whole(root, "a", "n", 7, &err));
    check_ok(spx_json_write(root, 0, &text, &len, &err));
    assert_string_equal(text, "{\"x\":0.10000000000000001,\"a\":{\"offsets\":[8,4503599627370496],"
                              "\"dtype\":\"BF16\",\"n\":7}}");
    assert_int_equal(len, strlen(text));
    spx_free(text);
    check_ok(spx_json_write(root, 2, &text, &len, &err));
    assert_non_null(strstr(text, "{\n  \"x\": 0.1"));
    spx_free(text);
    check_survives_oom(spx_json_write(root, 0, &text, &len, NULL));
    spx_free(text);
    spx_json_free(root);
}

static void a_member_that_is_not_an_object_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    static const size_t place[] = {1, 2};
    spx_json *root = parse("{\"a\": 1}");
    assert_int_equal(spx_json_put_text(root, "a", "k", "v", &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, "no object a");
    assert_int_equal(spx_json_put_whole(root, "b", "k", 1, NULL), SPX_ENOTFOUND);
    assert_int_equal(spx_json_put_wholes(root, "b", "k", place, 2, NULL), SPX_ENOTFOUND);
    spx_json_free(root);
}

static void kinds_are_told_apart(void **state)
{
    (void)state;
    spx_json *root = parse("{\"a\": [1], \"o\": {\"k\": 1}, \"t\": \"x\"}");
    const spx_json *a = spx_json_get(root, "a"), *o = spx_json_get(root, "o");
    assert_true(spx_json_is_array(a) && !spx_json_is_object(a));
    assert_true(spx_json_is_object(o) && !spx_json_is_array(o));
    assert_false(spx_json_is_array(NULL) || spx_json_is_object(NULL));
    assert_string_equal(spx_json_key(o, 0, NULL), "k");
    assert_null(spx_json_key(o, 1, NULL));
    assert_null(spx_json_key(a, 0, NULL));
    assert_int_equal(spx_json_size(spx_json_get(root, "t")), 0);
    spx_json_free(root);
}

static void a_file_is_named_in_messages(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    assert_int_equal(spx_json_read("absent.json", &root, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "absent.json"));
    assert_null(root);
}

/* What Python's json writes: NaN and infinities are numbers, and so are whole numbers of any size;
 * texts that look like them stay texts. */
static void numbers_of_python_are_read(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    double v = 0;
    static const char text[] = "{\"nan\": NaN, \"list\": [Infinity, -Infinity, -1e999], \"whole\": "
                               "-1000000000000000019884624838656, \"text\": \"a NaN \\\" -Infinity "
                               "123456789012345678901\", "
                               "\"small\": 7, \"real\": 2.5e-3}";
    assert_int_equal(spx_json_parse(text, sizeof text - 1, "t", &root, &err), SPX_EFORMAT);
    check_ok(spx_json_parse_python(text, sizeof text - 1, "t", &root, &err));
    assert_true(spx_json_number(spx_json_get(root, "nan"), &v) && isnan(v));
    assert_false(spx_json_is_object(spx_json_get(root, "nan")));
    const spx_json *list = spx_json_get(root, "list");
    assert_true(spx_json_number(spx_json_at(list, 0), &v) && v == (double)INFINITY);
    assert_true(spx_json_number(spx_json_at(list, 1), &v) && v == -(double)INFINITY);
    assert_true(spx_json_number(spx_json_at(list, 2), &v) && v == -(double)INFINITY);
    assert_true(spx_json_number(spx_json_get(root, "whole"), &v) && v == -1e30);
    assert_true(spx_json_number(spx_json_get(root, "small"), &v) && v == 7);
    assert_true(spx_json_number(spx_json_get(root, "real"), &v) && v == 2.5e-3);
    assert_string_equal(spx_json_text(spx_json_get(root, "text")),
                        "a NaN \" -Infinity 123456789012345678901");
    spx_json_free(root);
    check_survives_oom(spx_json_parse_python(text, sizeof text - 1, "t", &root, NULL));
    spx_json_free(root);
}

static void what_is_no_json_stays_so(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *root = NULL;
    static const char *const bad[] = {
        "NaNN",     "{\"a\": NaN", "[Infinity 1]",           "nan",  "-", "\"NaN", "--Infinity",
        "{NaN: 1}", "[1e999 2]",   "123456789012345678901x", "\"a\\"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_json_parse_python(bad[i], strlen(bad[i]), "bad", &root, &err),
                         SPX_EFORMAT);
        assert_null(root);
        assert_non_null(strstr(err.text, "bad: line 1"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(members_come_in_file_order),
        cmocka_unit_test(members_are_set_and_written),
        cmocka_unit_test(a_member_that_is_not_an_object_is_refused),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(a_file_is_named_in_messages),
        cmocka_unit_test(numbers_of_python_are_read),
        cmocka_unit_test(what_is_no_json_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
