/* bf16_panels.c: floats to tiles of bfloat16, and their products in vector registers (AVX-512). */
#include "linear/bf16_panels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

#define AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512bf16")))

/* True if the system saves these registers; 0xe6 are those of SSE, AVX and AVX-512. */
static bool system_saves(unsigned which)
{
    unsigned low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & which) == which;
}

bool bf16_available(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !system_saves(0xe6)) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX512F) || !(b & bit_AVX512BW))
        return false;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bit_AVX512BF16);
}

/* A mask of the first n of 16 lanes. */
static __mmask16 first_lanes(size_t n) { return (__mmask16)(n >= 16 ? 0xffffU : (1U << n) - 1); }

/* a - b, but not below 0. */
static size_t less(size_t a, size_t b) { return a > b ? a - b : 0; }

AVX512_BF16 static __m512 widen(__m256i half)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

/* 32 floats as hi + lo. */
typedef struct split_floats {
    __m512i hi, lo; /* 32 bfloat16 each */
} split_floats;

AVX512_BF16 static split_floats split(__m512 x, __m512 y)
{
    split_floats p;
    p.hi = (__m512i)_mm512_cvtne2ps_pbh(y, x);
    const __m512 rest_x = _mm512_sub_ps(x, widen(_mm512_castsi512_si256(p.hi)));
    const __m512 rest_y = _mm512_sub_ps(y, widen(_mm512_extracti64x4_epi64(p.hi, 1)));
    p.lo = (__m512i)_mm512_cvtne2ps_pbh(rest_y, rest_x);
    return p;
}

/* Starts to bring what lies `floats` beyond x, which the next panel holds, into the second-level
 * cache: its rows are short and far apart, so that the processor does not foresee them. There may
 * be nothing: a prefetch reads nothing that is not mapped. */
static void fetch(const float *x, size_t floats)
{
    _mm_prefetch((const char *)x + floats * sizeof *x, _MM_HINT_T1);
}

/* A tile whose rows each hold 32 k of one i. */
AVX512_BF16 static void tile_along(const bf16_source *s, size_t i0, size_t k0, uint16_t *tile)
{
    const size_t left = less(s->k, k0);
    const __mmask16 some = first_lanes(left), more = first_lanes(less(left, 16));
    for (size_t r = 0; r < BF16_SIDE; r++, tile += BF16_DEPTH) {
        const bool here = i0 + r < s->count;
        const float *x = here ? s->x + (i0 + r) * s->ld + k0 : s->x;
        fetch(x, BF16_PANEL * s->ld);
        fetch(x, BF16_PANEL * s->ld + 16);
        const split_floats p = split(_mm512_maskz_loadu_ps(here ? some : 0, x),
                                     _mm512_maskz_loadu_ps(here ? more : 0, more ? x + 16 : x));
        _mm512_storeu_si512(tile, p.hi);
        if (s->low) _mm512_storeu_si512(tile + 2 * BF16_TILE, p.lo);
    }
}

/* Two rows of 16, one after the other, to 16 pairs. */
AVX512_BF16 static __m512i interleave(__m512i rows)
{
    const __m512i even = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(rows));
    const __m512i odd = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(rows, 1));
    return _mm512_or_si512(even, _mm512_slli_epi32(odd, 16));
}

/* A tile whose rows each hold a pair of k of 16 i. */
AVX512_BF16 static void tile_across(const bf16_source *s, size_t i0, size_t k0, uint16_t *tile)
{
    const __mmask16 some = first_lanes(less(s->count, i0));
    for (size_t r = 0; r < BF16_SIDE; r++, tile += BF16_DEPTH) {
        const size_t k = k0 + 2 * r;
        const bool even = some && k < s->k, odd = some && k + 1 < s->k;
        const float *x = even ? s->x + k * s->ld + i0 : s->x, *y = odd ? x + s->ld : s->x;
        fetch(x, BF16_PANEL);
        fetch(y, BF16_PANEL);
        const split_floats p = split(_mm512_maskz_loadu_ps(even ? some : 0, x),
                                     _mm512_maskz_loadu_ps(odd ? some : 0, y));
        _mm512_storeu_si512(tile, interleave(p.hi));
        if (s->low) _mm512_storeu_si512(tile + 2 * BF16_TILE, interleave(p.lo));
    }
}

