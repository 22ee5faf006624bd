/* test_quantised.c: quantised weights as the methods' public code reads them, and those that must be refused. */
#include "ckpt_files.h"
#include "files/quantised.h"

#include "spx/export.h"
#include "spx/file.h"
#include "spx/json.h"
#include "spx/names.h"

#include <float.h>
#include <math.h>
#include <unistd.h>

#define QUANTISED DATA "quantised/"

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
        {QUANTISED "fp8.safetensors", 14},
        {QUANTISED "fp8_config/model.safetensors", 1},
        {QUANTISED "int8.safetensors", 2},
        {QUANTISED "bnb4.safetensors", 8},
        {QUANTISED "gptq.safetensors", 9},
        {QUANTISED "gptq_v2/model.safetensors", 1},
        {QUANTISED "awq", 1},
        {QUANTISED "packed.safetensors", 4},
        {QUANTISED "fp4.safetensors", 6},
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
        {"awq", "a.weight", "AWQ INT4 / groups of 32", "scales scale qzeros zero point", 24, 64},
        {"packed.safetensors", "int4z.weight", "INT4 packed / groups of 32", NULL, 10, 96},
        {"fp4.safetensors", "nvfp4.weight", "NVFP4 / groups of 16",
         "weight_scale scale weight_global_scale scale of scales", 6, 64},
        {"fp4.safetensors", "model.layers.0.mlp.experts.down_proj", "MXFP4 / groups of 32", NULL,
         3 * 64, 8},
        {"fp4.safetensors", "block.0.mlp.mlp1_weight", "MXFP4 / groups of 32", NULL, 3 * 8, 64},
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

/* A tensor of a file that is made here: of zeros, or of what `data` holds. */
typedef struct entry {
    const char *name, *dtype;
    size_t ndim, shape[3], size; /* of a value, in bytes */
    const void *data;
} entry;

static size_t entry_bytes(const entry *e)
{
    size_t n = e->size;
    for (size_t i = 0; i < e->ndim; i++) n *= e->shape[i];
    return n;
}

/* A safetensors file of the entries that have a name. */
static void make_file(const char *path, const entry *e, size_t n)
{
    static unsigned char bytes[1 << 16];
    char *head = (char *)bytes + 8;
    size_t used = 1, at = 0;
    memset(bytes, 0, sizeof bytes);
    head[0] = '{';
    for (size_t i = 0; i < n; i++) {
        if (!e[i].name) continue;
        used += (size_t)snprintf(head + used, 4096, "%s\"%s\": {\"dtype\": \"%s\", \"shape\": [",
                                 at ? ", " : "", e[i].name, e[i].dtype);
        for (size_t k = 0; k < e[i].ndim; k++)
            used += (size_t)snprintf(head + used, 32, "%s%zu", k ? ", " : "", e[i].shape[k]);
        used += (size_t)snprintf(head + used, 96, "], \"data_offsets\": [%zu, %zu]}", at,
                                 at + entry_bytes(&e[i]));
        at += entry_bytes(&e[i]);
    }
    head[used++] = '}';
    for (size_t i = 0; i < 8; i++) bytes[i] = (unsigned char)(used >> (8 * i));
    at = 8 + used;
    for (size_t i = 0; i < n; i++) {
        if (!e[i].name) continue;
        memset(bytes + at, 0, entry_bytes(&e[i]));
        if (e[i].data) memcpy(bytes + at, e[i].data, entry_bytes(&e[i]));
        at += entry_bytes(&e[i]);
    }
    write_file(path, bytes, at);
}

static char folder[] = "/tmp/spx-quantised-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/config.json", folder);
    (void)remove(path);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    (void)remove(path);
    return rmdir(folder);
}

/* The checkpoint of these entries, with this config.json or none. */
static spx_ckpt *open_entries(const entry *e, size_t n, const char *config)
{
    char path[64];
    snprintf(path, sizeof path, "%s/config.json", folder);
    (void)remove(path);
    if (config) write_file(path, config, strlen(config));
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    (void)remove(path); /* what is still mapped keeps its bytes */
    make_file(path, e, n);
    return open_file(path);
}

/* The first tensor of `e`, in a checkpoint with this config.json, must be refused with this reason;
 * NULL: its values are known. */
