/* test_opening.c: settings of a model's files, those that are refused by name, and edited
 * weights. */
#include "tiny_families.h"

#include "spx/file.h"

/* A folder with the weights of `family` and its config.json, `from` (if there) replaced by `to`. */
static void edited_config(const char *family, const char *from, const char *to, char folder[64])
{
    spx_error err = {0};
    char path[256], source[512], *text = NULL;
    size_t len = 0;
    snprintf(folder, 64, "/tmp/spx-families-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(source, sizeof source, SPX_TESTS "/data/families/%s/model.safetensors", family);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    check_ok(spx_file_copy(source, path, &err));
    snprintf(source, sizeof source, SPX_TESTS "/data/families/%s/config.json", family);
    check_ok(spx_file_text(source, &text, &len, &err));
    snprintf(path, sizeof path, "%s/config.json", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    char *at = strstr(text, from);
    assert_non_null(at);
    fprintf(f, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    assert_int_equal(fclose(f), 0);
    spx_free(text);
}

static void remove_folder(const char *folder)
{
    char path[256];
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/config.json", folder);
    remove(path);
    rmdir(folder);
}

static void unsupported_models_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *family, *from, *to;
        spx_status status;
        const char *says;
    } cases[] = {
        {"llama", "\"llama\"", "\"mamba\"", SPX_EUNSUP, "model_type 'mamba'"},
        {"llama", "\"llama3\"", "\"yarn\"", SPX_EUNSUP, "rope scaling 'yarn'"},
        {"llama", "\"low_freq_factor\"", "\"low\"", SPX_EFORMAT, "'llama3' needs factor"},
        {"llama", "\"silu\"", "\"relu\"", SPX_EUNSUP, "activation 'relu'"},
        {"llama", "\"hidden_size\"", "\"size\"", SPX_EFORMAT, "hidden_size is missing"},
        {"llama", "\"hidden_size\": 64", "\"hidden_size\": 64.5", SPX_EFORMAT,
         "hidden_size is 64.5"},
        {"llama", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", SPX_ENOTFOUND,
         "block 2 has no attn_norm"},
        {"llama", "\"intermediate_size\": 96", "\"intermediate_size\": 80", SPX_ESHAPE,
         "mlp.gate_proj.weight is 96 x 64 (expected 80 x 64)"},
        {"llama", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", SPX_EFORMAT,
         "4 heads (expected a multiple of the 3 key heads)"},
        {"gptj", "\"rotary_dim\": 8", "\"rotary_dim\": 18", SPX_EFORMAT,
         "rope on 18 numbers of a head of 16"},
        {"phi", "\"qk_layernorm\": false", "\"qk_layernorm\": true", SPX_EUNSUP, "qk_layernorm"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_ckpt *c = NULL;
        spx_model *m = NULL;
        char folder[64];
        edited_config(cases[i].family, cases[i].from, cases[i].to, folder);
        check_ok(spx_ckpt_open(folder, &c, &err));
        assert_int_equal(spx_model_open(c, &m, &err), cases[i].status);
        if (!strstr(err.text, cases[i].says)) fail_msg("'%s' lacks '%s'", err.text, cases[i].says);
        assert_null(m);
        spx_ckpt_close(c);
        remove_folder(folder);
    }
}

/* GPT-NeoX without parallel residuals adds attention before the FFN reads the stream. */
static void a_setting_of_the_file_changes_the_block(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    char folder[64];
    static float x[ROWS * D], want[ROWS * D];
    double off = 0;
    load(&f, "gpt_neox");
    edited_config("gpt_neox", "\"use_parallel_residual\": true", "\"use_parallel_residual\": false",
                  folder);
    spx_model *m = open_model(folder);
    const spx_pass pass = {.from = 0, .to = 1};
    spx_model_embed(m, &f.b, x);
    check_ok(spx_model_forward(m, &f.b, &pass, x, &err));
    golden(f.golden, "gpt_neox", "stream", 1, want, ROWS * D);
    for (size_t i = 0; i < ROWS * D; i++) off = fmax(off, fabs((double)x[i] - (double)want[i]));
    assert_true(off > 0.01);
    spx_model_close(m);
    spx_ckpt_close(f.golden);
    remove_folder(folder);
}

static void a_non_finite_stream_names_its_block(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    static float x[ROWS * D];
    load(&f, "gpt2");
    spx_model *m = open_model(SPX_TESTS "/data/families/gpt2");
    const spx_pass all = {.from = 0, .to = 2};
    spx_model_ffn_out(m, 1)[7] = INFINITY;
    spx_model_embed(m, &f.b, x);
    assert_int_equal(spx_model_forward(m, &f.b, &all, x, &err), SPX_ENUMERIC);
    assert_non_null(strstr(err.text, "block 1"));
    assert_non_null(strstr(err.text, "h.1.mlp.c_proj.weight"));
    spx_model_close(m);
    spx_ckpt_close(f.golden);
}

/* In a copy of the file, a weight of block 1 becomes a NaN (0x7fc0 in BF16). */
static void a_non_finite_weight_names_its_tensor(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    spx_map whole = {0};
    char folder[64], path[256];
    edited_config("gpt2", "{", "{", folder);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_map_open(&whole, path, &err));
    const spx_tensor *t = spx_ckpt_find(c, "transformer.h.1.mlp.c_proj.weight");
    assert_non_null(t);
    long at = 0;
    while (memcmp(whole.data + at, t->data, t->bytes) != 0) at++;
    spx_ckpt_close(c);
    spx_map_close(&whole);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fwrite("\xc0\x7f", 1, 2, f), 2);
    assert_int_equal(fclose(f), 0);
    check_ok(spx_ckpt_open(path, &c, &err));
    assert_int_equal(spx_model_open(c, &m, &err), SPX_ENUMERIC);
    assert_non_null(strstr(err.text, "transformer.h.1.mlp.c_proj.weight"));
    assert_null(m);
    spx_ckpt_close(c);
    remove_folder(folder);
}

