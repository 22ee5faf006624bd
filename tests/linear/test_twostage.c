/* test_twostage.c: A = Q T Q^T by way of a band, and what comes back through it. */
#include "check.h"
#include "linear/twostage.h"

#include "spx/linalg.h"
#include "spx/rng.h"

#include <string.h>

static const size_t orders[] = {1, 2, 3, 64, 65, 66, 67, 128, 129, 131, 193, 260, 321};
enum { ORDERS = sizeof orders / sizeof *orders, LARGEST = 321 };

typedef double entry_fn(spx_rng *rng, size_t i, size_t j);
static double noise(spx_rng *rng, size_t i, size_t j)
{
    (void)i, (void)j;
    return spx_rng_normal(rng);
}
static double huge_and_tiny(spx_rng *rng, size_t i, size_t j)
{
    return spx_rng_normal(rng) * pow(10, 140 - (double)(i + j));
}
static double diagonal(spx_rng *rng, size_t i, size_t j)
{
    return i == j ? spx_rng_normal(rng) : 0;
}
static double ones(spx_rng *rng, size_t i, size_t j)
{
    (void)rng, (void)i, (void)j;
    return 1;
}
static double zero(spx_rng *rng, size_t i, size_t j)
{
    (void)rng, (void)i, (void)j;
    return 0;
}

/* Only the lower triangle; the rest must not be read. */
static spx_mat matrix(size_t n, entry_fn *of)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(n);
    spx_mat A;
    check_ok(spx_mat_alloc(&A, n, n, &err));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) A.data[i * n + j] = j <= i ? of(&rng, i, j) : (double)NAN;
    return A;
}

/* |Q^T Q - I| and |A - Q T Q^T| / |A|_F, Z = Q^T. */
static void check_reduction(const spx_mat *A, const spx_mat *Z, const double *d, const double *e)
{
    spx_error err = {0};
    spx_mat I, TZ, B;
    const size_t n = A->rows;
    double apart = 0, off = 0, size = 0;
    check_ok(spx_mat_alloc(&I, n, n, &err));
    check_ok(spx_mat_alloc(&TZ, n, n, &err));
    check_ok(spx_mat_alloc(&B, n, n, &err));
    spx_syrk(&I, 1, Z, SPX_N, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double above = i > 0 ? e[i - 1] * Z->data[(i - 1) * n + j] : 0;
            const double below = i + 1 < n ? e[i] * Z->data[(i + 1) * n + j] : 0;
            TZ.data[i * n + j] = d[i] * Z->data[i * n + j] + above + below;
        }
    spx_gemm(&B, 1, Z, SPX_T, &TZ, SPX_N, 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            off = fmax(off, fabs(I.data[i * n + j] - (i == j)));
            apart = fmax(apart, fabs(B.data[i * n + j] - A->data[i * n + j]));
            size = hypot(size, A->data[i * n + j]);
        }
    check_leq(off, 8 * sqrt((double)n) * DBL_EPSILON);
    check_leq(apart, 8 * sqrt((double)n) * DBL_EPSILON * size);
    spx_mat_free(&I);
    spx_mat_free(&TZ);
    spx_mat_free(&B);
}

static spx_mat identity(size_t n)
{
    spx_error err = {0};
    spx_mat Z;
    check_ok(spx_mat_alloc(&Z, n, n, &err));
    for (size_t i = 0; i < n; i++) Z.data[i * n + i] = 1;
    return Z;
}

static void check_order(size_t n, entry_fn *of)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    twostage t;
    double d[LARGEST], e[LARGEST];
    spx_mat A = matrix(n, of), B = matrix(n, of), Z = identity(n);
    check_ok(twostage_reduce(&A, &t, d, e, &tmp, &err));
    check_ok(twostage_back(&t, &Z, &err));
    check_reduction(&B, &Z, d, e);
    spx_scratch_free(&tmp);
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_mat_free(&Z);
}

static void every_order_and_kind_of_matrix(void **state)
{
    entry_fn *const kinds[] = {noise, huge_and_tiny, diagonal, ones, zero};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < ORDERS; i++) check_order(orders[i], kinds[k]);
}

/* Tiles of the chase go to any thread, in any order that their sums of numbers allow. */
static void the_band_is_chased_alike_by_any_number_of_threads(void **state)
{
    (void)state;
    spx_error err = {0};
    double d[2][LARGEST], e[2][LARGEST];
    const int threads = spx_threads();
    for (int i = 0; i < 2; i++) {
        spx_scratch tmp = {0};
        spx_mat A = matrix(LARGEST, noise);
        twostage t = {.A = &A};
        spx_threads_set(1);
        check_ok(band_reduce(&t, &tmp, &err));
        spx_threads_set(i == 0 ? 1 : 3);
        bulge_chase_reduce(&t, d[i], e[i]);
        spx_scratch_free(&tmp);
        spx_mat_free(&A);
    }
    spx_threads_set(threads);
    assert_memory_equal(d[0], d[1], sizeof d[0]);
    assert_memory_equal(e[0], e[1], (LARGEST - 1) * sizeof e[0][0]);
}

static size_t some(const double *w, size_t n, void *arg)
{
    (void)w, (void)n;
    return *(size_t *)arg;
}

/* What linalg.c makes of a matrix that is large enough for two stages. */
static void the_top_of_a_large_matrix(void **state)
{
    (void)state;
    enum { N = 2048 };
    spx_error err = {0};
    size_t k = 5;
    spx_mat A = matrix(N, ones), Q, AQ;
    static double w[N];
    for (size_t i = 0; i < N; i++) A.data[i * N + i] = (double)(i + 1) * 10;
    spx_mat_mirror(&A);
    check_ok(spx_mat_alloc(&AQ, N, k, &err));
    spx_mat B = matrix(N, ones);
    spx_mat_copy(&B, &A);
    check_ok(spx_linalg_syev_top(&B, w, 0, some, &k, &Q, &err));
    spx_gemm(&AQ, 1, &A, SPX_N, &Q, SPX_N, 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < k; j++)
            check_leq(fabs(AQ.data[i * k + j] - w[j] * Q.data[i * k + j]), 1e-13 * w[0]);
    double trace = 0, sum = 0;
    for (size_t i = 0; i < N; i++) trace += A.data[i * N + i], sum += w[i];
    check_leq(fabs(trace - sum), 1e-13 * trace);
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_mat_free(&Q);
    spx_mat_free(&AQ);
}

static spx_status there_and_back(void)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    twostage t;
    double d[LARGEST], e[LARGEST];
    spx_mat A = {0}, Z = {0};
    SPX_TRY(spx_mat_alloc(&A, 200, 200, NULL));
    SPX_TRY(spx_mat_alloc(&Z, 3, 200, NULL));
    SPX_TRY(twostage_reduce(&A, &t, d, e, &tmp, NULL));
    SPX_TRY(twostage_back(&t, &Z, NULL));
out:
    spx_scratch_free(&tmp);
    spx_mat_free(&A);
    spx_mat_free(&Z);
    return st;
}

static void reductions_survive_every_failed_allocation(void **state)
{
    (void)state;
    check_survives_oom(there_and_back());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_and_kind_of_matrix),
        cmocka_unit_test(the_band_is_chased_alike_by_any_number_of_threads),
        cmocka_unit_test(the_top_of_a_large_matrix),
        cmocka_unit_test(reductions_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
