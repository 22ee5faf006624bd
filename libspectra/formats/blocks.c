/* blocks.c: GGUF's block types widened to float, each value as ggml defines it. */
#include "formats/dtype.h"

#include <math.h>
#include <string.h>

/*
 * d, m: binary16 numbers that scale a block and shift it; q: small integers.
 *   blocks of 32          value = q d, or q d + m
 *   blocks of 256 ("K")   value = d s q - m t, with a scale s and a shift t of 4 to 8 bits for each
 *                         of 8 or 16 groups; the products d s and m t are rounded first
 * All in float; products are rounded before sums. The comment over each function is its layout.
 */

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* d; int8 q[32] */
void block_q8_0(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t i = 0; i < 32; i++) out[i] = (float)(int8_t)p[2 + i] * d;
}

/* d; u8 q[16]: low nibbles are values 0 .. 15, high ones 16 .. 31, less 8 */
void block_q4_0(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t i = 0; i < 16; i++) {
        out[i] = (float)((p[2 + i] & 15) - 8) * d;
        out[i + 16] = (float)((p[2 + i] >> 4) - 8) * d;
    }
}

/* d; m; u8 q[16] */
void block_q4_1(const unsigned char *p, float *out)
{
    const float d = dtype_half(p), m = dtype_half(p + 2);
    for (size_t i = 0; i < 16; i++) {
        const float low = (float)(p[4 + i] & 15) * d, high = (float)(p[4 + i] >> 4) * d;
        out[i] = low + m;
        out[i + 16] = high + m;
    }
}

/* Value i of 32: the low four bits are a nibble at q, the fifth is bit i of high. */
static int five_bits(const unsigned char *q, uint32_t high, size_t i)
{
    const int low = i < 16 ? q[i] & 15 : q[i - 16] >> 4;
    return low | (int)(high >> i & 1) << 4;
}

/* d; u32 high; u8 q[16], less 16 */
void block_q5_0(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t i = 0; i < 32; i++) out[i] = (float)(five_bits(p + 6, word_at(p + 2), i) - 16) * d;
}

/* d; m; u32 high; u8 q[16] */
void block_q5_1(const unsigned char *p, float *out)
{
    const float d = dtype_half(p), m = dtype_half(p + 2);
    for (size_t i = 0; i < 32; i++) {
        const float product = (float)five_bits(p + 8, word_at(p + 4), i) * d;
        out[i] = product + m;
    }
}

static const int8_t level[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                 1,    13,   25,  38,  53,  69,  89,  113};

/* d; u8 q[16]: nibbles are indexes into a table of unevenly spaced levels */
void block_iq4_nl(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t i = 0; i < 16; i++) {
        out[i] = d * (float)level[p[2 + i] & 15];
        out[i + 16] = d * (float)level[p[2 + i] >> 4];
    }
}

/* u8 scales[16] (scale, shift nibbles); u8 q[64] of two bits; d; m. Each half of 128 values takes
 * 32 bytes of q, two bits at a time, in runs of 16. */
void block_q2_k(const unsigned char *p, float *out)
{
    const unsigned char *q = p + 16;
    const float d = dtype_half(p + 80), m = dtype_half(p + 82);
    for (size_t run = 0; run < 16; run++) {
        const float scale = d * (float)(p[run] & 15), shift = m * (float)(p[run] >> 4);
        const unsigned char *from = q + run / 8 * 32 + run % 2 * 16;
        for (size_t i = 0; i < 16; i++) {
            const float product = scale * (float)(from[i] >> (run % 8 / 2 * 2) & 3);
            out[run * 16 + i] = product - shift;
        }
    }
}

/* Six-bit scales of Q3_K: low four bits in nibbles of bytes 0 .. 7, high two in bytes 8 .. 11. */
static int scale_of_q3_k(const unsigned char *s, size_t run)
{
    const int low = run < 8 ? s[run] & 15 : s[run - 8] >> 4;
    return (low | (s[8 + run % 4] >> (run / 4 * 2) & 3) << 4) - 32;
}

/* u8 high[32]; u8 q[64] of two bits; u8 scales[12]; d. A high bit of 0 subtracts 4. */
void block_q3_k(const unsigned char *p, float *out)
{
    const unsigned char *high = p, *q = p + 32, *scales = p + 96;
    const float d = dtype_half(p + 108);
    for (size_t run = 0; run < 16; run++) {
        const float scale = d * (float)scale_of_q3_k(scales, run);
        const size_t half = run % 2 * 16;
        for (size_t i = 0; i < 16; i++) {
            const int low = q[run / 8 * 32 + half + i] >> (run % 8 / 2 * 2) & 3;
            const int top = high[half + i] >> (run / 2) & 1;
            out[run * 16 + i] = scale * (float)(low - (top ? 0 : 4));
        }
    }
}

/* Scale and shift, six bits each, of group j of 8 from the 12 bytes at s. */
static void scales_of_k4(const unsigned char *s, size_t j, int *scale, int *shift)
{
    *scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | s[j - 4] >> 6 << 4;
    *shift = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | s[j] >> 6 << 4;
}

/* Groups of 32: nibbles at q, a fifth bit at high (NULL: none) in bit `group` of byte i. */
static void groups_of_32(const unsigned char *p, const unsigned char *q, const unsigned char *high,
                         float *out)
{
    const float d = dtype_half(p), m = dtype_half(p + 2);
    for (size_t group = 0; group < 8; group++) {
        int scale = 0, shift = 0;
        scales_of_k4(p + 4, group, &scale, &shift);
        const float ds = d * (float)scale, ms = m * (float)shift;
        for (size_t i = 0; i < 32; i++) {
            const int byte = q[group / 2 * 32 + i], low = group % 2 ? byte >> 4 : byte & 15;
            const int top = high ? high[i] >> group & 1 : 0;
            const float product = ds * (float)(low + 16 * top);
            out[group * 32 + i] = product - ms;
        }
    }
}

