/* test_layer_math.c: each layer against a plain reference in double, and each backward against
 * central differences of that reference. */
#include "check.h"
#include "linear/exp.h"
#include "model/layer_math.h"

#include "spx/rng.h"

#include <string.h>

/* A layer as a function in double, from n inputs to m outputs, with its parameters in arg. */
typedef void reference(const double *in, double *out, const void *arg);
enum { MOST = 1400 };

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

typedef struct norm_case {
    double w[D], b[D];
    bool centred, biased;
} norm_case;

static void norm_reference(const double *in, double *out, const void *arg)
{
    const norm_case *c = arg;
    for (size_t r = 0; r < ROWS; r++, in += D, out += D) {
        double mean = 0, squares = 0;
        for (size_t j = 0; c->centred && j < D; j++) mean += in[j] / D;
        for (size_t j = 0; j < D; j++) squares += (in[j] - mean) * (in[j] - mean);
        for (size_t j = 0; j < D; j++)
            out[j] =
                (in[j] - mean) / sqrt(squares / D + 1e-5) * c->w[j] + (c->biased ? c->b[j] : 0);
    }
}

static void check_norm(bool centred, bool biased)
{
    spx_rng rng = spx_rng_seed(1);
    norm_case c = {.centred = centred, .biased = biased};
    double x[ROWS * D], dy[ROWS * D], want[ROWS * D];
    float xf[ROWS * D], wf[D], bf[D], dyf[ROWS * D], got[ROWS * D];
    fill(x, ROWS * D, &rng);
    fill(c.w, D, &rng);
    fill(c.b, D, &rng);
    fill(dy, ROWS * D, &rng);
    for (size_t i = 0; i < ROWS * D; i++) x[i] += 2; /* a mean to take off */
    narrow(x, xf, ROWS * D);
    narrow(c.w, wf, D);
    narrow(c.b, bf, D);
    narrow(dy, dyf, ROWS * D);
    const norm n = {wf, biased ? bf : NULL, centred, 1e-5};
    norm_reference(x, want, &c);
    layer_norm(got, xf, &n, ROWS, D);
    check_close(got, want, ROWS * D, 1e-6);
    memcpy(got, xf, sizeof got);
    layer_norm(got, got, &n, ROWS, D); /* in place */
    check_close(got, want, ROWS * D, 1e-6);
    differences(norm_reference, &c, x, ROWS * D, dy, ROWS * D, want);
    for (size_t i = 0; i < ROWS * D; i++) got[i] = 1, want[i] += 1; /* the gradient is added */
    layer_norm_back(got, dyf, xf, &n, ROWS, D);
    check_close(got, want, ROWS * D, 2e-6);
}

static void norms_and_their_gradients(void **state)
{
    (void)state;
    check_norm(false, false);
    check_norm(false, true);
    check_norm(true, false);
    check_norm(true, true);
}

typedef struct activation_case {
    spx_activation a;
    bool gated;
} activation_case;

static double activation(spx_activation a, double g)
{
    const double u = sqrt(2 / acos(-1)) * (g + 0.044715 * g * g * g);
    if (a == SPX_SILU) return g / (1 + exp(-g));
    return a == SPX_GELU ? g * erfc(-g / sqrt(2)) / 2 : g * (1 + tanh(u)) / 2;
}

static void activation_reference(const double *in, double *out, const void *arg)
{
    const activation_case *c = arg;
    const size_t width = c->gated ? 2 * D : D;
    for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < D; j++) {
            const double *x = in + r * width + j;
            out[r * D + j] = activation(c->a, *x) * (c->gated ? x[D] : 1);
        }
}

static void check_activation(spx_activation a, bool gated)
{
    const activation_case c = {a, gated};
    const size_t n = ROWS * D * (gated ? 2 : 1);
    spx_rng rng = spx_rng_seed(2);
    double x[ROWS * 2 * D], dy[ROWS * D], want[ROWS * 2 * D];
    float xf[ROWS * 2 * D], dyf[ROWS * D], got[ROWS * 2 * D];
    fill(x, n, &rng);
    fill(dy, ROWS * D, &rng);
    x[0] = 40;
    x[1] = -40;
    x[2] = -300; /* exp(300) overflows a float */
    narrow(x, xf, n);
    narrow(dy, dyf, ROWS * D);
    activation_reference(x, want, &c);
    layer_activate(got, xf, ROWS, D, a, gated);
    check_close(got, want, ROWS * D, 1e-6);
    differences(activation_reference, &c, x, n, dy, ROWS * D, want);
    layer_activate_back(got, dyf, xf, ROWS, D, a, gated);
    check_close(got, want, n, 2e-6);
}

