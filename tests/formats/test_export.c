/* test_export.c: values in types as `gguf` writes them; checkpoints written again. */
#include "ckpt_files.h"
#include "formats/dtype.h"

#include "spx/export.h"
#include "spx/file.h"
#include "spx/json.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_same_bytes(const spx_tensor *a, const spx_tensor *b)
{
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(a->data, b->data, a->bytes);
}

/* The values x written as each type are what `gguf` made of them, infinities included. */
static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        spx_dtype type;
    } cases[] = {{"x", "F16", SPX_F16}, {"x", "BF16", SPX_BF16}, {"x.small", "Q8_0", SPX_Q8_0}};
    spx_ckpt *c = open_file(DATA "encode.gguf");
    for (size_t i = 0; i < 3; i++) {
        float x[8 * 64];
        unsigned char written[2 * 8 * 64];
        const spx_tensor *t = spx_ckpt_find(c, cases[i].to);
        spx_tensor_read_float(spx_ckpt_find(c, cases[i].from), 0, 8, x);
        dtype_write(cases[i].type, x, 8 * 64, written);
        assert_int_equal(t->dtype, cases[i].type);
        assert_memory_equal(t->data, written, t->bytes);
    }
    spx_ckpt_close(c);
}

static void check_same_file(const char *a, const char *b)
{
    spx_error err = {0};
    char before[SPX_SHA256_HEX], after[SPX_SHA256_HEX];
    check_ok(spx_sha256_file(a, before, &err));
    check_ok(spx_sha256_file(b, after, &err));
    if (strcmp(before, after) != 0) fail_msg("%s and %s differ", a, b);
}

/* Nothing replaced: the very same file. */
static void check_identical(const char *source, const char *copy)
{
    spx_error err = {0};
    spx_ckpt *c = open_file(source);
    check_ok(spx_ckpt_write(c, NULL, 0, copy, &err));
    spx_ckpt_close(c);
    check_same_file(source, copy);
    remove(copy);
}

static void test_identity(void **state)
{
    (void)state;
    check_identical(DATA "tiny.gguf", "same.gguf");
    check_identical(DATA "dequant.gguf", "same.gguf");
    check_identical(DATA "dtypes.safetensors", "same.safetensors");
}

/* All tensors but the edited one are the same byte for byte. */
static void check_others(const spx_ckpt *before, const spx_ckpt *after, const char *edited)
{
    assert_int_equal(spx_ckpt_count(before), spx_ckpt_count(after));
    for (size_t i = 0; i < spx_ckpt_count(before); i++) {
        const spx_tensor *t = spx_ckpt_at(before, i), *u = spx_ckpt_find(after, t->name);
        assert_non_null(u);
        if (strcmp(t->name, edited) != 0) check_same_bytes(t, u);
    }
}

static void remove_all(const char *const *names)
{
    for (; *names; names++)
        assert_int_equal(remove(*names), 0); /* removes a folder only if it is empty */
}

static void test_split_gguf(void **state)
{
    (void)state;
    static const char name[] = "blk.1.ffn_down.weight";
    static const char *const parts[] = {"whole-00001-of-00002.gguf", "whole-00002-of-00002.gguf",
                                        NULL};
    static const char *const inside[] = {"parts/split-00001-of-00002.gguf",
                                         "parts/split-00002-of-00002.gguf", "parts", NULL};
    spx_error err = {0};
    float x[48] = {1, 2, 3};
    double number = 0;
    spx_ckpt *c = open_file(DATA "split-00001-of-00002.gguf");
    check_ok(spx_ckpt_write(c, NULL, 0, "parts/", &err)); /* a folder that is made */
    check_same_file(DATA "split-00001-of-00002.gguf", inside[0]);
    check_same_file(DATA "split-00002-of-00002.gguf", inside[1]);
    remove_all(inside);
    const spx_replacement r = {name, x, SPX_F16};
    check_ok(spx_ckpt_write(c, &r, 1, "whole.gguf", &err));
    check_same_file(DATA "split-00001-of-00002.gguf", parts[0]); /* the edit is in the other */
    spx_ckpt *again = open_file(parts[0]);
    check_others(c, again, name);
    assert_int_equal(spx_ckpt_find(again, name)->dtype, SPX_F16);
    assert_true(spx_ckpt_number(again, "split.count", &number) && number == 2);
    spx_ckpt_close(again);
    check_survives_oom(spx_ckpt_write(c, &r, 1, "whole.gguf", NULL));
    spx_ckpt_close(c);
    remove_all(parts);
}

