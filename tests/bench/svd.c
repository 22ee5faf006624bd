/* svd.c: times the spectral engine and its parts against LAPACK on the same BLAS and threads.
 *
 * bench_svd dense ROWS COLS K      values, and values with K triplets, against dsyrk + dsytrd +
 *                                  dsterf, sgesdd 'S' and dgesdd 'S' (ROWS <= COLS); the last is
 *                                  the reference
 * bench_svd reduce ROWS ROWS       a symmetric matrix to tridiagonal form by dsytrd and by two
 *                                  stages (linear/twostage.h), and the top 1 / 15 and all of its
 *                                  vectors back
 * bench_svd gram ROWS COLS         W W^T by dsyrk and by residues (linear/gram.h), of entries in
 *                                  bfloat16, float and double
 * bench_svd threads ROWS COLS      8 matrices, in turn with all threads each, or side by side with
 *                                  one each */
#include "spx/svd.h"

#include "linear/gram.h"
#include "linear/twostage.h"

#include "spx/ckpt.h"
#include "spx/file.h"
#include "spx/parallel.h"
#include "spx/rng.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(spx_status st, const spx_error *err)
{
    if (st == SPX_OK) return;
    fprintf(stderr, "bench_svd: %s: %s\n", spx_status_name(st), err->text);
    exit(4);
}

static void converged(int info, const char *routine)
{
    if (info == 0) return;
    fprintf(stderr, "bench_svd: %s: info %d\n", routine, info);
    exit(4);
}

static void *room(size_t n, size_t size)
{
    spx_error err = {0};
    void *p = NULL;
    must(spx_alloc(&p, n, size, &err), &err);
    return p;
}

/* Noise and a head of 64 directions that falls off as 1 / sqrt(j), as in weights. */
static void fill_weight(float *w, size_t rows, size_t cols, uint64_t seed)
{
    enum { HEAD = 64 };
    spx_rng rng = spx_rng_seed(seed);
    float *u = room(rows * HEAD, sizeof *u), *v = room(cols * HEAD, sizeof *v);
    for (size_t i = 0; i < rows * HEAD; i++)
        u[i] = (float)spx_rng_normal(&rng) * 0.2F / sqrtf(1.0F + (float)(i % HEAD));
    for (size_t i = 0; i < cols * HEAD; i++) v[i] = (float)spx_rng_normal(&rng);
    for (size_t i = 0; i < rows * cols; i++) w[i] = (float)(spx_rng_uniform(&rng) - 0.5);
    spx_sgemm(rows, cols, HEAD, u, HEAD, SPX_N, v, HEAD, SPX_T, 1, w, cols);
    spx_free(u);
    spx_free(v);
}

static spx_tensor tensor_of(const float *w, size_t rows, size_t cols)
{
    return (spx_tensor){.name = "bench",
                        .dtype = SPX_F32,
                        .ndim = 2,
                        .shape = {rows, cols},
                        .bytes = 4 * rows * cols,
                        .data = (const unsigned char *)w};
}

static spx_panels panels_of(const spx_tensor *t)
{
    spx_error err = {0};
    spx_panels W;
    must(spx_tensor_panels(t, SPX_N, &W, &err), &err);
    return W;
}

typedef struct problem {
    size_t m, n, k;
    const float *w;
    spx_panels W;
} problem;

/* Seconds; s gets all m values. */
static double ours(const problem *p, size_t k, bool accurate, double *s, double *residual)
{
    spx_error err = {0};
    spx_svd f;
    spx_svd_opts o = spx_svd_defaults();
    o.k = k;
    o.accurate = accurate;
    const double began = spx_seconds();
    must(spx_svd_panels(&p->W, &o, &f, &err), &err);
    const double took = spx_seconds() - began;
    memcpy(s, f.s, p->m * sizeof *s);
    *residual = f.residual;
    spx_svd_free(&f);
    return took;
}

static void widen(const problem *p, double *A)
{
    for (size_t i = 0; i < p->m * p->n; i++) A[i] = (double)p->w[i];
}