/* d; m; u8 scales[12]; u8 q[128] */
void block_q4_k(const unsigned char *p, float *out) { groups_of_32(p, p + 16, NULL, out); }

/* d; m; u8 scales[12]; u8 high[32]; u8 q[128] */
void block_q5_k(const unsigned char *p, float *out) { groups_of_32(p, p + 48, p + 16, out); }

/* u8 low[128] of four bits; u8 high[64] of two; int8 scales[16]; d; values less 32 */
void block_q6_k(const unsigned char *p, float *out)
{
    const float d = dtype_half(p + 208);
    for (size_t v = 0; v < 256; v++) {
        const size_t half = v / 128, row = v % 128 / 32, i = v % 32;
        const int byte = p[half * 64 + row % 2 * 32 + i], low = row < 2 ? byte & 15 : byte >> 4;
        const int top = p[128 + half * 32 + i] >> (2 * row) & 3;
        out[v] = d * (float)(int8_t)p[192 + v / 16] * (float)((low | top << 4) - 32);
    }
}

/* float d; int8 q[256]; sums, which are not needed */
void block_q8_k(const unsigned char *p, float *out)
{
    float d = 0;
    memcpy(&d, p, sizeof d);
    for (size_t i = 0; i < 256; i++) out[i] = d * (float)(int8_t)p[4 + i];
}

/* d; u16 high bits of scales; u8 low nibbles of scales[4]; u8 q[128]: IQ4_NL's levels in groups of
 * 32 with scales of six bits, less 32 */
void block_iq4_xs(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    const uint32_t high = word_at(p) >> 16;
    for (size_t group = 0; group < 8; group++) {
        const int low = p[4 + group / 2] >> (group % 2 * 4) & 15;
        const float scale = d * (float)((low | (int)(high >> (2 * group) & 3) << 4) - 32);
        const unsigned char *q = p + 8 + 16 * group;
        for (size_t i = 0; i < 16; i++) {
            out[32 * group + i] = scale * (float)level[q[i] & 15];
            out[32 * group + 16 + i] = scale * (float)level[q[i] >> 4];
        }
    }
}

/* Digit `which` of five in base 3, the first one leading, less 1; a byte holds them as a fraction
 * of 256. */
static float ternary(unsigned char byte, size_t which)
{
    static const unsigned power[5] = {1, 3, 9, 27, 81};
    return (float)((int)((byte * power[which] & 255) * 3 >> 8) - 1);
}

/* u8 q[48] of five digits; u8 q[4] of four; d. The bytes are taken by 32, 16 and 4; values go
 * through their first digits, then their second ones. */
void block_tq1_0(const unsigned char *p, float *out)
{
    static const size_t bytes[3] = {32, 16, 4}, digits[3] = {5, 5, 4};
    const float d = dtype_half(p + 52);
    for (size_t part = 0; part < 3; p += bytes[part++])
        for (size_t which = 0; which < digits[part]; which++)
            for (size_t i = 0; i < bytes[part]; i++) *out++ = d * ternary(p[i], which);
}

/* u8 q[64] of two bits, less 1, in runs of 32 values; d */
void block_tq2_0(const unsigned char *p, float *out)
{
    const float d = dtype_half(p + 64);
    for (size_t v = 0; v < 256; v++)
        out[v] = d * (float)((p[v / 128 * 32 + v % 32] >> (v % 128 / 32 * 2) & 3) - 1);
}

const float dtype_e2m1[16] = {0.0F,  0.5F,  1.0F,  1.5F,  2.0F,  3.0F,  4.0F,  6.0F,
                              -0.0F, -0.5F, -1.0F, -1.5F, -2.0F, -3.0F, -4.0F, -6.0F};

/* 2 E2M1: integers, without ggml's -0 */
static float doubled_e2m1(int code) { return dtype_e2m1[code] * 2 + 0.0F; }

/* u8 e; u8 q[16]: E2M1 with the scale 2^(e - 127); low nibbles are values 0 .. 15 */
void block_mxfp4(const unsigned char *p, float *out)
{
    const uint32_t bits = *p < 2 ? 0x00200000u << *p : (uint32_t)(*p - 1) << 23; /* half of 2^e */
    float d = 0;
    memcpy(&d, &bits, sizeof d);
    for (size_t i = 0; i < 16; i++) {
        out[i] = d * doubled_e2m1(p[1 + i] & 15);
        out[16 + i] = d * doubled_e2m1(p[1 + i] >> 4);
    }
}

/* Half of an E4M3 without sign: ggml reads 127 as 0, and the sign not at all. */
static float half_ue4m3(unsigned char x)
{
    const int exponent = x >> 3 & 15, part = x & 7;
    if (x == 127) return 0;
    return exponent ? ldexpf((float)(8 + part), exponent - 11) : (float)part * 0x1p-10F;
}

/* u8 scales[4], E4M3 without sign; u8 q[32]: E2M1 in four groups of 16 */
void block_nvfp4(const unsigned char *p, float *out)
{
    for (size_t group = 0; group < 4; group++) {
        const unsigned char *q = p + 4 + 8 * group;
        const float d = half_ue4m3(p[group]);
        for (size_t i = 0; i < 8; i++) {
            out[16 * group + i] = d * doubled_e2m1(q[i] & 15);
            out[16 * group + 8 + i] = d * doubled_e2m1(q[i] >> 4);
        }
    }
}
