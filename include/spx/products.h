/* spx/products.h: how the model runtime multiplies floats (spx_sgemm in spx/mat.h). */
#ifndef SPX_PRODUCTS_H
#define SPX_PRODUCTS_H

#include "spx/base.h"

#include <stdbool.h>

/*
 * float  BLAS: one relative rounding of 2^-24 per product.
 *
 * split  Each float as the sum of two bfloat16, x = hi + lo with |x - hi - lo| <= 2^-17 |x|, and
 *        a b as hi hi' + hi lo' + lo hi', summed in float: an error of about 2^-16 |a| |b| per
 *        product. Three products of bfloat16 are faster than one of floats where the processor
 *        multiplies tiles of them (AMX). Henry, Tang and Heinecke, Leveraging the bfloat16
 *        Artificial Intelligence Datatype For Higher-Precision Computations, arXiv 1904.06376,
 *        "bf16x2".
 *
 * bf16   hi hi' alone, about 2^-8 per product: what a model in bfloat16 computes. Needs AMX or
 *        AVX-512 BF16.
 *
 * Where the processor has no kernel for a kind, products are computed as float; so are small ones
 * and those whose first factor is transposed. Infinite factors give NaN instead of an infinity.
 */
typedef enum spx_products {
    SPX_PRODUCTS_FLOAT,
    SPX_PRODUCTS_SPLIT,
    SPX_PRODUCTS_BF16
} spx_products;

/* Sets the kind of all products of this process from now on; no other thread may be multiplying.
 * False if this processor or system has no kernel for the kind, in which case products are float's.
 * Always true for SPX_PRODUCTS_FLOAT. */
bool spx_products_set(spx_products kind);
/* The kind and kernel in use: "float", "split by AMX", "bf16 by AVX-512". Static storage. */
const char *spx_products_name(void);
/* *kind <- the kind called "float", "split" or "bf16"; false for any other name. */
bool spx_products_find(const char *name, spx_products *kind);
/* The name of kind i, a spx_name_fn of the table NULL. */
const char *spx_products_kind(const void *unused, size_t i);

#endif
