/* test_runtime.c: logits and gradients against an independent PyTorch model in double
 * (golden/forward.py), and positions reused from a cache. */
#include "check.h"

#include "spx/model.h"
#include "spx/rng.h"

#include <string.h>

static spx_model *open_model(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static float *zeros(size_t n)
{
    spx_error err = {0};
    float *p = NULL;
    check_ok(SPX_NEW(&p, n, &err));
    return p;
}

/* A tensor of a golden file in float, of length *n. */
static float *golden(const spx_ckpt *c, const char *name, size_t *n)
{
    const spx_tensor *t = spx_ckpt_find(c, name);
    assert_non_null(t);
    *n = spx_tensor_rows(t) * spx_tensor_cols(t);
    float *out = zeros(*n);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
    return out;
}

static double worst(const float *a, const float *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)a[i] - (double)b[i]));
    return most;
}

/* ||a - b|| / ||b|| */
static double relative(const float *a, const float *b, size_t n)
{
    double diff = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        diff = hypot(diff, (double)a[i] - (double)b[i]);
        size = hypot(size, (double)b[i]);
    }
    return diff / size;
}

/* Turns z (v logits) into w (p - e_t). */
static void nll_gradient(float *z, size_t v, int32_t t, double w)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 0; j < v; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < v; j++) sum += exp((double)z[j] - most);
    for (size_t j = 0; j < v; j++) z[j] = (float)(w * exp((double)z[j] - most) / sum);
    z[t] -= (float)w;
}

typedef struct fixture {
    spx_model *m;
    size_t start[4], rows, row[64];
    int32_t token[64];
    spx_batch b;
} fixture;

static void load(fixture *f, const spx_ckpt *c)
{
    size_t n = 0;
    *f = (fixture){.m = open_model(SPX_TESTS "/data/tiny.gguf")};
    float *ids = golden(c, "ids", &f->rows), *length = golden(c, "length", &n);
    assert_int_equal(n, 3);
    for (size_t s = 0; s < n; s++) f->start[s + 1] = f->start[s] + (size_t)length[s];
    for (size_t r = 0; r < f->rows; r++) f->token[r] = (int32_t)ids[r], f->row[r] = r;
    f->b = (spx_batch){.n = 3, .start = f->start, .token = f->token};
    spx_free(ids);
    spx_free(length);
}

static void the_tiny_model_matches_pytorch(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    fixture f;
    size_t n = 0;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/tiny.safetensors", &c, &err));
    load(&f, c);
    const size_t d = 64, v = 512;
    float *x = zeros(f.rows * d), *z = zeros(f.rows * v), *dx = zeros(f.rows * d);
    float *want = golden(c, "residual", &n);
    spx_tape *tape = NULL;
    check_ok(spx_tape_new(f.m, 2, 5, f.rows, &tape, &err));
    const spx_pass below = {.from = 0, .to = 2}, above = {.from = 2, .to = 5, .tape = tape};
    spx_model_embed(f.m, &f.b, x);
    check_ok(spx_model_forward(f.m, &f.b, &below, x, &err));
    check_leq(worst(x, want, n), 1e-4);
    spx_free(want);

    check_ok(spx_model_forward(f.m, &f.b, &above, x, &err));
    check_ok(spx_model_logits(f.m, x, f.row, f.rows, z, &err));
    want = golden(c, "logits", &n);
    check_leq(worst(z, want, n), 1e-3);
    spx_free(want);

    for (size_t s = 0; s < 3; s++)
        for (size_t r = f.start[s]; r < f.start[s + 1]; r++) {
            if (r + 1 == f.start[s + 1])
                memset(z + r * v, 0, v * sizeof(float));
            else
                nll_gradient(z + r * v, v, f.token[r + 1],
                             1 / (double)(f.start[s + 1] - f.start[s] - 1));
        }
    check_ok(spx_model_logits_backward(f.m, x, f.row, f.rows, z, dx, &err));
    check_ok(spx_model_backward(f.m, &f.b, &above, dx, &err));
    want = golden(c, "gradient", &n);
    check_leq(relative(dx, want, n), 1e-3);
    spx_free(want);
    spx_free(x);
    spx_free(z);
    spx_free(dx);
    spx_tape_free(tape);
    spx_model_close(f.m);
    spx_ckpt_close(c);
}

