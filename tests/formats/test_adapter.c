/* test_adapter.c: LoRA adapters on a base, against PEFT's merged weights (golden/adapters.py), and
 * adapters that are refused. */
#include "ckpt_files.h"
#include "run_files.h"

#include "spx/adapter.h"
#include "spx/export.h"

#include <sys/stat.h>

static const struct {
    const char *name, *base;
    bool exact; /* every order of operations gives the same bits */
} adapters[] = {
    {"llama-exact", "llama", true},
    {"llama-rslora", "llama", false},
    {"llama-bin", "llama", false},
    {"gpt2-conv1d", "gpt2", false},
};
enum { ADAPTERS = sizeof adapters / sizeof *adapters };

static spx_ckpt *open_adapted(size_t i)
{
    char path[512];
    snprintf(path, sizeof path, DATA "folders/%s+" DATA "adapters/%s", adapters[i].base,
             adapters[i].name);
    return open_file(path);
}

/* Float's rounding of five products and a sum of numbers up to 1. */
static void check_rows(const spx_tensor *got, const spx_tensor *want, bool exact)
{
    float a[128], b[128];
    double wide[128];
    const size_t cols = spx_tensor_cols(want);
    assert_true(cols <= 128 && cols == spx_tensor_cols(got));
    for (size_t r = 0; r < spx_tensor_rows(want); r++) {
        spx_tensor_read_float(got, r, 1, a);
        spx_tensor_read(got, r, 1, wide);
        spx_tensor_read_float(want, r, 1, b);
        for (size_t j = 0; j < cols; j++) {
            assert_true(wide[j] == (double)a[j]);
            if (exact)
                assert_true(a[j] == b[j]);
            else
                check_leq(fabs((double)a[j] - (double)b[j]),
                          4 * (double)FLT_EPSILON * (1 + fabs((double)b[j])));
        }
    }
}

static void weights_are_those_that_peft_merges(void **state)
{
    (void)state;
    spx_ckpt *golden = open_file(SPX_TESTS "/golden/adapters.safetensors");
    for (size_t i = 0; i < ADAPTERS; i++) {
        spx_ckpt *c = open_adapted(i);
        size_t seen = 0;
        for (size_t j = 0; j < spx_ckpt_count(golden); j++) {
            const spx_tensor *want = spx_ckpt_at(golden, j);
            const size_t n = strlen(adapters[i].name);
            if (strncmp(want->name, adapters[i].name, n) != 0 || want->name[n] != '|') continue;
            if (strcmp(want->name + n, "|logits") == 0) continue;
            const spx_tensor *got = spx_ckpt_find(c, want->name + n + 1);
            assert_non_null(got);
            check_rows(got, want, adapters[i].exact);
            seen++;
        }
        assert_true(seen >= 5);
        spx_ckpt_close(c);
    }
    spx_ckpt_close(golden);
}

static void panels_and_rows_agree(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W, T = {0};
    double row[128];
    spx_panels p;
    spx_ckpt *c = open_adapted(0);
    const spx_tensor *t = spx_ckpt_find(c, "model.layers.1.mlp.down_proj.weight");
    assert_true(t && t->added && !t->data && t->dtype == SPX_F32);
    check_ok(spx_tensor_matrix(t, &W, &err));
    check_ok(spx_tensor_panels(t, SPX_T, &p, &err));
    check_ok(spx_mat_alloc(&T, W.cols, W.rows, &err));
    check_ok(spx_panels_copy(&p, &T, &err));
    for (size_t i = 0; i < W.rows; i++) {
        spx_tensor_read(t, i, 1, row);
        for (size_t j = 0; j < W.cols; j++) {
            assert_true(W.data[i * W.ld + j] == row[j]);
            assert_true(T.data[j * T.ld + i] == row[j]);
        }
    }
    spx_mat_free(&W);
    spx_mat_free(&T);
    spx_ckpt_close(c);
}

