/* layer_math.c: norms, rotary positions and activations of the FFN, forward and backward. */
#include "model/layer_math.h"

#include "linear/exp.h"

#include <math.h>
#include <string.h>

/* The mean mu of a row (0 unless centred) and s = 1 / sqrt(mean((x - mu)^2) + eps). */
static void row_moments(const float *x, const norm *n, size_t d, double *mean, double *inv)
{
    double sum = 0, squares = 0;
    for (size_t j = 0; n->centred && j < d; j++) sum += (double)x[j];
    *mean = sum / (double)d;
    for (size_t j = 0; j < d; j++) squares += ((double)x[j] - *mean) * ((double)x[j] - *mean);
    *inv = 1 / sqrt(squares / (double)d + n->eps);
}

void layer_norm(float *out, const float *x, const norm *n, size_t rows, size_t d)
{
#pragma omp parallel for schedule(static) if (rows > 16)
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * d;
        float *y = out + r * d;
        double mean = 0, inv = 0;
        row_moments(in, n, d, &mean, &inv);
        const float mu = (float)mean, s = (float)inv;
        for (size_t j = 0; j < d; j++) y[j] = (in[j] - mu) * s * n->w[j];
        for (size_t j = 0; n->b && j < d; j++) y[j] += n->b[j];
    }
}

/* With c = x - mu, g = w dy:  dx_j = s g_j - s^3 c_j / d sum_i g_i c_i  [- s / d sum_i g_i].
 * The last term is part of a centred norm only. */
void layer_norm_back(float *dx, const float *dout, const float *x, const norm *n, size_t rows,
                     size_t d)
{
#pragma omp parallel for schedule(static) if (rows > 16)
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * d, *dy = dout + r * d;
        double mean = 0, inv = 0, dot = 0, sum = 0;
        row_moments(in, n, d, &mean, &inv);
        for (size_t j = 0; j < d; j++) dot += (double)(n->w[j] * dy[j]) * ((double)in[j] - mean);
        for (size_t j = 0; n->centred && j < d; j++) sum += (double)(n->w[j] * dy[j]);
        const float s = (float)inv, mu = (float)mean, even = (float)(inv * sum / (double)d);
        const float along = (float)(inv * inv * inv * dot / (double)d);
        for (size_t j = 0; j < d; j++)
            dx[r * d + j] += s * n->w[j] * dy[j] - along * (in[j] - mu) - even;
    }
}

void layer_rope_table(float *cosines, float *sines, size_t positions, const double *step,
                      size_t half)
{
#pragma omp parallel for schedule(static) if (positions > 64)
    for (size_t p = 0; p < positions; p++)
        for (size_t i = 0; i < half; i++) {
            cosines[p * half + i] = (float)cos((double)p * step[i]);
            sines[p * half + i] = (float)sin((double)p * step[i]);
        }
}

void layer_rope(float *x, const float *c, const float *s, size_t heads, const rope_shape *r,
                float sign)
{
    const size_t step = r->interleaved ? 2 : 1, gap = r->interleaved ? 1 : r->half;
    for (size_t head = 0; head < heads; head++, x += r->head_dim)
        for (size_t i = 0; i < r->half; i++) {
            float *a = x + i * step, *b = a + gap;
            const float a0 = *a, b0 = *b, t = sign * s[i];
            *a = a0 * c[i] - b0 * t;
            *b = a0 * t + b0 * c[i];
        }
}

static inline float sigmoid(float x) { return 1.0F / (1.0F + spx_exp(-x)); }

/* gelu(g) ~ g sigmoid(2 u), u = c (g + a g^3), c = sqrt(2 / pi), a = 0.044715 (Hendrycks and Gimpel
 * 2016, Eq. 2; there with 1 + tanh u = 2 sigmoid(2 u)). */
static const float gelu_c = 0.797884561F, gelu_a = 0.044715F;

/* a(g), and da/dg below. `a` is a constant wherever these are inlined. */
static inline float activation(spx_activation a, float g)
{
    if (a == SPX_SILU) return g * sigmoid(g);
    if (a == SPX_GELU_TANH) return g * sigmoid(2 * gelu_c * (g + gelu_a * g * g * g));
    return 0.5F * g * (1.0F + erff(g * 0.707106781F));
}

static inline float activation_slope(spx_activation a, float g)
{
    if (a == SPX_SILU) {
        const float p = sigmoid(g);
        return p * (1.0F + g * (1.0F - p));
    }
    if (a == SPX_GELU_TANH) {
        const float p = sigmoid(2 * gelu_c * (g + gelu_a * g * g * g));
        return p + g * p * (1.0F - p) * 2 * gelu_c * (1.0F + 3 * gelu_a * g * g);
    }
    return 0.5F * (1.0F + erff(g * 0.707106781F)) +
           g * 0.398942280F * spx_exp(-0.5F * g * g); /* Phi(g) + g phi(g) */
}

/* u NULL: not gated. */
static inline void row_forward(float *key, const float *g, const float *u, size_t f,
                               spx_activation a)
{
    for (size_t j = 0; j < f; j++) key[j] = activation(a, g[j]);
    for (size_t j = 0; u && j < f; j++) key[j] *= u[j];
}

static inline void row_back(float *din, const float *dkey, const float *g, const float *u, size_t f,
                            spx_activation a)
{
    for (size_t j = 0; j < f; j++) din[j] = dkey[j] * activation_slope(a, g[j]);
    for (size_t j = 0; u && j < f; j++) {
        din[j] *= u[j];
        din[f + j] = dkey[j] * activation(a, g[j]);
    }
}

static SPX_WIDE void any_forward(float *key, const float *g, const float *u, size_t f,
                                 spx_activation a)
{
    switch (a) {
    case SPX_SILU: row_forward(key, g, u, f, SPX_SILU); break;
    case SPX_GELU_TANH: row_forward(key, g, u, f, SPX_GELU_TANH); break;
    case SPX_GELU: row_forward(key, g, u, f, SPX_GELU); break;
    }
}

static SPX_WIDE void any_back(float *din, const float *dkey, const float *g, const float *u,
                              size_t f, spx_activation a)
{
    switch (a) {
    case SPX_SILU: row_back(din, dkey, g, u, f, SPX_SILU); break;
    case SPX_GELU_TANH: row_back(din, dkey, g, u, f, SPX_GELU_TANH); break;
    case SPX_GELU: row_back(din, dkey, g, u, f, SPX_GELU); break;
    }
}

void layer_activate(float *key, const float *in, size_t rows, size_t f, spx_activation a,
                    bool gated)
{
    const size_t width = gated ? 2 * f : f;
#pragma omp parallel for schedule(static) if (rows > 4)
    for (size_t r = 0; r < rows; r++) {
        const float *g = in + r * width;
        any_forward(key + r * f, g, gated ? g + f : NULL, f, a);
    }
}

void layer_activate_back(float *din, const float *dkey, const float *in, size_t rows, size_t f,
                         spx_activation a, bool gated)
{
    const size_t width = gated ? 2 * f : f;
#pragma omp parallel for schedule(static) if (rows > 4)
    for (size_t r = 0; r < rows; r++) {
        const float *g = in + r * width;
        any_back(din + r * width, dkey + r * f, g, gated ? g + f : NULL, f, a);
    }
}