static void smollm2_matches_pytorch(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    size_t rows = 0, n = 0;
    spx_model *m = open_model(check_model());
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/smollm2.safetensors", &c, &err));
    float *ids = golden(c, "ids", &rows), *target = golden(c, "target", &n);
    const size_t d = 576, v = 49152, start[2] = {0, rows}, last = rows - 1;
    int32_t token[32];
    for (size_t r = 0; r < rows; r++) token[r] = (int32_t)ids[r];
    const spx_batch b = {.n = 1, .start = start, .token = token};
    float *x = zeros(rows * d), *z = zeros(v), *dx = zeros(rows * d);
    spx_tape *tape = NULL;
    check_ok(spx_tape_new(m, 11, 30, rows, &tape, &err));
    const spx_pass below = {.from = 0, .to = 11}, above = {.from = 11, .to = 30, .tape = tape};
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &below, x, &err));
    check_ok(spx_model_forward(m, &b, &above, x, &err));
    check_ok(spx_model_logits(m, x, &last, 1, z, &err));
    float *want = golden(c, "logits", &n);
    assert_int_equal(n, v / 16);
    for (size_t i = 0; i < n; i++) check_leq(fabs((double)z[16 * i] - (double)want[i]), 1e-3);
    spx_free(want);
    size_t best = 0;
    for (size_t j = 0; j < v; j++) best = z[j] > z[best] ? j : best;
    assert_int_equal(best, (size_t)target[0]); /* " French" is the most likely next token */
    nll_gradient(z, v, (int32_t)target[0], 1);
    check_ok(spx_model_logits_backward(m, x, &last, 1, z, dx, &err));
    check_ok(spx_model_backward(m, &b, &above, dx, &err));
    want = golden(c, "gradient", &n);
    check_leq(relative(dx, want, n), 1e-3);
    float *const owned[] = {want, ids, target, x, z, dx};
    for (size_t i = 0; i < 6; i++) spx_free(owned[i]);
    spx_tape_free(tape);
    spx_model_close(m);
    spx_ckpt_close(c);
}

/* A prompt's head that is run once and two tails that continue it give the streams of whole
 * sequences, and the gradients of the tail's first row, on which nothing before the tail
 * depends. */