/* Of what it leaves alone, the base's own bytes. */
static void the_base_is_shared(void **state)
{
    (void)state;
    spx_error err = {0};
    char one[SPX_SHA256_HEX], two[SPX_SHA256_HEX];
    spx_ckpt *base = open_file(DATA "folders/llama"), *c = open_adapted(0);
    size_t changed = 0;
    assert_int_equal(spx_ckpt_count(c), spx_ckpt_count(base));
    assert_non_null(strstr(spx_ckpt_path(c), "/llama+"));
    assert_string_equal(spx_ckpt_format(c), "adapter");
    assert_string_equal(spx_ckpt_path(spx_ckpt_base(c)), spx_ckpt_path(base));
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i), *u = spx_ckpt_find(base, t->name);
        assert_non_null(u);
        changed += !spx_tensor_same_bytes(t, u);
        check_ok(spx_ckpt_sha256(c, t, one, &err));
        check_ok(spx_ckpt_sha256(base, u, two, &err));
        assert_int_equal(strcmp(one, two) == 0, t->added == NULL);
        if (t->added) {
            float w[48 * 48];
            spx_tensor_read_float(t, 0, spx_tensor_rows(t), w);
            check_ok(spx_sha256(w, t->bytes, two, &err));
            assert_string_equal(one, two);
        }
        spx_ckpt_release(c, t, 0, spx_tensor_rows(t));
    }
    assert_int_equal(changed, 9);
    check_ok(spx_ckpt_fingerprint(c, one, &err));
    check_ok(spx_ckpt_fingerprint(base, two, &err));
    assert_string_not_equal(one, two);
    check_ok(spx_ckpt_check(c, &err));
    spx_ckpt_close(c);
    spx_ckpt_close(base);
}

/* base + s B A + s B A */
static void adapters_follow_one_another(void **state)
{
    (void)state;
    static const char name[] = "model.layers.0.self_attn.v_proj.weight";
    double a[32], b[32], c[32];
    spx_ckpt *base = open_file(DATA "folders/llama"), *once = open_adapted(0);
    spx_ckpt *twice = open_file(DATA "folders/llama+" DATA "adapters/llama-exact+" DATA
                                     "adapters/llama-exact/adapter_model.safetensors");
    for (size_t r = 0; r < 16; r++) {
        spx_tensor_read(spx_ckpt_find(base, name), r, 1, a);
        spx_tensor_read(spx_ckpt_find(once, name), r, 1, b);
        spx_tensor_read(spx_ckpt_find(twice, name), r, 1, c);
        for (size_t j = 0; j < 32; j++)
            check_leq(fabs(c[j] - (2 * b[j] - a[j])), 4 * (double)FLT_EPSILON);
    }
    spx_ckpt_close(twice);
    spx_ckpt_close(once);
    spx_ckpt_close(base);
}

static void is_written_into_the_base(void **state)
{
    (void)state;
    spx_error err = {0};
    float a[64];
    double b[64];
    spx_ckpt *c = open_adapted(0), *base = open_file(DATA "folders/llama");
    char path[256];
    snprintf(path, sizeof path, "%s/merged", folder);
    check_ok(spx_ckpt_write(c, NULL, 0, path, &err));
    spx_ckpt *w = open_file(path);
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i), *u = spx_ckpt_find(w, t->name);
        assert_true(u->dtype == SPX_BF16);
        if (!t->added) assert_true(spx_tensor_same_bytes(t, u));
        for (size_t r = 0; t->added && r < spx_tensor_rows(t); r++) {
            spx_tensor_read_float(t, r, 1, a);
            spx_tensor_read(u, r, 1, b);
            for (size_t j = 0; j < spx_tensor_cols(t); j++)
                assert_true(b[j] == (double)spx_round_bf16(a[j]));
        }
    }
    spx_ckpt_close(w);
    spx_ckpt_close(c);
    spx_ckpt_close(base);
}

