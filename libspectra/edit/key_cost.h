/* key_cost.h: M = B^{-1}, the inverse of what a write must pay for moving other keys (spx/edit.h). */
#ifndef SPX_EDIT_PRIOR_H
#define SPX_EDIT_PRIOR_H

#include "spx/mat.h"

#include <stdbool.h>

/* M = (base) - G G^T, where the base is, by what is there:
 *     L: (L L^T)^{-1};  otherwise scale (I or, with Q, the projector Q Q^T or I - Q Q^T). */
typedef struct prior {
    size_t f;
    spx_mat L;    /* f x f Cholesky factor, or {0} */
    spx_mat Q;    /* f x q orthonormal, or {0} */
    spx_mat B;    /* f x f, if B itself is kept (NSE) and nothing else is, or {0} */
    bool outside; /* Q spans what must not be written */
    double scale;
    spx_mat G; /* f x capacity; columns 0 .. used - 1 */
    size_t used;
    double rcond; /* of B */
    size_t kept;  /* rank of M */
} prior;

/* Takes B = C (f x f, symmetric positive definite), which is moved into the prior and cleared. */
SPX_CHECKED spx_status prior_from_matrix(spx_mat *B, prior *out, spx_error *err);
void prior_free(prior *p);

/* Y <- M X, both f x m. */
SPX_CHECKED spx_status prior_apply(const prior *p, const spx_mat *X, spx_mat *Y, spx_error *err);
/* B <- B + K K^T, K f x m. */
SPX_CHECKED spx_status prior_remember(prior *p, const spx_mat *K, spx_error *err);
/* S <- shift I + K^T Y, symmetrised against rounding, then its Cholesky factor; *rcond becomes the
 * smaller of itself and S's. */
SPX_CHECKED spx_status prior_inner(const spx_mat *K, const spx_mat *Y, double shift, spx_mat *S,
                                   double *rcond, spx_error *err);

#endif
