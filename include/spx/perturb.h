/* spx/perturb.h: a matrix with part of its spectrum taken away or disturbed: what the mechanism
 * experiments of arXiv 2601.11042 do to a weight before its model is tested. */
#ifndef SPX_PERTURB_H
#define SPX_PERTURB_H

#include "spx/rng.h"
#include "spx/svd.h"

/* What a share of a spectrum is a share of. */
typedef enum spx_slice {
    SPX_SLICE_COUNT,   /* the number of directions */
    SPX_SLICE_SUM,     /* sum s */
    SPX_SLICE_SQUARES, /* sum s^2 */
    SPX_SLICES
} spx_slice;
const char *spx_slice_name(spx_slice by); /* "count", "sum", "squares" */

/* Leading directions that hold `share` of it: min{ k : E(k) >= share }, 0 for a share of 0.
 * Spectral group g of n is what lies between the ends of (g - 1) / n and g / n. s: r values,
 * descending. */
size_t spx_slice_end(const double *s, size_t r, spx_slice by, double share);

/**
 * W <- sum_{i < k} s_i u_i v_i^T, the best approximation of rank k (Eckart and Young 1936).
 * @param[in]  f  with at least k triplets.
 * @param[out] W  f->rows x f->cols, allocated by the caller.
 */
SPX_CHECKED spx_status spx_perturb_keep(const spx_svd *f, size_t k, spx_mat *W, spx_error *err);

/* Which of the coefficients u_i^T P v_j of a disturbance of group g are not zero. */
typedef enum spx_noise {
    SPX_NOISE_BLOCK,    /* P = U_g G V_g^T: both in the group */
    SPX_NOISE_DIAGONAL, /* P = U_g diag(g) V_g^T: singular values alone */
    SPX_NOISE_LEFT,     /* P = U_g G: outputs in the group, any input */
    SPX_NOISE_RIGHT,    /* P = G V_g^T: inputs in the group, any output */
    SPX_NOISES
} spx_noise;
const char *spx_noise_name(spx_noise shape); /* "block", "diagonal", "left", "right" */

/* Directions from .. to - 1 of a spectrum, how they are disturbed and by how much. */
typedef struct spx_disturbance {
    size_t from, to;
    spx_noise shape;
    double norm; /* ||P||_F, the same for every group that is compared */
} spx_disturbance;

/**
 * W <- W + P, P Gaussian of the shape given, scaled to ||P||_F = norm.
 * @param[in]     f    with at least d->to triplets.
 * @param[in,out] W    f->rows x f->cols.
 * @param[in,out] rng  where the Gaussian numbers come from.
 * @return SPX_OK; SPX_EINVAL if the group has no directions; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_perturb_group(const spx_svd *f, const spx_disturbance *d, spx_rng *rng,
                                         spx_mat *W, spx_error *err);

#endif
