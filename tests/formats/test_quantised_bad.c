/* test_quantised_bad.c: codes whose values cannot be known are refused by name, with the reason. */
#include "quantised_files.h"

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

static const struct {
    entry e[5];
    const char *config, *reason;
} unfit[] = {
    {{FP8("x.weight", 4, 6), F32("x.weight_scale", 2, 3, 1)},
     NULL,
     "x.weight_scale is 3x1 (expected"},
    {{FP8("x.weight", 4, 6), F32("x.weight_scale", 1, 6)}, NULL, "x.weight_scale is 6 (expected"},
    {{FP8("x.weight", 4, 6), F32("x.weight_scale", 3, 1, 4, 2)}, NULL, "x.weight_scale is 1x4x2"},
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
    {{{"x.weight", "I8", 2, {4, 6}, 1, NULL}, F32("x.SCB", 1, 6)}, NULL, "x.SCB is 6 (expected"},
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
    {{WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 2, 1), {"x.scales", "F16", 2, {2, 7}, 2, NULL}},
     NULL,
     "holds integers"},
    {{WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 3, 1), {"x.scales", "F16", 2, {2, 8}, 2, NULL}},
     NULL,
     "x.qzeros is 3x1 (expected 2x1 words)"},
    {{WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 21, 1), {"x.scales", "F16", 2, {21, 8}, 2, NULL}},
     NULL,
     "21 groups for 32 inputs"},
    {{WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 2, 5), {"x.scales", "F16", 2, {2, 8}, 2, NULL}},
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

static void companions_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        check_refusal(unfit[i].e, 5, unfit[i].config, unfit[i].reason);
}

static const struct {
    const char *state, *reason;
    const char *absmax;
    size_t absmaxes, values;
    bool other_map;
} states[] = {
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4], 'dtype': 'float32'}", NULL, "F32", 2,
     16, 0},
    {"{'quant_type': 'fp4', 'blocksize': 4, 'shape': [2, 4]}", "quant_type fp4 (expected nf4)",
     "F32", 2, 16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 0, 'shape': [2, 4]}", "no valid blocksize", "F32", 2, 16,
     0},
    {"{'quant_type': 'nf4', 'blocksize': 1e30, 'shape': [2, 4]}", "no valid blocksize", "F32", 2,
     16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 5]}", "4 bytes of codes for 2 x 5 values",
     "F32", 2, 16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [1e12, 1e12]}", "codes for 1000000000000 x",
     "F32", 2, 16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [8]}", "shape in quant_state is not two",
     "F32", 2, 16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}", "x.weight.absmax is 3 (expected 2)",
     "F32", 3, 16, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}",
     "x.weight.quant_map is 8 (expected 16)", "F32", 2, 8, 0},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}", "x.weight.quant_map[3] is 0.5",
     "F32", 2, 16, 1},
    {"{'quant_type': 'nf4', 'blocksize': 4, 'shape': [2, 4]}", "nested_absmax is missing", "U8", 2,
     16, 0},
    {"[]", "quant_type of no name", "F32", 2, 16, 0},
};

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
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", states[i].state);
        for (char *at = text; *at; at++)
            if (*at == '\'') *at = '"';
        const entry e[] = {
            BYTES("x.weight", 2, 4, 1),
            {"x.weight.quant_state.bitsandbytes__nf4", "U8", 1, {strlen(text)}, 1, text},
            {"x.weight.quant_map",
             "F32",
             1,
             {states[i].values},
             4,
             states[i].other_map ? other : map},
            {"x.weight.absmax",
             states[i].absmax,
             1,
             {states[i].absmaxes},
             *states[i].absmax == 'F' ? 4 : 1,
             NULL},
        };
        check_refusal(e, 4, NULL, states[i].reason);
    }
}

static const entry fp8[] = {FP8("a.x.weight", 4, 6), F32("a.x.weight_scale_inv", 2, 1, 1)};
static const entry plain[] = {FP8("a.x.weight", 4, 6)};
static const entry gptq[] = {
    WORDS("x.qweight", 4, 8), WORDS("x.qzeros", 2, 1), {"x.scales", "F16", 2, {2, 8}, 2, NULL}};
static const entry int8[] = {{"x.weight", "I8", 2, {4, 6}, 1, NULL}, F32("x.SCB", 1, 4)};

static const struct {
    const entry *e;
    size_t n;
    const char *config, *reason;
} configured[] = {
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

static void the_configuration_must_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof configured / sizeof *configured; i++) {
        entry e[3];
        memcpy(e, configured[i].e, configured[i].n * sizeof *e);
        check_refusal(e, configured[i].n, configured[i].config, configured[i].reason);
    }
}

/* Files of other names that say the same. */
static void configurations_of_other_names_count(void **state)
{
    (void)state;
    static const struct {
        const entry *e;
        size_t n;
        const char *file, *config, *reason;
    } cases[] = {
        {fp8, 2, "hf_quant_config.json",
         "{\"quantization\": {\"quant_algo\": \"FP8\", \"exclude_modules\": [\"lm_head\"]}}", NULL},
        {fp8, 2, "hf_quant_config.json",
         "{\"quantization\": {\"quant_algo\": \"FP8\", \"exclude_modules\": [\"a.x\"]}}",
         "hf_quant_config.json says that its module is not quantised"},
        {gptq, 3, "quantize_config.json", "{\"bits\": 4, \"group_size\": 16, \"desc_act\": false}",
         NULL},
        {gptq, 3, "quantize_config.json", "{\"bits\": 8, \"group_size\": 16}",
         "codes of 4 bits, though quantize_config.json says 8"},
        {gptq, 3, "quant_config.json", "{\"w_bit\": 4, \"zero_point\": true}",
         "quant_config.json names quant_method awq"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        entry e[3];
        snprintf(path, sizeof path, "%s/%s", folder, cases[i].file);
        write_file(path, cases[i].config, strlen(cases[i].config));
        memcpy(e, cases[i].e, cases[i].n * sizeof *e);
        check_refusal(e, cases[i].n, NULL, cases[i].reason);
        (void)remove(path);
    }
}

static void scales_of_llama_cpp_are_not_passed_over(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat A;
    spx_ckpt *c = open_file(QUANTISED "scaled.gguf");
    assert_int_equal(spx_tensor_matrix(spx_ckpt_find(c, "blk.0.ffn_down.weight"), &A, &err),
                     SPX_EUNSUP);
    assert_string_equal(err.text, "tensor blk.0.ffn_down.weight: NVFP4 blocks with a companion "
                                  "that is not applied: blk.0.ffn_down.scale");
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(QUANTISED "scaled.gguf", &c, &err)));
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(companions_that_do_not_fit_are_refused),
        cmocka_unit_test(states_of_bitsandbytes_are_checked),
        cmocka_unit_test(the_configuration_must_agree),
        cmocka_unit_test(scales_of_llama_cpp_are_not_passed_over),
        cmocka_unit_test(configurations_of_other_names_count),
    };
    return cmocka_run_group_tests_name("quantised_bad", tests, make_folder, remove_folder);
}
