/* twostage.h: tridiagonal form of a large symmetric matrix by way of a band.
 *
 *     A = Q1 B Q1^T,  B = Q2 T Q2^T
 *
 * B of bandwidth b is reached by products of matrices (Bischof, Lang and Sun, ACM TOMS 26(4),
 * 2000, Alg. 807), where dsytrd reads all that is left of A for each of its columns; T by chasing
 * bulges down the band, which fits in a cache (Lang, SIAM J. Sci. Comput. 14(6), 1993). The price
 * are the vectors, which go back through Q2 and Q1 both: 2 n^2 flops a vector more. */
#ifndef LINEAR_TWOSTAGE_H
#define LINEAR_TWOSTAGE_H

#include "spx/mat.h"

enum { BAND = 64 };

/* A is n x n and its lower triangle is read. Q1's reflectors replace what lies below the band, Q2's
 * the upper triangle. Matrices of vectors hold one a row, as LAPACK sees them in its columns. */
typedef struct twostage {
    spx_mat *A;
    spx_mat T; /* panels x BAND rows: T of I - V T V^T of each panel, transposed */
    spx_mat B; /* n x 2 BAND: row j holds B(j, j), B(j + 1, j), ...; room for a bulge */
} twostage;

/* A and *t are kept until the vectors have gone back; T and B are in tmp. d and e: n each. */
SPX_CHECKED spx_status twostage_reduce(spx_mat *A, twostage *t, double *d, double *e,
                                       spx_scratch *tmp, spx_error *err);
/* Z (k x n) <- Z Q2^T Q1^T: from eigenvectors of T to those of A. */
SPX_CHECKED spx_status twostage_back(const twostage *t, spx_mat *Z, spx_error *err);

/* band.c */
SPX_CHECKED spx_status band_reduce(twostage *t, spx_scratch *tmp, spx_error *err);
SPX_CHECKED spx_status band_back(const twostage *t, spx_mat *Z, spx_error *err);
/* chase.c: d and e are T's diagonals. */
void chase_reduce(twostage *t, double *d, double *e);
SPX_CHECKED spx_status chase_back(const twostage *t, spx_mat *Z, spx_error *err);

/* linalg.c: P (k x n, a column a row, as LAPACK sees it) = R^T Q^T, Q = I - V T V^T (dgeqrt). P
 * holds V and R as LAPACK leaves them, T (k x k) its T transposed; work has k^2 doubles. */
SPX_CHECKED spx_status linalg_qr_block(spx_mat *P, spx_mat *T, double *work, spx_error *err);

#endif
