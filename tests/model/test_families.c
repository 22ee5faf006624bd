/* test_families.c: every family from both storage forms against Hugging Face transformers
 * (golden/families.py), and what is refused. */
#include "check.h"

#include "spx/file.h"
#include "spx/model.h"

#include <string.h>

enum { ROWS = 26, SEQUENCES = 3, D = 64, V = 160, F = 96 };

static spx_model *open_as(const char *path, spx_resident resident)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_open_as(c, resident, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static spx_model *open_model(const char *path) { return open_as(path, SPX_RESIDENT_FLOAT); }

/* `<family>.<what><layer>` of the golden file into out, n numbers. */
static void golden(const spx_ckpt *c, const char *family, const char *what, long layer, float *out,
                   size_t n)
{
    char name[96], number[24] = "";
    if (layer >= 0) snprintf(number, sizeof number, "%ld", layer);
    snprintf(name, sizeof name, "%s.%s%s", family, what, number);
    const spx_tensor *t = spx_ckpt_find(c, name);
    if (!t) fail_msg("no %s", name);
    assert_int_equal(spx_tensor_rows(t) * spx_tensor_cols(t), n);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
}

/* max |a - b| / max |b|: float against double through a few blocks of width 64, so some hundred
 * roundings of 6e-8. */
static void check_near(const float *got, const float *want, size_t n)
{
    double most = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)want[i]));
        off = fmax(off, fabs((double)got[i] - (double)want[i]));
    }
    check_leq(off, 2e-5 * most);
}

/* Logits become the gradient of the sum over sequences of the mean NLL. */
static void nll_gradient(float *z, const size_t *start, const int32_t *token)
{
    for (size_t s = 0; s < SEQUENCES; s++)
        for (size_t r = start[s]; r < start[s + 1]; r++) {
            float *row = z + r * V;
            double sum = 0;
            const double w = 1 / (double)(start[s + 1] - start[s] - 1);
            const bool last = r + 1 == start[s + 1];
            for (size_t j = 0; j < V; j++) sum += exp((double)row[j]);
            for (size_t j = 0; j < V; j++)
                row[j] = last ? 0 : (float)(w * exp((double)row[j]) / sum);
            if (!last) row[token[r + 1]] -= (float)w;
        }
}

typedef struct fixture {
    spx_ckpt *golden;
    const char *family;
    size_t start[SEQUENCES + 1], row[ROWS];
    int32_t token[ROWS];
    spx_batch b;
} fixture;

static void load(fixture *f, const char *family)
{
    spx_error err = {0};
    float length[SEQUENCES], ids[ROWS];
    *f = (fixture){.family = family};
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/families.safetensors", &f->golden, &err));
    golden(f->golden, family, "length", -1, length, SEQUENCES);
    golden(f->golden, family, "ids", -1, ids, ROWS);
    for (size_t s = 0; s < SEQUENCES; s++) f->start[s + 1] = f->start[s] + (size_t)length[s];
    for (size_t r = 0; r < ROWS; r++) f->token[r] = (int32_t)ids[r], f->row[r] = r;
    f->b = (spx_batch){.n = SEQUENCES, .start = f->start, .token = f->token};
}

/* Block by block: streams forward; then gradients of streams and of FFN outputs, backward. */
static void check_passes(const spx_model *m, const fixture *f)
{
    spx_error err = {0};
    const size_t layers = spx_model_shape(m)->layers;
    spx_tape *tape[8] = {0};
    static float x[ROWS * D], z[ROWS * V], want[ROWS * V], dx[ROWS * D], ffn[ROWS * D];
    float *const hook[1] = {ffn};
    spx_model_embed(m, &f->b, x);
    for (size_t l = 0; l < layers; l++) {
        golden(f->golden, f->family, "stream", (long)l, want, ROWS * D);
        check_near(x, want, ROWS * D);
        check_ok(spx_tape_new(m, l, l + 1, ROWS, &tape[l], &err));
        const spx_pass pass = {.from = l, .to = l + 1, .tape = tape[l]};
        check_ok(spx_model_forward(m, &f->b, &pass, x, &err));
    }
    golden(f->golden, f->family, "stream", (long)layers, want, ROWS * D);
    check_near(x, want, ROWS * D);
    check_ok(spx_model_logits(m, x, f->row, ROWS, z, &err));
    golden(f->golden, f->family, "logits", -1, want, ROWS * V);
    check_near(z, want, ROWS * V);

    nll_gradient(z, f->start, f->token);
    memset(dx, 0, sizeof dx);
    check_ok(spx_model_logits_backward(m, x, f->row, ROWS, z, dx, &err));
    for (size_t l = layers; l-- > 0;) {
        golden(f->golden, f->family, "dstream", (long)l + 1, want, ROWS * D);
        check_near(dx, want, ROWS * D);
        const spx_pass pass = {.from = l, .to = l + 1, .tape = tape[l], .dvalues = hook};
        check_ok(spx_model_backward(m, &f->b, &pass, dx, &err));
        golden(f->golden, f->family, "dffn", (long)l, want, ROWS * D);
        check_near(ffn, want, ROWS * D);
        spx_tape_free(tape[l]);
    }
    golden(f->golden, f->family, "dstream", 0, want, ROWS * D);
    check_near(dx, want, ROWS * D);
}

