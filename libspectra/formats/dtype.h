/* dtype.h: sizes of storage types, blocks of them read as floats, and values written in them. */
#ifndef SPX_FORMATS_DTYPE_H
#define SPX_FORMATS_DTYPE_H

#include "spx/export.h"

/* Values and bytes in a block of a type; a block of a plain type is one value. */
size_t dtype_values(spx_dtype t);
size_t dtype_bytes(spx_dtype t);

/* The IEEE binary16 at p, little-endian. */
float dtype_half(const unsigned char *p);

/* Writes n values, whole blocks, in a type for which spx_dtype_writable is true; encode.c. */
void dtype_write(spx_dtype t, const float *x, size_t n, unsigned char *out);

/* Widens values [first, first + n) of t: whole rows, or a piece of one that begins at a multiple of
 * SPX_PANEL_COLS. */
void dtype_widen(const spx_tensor *t, size_t first, size_t n, double *out);

/* The same of a tensor that has values added; added.c. */
void added_read(const spx_tensor *t, size_t first, size_t n, double *out);

/* At most SPX_PANEL_COLS values at p, whole blocks, as floats. */
void dtype_read(spx_dtype dtype, const unsigned char *p, size_t n, float *out);

/* Rows [r0, r0 + rows) of a tensor of type SPX_QUANTISED; a block at (r0, c0) of it in double;
 * quantised.c. */
void quantised_floats(const spx_tensor *t, size_t r0, size_t rows, float *out);
void quantised_doubles(const spx_tensor *t, size_t r0, size_t c0, spx_mat *block);

/* Widen the block at p into out; blocks.c and blocks_grid.c. */
typedef void block_fn(const unsigned char *p, float *out);
block_fn block_q8_0, block_q4_0, block_q4_1, block_q5_0, block_q5_1, block_iq4_nl, block_q2_k,
    block_q3_k, block_q4_k, block_q5_k, block_q6_k, block_q8_k, block_iq4_xs, block_iq1_s,
    block_iq1_m, block_iq2_xxs, block_iq2_xs, block_iq2_s, block_iq3_xxs, block_iq3_s, block_tq1_0,
    block_tq2_0, block_mxfp4, block_nvfp4;

/* The values 0, 0.5, 1, 1.5, 2, 3, 4, 6 of the 4-bit float E2M1, then the same with a minus. */
extern const float dtype_e2m1[16];

#endif
