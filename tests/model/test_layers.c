/* test_layers.c: each layer against a plain reference in double, and each backward against central
 * differences of that reference. */
#include "check.h"
#include "model/layers.h"

#include "spx/rng.h"

#include <string.h>

/* A layer as the test sees it: n inputs to m outputs, in double, with what it needs in arg. */
typedef void reference(const double *in, double *out, const void *arg);
enum { MOST = 1200 };

static void fill(double *x, size_t n, spx_rng *rng)
{
    for (size_t i = 0; i < n; i++) x[i] = spx_rng_normal(rng);
}

static void narrow(const double *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = (float)x[i];
}

static void check_close(const float *got, const double *want, size_t n, double tolerance)
{
    double size = 0;
    for (size_t i = 0; i < n; i++) size = fmax(size, fabs(want[i]));
    for (size_t i = 0; i < n; i++) check_leq(fabs((double)got[i] - want[i]), tolerance * size);
}

/* d<w, f(in)>/d in by central differences: the relative error is near (eps)^(2/3) = 4e-11. */
static void differences(reference *f, const void *arg, const double *in, size_t n, const double *w,
                        size_t m, double *gradient)
{
    static double x[MOST], up[MOST], down[MOST];
    const double h = 1e-5;
    memcpy(x, in, n * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        x[i] = in[i] + h;
        f(x, up, arg);
        x[i] = in[i] - h;
        f(x, down, arg);
        x[i] = in[i];
        gradient[i] = 0;
        for (size_t j = 0; j < m; j++) gradient[i] += w[j] * (up[j] - down[j]) / (2 * h);
    }
}

enum { ROWS = 5, D = 24 };

static void norm_reference(const double *in, double *out, const void *arg)
{
    const double *w = arg;
    for (size_t r = 0; r < ROWS; r++) {
        double sum = 0;
        for (size_t j = 0; j < D; j++) sum += in[r * D + j] * in[r * D + j];
        for (size_t j = 0; j < D; j++) out[r * D + j] = in[r * D + j] * w[j] / sqrt(sum / D + 1e-5);
    }
}

static void test_rmsnorm(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    double x[ROWS * D], w[D], dy[ROWS * D], want[ROWS * D];
    float xf[ROWS * D], wf[D], dyf[ROWS * D], got[ROWS * D], inv[ROWS];
    fill(x, ROWS * D, &rng);
    fill(w, D, &rng);
    fill(dy, ROWS * D, &rng);
    narrow(x, xf, ROWS * D);
    narrow(w, wf, D);
    narrow(dy, dyf, ROWS * D);
    norm_reference(x, want, w);
    layer_rmsnorm(got, inv, xf, wf, ROWS, D, 1e-5);
    check_close(got, want, ROWS * D, 1e-6);
    differences(norm_reference, w, x, ROWS * D, dy, ROWS * D, want);
    for (size_t i = 0; i < ROWS * D; i++) got[i] = 1, want[i] += 1; /* the gradient is added */
    layer_rmsnorm_back(got, dyf, xf, inv, wf, ROWS, D);
    check_close(got, want, ROWS * D, 2e-6);
}

static void swiglu_reference(const double *in, double *out, const void *arg)
{
    (void)arg;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < D; j++) {
            const double g = in[r * 2 * D + j], u = in[r * 2 * D + D + j];
            out[r * D + j] = g / (1 + exp(-g)) * u;
        }
}

static void test_swiglu(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(2);
    double x[ROWS * 2 * D], dy[ROWS * D], want[ROWS * 2 * D];
    float xf[ROWS * 2 * D], dyf[ROWS * D], got[ROWS * 2 * D];
    fill(x, ROWS * 2 * D, &rng);
    fill(dy, ROWS * D, &rng);
    x[0] = 40;
    x[1] = -40;
    narrow(x, xf, ROWS * 2 * D);
    narrow(dy, dyf, ROWS * D);
    swiglu_reference(x, want, NULL);
    layer_swiglu(got, xf, ROWS, D);
    check_close(got, want, ROWS * D, 1e-6);
    differences(swiglu_reference, NULL, x, ROWS * 2 * D, dy, ROWS * D, want);
    layer_swiglu_back(got, dyf, xf, ROWS, D);
    check_close(got, want, ROWS * 2 * D, 2e-6);
}

/* exp over its whole range, extremes too. */
static void test_exp(void **state)
{
    (void)state;
    for (double x = -86.9; x < 88; x += 0.0137) {
        const float in = (float)x;
        check_leq(fabs((double)layer_exp(in) / exp((double)in) - 1), 3e-7);
    }
    assert_true(layer_exp(-1000) == 0.0F);
    assert_true(layer_exp(0) == 1.0F);
}

