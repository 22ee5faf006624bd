/* spx/rounding.h: the error of storing a matrix in a float type, as independent noise. */
#ifndef SPX_ROUNDING_H
#define SPX_ROUNDING_H

#include "spx/ckpt.h"
#include "spx/mat.h"

/*
 * E = round(W) - W: entry (i, j) is uniform in +-ulp(W_ij) / 2, so its variance is
 * v_ij = ulp^2 / 12. With independent entries of mean 0 (Bandeira and van Handel, Annals of
 * Probability 44(4), 2016, Theorem 1.1; Corollary 3.9 for the tail)
 *     |E|_2 <= max_i sqrt(sum_j v_ij) + max_j sqrt(sum_i v_ij) + c max_ij sqrt(v_ij),
 * here with c = 3: `edge`. Singular values of a change below it say nothing about the change.
 */
typedef struct spx_rounding {
    double rms;        /* of all entries of E */
    double edge;       /* upper bound of |E|_2 */
    double inner;      /* standard deviation of <W, E>_F */
    double *row, *col; /* mean variance of a row's and of a column's entries, over rms^2 */
    size_t rows, cols;
    double ulp, least, most; /* while rows are added: spacing of numbers in [1, 2), least spacing,
                                largest v_ij */
} spx_rounding;

/*
 * In three steps, for a matrix that is read in panels: begin; rows, once for every row of W (panel
 * holds rows r0, r0 + 1, ...), in any order; end. row and col live in tmp. Together O(m n).
 * @return SPX_OK; SPX_EUNSUP for integers and for blocks of quantised values; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_rounding_begin(size_t rows, size_t cols, spx_dtype type,
                                          spx_rounding *out, spx_scratch *tmp, spx_error *err);
void spx_rounding_rows(spx_rounding *r, size_t r0, const spx_mat *panel);
void spx_rounding_end(spx_rounding *r);

/* All three steps for a matrix in memory. */
SPX_CHECKED spx_status spx_rounding_measure(const spx_mat *W, spx_dtype type, spx_rounding *out,
                                            spx_scratch *tmp, spx_error *err);

#endif
