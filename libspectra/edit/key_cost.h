/* key_cost.h: the key cost B of spx/edit.h, kept as its inverse M = B^{-1}. */
#ifndef SPX_EDIT_KEY_COST_H
#define SPX_EDIT_KEY_COST_H

#include "spx/edit.h"

/*
 * M = base - G G^T. The base depends on which matrix is set:
 *
 *     L        (L L^T)^{-1}
 *     Q        scale Q Q^T or, if Q spans the excluded directions, scale (I - Q Q^T)
 *     neither  scale I
 *
 * With B set (NSE) M is not formed: B itself is kept and only key_cost_remember applies.
 */
struct spx_key_cost {
    size_t f;
    spx_mat L;       /* f x f Cholesky factor, or {0} */
    spx_mat Q;       /* f x q orthonormal, or {0} */
    spx_mat B;       /* f x f, or {0} */
    bool Q_excluded; /* Q spans what must not be written */
    double scale;
    spx_mat G; /* f x capacity; columns 0 .. used - 1 count */
    size_t used;
    double rcond; /* reciprocal condition of B, estimated */
    size_t kept;  /* rank of M */
    size_t room;  /* the same before key_cost_narrow was called */
    size_t taken; /* keys that it was called with */
};

/* B = I of order f. No call needed before key_cost_free. */
spx_key_cost key_cost_identity(size_t f);
/* Factors B (f x f, symmetric positive definite), which is moved into *out and cleared. */
SPX_CHECKED spx_status key_cost_from_matrix(spx_mat *B, spx_key_cost *out, spx_error *err);
void key_cost_free(spx_key_cost *c);

/* Y <- M X, both f x m. */
SPX_CHECKED spx_status key_cost_solve(const spx_key_cost *c, const spx_mat *X, spx_mat *Y,
                                      spx_error *err);
/* B <- B + K K^T, K f x m. */
SPX_CHECKED spx_status key_cost_remember(spx_key_cost *c, const spx_mat *K, spx_error *err);
/* P <- P - U U^T in the base M = scale P, Q spanning what P excludes (or {0}): U are the left
 * singular vectors of P K (K f x m) whose values are above max(max(f, m) eps s_1, 1e-10). */
SPX_CHECKED spx_status key_cost_narrow(spx_key_cost *c, const spx_mat *K, spx_error *err);
/* S <- Cholesky factor of shift I + K^T Y, symmetrised against rounding; *rcond is lowered to its
 * reciprocal condition. */
SPX_CHECKED spx_status key_cost_inner(const spx_mat *K, const spx_mat *Y, double shift, spx_mat *S,
                                      double *rcond, spx_error *err);

#endif
