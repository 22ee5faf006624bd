/* test_hostile.c: files made to break a reader, each with the message that it must give. */
#include "ckpt_files.h"

/* The file being put together; refused() writes it. */
typedef struct bytes {
    unsigned char at[200000];
    size_t n;
} bytes;
static bytes b;

static void start(void) { b.n = 0; }

static void put(const void *data, size_t n)
{
    assert_true(b.n + n <= sizeof b.at);
    memcpy(b.at + b.n, data, n);
    b.n += n;
}

static void whole(uint64_t x, size_t width)
{
    for (size_t i = 0; i < width; i++) {
        const unsigned char c = (unsigned char)(x >> (8 * i));
        put(&c, 1);
    }
}

/* Writes and opens the file: status, and words of a message that is one line and names the file. */
static void refused(spx_status want, const char *words)
{
    static const char path[] = "hostile.bin";
    spx_error err = {0};
    spx_ckpt *c = NULL;
    const long live = spx_test_live_blocks();
    write_file(path, b.at, b.n);
    const spx_status st = spx_ckpt_open(path, &c, &err);
    if (st != want || !strstr(err.text, words) || !strstr(err.text, path) || strchr(err.text, '\n'))
        fail_msg("wanted '%s', got %s: %s", words, spx_status_name(st), err.text);
    assert_null(c);
    assert_int_equal(spx_test_live_blocks(), live);
    remove(path);
}

/* A safetensors file of that header and `data` bytes. */
static void safetensors(const char *header, size_t data)
{
    static const unsigned char zeros[64];
    start();
    whole(strlen(header), 8);
    put(header, strlen(header));
    put(zeros, data);
}

#define TENSOR(name, shape, offsets) \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void test_safetensors_ranges(void **state)
{
    (void)state;
    start();
    whole(1000, 8);
    put("{}", 2);
    refused(SPX_EFORMAT, "header of 1000 bytes in a file of 10");
    start();
    whole(UINT64_MAX, 8);
    put("{}", 2);
    refused(SPX_EFORMAT, "header of 18446744073709551615 bytes");
    safetensors("{" TENSOR("a", "[4]", "[0,16]") "," TENSOR("b", "[4]", "[8,24]") "}", 24);
    refused(SPX_EFORMAT, "tensors a and b overlap");
    safetensors("{" TENSOR("a", "[4]", "[8,24]") "}", 16);
    refused(SPX_EFORMAT, "truncated: tensor a extends past the end of the file");
    safetensors("{" TENSOR("a", "[4]", "[18446744073709551600,18446744073709551616]") "}", 16);
    refused(SPX_EFORMAT, "too big integer");
    safetensors("{" TENSOR("a", "[4]", "[9223372036854775791,9223372036854775807]") "}", 16);
    refused(SPX_EFORMAT, "tensor a has no valid data_offsets"); /* beyond 2^53 */
    safetensors("{" TENSOR("a", "[4]", "[4503599627370480,4503599627370496]") "}", 16);
    refused(SPX_EFORMAT, "truncated: tensor a extends past the end of the file");
    safetensors("{" TENSOR("a", "[4]", "[16,0]") "}", 16);
    refused(SPX_EFORMAT, "tensor a has no valid data_offsets");
    safetensors("{" TENSOR("a", "[4]", "[0,12]") "}", 16);
    refused(SPX_EFORMAT, "tensor a has 12 bytes (expected 16 for its shape)");
    safetensors("{" TENSOR("a", "[4294967296,4294967296]", "[0,16]") "}", 16);
    refused(SPX_EFORMAT, "tensor a: dimension 1 has invalid size 4294967296");
    safetensors("{" TENSOR("a", "[-4]", "[0,16]") "}", 16);
    refused(SPX_EFORMAT, "tensor a: dimension 0 is not a valid size");
    safetensors("{" TENSOR("a", "[1.5]", "[0,16]") "}", 16);
    refused(SPX_EFORMAT, "tensor a: dimension 0 is not a valid size");
    safetensors("{" TENSOR("a", "[1,1,1,1,1,1,1,1,5]", "[0,16]") "}", 16);
    refused(SPX_EFORMAT, "tensor a has 16 bytes (expected 20 for its shape)");
    safetensors("{" TENSOR("a", "[9007199254740992,9007199254740992,1,1,1,1,1,1,0]", "[0,0]") "}",
                0);
    refused(SPX_EFORMAT, "the shape of tensor a is too large");
    safetensors("{" TENSOR("a", "[0,9007199254740992]", "[0,0]") "}", 0);
    refused(SPX_EFORMAT, "tensor a: dimension 1 has invalid size");
    safetensors("{" TENSOR("a", "[0]", "[0,4]") "}", 4);
    refused(SPX_EFORMAT, "tensor a has 4 bytes (expected 0 for its shape)");
}

