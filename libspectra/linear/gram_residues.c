/* gram_residues.c: numbers to residues and back, eight at a time (AVX-512). */
#include "linear/gram_residues.h"

#include "linear/bf16_panels.h"

#include <math.h>

static const int coprime[GRAM_MODULI_MAX] = {256, 255, 253, 251, 247, 241, 239,
                                             233, 229, 227, 223, 217, 211};

static const int64_t unit = 1 << 27; /* high is a multiple of 1 / unit */

/* (M / m_l)^-1 mod m_l */
static int64_t inverse_of_rest(size_t l, size_t n)
{
    int64_t rest = 1, c = 1;
    for (size_t i = 0; i < n; i++)
        if (i != l) rest = rest * coprime[i] % coprime[l];
    while (rest * c % coprime[l] != 1) c++;
    return c;
}

gram_moduli gram_moduli_first(size_t n)
{
    gram_moduli r = {.n = n, .product = 1};
    for (size_t l = 0; l < n; l++) {
        const int64_t m = coprime[l], c = inverse_of_rest(l, n);
        const int64_t whole = (2 * c > m ? c - m : c) * unit,
                      high = lrint((double)whole / (double)m);
        r.m[l] = (double)m;
        r.inverse[l] = 1 / (double)m;
        r.high[l] = (double)high / (double)unit;
        r.low[l] = (double)(whole - high * m) / (double)m / (double)unit;
        r.product *= (double)m;
    }
    r.largest = sqrt(r.product / 2) * (1 - 0x1p-8);
    return r;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f")))
enum { LANES = 8, NEAREST = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC };

AVX512 double gram_residues_defect(const double *x, size_t n, double scale)
{
    const __m512d s = _mm512_set1_pd(scale), back = _mm512_set1_pd(scale > 0 ? 1 / scale : 0);
    __m512d sum = _mm512_setzero_pd();
    for (size_t i = 0; i < n; i += LANES) {
        const __m512d v = _mm512_loadu_pd(x + i);
        const __m512d whole = _mm512_roundscale_pd(_mm512_mul_pd(v, s), NEAREST);
        const __m512d d = _mm512_fnmadd_pd(whole, back, v);
        sum = _mm512_fmadd_pd(d, d, sum);
    }
    return _mm512_reduce_add_pd(sum);
}

/* x minus the nearest multiple of m: for |x| below 2^51 the quotient errs by less than 2^-8, and
 * the difference is exact. */
AVX512 static __m512d modulo(__m512d x, __m512d m, __m512d inverse)
{
    return _mm512_fnmadd_pd(_mm512_roundscale_pd(_mm512_mul_pd(x, inverse), NEAREST), m, x);
}

/* Sixteen integers to bytes. */
AVX512 static __m128i packed(__m512d x, __m512d y)
{
    const __m256i low = _mm512_cvtpd_epi32(x), high = _mm512_cvtpd_epi32(y);
    return _mm512_cvtepi32_epi8(_mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1));
}

/* A row of a tile, for every modulus. */
AVX512 static void residues_of_row(const gram_moduli *r, const double *x, double scale, int8_t *out,
                                   size_t apart)
{
    __m512d whole[GRAM_BLOCK / LANES];
    for (size_t v = 0; v < GRAM_BLOCK / LANES; v++)
        whole[v] = _mm512_roundscale_pd(
            _mm512_mul_pd(_mm512_loadu_pd(x + v * LANES), _mm512_set1_pd(scale)), NEAREST);
    for (size_t l = 0; l < r->n; l++, out += apart) {
        const __m512d m = _mm512_set1_pd(r->m[l]), inverse = _mm512_set1_pd(r->inverse[l]);
        for (size_t v = 0; v < GRAM_BLOCK / LANES; v += 2) {
            const __m512d a = modulo(whole[v], m, inverse), b = modulo(whole[v + 1], m, inverse);
            _mm_storeu_si128((__m128i *)(void *)(out + v * LANES), packed(a, b));
        }
    }
}

void gram_residues_take(const gram_moduli *r, const double *x, size_t x_apart, size_t blocks,
                        const double *scale, int8_t *out, size_t out_apart)
{
    for (size_t i = 0; i < GRAM_STRIP; i++, x += x_apart)
        for (size_t b = 0; b < blocks; b++)
            residues_of_row(r, x + b * GRAM_BLOCK, scale[i],
                            out + 2 * b * GRAM_TILE + i * GRAM_BLOCK, out_apart);
}

void gram_residues_transpose(const int8_t *strip, size_t blocks, int8_t *right)
{
    for (size_t t = 0; t < 2 * blocks; t++)
        bf16_transpose_tile(strip + t * GRAM_TILE, right + t * GRAM_TILE);
}

/* x minus the nearest integer. */
AVX512 static __m512d fraction(__m512d x)
{
    return _mm512_sub_pd(x, _mm512_roundscale_pd(x, NEAREST));
}

enum { GROUPS = GRAM_STRIP / LANES };

AVX512 void gram_residues_join(const gram_moduli *r, const int32_t *sums, double down,
                               const double *across, size_t n, double *G)
{
    __m512d high[GROUPS], low[GROUPS];
    for (size_t v = 0; v < GROUPS; v++) high[v] = low[v] = _mm512_setzero_pd();
    for (size_t l = 0; l < r->n; l++, sums += GRAM_STRIP)
#pragma GCC unroll 4
        for (size_t v = 0; v < GROUPS; v++) {
            const __m256i *at = (const __m256i *)(const void *)(sums + v * LANES);
            const __m512d x = _mm512_cvtepi32_pd(_mm256_loadu_si256(at));
            high[v] = _mm512_fmadd_pd(x, _mm512_set1_pd(r->high[l]), high[v]);
            low[v] = _mm512_fmadd_pd(x, _mm512_set1_pd(r->low[l]), low[v]);
        }
    for (size_t v = 0; v < GROUPS && v * LANES < n; v++) {
        const size_t left = n - v * LANES;
        const __mmask8 some = (__mmask8)(left >= LANES ? 0xff : (1U << left) - 1);
        const __m512d part = fraction(_mm512_add_pd(fraction(high[v]), low[v]));
        const __m512d g = _mm512_mul_pd(part, _mm512_set1_pd(r->product * down));
        double *to = G + v * LANES;
        const __m512d a = _mm512_maskz_loadu_pd(some, across + v * LANES);
        _mm512_mask_storeu_pd(to, some, _mm512_fmadd_pd(g, a, _mm512_maskz_loadu_pd(some, to)));
    }
}

#else
double gram_residues_defect(const double *x, size_t n, double scale)
{
    (void)x, (void)n, (void)scale;
    return HUGE_VAL;
}
void gram_residues_take(const gram_moduli *r, const double *x, size_t x_apart, size_t blocks,
                        const double *scale, int8_t *out, size_t out_apart)
{
    (void)r, (void)x, (void)x_apart, (void)blocks, (void)scale, (void)out, (void)out_apart;
}
void gram_residues_transpose(const int8_t *strip, size_t blocks, int8_t *right)
{
    (void)strip, (void)blocks, (void)right;
}
void gram_residues_join(const gram_moduli *r, const int32_t *sums, double down,
                        const double *across, size_t n, double *G)
{
    (void)r, (void)sums, (void)down, (void)across, (void)n, (void)G;
}
#endif
