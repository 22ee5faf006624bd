/* linalg.c: dense factorisations. The only file that includes <lapacke.h>. */
#include "spx/linalg.h"

#include "linear/twostage.h"

#include "spx/parallel.h"

#include <assert.h>
#include <lapacke.h>
#include <stdbool.h>

/* From this order on two stages are faster than dsytrd, on one core and on two, unless more than
 * n / 7 to n / 2 of the vectors are asked for (tests/bench/svd.sh reduce). */
static const size_t two_stages_from = 2000;

static lapack_int lint(size_t n) { return (lapack_int)n; }

/* dgesdd on W^T, which is what column-major LAPACK sees of a row-major W: its U is our Vt. */
spx_status spx_linalg_gesdd(spx_mat *W, spx_mat *U, double *s, spx_mat *Vt, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const lapack_int n = lint(W->cols), m = lint(W->rows), ld = lint(W->ld);
    const lapack_int ldv = Vt ? lint(Vt->ld) : 1, ldu = U ? lint(U->ld) : 1;
    double *const v = Vt ? Vt->data : NULL, *const u = U ? U->data : NULL;
    const char job = U ? 'S' : 'N';
    double size = 0, *work = NULL;
    lapack_int *iwork = NULL;

    assert(!U == !Vt);
    if (U && Vt) assert(U->rows == W->rows && Vt->cols == W->cols && U->cols == Vt->rows);
    SPX_TRY(SPX_SCRATCH(tmp, &iwork, 8 * (W->rows < W->cols ? W->rows : W->cols), err));
    lapack_int info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, job, n, m, W->data, ld, s, v, ldv, u,
                                          ldu, &size, -1, iwork);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dgesdd rejected argument %d", (int)-info);
    SPX_TRY(SPX_SCRATCH(tmp, &work, (size_t)size, err));
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, job, n, m, W->data, ld, s, v, ldv, u, ldu, work,
                               (lapack_int)size, iwork);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dgesdd did not converge (info %d)", (int)info);
out:
    return st;
}

spx_status spx_linalg_gesvd(spx_mat *W, spx_mat *U, double *s, spx_mat *Vt, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const lapack_int n = lint(W->cols), m = lint(W->rows), ld = lint(W->ld);
    const lapack_int ldv = lint(Vt->ld), ldu = lint(U->ld);
    double size = 0, *work = NULL;

    assert(U->rows == W->rows && Vt->cols == W->cols && U->cols == Vt->rows);
    lapack_int info = LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'S', 'S', n, m, W->data, ld, s,
                                          Vt->data, ldv, U->data, ldu, &size, -1);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dgesvd rejected argument %d", (int)-info);
    SPX_TRY(SPX_SCRATCH(tmp, &work, (size_t)size, err));
    info = LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'S', 'S', n, m, W->data, ld, s, Vt->data, ldv,
                               U->data, ldu, work, (lapack_int)size);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dgesvd did not converge (info %d)", (int)info);
out:
    return st;
}

/* A symmetric matrix in tridiagonal form: A = H T H^T. H is left in A and tau or, for a large
 * matrix, in stages. */
typedef struct tridiagonal {
    double *d, *e, *tau; /* n each; e and tau use n - 1 */
    twostage stages;     /* .A is NULL if not used */
} tridiagonal;

static spx_status reduce_at_once(spx_mat *A, tridiagonal *t, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = A->rows;
    double size = 0, *work = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &t->tau, n, err));
    lapack_int info = LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'U', lint(n), A->data, lint(A->ld),
                                          t->d, t->e, t->tau, &size, -1);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dsytrd rejected argument %d", (int)-info);
    SPX_TRY(SPX_SCRATCH(tmp, &work, (size_t)size, err));
    info = LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'U', lint(n), A->data, lint(A->ld), t->d, t->e,
                               t->tau, work, (lapack_int)size);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dsytrd failed (info %d)", (int)info);
out:
    return st;
}

static spx_status tridiagonalise(spx_mat *A, tridiagonal *t, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *t = (tridiagonal){0};
    SPX_TRY(SPX_SCRATCH(tmp, &t->d, A->rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &t->e, A->rows, err));
    if (A->rows < two_stages_from) return reduce_at_once(A, t, tmp, err);
    SPX_TRY(twostage_reduce(A, &t->stages, t->d, t->e, tmp, err));
out:
    return st;
}

spx_status linalg_qr_block(spx_mat *P, spx_mat *T, double *work, spx_error *err)
{
    const lapack_int m = lint(P->cols), n = lint(P->rows), k = m < n ? m : n;
    const lapack_int info = LAPACKE_dgeqrt_work(LAPACK_COL_MAJOR, m, n, k, P->data, lint(P->ld),
                                                T->data, lint(T->ld), work);
    if (info != 0) return SPX_FAIL(err, SPX_ENUMERIC, "dgeqrt rejected argument %d", (int)-info);
    return SPX_OK;
}