static void check_refusal(const entry *e, size_t n, const char *config, const char *reason)
{
    spx_error err = {0};
    char path[64];
    spx_mat A = {0};
    spx_ckpt *c = open_entries(e, n, config);
    const spx_tensor *t = spx_ckpt_find(c, e[0].name);
    if (!reason) {
        for (size_t i = 0; i < spx_ckpt_count(c); i++)
            check_ok(spx_tensor_want_weights(spx_ckpt_at(c, i), &err));
    } else {
        assert_non_null(t);
        const spx_status st = spx_tensor_matrix(t, &A, &err);
        if (st != SPX_EUNSUP || !strstr(err.text, reason))
            fail_msg("%s: \"%s\", expected \"%s\"", e[0].name, err.text, reason);
        assert_non_null(strstr(err.text, e[0].name));
        spx_mat_free(&A);
    }
    spx_ckpt_close(c);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    open_and_read(path);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(path, &c, &err)));
    spx_ckpt_close(c);
}

#define FP8(name, r, c)                     \
    {                                       \
        name, "F8_E4M3", 2, {r, c}, 1, NULL \
    }
#define F32(name, d, ...)                      \
    {                                          \
        name, "F32", d, {__VA_ARGS__}, 4, NULL \
    }
#define BYTES(name, d, ...)                   \
    {                                         \
        name, "U8", d, {__VA_ARGS__}, 1, NULL \
    }
#define WORDS(name, r, c)               \
    {                                   \
        name, "I32", 2, {r, c}, 4, NULL \
    }

