/* test_ckpt.c: every type bit for bit as the public `gguf` package widens it; damaged files. */
#include "ckpt_files.h"

#include "spx/file.h"
#include "spx/json.h"

#include <string.h>

/* Panels of the tensor and of its transpose hold what a read of it gives. */
static void check_panels(const spx_tensor *t, const double *want)
{
    spx_error err = {0};
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    for (int turned = 0; turned < 2; turned++) {
        spx_panels W;
        spx_mat A;
        if (spx_dtype_is_integer(t->dtype)) {
            assert_int_equal(spx_tensor_panels(t, SPX_N, &W, NULL), SPX_EUNSUP);
            return;
        }
        check_ok(spx_tensor_panels(t, turned ? SPX_T : SPX_N, &W, &err));
        check_ok(spx_mat_alloc(&A, W.rows, W.cols, &err));
        check_ok(spx_panels_copy(&W, &A, &err));
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < cols; j++)
                assert_memory_equal(&want[i * cols + j],
                                    &A.data[turned ? j * rows + i : i * cols + j], sizeof *want);
        spx_mat_free(&A);
    }
}

/* `stored` against the tensor `stored.expected` of the same file, whole and by panels. */
static void check_values(const spx_ckpt *c, const spx_tensor *stored)
{
    char name[64];
    snprintf(name, sizeof name, "%s.expected", stored->name);
    const spx_tensor *expected = spx_ckpt_find(c, name);
    assert_non_null(expected);
    const size_t rows = spx_tensor_rows(stored), cols = spx_tensor_cols(stored);
    double got[1536], want[1536], panel[1536];
    float single[1536];
    assert_true(rows * cols <= 1536 && rows == spx_tensor_rows(expected));
    spx_tensor_read(expected, 0, rows, want);
    spx_tensor_read(stored, 0, rows, got);
    spx_tensor_read_float(stored, 0, rows, single);
    spx_tensor_read(stored, rows - 1, 1, panel);
    check_panels(stored, got);
    for (size_t i = 0; i < rows * cols; i++) {
        if (isnan(want[i])) {
            assert_true(isnan(got[i]));
            continue;
        }
        if (!(got[i] == want[i]))
            fail_msg("%s: value %zu is %.17g, not %.17g", stored->name, i, got[i], want[i]);
        assert_true(single[i] == (float)want[i]);
    }
    if (!isnan(want[(rows - 1) * cols]))
        assert_memory_equal(panel, got + (rows - 1) * cols, cols * sizeof(double));
}

/* Returns how many types there were. */
static size_t check_all_types(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    size_t n = 0;
    check_ok(spx_ckpt_open(path, &c, &err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (strstr(t->name, ".expected")) continue;
        const size_t kind = strcspn(t->name, "."); /* "F8_E4M3.all" has type F8_E4M3 */
        if (strncmp(spx_dtype_name(t->dtype), t->name, kind) != 0)
            fail_msg("%s is read as %s", t->name, spx_dtype_name(t->dtype));
        check_values(c, t);
        n++;
    }
    spx_ckpt_close(c);
    return n;
}

static void test_types_are_bit_exact(void **state)
{
    (void)state;
    assert_int_equal(check_all_types(DATA "dequant.gguf"), 14);
    assert_int_equal(check_all_types(DATA "dtypes.safetensors"), 17);
}

/* Q8_K, which `gguf` does not widen: one block by hand. */
static void test_q8_k(void **state)
{
    (void)state;
    unsigned char block[292] = {0};
    const float d = 0.25F;
    float out[256];
    memcpy(block, &d, sizeof d);
    for (size_t i = 0; i < 256; i++) block[4 + i] = (unsigned char)i;
    const spx_tensor t = {
        .name = "t", .dtype = SPX_Q8_K, .ndim = 1, .shape = {256}, .bytes = 292, .data = block};
    spx_tensor_read_float(&t, 0, 1, out);
    for (int i = 0; i < 256; i++) assert_true(out[i] == 0.25F * (float)(i < 128 ? i : i - 256));
}

/* The same tensors from a folder, from its index, and from a split GGUF under GGUF's names. */
static void test_many_files(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *a = NULL, *b = NULL, *g = NULL;
    check_ok(spx_ckpt_open(DATA "sharded", &a, &err));
    check_ok(spx_ckpt_open(DATA "sharded/model.safetensors.index.json", &b, &err));
    check_ok(spx_ckpt_open(DATA "split-00001-of-00002.gguf", &g, &err));
    assert_int_equal(spx_ckpt_count(a), 4);
    assert_int_equal(spx_ckpt_count(b), 4);
    assert_int_equal(spx_ckpt_count(g), 4);
    for (size_t l = 0; l < 2; l++) {
        char hf[64], gguf[64];
        double x[48], y[48];
        snprintf(hf, sizeof hf, "model.layers.%zu.mlp.down_proj.weight", l);
        snprintf(gguf, sizeof gguf, "blk.%zu.ffn_down.weight", l);
        assert_non_null(spx_ckpt_find(a, hf));
        spx_tensor_read(spx_ckpt_find(a, hf), 0, 4, x);
        spx_tensor_read(spx_ckpt_find(g, gguf), 0, 4, y);
        assert_memory_equal(x, y, sizeof x);
    }
    spx_ckpt_close(a);
    spx_ckpt_close(b);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(DATA "sharded", &a, &err)));
    spx_ckpt_close(a);
    spx_ckpt_close(g);
    check_survives_oom(
        (err = (spx_error){0}, spx_ckpt_open(DATA "split-00001-of-00002.gguf", &g, &err)));
    spx_ckpt_close(g);
    assert_int_equal(spx_ckpt_open(DATA "split-00002-of-00002.gguf", &g, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "file 2 of 2"));
}

