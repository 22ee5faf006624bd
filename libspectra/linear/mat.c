/* mat.c: storage, views and products of matrices. The only file that includes <cblas.h>. */
#include "spx/mat.h"

#include "linear/products.h"

#include <assert.h>
#include <cblas.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

static const size_t parallel_from = 1 << 16; /* entries from which waking threads pays */

void spx_threads_set(int n)
{
    assert(n >= 1);
    openblas_set_num_threads(n);
    omp_set_num_threads(n);
}

int spx_threads(void) { return openblas_get_num_threads(); }

const char *spx_blas_name(void)
{
    static char name[256];
    if (!name[0])
        snprintf(name, sizeof name, "%s / %s", openblas_get_config(), openblas_get_corename());
    return name;
}

const char *spx_blas_better_kernels(void)
{
#if defined __x86_64__
    if (strcmp(openblas_get_corename(), "Prescott") != 0) return NULL;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
    return NULL;
}

static spx_status check_dims(size_t rows, size_t cols, spx_error *err)
{
    if (rows > INT_MAX || cols > INT_MAX)
        return SPX_FAIL(err, SPX_ESHAPE, "%zu x %zu exceeds the 32-bit range of BLAS", rows, cols);
    return SPX_OK;
}

spx_status spx_mat_alloc(spx_mat *A, size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    double *data = NULL;
    *A = (spx_mat){0};
    SPX_TRY(check_dims(rows, cols, err));
    SPX_TRY(SPX_NEW(&data, rows * cols, err));
    *A = (spx_mat){.rows = rows, .cols = cols, .ld = cols, .data = data};
out:
    return st;
}

spx_status spx_mat_scratch(spx_scratch *s, spx_mat *A, size_t rows, size_t cols, spx_error *err)
{
    spx_status st = SPX_OK;
    double *data = NULL;
    *A = (spx_mat){0};
    SPX_TRY(check_dims(rows, cols, err));
    SPX_TRY(SPX_SCRATCH(s, &data, rows * cols, err));
    *A = (spx_mat){.rows = rows, .cols = cols, .ld = cols, .data = data};
out:
    return st;
}

spx_status spx_mat_clone(spx_mat *copy, const spx_mat *A, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_alloc(copy, A->rows, A->cols, err));
    spx_mat_copy(copy, A);
out:
    return st;
}

void spx_mat_free(spx_mat *A)
{
    spx_free(A->data);
    *A = (spx_mat){0};
}

spx_mat spx_mat_view(const spx_mat *A, size_t r0, size_t c0, size_t rows, size_t cols)
{
    assert(r0 + rows <= A->rows && c0 + cols <= A->cols);
    return (spx_mat){rows, cols, A->ld, A->data + r0 * A->ld + c0};
}

void spx_mat_copy(spx_mat *dst, const spx_mat *src)
{
    assert(dst->rows == src->rows && dst->cols == src->cols);
    if (src->cols == 0) return;
#pragma omp parallel for schedule(static) if (src->rows * src->cols > parallel_from)
    for (size_t i = 0; i < src->rows; i++)
        memcpy(dst->data + i * dst->ld, src->data + i * src->ld, src->cols * sizeof(double));
}

enum { TILE = 32 }; /* side of a tile of a transposition: 8 KiB read, 8 KiB written */

/* The tile of src at (i, j), or what src has of it. */
static void transpose_tile(spx_mat *dst, const spx_mat *src, size_t i, size_t j)
{
    for (size_t a = i; a < i + TILE && a < src->rows; a++)
        for (size_t b = j; b < j + TILE && b < src->cols; b++)
            dst->data[b * dst->ld + a] = src->data[a * src->ld + b];
}

void spx_mat_transpose(spx_mat *dst, const spx_mat *src)
{
    assert(dst->rows == src->cols && dst->cols == src->rows);
    for (size_t i = 0; i < src->rows; i += TILE)
        for (size_t j = 0; j < src->cols; j += TILE) transpose_tile(dst, src, i, j);
}