/* The last positions of each sequence over a cache of the first two give the same stream. */
static void check_cache(const spx_model *m, const fixture *f)
{
    spx_error err = {0};
    enum { HEAD = 2 };
    const size_t layers = spx_model_shape(m)->layers;
    size_t head[SEQUENCES + 1], tail[SEQUENCES + 1] = {0}, past[SEQUENCES];
    int32_t head_token[ROWS], tail_token[ROWS];
    static float x[ROWS * D], y[ROWS * D], want[ROWS * D];
    for (size_t s = 0; s <= SEQUENCES; s++) head[s] = s * HEAD;
    for (size_t s = 0; s < SEQUENCES; s++) {
        past[s] = HEAD;
        const size_t n = f->start[s + 1] - f->start[s] - HEAD;
        memcpy(head_token + head[s], f->token + f->start[s], HEAD * sizeof(int32_t));
        memcpy(tail_token + tail[s], f->token + f->start[s] + HEAD, n * sizeof(int32_t));
        tail[s + 1] = tail[s] + n;
    }
    spx_kv *kv = NULL;
    check_ok(spx_kv_new(m, 0, layers, HEAD * SEQUENCES, &kv, &err));
    const spx_batch first = {.n = SEQUENCES, .start = head, .token = head_token};
    const spx_batch rest = {SEQUENCES, tail, past, head, tail_token};
    const spx_pass fill = {.from = 0, .to = layers, .keep = kv};
    const spx_pass over = {.from = 0, .to = layers, .past = kv};
    spx_model_embed(m, &first, x);
    check_ok(spx_model_forward(m, &first, &fill, x, &err));
    spx_model_embed(m, &rest, y);
    check_ok(spx_model_forward(m, &rest, &over, y, &err));
    golden(f->golden, f->family, "stream", (long)layers, want, ROWS * D);
    for (size_t s = 0; s < SEQUENCES; s++)
        check_near(y + tail[s] * D, want + (f->start[s] + HEAD) * D, (tail[s + 1] - tail[s]) * D);
    spx_kv_free(kv);
}

/* FFN outputs and keys as the forward hands them out: the output is ffn_out key, out x in, without
 * its bias where there is one (checked on families that have none). */
static void check_ffn_out(spx_model *m, const fixture *f, bool biased)
{
    spx_error err = {0};
    static float x[ROWS * D], key[ROWS * F], ffn[ROWS * D], want[ROWS * D];
    float *const keys[1] = {key}, *const out[1] = {ffn};
    const spx_pass pass = {.from = 0, .to = 1, .keys = keys, .values = out};
    const float *w = spx_model_ffn_out(m, 0);
    spx_model_embed(m, &f->b, x);
    check_ok(spx_model_forward(m, &f->b, &pass, x, &err));
    for (size_t r = 0; r < ROWS; r++)
        for (size_t i = 0; i < D; i++) {
            double sum = 0;
            for (size_t j = 0; j < F; j++) sum += (double)w[i * F + j] * (double)key[r * F + j];
            want[r * D + i] = (float)sum;
        }
    for (size_t r = ROWS; biased && r-- > 0;) /* row 0 shows the bias */
        for (size_t i = 0; i < D; i++) ffn[r * D + i] -= ffn[i] - want[i];
    check_near(ffn, want, ROWS * D);
}