static void companions_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        entry e[5];
        const char *config, *reason;
    } cases[] = {
        {{FP8("x.weight", 4, 6), F32("x.weight_scale", 2, 3, 1)},
         NULL,
         "x.weight_scale is 3x1 (expected"},
        {{FP8("x.weight", 4, 6), F32("x.weight_scale", 1, 6)},
         NULL,
         "x.weight_scale is 6 (expected"},
        {{FP8("x.weight", 4, 6), F32("x.weight_scale", 3, 1, 4, 2)},
         NULL,
         "x.weight_scale is 1x4x2"},
        {{FP8("x.weight", 4, 6), {"x.weight_scale", "I32", 1, {4}, 4, NULL}},
         NULL,
         "x.weight_scale has type I32"},
        {{FP8("x.weight", 4, 6), F32("x.weight_scale", 1, 4), F32("x.weight_scale_inv", 1, 4)},
         NULL,
         "x.weight_scale_inv and x.weight_scale could both be its scale"},
        {{FP8("x.weight", 4, 6), F32("x.weight_scale", 1, 4), F32("x.weight_qscale", 1, 4)},
         NULL,
         "a companion that is not understood: x.weight_qscale"},
        {{FP8("x.weight", 4, 6), F32("x.scale_b", 1, 4)},
         NULL,
         "a companion that is not understood: x.scale_b"},
        {{FP8("x.weight", 4, 6), F32("x.input_scale", 1, 1), F32("x.bias", 1, 4)}, NULL, NULL},
        {{FP8("x.weight", 4, 6)}, NULL, NULL},
        {{F32("x.weight_scale", 1, 4)}, NULL, NULL},
        {{{"x.weight", "I8", 2, {4, 6}, 1, NULL}}, NULL, "holds integers (I8)"},
        {{{"x.weight", "I8", 2, {4, 6}, 1, NULL}, F32("x.SCB", 1, 6)},
         NULL,
         "x.SCB is 6 (expected"},
        {{{"x.weight", "I8", 2, {4, 6}, 1, NULL},
          F32("x.SCB", 1, 4),
          {"x.weight_format", "U8", 0, {0}, 1, "\2"}},
         NULL,
         "x.weight_format is 2: rows are tiled for a GPU"},
        {{{"x.weight", "I8", 2, {4, 6}, 1, NULL},
          F32("x.weight_scale", 1, 4),
          {"x.weight_zero_point", "I8", 1, {3}, 1, NULL}},
         NULL,
         "x.weight_zero_point is 3 (expected"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 2, 1),
          {"x.scales", "F16", 2, {2, 7}, 2, NULL}},
         NULL,
         "holds integers"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 3, 1),
          {"x.scales", "F16", 2, {2, 8}, 2, NULL}},
         NULL,
         "x.qzeros is 3x1 (expected 2x1 words)"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 21, 1),
          {"x.scales", "F16", 2, {21, 8}, 2, NULL}},
         NULL,
         "21 groups for 32 inputs"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 2, 5),
          {"x.scales", "F16", 2, {2, 8}, 2, NULL}},
         NULL,
         "qzeros has 5 words for 8 columns"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 2, 1),
          {"x.scales", "F16", 2, {2, 8}, 2, NULL},
          {"x.g_idx", "I32", 1, {40}, 4, NULL}},
         NULL,
         "qweight has 4 words of 4-bit codes for 40 inputs (expected 5)"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 2, 1),
          {"x.scales", "F16", 2, {2, 8}, 2, NULL},
          {"x.g_idx",
           "I32",
           1,
           {32},
           4,
           "\0\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
           "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
           "\0\0\0"}},
         NULL,
         "x.g_idx[2] is 2 (expected a group below 2)"},
        {{WORDS("x.qweight", 4, 8),
          WORDS("x.qzeros", 2, 1),
          {"x.scales", "F16", 2, {2, 8}, 2, NULL},
          F32("x.weight", 2, 8, 32)},
         NULL,
         "there is x.weight besides"},
        {{WORDS("x.weight_packed", 4, 2), F32("x.weight_scale", 2, 4, 1)},
         NULL,
         "weight_shape is missing"},
        {{WORDS("x.weight_packed", 4, 2),
          F32("x.weight_scale", 2, 4, 1),
          {"x.weight_shape", "I64", 1, {2}, 8, "\5\0\0\0\0\0\0\0\20\0\0\0\0\0\0"}},
         NULL,
         "weight_shape is 5 x 16, but x.weight_packed has 4 rows"},
        {{WORDS("x.weight_packed", 4, 2),
          F32("x.weight_scale", 2, 4, 1),
          {"x.weight_shape", "I64", 1, {2}, 8, "\4\0\0\0\0\0\0\0\1\0\0\0\0\0\0"}},
         NULL,
         "2 words for 1 columns fit no code"},
        {{BYTES("x.weight_packed", 2, 4, 8), {"x.weight_scale", "F8_E4M3", 2, {4, 1}, 1, NULL}},
         NULL,
         "neither weight_global_scale nor weight_scale_2"},
        {{BYTES("x.weight_packed", 2, 4, 8),
          {"x.weight_scale", "F8_E4M3", 2, {4, 2}, 1, NULL},
          F32("x.weight_global_scale", 1, 1)},
         NULL,
         "x.weight_scale is 4x2 (expected 1 for each of 4 rows)"},
        {{BYTES("x_blocks", 3, 4, 1, 8), BYTES("x_scales", 2, 4, 1)},
         NULL,
         "x_blocks is 4x1x8 (expected 16 bytes"},
        {{BYTES("x_blocks", 3, 4, 1, 16), BYTES("x_scales", 2, 4, 2)},
         NULL,
         "x_scales is 4x2 (expected 1 for each of 4"},
        {{BYTES("x.weight", 2, 4, 1),
          {"x.weight.quant_state.bitsandbytes__nf4", "U8", 1, {4}, 1, "{\"a\""}},
         NULL,
         "x.weight.quant_state.bitsandbytes__nf4: line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_refusal(cases[i].e, 5, cases[i].config, cases[i].reason);
}

