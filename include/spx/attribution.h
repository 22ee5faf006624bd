/* spx/attribution.h: which of many changes moved a matrix's dominant singular values and spaces. */
#ifndef SPX_ATTRIBUTION_H
#define SPX_ATTRIBUTION_H

#include "spx/svd.h"
#include "spx/update.h"

/*
 * W0 = sum_i s_i u_i v_i^T, m x n, was changed by D = sum_t D_t; alpha = U^T D V. To first order
 * (Stewart and Sun 1990, ch. V)
 *     s_i moves by alpha_ii,
 *     u_i turns towards u_j by a_ij = (s_i alpha_ji + s_j alpha_ij) / (s_i^2 - s_j^2),
 *     v_i turns towards v_j by b_ij = (s_i alpha_ij + s_j alpha_ji) / (s_i^2 - s_j^2),
 * and towards directions outside the singular vectors by the same with s_j = 0. The rotation of the
 * dominant k is the vector c of all a_ij, b_ij with i <= k < j:
 *     |c|^2 = |sin Theta_U|_F^2 + |sin Theta_V|_F^2 + O(|D|^3).
 * All of it is linear in D. So the shift of s_i splits into u_i^T D_t v_i, and |c|^2 into
 * <c_t, c> = <S, D_t>_F with one sensitivity matrix S. Both sums are exact; how good the first
 * order is, the caller has to measure.
 */
typedef struct spx_attribution {
    size_t k;
    spx_svd base;     /* of W0, all triplets */
    spx_mat S;        /* m x n */
    double rotation2; /* |c|^2 of D */
} spx_attribution;

/**
 * Prepares the split of a change D of W0.
 * @param[in]  k    dominant directions; 0: those that hold the share tau of the sum of values.
 * @param[out] out  free with spx_attribution_free.
 * @return SPX_OK; SPX_EINVAL if k is not below min(m, n), or 0 with tau outside (0, 1]; SPX_ESHAPE
 * if D has not the shape of W0; SPX_ENUMERIC; SPX_ENOMEM.
 * Pairs with s_i - s_j below 1e-12 s_1 are left out: within equal values no direction is defined.
 * Cost a full decomposition of W0 and 6 m n r flops, r = min(m, n).
 */
SPX_CHECKED spx_status spx_attribution_new(const spx_mat *W0, size_t k, double tau,
                                           const spx_mat *D, spx_attribution *out, spx_error *err);
void spx_attribution_free(spx_attribution *a);

/* The number of parts that a change splits into: its columns, or 1 where it has no factors. */
size_t spx_attribution_parts(const spx_update *u);
/**
 * Splits off the part of each column of a change.
 * @param[out] shift     k x parts: u_i^T D_t v_i.
 * @param[out] rotation  parts: <c_t, c> / |c|^2, so that all parts of D add up to 1.
 * @return SPX_OK; SPX_ENOMEM. Cost 2 (m + n) k + 2 m n flops a column.
 */
SPX_CHECKED spx_status spx_attribution_split(const spx_attribution *a, const spx_update *u,
                                             spx_mat *shift, double *rotation, spx_error *err);

#endif