/* Version 2 differs in the number only. */
static void test_gguf_v2(void **state)
{
    (void)state;
    spx_error err = {0};
    char *text = NULL;
    size_t size = 0;
    float x[64 * 172] = {1};
    check_ok(spx_file_text(DATA "tiny.gguf", &text, &size, &err));
    text[4] = 2;
    write_file("two.gguf", text, size);
    spx_free(text);
    check_identical("two.gguf", "same.gguf");
    spx_ckpt *c = open_file("two.gguf");
    const spx_replacement r = {"blk.2.ffn_down.weight", x, SPX_F16};
    check_ok(spx_ckpt_write(c, &r, 1, "edited.gguf", &err));
    spx_ckpt *again = open_file("edited.gguf");
    check_others(c, again, r.name);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    check_ok(spx_file_text("edited.gguf", &text, &size, &err));
    assert_int_equal(text[4], 2);
    spx_free(text);
    remove("two.gguf");
    remove("edited.gguf");
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
    assert_string_equal(spx_ckpt_text(again, "general.name"), "stories260K");
    check_others(c, again, r.name);
    assert_int_equal(spx_ckpt_find(again, r.name)->dtype, SPX_BF16);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    remove("edited.gguf");
}

static double total_size(const char *index)
{
    spx_error err = {0};
    spx_json *root = NULL;
    double total = 0;
    check_ok(spx_json_read(index, &root, &err));
    assert_true(
        spx_json_number(spx_json_get(spx_json_get(root, "metadata"), "total_size"), &total));
    assert_int_equal(spx_json_size(spx_json_get(root, "weight_map")), 4);
    spx_json_free(root);
    return total;
}

static const char *const shards[] = {"edited/model-00001-of-00002.safetensors",
                                     "edited/model-00002-of-00002.safetensors",
                                     "edited/model.safetensors.index.json",
                                     "edited/config.json",
                                     "edited",
                                     NULL};

/* A folder of shards with a tensor of the second one edited, in its type or in another. */
static void check_shards(spx_dtype type, double bytes)
{
    static const char name[] = "model.layers.1.mlp.down_proj.weight";
    spx_error err = {0};
    float x[48] = {1, 2, 3};
    double back[48];
    spx_ckpt *c = open_file(DATA "sharded");
    const spx_replacement r = {name, x, type};
    check_ok(spx_ckpt_write(c, &r, 1, "edited", &err));
    spx_ckpt *again = open_file("edited");
    check_others(c, again, name);
    assert_string_equal(spx_ckpt_text(again, "format"), "pt");
    const spx_tensor *t = spx_ckpt_find(again, name);
    assert_int_equal(t->dtype, type);
    spx_tensor_read(t, 0, 4, back);
    for (size_t i = 0; i < 48; i++) assert_true(back[i] == (double)x[i]);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    check_same_file(DATA "sharded/model-00001-of-00002.safetensors", shards[0]);
    check_same_file(DATA "sharded/config.json", "edited/config.json");
    assert_true(total_size(shards[2]) == bytes);
    if (bytes == 4 * 192) check_same_file(DATA "sharded/model.safetensors.index.json", shards[2]);
    remove_all(shards);
}

static void test_shards(void **state)
{
    (void)state;
    check_shards(SPX_F32, 4 * 192);
    check_shards(SPX_BF16, 4 * 192 - 2 * 48);
    check_shards(SPX_F64, 4 * 192 + 4 * 48);
}