/* A head that is no longer tied cannot be added to the base's file. */
static void a_tied_head_stays_as_it_was(void **state)
{
    (void)state;
    spx_error err = {0};
    char path[256];
    spx_ckpt *c = open_adapted(3), *base = open_file(DATA "folders/gpt2");
    const spx_tensor *head = spx_ckpt_find(c, "lm_head.weight");
    assert_null(spx_ckpt_find(base, "lm_head.weight"));
    assert_non_null(head);
    assert_true(spx_ckpt_find(c, "transformer.wte.weight")->added);
    const spx_tensor *wte = spx_ckpt_find(base, "transformer.wte.weight");
    assert_true(head->bytes == wte->bytes && memcmp(head->data, wte->data, head->bytes) == 0);
    snprintf(path, sizeof path, "%s/none", folder);
    assert_int_equal(spx_ckpt_write(c, NULL, 0, path, &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, "has no tensor lm_head.weight"));
    assert_int_not_equal(access(path, F_OK), 0);
    spx_ckpt_close(c);
    spx_ckpt_close(base);
}

static void needs_its_base(void **state)
{
    (void)state;
    static const char *const path[] = {DATA "adapters/llama-exact",
                                       DATA "adapters/llama-exact+" DATA "adapters/llama-exact"};
    for (size_t i = 0; i < 2; i++) {
        spx_error err = {0};
        spx_ckpt *c = NULL;
        assert_int_equal(spx_ckpt_open(path[i], &c, &err), SPX_ENOTFOUND);
        assert_null(c);
        assert_non_null(strstr(err.text, "llama-exact: a LoRA adapter (r 4, 9 modules, of base "
                                         "llama), not a checkpoint; give its base: BASE "));
    }
    assert_true(spx_adapter_is(DATA "adapters/llama-exact"));
    assert_true(spx_adapter_is(DATA "adapters/llama-exact/"));
    assert_true(spx_adapter_is(DATA "adapters/llama-bin/adapter_model.bin"));
    assert_false(spx_adapter_is(DATA "adapters/llama-bin/adapter_config.json"));
    assert_false(spx_adapter_is(DATA "folders/llama"));
    assert_false(spx_adapter_is(DATA "adapters/none"));
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_survives_oom((err = (spx_error){0},
                        spx_ckpt_open(DATA "folders/gpt2+" DATA "adapters/gpt2-conv1d", &c, &err)));
    spx_ckpt_close(c);
}

/* Hostile variants: one field of this is changed at a time. */
#define GOOD "\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4"
typedef struct variant {
    const char *config;
    size_t r, inputs, outputs; /* of A, r x inputs, and B, outputs x r + wrong_B */
    const char *A, *B;         /* names; NULL: the usual ones; "": none */
    size_t wrong_B;
    float value;           /* of all factors; 0: 1 */
    const char *base_type; /* NULL: F32 */
    const char *whole;     /* a third tensor of 6 values */
    spx_status status;
    const char *says;
} variant;

