/* bulge_chase.c: a band to tridiagonal form by chasing bulges, and vectors back. See twostage.h.
 *
 * With b = BAND, sweep j annihilates column j below its subdiagonal by a reflector H(j, 0) of rows
 * j + 1 .. j + b. Step s > 0 finds the bulge that H(j, s - 1) filled in below the band and
 * annihilates its first column by H(j, s), of rows j + 1 + s b .. j + (s + 1) b; the next sweep
 * meets the rest of the bulge.
 *
 * So (j, s) needs (j, s - 1) and (j - 1, s + 1) and nothing else. In the coordinates j and
 * u = j + s these are its left and its upper neighbour, hence tiles of steps whose numbers have the
 * same sum may run side by side. The result does not depend on the number of threads.
 *
 * H = I - u u^T with |u|^2 = 2, or u = 0. The u of (j, s) is kept in row j of the matrix, in the
 * columns numbered as its rows, which are above the diagonal. */
#include "linear/exp.h"
#include "linear/twostage.h"

#include "spx/parallel.h"

#include <math.h>
#include <string.h>

enum {
    TILE = 4,     /* sweeps, and steps of each, in a tile */
    GROUP = 32,   /* sweeps whose reflectors go back as one product */
    TOGETHER = 4, /* groups that go back together, see back_plan */
    STRIPE = 128, /* vectors that one thread takes back at a time */
};

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* u of x = (alpha, rest): (I - u u^T) x = (beta, 0); returns beta. */
static inline double reflector(const double *x, size_t n, double *u)
{
    double most = 0, sum = 0;
    for (size_t i = 1; i < n; i++) most = fmax(most, fabs(x[i]));
    memset(u, 0, n * sizeof *u);
    if (most == 0) return x[0];
    most = fmax(most, fabs(x[0]));
    for (size_t i = 0; i < n; i++) {
        u[i] = x[i] / most;
        sum += u[i] * u[i];
    }
    const double norm = copysign(sqrt(sum), u[0]);
    u[0] += norm;
    const double scale = 1 / sqrt(fabs(norm * u[0])); /* |u|^2 = 2 norm u_0 */
    for (size_t i = 0; i < n; i++) u[i] *= scale;
    return -norm * most;
}

/* D <- H D H, n x n symmetric of which the lower triangle is stored, by columns. */
static inline __attribute__((always_inline)) void both_sides(double *D, size_t stride, size_t n,
                                                             const double *u)
{
    double p[BAND] = {0}, along = 0;
    for (size_t c = 0; c < n; c++) {
        const double *d = D + c * stride;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t i = c + 1; i < n; i++) {
            p[i] += d[i] * u[c];
            sum += d[i] * u[i];
        }
        p[c] += d[c] * u[c] + sum;
    }
    for (size_t i = 0; i < n; i++) along += p[i] * u[i];
    for (size_t i = 0; i < n; i++) p[i] -= along / 2 * u[i];
    for (size_t c = 0; c < n; c++) {
        double *d = D + c * stride;
#pragma omp simd
        for (size_t i = c; i < n; i++) d[i] -= u[i] * p[c] + p[i] * u[c];
    }
}

/* E <- H' E H, m x n by columns, where H' annihilates the first column; its u goes to v. */
static inline __attribute__((always_inline)) void chase_bulge(double *E, size_t stride, size_t m,
                                                              size_t n, const double *u, double *v)
{
    double w[BAND] = {0};
    for (size_t c = 0; c < n; c++) {
        const double *e = E + c * stride;
#pragma omp simd
        for (size_t i = 0; i < m; i++) w[i] += e[i] * u[c];
    }
    for (size_t i = 0; i < m; i++) E[i] -= w[i] * u[0];
    E[0] = reflector(E, m, v);
    memset(E + 1, 0, (m - 1) * sizeof *E);
    for (size_t c = 1; c < n; c++) {
        double *e = E + c * stride, sum = 0;
#pragma omp simd reduction(+ : sum)
        for (size_t i = 0; i < m; i++) {
            e[i] -= w[i] * u[c];
            sum += e[i] * v[i];
        }
#pragma omp simd
        for (size_t i = 0; i < m; i++) e[i] -= v[i] * sum;
    }
}

SPX_WIDE static void whole_step(double *E, double *D, size_t stride, const double *u, double *v)
{
    chase_bulge(E, stride, BAND, BAND, u, v);
    both_sides(D, stride, BAND, v);
}