spx_status spx_mat_narrow(const spx_mat *A, float *out, spx_error *err)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) {
            const double x = A->data[i * A->ld + j];
            const float narrow = (float)x;
            if (isinf(narrow) && !isinf(x))
                return SPX_FAIL(err, SPX_ENUMERIC,
                                "entry (%zu, %zu) is %.9g, which the range of float cannot hold", i,
                                j, x);
            out[i * A->cols + j] = narrow;
        }
    return SPX_OK;
}

void spx_floats_widen(const float *w, spx_mat *W)
{
#pragma omp parallel for schedule(static) if (W->rows * W->cols > parallel_from)
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++) W->data[i * W->ld + j] = (double)w[i * W->cols + j];
}

void spx_floats_turn(const float *w, size_t rows, size_t cols, float *out)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) out[j * rows + i] = w[i * cols + j];
}

void spx_mat_scale(spx_mat *A, double alpha)
{
    for (size_t i = 0; i < A->rows; i++) cblas_dscal((int)A->cols, alpha, A->data + i * A->ld, 1);
}

void spx_mat_shift(spx_mat *A, int exponent)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++)
            A->data[i * A->ld + j] = ldexp(A->data[i * A->ld + j], exponent);
}

void spx_mat_scale_columns(spx_mat *A, const double *by)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) A->data[i * A->ld + j] *= by[j];
}

void spx_mat_subtract(spx_mat *C, const spx_mat *A, const spx_mat *B)
{
    assert(A->rows == C->rows && A->cols == C->cols && B->rows == C->rows && B->cols == C->cols);
#pragma omp parallel for schedule(static) if (C->rows * C->cols > parallel_from)
    for (size_t i = 0; i < C->rows; i++)
        for (size_t j = 0; j < C->cols; j++)
            C->data[i * C->ld + j] = A->data[i * A->ld + j] - B->data[i * B->ld + j];
}

double spx_mat_largest(const spx_mat *A)
{
    double most = 0;
    const bool large = A->rows * A->cols > parallel_from;
#pragma omp parallel for schedule(static) reduction(max : most) if (large)
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) most = fmax(most, fabs(A->data[i * A->ld + j]));
    return most;
}

spx_status spx_mat_check_finite(const spx_mat *A, spx_error *err)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++)
            if (!isfinite(A->data[i * A->ld + j]))
                return SPX_FAIL(err, SPX_ENUMERIC, "entry (%zu, %zu) is not finite", i, j);
    return SPX_OK;
}

static int leading(size_t ld) { return ld > 0 ? (int)ld : 1; }

static CBLAS_TRANSPOSE op(spx_trans t) { return t == SPX_N ? CblasNoTrans : CblasTrans; }

void spx_gemm(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, const spx_mat *B,
              spx_trans tb, double beta)
{
    const size_t m = ta == SPX_N ? A->rows : A->cols;
    const size_t k = ta == SPX_N ? A->cols : A->rows;
    const size_t n = tb == SPX_N ? B->cols : B->rows;
    assert(C->rows == m && C->cols == n && k == (tb == SPX_N ? B->rows : B->cols));
    cblas_dgemm(CblasRowMajor, op(ta), op(tb), (int)m, (int)n, (int)k, alpha, A->data,
                leading(A->ld), B->data, leading(B->ld), beta, C->data, leading(C->ld));
}

void spx_syrk_lower(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, double beta)
{
    const size_t n = ta == SPX_N ? A->rows : A->cols, k = ta == SPX_N ? A->cols : A->rows;
    assert(C->rows == n && C->cols == n);
    cblas_dsyrk(CblasRowMajor, CblasLower, op(ta), (int)n, (int)k, alpha, A->data, leading(A->ld),
                beta, C->data, leading(C->ld));
}

/* The tile of the lower triangle at (i, j). */
static void mirror_tile(spx_mat *C, size_t i, size_t j)
{
    for (size_t a = i; a < i + TILE && a < C->rows; a++)
        for (size_t b = j; b < j + TILE && b < a; b++)
            C->data[b * C->ld + a] = C->data[a * C->ld + b];
}