/* Seconds of the least that all values cost: dsyrk, dsytrd, dsterf. */
static double values_only(const problem *p, double *s)
{
    const int m = (int)p->m, n = (int)p->n;
    double *A = room(p->m * p->n, 8), *G = room(p->m * p->m, 8), *e = room(p->m, 8);
    double *tau = room(p->m, 8), *work = room(64 * p->m, 8);
    widen(p, A);
    const double began = spx_seconds();
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, m, n, 1, A, n, 0, G, m);
    converged(LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'U', m, G, m, s, e, tau, work, 64 * m),
              "dsytrd");
    converged(LAPACKE_dsterf_work(m, s, e), "dsterf");
    const double took = spx_seconds() - began;
    for (size_t i = 0; i < (p->m + 1) / 2; i++) {
        const double x = s[i];
        s[i] = sqrt(fmax(s[p->m - 1 - i], 0));
        s[p->m - 1 - i] = sqrt(fmax(x, 0));
    }
    void *const owned[] = {A, G, e, tau, work};
    for (size_t i = 0; i < 5; i++) spx_free(owned[i]);
    return took;
}

static double double_driver(const problem *p, double *s)
{
    const int m = (int)p->m, n = (int)p->n;
    double *A = room(p->m * p->n, 8), *V = room(p->m * p->n, 8), *U = room(p->m * p->m, 8);
    double size = 0;
    int *iwork = room(8 * p->m, sizeof *iwork);
    widen(p, A);
    LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', n, m, A, n, s, V, n, U, m, &size, -1, iwork);
    double *work = room((size_t)size, 8);
    const double began = spx_seconds();
    converged(LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'S', n, m, A, n, s, V, n, U, m, work, (int)size,
                                  iwork),
              "dgesdd");
    const double took = spx_seconds() - began;
    void *const owned[] = {A, V, U, iwork, work};
    for (size_t i = 0; i < 5; i++) spx_free(owned[i]);
    return took;
}

/* The size of the workspace is computed here: the one returned is rounded to float. */
static double float_driver(const problem *p, double *s)
{
    const int m = (int)p->m, n = (int)p->n;
    const size_t size = 4 * p->m * p->m + 7 * p->m + 64 * p->n;
    float *A = room(p->m * p->n, 4), *V = room(p->m * p->n, 4), *U = room(p->m * p->m, 4);
    float *single = room(p->m, 4), *work = room(size, 4);
    int *iwork = room(8 * p->m, sizeof *iwork);
    memcpy(A, p->w, 4 * p->m * p->n);
    const double began = spx_seconds();
    converged(LAPACKE_sgesdd_work(LAPACK_COL_MAJOR, 'S', n, m, A, n, single, V, n, U, m, work,
                                  (int)size, iwork),
              "sgesdd");
    const double took = spx_seconds() - began;
    for (size_t i = 0; i < p->m; i++) s[i] = (double)single[i];
    void *const owned[] = {A, V, U, single, work, iwork};
    for (size_t i = 0; i < 6; i++) spx_free(owned[i]);
    return took;
}

static void print_row(const char *what, double seconds, double unit, const double *s,
                      const double *ref, size_t m)
{
    double error = 0;
    for (size_t i = 0; i < m; i++) error = fmax(error, fabs(s[i] - ref[i]) / ref[i]);
    printf("%-44s\t%.2f\t%.2f\t%.1e\n", what, seconds, seconds / unit, error);
    fflush(stdout);
}

static void dense(size_t m, size_t n, size_t k)
{
    float *w = room(m * n, sizeof *w);
    double *s[6], t[6], residual = 0;
    fill_weight(w, m, n, 1);
    const spx_tensor tensor = tensor_of(w, m, n);
    const problem p = {.m = m, .n = n, .k = k, .w = w, .W = panels_of(&tensor)};
    for (int i = 0; i < 6; i++) s[i] = room(m, 8);
    t[0] = values_only(&p, s[0]);
    t[1] = ours(&p, 0, false, s[1], &residual);
    t[2] = ours(&p, k, false, s[2], &residual);
    t[3] = ours(&p, k, true, s[3], &residual);
    t[4] = float_driver(&p, s[4]);
    t[5] = double_driver(&p, s[5]);
    printf("%zu x %zu, f32, top %zu, %d threads, %s; residual %.1e\n", m, n, k, spx_threads(),
           spx_blas_name(), residual);
    printf("%-44s\tseconds\tby triplets\tworst relative error of a value\n", "");
    print_row("dsyrk + dsytrd + dsterf", t[0], t[2], s[0], s[5], m);
    print_row("spx gram, values", t[1], t[2], s[1], s[5], m);
    print_row("spx gram, values and triplets of both sides", t[2], t[2], s[2], s[5], m);
    print_row("spx gram, the same, accurate", t[3], t[2], s[3], s[5], m);
    print_row("LAPACK sgesdd 'S'", t[4], t[2], s[4], s[5], m);
    print_row("LAPACK dgesdd 'S'", t[5], t[2], s[5], s[5], m);
    for (int i = 0; i < 6; i++) spx_free(s[i]);
    spx_free(w);
}

