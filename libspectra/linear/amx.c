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

/* Linux gives the registers to a process that has asked for them. */
static bool tiles_of(unsigned kind)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!halves_there() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    return (d & kind) && (d & AMX_TILE_BIT) && syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}

static bool there(void) { return tiles_of(AMX_BF16_BIT); }

bool residues_there(void) { return tiles_of(AMX_INT8_BIT); }

/* Registers 0 to 7: 16 rows of 64 bytes each. Not built on the stack: GCC 12 believes that the
 * instruction reads eight bytes of it. */
#define EIGHT(x)               \
    {                          \
        x, x, x, x, x, x, x, x \
    }
static const struct {
    uint8_t palette, start, none[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} config = {.palette = 1, .bytes = EIGHT(2 * HALVES_DEPTH), .rows = EIGHT(HALVES_SIDE)};

AMX static void configure(void) { _tile_loadconfig(&config); }

AMX static void release(void) { _tile_release(); }

AMX static void begin(const float *c, size_t ld, bool add)
{
    const size_t apart = ld * sizeof *c;
    if (add) {
        _tile_loadd(0, c, apart);
        _tile_loadd(1, c + HALVES_SIDE, apart);
        _tile_loadd(2, c + HALVES_SIDE * ld, apart);
        _tile_loadd(3, c + HALVES_SIDE * ld + HALVES_SIDE, apart);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
}

AMX static void end(float *c, size_t ld)
{
    const size_t apart = ld * sizeof *c;
    _tile_stored(0, c, apart);
    _tile_stored(1, c + HALVES_SIDE, apart);
    _tile_stored(2, c + HALVES_SIDE * ld, apart);
    _tile_stored(3, c + HALVES_SIDE * ld + HALVES_SIDE, apart);
}

/* Two tiles of a factor to registers; macros, since a register's number is part of the instruction.
 */
#define LOAD(r, s, from)                          \
    do {                                          \
        _tile_loadd(r, from, 64);                 \
        _tile_loadd(s, (from) + HALVES_TILE, 64); \
    } while (0)
/* Sums in 0 to 3 of the left factor in 4 and 5 and the right one in 6 and 7. */
#define MULTIPLY()               \
    do {                         \
        _tile_dpbf16ps(0, 4, 6); \
        _tile_dpbf16ps(1, 4, 7); \
        _tile_dpbf16ps(2, 5, 6); \
        _tile_dpbf16ps(3, 5, 7); \
    } while (0)

AMX static void split(const uint16_t *left, const uint16_t *right, size_t blocks, float *c,
                      size_t ld, bool add)
{
    begin(c, ld, add);
    for (size_t b = 0; b < blocks; b++, left += 4 * HALVES_TILE, right += 4 * HALVES_TILE) {
        LOAD(4, 5, left);
        LOAD(6, 7, right + 2 * HALVES_TILE);
        MULTIPLY();
        LOAD(6, 7, right);
        MULTIPLY();
        LOAD(4, 5, left + 2 * HALVES_TILE);
        MULTIPLY();
    }
    end(c, ld);
}

AMX static void whole(const uint16_t *left, const uint16_t *right, size_t blocks, float *c,
                      size_t ld, bool add)
{
    begin(c, ld, add);
    for (size_t b = 0; b < blocks; b++, left += 2 * HALVES_TILE, right += 2 * HALVES_TILE) {
        LOAD(4, 5, left);
        LOAD(6, 7, right);
        MULTIPLY();
    }
    end(c, ld);
}

const halves_kernel halves_amx_split = {"AMX", true, there, configure, release, split};
const halves_kernel halves_amx = {"AMX", false, there, configure, release, whole};

void residues_open(void) { configure(); }

void residues_close(void) { release(); }

AMX void residues_multiply(const int8_t *left, const int8_t *right, size_t blocks, int32_t *sums,
                           size_t ld, const void *next, size_t bytes)
{
    const size_t apart = ld * sizeof *sums, some = bytes / blocks;
    const char *ask = next;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t b = 0; b < blocks; b++, left += 2 * RESIDUES_TILE, right += 2 * RESIDUES_TILE) {
        for (size_t line = 0; line < some; line += RESIDUES_BLOCK, ask += RESIDUES_BLOCK)
            _mm_prefetch(ask, _MM_HINT_T1);
        _tile_loadd(6, right, RESIDUES_BLOCK);
        _tile_loadd(4, left, RESIDUES_BLOCK);
        _tile_dpbssd(0, 4, 6);
        _tile_loadd(7, right + RESIDUES_TILE, RESIDUES_BLOCK);
        _tile_dpbssd(1, 4, 7);
        _tile_loadd(5, left + RESIDUES_TILE, RESIDUES_BLOCK);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_stored(0, sums, apart);
    _tile_stored(1, sums + RESIDUES_SIDE, apart);
    _tile_stored(2, sums + RESIDUES_SIDE * ld, apart);
    _tile_stored(3, sums + RESIDUES_SIDE * ld + RESIDUES_SIDE, apart);
}

#else
static bool nowhere(void) { return false; }
const halves_kernel halves_amx_split = {.name = "AMX", .low = true, .there = nowhere};
const halves_kernel halves_amx = {.name = "AMX", .there = nowhere};
bool residues_there(void) { return false; }
void residues_open(void) {}
void residues_close(void) {}
void residues_multiply(const int8_t *left, const int8_t *right, size_t blocks, int32_t *sums,
                       size_t ld, const void *next, size_t bytes)
{
    (void)left, (void)right, (void)blocks, (void)sums, (void)ld, (void)next, (void)bytes;
}
#endif
