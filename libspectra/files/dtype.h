/* dtype.h: sizes of storage types, blocks of them read as floats, and values written in them. */
#ifndef SPX_FILES_DTYPE_H
#define SPX_FILES_DTYPE_H

#include "spx/export.h"

/* Values and bytes in a block of a type; a block of a plain type is one value. */
size_t dtype_values(spx_dtype t);
size_t dtype_bytes(spx_dtype t);

/* The IEEE binary16 at p, little-endian. */
float dtype_half(const unsigned char *p);

/* Writes n values, whole blocks, in a type for which spx_dtype_writable is true; encode.c. */
void dtype_write(spx_dtype t, const float *x, size_t n, unsigned char *out);

/* Widens values [first, first + n) of t; both are multiples of a block. */
void dtype_widen(const spx_tensor *t, size_t first, size_t n, double *out);

/* The same of a tensor that has values added; added.c. */
void added_read(const spx_tensor *t, size_t first, size_t n, double *out);

/* Widen the block at p into out; blocks.c. */
typedef void block_fn(const unsigned char *p, float *out);
block_fn block_q8_0, block_q4_0, block_q4_1, block_q5_0, block_q5_1, block_iq4_nl, block_q2_k,
    block_q3_k, block_q4_k, block_q5_k, block_q6_k, block_q8_k;

#endif