#define USUAL "base_model.model.model.layers.0.mlp.down_proj"
static const variant variants[] = {
    {.config = "{" GOOD "}", .r = 2},
    {.config = "{" GOOD ",\"init_lora_weights\":\"gaussian\",\"megatron_core\":\"megatron.core\"}"},
    {.config = "{" GOOD "}",
     .A = USUAL ".lora_A.default.weight",
     .B = USUAL ".lora_B.default.weight"},
    {.config = "{" GOOD "}",
     .A = "mlp.down_proj.lora_A.weight",
     .B = "mlp.down_proj.lora_B.weight"},
    {.config =
         "{\"peft_type\":\"LORA\",\"r\":8,\"lora_alpha\":-4,\"rank_pattern\":{\"down_proj\":2}}"},
    {.config = "{" GOOD ",\"target_modules\":[\"down_proj\"],\"bias\":\"all\"}",
     .whole = "base_model.model.model.norm.base_layer.weight"},
    {.config = "{" GOOD "}", .whole = "base_model.model.model.norm.modules_to_save.default.weight"},
    /* the configuration */
    {.config = "[]", .status = SPX_EFORMAT, .says = "not an object"},
    {.config = "{\"r\":2,\"lora_alpha\":4}", .status = SPX_EFORMAT, .says = "peft_type is missing"},
    {.config = "{\"peft_type\":\"IA3\"}", .status = SPX_EUNSUP, .says = "type IA3 (expected LORA)"},
    {.config = "{" GOOD ",\"use_dora\":true}", .status = SPX_EUNSUP, .says = "use_dora is set"},
    {.config = "{" GOOD ",\"lora_bias\":true}", .status = SPX_EUNSUP, .says = "lora_bias is set"},
    {.config = "{" GOOD ",\"layer_replication\":[[0,2]]}",
     .status = SPX_EUNSUP,
     .says = "layer_replication"},
    {.config = "{" GOOD ",\"init_lora_weights\":\"pissa_niter_4\"}",
     .status = SPX_EUNSUP,
     .says = "'pissa_niter_4'"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":0,\"lora_alpha\":4}",
     .status = SPX_EFORMAT,
     .says = "r is 0 (expected"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":2.5,\"lora_alpha\":4}",
     .status = SPX_EFORMAT,
     .says = "r is 2.5"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":\"2\",\"lora_alpha\":4}",
     .status = SPX_EFORMAT,
     .says = "r is not a number"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":2}",
     .status = SPX_EFORMAT,
     .says = "lora_alpha is missing"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":1e30}",
     .status = SPX_EFORMAT,
     .says = "lora_alpha is 1e+30"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":0}",
     .status = SPX_EFORMAT,
     .says = "lora_alpha is 0"},
    {.config = "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":NaN}",
     .status = SPX_EFORMAT,
     .says = "adapter_config.json: "},
    {.config = "{" GOOD ",\"alpha_pattern\":{\"down_proj\":1e9}}",
     .status = SPX_EFORMAT,
     .says = "alpha_pattern is 1e+09"},
    {.config = "{" GOOD ",\"rank_pattern\":{\"down_proj\":\"x\"}}",
     .status = SPX_EFORMAT,
     .says = "is not a number"},
    {.config = "{" GOOD ",\"rank_pattern\":{\"(\":1}}",
     .status = SPX_EUNSUP,
     .says = "'(' is not understood"},
    {.config = "{" GOOD ",\"rank_pattern\":{\"layers.\\\\d.mlp.down_proj\":3}}",
     .status = SPX_ESHAPE,
     .says = "factors of rank 2 (expected 3)"},
    {.config = "{" GOOD ",\"target_modules\":[\"down_proj\",\"q_proj\"]}",
     .status = SPX_EFORMAT,
     .says = "no factors of a module q_proj"},
    {.config = "{" GOOD, .status = SPX_EFORMAT, .says = "adapter_config.json: line 1"},
    /* the factors */
    {.config = "{" GOOD "}",
     .r = 3,
     .status = SPX_ESHAPE,
     .says = "factors of rank 3 (expected 2)"},
    {.config = "{" GOOD "}", .wrong_B = 1, .status = SPX_ESHAPE, .says = "A is 2 x 9 and B 6 x 3"},
    {.config = "{" GOOD "}",
     .inputs = 8,
     .status = SPX_ESHAPE,
     .says = "changes 6 x 8 values, but tensor model.layers.0"},
    {.config = "{" GOOD "}", .outputs = 7, .status = SPX_ESHAPE, .says = "changes 7 x 9 values"},
    {.config = "{" GOOD "}", .B = "", .status = SPX_EFORMAT, .says = "has factor A without B"},
    {.config = "{" GOOD "}", .A = "", .status = SPX_EFORMAT, .says = "has factor B without A"},
    {.config = "{" GOOD "}",
     .A = "x.y.lora_A.weight",
     .B = "x.y.lora_B.weight",
     .status = SPX_ENOTFOUND,
     .says = "stands for x.y.weight"},
    {.config = "{" GOOD "}",
     .A = "layers.9.mlp.down_proj.lora_A.weight",
     .B = "layers.9.mlp.down_proj.lora_B.weight",
     .status = SPX_ENOTFOUND,
     .says = "layers.9"},
    {.config = "{" GOOD "}",
     .value = NAN,
     .status = SPX_ENUMERIC,
     .says = "lora_B.weight: value (0, 0) is not finite"},
    {.config = "{" GOOD "}",
     .base_type = "I32",
     .status = SPX_EUNSUP,
     .says = "holds integers (I32)"},
    {.config = "{" GOOD "}",
     .whole = USUAL ".lora_magnitude_vector",
     .status = SPX_EUNSUP,
     .says = "belongs to DoRA"},
    {.config = "{" GOOD "}",
     .whole = USUAL ".lora_E",
     .status = SPX_EUNSUP,
     .says = "is not understood"},
    {.config = "{" GOOD "}",
     .whole = USUAL ".lora_A.other.weight",
     .status = SPX_EFORMAT,
     .says = "has two factors A"},
    {.config = "{" GOOD "}",
     .whole = "base_model.model.classifier.weight",
     .status = SPX_ENOTFOUND,
     .says = "stands for base_model.model.classifier.weight"},
    {.config = "{" GOOD "}",
     .whole = "base_model.model.model.layers.0.mlp.down_proj.weight",
     .status = SPX_ESHAPE,
     .says = "is 1 x 6, but 6 x 9"},
};

