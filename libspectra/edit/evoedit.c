/* evoedit.c: EvoEdit (ACL Findings 2026; EvoEdit/EvoEdit_main.py): AlphaEdit's null space, which
 * every batch makes smaller by its own directions in place of remembering its keys.
 *
 *     dW = R (K^T P K + L2 I)^{-1} K^T P,    then P <- P - U U^T,
 *
 * U the left singular vectors of P K above rounding (key_cost_narrow), K the keys that were
 * written. A later batch cannot change what the layer does to any of them, as none can be written
 * twice. P starts as AlphaEdit's and is kept as what it excludes, f x (f - rank P). A layer takes
 * as many edits as P has dimensions; then the editor stops. The public code skips a batch whose |P
 * K|_F is below 1e-3 and whose residual is below 1e-2; here a batch is refused where P K is
 * rounding. */
#include "edit/editors.h"

#include "spx/extremes.h"

#include <float.h>

static spx_status evoedit_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out,
                               spx_error *err)
{
    return edit_null_space(o, C, true, out, err);
}

static spx_status evoedit_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                                double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_key_cost *c = &s->cost;
    (void)A;
    SPX_TRY(key_cost_solve(c, b->K, B, err));
    const double rounding = (double)c->f * DBL_EPSILON * spx_norm_fro(b->K);
    if (c->kept == 0 || !(spx_norm_fro(B) > c->scale * spx_max(rounding, 1e-10)))
        SPX_RAISE(err, SPX_ENUMERIC,
                  "the null space is used up: %zu of its %zu dimensions are left after %zu edits, "
                  "and none for these keys",
                  c->kept, c->room, c->taken);
    SPX_TRY(edit_ridge_factor(c, b->K, 1, B, rcond, err));
out:
    return st;
}

const spx_editor edit_evoedit = {
    .name = "evoedit",
    .summary = "alphaedit, the null space made smaller by every batch",
    .source = "EvoEdit, ACL Findings 2026",
    .uses = 1U << SPX_L2 | 1U << SPX_NULLSPACE_THRESHOLD | 1U << SPX_NULLSPACE_ENERGY |
            1U << SPX_NULLSPACE_KEPT,
    .needs_moment = true,
    .remembers = true,
    .remembers_written = true,
    .cost = evoedit_cost,
    .solve = evoedit_solve,
    .remember = key_cost_narrow,
};