/* The last step of a sweep, of fewer rows. */
SPX_WIDE static void short_step(double *E, double *D, size_t stride, size_t m, const double *u,
                                double *v)
{
    chase_bulge(E, stride, m, BAND, u, v);
    both_sides(D, stride, m, v);
}

SPX_WIDE static void first_step(double *x, double *D, size_t stride, size_t m, double *v)
{
    x[0] = reflector(x, m, v);
    memset(x + 1, 0, (m - 1) * sizeof *x);
    both_sides(D, stride, m, v);
}

/* B(i, j) */
static double *band_entry(const twostage *t, size_t i, size_t j)
{
    return t->B.data + j * t->B.ld + i - j;
}

/* Step s of sweep j. */
static void chase_step(const twostage *t, size_t j, size_t s)
{
    const size_t n = t->A->rows, stride = t->B.ld - 1, from = j + 1 + s * BAND;
    const size_t m = least(n - from, BAND);
    double *row = t->A->data + j * t->A->ld, *v = row + from, *D = band_entry(t, from, from);
    if (s == 0) {
        first_step(band_entry(t, from, j), D, stride, m, v);
        return;
    }
    double *E = band_entry(t, from, from - BAND);
    if (m == BAND)
        whole_step(E, D, stride, v - BAND, v);
    else
        short_step(E, D, stride, m, v - BAND, v);
}

/* Sweeps [from, from + TILE), each from step u - j on for u in [at, at + TILE). */
static void chase_tile(const twostage *t, size_t from, size_t at)
{
    const size_t n = t->A->rows;
    for (size_t j = from; j < least(from + TILE, n - 2); j++)
        for (size_t u = at > j ? at : j; u < at + TILE && j + 1 + (u - j) * BAND < n; u++)
            chase_step(t, j, u - j);
}

/* The first of the tiles (i, wave - i) that is not wholly below the matrix: with j its last sweep
 * and u where it begins, j + 1 + (u - j) BAND < n. */
static size_t first_tile(size_t n, size_t wave)
{
    const size_t side = (size_t)TILE * BAND, below = wave * side + TILE + BAND;
    return below < n + side ? 0 : (below - n - side) / (2 * side - TILE) + 1;
}

void bulge_chase_reduce(twostage *t, double *d, double *e)
{
    const size_t n = t->A->rows, sweeps = n > 2 ? n - 2 : 0;
    const size_t tiles = (sweeps + TILE - 1) / TILE, waves = 2 * tiles + n / BAND / TILE + 2;
#pragma omp parallel
    for (size_t wave = 0; wave < waves; wave++) {
        const size_t from = first_tile(n, wave), to = least(wave / 2 + 1, tiles);
#pragma omp for schedule(static)
        for (size_t i = from; i < to; i++) chase_tile(t, i * TILE, (wave - i) * TILE);
    }
    for (size_t j = 0; j < n; j++) {
        d[j] = *band_entry(t, j, j);
        if (j + 1 < n) e[j] = *band_entry(t, j + 1, j);
    }
}

/*
 * The way back. A block is step s of the sweeps of a group. Its reflectors are the rows of U, each
 * one column further right than the row before. Their product is
 *
 *     I - U^T M^-1 U  with M = I + the part of U U^T above its diagonal
 *
 * (Puglisi, SIAM J. Sci. Stat. Comput. 13(3), 1992), so Z <- Z - (Z U^T) X with X = M^-T U. The
 * last group goes first, and within a group the first step. A few groups go down together, each one
 * step after the group before it, so that Z passes through the cache once for all of them.
 */
typedef struct back_plan {
    const twostage *t;
    spx_mat *Z;
    size_t steps;   /* most steps of a sweep */
    size_t end;     /* groups that have not gone back */
    size_t stripes; /* of the rows of Z */
    spx_mat U, X;   /* GROUP rows for each of TOGETHER * steps blocks */
} back_plan;

typedef struct block {
    size_t j;     /* first sweep */
    size_t count; /* sweeps */
    size_t from;  /* first row of the matrix */
    size_t width; /* rows of the matrix */
    spx_mat U, X;
} block;

/* Step s of the q-th group from the end; width is 0 if there is no such block. */
static block block_at(const back_plan *w, size_t q, size_t s)
{
    const size_t n = w->t->A->rows, j = (w->end - 1 - q) * GROUP, row = (q * w->steps + s) * GROUP;
    block b = {.j = j, .from = j + 1 + s * BAND, .count = least(n - 2 - j, GROUP)};
    b.width = b.from < n ? least(n - b.from, BAND + b.count - 1) : 0;
    b.U = spx_mat_view(&w->U, row, 0, b.count, b.width);
    b.X = spx_mat_view(&w->X, row, 0, b.count, b.width);
    return b;
}