static void test_safetensors_header(void **state)
{
    (void)state;
    safetensors("{" TENSOR("a", "[4]", "[0,16]") "," TENSOR("a", "[4]", "[0,16]") "}", 16);
    refused(SPX_EFORMAT, "duplicate object key");
    safetensors("{\"a\":{\"dtype\":\"C64\",\"shape\":[2],\"data_offsets\":[0,12]}}", 12);
    refused(SPX_EFORMAT, "tensor a has 12 bytes (expected 16 for its shape)");
    safetensors("{\"\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16);
    refused(SPX_EFORMAT, "tensor 0 has an invalid name");
    safetensors("{\"a\xff\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16);
    refused(SPX_EFORMAT, "unable to decode byte 0xff");
    safetensors("{\"a\\u001b[2J\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16);
    refused(SPX_EFORMAT, "tensor 0 has an invalid name");
    safetensors("{\"__metadata__\":{\"a\":1}}", 0);
    refused(SPX_EFORMAT, "value of __metadata__ a is not a text");
    static char deep[20000 + 1];
    memset(deep, '[', 10000);
    memcpy(deep, "{\"a\":", 5);
    memset(deep + 10000, ']', 10000);
    safetensors(deep, 0);
    refused(SPX_EFORMAT, "depth");
}

static void gguf(uint64_t tensors, uint64_t pairs)
{
    start();
    put("GGUF", 4);
    whole(3, 4);
    whole(tensors, 8);
    whole(pairs, 8);
}

static void text(const char *s)
{
    whole(strlen(s), 8);
    put(s, strlen(s));
}

/* One tensor "a" of one axis. */
static void info(const char *name, uint64_t extent, uint64_t type, uint64_t offset)
{
    text(name);
    whole(1, 4);
    whole(extent, 8);
    whole(type, 4);
    whole(offset, 8);
}

static void fill(size_t n)
{
    for (size_t i = 0; i < n; i++) whole(0, 1);
}

static void test_gguf_header(void **state)
{
    (void)state;
    gguf(0, 0);
    b.at[4] = 1;
    refused(SPX_EUNSUP, "unsupported GGUF version 1");
    gguf(0, 0);
    b.at[4] = 0;
    b.at[7] = 3;
    refused(SPX_EUNSUP, "big-endian GGUF (version 3)");
    gguf(UINT64_MAX, 0);
    refused(SPX_EFORMAT, "ends within the header");
    gguf(0, UINT64_MAX);
    refused(SPX_EFORMAT, "ends within the header");
    gguf(0, 1);
    whole((uint64_t)1 << 63, 8); /* a key of 2^63 bytes */
    fill(20);
    refused(SPX_EFORMAT, "ends within a key");
    gguf(0, 1);
    text("k");
    whole(8, 4);
    whole((uint64_t)1 << 63, 8); /* a string of 2^63 bytes */
    fill(20);
    refused(SPX_EFORMAT, "ends within k");
    gguf(0, 1);
    text("k");
    whole(9, 4);
    for (int i = 0; i < 20; i++) { /* arrays of one array each */
        whole(9, 4);
        whole(1, 8);
    }
    fill(20);
    refused(SPX_EFORMAT, "arrays of key k are nested more than 16 deep");
    gguf(0, 1);
    text("k");
    whole(9, 4);
    whole(9, 4);
    whole((uint64_t)1 << 60, 8);
    fill(20);
    refused(SPX_EFORMAT, "ends within k");
    gguf(0, 1);
    text("k");
    whole(9, 4);
    whole(9, 4);
    whole(1, 8);
    whole(10, 4);
    whole((uint64_t)1 << 61, 8); /* 2^61 numbers of 8 bytes, one array down */
    fill(20);
    refused(SPX_EFORMAT, "ends within k");
    gguf(0, 1);
    text("k");
    whole(77, 4);
    fill(20);
    refused(SPX_EFORMAT, "key k has unsupported value type 77");
    gguf(0, 1);
    text("k");
    whole(9, 4);
    whole(10, 4);
    whole((uint64_t)1 << 61, 8); /* 2^61 numbers of 8 bytes */
    fill(20);
    refused(SPX_EFORMAT, "ends within k");
}

static void test_gguf_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "a\nb",         "a\x7f",   "a\xff",
                                      "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gguf(1, 0);
        info(bad[i], 4, 0, 0);
        fill(200);
        refused(SPX_EFORMAT, "tensor 0 has an invalid name");
    }
    gguf(1, 0);
    whole((uint64_t)1 << 63, 8);
    fill(200);
    refused(SPX_EFORMAT, "ends within a tensor's name");
}

static void test_gguf_tensors(void **state)
{
    (void)state;
    gguf(1, 0);
    info("a", 32, 99, (uint64_t)1 << 40); /* a type that is not read has no size to check */
    fill(200);
    refused(SPX_EFORMAT, "truncated: tensor a extends past the end of the file");
    gguf(1, 0);
    info("a", UINT64_MAX, 0, 0);
    fill(200);
    refused(SPX_EFORMAT, "tensor a: dimension 0 has invalid size 18446744073709551615");
    gguf(1, 0);
    info("a", 33, 8, 0);
    fill(200);
    refused(SPX_EFORMAT, "tensor a: rows of 33 values do not divide into blocks of 32");
    gguf(1, 0);
    info("a", 32, 0, (uint64_t)1 << 62);
    fill(200);
    refused(SPX_EFORMAT, "truncated: tensor a extends past the end of the file");
    gguf(1, 0);
    info("a", 32, 0, UINT64_MAX - 31); /* its 128 bytes would end after 2^64 */
    fill(200);
    refused(SPX_EFORMAT, "truncated: tensor a extends past the end of the file");
    gguf(1, 0);
    text("a");
    whole(2, 4);
    whole((uint64_t)1 << 33, 8);
    whole((uint64_t)1 << 33, 8);
    fill(200);
    refused(SPX_EFORMAT, "tensor a: dimension 1 has invalid size 8589934592");
    gguf(1, 0);
    info("a", 32, 0, 7);
    fill(200);
    refused(SPX_EFORMAT, "tensor a is not aligned to 32 bytes");
    gguf(2, 0);
    info("a", 16, 0, 0);
    info("a", 16, 0, 64);
    fill(200);
    refused(SPX_EFORMAT, "tensor a appears twice");
    gguf(2, 0);
    info("a", 16, 0, 0);
    info("b", 16, 0, 32);
    fill(200);
    refused(SPX_EFORMAT, "tensors a and b overlap");
    gguf(1, 0);
    text("a");
    whole(9, 4);
    fill(200);
    refused(SPX_EFORMAT, "tensor a has 9 dimensions");
    gguf(1, 1);
    text("general.alignment");
    whole(4, 4);
    whole(3, 4);
    info("a", 16, 0, 0);
    fill(200);
    refused(SPX_EFORMAT, "invalid alignment 3 (expected a power of two");
}

static void npy(const char *header)
{
    start();
    put("\x93NUMPY\x01", 7);
    whole(0, 1);
    whole(strlen(header), 2);
    put(header, strlen(header));
    fill(32);
}

static void test_npy(void **state)
{
    (void)state;
    npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }");
    b.n -= 8;
    refused(SPX_EFORMAT, "tensor hostile.bin has 24 bytes (expected 32 for its shape)");
    static const char *const bad[] = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4), }",
        "{'descr': '<f8', 'fortran_order': False, }",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (4,), }",
        "{'descr': [('a', '<f8'), 'fortran_order': False, 'shape': (4,), }",
        "{'descr': [('a]', '<f8), 'fortran_order': False, 'shape': (4,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4 4), }",
        "",
        "{",
        "__import__('os')",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        npy(bad[i]);
        refused(SPX_EFORMAT, "hostile.bin has an invalid NumPy header");
    }
    npy("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }");
    refused(SPX_EFORMAT, "has invalid size");
    start();
    put("\x93NUMPY\x01", 7);
    whole(0, 1);
    whole(65535, 2);
    refused(SPX_EFORMAT, "truncated: file ends within the header of hostile.bin");
}

static void test_nothing_at_all(void **state)
{
    (void)state;
    start();
    refused(SPX_EFORMAT, "not a checkpoint");
    put("\x00\x01\x02\x03", 4);
    refused(SPX_EFORMAT, "not a checkpoint");
    start();
    put("PK\x03\x04", 4);
    fill(60);
    refused(SPX_EFORMAT, "zip: ");
    start();
    put("\x80\x02}q\x00.", 6);
    refused(SPX_EUNSUP, "bare pickle");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_safetensors_ranges), cmocka_unit_test(test_safetensors_header),
        cmocka_unit_test(test_gguf_header),        cmocka_unit_test(test_gguf_names),
        cmocka_unit_test(test_gguf_tensors),       cmocka_unit_test(test_npy),
        cmocka_unit_test(test_nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
