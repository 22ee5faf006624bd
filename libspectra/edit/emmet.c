/* emmet.c: EMMET (Gupta, Sajnani and Anumanchipalli 2024, arXiv 2403.14236, Eq. 9;
 * emmet/emmet_main.py): ROME's equality constraint for a batch.
 *
 *     dW = R (K^T B^{-1} K + lambda_e I)^{-1} K^T B^{-1},    B = lambda C + lambda_n I
 *
 * lambda_e applies to more than one fact only, as in the public code. That code inverts B; here it
 * is factored. */
#include "edit/editors.h"

static spx_status emmet_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                              double *rcond, spx_error *err)
{
    const double missed = b->K->cols > 1 ? s->opts.value[SPX_LAMBDA_E] : 0;
    (void)A;
    return edit_ridge_factor(&s->cost, b->K, missed, B, rcond, err);
}

const spx_editor edit_emmet = {
    .name = "emmet",
    .summary = "a batch met exactly, up to lambda_e",
    .source = "arXiv 2403.14236, Eq. 9",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_LAMBDA_N | 1U << SPX_LAMBDA_E,
    .needs_moment = true,
    .cost = edit_encore_cost,
    .solve = emmet_solve,
};
