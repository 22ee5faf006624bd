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

/**
 * Overlap of the leading k columns of A with the leading l of B, for every k and l at once:
 *     out(k-1, l-1) = ||A_k^T B_l||_F^2 / min(k, l), in [0, 1],
 * by sums over the rectangles of (A^T B) o (A^T B); its diagonal is the mean cos^2 of principal
 * angles for each k.
 * @param[in]  A, B  n x a and n x b, columns orthonormal.
 * @param[out] out   a x b, allocated by the caller. Cost 2 n a b flops.
 */
void spx_subspace_overlaps(const spx_mat *A, const spx_mat *B, spx_mat *out);

/* What a comparison starts from. All of it borrowed. */
typedef struct spx_subspace_pair {
    const spx_svd *base; /* of W0, with at least k triplets; more tell old directions from new */
    const spx_svd *now;  /* of W, with at least k triplets; more let the pairing see further */
    const spx_mat *W;    /* the later matrix itself */
    size_t k;            /* dominant directions compared, >= 1 */
} spx_subspace_pair;

/* How many triplets of each matrix a comparison of k directions is well served with: twice as many
 * and at least 128, at most r. Directions overtaken by fewer than that are found again. */
size_t spx_subspace_reach(size_t k, size_t r);
/* An spx_choose_fn: the reach of k(tau) (Eq. 5) of these values, `tau` pointing to a double; 0 for
 * a matrix of zeros. */
size_t spx_subspace_choose(const double *s, size_t r, void *tau);

/*
 * Everything measured of one pair. value[i] belongs to row i of spx_subspace_metric; row[j], k
 * numbers a direction, to spx_subspace_row.
 *
 * (u_i, s_i, v_i), i <= k: the base's dominant triples; primes: the later matrix's. A name's ending
 * _u is the output side, _v the input side; without one it is of both, a mean where both exist.
 *
 * angles       theta_max, theta_mean, geodesic sqrt(sum theta^2), chordal sqrt(sum sin^2 theta),
 *              projection |P0 - P|_2
 * similarity   lss_g, lss_p, lss_r; svs (equal index), svs_match (best pairing)
 * energy       retention (two-sided |U^T W V|_F^2; _u, _v one-sided), over the base's own; share_u
 *              = |U^T W|_F^2 / |W|_F^2, share_v
 * triples      retained_gain and gain_min of g_i = u_i^T W v_i; triple_residual, exact_kept
 * what happened  each old triple is kept, turned (W v_i and u_i, or W^T u_i and v_i, 45 degrees
 *              apart) or overtaken (still there, but its value's place is beyond k);
 *              overtakers: later dominant directions mostly outside the old dominant block
 * intruders    later dominant directions with a cosine below 1/2 to every known vector of the base
 *              and to the span of every cluster among whose values theirs is. A cluster is a chain
 *              of base values no further apart than the largest residual of a dominant triple: what
 *              is inside may turn freely and harmlessly. intruders_peft looks at single vectors of
 *              the output side only, as PEFT does
 * norms        fro_ratio, spectral_ratio, value_shift max |s'_i - s_i| / s_1
 */
#define SPX_SUBSPACE_METRICS 45
#define SPX_SUBSPACE_ROWS    6
enum {
    SPX_ROW_THETA_U,
    SPX_ROW_THETA_V,
    SPX_ROW_GAIN,
    SPX_ROW_RESIDUAL,
    SPX_ROW_TURN,
    SPX_ROW_RANK
};
typedef struct spx_subspace {
    size_t k;
    double value[SPX_SUBSPACE_METRICS];
    double *row[SPX_SUBSPACE_ROWS]; /* one block, owned through row[0] */
} spx_subspace;

/* Names, units, definitions and sources; NULL past the last. */
const spx_quantity *spx_subspace_metric(size_t i);
const spx_quantity *spx_subspace_row(size_t j);

/**
 * Measures a pair.
 * @param[out] out  written only on success; free with spx_subspace_free.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if an angle's factorisation fails.
 * Cost 4 m n k flops for the products with W, O((m + n) (base->k now->k + k^2)) beside.
 */
SPX_CHECKED spx_status spx_subspace_compare(const spx_subspace_pair *p, spx_subspace *out,
                                            spx_error *err);
/* What a comparison of a matrix with itself gives, where that needs no decomposition: angles 0,
 * similarities 1; NaN for share_u and share_v. rows are NULL. */
void spx_subspace_same(spx_subspace *out);
void spx_subspace_free(spx_subspace *s);

#endif
