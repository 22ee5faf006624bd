/* products.h: what spx_sgemm asks before it calls BLAS. */
#ifndef SPX_LINEAR_PRODUCTS_H
#define SPX_LINEAR_PRODUCTS_H

#include "spx/mat.h"

#include <stdbool.h>

/* C <- A op(B) + beta C with A m x k, C m x n; rows of each are ld* floats apart. */
typedef struct float_product {
    size_t m, n, k;
    const float *A, *B;
    size_t lda, ldb, ldc;
    spx_trans tb;
    float beta;
    float *C;
} float_product;

/* Computes it by the kernel in use; false, with nothing done, if this product is left to BLAS. */
bool products_multiply(const float_product *p);

#endif