/* A square matrix does not tell how it is stored: the configuration does, or the name. */
static void square_matrices_lie_as_the_model_has_them(void **state)
{
    (void)state;
    static const struct {
        const char *tensor, *A, *B, *config;
        bool turned;
    } cases[] = {
        {"model.layers.0.self_attn.o_proj.weight", ".lora_A.weight", ".lora_B.weight", "", false},
        {"model.layers.0.self_attn.o_proj.weight", ".lora_A.weight", ".lora_B.weight",
         ",\"fan_in_fan_out\":true", true},
        {"h.0.attn.c_proj.weight", ".lora_A.weight", ".lora_B.weight", "", true},
        {"h.0.attn.c_proj.weight", ".lora_A.weight", ".lora_B.weight", ",\"fan_in_fan_out\":false",
         false},
        {"model.embed_tokens.weight", ".lora_embedding_A", ".lora_embedding_B", "", true},
    };
    const float zero[9] = {0}, A[3] = {1, 2, 3}, B[3] = {1, 10, 100};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[2][128], config[256], path[600];
        double row[3];
        const int n = (int)(strlen(cases[i].tensor) - strlen(".weight"));
        snprintf(name[0], sizeof name[0], "%.*s%s", n, cases[i].tensor, cases[i].A);
        snprintf(name[1], sizeof name[1], "%.*s%s", n, cases[i].tensor, cases[i].B);
        const test_tensor base = {cases[i].tensor, 3, 3, zero, false};
        const test_tensor t[] = {{name[0], 1, 3, A, false}, {name[1], 3, 1, B, false}};
        write_safetensors(in_folder("base.safetensors"), "F32", 4, &base, 1);
        write_safetensors(in_folder("adapter_model.safetensors"), "F32", 4, t, 2);
        const int size =
            snprintf(config, sizeof config, "{\"peft_type\":\"LORA\",\"r\":1,\"lora_alpha\":1%s}",
                     cases[i].config);
        write_file(in_folder("adapter_config.json"), config, (size_t)size);
        snprintf(path, sizeof path, "%s+%s", in_folder("base.safetensors"), folder);
        spx_ckpt *c = open_file(path);
        for (size_t r = 0; r < 3; r++) {
            spx_tensor_read(spx_ckpt_find(c, cases[i].tensor), r, 1, row);
            for (size_t j = 0; j < 3; j++)
                assert_true(row[j] == (double)(cases[i].turned ? A[r] * B[j] : B[r] * A[j]));
        }
        spx_ckpt_close(c);
    }
}

static void write_variant(const variant *v)
{
    static float values[128];
    const size_t r = v->r ? v->r : 2, inputs = v->inputs ? v->inputs : 9;
    const size_t outputs = v->outputs ? v->outputs : 6;
    const bool no_A = v->A && !*v->A;
    for (size_t i = 0; i < 128; i++) values[i] = v->value != 0 ? v->value : 1;
    const test_tensor base[] = {{"model.layers.0.mlp.down_proj.weight", 6, 9, values, false},
                                {"model.norm.weight", 1, 6, values, true}};
    test_tensor t[3];
    size_t n = 0;
    if (!no_A)
        t[n++] = (test_tensor){v->A ? v->A : USUAL ".lora_A.weight", r, inputs, values, false};
    if (!v->B || *v->B)
        t[n++] = (test_tensor){v->B ? v->B : USUAL ".lora_B.weight", outputs, r + v->wrong_B,
                               values, false};
    if (v->whole) t[n++] = (test_tensor){v->whole, 1, 6, values, true};
    write_safetensors(in_folder("base.safetensors"), v->base_type ? v->base_type : "F32", 4, base,
                      2);
    write_safetensors(in_folder("adapter_model.safetensors"), "F32", 4, t, n);
    write_file(in_folder("adapter_config.json"), v->config, strlen(v->config));
}

