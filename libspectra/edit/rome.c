/* rome.c: ROME (Meng, Bau, Andonian and Belinkov, NeurIPS 2022, Eq. 2; rome/rome_main.py) and
 * R-ROME (Gupta, Baskaran and Anumanchipalli 2024, arXiv 2403.07175), one fact at a time.
 *
 *     rome     dW = r (M k)^T / (k_c^T M k),    M = C^{-1}, or I without mom2_adjustment
 *     r-rome   dW = (r + W (k_c - k)) (M k)^T / (k^T M k)
 *
 * k is the mean key, k_c the bare prompt's, r = v* - W k_c. ROME asks for v* at k_c but moves along
 * the direction of k: where k_c^T M k is small against |k_c| |M k| the write explodes; that cosine
 * is reported as the reciprocal condition. R-ROME uses k throughout. */
#include "edit/editors.h"

#include "spx/extremes.h"

#include <math.h>

static spx_status rome_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    return o->value[SPX_MOM2_ADJUSTMENT] != 0 ? key_cost_from_matrix(C, out, err) : SPX_OK;
}

/* B <- M k / (k_c^T M k) */
static spx_status rome_factor(const spx_edit *s, const spx_mat *k, const spx_mat *kc, spx_mat *B,
                              double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    if (k->cols != 1)
        SPX_RAISE(err, SPX_EINVAL, "editor %s writes one fact at a time, not %zu", s->editor->name,
                  k->cols);
    SPX_TRY(key_cost_solve(&s->cost, k, B, err));
    const double gain = spx_dot(kc, B);
    if (!(fabs(gain) > 0))
        SPX_RAISE(err, SPX_ENUMERIC, "the bare key is orthogonal to the direction written");
    *rcond = spx_min(*rcond, fabs(gain) / (spx_norm_fro(kc) * spx_norm_fro(B)));
    spx_mat_scale(B, 1 / gain);
out:
    return st;
}

static spx_status rome_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                             double *rcond, spx_error *err)
{
    (void)A;
    return rome_factor(s, b->K, b->Kc ? b->Kc : b->K, B, rcond, err);
}

/* v* - W k = r + W k_c - W k */
static spx_status r_rome_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                               double *rcond, spx_error *err)
{
    if (b->Kc && b->W) {
        spx_gemm(A, 1, b->W, SPX_N, b->Kc, SPX_N, 1);
        spx_gemm(A, -1, b->W, SPX_N, b->K, SPX_N, 1);
    }
    return rome_factor(s, b->K, b->K, B, rcond, err);
}

const spx_editor edit_rome = {
    .name = "rome",
    .summary = "one fact at a time into one layer, as published",
    .source = "Meng et al. 2022, Eq. 2",
    .uses = 1U << SPX_MOM2_ADJUSTMENT,
    .needs_moment = true,
    .one_layer = true,
    .one_fact = true,
    .site = SPX_TARGET_FFN,
    .key_mean = SPX_KEYS_FLAT,
    .cost = rome_cost,
    .solve = rome_solve,
};
const spx_editor edit_r_rome = {
    .name = "r-rome",
    .summary = "ROME with one key throughout",
    .source = "arXiv 2403.07175",
    .uses = 1U << SPX_MOM2_ADJUSTMENT,
    .needs_moment = true,
    .one_layer = true,
    .one_fact = true,
    .site = SPX_TARGET_FFN,
    .key_mean = SPX_KEYS_FLAT,
    .cost = rome_cost,
    .solve = r_rome_solve,
};
