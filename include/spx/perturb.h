/* spx/perturb.h: a matrix with part of its spectrum removed or disturbed, as the experiments on
 * mechanism of arXiv 2601.11042 do before they test the model. */
#ifndef SPX_PERTURB_H
#define SPX_PERTURB_H

#include "spx/rng.h"
#include "spx/svd.h"

/* The total that a share of a spectrum refers to. */
typedef enum spx_slice {
    SPX_SLICE_COUNT,   /* the number of directions */
    SPX_SLICE_SUM,     /* sum s */
    SPX_SLICE_SQUARES, /* sum s^2 */
    SPX_SLICES
} spx_slice;
const char *spx_slice_name(spx_slice by); /* "count", "sum", "squares" */

/* The number of leading directions that hold `share` of the total, min{ k : E(k) >= share }; 0 for
 * a share of 0. Spectral group g of n lies between the ends of (g - 1) / n and g / n. s holds r
 * values, descending. */
size_t spx_slice_end(const double *s, size_t r, spx_slice by, double share);

/**
 * W <- sum_{i < k} s_i u_i v_i^T, the best approximation of rank k (Eckart and Young 1936).
 *
 * @param[in]  f  with at least k triplets.
 * @param[out] W  f->rows x f->cols, allocated by the caller.
 * @return SPX_OK; SPX_ENOMEM. Cost 2 m n k flops.
 */
SPX_CHECKED spx_status spx_perturb_keep(const spx_svd *f, size_t k, spx_mat *W, spx_error *err);

/* Which coefficients u_i^T P v_j of a disturbance of group g are not zero. */
typedef enum spx_noise {
    SPX_NOISE_BLOCK,    /* P = U_g G V_g^T: both in the group */
    SPX_NOISE_DIAGONAL, /* P = U_g diag(g) V_g^T: singular values alone */
    SPX_NOISE_LEFT,     /* P = U_g G: outputs in the group, any input */
    SPX_NOISE_RIGHT,    /* P = G V_g^T: inputs in the group, any output */
    SPX_NOISES
} spx_noise;
const char *spx_noise_name(spx_noise shape); /* "block", "diagonal", "left", "right" */

/* Directions from .. to - 1 of a spectrum, and how they are disturbed. */
typedef struct spx_disturbance {
    size_t from, to;
    spx_noise shape;
    double norm; /* ||P||_F, the same for all groups that are compared */
} spx_disturbance;

/**
 * W <- W + P with P Gaussian of the given shape, scaled to ||P||_F = norm.
 *
 * @param[in]     f    with at least d->to triplets.
 * @param[in,out] W    f->rows x f->cols.
 * @param[in,out] rng  source of the Gaussian numbers.
 * @return SPX_OK; SPX_EINVAL if the group has no directions; SPX_ENOMEM. Cost 2 m n (to - from)
 * flops and less.
 */
SPX_CHECKED spx_status spx_perturb_group(const spx_svd *f, const spx_disturbance *d, spx_rng *rng,
                                         spx_mat *W, spx_error *err);

#endif