static void hostile_adapters_are_refused_by_name(void **state)
{
    (void)state;
    char path[600];
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        const variant *v = &variants[i];
        spx_error err = {0};
        spx_ckpt *c = NULL;
        write_variant(v);
        snprintf(path, sizeof path, "%s+%s", in_folder("base.safetensors"), folder);
        const spx_status st = spx_ckpt_open(path, &c, &err);
        if (st != v->status || (st != SPX_OK && !strstr(err.text, v->says)))
            fail_msg("variant %zu: %s, %s; expected %s, %s", i, spx_status_name(st), err.text,
                     spx_status_name(v->status), v->says ? v->says : "");
        assert_true(st == SPX_OK || strstr(err.text, folder));
        assert_null(strchr(err.text, '\n'));
        spx_ckpt_close(c);
    }
    remove(in_folder("adapter_model.safetensors"));
    spx_error err = {0};
    spx_ckpt *c = NULL;
    write_file(in_folder("adapter_config.json"), "{" GOOD "}", strlen("{" GOOD "}"));
    assert_int_equal(spx_ckpt_open(path, &c, &err), SPX_ENOTFOUND);
    assert_non_null(strstr(err.text, "neither adapter_model.safetensors nor adapter_model.bin"));
    remove(in_folder("adapter_config.json"));
    remove(in_folder("base.safetensors"));
}

/* Written, read again: the same product; ranks of 1 and 2 and a scale of 1. */
static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    spx_error err = {0};
    float base[3 * 4] = {0}, B1[3] = {1, 2, 3}, A1[4] = {1, -1, 2, 0.5F};
    float B2[3 * 2] = {1, 0, 0, 1, 1, 1}, A2[2 * 4] = {1, 2, 3, 4, 5, 6, 7, 8};
    const test_tensor t[] = {{"model.layers.1.mlp.down_proj.weight", 3, 4, base, false},
                             {"model.layers.11.mlp.down_proj.weight", 3, 4, base, false}};
    const spx_adapter_module m[] = {{"model.layers.1.mlp.down_proj", 3, 4, 1, B1, A1},
                                    {"model.layers.11.mlp.down_proj", 3, 4, 2, B2, A2}};
    char out[256], path[600];
    double row[4];
    write_safetensors(in_folder("zero.safetensors"), "F32", 4, t, 2);
    snprintf(out, sizeof out, "%s/lora", folder);
    check_ok(spx_adapter_write(m, 2, false, "some/base", out, &err));
    snprintf(path, sizeof path, "%s+%s", in_folder("zero.safetensors"), out);
    spx_ckpt *c = open_file(path);
    for (size_t i = 0; i < 2; i++)
        for (size_t r = 0; r < 3; r++) {
            spx_tensor_read(spx_ckpt_find(c, t[i].name), r, 1, row);
            for (size_t j = 0; j < 4; j++) {
                const double want = i == 0
                                        ? (double)(B1[r] * A1[j])
                                        : (double)(B2[2 * r] * A2[j] + B2[2 * r + 1] * A2[4 + j]);
                assert_true(row[j] == want);
            }
        }
    spx_ckpt_close(c);
    assert_int_equal(spx_adapter_write(m, 2, false, NULL, out, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "exists"));
    snprintf(path, sizeof path, "%s.part", out);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* A sum that the base's type cannot hold is refused, and nothing is left behind. */
