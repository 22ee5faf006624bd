/* spx/subspace.h: how a matrix's dominant subspaces have moved from those of a base. */
#ifndef SPX_SUBSPACE_H
#define SPX_SUBSPACE_H

#include "spx/svd.h"

/**
 * Principal angles between the ranges of two orthonormal bases, ascending, radians.
 * Cosines are the singular values of A^T B, sines those of B - A A^T B; each angle comes from the
 * one that is well conditioned (Bjorck and Golub 1973; Knyazev and Argentati 2002).
 * @param[in]  A, B   n x k, columns orthonormal.
 * @param[out] theta  k angles.
 */
SPX_CHECKED spx_status spx_subspace_angles(const spx_mat *A, const spx_mat *B, double *theta,
                                           spx_error *err);

/* Optimal one-to-one pairing: maximises sum_i S(i, pair[i]) over permutations of k (Jonker and
 * Volgenant 1987, shortest augmenting paths; O(k^3)). */
SPX_CHECKED spx_status spx_subspace_assign(const spx_mat *S, size_t *pair, spx_error *err);

/* What a comparison starts from. All of it borrowed. */
typedef struct spx_subspace_pair {
    const spx_svd *base; /* of W0, with k triplets */
    const spx_svd *now;  /* of W, with at least base->k triplets */
    const spx_mat *W;    /* the later matrix itself */
} spx_subspace_pair;

/* Everything measured of one pair: value[i] belongs to row i of the table of metrics. */
#define SPX_SUBSPACE_METRICS 16
typedef struct spx_subspace {
    size_t k;
    double value[SPX_SUBSPACE_METRICS];
    double *theta_u, *theta_v; /* k each, ascending; owned */
} spx_subspace;

/* Names and definitions of value[]: lss_r, lss_g, lss_p, svs, svs_match, retained_gain,
 * triple_residual, theta_max_u, theta_max_v, theta_mean_u, theta_mean_v, ... */
const spx_quantity *spx_subspace_metrics(size_t *n);
SPX_CHECKED spx_status spx_subspace_compare(const spx_subspace_pair *p, spx_subspace *out,
                                            spx_error *err);
void spx_subspace_free(spx_subspace *s);

#endif
