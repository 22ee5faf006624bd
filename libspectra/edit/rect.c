/* rect.c: RECT (Gu et al., EMNLP 2024) on MEMIT: of every batch's change the entries that are
 * largest against the weight, |dW_ij / W_ij|; the rest is not written (filter "rect").
 *
 *     rect         the authors' rule: the floor((1 - rect_keep) m n) smallest become 0; their code
 *                  keeps 0.2 (Model-Editing-Hurt, rome_main.py, where it stands in a comment)
 *     rect-compat  AlphaEdit's and ENCORE's MEMIT_rect: |dW_ij / (W_ij + 1e-8)|, the 1e-8 signed,
 *                  so that an entry of about -1e-8 counts as huge; keeps 0.4; and the residuals of
 *                  a layer are those after the earlier layers' whole changes: entries are chosen
 *                  once all layers are solved */
#include "edit/editors.h"

#include "spx/filter.h"

static spx_status keep_largest(const char *filter, double share, const spx_mat *W, spx_update *dW,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    const spx_filter_spec spec = {.name = filter, .keep = share};
    SPX_TRY(spx_filter_new(&spec, W, &f, err));
    SPX_TRY(spx_filter_apply(f, dW, NULL, err));
out:
    spx_filter_free(f);
    return st;
}

static spx_status rect_entries(const spx_edit_opts *o, const spx_mat *W, spx_update *dW,
                               spx_error *err)
{
    return keep_largest("rect", o->value[SPX_RECT_KEEP], W, dW, err);
}

static spx_status rect_compat_entries(const spx_edit_opts *o, const spx_mat *W, spx_update *dW,
                                      spx_error *err)
{
    (void)o;
    return keep_largest("rect-compat", 0.4, W, dW, err);
}

const spx_editor edit_rect = {
    .name = "rect",
    .summary = "MEMIT, of which only the relatively largest entries are written",
    .source = "Gu et al. 2024",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_RECT_KEEP,
    .needs_moment = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .choose_entries = rect_entries,
};
const spx_editor edit_rect_compat = {
    .name = "rect-compat",
    .summary = "RECT as in the code of AlphaEdit and ENCORE",
    .source = "AlphaEdit, memit_rect_main.py",
    .uses = 1U << SPX_LAMBDA,
    .needs_moment = true,
    .defers = true,
    .cost = edit_memit_cost,
    .solve = edit_ridge_solve,
    .choose_entries = rect_compat_entries,
};
