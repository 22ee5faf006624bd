/* spx/products.h: how the model runtime multiplies floats (spx_sgemm in spx/mat.h). */
#ifndef SPX_PRODUCTS_H
#define SPX_PRODUCTS_H

#include "spx/base.h"

#include <stdbool.h>

/**
 * float: BLAS. One relative rounding of 2^-24 a product.
 *
 * split: each float as the sum of two bfloat16, x = hi + lo with |x - hi - lo| <= 2^-17 |x|, and a
 * b as hi hi' + hi lo' + lo hi', summed in float: about 2^-16 a product, of |a| |b|. Three products
 * of bfloat16 are faster than one of floats where the processor multiplies tiles of them (AMX).
 * Henry, Tang and Heinecke, Leveraging the bfloat16 Artificial Intelligence Datatype For
 * Higher-Precision Computations, arXiv 1904.06376, "bf16x2".
 *
 * bf16: hi hi' alone, about 2^-8 a product: what a model in bfloat16 computes. AMX, or AVX-512
 * BF16.
 *
 * Where the processor has no kernel for a kind, products are those of float; so are small ones, and
 * those whose first factor is transposed. Infinite factors give NaN instead of an infinity.
 */
typedef enum spx_products {
    SPX_PRODUCTS_FLOAT,
    SPX_PRODUCTS_SPLIT,
    SPX_PRODUCTS_BF16
} spx_products;

/* For all products from now on, in the whole process: not while another thread multiplies. False:
 * this processor or system has no kernel for the kind, and products are float's; never of float. */
bool spx_products_set(spx_products kind);
/* "float", "split by AMX", "bf16 by AVX-512": what is in use. Static storage. */
const char *spx_products_name(void);
/* The kind called "float", "split" or "bf16"; false: none is. */
bool spx_products_find(const char *name, spx_products *kind);

#endif