/* w <- all eigenvalues of T, descending (dsterf gives them ascending and destroys its input). */
static spx_status all_values(const tridiagonal *t, size_t n, double *w, spx_scratch *tmp,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    double *e = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &e, n, err));
    for (size_t i = 0; i < n; i++) w[i] = t->d[i];
    for (size_t i = 0; i + 1 < n; i++) e[i] = t->e[i];
    const lapack_int info = LAPACKE_dsterf_work(lint(n), w, e);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dsterf did not converge (info %d)", (int)info);
    for (size_t i = 0; i < n / 2; i++) {
        const double low = w[i];
        w[i] = w[n - 1 - i];
        w[n - 1 - i] = low;
    }
out:
    return st;
}

/* Z (k rows of length n: column-major n x k, ascending) <- the top k eigenvectors of T, one by one
 * (MRRR, O(n k)). */
static spx_status few_vectors(const tridiagonal *t, size_t n, size_t k, spx_mat *Z,
                              spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    double *d = NULL, *e = NULL, *w = NULL, *work = NULL;
    lapack_int *iwork = NULL, *support = NULL, found = 0;
    lapack_logical tryrac = 1;
    SPX_TRY(spx_mat_scratch(tmp, Z, k, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &d, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &e, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &w, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &work, 18 * n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &iwork, 10 * n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &support, 2 * n, err));
    for (size_t i = 0; i < n; i++) d[i] = t->d[i];
    for (size_t i = 0; i + 1 < n; i++) e[i] = t->e[i];
    const lapack_int info = LAPACKE_dstemr_work(
        LAPACK_COL_MAJOR, 'V', 'I', lint(n), d, e, 0, 0, lint(n - k + 1), lint(n), &found, w,
        Z->data, lint(n), lint(k), support, &tryrac, work, lint(18 * n), iwork, lint(10 * n));
    if (info != 0 || found != lint(k))
        SPX_RAISE(err, SPX_ENUMERIC, "dstemr did not converge (info %d, %d of %zu vectors)",
                  (int)info, (int)found, k);
out:
    return st;
}

/* Z <- the top k of all eigenvectors, by divide and conquer; destroys t's d and e. */
static spx_status many_vectors(const tridiagonal *t, size_t n, size_t k, spx_mat *Z,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch own = {0};
    spx_mat all;
    double *work = NULL;
    lapack_int *iwork = NULL;
    const size_t size = 1 + 4 * n + n * n, isize = 3 + 5 * n;
    SPX_TRY(spx_mat_scratch(tmp, &all, n, n, err));
    SPX_TRY(SPX_SCRATCH(&own, &work, size, err));
    SPX_TRY(SPX_SCRATCH(&own, &iwork, isize, err));
    const lapack_int info =
        LAPACKE_dstedc_work(LAPACK_COL_MAJOR, 'I', lint(n), t->d, t->e, all.data, lint(n), work,
                            lint(size), iwork, lint(isize));
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dstedc did not converge (info %d)", (int)info);
    *Z = spx_mat_view(&all, n - k, 0, k, n);
out:
    spx_scratch_free(&own);
    return st;
}

/* Z <- H Z: from the eigenvectors of T to those of A. */
static spx_status back_transform(const spx_mat *A, const tridiagonal *t, spx_mat *Z,
                                 spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    if (t->stages.A) return twostage_back(&t->stages, Z, err);
    const lapack_int n = lint(A->rows), k = lint(Z->rows);
    double size = 0, *work = NULL;
    lapack_int info = LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'U', 'N', n, k, A->data,
                                          lint(A->ld), t->tau, Z->data, n, &size, -1);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dormtr rejected argument %d", (int)-info);
    SPX_TRY(SPX_SCRATCH(tmp, &work, (size_t)size, err));
    info = LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'U', 'N', n, k, A->data, lint(A->ld), t->tau,
                               Z->data, n, work, (lapack_int)size);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dormtr failed (info %d)", (int)info);
out:
    return st;
}

