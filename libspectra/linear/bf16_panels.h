/* bf16_panels.h: matrices of floats as panels of bfloat16 tiles, hi and, for split products, lo. */
#ifndef SPX_LINEAR_HALVES_H
#define SPX_LINEAR_HALVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A tile is 16 rows of 64 bytes. Of the left factor it holds 16 rows and 32 of k; of the right one
 * 16 columns and 16 pairs of k, a row a pair, the two values of a column side by side. */
enum { HALVES_SIDE = 16, HALVES_DEPTH = 32 };
#define HALVES_TILE ((size_t)HALVES_SIDE * HALVES_DEPTH)
/* A panel is two tiles wide; one block of 32 of k after another: hi, hi of the second, lo, lo. */
enum { HALVES_PANEL = 2 * HALVES_SIDE };

typedef struct halves_source {
    const float *x;      /* element (i, k) at x[i * ld + k], or at x[k * ld + i] where across */
    size_t count, k, ld; /* i < count */
    bool across;
    bool right; /* tiles of the right factor */
    bool low;   /* lo too */
} halves_source;

static inline size_t halves_blocks(size_t k) { return (k + HALVES_DEPTH - 1) / HALVES_DEPTH; }
/* Numbers of 16 bits in a panel of k. */
static inline size_t halves_panel_size(size_t k, bool low)
{
    return halves_blocks(k) * 2 * HALVES_TILE * (low ? 2 : 1);
}
/* Panel p, rows or columns [32 p, 32 p + 32), zeros where there are none. A left factor is not
 * across. */
void halves_panel(const halves_source *s, size_t p, uint16_t *out);

/* out <- the transpose of a tile of 16 x 16 numbers of 32 bits; out may be the tile. */
void halves_turn(const void *tile, void *out);

/* c (32 x 32, rows ld apart) <- left panel times right panel over so many blocks of k, or c plus
 * that. */
typedef void halves_block(const uint16_t *left, const uint16_t *right, size_t blocks, float *c,
                          size_t ld, bool add);
/* Kernels. open before and close after the blocks of a thread. */
typedef struct halves_kernel {
    const char *name; /* "AMX" */
    bool low;         /* multiplies hi and lo */
    bool (*there)(void);
    void (*open)(void);
    void (*close)(void);
    halves_block *block;
} halves_kernel;

extern const halves_kernel halves_amx_split, halves_amx, halves_avx512;
bool halves_there(void); /* the processor converts to bfloat16: AVX-512 BF16 */

#endif
