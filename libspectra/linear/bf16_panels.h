/* bf16_panels.h: matrices of floats as panels of bfloat16 tiles, and kernels that multiply them. */
#ifndef SPX_LINEAR_BF16_PANELS_H
#define SPX_LINEAR_BF16_PANELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A tile is 16 rows of 64 bytes:
 *
 *     left factor   16 rows of it, each with 32 consecutive k
 *     right factor  16 pairs of consecutive k, each with 16 columns: the two values of a column
 *                   lie side by side
 *
 * A panel is two tiles wide. Its blocks of 32 k follow one another, each of two tiles, or of four
 * where a float is split into hi + lo: hi of the first tile, hi of the second, lo, lo.
 */
enum { BF16_SIDE = 16, BF16_DEPTH = 32, BF16_PANEL = 2 * BF16_SIDE };
#define BF16_TILE ((size_t)BF16_SIDE * BF16_DEPTH)

/* The factor that panels are made of. */
typedef struct bf16_source {
    const float *x;      /* element (i, k) at x[i * ld + k], or at x[k * ld + i] if across */
    size_t count, k, ld; /* i < count */
    bool across;
    bool right; /* makes tiles of the right factor */
    bool low;   /* keeps lo too */
} bf16_source;

/* Blocks that cover k. */
static inline size_t bf16_blocks(size_t k) { return (k + BF16_DEPTH - 1) / BF16_DEPTH; }
/* Numbers of 16 bits in a panel of depth k. */
static inline size_t bf16_panel_size(size_t k, bool low)
{
    return bf16_blocks(k) * 2 * BF16_TILE * (low ? 2 : 1);
}
/* Panel p: rows or columns [32 p, 32 p + 32), padded with zeros. A left factor is never across. */
void bf16_panel(const bf16_source *s, size_t p, uint16_t *out);

/* out <- the transpose of a tile read as 16 x 16 numbers of 32 bits; out may be the tile. */
void bf16_transpose_tile(const void *tile, void *out);

/* c (32 x 32, rows ld apart) <- left panel * right panel over `blocks` blocks of k, or with `add`
 * c plus that product; of c, only the first `rows` <= 32 rows need be right. */
typedef void bf16_block_fn(const uint16_t *left, const uint16_t *right, size_t blocks, size_t rows,
                           float *c, size_t ld, bool add);
/* A kernel. Each thread calls open before its blocks and close after them. */
typedef struct bf16_kernel {
    const char *name;        /* "AMX" */
    bool low;                /* multiplies hi and lo */
    bool (*available)(void); /* on this processor and system */
    void (*open)(void);
    void (*close)(void);
    bf16_block_fn *block;
} bf16_kernel;

extern const bf16_kernel bf16_amx_split, bf16_amx, bf16_avx512;
/* True if the processor converts to bfloat16 (AVX-512 BF16). */
bool bf16_available(void);

#endif
