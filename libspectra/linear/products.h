/* products.h: what spx_sgemm asks before it calls BLAS. */
#ifndef SPX_LINEAR_PRODUCTS_H
#define SPX_LINEAR_PRODUCTS_H

#include "spx/mat.h"

#include <stdbool.h>

/* C <- A op(B) + beta C by the kernel in use; false, with nothing done: this one is BLAS's. */
bool products_multiply(size_t m, size_t n, size_t k, const float *A, size_t lda, const float *B,
                       size_t ldb, spx_trans tb, float beta, float *C, size_t ldc);

#endif
