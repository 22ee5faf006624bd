/* editors.h: what an editor's file defines; a row of editors.c names it. */
#ifndef SPX_EDIT_EDITORS_H
#define SPX_EDIT_EDITORS_H

#include "edit/prior.h"

#include "spx/edit.h"

struct spx_edit {
    const spx_editor *editor;
    spx_edit_opts opts;
    prior prior;
};

/* B of a layer. C is f x f and may be destroyed or, moved into the prior, cleared; {0} where it is
 * not needed. */
typedef spx_status edit_prior_fn(const spx_edit_opts *o, spx_mat *C, prior *out, spx_error *err);
/* A (d x n, holds R) and B (f x n, holds K) become the factors of dW; *rcond is lowered. */
typedef spx_status edit_solve_fn(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                                 double *rcond, spx_error *err);
/* Changes dW entry by entry or, at the end of a run, W - W0 as a whole; W the weight, W0. */
typedef spx_status edit_dense_fn(const spx_edit_opts *o, const spx_mat *W, spx_mat *D,
                                 spx_error *err);

struct spx_editor_code {
    edit_prior_fn *prior;
    edit_solve_fn *solve;
    edit_dense_fn *entries, *finish; /* or NULL */
};

/* memit.c: B = lambda C + lambda_n I, and the solve of all editors of that form. */
edit_prior_fn edit_moment_prior;
edit_solve_fn edit_ridge_solve;

extern const spx_editor edit_memit, edit_memit_seq, edit_encore, edit_ridge;

#endif