static void swap_rows(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

/* True if dstedc's BLAS-3 is faster than dstemr. Measured at n = 576 and 2048, one thread: all
 * vectors took 18 and 358 ms against 66 and 1026 ms, and n / 6 of them the same time. */
static bool are_many(size_t k, size_t n)
{
    return 6 * k > n && n < 46000; /* dstedc counts n^2 words in an int */
}

/* The values of T, and as many vectors as will probably be asked for, at the same time. */
typedef struct guess {
    const tridiagonal *t;
    size_t n, k; /* order; vectors, 0 for none */
    double *w;
    spx_mat *Z;
    spx_scratch *of_values, *of_vectors;
} guess;

static spx_status vectors_or_values(size_t i, void *arg, spx_error *err)
{
    const guess *g = arg;
    if (i == 0) return few_vectors(g->t, g->n, g->k, g->Z, g->of_vectors, err);
    return all_values(g->t, g->n, g->w, g->of_values, err);
}

/* If the guessed vectors fail, the values are computed alone. */
static spx_status values_and_guess(guess *g, spx_error *err)
{
    if (g->k > 0 && spx_parallel(2, vectors_or_values, g, NULL) == SPX_OK) return SPX_OK;
    g->k = 0;
    return all_values(g->t, g->n, g->w, g->of_values, err);
}

spx_status spx_linalg_syev_top(spx_mat *A, double *w, size_t likely, spx_choose_fn *choose,
                               void *arg, spx_mat *Q, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0}, of_guess = {0};
    const size_t n = A->rows;
    tridiagonal t;
    spx_mat Z; /* row i is the vector of the i-th smallest of the top k */

    assert(A->rows == A->cols && n > 0 && likely <= n);
    *Q = (spx_mat){0};
    SPX_TRY(tridiagonalise(A, &t, &tmp, err));
    guess g = {
        .t = &t,
        .n = n,
        .k = are_many(likely, n) ? 0 : likely,
        .w = w,
        .Z = &Z,
        .of_values = &tmp,
        .of_vectors = &of_guess,
    };
    SPX_TRY(values_and_guess(&g, err));
    const size_t k = choose ? choose(w, n, arg) : 0;
    assert(k <= n);
    if (k == 0) goto out;
    if (k != g.k) SPX_TRY((are_many(k, n) ? many_vectors : few_vectors)(&t, n, k, &Z, &tmp, err));
    SPX_TRY(back_transform(A, &t, &Z, &tmp, err));
    for (size_t i = 0; i < k / 2; i++) /* descending */
        swap_rows(Z.data + i * n, Z.data + (k - 1 - i) * n, n);
    SPX_TRY(spx_mat_alloc(Q, n, k, err));
    spx_mat_transpose(Q, &Z);
out:
    spx_scratch_free(&tmp);
    spx_scratch_free(&of_guess);
    return st;
}

spx_status spx_linalg_check_moment(const double *w, size_t n, spx_error *err)
{
    if (w[0] > 0 && w[n - 1] >= -1e-6 * w[0]) return SPX_OK;
    return SPX_FAIL(err, SPX_ENUMERIC,
                    "C is not a second moment: its eigenvalues range from %.3g to %.3g", w[n - 1],
                    w[0]);
}

/* Row-major lower is column-major upper: 'U' gives A = L L^T with L read by rows. */
spx_status spx_linalg_cholesky(spx_mat *A, spx_error *err)
{
    assert(A->rows == A->cols);
    const lapack_int info =
        LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', lint(A->rows), A->data, lint(A->ld));
    if (info != 0)
        return SPX_FAIL(err, SPX_ENUMERIC, "matrix is not positive definite (minor %d)", (int)info);
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = i + 1; j < A->cols; j++) A->data[i * A->ld + j] = 0;
    return SPX_OK;
}

spx_status spx_linalg_cholesky_rcond(const spx_mat *L, double norm1, double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *work = NULL;
    lapack_int *iwork = NULL;
    const size_t n = L->rows;
    SPX_TRY(SPX_SCRATCH(&tmp, &work, 3 * n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &iwork, n, err));
    const lapack_int info = LAPACKE_dpocon_work(LAPACK_COL_MAJOR, 'U', lint(n), L->data,
                                                lint(L->ld), norm1, rcond, work, iwork);
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dpocon rejected argument %d", (int)-info);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* dpotrs expects the right-hand sides in columns, so X goes through its transpose. */
spx_status spx_linalg_cholesky_solve(const spx_mat *L, spx_mat *X, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat T;
    assert(L->rows == L->cols && X->rows == L->rows);
    SPX_TRY(spx_mat_scratch(&tmp, &T, X->cols, X->rows, err));
    spx_mat_transpose(&T, X);
    const lapack_int info =
        LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', lint(L->rows), lint(X->cols), L->data,
                            lint(L->ld), T.data, lint(X->rows > 0 ? X->rows : 1));
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "dpotrs rejected argument %d", (int)-info);
    spx_mat_transpose(X, &T);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_linalg_orth(spx_mat *A, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat T;
    const lapack_int m = lint(A->rows), k = lint(A->cols);
    double *tau = NULL, *work = NULL, *sign = NULL;
    const size_t size = 64 * A->cols; /* dgeqrf and dorgqr block by 32 */

    assert(A->rows >= A->cols);
    if (A->cols == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, &T, A->cols, A->rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &tau, A->cols, err));
    SPX_TRY(SPX_SCRATCH(tmp, &sign, A->cols, err));
    SPX_TRY(SPX_SCRATCH(tmp, &work, size, err));
    spx_mat_transpose(&T, A);
    lapack_int info = LAPACKE_dgeqrf_work(LAPACK_COL_MAJOR, m, k, T.data, m, tau, work, lint(size));
    for (size_t j = 0; j < A->cols; j++) sign[j] = T.data[j * T.ld + j] < 0 ? -1 : 1; /* of R */
    if (info == 0)
        info = LAPACKE_dorgqr_work(LAPACK_COL_MAJOR, m, k, k, T.data, m, tau, work, lint(size));
    if (info != 0) SPX_RAISE(err, SPX_ENUMERIC, "QR rejected argument %d", (int)-info);
    for (size_t j = 0; j < A->cols; j++) {
        spx_mat column = spx_mat_view(&T, j, 0, 1, T.cols);
        spx_mat_scale(&column, sign[j]);
    }
    spx_mat_transpose(A, &T);
out:
    return st;
}
