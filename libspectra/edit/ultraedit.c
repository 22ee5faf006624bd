/* ultraedit.c: UltraEdit and StableEdit, which follow standardised gradients in place of targets.
 *
 *     v_t = -lr |h^_t|^2 g^_t,    dW = V^T H (alpha I + H^T H)^{-1}
 *
 * for the T target tokens of a batch, with h_t (raw) the rows of H, h^ and g^ standardised by
 * running statistics that all layers share (spx/gradients.h), V the rows v_t. That is the ridge
 * solve of memit.c with K = H^T, R = V^T and B = alpha I.
 *
 *     ultraedit         alpha = 1    Gu et al. 2025, arXiv 2505.14679
 *     ultraedit-compat  alpha = 1    the same with the variance of its public code
 *                                    (editor/ultraedit.py, nets.py)
 *     stableedit        alpha = 10   arXiv 2605.11836 and its public code (editor/stableedit.py)
 *
 * |h^_t|^2 is about f, so the step grows with the width of the FFN: lr = 1e-6 was chosen for f of
 * 14,336 (Llama 3 8B); SmolLM2-135M has 1,536.
 *
 * StableEdit's warm-up turns, which edit training facts before the first ones that count, are
 * rounds like others here: facts in front of the list. Its code does not whiten during them; these
 * rounds do, once n > d + 1. */
#include "edit/editors.h"

static spx_status identity_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out,
                                spx_error *err)
{
    (void)o, (void)C, (void)out, (void)err;
    return SPX_OK; /* *out comes as B = I */
}

static spx_status stableedit_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out,
                                  spx_error *err)
{
    (void)C, (void)err;
    out->scale = 1 / o->value[SPX_STABLE_RIDGE];
    return SPX_OK;
}

/* Column t of R <- -lr |h^_t|^2 g^_t. */
static spx_status follow_gradients(const spx_edit_opts *o, const spx_running *r, const spx_mat *H,
                                   const spx_mat *G, spx_mat *R, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat features;
    double *step = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &features, H->rows, H->cols, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &step, H->cols, err));
    spx_mat_copy(&features, H);
    spx_mat_copy(R, G);
    SPX_TRY(spx_running_standardise(r, &features, R, err));
    for (size_t j = 0; j < H->rows; j++)
        for (size_t t = 0; t < H->cols; t++) {
            const double x = features.data[j * features.ld + t];
            step[t] -= o->value[SPX_GRADIENT_LR] * x * x;
        }
    spx_mat_scale_columns(R, step);
out:
    spx_scratch_free(&tmp);
    return st;
}

enum { FOLLOWS = 1U << SPX_GRADIENT_LR | 1U << SPX_GRADIENT_BATCH };

const spx_editor edit_ultraedit = {
    .name = "ultraedit",
    .summary = "outputs follow standardised gradients; no targets, no statistics of text",
    .source = "Gu et al. 2025, arXiv 2505.14679",
    .uses = FOLLOWS,
    .cost = identity_cost,
    .solve = edit_ridge_solve,
    .gains = follow_gradients,
};
const spx_editor edit_ultraedit_compat = {
    .name = "ultraedit-compat",
    .summary = "UltraEdit with the running variance of its public code",
    .source = "arXiv 2505.14679, authors' code",
    .uses = FOLLOWS,
    .cost = identity_cost,
    .solve = edit_ridge_solve,
    .gains = follow_gradients,
    .running = SPX_RUNNING_UNBIASED,
};
const spx_editor edit_stableedit = {
    .name = "stableedit",
    .summary = "UltraEdit with whitened gradients and a stronger ridge",
    .source = "arXiv 2605.11836 and its code",
    .uses = FOLLOWS | 1U << SPX_STABLE_RIDGE,
    .cost = stableedit_cost,
    .solve = edit_ridge_solve,
    .gains = follow_gradients,
    .running = SPX_RUNNING_WHITENED,
};
