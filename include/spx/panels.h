/* spx/panels.h: a matrix read block by block from wherever and in whatever type it is stored. */
#ifndef SPX_PANELS_H
#define SPX_PANELS_H

#include "spx/mat.h"

/* Widens the stored entries (r0 + i, c0 + j) into block, whose shape says how many; its ld may
 * exceed its cols. c0 is a multiple of SPX_PANEL_COLS, and so is block->cols except at the right
 * edge: whole blocks of every quantised type. May be called from several threads at once. */
typedef spx_status spx_panel_fn(const void *from, size_t r0, size_t c0, spx_mat *block,
                                spx_error *err);
enum { SPX_PANEL_COLS = 512 };

/* W, rows x cols: the stored matrix or, with SPX_T, its transpose. Borrows; nothing to free. */
typedef struct spx_panels {
    size_t rows, cols;
    spx_trans trans;
    const spx_mat *held; /* the stored matrix if it is in memory; else NULL, and ... */
    spx_panel_fn *read;  /* ... this reads it ... */
    const void *from;    /* ... from here */
} spx_panels;

/* A matrix in memory: its blocks are views. W must outlive the result. */
spx_panels spx_panels_of(const spx_mat *W);

/* The terms of W - base - L R^T, all borrowed. base, or L and R, may be NULL. L is rows x b, R is
 * cols x b; W and base have the same shape and trans. */
typedef struct spx_panels_rest {
    const spx_panels *W, *base;
    const spx_mat *L, *R;
} spx_panels_rest;
/* Their difference, computed block by block as it is read; *d must outlive the result. */
spx_panels spx_panels_minus(const spx_panels_rest *d);

/* 2^exponent W, entry by entry as it is read: exact but for what leaves the range of doubles. *d
 * must outlive the result. */
typedef struct spx_panels_scaled {
    const spx_panels *W;
    int exponent;
} spx_panels_scaled;
spx_panels spx_panels_scale(const spx_panels_scaled *d);

/*
 * Each of these reads W once, in panels that span its shorter side and hold about 16 MiB of
 * doubles, one at a time, so that a matrix in a file is never widened as a whole. All return
 * SPX_OK, SPX_ENOMEM or what read returns. Results are allocated by the caller, with the shapes
 * given here (asserted); min and max are the smaller and the larger of rows and cols.
 */

/* The lower triangle of G = W W^T if rows <= cols, else of W^T W; G is min x min. Computed by dsyrk
 * or, from order 320 on where the processor has tiles of bytes (AMX-INT8), by exact products of
 * integers that approximate 512 columns at a time (Ozaki, Uchino and Imamura, arXiv 2504.08009):
 * these need up to 7 KiB per row beside G, and entries err by up to 2^-45 of the norms of their
 * rows and one rounding for every 512 columns. Cost min^2 max flops. SPX_ENUMERIC names the first
 * entry (row, column) of W that is not finite. */
SPX_CHECKED spx_status spx_panels_gram(const spx_panels *W, spx_mat *G, spx_error *err);
/* Y <- op(W) X. Cost 2 rows cols X->cols flops. */
SPX_CHECKED spx_status spx_panels_times(const spx_panels *W, spx_trans op, const spx_mat *X,
                                        spx_mat *Y, spx_error *err);
/* P <- W^T Q and R <- W P if rows <= cols, else P <- W Q and R <- W^T P; Q and R are min x k, P is
 * max x k. Cost 4 rows cols k flops. */
SPX_CHECKED spx_status spx_panels_there_and_back(const spx_panels *W, const spx_mat *Q, spx_mat *P,
                                                 spx_mat *R, spx_error *err);
/* ||W||_F^2; SPX_ENUMERIC as above. */
SPX_CHECKED spx_status spx_panels_square(const spx_panels *W, double *out, spx_error *err);
/* max_ij |W_ij|; SPX_ENUMERIC as above. */
SPX_CHECKED spx_status spx_panels_largest(const spx_panels *W, double *out, spx_error *err);
/* If W is in a file and no larger than a panel, reads it into A (free with spx_mat_free) and makes
 * *out that matrix, so that several passes widen it once; else *out is W and A is {0}. */
SPX_CHECKED spx_status spx_panels_hold(const spx_panels *W, spx_mat *A, spx_panels *out,
                                       spx_error *err);
/* A <- W, rows x cols, widened as a whole. */
SPX_CHECKED spx_status spx_panels_copy(const spx_panels *W, spx_mat *A, spx_error *err);

#endif
