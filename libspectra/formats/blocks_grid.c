/* blocks_grid.c: GGUF's IQ1, IQ2 and IQ3 types widened to float, as ggml defines them. */
#include "formats/blocks_tables.h"
#include "formats/dtype.h"

/*
 * Values come in points of 8 (IQ1, IQ2) or 4 (IQ3) from a grid; a point is an index into a table.
 * The signs are a byte for 8 values, or seven bits of one whose eighth makes their number even. The
 * comment over each function is its layout; a block has 256 values, products are in float.
 */

static uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t half_word_at(const unsigned char *p) { return (uint32_t)(p[0] | p[1] << 8); }

/* The eighth sign: the parity of the other seven. */
static uint32_t with_parity(uint32_t seven)
{
    uint32_t parity = seven ^ seven >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return seven | (parity & 1) << 7;
}

static float signed_as(float x, uint32_t signs, size_t i) { return signs >> i & 1 ? -x : x; }

/* Eight values of a point of IQ2. */
static void point_of_8(uint16_t point, uint32_t signs, float scale, float *out)
{
    static const float level[4] = {8, 25, 43, 0};
    for (size_t i = 0; i < 8; i++)
        out[i] = signed_as(scale * level[point >> (2 * i) & 3], signs, i);
}

/* Eight values of two points of IQ3. */
static void points_of_4(uint16_t first, uint16_t second, const float *level, uint32_t signs,
                        float scale, float *out)
{
    for (size_t i = 0; i < 8; i++) {
        const uint16_t point = i < 4 ? first : second;
        out[i] = signed_as(scale * level[point >> (4 * (i % 4)) & 7], signs, i);
    }
}

/* Eight values of a point of IQ1, each moved by an eighth. */
static void point_of_iq1(uint16_t point, float scale, bool down, float *out)
{
    const float delta = down ? -0.125F : 0.125F;
    for (size_t i = 0; i < 8; i++) out[i] = scale * ((float)((point >> (2 * i) & 3) - 1) + delta);
}

static float scale_of_iq2(float d, uint32_t s) { return d * (0.5F + (float)s) * 0.25F; }

/* d; 8 groups of 32 x { u8 points[4]; u32: four times seven signs, then a scale of four bits } */
void block_iq2_xxs(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const unsigned char *group = p + 2 + v / 4 * 8;
        const uint32_t word = word_at(group + 4);
        point_of_8(grid_iq2_xxs[group[v % 4]], with_parity(word >> (7 * (v % 4)) & 127),
                   scale_of_iq2(d, word >> 28), out + 8 * v);
    }
}

/* d; u16 points[32] of nine bits, above them seven signs; u8 scales[8]: a nibble for 16 values */
void block_iq2_xs(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const uint32_t word = half_word_at(p + 2 + 2 * v);
        point_of_8(grid_iq2_xs[word & 511], with_parity(word >> 9),
                   scale_of_iq2(d, p[66 + v / 4] >> (v / 2 % 2 * 4) & 15), out + 8 * v);
    }
}

/* d; u8 points[32]; u8 signs[32]; u8 high[8]: two bits of each point; u8 scales[8] as IQ2_XS */
void block_iq2_s(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const size_t point = p[2 + v] | (size_t)(p[66 + v / 4] >> (v % 4 * 2) & 3) << 8;
        point_of_8(grid_iq2_s[point], p[34 + v],
                   scale_of_iq2(d, p[74 + v / 4] >> (v / 2 % 2 * 4) & 15), out + 8 * v);
    }
}

/* d; u8 points[64]; 8 groups of 32 x u32: four times seven signs, then a scale of four bits */
void block_iq3_xxs(const unsigned char *p, float *out)
{
    static const float level[8] = {4, 12, 20, 28, 36, 44, 52, 62};
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const uint32_t word = word_at(p + 66 + v / 4 * 4);
        points_of_4(grid_iq3_xxs[p[2 + 2 * v]], grid_iq3_xxs[p[3 + 2 * v]], level,
                    with_parity(word >> (7 * (v % 4)) & 127),
                    d * (0.5F + (float)(word >> 28)) * 0.5F, out + 8 * v);
    }
}

/* Nine bits of point i of IQ3_S. */
static size_t point_of_iq3_s(const unsigned char *p, size_t i)
{
    return p[2 + i] | (size_t)(p[66 + i / 8] >> (i % 8) & 1) << 8;
}

/* d; u8 points[64]; u8 high[8]: a bit of each; u8 signs[32]; u8 scales[4]: a nibble for 32 values
 */
void block_iq3_s(const unsigned char *p, float *out)
{
    static const float level[8] = {1, 3, 5, 7, 9, 11, 13, 15};
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const int scale = p[106 + v / 8] >> (v / 4 % 2 * 4) & 15;
        points_of_4(grid_iq3_s[point_of_iq3_s(p, 2 * v)], grid_iq3_s[point_of_iq3_s(p, 2 * v + 1)],
                    level, p[74 + v], d * (float)(1 + 2 * scale), out + 8 * v);
    }
}

/* d; u8 points[32]; u16 high[8]: three bits of each of four points, a scale of three, and the sign
 * of the eighth */
void block_iq1_s(const unsigned char *p, float *out)
{
    const float d = dtype_half(p);
    for (size_t v = 0; v < 32; v++) {
        const uint32_t high = half_word_at(p + 34 + v / 4 * 2);
        const size_t point = p[2 + v] | (size_t)(high >> (3 * (v % 4)) & 7) << 8;
        point_of_iq1(grid_iq1[point], d * (float)(2 * (high >> 12 & 7) + 1), high >> 15,
                     out + 8 * v);
    }
}

/* u8 points[32]; u8 high[16]: three bits of a point and the sign of its eighth, a nibble each;
 * u16 scales[4]: four scales of three bits, for 16 values each, and a quarter of d */
void block_iq1_m(const unsigned char *p, float *out)
{
    unsigned char half[2] = {0};
    for (size_t i = 0; i < 4; i++)
        half[i / 2] |= (unsigned char)(p[49 + 2 * i] >> 4 << (i % 2 * 4));
    const float d = dtype_half(half);
    for (size_t v = 0; v < 32; v++) {
        const int high = p[32 + v / 2] >> (v % 2 * 4);
        const uint32_t scale = half_word_at(p + 48 + v / 8 * 2) >> (3 * (v / 2 % 4)) & 7;
        const size_t point = p[v] | (size_t)(high & 7) << 8;
        point_of_iq1(grid_iq1[point], d * (float)(2 * scale + 1), (high & 8) != 0, out + 8 * v);
    }
}