/* An index whose text is `map`; the message must hold `words`. */
static void check_bad_index(const char *map, spx_status want, const char *words)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    write_file("bad.index.json", map, strlen(map));
    const spx_status st = spx_ckpt_open("bad.index.json", &c, &err);
    if (st != want || !strstr(err.text, words))
        fail_msg("%s: %s: %s", map, spx_status_name(st), err.text);
    remove("bad.index.json");
}

static void test_bad_indexes(void **state)
{
    (void)state;
    check_bad_index("{}", SPX_EFORMAT, "no weight_map");
    check_bad_index("{\"weight_map\": {}}", SPX_EFORMAT, "no weight_map");
    check_bad_index("{\"weight_map\": {\"a\": 1}}", SPX_EFORMAT, "tensor a names no file");
    check_bad_index("{\"weight_map\": {\"a\": \"missing.safetensors\"}}", SPX_EIO,
                    "missing.safetensors");
    check_bad_index("{\"weight_map\": {\"a\": \"../x.safetensors\"}}", SPX_EFORMAT,
                    "invalid file name");
    check_bad_index("{\"weight_map\": {\"a\": \"/etc/passwd\"}}", SPX_EFORMAT, "invalid file name");
    check_bad_index("{\"weight_map\": {\"a\": \"..\"}}", SPX_EFORMAT, "invalid file name");
    check_bad_index("{\"weight_map\": {\"a\": \"bad.index.json\"}}", SPX_EFORMAT, "names itself");
    check_bad_index("[", SPX_EFORMAT, "line 1");
    spx_error err = {0};
    check_ok(spx_file_copy(DATA "dtypes.safetensors", "one.safetensors", &err));
    check_bad_index("{\"weight_map\": {\"a\": \"one.safetensors\"}}", SPX_EFORMAT,
                    "tensor a is not in one.safetensors");
    check_ok(spx_file_copy(DATA "dequant.gguf", "one.safetensors", &err));
    check_bad_index("{\"weight_map\": {\"a\": \"one.safetensors\"}}", SPX_EFORMAT,
                    "format is gguf (expected safetensors)");
    remove("one.safetensors");
}

/* Two shards, the second cut to `bytes` (0: whole) and listed as holding the tensor `name`. */
static void check_bad_shard(const char *second, size_t bytes, const char *name, const char *words)
{
    static const char first[] = DATA "sharded/model-00001-of-00002.safetensors";
    spx_error err = {0};
    spx_map m = {0};
    spx_ckpt *c = NULL;
    char map[256];
    snprintf(map, sizeof map,
             "{\"weight_map\": {\"model.layers.0.mlp.up_proj.weight\": \"1.safetensors\", "
             "\"%s\": \"2.safetensors\"}}",
             name);
    check_ok(spx_file_copy(first, "1.safetensors", &err));
    check_ok(spx_map_open(&m, second, &err));
    write_file("2.safetensors", m.data, bytes ? bytes : m.size);
    spx_map_close(&m);
    write_file("bad.index.json", map, strlen(map));
    const long live = spx_test_live_blocks();
    assert_int_equal(spx_ckpt_open("bad.index.json", &c, &err), SPX_EFORMAT);
    if (!strstr(err.text, words)) fail_msg("%s", err.text);
    assert_int_equal(spx_test_live_blocks(), live);
    remove("1.safetensors");
    remove("2.safetensors");
    remove("bad.index.json");
}

static void test_bad_shards(void **state)
{
    (void)state;
    static const char first[] = DATA "sharded/model-00001-of-00002.safetensors";
    static const char second[] = DATA "sharded/model-00002-of-00002.safetensors";
    check_bad_shard(second, 600, "x", "2.safetensors: truncated: tensor model.layers.1.mlp.");
    check_bad_shard(second, 40, "x", "2.safetensors: header of 216 bytes in a file of 40");
    check_bad_shard(second, 0, "x", "tensor x is not in 2.safetensors");
    check_bad_shard(first, 0, "x", "tensor x is not in 2.safetensors");
}

static void test_integers_are_no_weights(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_mat W;
    check_ok(spx_ckpt_open(DATA "dtypes.safetensors", &c, &err));
    assert_int_equal(spx_tensor_matrix(spx_ckpt_find(c, "I32"), &W, &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, "I32"));
    spx_ckpt_close(c);
}