/* A safetensors file of one matrix, 96 x 64 as Conv1D has it, entry (j, i) = 100 j + i. */
static void an_edited_conv1d_keeps_its_orientation(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = open_model(SPX_TESTS "/data/families/gpt2");
    char path[] = "/tmp/spx-conv1d-XXXXXX", header[128];
    static float x[F * D];
    const uint64_t n = (uint64_t)snprintf(
        header, sizeof header,
        "{\"transformer.h.1.mlp.c_proj.weight\": {\"dtype\": \"F32\", \"shape\": [%d, %d], "
        "\"data_offsets\": [0, %d]}}",
        F, D, F * D * 4);
    for (size_t j = 0; j < F; j++)
        for (size_t i = 0; i < D; i++) x[j * D + i] = (float)(100 * j + i);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, &n, sizeof n), sizeof n);
    assert_int_equal(write(fd, header, n), n);
    assert_int_equal(write(fd, x, sizeof x), sizeof x);
    assert_int_equal(close(fd), 0);
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_overlay(m, c, &err));
    const float *w = spx_model_ffn_out(m, 1); /* out x in */
    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < F; j++) assert_true(w[i * F + j] == (float)(100 * j + i));
    spx_ckpt_close(c);
    spx_model_close(m);
    remove(path);
}

static void opening_a_folder_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/families/gemma3", &c, &err));
    check_survives_oom((err = (spx_error){0}, spx_model_open(c, &m, &err)));
    spx_model_close(m);
    check_survives_oom((err = (spx_error){0}, spx_model_open_as(c, SPX_RESIDENT_STORED, &m, &err)));
    check_survives_oom((err = (spx_error){0}, spx_model_widen(m, 1, &err)));
    spx_model_close(m);
    check_ok((spx_ckpt_close(c), spx_ckpt_open(SPX_TESTS "/data/families/gpt_neox", &c, &err)));
    check_survives_oom((err = (spx_error){0}, spx_model_open(c, &m, &err)));
    spx_model_close(m);
    spx_ckpt_close(c);
    assert_int_equal(spx_test_live_blocks(), 0);
}

