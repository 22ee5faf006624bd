/* test_quantised.c: quantised weights as the methods' public code reads them. */
#include "quantised_files.h"

#include "spx/names.h"

#include <math.h>

/* Equal, or neighbours among the floats. */
static bool close_enough(float x, float want)
{
    if (isnan(want)) return isnan(x);
    return x == want || nextafterf(x, want) == want;
}

static void check_block(const spx_tensor *t, const float *want, size_t r0, size_t rows)
{
    const size_t cols = spx_tensor_cols(t);
    float *got = malloc(rows * cols * sizeof *got);
    double *wide = malloc(rows * cols * sizeof *wide);
    spx_tensor_read_float(t, r0, rows, got);
    spx_tensor_read(t, r0, rows, wide);
    for (size_t i = 0; i < rows * cols; i++) {
        const float expected = want[r0 * cols + i];
        if (!close_enough(got[i], expected))
            fail_msg("%s (%zu, %zu) is %.9g, not %.9g", t->name, r0 + i / cols, i % cols,
                     (double)got[i], (double)expected);
        assert_true(wide[i] == (double)got[i] || isnan(got[i]));
    }
    free(wide);
    free(got);
}

static void check_panels(const spx_tensor *t, const float *want)
{
    spx_error err = {0};
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    for (int turned = 0; turned < 2; turned++) {
        spx_panels W;
        spx_mat A;
        check_ok(spx_tensor_panels(t, turned ? SPX_T : SPX_N, &W, &err));
        check_ok(spx_mat_alloc(&A, W.rows, W.cols, &err));
        check_ok(spx_panels_copy(&W, &A, &err));
        for (size_t i = 0; i < rows * cols; i++) {
            const double x = A.data[turned ? i % cols * rows + i / cols : i];
            assert_true(close_enough((float)x, want[i]));
        }
        spx_mat_free(&A);
    }
}

/* The tensor NAME.expected of NAME.weight or NAME. */
static const spx_tensor *expected_of(const spx_ckpt *c, const spx_tensor *t)
{
    char name[256];
    const char *end = strstr(t->name, ".weight");
    const int n = end && !end[7] ? (int)(end - t->name) : (int)strlen(t->name);
    snprintf(name, sizeof name, "%.*s.expected", n, t->name);
    return spx_ckpt_find(c, name);
}

static void check_golden(const spx_ckpt *c, const spx_tensor *t)
{
    const spx_tensor *e = expected_of(c, t);
    const size_t rows = spx_tensor_rows(t);
    if (t->unreadable) fail_msg("%s: %s", t->name, t->unreadable);
    assert_non_null(e);
    assert_int_equal(spx_tensor_rows(e), rows);
    assert_int_equal(spx_tensor_cols(e), spx_tensor_cols(t));
    float *want = malloc(rows * spx_tensor_cols(t) * sizeof *want);
    spx_tensor_read_float(e, 0, rows, want);
    check_block(t, want, 0, rows);
    check_block(t, want, rows / 3, 1);
    check_block(t, want, rows / 2, rows - rows / 2);
    check_panels(t, want);
    free(want);
}

/* Every quantised tensor against its golden; returns how many there are. */
static size_t check_file(const char *path, const char *skip)
{
    spx_ckpt *c = open_file(path);
    size_t n = 0;
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *one = spx_ckpt_at(c, i), *t = one->of ? one->of : one;
        if (strstr(one->name, ".expected") || (one->of && !spx_ends_with(one->name, "[0]")))
            continue;
        if (!t->quantised && strcmp(t->name, skip) != 0 && !strstr(path, ".gguf"))
            fail_msg("%s: %s is listed: %s", path, t->name, t->unreadable ? t->unreadable : "");
        check_golden(c, t);
        n++;
    }
    spx_ckpt_close(c);
    return n;
}

static void values_are_those_of_the_public_code(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t weights;
    } files[] = {
        {QUANTISED "fp8.safetensors", 15},
        {QUANTISED "fp8_config/model.safetensors", 1},
        {QUANTISED "int8.safetensors", 2},
        {QUANTISED "bnb4.safetensors", 12},
        {QUANTISED "gptq.safetensors", 10},
        {QUANTISED "gptq_v2/model.safetensors", 1},
        {QUANTISED "awq", 1},
        {QUANTISED "packed.safetensors", 5},
        {QUANTISED "fp4.safetensors", 7},
        {QUANTISED "iq.gguf", 12},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(check_file(files[i].path, "plain_e8m0.weight"), files[i].weights);
}

