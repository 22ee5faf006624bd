/* test_bytes.c: a buffer that grows, and a reader that never passes its end. */
#include "check.h"

#include "spx/bytes.h"

#include <string.h>

static void bytes_grow_and_keep_what_they_hold(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes b = {0};
    for (size_t i = 0; i < 1000; i++) {
        const unsigned char byte = (unsigned char)(i % 251);
        check_ok(spx_bytes_add(&b, &byte, 1, &err));
        assert_int_equal(b.size, i + 1);
        assert_true(b.room >= b.size);
    }
    for (size_t i = 0; i < 1000; i++) assert_int_equal(b.data[i], i % 251);
    check_ok(spx_bytes_add(&b, NULL, 0, &err));
    assert_int_equal(b.size, 1000);
    spx_bytes_free(&b);
    assert_null(b.data);
    assert_int_equal(b.size + b.room, 0);
    spx_bytes_free(&b);
}

static void room_at_least_doubles(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes b = {0};
    check_ok(spx_bytes_room(&b, 100, &err));
    assert_int_equal(b.room, 100);
    assert_int_equal(b.size, 0);
    const unsigned char *first = b.data;
    check_ok(spx_bytes_room(&b, 100, &err));
    assert_ptr_equal(b.data, first); /* there was room */
    b.size = 100;
    check_ok(spx_bytes_room(&b, 1, &err));
    assert_int_equal(b.room, 200);
    check_ok(spx_bytes_room(&b, 1000, &err));
    assert_int_equal(b.room, 1100);
    spx_bytes_free(&b);
}

static void a_failure_keeps_what_was_there(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes b = {0};
    check_ok(spx_bytes_add_text(&b, "kept", &err));
    assert_int_equal(spx_bytes_room(&b, SIZE_MAX - 2, &err), SPX_ENOMEM);
    assert_int_equal(b.size, 5);
    char large[4096] = {0};
    check_survives_oom(spx_bytes_add(&b, large, sizeof large, NULL));
    assert_int_equal(b.size, 5 + sizeof large);
    assert_string_equal((const char *)b.data, "kept");
    spx_bytes_free(&b);
}

static void what_is_added_is_read_back(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bytes b = {0};
    const uint64_t number = 0x0123456789abcdef;
    check_ok(spx_bytes_add_number(&b, number, &err));
    check_ok(spx_bytes_add_text(&b, "text", &err));
    check_ok(spx_bytes_add_text(&b, "", &err));
    check_ok(spx_bytes_add(&b, "xyz", 3, &err));
    assert_int_equal(b.size, 8 + 5 + 1 + 3);
    spx_reader r = {b.data, b.size};
    uint64_t x = 0;
    const char *text = NULL;
    const unsigned char *rest = NULL;
    assert_true(spx_reader_number(&r, &x));
    assert_true(x == number);
    assert_true(spx_reader_text(&r, &text));
    assert_string_equal(text, "text");
    assert_true(spx_reader_text(&r, &text));
    assert_string_equal(text, "");
    assert_true(spx_reader_take(&r, 3, &rest));
    assert_memory_equal(rest, "xyz", 3);
    assert_int_equal(r.left, 0);
    assert_true(spx_reader_take(&r, 0, &rest));
    spx_bytes_free(&b);
}

/* False, with nothing read, wherever the bytes end too early. */
static void a_reader_stops_at_the_end(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g'};
    for (size_t n = 0; n <= sizeof bytes; n++) {
        spx_reader r = {bytes, n};
        uint64_t x = 5;
        const char *text = NULL;
        const unsigned char *out = NULL;
        assert_false(spx_reader_number(&r, &x));
        assert_false(spx_reader_text(&r, &text)); /* no NUL */
        assert_false(spx_reader_take(&r, n + 1, &out));
        assert_false(spx_reader_take(&r, SIZE_MAX, &out));
        assert_int_equal(x, 5);
        assert_null(text);
        assert_null(out);
        assert_ptr_equal(r.at, bytes);
        assert_int_equal(r.left, n);
    }
    spx_reader none = {NULL, 0};
    const char *text = NULL;
    assert_false(spx_reader_text(&none, &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_grow_and_keep_what_they_hold),
        cmocka_unit_test(room_at_least_doubles),
        cmocka_unit_test(a_failure_keeps_what_was_there),
        cmocka_unit_test(what_is_added_is_read_back),
        cmocka_unit_test(a_reader_stops_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
