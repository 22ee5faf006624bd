/* amx.c: products in Intel's tile registers, of bfloat16 (AMX-BF16) and of bytes (AMX-INT8). */
#include "linear/bf16_panels.h"
#include "linear/gram_residues.h"

#if defined(__x86_64__) && defined(__GNUC__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AMX __attribute__((target("amx-tile,amx-bf16,amx-int8")))
enum { ASK = 0x1023, TILE_DATA = 18 }; /* arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) */
enum { AMX_BF16_BIT = 1 << 22, AMX_TILE_BIT = 1 << 24, AMX_INT8_BIT = 1 << 25 };

/* True if the processor multiplies tiles of this kind and Linux grants the registers, which a
 * process must ask for. */
static bool amx_multiplies(unsigned kind)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!bf16_available() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return (d & kind) && (d & AMX_TILE_BIT) && syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}

static bool bf16_tiles_available(void) { return amx_multiplies(AMX_BF16_BIT); }

bool gram_residues_available(void) { return amx_multiplies(AMX_INT8_BIT); }

/* Registers 0 to 7: 16 rows of 64 bytes each. Not on the stack: GCC 12 believes that the
 * instruction reads only eight bytes of it. */
#define EIGHT(x)               \
    {                          \
        x, x, x, x, x, x, x, x \
    }
static const struct {
    uint8_t palette, start, none[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} config = {.palette = 1, .bytes = EIGHT(2 * BF16_DEPTH), .rows = EIGHT(BF16_SIDE)};

AMX static void configure(void) { _tile_loadconfig(&config); }

AMX static void release(void) { _tile_release(); }

/* Sums 0 to 3: what c holds, or zeros. */
AMX static void load_sums(const float *c, size_t ld, bool add)
{
    const size_t apart = ld * sizeof *c;
    if (add) {
        _tile_loadd(0, c, apart);
        _tile_loadd(1, c + BF16_SIDE, apart);
        _tile_loadd(2, c + BF16_SIDE * ld, apart);
        _tile_loadd(3, c + BF16_SIDE * ld + BF16_SIDE, apart);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
}

AMX static void store_sums(float *c, size_t ld)
{
    const size_t apart = ld * sizeof *c;
    _tile_stored(0, c, apart);
    _tile_stored(1, c + BF16_SIDE, apart);
    _tile_stored(2, c + BF16_SIDE * ld, apart);
    _tile_stored(3, c + BF16_SIDE * ld + BF16_SIDE, apart);
}

/* Loads two tiles of a factor. Macros, because an instruction contains its registers' numbers. */
#define LOAD(r, s, from)                        \
    do {                                        \
        _tile_loadd(r, from, 64);               \
        _tile_loadd(s, (from) + BF16_TILE, 64); \
    } while (0)
/* Adds to the sums in 0 to 3: left factor in 4 and 5, right factor in 6 and 7. */
#define MULTIPLY()               \
    do {                         \
        _tile_dpbf16ps(0, 4, 6); \
        _tile_dpbf16ps(1, 4, 7); \
        _tile_dpbf16ps(2, 5, 6); \
        _tile_dpbf16ps(3, 5, 7); \
    } while (0)

/* hi hi' + hi lo' + lo hi' */
AMX static void amx_split_block(const uint16_t *left, const uint16_t *right, size_t blocks,
                                size_t rows, float *c, size_t ld, bool add)
{
    (void)rows;
    load_sums(c, ld, add);
    for (size_t b = 0; b < blocks; b++, left += 4 * BF16_TILE, right += 4 * BF16_TILE) {
        LOAD(4, 5, left);
        LOAD(6, 7, right + 2 * BF16_TILE);
        MULTIPLY();
        LOAD(6, 7, right);
        MULTIPLY();
        LOAD(4, 5, left + 2 * BF16_TILE);
        MULTIPLY();
    }
    store_sums(c, ld);
}

/* hi hi' */
AMX static void amx_block(const uint16_t *left, const uint16_t *right, size_t blocks, size_t rows,
                          float *c, size_t ld, bool add)
{
    (void)rows;
    load_sums(c, ld, add);
    for (size_t b = 0; b < blocks; b++, left += 2 * BF16_TILE, right += 2 * BF16_TILE) {
        LOAD(4, 5, left);
        LOAD(6, 7, right);
        MULTIPLY();
    }
    store_sums(c, ld);
}

const bf16_kernel bf16_amx_split = {
    .name = "AMX",
    .low = true,
    .available = bf16_tiles_available,
    .open = configure,
    .close = release,
    .block = amx_split_block,
};
const bf16_kernel bf16_amx = {
    .name = "AMX",
    .available = bf16_tiles_available,
    .open = configure,
    .close = release,
    .block = amx_block,
};

void gram_residues_open(void) { configure(); }

void gram_residues_close(void) { release(); }

AMX void gram_residues_multiply(const int8_t *left, const int8_t *right, size_t blocks,
                                int32_t *sums, size_t ld, const void *next, size_t bytes)
{
    const size_t apart = ld * sizeof *sums, part = bytes / blocks;
    const char *ahead = next;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t b = 0; b < blocks; b++, left += 2 * GRAM_TILE, right += 2 * GRAM_TILE) {
        for (size_t line = 0; line < part; line += GRAM_BLOCK, ahead += GRAM_BLOCK)
            _mm_prefetch(ahead, _MM_HINT_T1);
        _tile_loadd(6, right, GRAM_BLOCK);
        _tile_loadd(4, left, GRAM_BLOCK);
        _tile_dpbssd(0, 4, 6);
        _tile_loadd(7, right + GRAM_TILE, GRAM_BLOCK);
        _tile_dpbssd(1, 4, 7);
        _tile_loadd(5, left + GRAM_TILE, GRAM_BLOCK);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_stored(0, sums, apart);
    _tile_stored(1, sums + GRAM_SIDE, apart);
    _tile_stored(2, sums + GRAM_SIDE * ld, apart);
    _tile_stored(3, sums + GRAM_SIDE * ld + GRAM_SIDE, apart);
}

#else
static bool never(void) { return false; }
const bf16_kernel bf16_amx_split = {.name = "AMX", .low = true, .available = never};
const bf16_kernel bf16_amx = {.name = "AMX", .available = never};
bool gram_residues_available(void) { return false; }
void gram_residues_open(void) {}
void gram_residues_close(void) {}
void gram_residues_multiply(const int8_t *left, const int8_t *right, size_t blocks, int32_t *sums,
                            size_t ld, const void *next, size_t bytes)
{
    (void)left, (void)right, (void)blocks, (void)sums, (void)ld, (void)next, (void)bytes;
}
#endif
