/* spx/update.h: a change of a weight, kept in its factors for as long as it has any. */
#ifndef SPX_UPDATE_H
#define SPX_UPDATE_H

#include "spx/mat.h"

#include <stdbool.h>

/* dW = A B^T with A m x r and B n x r, or, where B has no columns, dW = A, m x n. Start from {0};
 * both matrices are owned. */
typedef struct spx_update {
    spx_mat A, B;
} spx_update;

/* Room for factors of r >= 1 columns, zeroed. Free with spx_update_free. */
SPX_CHECKED spx_status spx_update_alloc(spx_update *u, size_t m, size_t n, size_t r,
                                        spx_error *err);
void spx_update_free(spx_update *u);
bool spx_update_factored(const spx_update *u);

/* Multiplies the factors out: u->A becomes dW itself. No work if it is. 2 m n r flops. */
SPX_CHECKED spx_status spx_update_expand(spx_update *u, spx_error *err);
/* ||dW||_F^2, of factors as <A^T A, B^T B>: 2 (m + n) r^2 flops. */
SPX_CHECKED spx_status spx_update_norm2(const spx_update *u, double *out, spx_error *err);
/* dW <- alpha dW */
void spx_update_scale(spx_update *u, double alpha);

/* Rounds every stored number to float: what a ledger keeps, and what is then written, are the same
 * numbers. */
void spx_update_round(spx_update *u);
/**
 * W <- float(W + dW): the one way in which a change reaches a weight.
 *
 * Each entry is a sum of r products in the order of the columns, in double, added to W and rounded
 * once. Neither BLAS nor threads have a part in it, so W and dW give the same bits on every machine
 * of IEEE arithmetic without contraction to fused operations (the compilers' default for ISO C on
 * x86-64).
 * @param[in,out] w  m x n, row-major without gaps.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC naming the first entry that is not finite: w is then
 * changed in part.
 */
SPX_CHECKED spx_status spx_update_write(const spx_update *u, float *w, spx_error *err);

#endif