static void check_family(const char *family, bool gguf, bool biased)
{
    spx_error err = {0};
    char path[512];
    fixture f;
    load(&f, family);
    for (int form = 0; form < (gguf ? 4 : 2); form++) { /* in float and as stored: BF16, Q8_0 */
        snprintf(path, sizeof path, SPX_TESTS "/data/families/%s%s", family,
                 form / 2 ? ".gguf" : "");
        spx_model *m = open_as(path, form % 2 ? SPX_RESIDENT_STORED : SPX_RESIDENT_FLOAT);
        assert_string_equal(spx_model_shape(m)->family, family);
        check_passes(m, &f);
        check_cache(m, &f);
        check_ok(spx_model_widen(m, 0, &err));
        check_ffn_out(m, &f, biased);
        spx_model_close(m);
    }
    spx_ckpt_close(f.golden);
}

static void llama(void **state) { (void)state, check_family("llama", true, false); }
static void mistral(void **state) { (void)state, check_family("mistral", false, false); }
static void qwen2(void **state) { (void)state, check_family("qwen2", true, false); }
static void qwen3(void **state) { (void)state, check_family("qwen3", true, false); }
static void gpt2(void **state) { (void)state, check_family("gpt2", true, true); }
static void gptj(void **state) { (void)state, check_family("gptj", false, true); }
static void gpt_neox(void **state) { (void)state, check_family("gpt_neox", true, true); }
static void phi(void **state) { (void)state, check_family("phi", true, true); }
static void gemma3(void **state) { (void)state, check_family("gemma3", true, false); }

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

static void what_cannot_be_run_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *family, *from, *to;
        spx_status status;
        const char *says;
    } cases[] = {
        {"llama", "\"llama\"", "\"mamba\"", SPX_EUNSUP, "model_type 'mamba'"},
        {"llama", "\"llama3\"", "\"yarn\"", SPX_EUNSUP, "rope scaling 'yarn'"},
        {"llama", "\"low_freq_factor\"", "\"low\"", SPX_EFORMAT, "'llama3' lacks"},
        {"llama", "\"silu\"", "\"relu\"", SPX_EUNSUP, "activation 'relu'"},
        {"llama", "\"hidden_size\"", "\"size\"", SPX_EFORMAT, "hidden_size is missing"},
        {"llama", "\"hidden_size\": 64", "\"hidden_size\": 64.5", SPX_EFORMAT,
         "hidden_size is 64.5"},
        {"llama", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", SPX_ENOTFOUND,
         "block 2 has no attn_norm"},
        {"llama", "\"intermediate_size\": 96", "\"intermediate_size\": 80", SPX_ESHAPE,
         "mlp.gate_proj.weight is 96 x 64, not 80 x 64"},
        {"llama", "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", SPX_EFORMAT,
         "4 heads share keys of 3"},
        {"gptj", "\"rotary_dim\": 8", "\"rotary_dim\": 18", SPX_EFORMAT, "18 of 16 numbers"},
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

/* GPT-NeoX without parallel residuals adds attention before the FFN reads: another stream. */
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

static void numbers_that_are_not_finite_are_placed(void **state)
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

/* A weight of block 1 is made a NaN (0x7fc0 in BF16) in a copy of the file. */
static void a_weight_that_is_no_number_is_named(void **state)
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
static void an_edited_conv1d_is_laid_in_its_own_orientation(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama),
        cmocka_unit_test(mistral),
        cmocka_unit_test(qwen2),
        cmocka_unit_test(qwen3),
        cmocka_unit_test(gpt2),
        cmocka_unit_test(gptj),
        cmocka_unit_test(gpt_neox),
        cmocka_unit_test(phi),
        cmocka_unit_test(gemma3),
        cmocka_unit_test(what_cannot_be_run_is_named),
        cmocka_unit_test(a_setting_of_the_file_changes_the_block),
        cmocka_unit_test(numbers_that_are_not_finite_are_placed),
        cmocka_unit_test(a_weight_that_is_no_number_is_named),
        cmocka_unit_test(an_edited_conv1d_is_laid_in_its_own_orientation),
        cmocka_unit_test(opening_a_folder_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