/* A <- noise, in the lower triangle. */
static void fill_symmetric(spx_mat *A)
{
    spx_rng rng = spx_rng_seed(1);
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j <= i; j++) A->data[i * A->ld + j] = spx_rng_normal(&rng);
}

/* Seconds of the reduction, and of taking k unit vectors back, Z's rows. */
static void at_once(spx_mat *A, spx_mat *Z, double took[2])
{
    const int n = (int)A->rows, k = (int)Z->rows;
    double *d = room(A->rows, 8), *e = room(A->rows, 8), *tau = room(A->rows, 8);
    double *work = room(64 * A->rows, 8);
    double began = spx_seconds();
    converged(LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'U', n, A->data, n, d, e, tau, work, 64 * n),
              "dsytrd");
    took[0] = spx_seconds() - began;
    began = spx_seconds();
    converged(LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'U', 'N', n, k, A->data, n, tau, Z->data,
                                  n, work, 64 * n),
              "dormtr");
    took[1] = spx_seconds() - began;
    void *const owned[] = {d, e, tau, work};
    for (size_t i = 0; i < 4; i++) spx_free(owned[i]);
}

static void in_stages(spx_mat *A, spx_mat *Z, double took[2])
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    twostage t;
    double *d = room(A->rows, 8), *e = room(A->rows, 8);
    double began = spx_seconds();
    must(twostage_reduce(A, &t, d, e, &tmp, &err), &err);
    took[0] = spx_seconds() - began;
    began = spx_seconds();
    must(twostage_back(&t, Z, &err), &err);
    took[1] = spx_seconds() - began;
    spx_scratch_free(&tmp);
    spx_free(d);
    spx_free(e);
}

static void reduce(size_t n)
{
    const size_t k[] = {n / 15, n};
    for (size_t i = 0; i < 2; i++) {
        spx_error err = {0};
        double once[2] = {0}, stages[2] = {0};
        for (int way = 0; way < 2; way++) {
            spx_mat A, Z;
            must(spx_mat_alloc(&A, n, n, &err), &err);
            must(spx_mat_alloc(&Z, k[i], n, &err), &err);
            for (size_t j = 0; j < k[i]; j++) Z.data[j * n + j] = 1;
            fill_symmetric(&A);
            (way == 0 ? at_once : in_stages)(&A, &Z, way == 0 ? once : stages);
            spx_mat_free(&A);
            spx_mat_free(&Z);
        }
        printf("order %zu, %zu vectors, %d threads: dsytrd %.3f + dormtr %.3f s, two stages %.3f + "
               "%.3f s, ratio %.2f\n",
               n, k[i], spx_threads(), once[0], once[1], stages[0], stages[1],
               (once[0] + once[1]) / (stages[0] + stages[1]));
    }
}

/* A weight as in fill_weight, its entries rounded to the type. */
static void round_weight(spx_mat *A, const char *kind)
{
    float *w = room(A->rows * A->cols, sizeof *w);
    spx_rng rng = spx_rng_seed(2);
    fill_weight(w, A->rows, A->cols, 1);
    for (size_t i = 0; i < A->rows * A->cols; i++) {
        int e = 0;
        const double x = frexp((double)w[i], &e);
        A->data[i] = strcmp(kind, "bf16") == 0  ? ldexp(rint(256 * x), e - 8)
                     : strcmp(kind, "f64") == 0 ? ldexp(x + 0x1p-24 * spx_rng_uniform(&rng), e)
                                                : (double)w[i];
    }
    spx_free(w);
}