/* Both storage orders turn the same pairs; turning back is the inverse and, orthogonal, the
 * backward. */
static void test_rope(void **state)
{
    (void)state;
    enum { H = 8, HEADS = 3, POSITION = 5 };
    spx_rng rng = spx_rng_seed(3);
    float c[16 * H / 2], s[16 * H / 2];
    layer_rope_table(c, s, 16, H, 10000);
    const float *cp = c + POSITION * H / 2, *sp = s + POSITION * H / 2;
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        double x[HEADS * H], want[HEADS * H];
        float y[HEADS * H];
        fill(x, HEADS * H, &rng);
        narrow(x, y, HEADS * H);
        for (size_t i = 0; i < HEADS * H / 2; i++) {
            const size_t head = i / (H / 2) * H, j = i % (H / 2);
            const size_t a = head + (interleaved ? 2 * j : j),
                         b = head + (interleaved ? 2 * j + 1 : j + H / 2);
            const double angle = POSITION * pow(10000, -2.0 * (double)j / H);
            want[a] = x[a] * cos(angle) - x[b] * sin(angle);
            want[b] = x[a] * sin(angle) + x[b] * cos(angle);
        }
        layer_rope(y, cp, sp, HEADS, H, interleaved, 1);
        check_close(y, want, HEADS * H, 1e-6);
        layer_rope(y, cp, sp, HEADS, H, interleaved, -1);
        check_close(y, x, HEADS * H, 1e-6);
    }
}

/* One head: rows of q, k, v side by side, behind `past` cached keys and values in arg. */
enum { H = 6, T = 7, PAST = 4, LD = 3 * H };
typedef struct cache {
    double k[PAST * H], v[PAST * H];
    size_t past;
} cache;

static void attention_reference(const double *in, double *out, const void *arg)
{
    const cache *c = arg;
    for (size_t r = 0; r < T; r++) {
        double p[PAST + T], sum = 0;
        const size_t seen = c->past + r + 1;
        for (size_t j = 0; j < seen; j++) {
            const double *k = j < c->past ? c->k + j * H : in + (j - c->past) * LD + H;
            p[j] = 0;
            for (size_t i = 0; i < H; i++) p[j] += in[r * LD + i] * k[i];
            p[j] = exp(p[j] / sqrt(H));
            sum += p[j];
        }
        for (size_t i = 0; i < H; i++) {
            out[r * H + i] = 0;
            for (size_t j = 0; j < seen; j++)
                out[r * H + i] +=
                    p[j] / sum *
                    (j < c->past ? c->v[j * H + i] : in[(j - c->past) * LD + 2 * H + i]);
        }
    }
}

static void check_attention(size_t past)
{
    spx_rng rng = spx_rng_seed(4 + past);
    cache c = {.past = past};
    double x[T * LD], dy[T * H], want[T * LD];
    float xf[T * LD], dyf[T * H], kf[PAST * H], vf[PAST * H], got[T * LD] = {0},
                                                                      scores[2 * T * (PAST + T)];
    fill(c.k, PAST * H, &rng);
    fill(c.v, PAST * H, &rng);
    fill(x, T * LD, &rng);
    fill(dy, T * H, &rng);
    narrow(c.k, kf, PAST * H);
    narrow(c.v, vf, PAST * H);
    narrow(x, xf, T * LD);
    narrow(dy, dyf, T * H);
    const head_view a = {.rows = T,
                         .past = past,
                         .h = H,
                         .ld = LD,
                         .past_ld = H,
                         .q = xf,
                         .k = xf + H,
                         .v = xf + 2 * H,
                         .past_k = past ? kf : NULL,
                         .past_v = past ? vf : NULL};
    attention_reference(x, want, &c);
    layer_attention(got, H, &a, scores);
    check_close(got, want, T * H, 2e-6);
    memset(got, 0, sizeof got);
    differences(attention_reference, &c, x, T * LD, dy, T * H, want);
    layer_attention_back(got, got + H, got + 2 * H, LD, dyf, H, &a, scores);
    check_close(got, want, T * LD, 4e-6);
}

static void test_attention(void **state)
{
    (void)state;
    check_attention(0);
    check_attention(PAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rmsnorm),   cmocka_unit_test(test_swiglu),
        cmocka_unit_test(test_exp),       cmocka_unit_test(test_rope),
        cmocka_unit_test(test_attention),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