/* NF4 codes of 2 x 4 values, with what is wrong with their state, map or scales. */
static void states_of_bitsandbytes_are_checked(void **state)
{
    (void)state;
    float map[16];
    spx_ckpt *good = open_file(QUANTISED "bnb4.safetensors");
    const spx_tensor *w = spx_ckpt_find(good, "nf4_128.weight");
    spx_tensor_read_float(w->quantised->map, 0, 1, map);
    spx_ckpt_close(good);
    float other[16];
    memcpy(other, map, sizeof other);
    other[3] = 0.5F;
    static const struct {
        const char *state, *reason;
        const char *absmax;
        size_t absmaxes, values;
        bool other_map;
    } cases[] = {
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4], 'dtype': 'float32'}", NULL, "F32",
         2, 16, 0},
        {"{'quant_type': 'fp4', 'blocksize': 4, 'shape': [2, 4]}", "quant_type fp4 (expected nf4)",
         "F32", 2, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 0, 'shape': [2, 4]}", "no valid blocksize", "F32", 2,
         16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 1e30, 'shape': [2, 4]}", "no valid blocksize", "F32",
         2, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 5]}",
         "4 bytes of codes for 2 x 5 values", "F32", 2, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [1e12, 1e12]}",
         "codes for 1000000000000 x", "F32", 2, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [8]}", "shape in quant_state is not two",
         "F32", 2, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}",
         "x.weight.absmax is 3 (expected 2)", "F32", 3, 16, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}",
         "x.weight.quant_map is 8 (expected 16)", "F32", 2, 8, 0},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}", "x.weight.quant_map[3] is 0.5",
         "F32", 2, 16, 1},
        {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}", "nested_absmax is missing", "U8",
         2, 16, 0},
        {"[]", "quant_type of no name", "F32", 2, 16, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cases[i].state);
        for (char *at = text; *at; at++) *at = *at == '\'' ? '"' : *at;
        const entry e[] = {
            BYTES("x.weight", 2, 4, 1),
            {"x.weight.quant_state.bitsandbytes__nf4", "U8", 1, {strlen(text)}, 1, text},
            {"x.weight.quant_map",
             "F32",
             1,
             {cases[i].values},
             4,
             cases[i].other_map ? other : map},
            {"x.weight.absmax",
             cases[i].absmax,
             1,
             {cases[i].absmaxes},
             *cases[i].absmax == 'F' ? 4 : 1,
             NULL},
        };
        check_refusal(e, 4, NULL, cases[i].reason);
    }
}

static void the_configuration_must_agree(void **state)
{
    (void)state;
    static const entry fp8[] = {FP8("a.x.weight", 4, 6), F32("a.x.weight_scale_inv", 2, 1, 1)};
    static const entry plain[] = {FP8("a.x.weight", 4, 6)};
    static const entry gptq[] = {
        WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 2, 1), {"x.scales", "F16", 2, {2, 8}, 2, NULL}};
    static const entry int8[] = {{"x.weight", "I8", 2, {4, 6}, 1, NULL}, F32("x.SCB", 1, 4)};
    static const struct {
        const entry *e;
        size_t n;
        const char *config, *reason;
    } cases[] = {
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [128, "
         "128]}}",
         NULL},
        {fp8, 2, "{\"model_type\": \"llama\"}", NULL},
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [2, 2]}}",
         "a.x.weight_scale_inv is 1x1"},
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [0, 128]}}",
         "config.json: block size is not two whole numbers above 0"},
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"weight_block_size\": [1e300, "
         "128]}}",
         "config.json: block size is not two whole numbers above 0"},
        {fp8, 2, "{\"quantization_config\": {\"quant_method\": \"aqlm\"}}",
         "config.json names quant_method aqlm"},
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"modules_to_not_convert\": "
         "[\"x\"]}}",
         "config.json says that its module is not quantised"},
        {fp8, 2,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"modules_to_not_convert\": "
         "[\"y\", \"a.y\"]}}",
         NULL},
        {fp8, 2, "{\"quantization_config\": ", "config.json: "},
        {plain, 1, "{\"quantization_config\": {\"quant_method\": \"fp8\"}}",
         "F8_E4M3 without a scale, though config.json"},
        {plain, 1,
         "{\"quantization_config\": {\"quant_method\": \"fp8\", \"modules_to_not_convert\": "
         "[\"a.x\"]}}",
         NULL},
        {plain, 1, "{\"model_type\": \"llama\"}", NULL},
        {gptq, 3,
         "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 16}}",
         NULL},
        {gptq, 3,
         "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 8, \"group_size\": 16}}",
         "codes of 4 bits, though config.json says 8"},
        {gptq, 3,
         "{\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 7}}",
         "groups of 16, though config.json says 7"},
        {gptq, 3,
         "{\"quantization_config\": {\"quant_method\": \"gptq\", \"checkpoint_format\": "
         "\"marlin\"}}",
         "config.json names the format marlin"},
        {gptq, 3, "{\"quantization_config\": {\"quant_method\": \"awq\"}}",
         "config.json names quant_method awq"},
        {int8, 2, "{\"quantization_config\": {\"load_in_8bit\": true}}", NULL},
        {int8, 2, "{\"quantization_config\": {\"load_in_4bit\": true}}",
         "config.json says load_in_4bit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        entry e[3];
        memcpy(e, cases[i].e, cases[i].n * sizeof *e);
        check_refusal(e, cases[i].n, cases[i].config, cases[i].reason);
    }
}

/* A scale is applied as it is: 0 and below are values, NaN and infinity make values that are named. */
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

