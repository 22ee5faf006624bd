/* editors.h: what an editor's file defines; a row of editors.c names it. */
#ifndef SPX_EDIT_EDITORS_H
#define SPX_EDIT_EDITORS_H

#include "edit/key_cost.h"

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
/* Changes a dense dW entry by entry with W the weight or, at the end of a run, the whole change
 * with W the original. */
typedef spx_status edit_dense_fn(const spx_edit_opts *o, const spx_mat *W, spx_update *dW,
                                 spx_error *err);

struct spx_editor_code {
    edit_prior_fn *prior;
    edit_solve_fn *solve;
    edit_dense_fn *entries, *finish; /* or NULL */
};

/* memit.c: B = lambda C, or lambda C + lambda_n I, and the solve of all editors of that form. */
edit_prior_fn edit_memit_prior, edit_moment_prior;
edit_solve_fn edit_ridge_solve;
/* B <- Y (shift I + K^T Y)^{-1}, Y = M K: f x n as K. */
SPX_CHECKED spx_status edit_gain(const prior *p, const spx_mat *K, double shift, spx_mat *B,
                                 double *rcond, spx_error *err);

extern const spx_editor edit_memit, edit_memit_seq, edit_encore, edit_ridge;
extern const spx_editor edit_alphaedit, edit_emmet, edit_rome, edit_r_rome, edit_nse;
extern const spx_editor edit_rect, edit_rect_compat;
extern const spx_editor edit_ft, edit_ft_l, edit_ft_m;
extern const spx_editor edit_prune, edit_prune_linear, edit_prune_compat, edit_prune_encore;

#endif
