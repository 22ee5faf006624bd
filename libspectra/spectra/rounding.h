/* rounding.h: the error that storing a matrix in a float type makes, as independent noise. */
#ifndef SPX_SPECTRA_ROUNDING_H
#define SPX_SPECTRA_ROUNDING_H

#include "spx/ckpt.h"
#include "spx/mat.h"

/* E = round(W) - W: entry (i, j) uniform in +-ulp(W_ij) / 2, so of variance ulp^2 / 12. */
typedef struct rounding {
    double rms;        /* of all entries of E */
    double edge;       /* norm that E stays below (rounding.c) */
    double inner;      /* standard deviation of <W, E>_F */
    double *row, *col; /* variance of a row's and of a column's entries, over rms^2 */
    size_t rows, cols;
} rounding;

/* SPX_EUNSUP for integers and blocks of quantised values. row and col live in tmp. */
SPX_CHECKED spx_status rounding_measure(const spx_mat *W, spx_dtype type, rounding *out,
                                        spx_scratch *tmp, spx_error *err);

#endif