/* Removes what a test has written into a folder, and the folder. */
static void remove_written(const char *path)
{
    static const char *const files[] = {"config.json",       "tokenizer.json",
                                        "model.safetensors", "model.safetensors.index.json",
                                        "a.safetensors",     "b.safetensors"};
    char file[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(file, sizeof file, "%s/%s", path, files[i]);
        (void)remove(file);
    }
    assert_int_equal(rmdir(path), 0);
}

static void replace_all_by_one(const spx_ckpt *c, const char *name, const char *to)
{
    spx_error err = {0};
    const spx_tensor *t = spx_ckpt_find(c, name);
    const size_t n = spx_tensor_rows(t) * spx_tensor_cols(t);
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 7);
    const spx_replacement r = {name, x, SPX_BF16};
    check_ok(spx_ckpt_write(c, &r, 1, to, &err));
    free(x);
}

/* An edited weight is written in BF16, without companions, and config.json says so; every other weight is as it was. */
static void an_edited_weight_is_written_plain(void **state)
{
    (void)state;
    static const char name[] = "model.layers.1.mlp.down_proj.weight",
                      module[] = "model.layers.1.mlp.down_proj";
    static const struct {
        const char *model, *list;
        size_t named; /* modules in the list */
    } cases[] = {{"model_fp8", "modules_to_not_convert", 2},
                 {"model_int8", "llm_int8_skip_modules", 1}};
    for (size_t i = 0; i < 2; i++) {
        char path[64], out[64], file[96];
        spx_error err = {0};
        spx_json *root = NULL;
        snprintf(path, sizeof path, QUANTISED "%s", cases[i].model);
        snprintf(out, sizeof out, "%s/out", folder);
        spx_ckpt *c = open_file(path);
        replace_all_by_one(c, name, out);
        spx_ckpt *again = open_file(out);
        assert_int_equal(spx_ckpt_count(again), spx_ckpt_count(c));
        for (size_t k = 0; k < spx_ckpt_count(c); k++) {
            const spx_tensor *t = spx_ckpt_at(c, k), *u = spx_ckpt_find(again, t->name);
            assert_non_null(u);
            if (strcmp(t->name, name) != 0) {
                assert_true(spx_tensor_same_bytes(t, u));
                continue;
            }
            float row[48];
            spx_tensor_read_float(u, 1, 1, row);
            assert_int_equal(u->dtype, SPX_BF16);
            assert_true(u->ndim == 2 && u->shape[0] == 32 && u->shape[1] == 48 &&
                        row[3] == (float)(51 % 7));
        }
        assert_null(spx_ckpt_find(again, "model.layers.1.mlp.down_proj.SCB"));
        assert_null(spx_ckpt_find(again, "model.layers.1.mlp.down_proj.weight_scale_inv"));
        snprintf(file, sizeof file, "%s/config.json", out);
        check_ok(spx_json_read(file, &root, &err));
        const spx_json *list =
            spx_json_get(spx_json_get(root, "quantization_config"), cases[i].list);
        assert_int_equal(spx_json_size(list), cases[i].named);
        assert_string_equal(spx_json_text(spx_json_at(list, cases[i].named - 1)), module);
        spx_json_free(root);
        spx_ckpt_close(again);
        spx_ckpt_close(c);
        remove_written(out);
    }
}

