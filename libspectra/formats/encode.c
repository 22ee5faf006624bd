/* encode.c: floats narrowed to storage types, to nearest, ties to even. */
#include "formats/dtype.h"

#include <math.h>
#include <string.h>

static uint32_t bits_of(float x)
{
    uint32_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void put16(unsigned char *p, uint32_t x)
{
    p[0] = (unsigned char)x;
    p[1] = (unsigned char)(x >> 8);
}

static uint32_t to_bf16(float x)
{
    const uint32_t bits = bits_of(x);
    if (isnan(x)) return bits >> 16 | 0x40u; /* stays NaN */
    return (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

float spx_round_bf16(float x)
{
    const uint32_t bits = to_bf16(x) << 16;
    float out = 0;
    memcpy(&out, &bits, sizeof out);
    return out;
}

static uint32_t to_f16(float x)
{
    const uint32_t bits = bits_of(x), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) return sign | 0x7e00u;
    if (size >= 0x477ff000u) return sign | 0x7c00u; /* 65520 and more */
    if (size < 0x38800000u) return sign | (uint32_t)lrintf(fabsf(x) * 0x1p24F);
    return sign | (size - 0x38000000u + 0xfffu + (size >> 13 & 1u)) >> 13;
}

static void write_f64(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) {
        const double wide = (double)x[i];
        memcpy(out + 8 * i, &wide, sizeof wide);
    }
}

static void write_f32(const float *x, size_t n, unsigned char *out) { memcpy(out, x, 4 * n); }

static void write_f16(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) put16(out + 2 * i, to_f16(x[i]));
}

static void write_bf16(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n; i++) put16(out + 2 * i, to_bf16(x[i]));
}

/* One block as ggml makes it: d = max |x| / 127, q = round(x / d), halves away from zero. */
static void write_q8_0_block(const float *x, unsigned char *out)
{
    float most = 0;
    for (size_t i = 0; i < 32; i++) most = fmaxf(most, fabsf(x[i]));
    const float d = most / 127, inverse = d > 0 ? 1 / d : 0;
    put16(out, to_f16(d));
    for (size_t i = 0; i < 32; i++) out[2 + i] = (unsigned char)(signed char)roundf(x[i] * inverse);
}

static void write_q8_0(const float *x, size_t n, unsigned char *out)
{
    for (size_t i = 0; i < n / 32; i++) write_q8_0_block(x + 32 * i, out + 34 * i);
}

typedef void write_fn(const float *x, size_t n, unsigned char *out);
static write_fn *const writers[SPX_DTYPES] = {
    [SPX_F64] = write_f64,   [SPX_F32] = write_f32,   [SPX_F16] = write_f16,
    [SPX_BF16] = write_bf16, [SPX_Q8_0] = write_q8_0,
};

bool spx_dtype_writable(spx_dtype t) { return (size_t)t < SPX_DTYPES && writers[t]; }

void dtype_write(spx_dtype t, const float *x, size_t n, unsigned char *out)
{
    writers[t](x, n, out);
}
