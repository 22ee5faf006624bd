/* emmet.c: EMMET (Gupta, Sajnani and Anumanchipalli 2024, arXiv 2403.14236, Eq. 9;
 * emmet/emmet_main.py): ROME's equality constraint for a batch.
 *
 *     dW = R (K^T B^{-1} K + lambda_e I)^{-1} K^T B^{-1},    B = lambda C + lambda_n I
 *
 * lambda_e only for more than one fact, as in the public code, which inverts B; here it is
 * factored.
 */
#include "edit/editors.h"

static spx_status emmet_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                              double *rcond, spx_error *err)
{
    const double missed = b->K->cols > 1 ? s->opts.value[SPX_LAMBDA_E] : 0;
    (void)A;
    return edit_gain(&s->prior, b->K, missed, B, rcond, err);
}

static const struct spx_editor_code code = {edit_moment_prior, emmet_solve, NULL, NULL};
const spx_editor edit_emmet = {
    .name = "emmet",
    .summary = "a batch met exactly, up to lambda_e",
    .source = "arXiv 2403.14236, Eq. 9",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_LAMBDA_N | 1U << SPX_LAMBDA_E,
    .moment = true,
    .code = &code,
};
