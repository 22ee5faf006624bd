/* prune.c: PRUNE (Ma et al., ICLR 2025, arXiv 2405.16821; bi_editor_loadw.py) on MEMIT: once, when
 * all edits are made, the singular values of D = W - W0 that reach s = s_1(W0) are damped (filter
 * "prune"), D' = U diag(s') V^T:
 *
 *     prune          s' = log_a(s_i) - log_a(s) + s
 *     prune-linear   s' = (s_i + s) / 2
 *     prune-compat   AlphaEdit's MEMIT_prune: natural logarithm, and D' is added to the edited
 *                    weight, not to W0: W = W0 + D + D'
 *     prune-encore   ENCORE's MEMIT_prune: the same with W0 the weight before the last batch,
 *                    which alone is damped: its runner keeps the weights anew at every batch */
#include "edit/editors.h"

#include "spx/filter.h"

static spx_status damp(const char *name, double alpha, const spx_mat *W0, spx_update *total,
                       spx_error *err)
{
    spx_filter *f = NULL;
    const spx_filter_spec spec = {.name = name, .apply = "batch", .alpha = alpha};
    spx_status st = spx_filter_new(&spec, W0, &f, err);
    if (st == SPX_OK) st = spx_filter_apply(f, total, NULL, err);
    spx_filter_free(f);
    return st;
}

static spx_status prune(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                        spx_error *err)
{
    return damp("prune", o->value[SPX_PRUNE_ALPHA], W0, total, err);
}

static spx_status linear(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                         spx_error *err)
{
    (void)o;
    return damp("prune-linear", 0, W0, total, err);
}

static spx_status compat(const spx_edit_opts *o, const spx_mat *W0, spx_update *total,
                         spx_error *err)
{
    spx_mat D = {0};
    const double e = 2.718281828459045;
    (void)o;
    spx_status st = spx_mat_alloc(&D, total->A.rows, total->A.cols, err);
    if (st == SPX_OK) spx_mat_copy(&D, &total->A);
    if (st == SPX_OK) st = damp("prune", e, W0, total, err);
    for (size_t i = 0; st == SPX_OK && i < D.rows * D.cols; i++) total->A.data[i] += D.data[i];
    spx_mat_free(&D);
    return st;
}

static const struct spx_editor_code prune_code = {edit_memit_prior, edit_ridge_solve, NULL, prune};
const spx_editor edit_prune = {
    .name = "prune",
    .summary = "MEMIT, whose whole change is damped at the end",
    .source = "arXiv 2405.16821",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_PRUNE_ALPHA,
    .moment = true,
    .finishes = true,
    .code = &prune_code,
};
static const struct spx_editor_code linear_code = {edit_memit_prior, edit_ridge_solve, NULL,
                                                   linear};
const spx_editor edit_prune_linear = {
    .name = "prune-linear",
    .summary = "PRUNE with the mean in place of the logarithm",
    .source = "arXiv 2405.16821",
    .uses = 1U << SPX_LAMBDA,
    .moment = true,
    .finishes = true,
    .code = &linear_code,
};
static const struct spx_editor_code compat_code = {edit_memit_prior, edit_ridge_solve, NULL,
                                                   compat};
const spx_editor edit_prune_compat = {
    .name = "prune-compat",
    .summary = "PRUNE as AlphaEdit's code has it: added twice",
    .source = "AlphaEdit, experiments/evaluate.py",
    .uses = 1U << SPX_LAMBDA,
    .moment = true,
    .finishes = true,
    .code = &compat_code,
};
const spx_editor edit_prune_encore = {
    .name = "prune-encore",
    .summary = "PRUNE as ENCORE's code has it: the last batch alone, added twice",
    .source = "ENCORE, experiments/evaluate_unified_editing.py",
    .uses = 1U << SPX_LAMBDA,
    .moment = true,
    .finishes = true,
    .finishes_last = true,
    .code = &compat_code,
};