static void a_cached_head_gives_the_same_stream(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_model(SPX_TESTS "/data/tiny.gguf");
    enum { HEAD = 6, TAIL = 5, ALL = HEAD + TAIL, D = 64 };
    int32_t whole[2 * ALL], tails[2 * TAIL];
    spx_rng rng = spx_rng_seed(3);
    for (size_t i = 0; i < 2 * ALL; i++) whole[i] = (int32_t)(1 + spx_rng_below(&rng, 500));
    memcpy(whole + ALL, whole, HEAD * sizeof *whole);
    memcpy(tails, whole + HEAD, TAIL * sizeof *whole);
    memcpy(tails + TAIL, whole + ALL + HEAD, TAIL * sizeof *whole);
    const size_t start[3] = {0, ALL, 2 * ALL}, tail_start[3] = {0, TAIL, 2 * TAIL};
    const size_t past[2] = {HEAD, HEAD}, past_row[2] = {0, 0}, head_start[2] = {0, HEAD};
    const spx_batch b = {.n = 2, .start = start, .token = whole};
    const spx_batch head = {.n = 1, .start = head_start, .token = whole};
    const spx_batch tail = {
        .n = 2, .start = tail_start, .past = past, .past_row = past_row, .token = tails};
    float x[2 * ALL * D], y[2 * TAIL * D], h[HEAD * D], dx[2 * ALL * D] = {0}, dy[2 * TAIL * D];
    spx_kv *kv = NULL;
    spx_tape *long_tape = NULL, *tape = NULL;
    check_ok(spx_kv_new(m, 0, 5, HEAD, &kv, &err));
    check_ok(spx_tape_new(m, 0, 5, 2 * ALL, &long_tape, &err));
    check_ok(spx_tape_new(m, 0, 5, 2 * TAIL, &tape, &err));
    const spx_pass all = {.from = 0, .to = 5, .tape = long_tape},
                   fill = {.from = 0, .to = 5, .keep = kv};
    const spx_pass rest = {.from = 0, .to = 5, .past = kv, .tape = tape};
    spx_model_embed(m, &b, x);
    check_ok(spx_model_forward(m, &b, &all, x, &err));
    spx_model_embed(m, &head, h);
    check_ok(spx_model_forward(m, &head, &fill, h, &err));
    spx_model_embed(m, &tail, y);
    check_ok(spx_model_forward(m, &tail, &rest, y, &err));
    for (size_t s = 0; s < 2; s++) {
        check_leq(worst(y + s * TAIL * D, x + (s * ALL + HEAD) * D, TAIL * D), 2e-5);
        for (size_t i = 0; i < TAIL * D; i++)
            dx[(s * ALL + HEAD) * D + i] = dy[s * TAIL * D + i] = (float)spx_rng_normal(&rng);
    }
    check_ok(spx_model_backward(m, &b, &all, dx, &err));
    check_ok(spx_model_backward(m, &tail, &rest, dy, &err));
    for (size_t s = 0; s < 2; s++)
        check_leq(relative(dy + s * TAIL * D, dx + (s * ALL + HEAD) * D, D), 2e-5);
    spx_tape_free(tape);
    spx_tape_free(long_tape);
    spx_kv_free(kv);
    spx_model_close(m);
}

static void positions_past_the_context_are_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_model(SPX_TESTS "/data/tiny.gguf");
    int32_t token[513] = {0};
    const size_t start[2] = {0, 513};
    const spx_batch b = {.n = 1, .start = start, .token = token};
    const spx_pass all = {.from = 0, .to = 1};
    float *x = zeros(513 * 64);
    assert_int_equal(spx_model_forward(m, &b, &all, x, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "513"));
    spx_free(x);
    spx_model_close(m);
}

static void passes_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    spx_kv *kv = NULL;
    spx_tape *tape = NULL;
    int32_t token[4] = {1, 2, 3, 4};
    const size_t start[2] = {0, 4}, last = 3;
    const spx_batch b = {.n = 1, .start = start, .token = token};
    float x[4 * 64], z[512], dx[4 * 64] = {0};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_survives_oom((err = (spx_error){0}, spx_model_open(c, &m, &err)));
    check_survives_oom((err = (spx_error){0}, spx_kv_new(m, 0, 5, 4, &kv, &err)));
    check_survives_oom((err = (spx_error){0}, spx_tape_new(m, 0, 5, 4, &tape, &err)));
    const spx_pass pass = {.from = 0, .to = 5, .keep = kv, .tape = tape};
    spx_status st = SPX_ENOMEM; /* the model keeps its workspace, so blocks are not counted here */
    for (long n = 0; st != SPX_OK; n++) {
        assert_true(n < 100);
        spx_model_embed(m, &b, x);
        spx_test_fail_alloc_after(n);
        st = spx_model_forward(m, &b, &pass, x, &err);
        if (st == SPX_OK) st = spx_model_logits(m, x, &last, 1, z, &err);
        if (st == SPX_OK) st = spx_model_logits_backward(m, x, &last, 1, z, dx, &err);
        if (st == SPX_OK) st = spx_model_backward(m, &b, &pass, dx, &err);
        spx_test_fail_alloc_after(-1);
    }
    spx_tape_free(tape);
    spx_kv_free(kv);
    spx_model_close(m);
    spx_ckpt_close(c);
    assert_int_equal(spx_test_live_blocks(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tiny_model_matches_pytorch),
        cmocka_unit_test(smollm2_matches_pytorch),
        cmocka_unit_test(a_cached_head_gives_the_same_stream),
        cmocka_unit_test(positions_past_the_context_are_refused),
        cmocka_unit_test(passes_survive_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