static void overflow_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    const unsigned short zero[4] = {0};
    const float A[2] = {300, 1}, B[2] = {1, 300};
    const test_tensor t = {"model.layers.0.mlp.up_proj.weight", 2, 2, zero, false};
    const spx_adapter_module m = {"model.layers.0.mlp.up_proj", 2, 2, 1, B, A};
    char out[256], path[600];
    write_safetensors(in_folder("half.safetensors"), "F16", 2, &t, 1);
    snprintf(out, sizeof out, "%s/large", folder);
    check_ok(spx_adapter_write(&m, 1, false, NULL, out, &err));
    snprintf(path, sizeof path, "%s+%s", in_folder("half.safetensors"), out);
    spx_ckpt *c = open_file(path);
    assert_int_equal(spx_ckpt_write(c, NULL, 0, in_folder("none.safetensors"), &err), SPX_ENUMERIC);
    assert_non_null(strstr(err.text, "entry (1, 0) is 90000, which F16 cannot hold"));
    assert_int_not_equal(access(in_folder("none.safetensors"), F_OK), 0);
    spx_ckpt_close(c);
}

/* The first quantised matrix of c. */
static const spx_tensor *find_quantised(const spx_ckpt *c)
{
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (t->quantised && t->ndim == 2 && !t->of) return t;
    }
    return NULL;
}

/* base + B A with the base's values as its codes and scales make them, by rows and as a whole. */
static void quantised_bases_are_read_by_their_scales(void **state)
{
    (void)state;
    static const char *const bases[] = {"model_fp8", "bnb4.safetensors", "gptq.safetensors",
                                        "packed.safetensors"};
    static float ones[4096], got[4096];
    static double base[4096], wide[4096];
    char path[600], out[300], name[256];
    for (size_t i = 0; i < 4096; i++) ones[i] = 0.5F;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        spx_error err = {0};
        snprintf(path, sizeof path, DATA "quantised/%s", bases[i]);
        spx_ckpt *plain = open_file(path);
        const spx_tensor *t = find_quantised(plain);
        const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
        assert_true(rows <= 4096 && cols <= 4096);
        snprintf(name, sizeof name, "%.*s", (int)(strlen(t->name) - strlen(".weight")), t->name);
        const spx_adapter_module m = {name, rows, cols, 1, ones, ones};
        snprintf(out, sizeof out, "%s/on-%zu", folder, i);
        check_ok(spx_adapter_write(&m, 1, false, NULL, out, &err));
        snprintf(path, sizeof path, DATA "quantised/%s+%s", bases[i], out);
        spx_ckpt *c = open_file(path);
        const spx_tensor *u = spx_ckpt_find(c, t->name);
        assert_true(u->added && u->dtype == SPX_F32 && !u->quantised);
        for (size_t r = 0; r < rows; r++) {
            spx_tensor_read(t, r, 1, base);
            spx_tensor_read(u, r, 1, wide);
            spx_tensor_read_float(u, r, 1, got);
            for (size_t j = 0; j < cols; j++) {
                assert_true(got[j] == (float)(base[j] + 0.25));
                assert_true(wide[j] == (double)got[j]);
            }
        }
        snprintf(out, sizeof out, "%s/merged-%zu.safetensors", folder, i);
        assert_int_equal(spx_ckpt_write(c, NULL, 0, out, &err), SPX_EUNSUP);
        assert_non_null(strstr(err.text, "is quantised"));
        assert_int_not_equal(access(out, F_OK), 0);
        spx_ckpt_close(c);
        spx_ckpt_close(plain);
    }
}

static int remove_all(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_those_that_peft_merges),
        cmocka_unit_test(panels_and_rows_agree),
        cmocka_unit_test(the_base_is_shared),
        cmocka_unit_test(adapters_follow_one_another),
        cmocka_unit_test(is_written_into_the_base),
        cmocka_unit_test(a_tied_head_stays_as_it_was),
        cmocka_unit_test(needs_its_base),
        cmocka_unit_test(survives_lack_of_memory),
        cmocka_unit_test(square_matrices_lie_as_the_model_has_them),
        cmocka_unit_test(hostile_adapters_are_refused_by_name),
        cmocka_unit_test(overflow_is_refused),
        cmocka_unit_test(quantised_bases_are_read_by_their_scales),
        cmocka_unit_test(what_is_written_reads_the_same),
    };
    return cmocka_run_group_tests_name("adapter", tests, make_folder, remove_all);
}