/* One tensor becomes wider, one narrower: the rest stays, each tensor is aligned to the size of its
 * values, and no byte lies between tensors. */
static void test_safetensors_laid_out_anew(void **state)
{
    (void)state;
    spx_error err = {0};
    float x[5 * 33];
    size_t bytes = 0;
    for (size_t i = 0; i < 5 * 33; i++) x[i] = (float)i / 8;
    spx_ckpt *c = open_file(DATA "dtypes.safetensors");
    const spx_replacement r[] = {{"F8_E5M2", x, SPX_F64}, {"F32", x, SPX_BF16}};
    check_ok(spx_ckpt_write(c, r, 2, "wide.safetensors", &err));
    spx_ckpt *again = open_file("wide.safetensors");
    assert_string_equal(spx_ckpt_text(again, "who"), "safetensors");
    const unsigned char *first = spx_ckpt_at(again, 0)->data, *end = first;
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i), *u = spx_ckpt_find(again, t->name);
        const size_t width = u->bytes / spx_tensor_rows(u) / spx_tensor_cols(u);
        if (strcmp(t->name, "F8_E5M2") != 0 && strcmp(t->name, "F32") != 0) check_same_bytes(t, u);
        assert_int_equal((size_t)(u->data - first) % width, 0);
        if (u->data < first) first = u->data;
        if (u->data + u->bytes > end) end = u->data + u->bytes;
        bytes += u->bytes;
    }
    assert_int_equal((size_t)(end - first), bytes);
    for (size_t k = 0; k < 2; k++) {
        double back[5 * 33];
        spx_tensor_read(spx_ckpt_find(again, r[k].name), 0, 5, back);
        for (size_t i = 0; i < 5 * 33; i++)
            assert_true(back[i] == (double)(k ? spx_round_bf16(x[i]) : x[i]));
    }
    spx_ckpt_close(again);
    check_survives_oom(spx_ckpt_write(c, r, 2, "wide.safetensors", NULL));
    spx_ckpt_close(c);
    remove("wide.safetensors");
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
    check_refused(DATA "tiny.gguf", &absent, "no.gguf", SPX_ENOTFOUND, "no tensor nothing");
    check_refused(DATA "tiny.gguf", &blocks, "no.gguf", SPX_EUNSUP,
                  "rows of 172 values do not divide into blocks of 32");
    check_refused(DATA "tiny.gguf", &quantised, "no.gguf", SPX_EUNSUP, "cannot be written as Q4_1");
    const spx_replacement q8 = {"b.float", x, SPX_Q8_0};
    check_refused(DATA "state.safetensors", &q8, "no.safetensors", SPX_EUNSUP,
                  "b.float cannot be written as Q8_0");
    const spx_replacement shard = {"model.layers.1.mlp.down_proj.weight", x, SPX_F32};
    check_refused(DATA "sharded", &shard, "no.safetensors", SPX_EINVAL,
                  "consists of 3 files; name a folder");
    const spx_replacement half = {"blk.1.ffn_down.weight", x, SPX_F32};
    check_refused(DATA "split-00001-of-00002.gguf", &half, "no.bin", SPX_EINVAL,
                  "name a folder or a file *.gguf");
    check_refused(DATA "state.pt", &other, "no.pt", SPX_EUNSUP, "format zip cannot be written");
}

/* Its own name, another name of it, its folder. */
static void test_not_over_itself(void **state)
{
    (void)state;
    spx_error err = {0};
    check_ok(spx_file_copy(DATA "state.safetensors", "model.safetensors", &err));
    assert_int_equal(symlink("model.safetensors", "alias.safetensors"), 0);
    spx_ckpt *c = open_file("model.safetensors");
    static const char *const paths[] = {"model.safetensors", "./alias.safetensors", "."};
    for (size_t i = 0; i < 3; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_ckpt_write(c, NULL, 0, paths[i], &err), SPX_EINVAL);
        assert_non_null(strstr(err.text, "cannot overwrite the checkpoint being read"));
    }
    spx_ckpt_close(c);
    check_same_file(DATA "state.safetensors", "model.safetensors");
    remove("model.safetensors");
    remove("alias.safetensors");
}

