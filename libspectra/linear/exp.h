/* exp.h: exp in float, and a row's maximum, sum and inner product; inline and without branches, so
 * that loops over them vectorise. The one header of this folder that other rooms include. */
#ifndef SPX_LINEAR_EXP_H
#define SPX_LINEAR_EXP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Marks functions that loop over these: they get copies for AVX2 and AVX-512, chosen when the
 * program starts, before a sanitizer is ready, so not under one. All copies give the same bits: no
 * sum is reordered and nothing is fused. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(SPX_SANITIZED)
#define SPX_WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SPX_WIDE
#endif

/*
 * e^x to about 2 ulp for -87 <= x <= 88, 0 below, e^88 above.
 *
 * 2^n e^r with n = round(x / ln 2), |r| <= ln 2 / 2 in two parts (Cody and Waite 1980), and the
 * Taylor polynomial of degree 7 of e^r, whose remainder there is below 2^-27.
 */
static inline float spx_exp(float x)
{
    const float above = x < -87.0F ? -87.0F : x;
    const float low = above > 88.0F ? 88.0F : above;
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

/* Reductions run in this many chains, which a vector register holds. The order of their sums is
 * fixed, so the result does not depend on the machine. */
enum { SPX_LANES = 8 };

/* max p_j, j < n; n >= 1. It may miss a NaN, which the sum of exponentials then shows. */
static inline float spx_row_max(const float *p, size_t n)
{
    float lane[SPX_LANES], most = p[0];
    size_t j = 0;
    for (size_t c = 0; c < SPX_LANES; c++) lane[c] = most;
    for (; j + SPX_LANES <= n; j += SPX_LANES)
        for (size_t c = 0; c < SPX_LANES; c++) lane[c] = p[j + c] > lane[c] ? p[j + c] : lane[c];
    for (; j < n; j++) most = p[j] > most ? p[j] : most;
    for (size_t c = 0; c < SPX_LANES; c++) most = lane[c] > most ? lane[c] : most;
    return most;
}

/* sum p_j */
static inline float spx_row_sum(const float *p, size_t n)
{
    float lane[SPX_LANES] = {0}, sum = 0;
    size_t j = 0;
    for (; j + SPX_LANES <= n; j += SPX_LANES)
        for (size_t c = 0; c < SPX_LANES; c++) lane[c] += p[j + c];
    for (; j < n; j++) sum += p[j];
    for (size_t c = 0; c < SPX_LANES; c++) sum += lane[c];
    return sum;
}

/* sum p_j q_j */
static inline float spx_row_dot(const float *p, const float *q, size_t n)
{
    float lane[SPX_LANES] = {0}, sum = 0;
    size_t j = 0;
    for (; j + SPX_LANES <= n; j += SPX_LANES)
        for (size_t c = 0; c < SPX_LANES; c++) lane[c] += p[j + c] * q[j + c];
    for (; j < n; j++) sum += p[j] * q[j];
    for (size_t c = 0; c < SPX_LANES; c++) sum += lane[c];
    return sum;
}

#endif
