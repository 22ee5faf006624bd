/* spx/by_edit.h: which rounds and which edits of a run moved the dominant subspaces of its
 * matrices, by the first-order split of attribution.h. */
#ifndef SPX_BY_EDIT_H
#define SPX_BY_EDIT_H

#include "spx/ledger.h"

typedef struct spx_by_edit_opts {
    size_t k;     /* dominant directions; 0: ... */
    double tau;   /* ... those that hold this share of the sum of values */
    size_t worst; /* edits told, those of the largest shares */
} spx_by_edit_opts;

/* Numbers of a line. */
enum {
    SPX_BY_EDIT_ROUND,
    SPX_BY_EDIT_EDIT,
    SPX_BY_EDIT_SHARE,
    SPX_BY_EDIT_SHIFT_1,
    SPX_BY_EDIT_SHIFT_MOST,
    SPX_BY_EDIT_MOST_AT,
    SPX_BY_EDIT_ROTATION,
    SPX_BY_EDIT_MEASURED,
    SPX_BY_EDIT_COLUMNS
};
/* Name, units and definition of number i; NULL from SPX_BY_EDIT_COLUMNS on. */
const spx_quantity *spx_by_edit_column(size_t i);

/*
 * Lines come in this order, numbers that do not apply being NaN:
 *
 *   part     how many    what
 *   total    one         the whole change: first order and measured
 *   round    one each    a round
 *   edit     `worst`     edits of the largest shares, descending
 *   without  0 or 1      the check: all but the round of the largest share, both again
 */
typedef struct spx_by_edit_line {
    const char *part;
    size_t k; /* dominant directions */
    double value[SPX_BY_EDIT_COLUMNS];
} spx_by_edit_line;
typedef void spx_by_edit_fn(const spx_by_edit_line *line, void *arg);

/**
 * Splits the change of one tensor of a run's ledger over its rounds and edits. Shares of all rounds
 * add up to 1; what the first order is worth, rotation beside measured tells.
 * @return SPX_OK; SPX_ENOTFOUND if the run has no round yet; those of spx_attribution_new and
 * spx_ledger_read. Errors name the tensor.
 * Cost: three full decompositions, and 2 m n flops an edit.
 */
SPX_CHECKED spx_status spx_by_edit(const spx_store *run, const char *tensor,
                                   const spx_by_edit_opts *o, spx_by_edit_fn *each, void *arg,
                                   spx_error *err);

#endif
