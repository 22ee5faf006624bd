/* spx/subspace.h: how far a matrix's dominant subspaces have moved from those of a base. */
#ifndef SPX_SUBSPACE_H
#define SPX_SUBSPACE_H

#include "spx/svd.h"

/**
 * Principal angles between the ranges of two orthonormal bases, ascending, in radians.
 *
 * Cosines are the singular values of A^T B, sines those of B - A A^T B; each angle comes from the
 * one that is well conditioned (Bjorck and Golub 1973; Knyazev and Argentati 2002).
 *
 * @param[in]  A, B   n x k, columns orthonormal.
 * @param[out] theta  k angles in [0, pi / 2], allocated by the caller.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if dgesdd does not converge. Cost 4 n k^2 + O(k^3) flops
 * and dgesdd of n x k.
 */
SPX_CHECKED spx_status spx_subspace_angles(const spx_mat *A, const spx_mat *B, double *theta,
                                           spx_error *err);

/**
 * Optimal one-to-one pairing: maximises sum_i S(i, pair[i]) (Jonker and Volgenant 1987, shortest
 * augmenting paths).
 *
 * @param[in]  S     k x l, k <= l.
 * @param[out] pair  k different indices below l, allocated by the caller.
 * @return SPX_OK; SPX_ENOMEM. Cost O(k^2 l).
 */
SPX_CHECKED spx_status spx_subspace_assign(const spx_mat *S, size_t *pair, spx_error *err);

/**
 * Overlap of the leading k columns of A with the leading l of B, for every k and l at once:
 *     out(k-1, l-1) = ||A_k^T B_l||_F^2 / min(k, l), in [0, 1],
 * by sums over the rectangles of (A^T B) o (A^T B). The diagonal is the mean cos^2 of the principal
 * angles for each k.
 *
 * @param[in]  A, B  n x a and n x b, columns orthonormal.
 * @param[out] out   a x b, allocated by the caller. Cost 2 n a b flops.
 */
void spx_subspace_overlaps(const spx_mat *A, const spx_mat *B, spx_mat *out);

/* What a comparison starts from. All of it is borrowed. */
typedef struct spx_subspace_pair {
    const spx_svd *base; /* of W0, with at least k triplets; more tell old directions from new */
    const spx_svd *now;  /* of W, with at least k triplets; more let the pairing see further */
    const spx_mat *W;    /* the later matrix */
    size_t k;            /* dominant directions compared, >= 1 */
} spx_subspace_pair;

/* The number of triplets of each matrix that serves a comparison of k directions well: twice as
 * many and at least 128, at most r. Directions overtaken by fewer than that are found again. */
size_t spx_subspace_reach(size_t k, size_t r);

/* How many triplets of a matrix a comparison needs. */
typedef struct spx_subspace_want {
    size_t k;     /* dominant directions compared, or if 0 ... */
    double tau;   /* ... as many as hold this share of the sum of values: k(tau) of Eq. 5 */
    size_t least; /* at least this many triplets */
} spx_subspace_want;
/* An spx_choose_fn, for spx_svd_opts: the reach of k, or `least` if that is more. `want` points to
 * an spx_subspace_want. 0 for a matrix of zeros. */
size_t spx_subspace_choose_at_least(const double *s, size_t r, void *want);

/*
 * Everything measured of a pair. value[i] belongs to row i of spx_subspace_metric; row[j], one
 * number for each of the k directions, to spx_subspace_row. The table is in
 * libspectra/spectra/subspace.c, the families in subspace_*.c.
 *
 * (u_i, s_i, v_i), i <= k, are the base's dominant triplets; primes mark the later matrix's. _u
 * names the output side, _v the input side; without an ending, both sides, a mean where both exist.
 *
 * angles         theta_max, theta_mean, geodesic sqrt(sum theta^2), chordal sqrt(sum sin^2 theta),
 *                projection |P0 - P|_2
 * similarity     lss_g, lss_p, lss_r; svs (equal index), svs_match (best pairing)
 * maxima         two readings of "max subspace similarity": cosine_max, the largest principal
 *                cosine, and nearest, the mean over i of max_j |u_i^T u'_j|, j <= k, with
 *                nearest_min_u, nearest_min_v for the worst i. Later directions may be nearest to
 *                several old ones, which the pairing of svs_match forbids; svs_match also looks
 *                beyond k
 * energy         retention: |U^T W V|_F^2 over the base's, _u and _v one-sided;
 *                share_u = |U^T W|_F^2 / |W|_F^2, share_v
 * triplets       retained_gain and gain_min of g_i = u_i^T W v_i; triple_residual, exact_kept
 * what happened  each old triplet is kept, turned (W v_i and u_i, or W^T u_i and v_i, are at least
 *                45 degrees apart) or overtaken (still there, but its value's place is beyond k);
 *                overtakers: later dominant directions mostly outside the old dominant block
 * intruders      later dominant directions with a cosine below 1/2 to every known vector of the
 *                base and to the span of every cluster among whose values theirs is. A cluster is a
 *                chain of base values no further apart than the largest residual of a dominant
 *                triplet: its vectors may turn among themselves without harm. intruders_peft
 *                considers single vectors of the output side only, as PEFT does
 * norms          fro_ratio, spectral_ratio, value_shift max |s'_i - s_i| / s_1
 * gaps           gap_base, gap_now: (s_k - s_{k+1}) / s_k of each matrix
 */
#define SPX_SUBSPACE_METRICS 53
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

/* Name, unit, definition and source of value[i] and of row[j]; NULL past the last. */
const spx_quantity *spx_subspace_metric(size_t i);
const spx_quantity *spx_subspace_row(size_t j);

/**
 * Compares the later matrix of a pair with its base.
 *
 * @param[out] out  written only on success; free with spx_subspace_free.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if an angle's factorisation fails.
 * Cost 4 m n k flops for the products with W, and O((m + n) (base->k now->k + k^2)).
 */
SPX_CHECKED spx_status spx_subspace_compare(const spx_subspace_pair *p, spx_subspace *out,
                                            spx_error *err);
/* The comparison of a matrix with itself, as far as that needs no decomposition: angles 0,
 * similarities 1, NaN where the value depends on the matrix. The rows are NULL. */
void spx_subspace_same(spx_subspace *out);
void spx_subspace_free(spx_subspace *s);

#endif
