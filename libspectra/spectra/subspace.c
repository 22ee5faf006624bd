/* subspace.c: a base's dominant triplets against a later matrix and its triplets: the table of
 * metrics, and what the families of metrics are computed from. */
#include "spx/subspace.h"

#include "spectra/subspace_comparison.h"

#include "spx/spectrum.h"

#include <assert.h>
#include <math.h>

_Static_assert((int)METRICS == SPX_SUBSPACE_METRICS, "the table and value[] have the same length");

#define LSS      "after LSS of arXiv 2601.11042"
#define SVS_OF   "after SVS of arXiv 2601.11042"
#define MAXIMUM  "after App. G.6 of arXiv 2601.11042"
#define ANGLES   "Bjorck and Golub 1973"
#define INTRUDER "after Shuttleworth et al. 2024"
#define EDELMAN  "Edelman, Arias and Smith 1998"
#define DAVIS    "Davis and Kahan 1970"
#define OURS     "this project"
#define UNKNOWN  (double)NAN

/* The value for two equal matrices, UNKNOWN where it depends on the matrix, and the quantity. */
/* clang-format off */
static const struct {
    double same;
    spx_quantity q;
} table[METRICS] = {
    [LSS_R] = {1, {"lss_r", "1", "<W0_k, W_k>_F / (|W0_k| |W_k|), rank-k reconstructions", LSS,
        "-1 to 1", "1: as before, 0: nothing in common"}},
    [LSS_G] = {1, {"lss_g", "1", "mean cos^2 of principal angles, mean of both sides", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [LSS_G_U] = {1, {"lss_g_u", "1", "mean cos^2 of principal angles, output side", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [LSS_G_V] = {1, {"lss_g_v", "1", "mean cos^2 of principal angles, input side", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [LSS_P] = {1, {"lss_p", "1", "1 - |P0 - P|_F / sqrt(2 k), mean of both sides", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [LSS_P_U] = {1, {"lss_p_u", "1", "1 - |P0 - P|_F / sqrt(2 k), output side", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [LSS_P_V] = {1, {"lss_p_v", "1", "1 - |P0 - P|_F / sqrt(2 k), input side", LSS,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS] = {1, {"svs", "1", "mean |cos| of vectors of equal index, mean of both sides", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS_U] = {1, {"svs_u", "1", "mean |cos| of vectors of equal index, output side", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS_V] = {1, {"svs_v", "1", "mean |cos| of vectors of equal index, input side", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS_MATCH] = {1, {"svs_match", "1", "svs under the pairing that maximises it", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS_MATCH_U] = {1, {"svs_match_u", "1", "svs_u under the pairing of svs_match", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [SVS_MATCH_V] = {1, {"svs_match_v", "1", "svs_v under the pairing of svs_match", SVS_OF,
        "0 to 1", "1: as before, chance: nothing in common"}},
    [COSINE_MAX] = {1, {"cosine_max", "1",
        "largest principal cosine, mean of both sides: max subspace similarity, of subspaces",
        MAXIMUM, "0 to 1", "1: one direction at least is as before, chance: none is"}},
    [COSINE_MAX_U] = {1, {"cosine_max_u", "1", "largest principal cosine, output side",
        MAXIMUM, "0 to 1", "1: one direction at least is as before, chance: none is"}},
    [COSINE_MAX_V] = {1, {"cosine_max_v", "1", "largest principal cosine, input side",
        MAXIMUM, "0 to 1", "1: one direction at least is as before, chance: none is"}},
    [NEAREST] = {1, {"nearest", "1",
        "mean over i of max_j |cos|, mean of both sides: max subspace similarity, of vectors",
        MAXIMUM, "0 to 1", "1: as before, chance: nothing in common"}},
    [NEAREST_U] = {1, {"nearest_u", "1", "mean over i of max_j |u_i . u'_j|, i, j <= k",
        MAXIMUM, "0 to 1", "1: as before, chance: nothing in common"}},
    [NEAREST_V] = {1, {"nearest_v", "1", "mean over i of max_j |v_i . v'_j|, i, j <= k",
        MAXIMUM, "0 to 1", "1: as before, chance: nothing in common"}},
    [NEAREST_MIN_U] = {1, {"nearest_min_u", "1", "least over i of max_j |u_i . u'_j|, i, j <= k",
        MAXIMUM, "0 to 1", "1: as before, chance: one direction is gone"}},
    [NEAREST_MIN_V] = {1, {"nearest_min_v", "1", "least over i of max_j |v_i . v'_j|, i, j <= k",
        MAXIMUM, "0 to 1", "1: as before, chance: one direction is gone"}},
    [THETA_MAX_U] = {0, {"theta_max_u", "rad", "largest principal angle, output side", ANGLES,
        "0 to pi / 2", "0: as before, chance: unrelated"}},
    [THETA_MAX_V] = {0, {"theta_max_v", "rad", "largest principal angle, input side", ANGLES,
        "0 to pi / 2", "0: as before, chance: unrelated"}},
    [THETA_MEAN_U] = {0, {"theta_mean_u", "rad", "mean principal angle, output side", ANGLES,
        "0 to pi / 2", "0: as before, chance: unrelated"}},
    [THETA_MEAN_V] = {0, {"theta_mean_v", "rad", "mean principal angle, input side", ANGLES,
        "0 to pi / 2", "0: as before, chance: unrelated"}},
    [GEODESIC_U] = {0, {"geodesic_u", "rad", "sqrt(sum theta^2), output side", EDELMAN,
        "0 to sqrt(k) pi / 2", "0: as before, chance: unrelated"}},
    [GEODESIC_V] = {0, {"geodesic_v", "rad", "sqrt(sum theta^2), input side", EDELMAN,
        "0 to sqrt(k) pi / 2", "0: as before, chance: unrelated"}},
    [CHORDAL_U] = {0, {"chordal_u", "1",
        "|sin Theta|_F = |P0 - P|_F / sqrt(2), output side", EDELMAN,
        "0 to sqrt(k)", "0: as before, chance: unrelated"}},
    [CHORDAL_V] = {0, {"chordal_v", "1",
        "|sin Theta|_F = |P0 - P|_F / sqrt(2), input side", EDELMAN,
        "0 to sqrt(k)", "0: as before, chance: unrelated"}},
    [PROJECTION_U] = {0, {"projection_u", "1", "|P0 - P|_2 = sin theta_max, output side", ANGLES,
        "0 to 1", "0: as before; one direction that is gone gives 1"}},
    [PROJECTION_V] = {0, {"projection_v", "1", "|P0 - P|_2 = sin theta_max, input side", ANGLES,
        "0 to 1", "0: as before; one direction that is gone gives 1"}},
    [RETAINED_GAIN] = {1, {"retained_gain", "1", "mean u_i' W v_i / s_i", OURS,
        "any", "1: as before, 0: gone, above 1: amplified"}},
    [GAIN_MIN] = {1, {"gain_min", "1", "least u_i' W v_i / s_i", OURS,
        "any", "1: as before, 0: one direction is gone"}},
    [TRIPLE_RESIDUAL] = {0, {"triple_residual", "1",
        "max of |W v_i - s_i u_i|, |W' u_i - s_i v_i| over s_1", OURS,
        "0 and more", "0: as before"}},
    [EXACT_KEPT] = {1, {"exact_kept", "1", "share of triplets with residual below 1e-6 s_1", OURS,
        "0 to 1", "1: all dominant triplets are as before"}},
    [RETENTION] = {1, {"retention", "1", "|U' W V|_F^2 / |U' W0 V|_F^2", OURS,
        "0 and more", "1: as before, chance: gone, above 1: amplified"}},
    [RETENTION_U] = {1, {"retention_u", "1", "|U' W|_F^2 / |U' W0|_F^2", OURS,
        "0 and more", "1: as before, chance: gone, above 1: amplified"}},
    [RETENTION_V] = {1, {"retention_v", "1", "|W V|_F^2 / |W0 V|_F^2", OURS,
        "0 and more", "1: as before, chance: gone, above 1: amplified"}},
    [SHARE_U] = {UNKNOWN, {"share_u", "1", "|U' W|_F^2 / |W|_F^2", OURS,
        "0 to 1", "chance: the matrix is not aimed at the base's dominant directions"}},
    [SHARE_V] = {UNKNOWN, {"share_v", "1", "|W V|_F^2 / |W|_F^2", OURS,
        "0 to 1", "chance: the matrix is not aimed at the base's dominant directions"}},
    [KEPT] = {UNKNOWN, {"kept", "1", "old triplets neither turned nor overtaken", OURS,
        "0 to k", "k: all are as before"}},
    [TURNED] = {0, {"turned", "1", "old triplets turned by 45 degrees or more", OURS,
        "0 to k", "0: as before"}},
    [OVERTAKEN] = {0, {"overtaken", "1",
        "old triplets not turned whose place is now beyond k", OURS,
        "0 to k", "0: as before; more: new directions have larger values"}},
    [OVERTAKERS] = {0, {"overtakers", "1",
        "dominant directions less than half (cos^2) in the old block, both sides", OURS,
        "0 to k", "0: as before; more: new directions are dominant"}},
    [INTRUDERS] = {0, {"intruders", "1",
        "dominant directions in no base cluster, both sides", INTRUDER,
        "0 to k", "0: as before; more: new directions are dominant"}},
    [INTRUDERS_U] = {0, {"intruders_u", "1",
        "dominant directions in no base cluster, output side", INTRUDER,
        "0 to k", "0: as before; more: new directions are dominant"}},
    [INTRUDERS_V] = {0, {"intruders_v", "1",
        "dominant directions in no base cluster, input side", INTRUDER,
        "0 to k", "0: as before; more: new directions are dominant"}},
    [INTRUDERS_PEFT] = {0, {"intruders_peft", "1",
        "dominant directions with |cos| < 1/2 to every base vector, output side",
        "PEFT, reduce_intruder_dimension",
        "0 to k", "0: as before; more: new directions are dominant"}},
    [FRO_RATIO] = {1, {"fro_ratio", "1", "|W|_F / |W0|_F", "definition",
        "0 and more", "1: as before, above 1: grown"}},
    [SPECTRAL_RATIO] = {1, {"spectral_ratio", "1", "s'_1 / s_1", "definition",
        "0 and more", "1: as before, above 1: grown; far above 1 goes with broken behaviour"}},
    [VALUE_SHIFT] = {0, {"value_shift", "1", "max |s'_i - s_i| / s_1", "Weyl 1912",
        "0 and more", "0: as before"}},
    [GAP_BASE] = {UNKNOWN, {"gap_base", "1", "(s_k - s_{k+1}) / s_k of the base", DAVIS,
        "0 to 1", "near 0: the dominant subspace is badly determined"}},
    [GAP_NOW] = {UNKNOWN, {"gap_now", "1", "(s_k - s_{k+1}) / s_k now", DAVIS,
        "0 to 1", "near 0: the dominant subspace is badly determined"}},
};
/* clang-format on */

static const spx_quantity rows[SPX_SUBSPACE_ROWS] = {
    [SPX_ROW_THETA_U] = {"theta_u", "rad", "principal angles, output side", ANGLES, "0 to pi / 2",
                         "0: as before"},
    [SPX_ROW_THETA_V] = {"theta_v", "rad", "principal angles, input side", ANGLES, "0 to pi / 2",
                         "0: as before"},
    [SPX_ROW_GAIN] = {"gain", "1", "u_i' W v_i / s_i", OURS, "any", "1: as before, 0: gone"},
    [SPX_ROW_RESIDUAL] = {"residual", "1",
                          "larger of |W v_i - s_i u_i|, |W' u_i - s_i v_i| over s_1", OURS,
                          "0 and more", "0: as before"},
    [SPX_ROW_TURN] = {"turn", "rad", "larger angle of W v_i with u_i and W' u_i with v_i", OURS,
                      "0 to pi", "0: as before, pi / 4 and more: turned"},
    [SPX_ROW_RANK] = {"rank_held", "1",
                      "place of the value nearest to |W v_i| |W' u_i| / u_i' W v_i", OURS, "1 to r",
                      "i: as before, above k: overtaken"},
};

const spx_quantity *spx_subspace_metric(size_t i) { return i < METRICS ? &table[i].q : NULL; }
const spx_quantity *spx_subspace_row(size_t j) { return j < SPX_SUBSPACE_ROWS ? &rows[j] : NULL; }

size_t spx_subspace_reach(size_t k, size_t r)
{
    const size_t want = k < 64 ? 128 : 2 * k;
    return want < r ? want : r;
}

size_t spx_subspace_choose_at_least(const double *s, size_t r, void *want)
{
    const spx_subspace_want *w = want;
    if (s[0] == 0) return 0;
    const size_t k = w->k ? w->k : spx_spectrum_k(s, r, w->tau);
    const size_t reach = spx_subspace_reach(k, r);
    return reach > w->least ? reach : w->least;
}

spx_status subspace_alloc(spx_subspace *out, size_t k, spx_error *err)
{
    spx_status st = SPX_OK;
    double *block = NULL;
    *out = (spx_subspace){.k = k};
    SPX_TRY(SPX_NEW(&block, SPX_SUBSPACE_ROWS * k, err));
    for (size_t j = 0; j < SPX_SUBSPACE_ROWS; j++) out->row[j] = block + j * k;
out:
    return st;
}

/* Views of the dominant vectors, and the products that the families share. */
static spx_status prepare_comparison(comparison *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_svd *base = c->base, *now = c->now;
    const size_t k = c->k;
    c->U = spx_mat_view(&base->U, 0, 0, base->rows, k);
    c->V = spx_mat_view(&base->V, 0, 0, base->cols, k);
    c->Uk = spx_mat_view(&now->U, 0, 0, now->rows, k);
    c->Vk = spx_mat_view(&now->V, 0, 0, now->cols, k);
    SPX_TRY(spx_mat_scratch(c->tmp, &c->M, base->k, now->k, err));
    SPX_TRY(spx_mat_scratch(c->tmp, &c->N, base->k, now->k, err));
    SPX_TRY(spx_mat_scratch(c->tmp, &c->WV, c->W->rows, k, err));
    SPX_TRY(spx_mat_scratch(c->tmp, &c->WtU, c->W->cols, k, err));
    spx_gemm(&c->M, 1, &base->U, SPX_T, &now->U, SPX_N, 0);
    spx_gemm(&c->N, 1, &base->V, SPX_T, &now->V, SPX_N, 0);
    spx_gemm(&c->WV, 1, c->W, SPX_N, &c->V, SPX_N, 0);
    spx_gemm(&c->WtU, 1, c->W, SPX_T, &c->U, SPX_N, 0);
out:
    return st;
}

spx_status spx_subspace_compare(const spx_subspace_pair *p, spx_subspace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_subspace s = {0};
    comparison c = {.base = p->base, .now = p->now, .W = p->W, .k = p->k, .out = &s, .tmp = &tmp};
    assert(p->k > 0 && p->base->k >= p->k && p->now->k >= p->k);
    assert(p->W->rows == p->base->rows && p->W->cols == p->base->cols);
    *out = (spx_subspace){0};
    SPX_TRY(subspace_alloc(&s, p->k, err));
    SPX_TRY(prepare_comparison(&c, err));
    SPX_TRY(compare_angles(&c, err));
    SPX_TRY(compare_similarity(&c, err));
    SPX_TRY(compare_energy(&c, err));
    compare_triplets(&c);
    compare_intruders(&c);
    *out = s;
    s = (spx_subspace){0};
out:
    spx_subspace_free(&s);
    spx_scratch_free(&tmp);
    return st;
}

void spx_subspace_same(spx_subspace *out)
{
    *out = (spx_subspace){0};
    for (size_t i = 0; i < METRICS; i++) out->value[i] = table[i].same;
}

void spx_subspace_free(spx_subspace *s)
{
    spx_free(s->row[0]);
    *s = (spx_subspace){0};
}
