/* test_families.c: every family, from both formats, against Hugging Face transformers
 * (golden/families.py): streams, logits, gradients, caches. */
#include "tiny_families.h"

/* max |a - b| / max |b| between float and double after a few blocks of width 64: a few hundred
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

/* Turns logits into the gradient of the sum over sequences of the mean NLL. */
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

/* Block by block: the streams forward, then the gradients of streams and FFN outputs backward. */
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
    const spx_batch rest = {
        .n = SEQUENCES, .start = tail, .past = past, .past_row = head, .token = tail_token};
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

/* A pass that needs some rows gives those of the pass over all, packed; it takes their gradients
 * packed, where the other takes zeros for the remaining rows. */
static void check_chosen_rows(const spx_model *m, const fixture *f)
{
    spx_error err = {0};
    const size_t to = spx_model_shape(m)->layers, from = to - 2;
    static float all[ROWS * D], some[ROWS * D], dall[ROWS * D], dsome[ROWS * D];
    size_t row[ROWS], n = 0;
    spx_tape *tape[2] = {0};
    for (size_t r = 0; r < ROWS; r++)
        if (r % 3 != 1) row[n++] = r;
    for (size_t i = 0; i < 2; i++) check_ok(spx_tape_new(m, from, to, ROWS, &tape[i], &err));
    const spx_pass whole = {.from = from, .to = to, .tape = tape[0]};
    const spx_pass narrow = {.from = from, .to = to, .tape = tape[1], .row = row, .rows = n};
    spx_model_embed(m, &f->b, all);
    spx_model_embed(m, &f->b, some);
    check_ok(spx_model_forward(m, &f->b, &whole, all, &err));
    check_ok(spx_model_forward(m, &f->b, &narrow, some, &err));
    memset(dall, 0, sizeof dall);
    for (size_t i = 0; i < n; i++) {
        check_near(some + i * D, all + row[i] * D, D);
        memcpy(dsome + i * D, some + (n - 1 - i) * D, D * sizeof(float)); /* any gradient */
        memcpy(dall + row[i] * D, dsome + i * D, D * sizeof(float));
    }
    check_ok(spx_model_backward(m, &f->b, &whole, dall, &err));
    check_ok(spx_model_backward(m, &f->b, &narrow, dsome, &err));
    check_near(dsome, dall, ROWS * D);
    for (size_t i = 0; i < 2; i++) spx_tape_free(tape[i]);
}

/* FFN keys and outputs as the forward gives them: the output is W_out key, plus a bias in some
 * families; there only differences between rows are compared. */
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
        check_chosen_rows(m, &f);
        check_ok(spx_model_widen(m, 0, &err));
        check_ffn_out(m, &f, biased);
        spx_model_close(m);
    }
    spx_ckpt_close(f.golden);
}

static void llama_matches_transformers(void **state)
{
    (void)state, check_family("llama", true, false);
}
static void mistral_matches_transformers(void **state)
{
    (void)state, check_family("mistral", false, false);
}
static void qwen2_matches_transformers(void **state)
{
    (void)state, check_family("qwen2", true, false);
}
static void qwen3_matches_transformers(void **state)
{
    (void)state, check_family("qwen3", true, false);
}
static void gpt2_matches_transformers(void **state)
{
    (void)state, check_family("gpt2", true, true);
}
static void gptj_matches_transformers(void **state)
{
    (void)state, check_family("gptj", false, true);
}
static void gpt_neox_matches_transformers(void **state)
{
    (void)state, check_family("gpt_neox", true, true);
}
static void phi_matches_transformers(void **state) { (void)state, check_family("phi", true, true); }
static void gemma3_matches_transformers(void **state)
{
    (void)state, check_family("gemma3", true, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(llama_matches_transformers),
        cmocka_unit_test(mistral_matches_transformers),
        cmocka_unit_test(qwen2_matches_transformers),
        cmocka_unit_test(qwen3_matches_transformers),
        cmocka_unit_test(gpt2_matches_transformers),
        cmocka_unit_test(gptj_matches_transformers),
        cmocka_unit_test(gpt_neox_matches_transformers),
        cmocka_unit_test(phi_matches_transformers),
        cmocka_unit_test(gemma3_matches_transformers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