static void weights_are_listed_with_their_companions(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *type, *companions;
        size_t rows, cols;
    } cases[] = {
        {"fp8.safetensors", "e4m3.block.weight", "F8_E4M3 / 128x128 blocks",
         "weight_scale_inv scale", 130, 136},
        {"fp8.safetensors", "row1d.weight", "F8_E4M3 / per row", "weight_scale scale", 6, 20},
        {"fp8.safetensors", "tensor.weight", "F8_E4M3 / per tensor", "weight_scale scale", 6, 20},
        {"fp8.safetensors", "bf16.weight", "F8_E4M3 / per row",
         "weight_scale scale input_scale not needed", 6, 20},
        {"fp8.safetensors", "mxfp8.weight", "F8_E4M3 / groups of 32", "weight_scale scale", 2, 160},
        {"fp8_config", "a.weight", "F8_E4M3 / 32x32 blocks", "weight_scale_inv scale", 100, 70},
        {"int8.safetensors", "llm.weight", "LLM.int8 / per row", "SCB scale weight_format layout",
         10, 48},
        {"bnb4.safetensors", "nf4n_128.weight", "NF4 / groups of 64, scales quantised", NULL, 16,
         128},
        {"gptq.safetensors", "b3act.weight", "GPTQ INT3 / groups of 32 by g_idx", NULL, 32, 96},
        {"gptq.safetensors", "transformer.h.0.mlp.c_proj.weight",
         "GPTQ INT4 / groups of 32 by g_idx", NULL, 64, 32},
        {"gptq_v2", "a.weight", "GPTQ v2 INT4 / groups of 64 by g_idx", NULL, 32, 64},
        {"awq", "a.weight", "AWQ INT4 / groups of 32", "scales scale qzeros zero point", 8, 544},
        {"packed.safetensors", "int4z.weight", "INT4 packed / groups of 32", NULL, 10, 96},
        {"fp4.safetensors", "nvfp4.weight", "NVFP4 / groups of 16",
         "weight_scale scale weight_global_scale scale of scales", 6, 64},
        {"fp4.safetensors", "model.layers.0.mlp.experts.down_proj", "MXFP4 / groups of 32", NULL,
         (size_t)3 * 64, 8},
        {"fp4.safetensors", "block.0.mlp.mlp1_weight", "MXFP4 / groups of 32", NULL, (size_t)3 * 8,
         64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[256], listed[256] = "";
        snprintf(path, sizeof path, QUANTISED "%s", cases[i].path);
        spx_ckpt *c = open_file(path);
        const spx_tensor *t = spx_ckpt_find(c, cases[i].name);
        assert_non_null(t);
        assert_int_equal(t->dtype, SPX_QUANTISED);
        assert_string_equal(spx_tensor_type(t), cases[i].type);
        assert_int_equal(spx_tensor_rows(t), cases[i].rows);
        assert_int_equal(spx_tensor_cols(t), cases[i].cols);
        for (size_t k = 0; k < spx_tensor_companions(t); k++) {
            const char *use = NULL;
            const spx_tensor *other = spx_tensor_companion(t, k, &use);
            const size_t used = strlen(listed);
            snprintf(listed + used, sizeof listed - used, "%s%s %s", used ? " " : "",
                     strrchr(other->name, '.') + 1, use);
            assert_null(spx_ckpt_find(c, other->name));
        }
        if (cases[i].companions) assert_string_equal(listed, cases[i].companions);
        spx_ckpt_close(c);
    }
}
/* A scale is applied as it is: 0 and below are values, NaN and infinity make values that are named.
 */