/* Codes in one shard, their scale in another; GPTQ's codes change their name. */
static void shards_and_their_index_follow(void **state)
{
    (void)state;
    static const entry first[] = {
        FP8("x.weight", 4, 6), F32("y.bias", 1, 3), {"z.scales", "F16", 2, {2, 8}, 2, NULL}};
    static const entry second[] = {F32("x.weight_scale", 1, 1), WORDS("z.qweight", 4, 8),
                                   WORDS("z.qzeros", 2, 1)};
    static const char index[] =
        "{\"metadata\": {\"total_size\": 208}, \"weight_map\": {\"x.weight\": \"a.safetensors\", "
        "\"y.bias\": \"a.safetensors\", \"z.scales\": "
        "\"a.safetensors\", \"x.weight_scale\": \"b.safetensors\", \"z.qweight\": "
        "\"b.safetensors\", \"z.qzeros\": \"b.safetensors\"}}";
    char path[64], in[64], out[64];
    spx_error err = {0};
    spx_json *root = NULL;
    double size = 0;
    snprintf(in, sizeof in, "%s/config.json", folder);
    (void)remove(in);
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    make_file(path, first, 3);
    snprintf(path, sizeof path, "%s/b.safetensors", folder);
    make_file(path, second, 3);
    snprintf(in, sizeof in, "%s/model.safetensors.index.json", folder);
    write_file(in, index, strlen(index));
    snprintf(out, sizeof out, "%s/out", folder);
    spx_ckpt *c = open_file(in);
    assert_int_equal(spx_ckpt_count(c), 3);
    float x[24] = {1, 2, 3}, z[256] = {5};
    const spx_replacement r[] = {{"x.weight", x, SPX_F32}, {"z.weight", z, SPX_BF16}};
    check_ok(spx_ckpt_write(c, r, 2, out, &err));
    check_survives_oom((err = (spx_error){0}, spx_ckpt_write(c, r, 2, out, &err)));
    spx_ckpt_close(c);
    snprintf(path, sizeof path, "%s/model.safetensors.index.json", out);
    check_ok(spx_json_read(path, &root, &err));
    const spx_json *map = spx_json_get(root, "weight_map");
    assert_true(spx_json_number(spx_json_get(spx_json_get(root, "metadata"), "total_size"), &size));
    assert_int_equal((int)size, 24 * 4 + 3 * 4 + 256 * 2);
    assert_int_equal(spx_json_size(map), 3);
    assert_string_equal(spx_json_text(spx_json_get(map, "z.weight")), "b.safetensors");
    spx_json_free(root);
    c = open_file(path);
    assert_int_equal(spx_ckpt_count(c), 3);
    const spx_tensor *t = spx_ckpt_find(c, "z.weight");
    float row[32];
    spx_tensor_read_float(t, 0, 1, row);
    assert_true(t->dtype == SPX_BF16 && t->shape[0] == 8 && t->shape[1] == 32 && row[0] == 5);
    spx_ckpt_close(c);
    remove_written(out);
    (void)remove(in);
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    (void)remove(path);
    snprintf(path, sizeof path, "%s/b.safetensors", folder);
    (void)remove(path);
}

/* What cannot be written is refused before anything is. */
static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *model, *tensor, *to, *reason;
    } cases[] = {
        {"model_gptq", "model.layers.1.mlp.down_proj.weight", "out",
         "loaders of quant_method gptq have no list"},
        {"model_fp8", "model.layers.1.mlp.down_proj.weight", "out.safetensors", "name a folder"},
        {"fp4.safetensors", "model.layers.0.mlp.experts.down_proj", "out.safetensors",
         "stacks of type MXFP4"},
    };
    static float x[2048];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64], out[64];
        spx_error err = {0};
        snprintf(path, sizeof path, QUANTISED "%s", cases[i].model);
        snprintf(out, sizeof out, "%s/%s", folder, cases[i].to);
        spx_ckpt *c = open_file(path);
        const spx_replacement r = {cases[i].tensor, x, SPX_BF16};
        assert_int_not_equal(spx_ckpt_write(c, &r, 1, out, &err), SPX_OK);
        if (!strstr(err.text, cases[i].reason)) fail_msg("%s", err.text);
        assert_int_not_equal(access(out, F_OK), 0);
        spx_ckpt_close(c);
    }
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
    spx_tensor_read_float(stack, 0, 3 * 64, all);
    for (size_t i = 0; i < 64; i++) {
        spx_tensor_read_float(one, i, 1, some);
        assert_memory_equal(some, all + (2 * 64 + i) * 8, sizeof some);
    }
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_the_public_code),
        cmocka_unit_test(weights_are_listed_with_their_companions),
        cmocka_unit_test(companions_that_do_not_fit_are_refused),
        cmocka_unit_test(states_of_bitsandbytes_are_checked),
        cmocka_unit_test(the_configuration_must_agree),
        cmocka_unit_test(scales_that_are_not_finite_are_named),
        cmocka_unit_test(companions_count_as_bytes),
        cmocka_unit_test(scales_of_eight_bits_are_no_codes),
        cmocka_unit_test(experts_of_a_stack_are_read),
        cmocka_unit_test(an_edited_weight_is_written_plain),
        cmocka_unit_test(shards_and_their_index_follow),
        cmocka_unit_test(what_cannot_be_written_is_refused),
    };
    return cmocka_run_group_tests_name("quantised", tests, make_folder, remove_folder);
}