/* Transposes within lanes of 4 x 4, then the lanes themselves. */
AVX512_BF16 void bf16_transpose_tile(const void *tile, void *out)
{
    __m512i v[16], w[16], *to = out;
    for (size_t i = 0; i < 16; i++) v[i] = _mm512_loadu_si512((const __m512i *)tile + i);
    for (size_t i = 0; i < 16; i += 2) {
        w[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
        w[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
    }
    for (size_t i = 0; i < 16; i += 4) {
        v[i] = _mm512_unpacklo_epi64(w[i], w[i + 2]);
        v[i + 1] = _mm512_unpackhi_epi64(w[i], w[i + 2]);
        v[i + 2] = _mm512_unpacklo_epi64(w[i + 1], w[i + 3]);
        v[i + 3] = _mm512_unpackhi_epi64(w[i + 1], w[i + 3]);
    }
    for (size_t i = 0; i < 4; i++) {
        w[i] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0x88);
        w[i + 4] = _mm512_shuffle_i32x4(v[i], v[i + 4], 0xdd);
        w[i + 8] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0x88);
        w[i + 12] = _mm512_shuffle_i32x4(v[i + 8], v[i + 12], 0xdd);
    }
    for (size_t i = 0; i < 4; i++) {
        v[i] = _mm512_shuffle_i32x4(w[i], w[i + 8], 0x88);
        v[i + 8] = _mm512_shuffle_i32x4(w[i], w[i + 8], 0xdd);
        v[i + 4] = _mm512_shuffle_i32x4(w[i + 4], w[i + 12], 0x88);
        v[i + 12] = _mm512_shuffle_i32x4(w[i + 4], w[i + 12], 0xdd);
    }
    for (size_t i = 0; i < 16; i++) _mm512_storeu_si512(to + i, v[i]);
}

void bf16_panel(const bf16_source *s, size_t p, uint16_t *out)
{
    for (size_t k = 0; k < s->k; k += BF16_DEPTH, out += (s->low ? 4 : 2) * BF16_TILE)
        for (size_t t = 0; t < 2; t++) {
            uint16_t *tile = out + t * BF16_TILE;
            const size_t i = p * BF16_PANEL + t * BF16_SIDE;
            (s->across ? tile_across : tile_along)(s, i, k, tile);
            if (!s->right || s->across) continue;
            bf16_transpose_tile(tile, tile);
            if (s->low) bf16_transpose_tile(tile + 2 * BF16_TILE, tile + 2 * BF16_TILE);
        }
}

enum { ROWS = 8 }; /* rows of c at a time: 16 registers of sums */

AVX512_BF16 static void eight_rows(const uint16_t *left, const uint16_t *right, size_t blocks,
                                   float *c, size_t ld, bool add)
{
    __m512 sum[ROWS][2];
    for (size_t r = 0; r < ROWS; r++)
        for (size_t t = 0; t < 2; t++)
            sum[r][t] = add ? _mm512_loadu_ps(c + r * ld + t * BF16_SIDE) : _mm512_setzero_ps();
    for (size_t b = 0; b < blocks; b++, left += 2 * BF16_TILE, right += 2 * BF16_TILE)
        for (size_t p = 0; p < BF16_SIDE; p++) {
            const __m512bh x = (__m512bh)_mm512_loadu_si512(right + p * BF16_DEPTH);
            const __m512bh y = (__m512bh)_mm512_loadu_si512(right + BF16_TILE + p * BF16_DEPTH);
#pragma GCC unroll 8
            for (size_t r = 0; r < ROWS; r++) {
                const int32_t *two = (const int32_t *)(const void *)(left + r * BF16_DEPTH + 2 * p);
                const __m512bh a = (__m512bh)_mm512_set1_epi32(*two);
                sum[r][0] = _mm512_dpbf16_ps(sum[r][0], a, x);
                sum[r][1] = _mm512_dpbf16_ps(sum[r][1], a, y);
            }
        }
    for (size_t r = 0; r < ROWS; r++)
        for (size_t t = 0; t < 2; t++) _mm512_storeu_ps(c + r * ld + t * BF16_SIDE, sum[r][t]);
}

static void avx512_block(const uint16_t *left, const uint16_t *right, size_t blocks, size_t rows,
                         float *c, size_t ld, bool add)
{
    for (size_t r = 0; r < rows; r += ROWS)
        eight_rows(left + r / BF16_SIDE * BF16_TILE + r % BF16_SIDE * BF16_DEPTH, right, blocks,
                   c + r * ld, ld, add);
}

static void nothing(void) {}

const bf16_kernel bf16_avx512 = {
    .name = "AVX-512",
    .available = bf16_available,
    .open = nothing,
    .close = nothing,
    .block = avx512_block,
};

#else
static bool never(void) { return false; }
bool bf16_available(void) { return false; }
void bf16_panel(const bf16_source *s, size_t p, uint16_t *out) { (void)s, (void)p, (void)out; }
const bf16_kernel bf16_avx512 = {.name = "AVX-512", .available = never};
#endif
