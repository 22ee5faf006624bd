/* test_formats.c: what a checkpoint says of itself: format, stage, metadata, change since opening.
 */
#include "ckpt_files.h"

#include "spx/export.h"
#include "spx/file.h"
#include "spx/store.h"

#include <string.h>

static void a_checkpoint_knows_its_format(void **state)
{
    (void)state;
    static const struct {
        const char *path, *format;
        bool gguf;
    } want[] = {
        {DATA "tiny.gguf", "gguf", true},
        {DATA "split-00001-of-00002.gguf", "gguf", true},
        {DATA "state.safetensors", "safetensors", false},
        {DATA "sharded", "index", false},
        {DATA "state.pt", "zip", false},
        {DATA "packed.npz", "zip", false},
        {DATA "alone.npy", "npy", false},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        spx_ckpt *c = open_file(want[i].path);
        assert_string_equal(spx_ckpt_format(c), want[i].format);
        assert_int_equal(spx_ckpt_is_gguf(c), want[i].gguf);
        assert_false(spx_ckpt_holds_edits_only(c));
        assert_non_null(strstr(spx_ckpt_path(c), want[i].path)); /* a folder: the file in it */
        spx_ckpt_close(c);
    }
}

/* Formats that can be written, and types: a quantised type only in GGUF. */
static void a_format_knows_what_it_can_write(void **state)
{
    (void)state;
    static const struct {
        const char *path, *tensor, *out;
        spx_dtype dtype;
        spx_status want;
    } cases[] = {
        {DATA "encode.gguf", "x", "w.gguf", SPX_F16, SPX_OK},
        {DATA "encode.gguf", "x", "w.gguf", SPX_Q8_0, SPX_OK},
        {DATA "encode.gguf", "x", "w.gguf", SPX_I32, SPX_EUNSUP},
        {DATA "state.safetensors", "b.float", "w.safetensors", SPX_BF16, SPX_OK},
        {DATA "state.safetensors", "b.float", "w.safetensors", SPX_Q8_0, SPX_EUNSUP},
        {DATA "packed.npz", "b-float", "w.npz", SPX_F32, SPX_EUNSUP},
        {DATA "alone.npy", "alone", "w.npy", SPX_F32, SPX_EUNSUP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static float x[4096];
        spx_ckpt *c = open_file(cases[i].path);
        const spx_replacement r = {cases[i].tensor, x, cases[i].dtype};
        if (spx_ckpt_write(c, &r, 1, cases[i].out, NULL) != cases[i].want)
            fail_msg("%s as %s", cases[i].path, spx_dtype_name(cases[i].dtype));
        assert_int_equal(access(cases[i].out, F_OK) == 0, cases[i].want == SPX_OK);
        remove(cases[i].out);
        spx_ckpt_close(c);
    }
}

static void a_stage_is_named_after_its_run_file(void **state)
{
    (void)state;
    char file[16];
    assert_string_equal(spx_ckpt_stage("runs/a.h5#r1", file, sizeof file), "r1");
    assert_string_equal(file, "runs/a.h5");
    assert_string_equal(spx_ckpt_stage("a.h5#", NULL, 0), "");
    assert_null(spx_ckpt_stage("a.h5", NULL, 0));
    assert_null(spx_ckpt_stage("a.gguf#r1", NULL, 0));
}

static spx_status open_floats(spx_floats *m, spx_ckpt **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&m[0].data, 6, err));
    SPX_TRY(SPX_NEW(&m[1].data, 2, err));
    SPX_TRY(spx_ckpt_from_floats("a.h5#r1", m, 2, out, err));
    assert_null(m[0].data);
    assert_null(m[1].data);
out:
    for (size_t i = 0; i < 2; i++) spx_free(m[i].data);
    m[0].data = m[1].data = NULL;
    return st;
}

/* A stage made in memory is what one that was stored is. */
static void matrices_in_memory_are_a_stage(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_floats m[] = {{.name = "b", .rows = 2, .cols = 3}, {.name = "a", .rows = 1, .cols = 2}};
    check_ok(open_floats(m, &c, &err));
    assert_string_equal(spx_ckpt_format(c), "run");
    assert_true(spx_ckpt_holds_edits_only(c));
    assert_string_equal(spx_ckpt_path(c), "a.h5#r1");
    assert_int_equal(spx_ckpt_count(c), 2);
    assert_string_equal(spx_ckpt_at(c, 0)->name, "b");
    assert_int_equal(spx_tensor_cols(spx_ckpt_find(c, "b")), 3);
    check_ok(spx_ckpt_check(c, &err));
    assert_int_equal(spx_ckpt_write(c, NULL, 0, "no.gguf", NULL), SPX_EUNSUP);
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, open_floats(m, &c, &err)));
    spx_ckpt_close(c);
    m[1].name = "b";
    assert_int_equal(open_floats(m, &c, &err), SPX_EFORMAT);
    assert_string_equal(err.text, "a.h5#r1: tensor b appears twice");
    assert_null(c);
}

