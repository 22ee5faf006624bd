/* spx/linalg.h: dense factorisations; every call to LAPACK is behind one of these. */
#ifndef SPX_LINALG_H
#define SPX_LINALG_H

#include "spx/mat.h"

/**
 * Thin singular value decomposition W = U diag(s) Vt by divide and conquer (LAPACK dgesdd).
 *
 * @param[in,out] W       m x n, m, n >= 1, finite; its contents are destroyed.
 * @param[out]    U,s,Vt  m x k, k and k x n with k = min(m, n), allocated by the caller; U and Vt
 *                        may both be NULL: values only.
 * @param[in,out] tmp     receives the workspace; the caller releases it.
 * @param[out]    err     may be NULL.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if dgesdd does not converge.
 */
SPX_CHECKED spx_status spx_linalg_gesdd(spx_mat *W, spx_mat *U, double *s, spx_mat *Vt,
                                        spx_scratch *tmp, spx_error *err);
/* The same by QR iteration (LAPACK dgesvd), slower, which converges where dgesdd does not; U and Vt
 * are needed. */
SPX_CHECKED spx_status spx_linalg_gesvd(spx_mat *W, spx_mat *U, double *s, spx_mat *Vt,
                                        spx_scratch *tmp, spx_error *err);

/**
 * Eigenvalues of a symmetric matrix, and vectors of the largest chosen by their number.
 *
 * One reduction to tridiagonal form serves both, dsytrd or, from order 2000 on, one by way of a
 * band (Bischof, Lang and Sun, ACM TOMS 26(4), 2000), whose products are of matrices: all values by
 * dsterf (QR without square roots), then, once `choose` has seen them, the top k vectors by dstemr
 * (MRRR) or, from n / 6 of them on, dstedc (divide and conquer), taken back by dormtr or through
 * the band.
 *
 * @param[in,out] A       n x n symmetric, of which the lower triangle is read; destroyed.
 * @param[out]    w       n values, descending, allocated by the caller.
 * @param[in]     likely  what choose will probably say, or 0: so many vectors are sought while the
 *                        values are, by another thread.
 * @param[in]     choose  given w (descending) and n, returns k in 0 .. n; NULL means no vectors.
 * @param[in]     arg     passed to choose.
 * @param[out]    Q       n x k, column i for w[i]; {0} when k = 0. Free with spx_mat_free.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if a routine does not converge.
 *
 * Cost 4/3 n^3 flops for the values, 2 n^2 k for the vectors, 5 n^2 k through a band. Memory beside
 * A: two matrices n x k, or two n x n where there are many vectors.
 */
typedef size_t spx_choose_fn(const double *w, size_t n, void *arg);
SPX_CHECKED spx_status spx_linalg_syev_top(spx_mat *A, double *w, size_t likely,
                                           spx_choose_fn *choose, void *arg, spx_mat *Q,
                                           spx_error *err);

/* SPX_ENUMERIC unless eigenvalues w (descending) are those of a second moment: the largest above 0,
 * none below it by more than 1e-6 of the largest, which sums in float leave. */
SPX_CHECKED spx_status spx_linalg_check_moment(const double *w, size_t n, spx_error *err);

/**
 * Cholesky factor of a symmetric positive definite matrix, A = L L^T (LAPACK dpotrf).
 * @param[in,out] A  n x n; on success its lower triangle is L, the rest is zero.
 * @return SPX_OK; SPX_ENUMERIC naming the order of the first minor that is not positive.
 */
SPX_CHECKED spx_status spx_linalg_cholesky(spx_mat *A, spx_error *err);

/* Reciprocal condition in the 1-norm of A = L L^T, estimated (dpocon); norm1 = ||A||_1. */
SPX_CHECKED spx_status spx_linalg_cholesky_rcond(const spx_mat *L, double norm1, double *rcond,
                                                 spx_error *err);

/* X <- A^{-1} X with L from spx_linalg_cholesky (dpotrs); X is n x m. */
SPX_CHECKED spx_status spx_linalg_cholesky_solve(const spx_mat *L, spx_mat *X, spx_error *err);

/**
 * Orthonormal basis of the range of A, in place (Householder QR: dgeqrf, dorgqr).
 * @param[in,out] A  m x n with m >= n; its columns become those of Q, with diag(R) >= 0: columns
 * that were orthonormal stay as they are.
 */
SPX_CHECKED spx_status spx_linalg_orth(spx_mat *A, spx_scratch *tmp, spx_error *err);

#endif