static void scales_that_are_not_finite_are_named(void **state)
{
    (void)state;
    static const float scales[] = {0, -2, NAN, INFINITY};
    static const unsigned char codes[4] = {0x38, 0x40, 0xb8, 0x30}; /* 1, 2, -1, 0.5 */
    for (size_t i = 0; i < 4; i++) {
        const entry e[] = {{"x.weight", "F8_E4M3", 2, {2, 2}, 1, codes},
                           {"x.weight_scale", "F32", 1, {1}, 4, &scales[i]}};
        spx_error err = {0};
        spx_mat A = {0};
        spx_ckpt *c = open_entries(e, 2, NULL);
        const spx_status st = spx_tensor_matrix(spx_ckpt_find(c, "x.weight"), &A, &err);
        if (i < 2) {
            check_ok(st);
            assert_true(A.data[1] == 2 * (double)scales[i] && A.data[2] == -(double)scales[i]);
        } else {
            assert_int_equal(st, SPX_ENUMERIC);
            assert_non_null(strstr(err.text, "tensor x.weight: entry (0, 0) is not finite"));
        }
        spx_mat_free(&A);
        spx_ckpt_close(c);
    }
}

/* Equal codes with other scales are another weight: in its bytes and in its hash. */
static void companions_count_as_bytes(void **state)
{
    (void)state;
    static const float one = 1, two = 2;
    char hash[3][SPX_SHA256_HEX];
    spx_ckpt *c[3];
    spx_error err = {0};
    for (size_t i = 0; i < 3; i++) {
        const entry e[] = {FP8("x.weight", 2, 2),
                           {"x.weight_scale", "F32", 1, {1}, 4, i == 1 ? &two : &one}};
        c[i] = open_entries(e, 2, NULL);
        check_ok(spx_ckpt_sha256(c[i], spx_ckpt_at(c[i], 0), hash[i], &err));
    }
    assert_string_not_equal(hash[0], hash[1]);
    assert_string_equal(hash[0], hash[2]);
    assert_false(spx_tensor_same_bytes(spx_ckpt_at(c[0], 0), spx_ckpt_at(c[1], 0)));
    assert_true(spx_tensor_same_bytes(spx_ckpt_at(c[0], 0), spx_ckpt_at(c[2], 0)));
    for (size_t i = 0; i < 3; i++) spx_ckpt_close(c[i]);
}
/* Scales of eight bits are no codes, whatever config.json says of such tensors without scales. */
static void scales_of_eight_bits_are_no_codes(void **state)
{
    (void)state;
    static const entry e[] = {{"x.weight_scale", "F8_E4M3", 2, {4, 1}, 1, NULL},
                              BYTES("x.weight", 2, 4, 8),
                              F32("x.weight_scale_2", 1, 1)};
    spx_ckpt *c = open_entries(e, 3, "{\"quantization_config\": {\"quant_method\": \"modelopt\"}}");
    const spx_tensor *t = spx_ckpt_at(c, 0);
    const char *use = NULL;
    assert_int_equal(spx_ckpt_count(c), 1);
    assert_string_equal(spx_tensor_type(t), "NVFP4 / groups of 16");
    for (size_t i = 0; i < spx_tensor_companions(t); i++)
        assert_null(spx_tensor_companion(t, i, &use)->unreadable);
    spx_ckpt_close(c);
}

/* A matrix of a quantised stack reads its own rows, also where the stack is stored turned. */
static void experts_of_a_stack_are_read(void **state)
{
    (void)state;
    spx_ckpt *c = open_file(QUANTISED "fp4.safetensors");
    const spx_tensor *stack = spx_ckpt_find(c, "model.layers.0.mlp.experts.down_proj");
    const spx_tensor *one = spx_ckpt_find(c, "model.layers.0.mlp.experts.down_proj[2]");
    assert_true(stack && one && one->of == stack && one->dtype == SPX_QUANTISED);
    float all[3 * 64 * 8], some[8];
    spx_tensor_read_float(stack, 0, (size_t)3 * 64, all);
    for (size_t i = 0; i < 64; i++) {
        spx_tensor_read_float(one, i, 1, some);
        assert_memory_equal(some, all + ((size_t)2 * 64 + i) * 8, sizeof some);
    }
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_public_code),
        cmocka_unit_test(weights_are_listed_with_their_companions),
        cmocka_unit_test(scales_that_are_not_finite_are_named),
        cmocka_unit_test(companions_count_as_bytes),
        cmocka_unit_test(scales_of_eight_bits_are_no_codes),
        cmocka_unit_test(experts_of_a_stack_are_read),
    };
    return cmocka_run_group_tests_name("quantised", tests, make_folder, remove_folder);
}
