/* test_export.c: types as `gguf` writes them; checkpoints written again, byte for byte but for what
 * was replaced. */
#include "ckpt_files.h"

#include "spx/export.h"
#include "spx/file.h"

#include <string.h>

static void check_same_bytes(const spx_tensor *a, const spx_tensor *b)
{
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->data, b->data, a->bytes);
}

/* The values x written as each type are what `gguf` made of them. */
static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        spx_dtype type;
    } cases[] = {{"x", "F16", SPX_F16}, {"x", "BF16", SPX_BF16}, {"x.small", "Q8_0", SPX_Q8_0}};
    spx_ckpt *c = open_file(DATA "encode.gguf");
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        float x[8 * 64];
        spx_tensor_read_float(spx_ckpt_find(c, cases[i].from), 0, 8, x);
        const spx_replacement r = {"x", x, cases[i].type};
        check_ok(spx_ckpt_write(c, &r, 1, "types.gguf", &err));
        spx_ckpt *again = open_file("types.gguf");
        check_same_bytes(spx_ckpt_find(again, "x"), spx_ckpt_find(c, cases[i].to));
        spx_ckpt_close(again);
    }
    remove("types.gguf");
    spx_ckpt_close(c);
}

/* Nothing replaced: the very same file. */
static void check_identical(const char *source, const char *copy)
{
    spx_error err = {0};
    char before[SPX_SHA256_HEX], after[SPX_SHA256_HEX];
    spx_ckpt *c = open_file(source);
    check_ok(spx_ckpt_write(c, NULL, 0, copy, &err));
    spx_ckpt_close(c);
    check_ok(spx_sha256_file(source, before, &err));
    check_ok(spx_sha256_file(copy, after, &err));
    assert_string_equal(before, after);
    remove(copy);
}

static void test_identity(void **state)
{
    (void)state;
    check_identical(DATA "tiny.gguf", "same.gguf");
    check_identical(DATA "dequant.gguf", "same.gguf");
    check_identical(DATA "dtypes.safetensors", "same.safetensors");
}

static void test_gguf_with_another_type(void **state)
{
    (void)state;
    spx_error err = {0};
    float x[64 * 172];
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    for (size_t i = 0; i < 64 * 172; i++) x[i] = (float)i;
    const spx_replacement r = {"blk.2.ffn_down.weight", x, SPX_BF16};
    check_ok(spx_ckpt_write(c, &r, 1, "edited.gguf", &err));
    spx_ckpt *again = open_file("edited.gguf");
    assert_int_equal(spx_ckpt_count(again), spx_ckpt_count(c));
    assert_string_equal(spx_ckpt_text(again, "general.name"), "stories260K");
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i), *u = spx_ckpt_find(again, t->name);
        assert_non_null(u);
        if (strcmp(t->name, r.name) != 0) check_same_bytes(t, u);
    }
    assert_int_equal(spx_ckpt_find(again, r.name)->dtype, SPX_BF16);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    remove("edited.gguf");
}

static void test_shards(void **state)
{
    (void)state;
    static const char name[] = "model.layers.1.mlp.down_proj.weight";
    spx_error err = {0};
    float x[48] = {1, 2, 3};
    double back[48];
    spx_ckpt *c = open_file(DATA "sharded");
    const spx_replacement r = {name, x, SPX_F32};
    check_ok(spx_ckpt_write(c, &r, 1, "edited", &err));
    spx_ckpt *again = open_file("edited");
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (strcmp(t->name, name) != 0) check_same_bytes(t, spx_ckpt_find(again, t->name));
    }
    spx_tensor_read(spx_ckpt_find(again, name), 0, 4, back);
    assert_true(back[0] == 1 && back[2] == 3 && back[3] == 0);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    remove("edited/model-00001-of-00002.safetensors");
    remove("edited/model-00002-of-00002.safetensors");
    remove("edited/model.safetensors.index.json");
    assert_int_equal(rmdir("edited"), 0); /* nothing else was left there */
}

static void check_refused(const char *source, const spx_replacement *r, const char *path,
                          spx_status want, const char *words)
{
    spx_error err = {0};
    spx_ckpt *c = open_file(source);
    const spx_status st = spx_ckpt_write(c, r, 1, path, &err);
    if (st != want || !strstr(err.text, words)) fail_msg("%s: %s", spx_status_name(st), err.text);
    assert_int_equal(access(path, F_OK), -1);
    spx_ckpt_close(c);
}

static void test_refused(void **state)
{
    (void)state;
    float x[64 * 172] = {0};
    const spx_replacement absent = {"nothing", x, SPX_F32},
                          blocks = {"blk.2.ffn_down.weight", x, SPX_Q8_0};
    const spx_replacement quantised = {"blk.2.ffn_down.weight", x, SPX_Q4_1},
                          other = {"b.float", x, SPX_F16};
    check_refused(DATA "tiny.gguf", &absent, "no.gguf", SPX_ENOTFOUND,
                  "there is no tensor nothing");
    check_refused(DATA "tiny.gguf", &blocks, "no.gguf", SPX_EUNSUP,
                  "rows of 172 are no whole blocks");
    check_refused(DATA "tiny.gguf", &quantised, "no.gguf", SPX_EUNSUP, "cannot be written as Q4_1");
    check_refused(DATA "state.safetensors", &other, "no.safetensors", SPX_EUNSUP, "b.float is F32");
    check_refused(DATA "state.pt", &other, "no.pt", SPX_EUNSUP, "format zip cannot be written");
}

static void test_survives_oom(void **state)
{
    (void)state;
    float x[64 * 172] = {0};
    const spx_replacement r = {"blk.2.ffn_down.weight", x, SPX_F16};
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    check_survives_oom(spx_ckpt_write(c, &r, 1, "oom.gguf", NULL));
    remove("oom.gguf");
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_gguf_with_another_type),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
