/* subspace_comparison.h: what the families of metrics of a pair are computed from, and the rows of
 * the table. */
#ifndef SPX_SPECTRA_SUBSPACE_COMPARISON_H
#define SPX_SPECTRA_SUBSPACE_COMPARISON_H

#include "spx/subspace.h"

/* Rows of the table. Where both exist, _V follows _U; where all three exist, the mean of both sides
 * precedes them. */
/* clang-format off */
enum metric {
    LSS_R,
    LSS_G, LSS_G_U, LSS_G_V,
    LSS_P, LSS_P_U, LSS_P_V,
    SVS, SVS_U, SVS_V,
    SVS_MATCH, SVS_MATCH_U, SVS_MATCH_V,
    COSINE_MAX, COSINE_MAX_U, COSINE_MAX_V,
    NEAREST, NEAREST_U, NEAREST_V,
    NEAREST_MIN_U, NEAREST_MIN_V,
    THETA_MAX_U, THETA_MAX_V,
    THETA_MEAN_U, THETA_MEAN_V,
    GEODESIC_U, GEODESIC_V,
    CHORDAL_U, CHORDAL_V,
    PROJECTION_U, PROJECTION_V,
    RETAINED_GAIN, GAIN_MIN, TRIPLE_RESIDUAL, EXACT_KEPT,
    RETENTION, RETENTION_U, RETENTION_V,
    SHARE_U, SHARE_V,
    KEPT, TURNED, OVERTAKEN, OVERTAKERS,
    INTRUDERS, INTRUDERS_U, INTRUDERS_V, INTRUDERS_PEFT,
    FRO_RATIO, SPECTRAL_RATIO, VALUE_SHIFT,
    GAP_BASE, GAP_NOW,
    METRICS
};
/* clang-format on */

typedef struct comparison {
    const spx_svd *base, *now;
    const spx_mat *W; /* the later matrix */
    size_t k;
    spx_mat U, V;    /* the base's dominant vectors, k columns */
    spx_mat Uk, Vk;  /* the later matrix's */
    spx_mat M, N;    /* U^T U', V^T V' of all triplets known: base->k x now->k */
    spx_mat WV, WtU; /* W V, W^T U of the base's dominant vectors */
    spx_subspace *out;
    spx_scratch *tmp;
} comparison;

/* Each family fills its metrics and rows of c->out. */
SPX_CHECKED spx_status compare_angles(const comparison *c, spx_error *err);
SPX_CHECKED spx_status compare_similarity(const comparison *c, spx_error *err);
SPX_CHECKED spx_status compare_energy(const comparison *c, spx_error *err);
void compare_triplets(const comparison *c);  /* gains, residuals, what happened */
void compare_intruders(const comparison *c); /* after compare_triplets */

/* Room for the rows; on failure the caller frees out. */
SPX_CHECKED spx_status subspace_alloc(spx_subspace *out, size_t k, spx_error *err);

static inline double mat_at(const spx_mat *A, size_t i, size_t j) { return A->data[i * A->ld + j]; }

#endif
