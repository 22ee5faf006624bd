/* spx/nullband.h: what storing a matrix in its type alone does to a comparison. */
#ifndef SPX_NULLBAND_H
#define SPX_NULLBAND_H

#include "spx/ckpt.h"
#include "spx/subspace.h"

/**
 * The comparison that rounding alone may give: each metric and row of `out` is how far, towards
 * harm, rounding W0 to `type` moves that number in all but a few of a thousand cases. A measured
 * number that is no further from the ideal (angle 0, similarity 1, rank i) says nothing about the
 * edit.
 *
 * First-order perturbation of the triplets by E = round(W) - W, entries independent and uniform
 * within half an ulp; rows and columns of larger entries have larger errors. With e the rms of E,
 * a_i = sum_r u_ri^2 e_r^2 / e^2 and b_i likewise for v, direction u_j turns into u_i by an angle
 * whose tangent has the variance
 *     e^2 (s_i^2 a_j b_i + s_j^2 a_i b_j) / (s_i^2 - s_j^2)^2,     e^2 b_i / s_i^2 for s_j = 0
 * and v_j into v_i with s_i and s_j exchanged. All metrics follow in closed form from s, a and b,
 * without another decomposition (in general: Stewart and Sun 1990, ch. V; for noise:
 * Benaych-Georges and Nadakuditi 2012; |E|_2 by Bandeira and van Handel 2016).
 *
 * @param[in]  p     as for spx_subspace_compare; only p->base, p->W (sizes of entries) and p->k are
 *                   read.
 * @param[in]  type  the type that the matrix is stored in.
 * @param[out] out   written only on success; free with spx_subspace_free. NaN where `type` is not a
 *                   float type.
 * @return SPX_OK; SPX_ENOMEM. Cost O(m n + k r).
 */
SPX_CHECKED spx_status spx_nullband(const spx_subspace_pair *p, spx_dtype type, spx_subspace *out,
                                    spx_error *err);

#endif