/* U of the block, from the upper triangle. */
static void gather_reflectors(const twostage *t, const block *b)
{
    const size_t n = t->A->rows;
    for (size_t q = 0; q < b->count; q++) {
        const size_t from = b->from + q, m = from < n ? least(n - from, BAND) : 0;
        double *u = b->U.data + q * b->U.ld;
        memset(u, 0, b->width * sizeof *u);
        memcpy(u + q, t->A->data + (b->j + q) * t->A->ld + from, m * sizeof *u);
    }
}

/* X <- M^-T X, row by row: for matrices this small trsm takes longer. */
SPX_WIDE static void solve_small(const spx_mat *M, spx_mat *X)
{
    for (size_t q = 1; q < X->rows; q++) {
        double *own = X->data + q * X->ld;
        for (size_t p = 0; p < q; p++) {
            const double m = M->data[q * M->ld + p], *x = X->data + p * X->ld;
#pragma omp simd
            for (size_t c = 0; c < X->cols; c++) own[c] -= m * x[c];
        }
    }
}

static spx_status prepare_block(size_t i, void *arg, spx_error *err)
{
    const back_plan *w = arg;
    block b = block_at(w, i / w->steps, i % w->steps);
    double products[GROUP * GROUP];
    spx_mat M = {b.count, b.count, GROUP, products};
    (void)err;
    if (b.width == 0) return SPX_OK;
    gather_reflectors(w->t, &b);
    spx_syrk_lower(&M, 1, &b.U, SPX_N, 0);
    spx_mat_copy(&b.X, &b.U);
    solve_small(&M, &b.X);
    return SPX_OK;
}

static spx_status apply_to_stripe(size_t at, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const back_plan *w = arg;
    const size_t from = w->Z->rows * at / w->stripes,
                 rows = w->Z->rows * (at + 1) / w->stripes - from;
    spx_mat Y;
    SPX_TRY(spx_mat_scratch(&tmp, &Y, rows, GROUP, err));
    for (size_t i = 0; i < w->steps + TOGETHER - 1; i++)
        for (size_t q = 0; q < least(w->end, TOGETHER) && q <= i; q++) {
            if (i - q >= w->steps) continue;
            const block b = block_at(w, q, i - q);
            if (b.width == 0) continue;
            spx_mat y = spx_mat_view(&Y, 0, 0, rows, b.count);
            spx_mat z = spx_mat_view(w->Z, from, b.from, rows, b.width);
            spx_gemm(&y, 1, &z, SPX_N, &b.U, SPX_T, 0);
            spx_gemm(&z, -1, &y, SPX_N, &b.X, SPX_N, 1);
        }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status bulge_chase_back(const twostage *t, spx_mat *Z, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t n = t->A->rows, sweeps = n > 2 ? n - 2 : 0, threads = (size_t)spx_threads();
    const size_t many = (Z->rows + STRIPE - 1) / STRIPE, rooms = (size_t)TOGETHER * GROUP;
    back_plan w = {.t = t, .Z = Z, .steps = n / BAND + 1, .end = (sweeps + GROUP - 1) / GROUP};
    w.stripes = least((many + threads - 1) / threads * threads, Z->rows);
    SPX_TRY(spx_mat_scratch(&tmp, &w.U, rooms * w.steps, BAND + GROUP, err));
    SPX_TRY(spx_mat_scratch(&tmp, &w.X, rooms * w.steps, BAND + GROUP, err));
    for (; w.end > 0; w.end -= least(w.end, TOGETHER)) {
        SPX_TRY(spx_parallel(least(w.end, TOGETHER) * w.steps, prepare_block, &w, err));
        SPX_TRY(spx_parallel(w.stripes, apply_to_stripe, &w, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status twostage_reduce(spx_mat *A, twostage *t, double *d, double *e, spx_scratch *tmp,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    *t = (twostage){.A = A};
    SPX_TRY(band_reduce(t, tmp, err));
    bulge_chase_reduce(t, d, e);
out:
    return st;
}

spx_status twostage_back(const twostage *t, spx_mat *Z, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(bulge_chase_back(t, Z, err));
    SPX_TRY(band_back(t, Z, err));
out:
    return st;
}