static void test_survives_oom(void **state)
{
    (void)state;
    float x[64 * 172] = {0};
    const spx_replacement r = {"blk.2.ffn_down.weight", x, SPX_F16};
    const spx_replacement s = {"model.layers.1.mlp.down_proj.weight", x, SPX_BF16};
    spx_ckpt *c = open_file(DATA "tiny.gguf"), *sharded = open_file(DATA "sharded");
    check_survives_oom(spx_ckpt_write(c, &r, 1, "oom.gguf", NULL));
    check_survives_oom(spx_ckpt_write(sharded, &s, 1, "edited", NULL));
    spx_ckpt_close(sharded);
    spx_ckpt_close(c);
    remove("oom.gguf");
    remove_all(shards);
}

/* One finite value that the type cannot hold: refused by tensor, place and value, and nothing is
 * written, into a folder neither. */
static void test_overflow_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *name, *path;
        spx_dtype type;
        float value;
        const char *words;
    } cases[] = {
        {DATA "tiny.gguf", "blk.2.ffn_down.weight", "no.gguf", SPX_F16, 70000,
         "tensor blk.2.ffn_down.weight: entry (1, 5) is 70000, which F16 cannot hold; --dtype BF16 "
         "or F32 holds it"},
        {DATA "tiny.gguf", "blk.2.ffn_down.weight", "no.gguf", SPX_F16, -65520, "is -65520, which"},
        {DATA "tiny.gguf", "blk.2.ffn_down.weight", "no.gguf", SPX_BF16, 3.4e38F,
         "which BF16 cannot hold; --dtype F32 holds it"},
        {DATA "tiny.gguf", "blk.2.ffn_down.weight", "no.gguf", SPX_F16, 3.4e38F,
         "which F16 cannot hold; --dtype F32 holds it"},
        {DATA "encode.gguf", "x.small", "no.gguf", SPX_Q8_0, 9e6F,
         "which Q8_0 cannot hold; --dtype BF16 or F32 holds it"},
        {DATA "state.safetensors", "b.float", "no", SPX_F16, 1e30F, "which F16 cannot hold"},
        {DATA "sharded", "model.layers.1.mlp.down_proj.weight", "no/", SPX_F16, 1e30F,
         "which F16 cannot hold"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float x[64 * 172] = {1, 0, -2};
        spx_ckpt *c = open_file(cases[i].source);
        const spx_tensor *t = spx_ckpt_find(c, cases[i].name);
        const size_t cols = spx_tensor_cols(t),
                     at = spx_tensor_rows(t) > 1 && cols > 5 ? cols + 5 : 1;
        x[at] = cases[i].value;
        x[at + 1] = 2 * cases[i].value;
        spx_ckpt_close(c);
        const spx_replacement r = {cases[i].name, x, cases[i].type};
        check_refused(cases[i].source, &r, cases[i].path, SPX_ENUMERIC, cases[i].words);
        assert_int_equal(access("no.part", F_OK), -1);
        assert_int_equal(access("no.gguf.part", F_OK), -1);
    }
}

static char noted[2][300];
static size_t notes;
static void keep_note(const char *line)
{
    if (notes < 2) snprintf(noted[notes], sizeof noted[notes], "%s", line);
    notes++;
}

/* What becomes 0 is counted, and so is what is not finite already; the largest and least values of
 * the type pass without a note. */