static void a_stored_stage_holds_edits_only(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    static const float w[] = {1, 2};
    remove("formats.h5");
    check_ok(spx_store_open("formats.h5", SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_put_floats(s, "snapshots/r1", "a|b", w, 1, 2, &err));
    check_ok(spx_store_commit(&s, &err));
    spx_ckpt *c = open_file("formats.h5#r1");
    assert_true(spx_ckpt_holds_edits_only(c));
    assert_false(spx_ckpt_is_gguf(c));
    assert_non_null(spx_ckpt_find(c, "a/b"));
    check_ok(spx_ckpt_check(c, &err));
    assert_int_equal(spx_ckpt_write(c, NULL, 0, "no.gguf", &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, "format run cannot be written"));
    spx_ckpt_close(c);
    err = (spx_error){0};
    assert_int_equal(spx_ckpt_open("formats.h5#r2", &c, &err), SPX_ENOTFOUND);
    assert_string_equal(err.text, "formats.h5: no weights stored for stage 'r2'");
    err = (spx_error){0};
    assert_int_equal(spx_ckpt_open("formats.h5", &c, &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, "name a stage of a run file as formats.h5#STAGE"));
    remove("formats.h5");
}

static void metadata_are_of_one_kind(void **state)
{
    (void)state;
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    double x = 0;
    size_t n = 0, types = 0;
    assert_string_equal(spx_ckpt_text(c, "general.architecture"), "llama");
    assert_true(spx_ckpt_number(c, "llama.block_count", &x) && x == 5);
    const char *const *token = spx_ckpt_texts(c, "tokenizer.ggml.tokens", &n);
    assert_int_equal(n, 512);
    assert_string_equal(token[0], "<|endoftext|>");
    assert_non_null(spx_ckpt_numbers(c, "tokenizer.ggml.token_type", &types));
    assert_int_equal(types, n);
    assert_null(spx_ckpt_numbers(c, "tokenizer.ggml.tokens", &n));
    assert_int_equal(n, 0);
    assert_null(spx_ckpt_text(c, "llama.block_count"));
    assert_false(spx_ckpt_number(c, "general.architecture", &x));
    assert_null(spx_ckpt_texts(c, "absent", &n));
    assert_int_equal(n, 0);
    spx_ckpt_close(c);
}

static void a_file_changed_since_it_was_opened_is_named(void **state)
{
    (void)state;
    spx_error err = {0};
    check_ok(spx_file_copy(DATA "alone.npy", "changed.npy", &err));
    spx_ckpt *c = open_file("changed.npy");
    check_ok(spx_ckpt_check(c, &err));
    FILE *f = fopen("changed.npy", "ab");
    assert_non_null(f);
    assert_int_equal(fputc('x', f), 'x');
    assert_int_equal(fclose(f), 0);
    assert_int_equal(spx_ckpt_check(c, &err), SPX_EIO);
    assert_non_null(strstr(err.text, "changed.npy"));
    spx_ckpt_close(c);
    remove("changed.npy");
}

/* unit: half the distance from 1 to the next number, so that 1 + unit is a tie; least: the smallest
 * number that is not rounded to 0. */
static void roundoff_is_that_of_the_type(void **state)
{
    (void)state;
    double unit = 0, least = 0;
    assert_true(spx_dtype_rounding(SPX_BF16, &unit, &least));
    assert_true(spx_round_bf16(1 + (float)unit) == 1);
    assert_true(spx_round_bf16(1 + 1.25F * (float)unit) == 1 + 2 * (float)unit);
    assert_true(spx_round_bf16((float)least) == (float)least);
    assert_true(spx_round_bf16((float)least / 2) == 0);
    assert_true(spx_dtype_rounding(SPX_F64, &unit, &least) && unit == DBL_EPSILON / 2);
    assert_true(spx_dtype_rounding(SPX_F32, &unit, &least) && unit == (double)FLT_EPSILON / 2);
    assert_false(spx_dtype_rounding(SPX_I8, &unit, &least));
    assert_false(spx_dtype_rounding(SPX_Q4_0, &unit, &least));
    assert_true(spx_dtype_writable(SPX_Q8_0) && spx_dtype_writable(SPX_F64));
    assert_false(spx_dtype_writable(SPX_Q4_0) || spx_dtype_writable(SPX_DTYPES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_knows_its_format),
        cmocka_unit_test(a_format_knows_what_it_can_write),
        cmocka_unit_test(a_stage_is_named_after_its_run_file),
        cmocka_unit_test(matrices_in_memory_are_a_stage),
        cmocka_unit_test(a_stored_stage_holds_edits_only),
        cmocka_unit_test(metadata_are_of_one_kind),
        cmocka_unit_test(a_file_changed_since_it_was_opened_is_named),
        cmocka_unit_test(roundoff_is_that_of_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