static void activations_and_their_gradients(void **state)
{
    (void)state;
    for (int gated = 0; gated < 2; gated++) {
        check_activation(SPX_SILU, gated);
        check_activation(SPX_GELU, gated);
        check_activation(SPX_GELU_TANH, gated);
    }
}

/* Over the whole range of exp, and beyond. */
static void exp_is_accurate_over_its_range(void **state)
{
    (void)state;
    for (double x = -86.9; x < 88; x += 0.0137) {
        const float in = (float)x;
        check_leq(fabs((double)spx_exp(in) / exp((double)in) - 1), 3e-7);
    }
    assert_true(spx_exp(-1000) == 0.0F);
    assert_true(spx_exp(0) == 1.0F);
    assert_true(spx_exp(1000) == spx_exp(88));
}

/* Both orders turn the same pairs of the first 2 half numbers. Turning back is the inverse and, as
 * rope is orthogonal, the backward. */
static void check_rope(size_t half, bool interleaved)
{
    enum { H = 8, HEADS = 3, POSITION = 5 };
    spx_rng rng = spx_rng_seed(3);
    const rope_shape shape = {.head_dim = H, .half = half, .interleaved = interleaved};
    float c[16 * H / 2], s[16 * H / 2], y[HEADS * H];
    double step[H / 2], x[HEADS * H], want[HEADS * H];
    for (size_t i = 0; i < half; i++) step[i] = pow(10000, -(double)i / (double)half);
    layer_rope_table(c, s, 16, step, half);
    fill(x, HEADS * H, &rng);
    narrow(x, y, HEADS * H);
    memcpy(want, x, sizeof want);
    for (size_t head = 0; head < HEADS * H; head += H)
        for (size_t j = 0; j < half; j++) {
            const size_t a = head + (interleaved ? 2 * j : j),
                         b = head + (interleaved ? 2 * j + 1 : j + half);
            const double angle = POSITION * step[j];
            want[a] = x[a] * cos(angle) - x[b] * sin(angle);
            want[b] = x[a] * sin(angle) + x[b] * cos(angle);
        }
    layer_rope(y, c + POSITION * half, s + POSITION * half, HEADS, &shape, 1);
    check_close(y, want, HEADS * H, 1e-6);
    layer_rope(y, c + POSITION * half, s + POSITION * half, HEADS, &shape, -1);
    check_close(y, x, HEADS * H, 1e-6);
}

static void rope_turns_pairs_and_back(void **state)
{
    (void)state;
    for (int interleaved = 0; interleaved < 2; interleaved++) {
        check_rope(4, interleaved);
        check_rope(1, interleaved); /* a quarter of the head */
    }
}

/* One head: rows of q, k, v side by side, after `past` cached keys and values in arg. */
enum { H = 6, T = 71, PAST = 4, LD = 3 * H }; /* more rows than a stripe of queries */
typedef struct cache {
    double k[PAST * H], v[PAST * H], scale;
    size_t past, window;
} cache;

static void attention_reference(const double *in, double *out, const void *arg)
{
    const cache *c = arg;
    for (size_t r = 0; r < T; r++) {
        double p[PAST + T], sum = 0;
        const size_t seen = c->past + r + 1;
        const size_t first = c->window && seen > c->window ? seen - c->window : 0;
        for (size_t j = first; j < seen; j++) {
            const double *k = j < c->past ? c->k + j * H : in + (j - c->past) * LD + H;
            p[j] = 0;
            for (size_t i = 0; i < H; i++) p[j] += in[r * LD + i] * k[i];
            p[j] = exp(p[j] * c->scale);
            sum += p[j];
        }
        for (size_t i = 0; i < H; i++) {
            out[r * H + i] = 0;
            for (size_t j = first; j < seen; j++)
                out[r * H + i] +=
                    p[j] / sum *
                    (j < c->past ? c->v[j * H + i] : in[(j - c->past) * LD + 2 * H + i]);
        }
    }
}

static void check_attention(size_t past, size_t window, double scale)
{
    spx_rng rng = spx_rng_seed(4 + past);
    cache c = {.past = past, .window = window, .scale = scale};
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
                         .window = window,
                         .scale = (float)scale,
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

static void attention_and_its_gradients(void **state)
{
    (void)state;
    check_attention(0, 0, 1 / sqrt(H));
    check_attention(PAST, 0, 0.3);
    check_attention(0, 3, 1 / sqrt(H));
    check_attention(PAST, 3, 1 / sqrt(H)); /* part of the cache is outside the window */
    check_attention(PAST, 1, 1 / sqrt(H));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_and_their_gradients),
        cmocka_unit_test(activations_and_their_gradients),
        cmocka_unit_test(exp_is_accurate_over_its_range),
        cmocka_unit_test(rope_turns_pairs_and_back),
        cmocka_unit_test(attention_and_its_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
