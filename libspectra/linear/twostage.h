/* twostage.h: tridiagonal form of a large symmetric matrix by way of a band.
 *
 *     A = Q1 B Q1^T,  B = Q2 T Q2^T
 *
 * The band B is reached by products of matrices (Bischof, Lang and Sun, ACM TOMS 26(4), 2000, Alg.
 * 807), whereas dsytrd reads the rest of A for each of its columns. T is reached by chasing bulges
 * down the band, which fits in a cache (Lang, SIAM J. Sci. Comput. 14(6), 1993). The price: vectors
 * go back through both Q2 and Q1, which costs 2 n^2 more flops per vector. */
#ifndef SPX_LINEAR_TWOSTAGE_H
#define SPX_LINEAR_TWOSTAGE_H

#include "spx/mat.h"

enum { BAND = 64 };

/* A is n x n; its lower triangle is read. Q1's reflectors replace what is below the band, Q2's the
 * upper triangle. Matrices of vectors hold one per row, as LAPACK sees them in its columns. */
typedef struct twostage {
    spx_mat *A;
    spx_mat T; /* (panels * BAND) x BAND: of each panel the T of I - V T V^T, transposed */
    spx_mat B; /* n x 2 BAND: row j holds B(j, j), B(j + 1, j), ... and room for a bulge */
} twostage;

/* A and *t must stay until the vectors have gone back; T and B are allocated in tmp. d and e, n
 * entries each, receive the diagonals of the tridiagonal matrix. */
SPX_CHECKED spx_status twostage_reduce(spx_mat *A, twostage *t, double *d, double *e,
                                       spx_scratch *tmp, spx_error *err);
/* Z (k x n) <- Z Q2^T Q1^T: from eigenvectors of T to those of A. */
SPX_CHECKED spx_status twostage_back(const twostage *t, spx_mat *Z, spx_error *err);

/* band.c */
SPX_CHECKED spx_status band_reduce(twostage *t, spx_scratch *tmp, spx_error *err);
SPX_CHECKED spx_status band_back(const twostage *t, spx_mat *Z, spx_error *err);
/* bulge_chase.c */
void bulge_chase_reduce(twostage *t, double *d, double *e);
SPX_CHECKED spx_status bulge_chase_back(const twostage *t, spx_mat *Z, spx_error *err);

/* linalg.c: P (k x n, one column per row, as LAPACK sees it) = R^T Q^T with Q = I - V T V^T
 * (dgeqrt). P then holds V and R as LAPACK leaves them, T (k x k) its T transposed; work has k^2
 * doubles. */
SPX_CHECKED spx_status linalg_qr_block(spx_mat *P, spx_mat *T, double *work, spx_error *err);

#endif
