/* spx/mat.h: dense row-major matrices of doubles, and the products of BLAS. */
#ifndef SPX_MAT_H
#define SPX_MAT_H

#include "spx/base.h"

/*
 * Element (i, j) is data[i * ld + j]. rows, cols and ld fit in an int (checked on allocation). A
 * matrix from spx_mat_alloc is owned and freed once; a view borrows and is never freed.
 *
 * Shapes of arguments are the caller's to get right: they are asserted, not returned.
 */
typedef struct spx_mat {
    size_t rows, cols, ld;
    double *data;
} spx_mat;

/* rows x cols, zeroed, ld = cols; free with spx_mat_free. SPX_ENOMEM; SPX_ESHAPE if a dimension
 * does not fit in an int. */
SPX_CHECKED spx_status spx_mat_alloc(spx_mat *A, size_t rows, size_t cols, spx_error *err);
/* The same in memory that spx_scratch_free releases. */
SPX_CHECKED spx_status spx_mat_scratch(spx_scratch *s, spx_mat *A, size_t rows, size_t cols,
                                       spx_error *err);
/* *copy <- A, in memory of its own without gaps; free with spx_mat_free. */
SPX_CHECKED spx_status spx_mat_clone(spx_mat *copy, const spx_mat *A, spx_error *err);
void spx_mat_free(spx_mat *A);

/* Rows [r0, r0 + rows) and columns [c0, c0 + cols) of A, sharing its data. */
spx_mat spx_mat_view(const spx_mat *A, size_t r0, size_t c0, size_t rows, size_t cols);
/* dst <- src, of the same shape. */
void spx_mat_copy(spx_mat *dst, const spx_mat *src);
/* dst <- src^T; they must not overlap. */
void spx_mat_transpose(spx_mat *dst, const spx_mat *src);
/* A <- alpha A */
void spx_mat_scale(spx_mat *A, double alpha);
/* A <- 2^exponent A, exact but for what leaves the range of doubles. */
void spx_mat_shift(spx_mat *A, int exponent);
/* A <- A diag(by) */
void spx_mat_scale_columns(spx_mat *A, const double *by);
/* max_ij |A_ij| */
double spx_mat_largest(const spx_mat *A);
/* C <- A - B; C may be A or B. */
void spx_mat_subtract(spx_mat *C, const spx_mat *A, const spx_mat *B);
/* SPX_ENUMERIC naming the first entry (row, column) that is not finite. */
SPX_CHECKED spx_status spx_mat_check_finite(const spx_mat *A, spx_error *err);

typedef enum spx_trans { SPX_N, SPX_T } spx_trans;
/* C <- alpha op(A) op(B) + beta C, with op(A) = A (SPX_N) or A^T (SPX_T). */
void spx_gemm(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, const spx_mat *B,
              spx_trans tb, double beta);
/* C <- alpha A A^T + beta C (ta = N) or alpha A^T A + beta C (ta = T); both triangles are filled.
 */
void spx_syrk(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, double beta);
/* The same for the lower triangle (i >= j) alone. */
void spx_syrk_lower(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, double beta);
/* Copies the lower triangle to the upper one. */
void spx_mat_mirror(spx_mat *C);
/* C <- B A with A symmetric; its lower triangle is read (dsymm). */
void spx_symm_lower(spx_mat *C, const spx_mat *B, const spx_mat *A);
/* C <- C + alpha (A^T B + B^T A) for the lower triangle of C; A and B are k x n (dsyr2k). */
void spx_syr2k_lower(spx_mat *C, double alpha, const spx_mat *A, const spx_mat *B);
/* X <- L^{-1} X with L n x n lower triangular, X n x m (dtrsm). */
void spx_trsm(const spx_mat *L, spx_mat *X);
/* ||A||_1, the largest column sum of magnitudes. */
double spx_norm1(const spx_mat *A);
/* <A, B>_F = sum_ij A_ij B_ij */
double spx_dot(const spx_mat *A, const spx_mat *B);
/* ||A||_F */
double spx_norm_fro(const spx_mat *A);

/* The model runtime's one product in float: C <- op(A) op(B) + beta C with C m x n and op(A) m x k;
 * rows are ld* floats apart. spx/products.h says how it is computed. */
void spx_sgemm(size_t m, size_t n, size_t k, const float *A, size_t lda, spx_trans ta,
               const float *B, size_t ldb, spx_trans tb, float beta, float *C, size_t ldc);

/* out (cols x rows) <- w^T with w rows x cols, both without gaps. */
void spx_floats_turn(const float *w, size_t rows, size_t cols, float *out);
/* The values of A as floats, row after row; SPX_ENUMERIC names a finite one that exceeds float. */
SPX_CHECKED spx_status spx_mat_narrow(const spx_mat *A, float *out, spx_error *err);
/* W <- w, which has W->rows x W->cols floats without gaps; exact. */
void spx_floats_widen(const float *w, spx_mat *W);

/*
 * Number of threads, >= 1, that BLAS and OpenMP loops of the whole process may use from now on.
 *
 * Loops of this library give the same bits with any number. OpenBLAS splits sums by threads in what
 * spectra and solutions need of LAPACK: dsytrd, of matrices below 2000 rows, and dpotrf. So numbers
 * under tensors/ in a run file depend on it, by at most 2.4e-13 of their largest value in a round
 * of edits of SmolLM2-135M with one and two threads (AMD EPYC, AVX-512); svd_residual, which is a
 * rounding error, by its size. Ledger and weights were equal; where such a difference turns the
 * rounding of a weight to float, later rounds differ by its last place, 6e-8. tests/run/threads.sh
 * compares.
 */
void spx_threads_set(int n);
int spx_threads(void);
/* The BLAS in use and its kernel: "OpenBLAS 0.3.21 ... / Haswell". Static storage. */
const char *spx_blas_name(void);
/* Kernels that suit this processor better than those of OpenBLAS for a Prescott, without AVX, which
 * OpenBLAS 0.3.21 (Debian 12's) takes where it does not know a processor: "SkylakeX" or "Haswell",
 * by instruction set, as later versions choose by themselves. It reads the choice,
 * OPENBLAS_CORETYPE, when it is loaded. NULL if it knows the processor. Static storage. */
const char *spx_blas_better_kernels(void);

#endif
