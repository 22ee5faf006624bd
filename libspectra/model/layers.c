/* layers.c: normalisation, rotary positions and the gated FFN, forward and backward. */
#include "model/layers.h"

#include <math.h>
#include <string.h>

void layer_rmsnorm(float *out, float *inv, const float *x, const float *w, size_t rows, size_t d,
                   double eps)
{
#pragma omp parallel for schedule(static) if (rows > 16)
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * d;
        double sum = 0;
        for (size_t j = 0; j < d; j++) sum += (double)in[j] * (double)in[j];
        const float scale = (float)(1 / sqrt(sum / (double)d + eps));
        for (size_t j = 0; j < d; j++) out[r * d + j] = in[j] * scale * w[j];
        if (inv) inv[r] = scale;
    }
}

/* y_j = x_j s w_j, s = (mean x^2 + eps)^(-1/2), ds/dx_j = -s^3 x_j / d:
 * dx_j = s w_j dy_j - s^3 x_j / d sum_i w_i dy_i x_i. */
void layer_rmsnorm_back(float *dx, const float *dout, const float *x, const float *inv,
                        const float *w, size_t rows, size_t d)
{
#pragma omp parallel for schedule(static) if (rows > 16)
    for (size_t r = 0; r < rows; r++) {
        const float *in = x + r * d, *dy = dout + r * d;
        double dot = 0;
        for (size_t j = 0; j < d; j++) dot += (double)(w[j] * dy[j]) * (double)in[j];
        const double s = (double)inv[r];
        const float along = (float)(s * s * s * dot / (double)d);
        for (size_t j = 0; j < d; j++) dx[r * d + j] += inv[r] * w[j] * dy[j] - along * in[j];
    }
}

void layer_rope_table(float *cosines, float *sines, size_t positions, size_t h, double base)
{
    for (size_t i = 0; i < h / 2; i++) {
        const double step = pow(base, -2.0 * (double)i / (double)h);
        for (size_t p = 0; p < positions; p++) {
            cosines[p * (h / 2) + i] = (float)cos((double)p * step);
            sines[p * (h / 2) + i] = (float)sin((double)p * step);
        }
    }
}

void layer_rope(float *x, const float *c, const float *s, size_t heads, size_t h, bool interleaved,
                float sign)
{
    const size_t half = h / 2, step = interleaved ? 2 : 1, gap = interleaved ? 1 : half;
    for (size_t head = 0; head < heads; head++, x += h)
        for (size_t i = 0; i < half; i++) {
            float *a = x + i * step, *b = a + gap;
            const float a0 = *a, b0 = *b, t = sign * s[i];
            *a = a0 * c[i] - b0 * t;
            *b = a0 * t + b0 * c[i];
        }
}

/* 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2 in two parts (Cody and Waite), and the Taylor
 * polynomial of degree 7 of e^r, whose remainder there is below 2^-27. */
float layer_exp(float x)
{
    const float low = x < -87.0F ? -87.0F : x;
    const float magic = 12582912.0F; /* 1.5 * 2^23: adding it rounds to an integer */
    const float n = (low * 1.44269504F + magic) - magic;
    const float r = (low - n * 0.693359375F) + n * 2.12194440e-4F;
    float p = 1.0F / 5040;
    p = p * r + 1.0F / 720;
    p = p * r + 1.0F / 120;
    p = p * r + 1.0F / 24;
    p = p * r + 1.0F / 6;
    p = p * r + 0.5F;
    p = p * r + 1.0F;
    p = p * r + 1.0F;
    const int32_t bits = ((int32_t)n + 127) * (1 << 23);
    float power = 0;
    memcpy(&power, &bits, sizeof power);
    return x < -87.0F ? 0.0F : p * power;
}

void layer_swiglu(float *key, const float *gu, size_t rows, size_t f)
{
#pragma omp parallel for schedule(static) if (rows > 4)
    for (size_t r = 0; r < rows; r++) {
        const float *g = gu + r * 2 * f, *u = g + f;
        float *out = key + r * f;
        for (size_t j = 0; j < f; j++) out[j] = g[j] / (1.0F + layer_exp(-g[j])) * u[j];
    }
}

/* silu(g) = g p, p = 1 / (1 + e^-g); silu'(g) = p (1 + g (1 - p)). */
void layer_swiglu_back(float *dgu, const float *dkey, const float *gu, size_t rows, size_t f)
{
#pragma omp parallel for schedule(static) if (rows > 4)
    for (size_t r = 0; r < rows; r++) {
        const float *g = gu + r * 2 * f, *u = g + f, *dy = dkey + r * f;
        float *dg = dgu + r * 2 * f, *du = dg + f;
        for (size_t j = 0; j < f; j++) {
            const float p = 1.0F / (1.0F + layer_exp(-g[j]));
            dg[j] = dy[j] * u[j] * p * (1.0F + g[j] * (1.0F - p));
            du[j] = dy[j] * g[j] * p;
        }
    }
}
