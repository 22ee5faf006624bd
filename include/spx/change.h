/* spx/change.h: the change between two matrices, and how much of it rounding explains. */
#ifndef SPX_CHANGE_H
#define SPX_CHANGE_H

#include "spx/ckpt.h"
#include "spx/svd.h"

#include <stdbool.h>

/* Two matrices of the same shape. All of it is borrowed. */
typedef struct spx_change_pair {
    const spx_mat *W0, *W;
    const spx_svd *base, *now; /* of W0 with at least k triplets, of W with all values; NULL: shares
                                  and bounds are NaN */
    size_t k;                  /* dominant directions */
    spx_dtype type;            /* the type W was stored in */
    spx_mat *D;                /* memory for D, destroyed, which may be W0's; NULL: allocated */
} spx_change_pair;

/*
 * D = W - W0. value[i] belongs to row i of spx_change_metric:
 *
 * size      change_fro, change_relative |D|_F / |W0|_F, change_spectral (Weyl's bound on every
 *           |s'_i - s_i|), change_nuclear, change_stable_rank, change_max
 * rank      change_rank: the number of values of D above change_edge, the norm that rounding W to
 *           its type stays below; NaN where the type is quantised, and where that norm is below the
 *           rounding errors of D's values and more than a tenth of the number rests on them
 * where     share_change_u = |U_k^T D|_F^2 / |D|_F^2, share_change_v, share_change_block
 * bounds    on sqrt(|sin Theta_U|_F^2 + |sin Theta_V|_F^2): wedin_bound; on |sin Theta|_F of either
 *           side: yws_bound. NaN where a bound is vacuous: no less than sqrt(2 k), sqrt(k), or
 *           resting on a gap that is no larger than the errors of its two values
 */
#define SPX_CHANGE_METRICS 14
enum {                      /* rows of ... */
       SPX_CHANGE_RANK = 6, /* change_rank */
       SPX_CHANGE_EDGE,     /* change_edge */
       SPX_CHANGE_SHARE_U = 8,
       SPX_CHANGE_SHARE_V,
       SPX_CHANGE_SHARE_BLOCK
};
typedef struct spx_change {
    double value[SPX_CHANGE_METRICS];
    size_t r;
    double *s;       /* the singular values of D, r of them; owned */
    double *error;   /* r: |s[i] - sigma_i(D)| <= error[i]; owned */
    bool vague_rank; /* change_rank is NaN because the edge is below the errors of s */
} spx_change;
/* Name, unit, definition and source of value[i]; NULL past the last. */
const spx_quantity *spx_change_metric(size_t i);

/**
 * Measures the change of a pair.
 *
 * The singular values are gram's (svd.h), error[i] about eps s[0]^2 / s[i], if the edge is above
 * 1e-7 s[0] or every value can be told from it, and those above it are known to within a
 * thousandth. Otherwise the leading ones, which are accurate, are taken out of D and the rest is
 * decomposed by itself: then error[i] is about eps (s^2 / s[i] + 10 s[0]) with s the largest of the
 * rest; and so on if need be.
 *
 * @param[out] out  written only on success; free with spx_change_free. Equal matrices give zeros,
 *                  rank 0, and NaN for shares.
 * @return SPX_OK; SPX_ESHAPE if the matrices differ in shape; SPX_ENOMEM; SPX_ENUMERIC.
 * Cost: a copy of W, if D is NULL, and the values of one decomposition; 4 m n k flops for the
 * shares. For a change of rank below r / 16 and its rounding, about 10 more products of D with as
 * many vectors; for others one more decomposition for every four decades down to the edge.
 */
SPX_CHECKED spx_status spx_change_measure(const spx_change_pair *p, spx_change *out,
                                          spx_error *err);
void spx_change_free(spx_change *c);
/* The same of 2^exponent W0 and 2^exponent W. */
void spx_change_shift(spx_change *c, int exponent);
/* The change between equal matrices, without computing anything; s and error are NULL. */
void spx_change_none(spx_change *out);

#define SPX_DECILES 10
/**
 * Where the change lies in the base's singular grid: map(a, b) is the share of |D|_F^2 in u_i, v_j
 * with i in the a-th tenth of the base's r directions and j in the b-th, from the most dominant on.
 * What the sum lacks of 1 lies outside the span of U or V.
 *
 * @param[in]  base  of W0 with all r triplets.
 * @param[out] map   SPX_DECILES x SPX_DECILES, allocated by the caller.
 * @return SPX_OK; SPX_ENOMEM.
 * Cost 2 m n r + 2 m r^2 flops (or the same with m and n exchanged).
 */
SPX_CHECKED spx_status spx_change_map(const spx_svd *base, const spx_mat *W0, const spx_mat *W,
                                      spx_mat *map, spx_error *err);

#endif
