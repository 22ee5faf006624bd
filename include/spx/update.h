/* spx/update.h: a change of a weight, kept in factors as long as possible. */
#ifndef SPX_UPDATE_H
#define SPX_UPDATE_H

#include "spx/mat.h"

#include <stdbool.h>

/* dW = A B^T with A m x r and B n x r, or dW = A, m x n, if B has no columns. Start from {0}; both
 * matrices are owned. */
typedef struct spx_update {
    spx_mat A, B;
} spx_update;

/* Factors of r >= 1 columns, zeroed; free with spx_update_free. */
SPX_CHECKED spx_status spx_update_alloc(spx_update *u, size_t m, size_t n, size_t r,
                                        spx_error *err);
void spx_update_free(spx_update *u);
/* True if dW is in factors. */
bool spx_update_factored(const spx_update *u);

/* Multiplies the factors: u->A becomes dW itself, if it is not yet. 2 m n r flops. */
SPX_CHECKED spx_status spx_update_expand(spx_update *u, spx_error *err);
/* ||dW||_F^2, for factors computed as <A^T A, B^T B> in 2 (m + n) r^2 flops. */
SPX_CHECKED spx_status spx_update_norm2(const spx_update *u, double *out, spx_error *err);
/* dW <- alpha dW */
void spx_update_scale(spx_update *u, double alpha);

/* Rounds every stored number to float, so that a ledger keeps the same numbers that are written. */
void spx_update_round(spx_update *u);
/**
 * W <- float(W + dW): the only way in which a change reaches a weight.
 *
 * Each entry of dW is a sum of r products in the order of the columns, in double; it is added to W
 * and rounded once. Neither BLAS nor threads take part, so the result has the same bits on every
 * machine with IEEE arithmetic and without contraction to fused operations (the compilers' default
 * for ISO C on x86-64).
 *
 * @param[in,out] w  m x n, row-major without gaps.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC naming the first entry that is not finite: w is then
 *         partly changed.
 */
SPX_CHECKED spx_status spx_update_write(const spx_update *u, float *w, spx_error *err);

#endif
