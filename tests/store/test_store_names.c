/* test_store_names.c: any name of a tensor as one level of a path, and back. */
#include "check.h"

#include "spx/store.h"

#include <string.h>

static void names_are_escaped_where_a_path_could_not_hold_them(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"model.layers.0.mlp.down_proj.weight", "model.layers.0.mlp.down_proj.weight"},
        {"a/b", "a%2Fb"},
        {"/", "%2F"},
        {"a//b/", "a%2F%2Fb%2F"},
        {".", "%2E"},
        {"..", "%2E%2E"},
        {"...", "..."},
        {".a", ".a"},
        {"a|b", "a%7Cb"},
        {"100%", "100%"},
        {"a%2Fb", "a%252Fb"},
        {"%~", "%25~"},
        {"a\tb", "a%09b"},
        {"w[3]", "w[3]"},
        {"\xd1\x81\xd0\xbb", "\xd1\x81\xd0\xbb"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char out[SPX_STORE_NAME];
        assert_string_equal(spx_store_escape(names[i][0], out), names[i][1]);
    }
}

/* Long names that differ at their end only; one ends in the middle of a character when cut. */
static void long_names_are_cut_and_told_apart(void **state)
{
    (void)state;
    char a[2000], b[2000], out[2][SPX_STORE_NAME];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(a, 'x', sizeof a);
        for (size_t i = shift; i + 2 < sizeof a; i += 2) memcpy(a + i, "\xd1\x81", 2);
        a[1998] = '\0';
        memcpy(b, a, sizeof a);
        b[0] = 'y';
        b[1] = 'z';
        spx_store_escape(a, out[0]);
        spx_store_escape(b, out[1]);
        assert_true(strlen(out[0]) < SPX_STORE_NAME && strstr(out[0], "%~"));
        assert_string_not_equal(out[0], out[1]);
        const char *cut = strstr(out[0], "%~");
        assert_true(((unsigned char)cut[-1] & 0xc0) == 0x80); /* a whole character */
    }
}

static void keep(spx_store *s, const char *const *name, size_t n)
{
    spx_error err = {0};
    static const float w[] = {1, 2};
    for (size_t i = 0; i < n; i++) {
        char stored[SPX_STORE_NAME];
        const float x[] = {(float)i, w[1]};
        check_ok(spx_store_put_floats(s, "snapshots/r1", spx_store_escape(name[i], stored), x, 1, 2,
                                      &err));
        check_ok(spx_store_say_name(s, "snapshots/r1", name[i], &err));
    }
}

static void every_name_is_found_again(void **state)
{
    (void)state;
    static char longest[1500];
    const char *const name[] = {"a",    "a/b", "a/b/c", ".",   "..",
                                "a//b", "/a",  "a%2Fb", "a|b", longest};
    enum { NAMES = sizeof name / sizeof *name };
    spx_error err = {0};
    spx_store *s = NULL;
    char **names = NULL;
    size_t n = 0;
    memset(longest, 'q', sizeof longest - 1);
    remove("names.h5");
    check_ok(spx_store_open("names.h5", SPX_STORE_CREATE, &s, &err));
    keep(s, name, NAMES);
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_store_open("names.h5", SPX_STORE_READ, &s, &err));
    check_ok(spx_store_tensors(s, "snapshots/r1", &names, &n, &err));
    assert_int_equal(n, NAMES);
    for (size_t i = 0; i < n; i++) {
        char stored[SPX_STORE_NAME];
        float *x = NULL;
        size_t rows = 0, cols = 0;
        assert_string_equal(names[i], name[i]);
        check_ok(spx_store_get_floats(s, "snapshots/r1", spx_store_escape(name[i], stored), &x,
                                      &rows, &cols, &err));
        assert_true(x[0] == (float)i);
        spx_free(x);
    }
    spx_store_names_free(names, n);
    check_survives_oom(spx_store_tensors(s, "snapshots/r1", &names, &n, NULL));
    spx_store_names_free(names, n);
    spx_store_close(s);
    remove("names.h5");
}

/* What another process measured keeps the true name too. */
static void a_log_says_the_name(void **state)
{
    (void)state;
    static const spx_quantity q = {
        .name = "fro", .units = "1", .long_name = "norm", .source = "here"};
    spx_error err = {0};
    spx_store *log = NULL, *s = NULL;
    char *text = NULL, group[SPX_STORE_NAME + 20];
    remove("log-names.h5");
    spx_store_group_of(group, sizeof group, "tensors", "a/b");
    assert_string_equal(group, "tensors/a%2Fb");
    check_ok(spx_store_open_log(&log, &err));
    check_ok(spx_store_put(log, group, &q, 0, 3, &err));
    check_ok(spx_store_say_name(log, "tensors", "a/b", &err));
    check_ok(spx_store_open("log-names.h5", SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_add_stage(s, "base", 0, &err));
    check_ok(spx_store_replay(s, spx_store_log(log)->data, spx_store_log(log)->size, &err));
    check_ok(spx_store_get_text(s, group, "tensor", &text, &err));
    assert_string_equal(text, "a/b");
    spx_free(text);
    spx_store_close(s);
    spx_store_close(log);
    remove("log-names.h5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_escaped_where_a_path_could_not_hold_them),
        cmocka_unit_test(long_names_are_cut_and_told_apart),
        cmocka_unit_test(every_name_is_found_again),
        cmocka_unit_test(a_log_says_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
