/* spx/chance.h: the overlaps that directions drawn at random have. */
#ifndef SPX_CHANCE_H
#define SPX_CHANCE_H

#include "spx/change.h"
#include "spx/subspace.h"

/*
 * A number near its chance level says that nothing is left in common with the base; one between
 * chance and the ideal (angle 0, similarity 1) lies on the scale of the two. The later matrix of
 * chance has the base's singular values and independent, uniformly distributed directions of m
 * outputs and n inputs. With d = m or n:
 *
 * lss_g             k / d, the mean of cos^2
 * chordal           sqrt(k (1 - k / d)); lss_p = 1 - chordal / sqrt(k)
 * theta_mean,       means over the limiting law of cos^2, whose density is
 * geodesic          sqrt(l - x) / (2 pi (k / d) sqrt(x) (1 - x)) on 0 < x < l = 4 k / d (1 - k / d)
 *                   (Wachter, Ann. Statist. 8(5), 1980; Collins 2005)
 * theta_max,        cos theta_max = 0.656 / sqrt(k (d - k)): the mean of the least singular value
 * projection        of a Gaussian matrix in the limit (Edelman, SIAM J. Matrix Anal. Appl. 9, 1988)
 * svs               Gamma(d / 2) / (sqrt(pi) Gamma((d + 1) / 2)), the mean |cos| of two vectors
 * cosine_max        logit cos^2 = mu - 1.2065 sigma, the mean of the Tracy-Widom law on the scale of
 *                   the greatest root (Johnstone, Ann. Statist. 36(6), 2008); 1 if 2 k >= d
 * svs_match,        of one Gaussian matrix of cosines, drawn with a fixed seed
 * nearest
 * lss_r, gains      0
 * share_u,          k / d, and k^2 / (m n) for blocks; retention is the share of the base's energy
 * share_change      that this leaves in its dominant block or sides
 *
 * What has no chance level (counts, norms, gaps) is NaN.
 */

/**
 * Chance levels of the rows of spx_subspace_metric.
 * @param[in]  base   of W0, values and shape; 1 <= k <= r.
 * @param[out] value  written only on success.
 * @return SPX_OK; SPX_ENOMEM. Cost O(k^2 l) for l = spx_subspace_reach(k, r).
 */
SPX_CHECKED spx_status spx_chance_subspace(const spx_svd *base, size_t k,
                                           double value[SPX_SUBSPACE_METRICS], spx_error *err);
/* Chance levels of the rows of spx_change_metric: of a change that is not aimed at the base's k
 * dominant directions. */
void spx_chance_change(size_t rows, size_t cols, size_t k, double value[SPX_CHANGE_METRICS]);

#endif
