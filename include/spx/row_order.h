/* spx/row_order.h: the rows that llama.cpp's converter moves, from either side. */
#ifndef SPX_ROW_ORDER_H
#define SPX_ROW_ORDER_H

#include "spx/arch.h"
#include "spx/ckpt.h"

/* Where the rows of a tensor lie, in a GGUF and in a file of Hugging Face. */
typedef struct spx_row_order {
    spx_layout layout; /* as spx_arch_gguf_layout has it */
    bool to_gguf;      /* what is asked for is the GGUF's order; false: the other's */
    size_t heads;      /* in the rows of the tensor */
    size_t head_width; /* rows of each, even */
} spx_row_order;

/* Sets heads and head_width for a tensor of that many rows, by the metadata of the GGUF; false if
 * they do not fit. */
bool spx_row_order_heads(const spx_ckpt *gguf, size_t rows, spx_row_order *order);
/* The row that becomes row r. Pairs: rows 2 i, 2 i + 1 of a head in the GGUF are rows i,
 * i + head_width / 2 elsewhere. */
size_t spx_row_from(const spx_row_order *order, size_t r);

#endif
