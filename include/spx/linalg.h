/* spx/linalg.h: dense factorisations by LAPACK, which nothing else calls. */
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
/* The same by QR iteration (LAPACK dgesvd), which is slower but converges where dgesdd does not. U
 * and Vt are required. */
SPX_CHECKED spx_status spx_linalg_gesvd(spx_mat *W, spx_mat *U, double *s, spx_mat *Vt,
                                        spx_scratch *tmp, spx_error *err);

/* Given the eigenvalues w, descending, and their number n: how many vectors to compute, 0 .. n. */
typedef size_t spx_choose_fn(const double *w, size_t n, void *arg);

/**
 * All eigenvalues of a symmetric matrix, and the vectors of the k largest.
 *
 * One reduction to tridiagonal form serves both: dsytrd or, from order 2000 on, one by way of a
 * band (Bischof, Lang and Sun, ACM TOMS 26(4), 2000), which consists of matrix products. dsterf (QR
 * without square roots) computes all values. Once `choose` has seen them, the top k vectors are
 * computed by dstemr (MRRR) or, if k > n / 6, by dstedc (divide and conquer), and taken back by
 * dormtr or through the band.
 *
 * @param[in,out] A       n x n symmetric; its lower triangle is read; destroyed.
 * @param[out]    w       n values, descending, allocated by the caller.
 * @param[in]     likely  what choose will probably return, or 0: another thread computes that many
 *                        vectors while the values are computed.
 * @param[in]     choose  returns k; NULL means no vectors.
 * @param[in]     arg     passed to choose.
 * @param[out]    Q       n x k, column i for w[i]; {0} when k = 0. Free with spx_mat_free.
 * @return SPX_OK; SPX_ENOMEM; SPX_ENUMERIC if a routine does not converge.
 *
 * Cost 4/3 n^3 flops for the values, 2 n^2 k for the vectors, 5 n^2 k through a band. Memory beside
 * A: two matrices n x k, or two n x n if k > n / 6.
 */
SPX_CHECKED spx_status spx_linalg_syev_top(spx_mat *A, double *w, size_t likely,
                                           spx_choose_fn *choose, void *arg, spx_mat *Q,
                                           spx_error *err);

/* SPX_ENUMERIC unless the eigenvalues w, descending, can be those of a second moment: the largest
 * is above 0, and none is below -1e-6 of the largest, which rounding of sums in float explains. */
SPX_CHECKED spx_status spx_linalg_check_moment(const double *w, size_t n, spx_error *err);

/**
 * Cholesky factor of a symmetric positive definite matrix, A = L L^T (LAPACK dpotrf).
 * @param[in,out] A  n x n; on success its lower triangle is L, the rest is zero.
 * @return SPX_OK; SPX_ENUMERIC naming the order of the first minor that is not positive.
 */
SPX_CHECKED spx_status spx_linalg_cholesky(spx_mat *A, spx_error *err);

/* Estimates the reciprocal condition of A = L L^T in the 1-norm (dpocon); norm1 = ||A||_1. */
SPX_CHECKED spx_status spx_linalg_cholesky_rcond(const spx_mat *L, double norm1, double *rcond,
                                                 spx_error *err);

/* X <- A^{-1} X by the L of spx_linalg_cholesky (dpotrs); X is n x m. */
SPX_CHECKED spx_status spx_linalg_cholesky_solve(const spx_mat *L, spx_mat *X, spx_error *err);

/**
 * Orthonormal basis of the range of A, in place (Householder QR: dgeqrf, dorgqr).
 * @param[in,out] A    m x n with m >= n; becomes Q of A = Q R with diag(R) >= 0, so that columns
 *                     that were orthonormal stay as they are.
 * @param[in,out] tmp  receives the workspace; the caller releases it.
 */
SPX_CHECKED spx_status spx_linalg_orth(spx_mat *A, spx_scratch *tmp, spx_error *err);

#endif
