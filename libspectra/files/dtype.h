/* dtype.h: sizes of storage types, and how one block of each becomes floats. */
#ifndef SPX_FILES_DTYPE_H
#define SPX_FILES_DTYPE_H

#include "spx/export.h"

/* Values and bytes of one block of a type; a plain type's block is one value. */
size_t dtype_values(spx_dtype t);
size_t dtype_bytes(spx_dtype t);

/* IEEE binary16, little-endian, at p. */
float dtype_half(const unsigned char *p);

/* n values, whole blocks, in a type that spx_dtype_writable says can be written; encode.c. */
void dtype_write(spx_dtype t, const float *x, size_t n, unsigned char *out);

/* One block at p into out; blocks.c. */
typedef void block_fn(const unsigned char *p, float *out);
block_fn block_q8_0, block_q4_0, block_q4_1, block_q5_0, block_q5_1, block_iq4_nl, block_q2_k,
    block_q3_k, block_q4_k, block_q5_k, block_q6_k, block_q8_k;

#endif