static void check_sum(const spx_tensor *t, const char *want)
{
    spx_error err = {0};
    char sum[SPX_SHA256_HEX];
    float *x = NULL;
    const size_t rows = spx_tensor_rows(t), n = rows * spx_tensor_cols(t);
    check_ok(SPX_NEW(&x, n, &err));
    spx_tensor_read_float(t, 0, rows, x);
    check_ok(spx_sha256(x, n * sizeof *x, sum, &err));
    if (strcmp(sum, want) != 0) fail_msg("tensor %s differs", t->name);
    spx_free(x);
}

static void test_real_model_is_bit_exact(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_json *sums = NULL;
    check_ok(spx_ckpt_open(check_model(), &c, &err));
    check_ok(spx_json_read(SPX_TESTS "/golden/smollm2-tensors.json", &sums, &err));
    assert_int_equal(spx_ckpt_count(c), spx_json_size(sums));
    for (size_t i = 0; i < spx_json_size(sums); i++) {
        const spx_json *v = NULL;
        const spx_tensor *t = spx_ckpt_find(c, spx_json_key(sums, i, &v));
        assert_non_null(t);
        check_sum(t, spx_json_text(v));
    }
    spx_json_free(sums);
    spx_ckpt_close(c);
}

/* Reads the file cut at many places of the header, and with header bytes set to other values. */
static void damage(const char *source, const char *path, size_t header)
{
    spx_error err = {0};
    spx_map m = {0};
    unsigned char *copy = NULL;
    check_ok(spx_map_open(&m, source, &err));
    assert_true(m.size > header);
    check_ok(SPX_NEW(&copy, m.size, &err));
    memcpy(copy, m.data, m.size);
    for (size_t n = 0; n < header; n += 1 + n / 64) {
        write_file(path, copy, n);
        open_and_read(path);
    }
    for (size_t i = 0; i < header; i += 1 + i / 128) {
        static const unsigned char values[] = {0x00, 0x7f, 0xff};
        for (size_t v = 0; v < sizeof values; v++) {
            copy[i] = values[v];
            write_file(path, copy, m.size);
            open_and_read(path);
        }
        copy[i] = m.data[i];
    }
    spx_free(copy);
    spx_map_close(&m);
    remove(path);
}

static void test_hostile_gguf(void **state)
{
    (void)state;
    damage(DATA "dequant.gguf", "hostile.gguf", 1900);
}

static void test_hostile_safetensors(void **state)
{
    (void)state;
    damage(SPX_TESTS "/golden/tiny.safetensors", "hostile.safetensors", 400);
}

static void test_truncated_names_tensor(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_map m = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_map_open(&m, DATA "dequant.gguf", &err));
    write_file("short.gguf", m.data, m.size - 1);
    assert_int_equal(spx_ckpt_open("short.gguf", &c, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "short.gguf"));
    assert_non_null(strstr(err.text, "Q6_K.expected"));
    spx_map_close(&m);
    remove("short.gguf");
}

static void test_safetensors_values(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    char header[] =
        "{\"__metadata__\":{\"who\":\"test\"},\"a\":{\"dtype\":\"BF16\",\"shape\":[1,2],"
        "\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[4,8]}}";
    unsigned char file[256];
    const size_t n = sizeof header - 1;
    memset(file, 0, sizeof file);
    file[0] = (unsigned char)n;
    memcpy(file + 8, header, n);
    static const unsigned char values[] = {0x80, 0x3f, 0x20, 0xc0, 0x00, 0x3c, 0x01, 0x00};
    memcpy(file + 8 + n, values, sizeof values);
    write_file("two.safetensors", file, 8 + n + sizeof values);
    check_ok(spx_ckpt_open("two.safetensors", &c, &err));
    assert_string_equal(spx_ckpt_text(c, "who"), "test");
    double a[2], b[2];
    spx_tensor_read(spx_ckpt_find(c, "a"), 0, 1, a);
    spx_tensor_read(spx_ckpt_find(c, "b"), 0, 1, b);
    assert_true(a[0] == 1 && a[1] == -2.5);
    assert_true(b[0] == 1 && b[1] == ldexp(1, -24)); /* the smallest subnormal half */
    spx_ckpt_close(c);
    remove("two.safetensors");
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(DATA "dequant.gguf", &c, &err)));
    spx_ckpt_close(c);
    check_survives_oom(
        (err = (spx_error){0}, spx_ckpt_open(SPX_TESTS "/golden/tiny.safetensors", &c, &err)));
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_bit_exact),
        cmocka_unit_test(test_q8_k),
        cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_bad_indexes),
        cmocka_unit_test(test_bad_shards),
        cmocka_unit_test(test_integers_are_no_weights),
        cmocka_unit_test(test_real_model_is_bit_exact),
        cmocka_unit_test(test_hostile_gguf),
        cmocka_unit_test(test_hostile_safetensors),
        cmocka_unit_test(test_truncated_names_tensor),
        cmocka_unit_test(test_safetensors_values),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