static void test_losses_are_noted(void **state)
{
    (void)state;
    spx_error err = {0};
    float x[64 * 172] = {65504, -65519, 0x1p-24F, 0x1.8p-25F, 0};
    const spx_notify to = {.note = keep_note};
    const spx_replacement r = {"blk.2.ffn_down.weight", x, SPX_F16};
    const spx_replacement bf16 = {"blk.2.ffn_down.weight", x, SPX_BF16};
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    notes = 0;
    check_ok(spx_ckpt_fit(c, &r, 1, &to, &err));
    assert_int_equal(notes, 0);
    x[9] = (float)INFINITY;
    x[10] = (float)NAN;
    x[64 * 172 - 1] = 0x1p-25F; /* a tie, to even */
    x[64 * 171] = -1e-30F;
    check_ok(spx_ckpt_fit(c, &r, 1, &to, &err));
    assert_int_equal(notes, 2);
    assert_string_equal(noted[0],
                        "tensor blk.2.ffn_down.weight: 2 values are not finite and stay so");
    assert_string_equal(noted[1],
                        "tensor blk.2.ffn_down.weight: 2 of 11008 values are too small for "
                        "F16 and become 0");
    notes = 0;
    check_ok(spx_ckpt_fit(c, &bf16, 1, &to, &err));
    assert_int_equal(notes, 1);
    check_survives_oom(spx_ckpt_fit(c, &r, 1, NULL, NULL));
    spx_ckpt_close(c);
}

/* A block whose scale becomes 0 has vanished; a value that its block rounds to 0 has not. */
static void test_blocks_vanish_whole(void **state)
{
    (void)state;
    spx_error err = {0};
    float x[8 * 64] = {1e-7F, 2e-7F, 0};
    const spx_notify to = {.note = keep_note};
    const spx_replacement r = {"x.small", x, SPX_Q8_0};
    spx_ckpt *c = open_file(DATA "encode.gguf");
    x[32] = 1;
    x[33] = 1e-7F;
    notes = 0;
    check_ok(spx_ckpt_fit(c, &r, 1, &to, &err));
    assert_int_equal(notes, 1);
    assert_non_null(strstr(noted[0], ": 2 of "));
    spx_ckpt_close(c);
}

/* A folder that is there must be empty, and what fails leaves it as it was. A folder that an export
 * left half-filled is begun anew. */
static void test_folders_are_whole(void **state)
{
    (void)state;
    spx_error err = {0};
    float x[48] = {1, 2, 3};
    const spx_replacement r = {"model.layers.1.mlp.down_proj.weight", x, SPX_F32};
    spx_ckpt *c = open_file(DATA "sharded");
    assert_int_equal(mkdir("edited", 0777), 0);
    assert_int_equal(mkdir(shards[2], 0777), 0);
    assert_int_equal(spx_ckpt_write(c, &r, 1, "edited", &err), SPX_EINVAL);
    assert_string_equal(err.text, "edited: exists (expected a new or an empty folder)");
    assert_int_equal(rmdir(shards[2]), 0);
    assert_int_equal(access("edited/model-00001-of-00002.safetensors.part", F_OK), -1);
    assert_int_equal(access("edited/model.safetensors.index.json.part", F_OK), -1);
    check_ok(spx_ckpt_write(c, &r, 1, "edited", &err));
    remove_all(shards);
    assert_int_equal(mkdir("edited.part", 0777), 0);
    write_file("edited.part/left.safetensors", "x", 1);
    check_ok(spx_ckpt_write(c, &r, 1, "edited/", &err));
    assert_int_equal(access("edited.part", F_OK), -1);
    remove_all(shards); /* nothing else is in it */
    write_file("edited", "x", 1);
    err = (spx_error){0};
    assert_int_equal(spx_ckpt_write(c, &r, 1, "edited", &err), SPX_EIO);
    assert_string_equal(err.text, "edited: Not a directory");
    remove("edited");
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_gguf_with_another_type),
        cmocka_unit_test(test_split_gguf),
        cmocka_unit_test(test_gguf_v2),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_safetensors_laid_out_anew),
        cmocka_unit_test(test_not_over_itself),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_survives_oom),
        cmocka_unit_test(test_overflow_is_refused),
        cmocka_unit_test(test_losses_are_noted),
        cmocka_unit_test(test_blocks_vanish_whole),
        cmocka_unit_test(test_folders_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
