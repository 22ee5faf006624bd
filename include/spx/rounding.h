/* spx/rounding.h: the error that storing a matrix in a float type makes, as independent noise. */
#ifndef SPX_ROUNDING_H
#define SPX_ROUNDING_H

#include "spx/ckpt.h"
#include "spx/mat.h"

/*
 * E = round(W) - W: entry (i, j) uniform in +-ulp(W_ij) / 2, so of variance v_ij = ulp^2 / 12. With
 * independent entries of mean 0 (Bandeira and van Handel, Annals of Probability 44(4), 2016,
 * Theorem 1.1; Corollary 3.9 for the tail)
 *     |E|_2 <= max_i sqrt(sum_j v_ij) + max_j sqrt(sum_i v_ij) + c max_ij sqrt(v_ij),
 * here with c = 3: `edge`. Singular values of a change that stay below it say nothing.
 */
typedef struct spx_rounding {
    double rms;        /* of all entries of E */
    double edge;       /* norm that E stays below */
    double inner;      /* standard deviation of <W, E>_F */
    double *row, *col; /* variance of a row's and of a column's entries, over rms^2 */
    size_t rows, cols;
    double ulp, least, most; /* of 1, of the smallest; the largest v_ij: used while rows come in */
} spx_rounding;

/* Room in tmp for row and col; SPX_EUNSUP for integers and blocks of quantised values. Then every
 * row once, in any panels: rows r0.. of W; then the end. O(m n) together. */
SPX_CHECKED spx_status spx_rounding_begin(size_t rows, size_t cols, spx_dtype type,
                                          spx_rounding *out, spx_scratch *tmp, spx_error *err);
void spx_rounding_rows(spx_rounding *r, size_t r0, const spx_mat *panel);
void spx_rounding_end(spx_rounding *r);

/* All three for a matrix in memory. */
SPX_CHECKED spx_status spx_rounding_measure(const spx_mat *W, spx_dtype type, spx_rounding *out,
                                            spx_scratch *tmp, spx_error *err);

#endif
