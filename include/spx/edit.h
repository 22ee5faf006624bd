/* spx/edit.h: closed-form editors behind a table. They know matrices, not models. */
#ifndef SPX_EDIT_H
#define SPX_EDIT_H

#include "spx/mat.h"

/* What one layer's write is solved from; all borrowed. f = d_ff, d = d_model, n = facts. */
typedef struct spx_bundle {
    const spx_mat *K; /* f x n keys */
    const spx_mat *R; /* d x n: what the layer's output should gain at each key */
    const spx_mat *L; /* f x f Cholesky factor of the second moment, C = L L^T */
    double lambda;    /* weight of C (mom2_update_weight) */
} spx_bundle;

/* dW = A B^T with A d x n and B f x n, allocated by the caller. */
typedef spx_status spx_editor_fn(const spx_bundle *b, spx_mat *A, spx_mat *B, spx_error *err);
typedef struct spx_editor {
    const char *name;
    const char *source; /* paper and equation */
    spx_editor_fn *solve;
} spx_editor;

const spx_editor *spx_editors(size_t *n);
/* NULL and SPX_EINVAL with the list of names if there is none of that name. */
SPX_CHECKED spx_status spx_editor_find(const char *name, const spx_editor **out, spx_error *err);

#endif
