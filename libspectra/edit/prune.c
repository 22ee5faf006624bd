/* prune.c: PRUNE (Ma et al., ICLR 2025, arXiv 2405.16821; bi_editor_loadw.py) on MEMIT. Once, when
 * all edits are made, the singular values of D = W - W0 that reach s = s_1(W0) are damped (filter
 * "prune"), D' = U diag(s') V^T:
 *
 *     prune         s' = log_a(s_i) - log_a(s) + s
 *     prune-linear  s' = (s_i + s) / 2
 *     prune-compat  AlphaEdit's MEMIT_prune: natural logarithm, and D' is added to the edited
 *                   weight, not to W0: W = W0 + D + D'
 *     prune-encore  ENCORE's MEMIT_prune: the same with W0 the weight before the last batch, which
 *                   alone is damped: its runner saves the weights anew at every batch */
#include "edit/editors.h"

#include "spx/filter.h"

static spx_status damp(const char *filter, double alpha, const spx_mat *W0, spx_update *total,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    const spx_filter_spec spec = {.name = filter, .apply = "batch", .alpha = alpha};
    SPX_TRY(spx_filter_new(&spec, W0, &f, err));
    SPX_TRY(spx_filter_apply(f, total, NULL, err));
out:
    spx_filter_free(f);
    return st;
}

static spx_status prune_finish(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                               spx_error *err)
{
    return damp("prune", o->value[SPX_PRUNE_ALPHA], W0, total, err);
}

static spx_status prune_linear_finish(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                                      spx_error *err)
{
    (void)o;
    return damp("prune-linear", 0, W0, total, err);
}

static spx_status prune_compat_finish(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                                      spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat D = {0};
    const double e = 2.718281828459045;
    (void)o;
    SPX_TRY(spx_mat_clone(&D, &total->A, err));
    SPX_TRY(damp("prune", e, W0, total, err));
    for (size_t i = 0; i < D.rows * D.cols; i++) total->A.data[i] += D.data[i];
out:
    spx_mat_free(&D);
    return st;
}

const spx_editor edit_prune = {
    .name = "prune",
    .summary = "MEMIT, whose whole change is damped at the end",
    .source = "arXiv 2405.16821",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_PRUNE_ALPHA,
    .needs_moment = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .finish = prune_finish,
};
const spx_editor edit_prune_linear = {
    .name = "prune-linear",
    .summary = "PRUNE with the mean in place of the logarithm",
    .source = "arXiv 2405.16821",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .finish = prune_linear_finish,
};
const spx_editor edit_prune_compat = {
    .name = "prune-compat",
    .summary = "PRUNE as in AlphaEdit's code: added twice",
    .source = "AlphaEdit, experiments/evaluate.py",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .finish = prune_compat_finish,
};
const spx_editor edit_prune_encore = {
    .name = "prune-encore",
    .summary = "PRUNE as in ENCORE's code: the last batch alone, added twice",
    .source = "ENCORE, experiments/evaluate_unified_editing.py",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .finishes_round = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .finish = prune_compat_finish,
};