/* Fields that decide nothing may be anything that Python's json writes; those that do are named. */
static void numbers_of_a_configuration_may_be_odd_where_they_decide_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *family, *to;
        const char *says; /* NULL: the model opens */
    } cases[] = {
        {"llama",
         "{\"aux\": NaN, \"clip\": [Infinity, -Infinity], \"most\": 10000000000000000000000000,",
         NULL},
        {"llama", "{\"sliding_window\": NaN, \"use_sliding_window\": false,", NULL},
        {"gpt2", "{\"rope_theta\": NaN, \"rotary_dim\": Infinity,", NULL},
        {"llama", "{\"rms_norm_epsilon\": NaN,", NULL},
        {"llama", "{\"sliding_window\": NaN,", "sliding_window is nan (expected a finite number)"},
        {"llama", "{\"query_pre_attn_scalar\": Infinity,", "query_pre_attn_scalar is inf"},
        {"llama", "{\"partial_rotary_factor\": -Infinity,", "partial_rotary_factor is -inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[64];
        spx_error err = {0};
        spx_ckpt *c = NULL;
        spx_model *m = NULL;
        edited_config(cases[i].family, "{", cases[i].to, folder);
        check_ok(spx_ckpt_open(folder, &c, &err));
        const spx_status st = spx_model_open(c, &m, &err);
        if (cases[i].says ? st != SPX_EFORMAT || !strstr(err.text, cases[i].says) : st != SPX_OK)
            fail_msg("case %zu: %s", i, err.text);
        spx_model_close(m);
        spx_ckpt_close(c);
        remove_folder(folder);
    }
}

static void a_context_of_any_size_is_read(void **state)
{
    (void)state;
    char folder[64];
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    edited_config(
        "llama", "\"max_position_embeddings\": ",
        "\"max_position_embeddings\": 1000000000000000019884624838656, \"was\": ", folder);
    check_ok(spx_ckpt_open(folder, &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    assert_int_equal(spx_model_shape(m)->context, 10000000);
    spx_model_close(m);
    spx_ckpt_close(c);
    remove_folder(folder);
}

/* A head beside tied embeddings, and none where they are not tied, are said. */
static void contradictions_on_the_head_are_noted(void **state)
{
    (void)state;
    static const struct {
        const char *family, *from, *to, *note;
    } cases[] = {
        {"llama", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": false", NULL},
        {"llama", "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true",
         "differs from the embedding: it is used, as by transformers 5"},
        {"gpt2", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false",
         "there is no output head: the embedding serves as one"},
        {"gpt2", "{", "{\"x\": 1,", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[64];
        spx_error err = {0};
        spx_ckpt *c = NULL;
        spx_model *m = NULL;
        edited_config(cases[i].family, cases[i].from, cases[i].to, folder);
        check_ok(spx_ckpt_open(folder, &c, &err));
        check_ok(spx_model_open(c, &m, &err));
        const char *note = spx_model_note(m);
        if (cases[i].note ? !note || !strstr(note, cases[i].note) : note != NULL)
            fail_msg("case %zu: %s", i, note ? note : "no note");
        spx_model_close(m);
        spx_ckpt_close(c);
        remove_folder(folder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsupported_models_are_named),
        cmocka_unit_test(a_setting_of_the_file_changes_the_block),
        cmocka_unit_test(a_non_finite_stream_names_its_block),
        cmocka_unit_test(a_non_finite_weight_names_its_tensor),
        cmocka_unit_test(an_edited_conv1d_keeps_its_orientation),
        cmocka_unit_test(opening_a_folder_survives_oom),
        cmocka_unit_test(numbers_of_a_configuration_may_be_odd_where_they_decide_nothing),
        cmocka_unit_test(a_context_of_any_size_is_read),
        cmocka_unit_test(contradictions_on_the_head_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
