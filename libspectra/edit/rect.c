/* rect.c: RECT (Gu et al., EMNLP 2024) on MEMIT: of every batch's change the entries that are
 * largest against the weight, |dW_ij / W_ij|; the rest is not written (filter "rect").
 *
 *     rect          the authors' rule: the floor((1 - rect_keep) m n) smallest become 0; theirs
 * keep 0.2 (Model-Editing-Hurt, rome_main.py, where it stands in a comment) rect-compat AlphaEdit's
 * and ENCORE's MEMIT_rect: |dW_ij / (W_ij + 1e-8)|, the 1e-8 signed, so that an entry of about
 * -1e-8 counts as huge; keeps 0.4; and the layers' residuals are those behind the earlier layers'
 * whole changes, the entries being chosen when all are solved */
#include "edit/editors.h"

#include "spx/filter.h"

static spx_status choose_entries(const char *name, double share, const spx_mat *W, spx_update *dW,
                                 spx_error *err)
{
    spx_filter *f = NULL;
    const spx_filter_spec spec = {.name = name, .keep = share};
    spx_status st = spx_filter_new(&spec, W, &f, err);
    if (st == SPX_OK) st = spx_filter_apply(f, dW, NULL, err);
    spx_filter_free(f);
    return st;
}

static spx_status rect(const spx_edit_opts *o, const spx_mat *W, spx_update *dW, spx_error *err)
{
    return choose_entries("rect", o->value[SPX_RECT_KEEP], W, dW, err);
}

static spx_status compat(const spx_edit_opts *o, const spx_mat *W, spx_update *dW, spx_error *err)
{
    (void)o;
    return choose_entries("rect-compat", 0.4, W, dW, err);
}

static const struct spx_editor_code rect_code = {edit_memit_prior, edit_ridge_solve, rect, NULL};
const spx_editor edit_rect = {
    .name = "rect",
    .summary = "MEMIT, of which only the relatively largest entries are written",
    .source = "Gu et al. 2024",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_RECT_KEEP,
    .moment = true,
    .code = &rect_code,
};
static const struct spx_editor_code compat_code = {edit_memit_prior, edit_ridge_solve, compat,
                                                   NULL};
const spx_editor edit_rect_compat = {
    .name = "rect-compat",
    .summary = "the same as AlphaEdit's and ENCORE's code has it",
    .source = "AlphaEdit, memit_rect_main.py",
    .uses = 1U << SPX_LAMBDA,
    .moment = true,
    .chooses_last = true,
    .code = &compat_code,
};