void spx_mat_mirror(spx_mat *C)
{
    for (size_t i = 0; i < C->rows; i += TILE)
        for (size_t j = 0; j <= i; j += TILE) mirror_tile(C, i, j);
}

void spx_syrk(spx_mat *C, double alpha, const spx_mat *A, spx_trans ta, double beta)
{
    spx_syrk_lower(C, alpha, A, ta, beta);
    spx_mat_mirror(C);
}

/* By block rows [left, diagonal] of A, the left part by dgemm: OpenBLAS's dsymm packs slowly. */
void spx_symm_lower(spx_mat *C, const spx_mat *B, const spx_mat *A)
{
    enum { ROWS = 1024 };
    const size_t n = A->rows, m = B->rows;
    assert(C->rows == m && C->cols == n && B->cols == n && n == A->cols);
    for (size_t i = 0; i < n; i += ROWS) {
        const size_t rows = n - i < ROWS ? n - i : ROWS;
        const spx_mat left = spx_mat_view(A, i, 0, rows, i), b = spx_mat_view(B, 0, i, m, rows);
        const spx_mat before = spx_mat_view(B, 0, 0, m, i);
        spx_mat c = spx_mat_view(C, 0, i, m, rows), done = spx_mat_view(C, 0, 0, m, i);
        cblas_dsymm(CblasRowMajor, CblasRight, CblasLower, (int)m, (int)rows, 1,
                    A->data + i * (A->ld + 1), leading(A->ld), b.data, leading(b.ld), 0, c.data,
                    leading(c.ld));
        if (i == 0) continue;
        spx_gemm(&c, 1, &before, SPX_N, &left, SPX_T, 1);
        spx_gemm(&done, 1, &b, SPX_N, &left, SPX_N, 1);
    }
}

void spx_syr2k_lower(spx_mat *C, double alpha, const spx_mat *A, const spx_mat *B)
{
    assert(C->rows == A->cols && C->cols == A->cols && B->rows == A->rows && B->cols == A->cols);
    cblas_dsyr2k(CblasRowMajor, CblasLower, CblasTrans, (int)C->rows, (int)A->rows, alpha, A->data,
                 leading(A->ld), B->data, leading(B->ld), 1, C->data, leading(C->ld));
}

void spx_trsm(const spx_mat *L, spx_mat *X)
{
    assert(L->rows == L->cols && X->rows == L->rows);
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, (int)X->rows,
                (int)X->cols, 1, L->data, leading(L->ld), X->data, leading(X->ld));
}

double spx_norm1(const spx_mat *A)
{
    double most = 0;
    for (size_t j = 0; j < A->cols; j++)
        most = fmax(most, cblas_dasum((int)A->rows, A->data + j, leading(A->ld)));
    return most;
}

double spx_dot(const spx_mat *A, const spx_mat *B)
{
    assert(A->rows == B->rows && A->cols == B->cols);
    double sum = 0;
    for (size_t i = 0; i < A->rows; i++)
        sum += cblas_ddot((int)A->cols, A->data + i * A->ld, 1, B->data + i * B->ld, 1);
    return sum;
}

double spx_norm_fro(const spx_mat *A)
{
    double norm = 0;
    for (size_t i = 0; i < A->rows; i++)
        norm = hypot(norm, cblas_dnrm2((int)A->cols, A->data + i * A->ld, 1));
    return norm;
}

void spx_sgemm(size_t m, size_t n, size_t k, const float *A, size_t lda, spx_trans ta,
               const float *B, size_t ldb, spx_trans tb, float beta, float *C, size_t ldc)
{
    assert(m <= INT_MAX && n <= INT_MAX && k <= INT_MAX);
    const float_product p = {
        .m = m,
        .n = n,
        .k = k,
        .A = A,
        .B = B,
        .lda = lda,
        .ldb = ldb,
        .ldc = ldc,
        .tb = tb,
        .beta = beta,
        .C = C,
    };
    if (ta == SPX_N && products_multiply(&p)) return;
    cblas_sgemm(CblasRowMajor, op(ta), op(tb), (int)m, (int)n, (int)k, 1.0F, A, leading(lda), B,
                leading(ldb), beta, C, leading(ldc));
}
