/* editors.h: the rows of the table of editors, by file, and what their files share. */
#ifndef SPX_EDIT_EDITORS_H
#define SPX_EDIT_EDITORS_H

#include "edit/key_cost.h"

struct spx_edit {
    const spx_editor *editor;
    spx_edit_opts opts;
    spx_key_cost cost;
};

/* memit.c: B = lambda C, B = lambda C + lambda_n I, and the solve of every editor of that form. */
spx_edit_cost_fn edit_memit_cost, edit_encore_cost;
spx_edit_solve_fn edit_ridge_solve;
/* B <- Y (shift I + K^T Y)^{-1}, Y = M K: f x n as K. */
SPX_CHECKED spx_status edit_ridge_factor(const spx_key_cost *c, const spx_mat *K, double shift,
                                         spx_mat *B, double *rcond, spx_error *err);

/* alphaedit.c: M = P / l2, P the projector onto the null space of C; of its two sides the smaller
 * is kept, or the outside one. */
SPX_CHECKED spx_status edit_null_space(const spx_edit_opts *o, spx_mat *C, bool outside,
                                       spx_key_cost *out, spx_error *err);

extern const spx_editor edit_memit, edit_memit_seq, edit_encore, edit_ridge; /* memit.c */
extern const spx_editor edit_alphaedit, edit_evoedit, edit_emmet, edit_nse;  /* a file each */
extern const spx_editor edit_rome, edit_r_rome;                              /* rome.c */
extern const spx_editor edit_rect, edit_rect_compat;                         /* rect.c */
extern const spx_editor edit_prune, edit_prune_linear, edit_prune_compat,
    edit_prune_encore;                                                /* prune.c */
extern const spx_editor edit_ft, edit_ft_l, edit_ft_m, edit_locft_bf; /* finetune_editors.c */
extern const spx_editor edit_ultraedit, edit_ultraedit_compat, edit_stableedit; /* ultraedit.c */

#endif