/* The largest difference of two entries by the norms of their rows. */
static double apart(const spx_mat *G, const spx_mat *H)
{
    double worst = 0;
    for (size_t i = 0; i < G->rows; i++)
        for (size_t j = 0; j <= i; j++)
            worst = fmax(worst, fabs(G->data[i * G->ld + j] - H->data[i * H->ld + j]) /
                                    sqrt(G->data[i * (G->ld + 1)] * G->data[j * (G->ld + 1)]));
    return worst;
}

static void gram(size_t m, size_t n)
{
    static const char *const kinds[] = {"bf16", "f32", "f64"};
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        spx_mat A, G[2];
        gram_room space = {0};
        double took[2] = {HUGE_VAL, HUGE_VAL};
        must(spx_mat_alloc(&A, m, n, &err), &err);
        for (int way = 0; way < 2; way++) must(spx_mat_alloc(&G[way], m, m, &err), &err);
        round_weight(&A, kinds[i]);
        for (int pass = 0; pass < 3; pass++) { /* the first warms up */
            double began = spx_seconds();
            spx_syrk_lower(&G[0], 1, &A, SPX_N, 0);
            took[0] = fmin(took[0], spx_seconds() - began);
            began = spx_seconds();
            gram_lower(&G[1], &A, SPX_N, false, &space);
            took[1] = fmin(took[1], spx_seconds() - began);
        }
        printf("%zu x %zu, %s, %d threads: dsyrk %.4f s, residues to %zu moduli %.4f s, ratio "
               "%.2f, apart %.1e\n",
               m, n, kinds[i], spx_threads(), took[0], space.moduli, took[1], took[0] / took[1],
               apart(&G[0], &G[1]));
        gram_room_free(&space);
        spx_mat_free(&A);
        for (int way = 0; way < 2; way++) spx_mat_free(&G[way]);
    }
}

enum { SIDE_BY_SIDE = 8 };

static spx_status decompose_one(size_t i, void *arg, spx_error *err)
{
    const spx_panels *W = arg;
    spx_svd f;
    const spx_svd_opts o = spx_svd_defaults();
    const spx_status st = spx_svd_panels(&W[i], &o, &f, err);
    spx_svd_free(&f);
    return st;
}

static void threads(size_t m, size_t n)
{
    spx_error err = {0};
    float *w = room(m * n, sizeof *w);
    fill_weight(w, m, n, 1);
    const spx_tensor t = tensor_of(w, m, n);
    spx_panels W[SIDE_BY_SIDE];
    for (size_t i = 0; i < SIDE_BY_SIDE; i++) W[i] = panels_of(&t);
    double turn[2] = {0};
    for (int pass = 0; pass < 3; pass++) { /* the first warms up */
        double began = spx_seconds();
        for (size_t i = 0; i < SIDE_BY_SIDE; i++) must(decompose_one(i, W, &err), &err);
        turn[0] = spx_seconds() - began;
        began = spx_seconds();
        must(spx_parallel(SIDE_BY_SIDE, decompose_one, W, &err), &err);
        turn[1] = spx_seconds() - began;
    }
    printf("%d of %zu x %zu, values, %d threads: in turn %.3f s, side by side %.3f s, ratio %.2f\n",
           SIDE_BY_SIDE, m, n, spx_threads(), turn[0], turn[1], turn[0] / turn[1]);
    spx_free(w);
}

int main(int argc, char **argv)
{
    const size_t m = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    const size_t n = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
    const size_t k = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    if (m == 0 || n < m) {
        fprintf(stderr, "usage: bench_svd dense|reduce|gram|threads ROWS COLS [K], "
                        "ROWS <= COLS\n");
        return 2;
    }
    if (strcmp(argv[1], "dense") == 0) dense(m, n, k < m ? k : m);
    if (strcmp(argv[1], "reduce") == 0) reduce(m);
    if (strcmp(argv[1], "gram") == 0) gram(m, n);
    if (strcmp(argv[1], "threads") == 0) threads(m, n);
    return 0;
}
