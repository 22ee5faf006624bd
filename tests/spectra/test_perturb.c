/* test_perturb.c: truncation against Eckart and Young; noise by its coefficients in the basis. */
#include "check.h"

#include "spx/perturb.h"

#include <stdbool.h>
#include <string.h>

enum { M = 12, N = 20 };

static void gaussian(spx_mat *W, uint64_t seed)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(seed);
    check_ok(spx_mat_alloc(W, M, N, &err));
    for (size_t i = 0; i < M * N; i++) W->data[i] = spx_rng_normal(&rng);
}

static void decompose(const spx_mat *W, spx_svd *f)
{
    spx_error err = {0};
    const spx_svd_opts o = {.engine = "full", .k = M};
    check_ok(spx_svd_compute(W, &o, f, &err));
}

static void slices_end_where_the_share_is_reached(void **state)
{
    (void)state;
    static const double s[] = {4, 3, 2, 1}; /* sum 10, squares 30 */
    static const double flat[30] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_int_equal(spx_slice_end(s, 4, SPX_SLICE_COUNT, 0.5), 2);
    assert_int_equal(spx_slice_end(s, 4, SPX_SLICE_COUNT, 0.51), 3);
    assert_int_equal(spx_slice_end(s, 4, SPX_SLICE_SUM, 0.4), 1);
    assert_int_equal(spx_slice_end(s, 4, SPX_SLICE_SUM, 0.41), 2);
    assert_int_equal(spx_slice_end(s, 4, SPX_SLICE_SQUARES, 0.8), 2);
    for (int g = 0; g <= 10; g++) /* whatever g / 10 rounds to */
        assert_int_equal(spx_slice_end(flat, 30, SPX_SLICE_COUNT, g / 10.0), 3 * g);
    for (int by = 0; by < SPX_SLICES; by++) {
        assert_int_equal(spx_slice_end(s, 4, (spx_slice)by, 0), 0);
        assert_int_equal(spx_slice_end(s, 4, (spx_slice)by, 1), 4);
    }
}

/* ||W - W_k||_F^2 = sum_{i >= k} s_i^2, for every k from nothing to everything. */
static void truncation_is_the_best_approximation(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W, K;
    spx_svd f;
    gaussian(&W, 3);
    decompose(&W, &f);
    check_ok(spx_mat_alloc(&K, M, N, &err));
    for (size_t k = 0; k <= M; k++) {
        double lost = 0, want = 0;
        check_ok(spx_perturb_keep(&f, k, &K, &err));
        for (size_t i = 0; i < M * N; i++) lost += pow(W.data[i] - K.data[i], 2);
        for (size_t i = k; i < M; i++) want += f.s[i] * f.s[i];
        check_leq(fabs(lost - want), 64 * DBL_EPSILON * f.s[0] * f.s[0] * M);
    }
    check_survives_oom(spx_perturb_keep(&f, 2, &K, NULL));
    spx_mat_free(&K);
    spx_mat_free(&W);
    spx_svd_free(&f);
}

/* u_i^T P v_j, by the definition. */
static double coefficient(const spx_svd *f, const spx_mat *P, size_t i, size_t j)
{
    double sum = 0;
    for (size_t r = 0; r < M; r++)
        for (size_t c = 0; c < N; c++)
            sum += f->U.data[r * f->U.ld + i] * P->data[r * P->ld + c] * f->V.data[c * f->V.ld + j];
    return sum;
}

static bool allowed(spx_noise shape, bool row, bool col, bool same)
{
    switch (shape) {
    case SPX_NOISE_LEFT: return row;
    case SPX_NOISE_RIGHT: return col;
    case SPX_NOISE_DIAGONAL: return same && row;
    default: return row && col;
    }
}

static void noise_stays_in_its_group(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W, P;
    spx_svd f;
    gaussian(&W, 4);
    decompose(&W, &f);
    check_ok(spx_mat_alloc(&P, M, N, &err));
    for (int shape = 0; shape < SPX_NOISES; shape++) {
        const spx_disturbance d = {3, 6, (spx_noise)shape, 2.5};
        spx_rng rng = spx_rng_seed(9);
        double inside = 0;
        memset(P.data, 0, M * N * sizeof(double));
        check_ok(spx_perturb_group(&f, &d, &rng, &P, &err));
        check_leq(fabs(spx_norm_fro(&P) - d.norm), 16 * DBL_EPSILON * d.norm);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < M; j++) {
                const double c = coefficient(&f, &P, i, j);
                if (allowed(d.shape, i >= 3 && i < 6, j >= 3 && j < 6, i == j))
                    inside += c * c;
                else
                    check_leq(fabs(c), 64 * DBL_EPSILON * d.norm);
            }
        if (d.shape != SPX_NOISE_LEFT) /* that one also reaches the null space of W */
            check_leq(fabs(inside - d.norm * d.norm), 1e-13 * d.norm * d.norm);
    }
    spx_mat_free(&P);
    spx_mat_free(&W);
    spx_svd_free(&f);
}

/* The same seed gives the same noise, which is added to what is there; another seed does not. */
static void noise_is_seeded_and_added(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W, once, twice;
    spx_svd f;
    gaussian(&W, 5);
    gaussian(&once, 5);
    check_ok(spx_mat_alloc(&twice, M, N, &err));
    decompose(&W, &f);
    const spx_disturbance d = {0, 2, SPX_NOISE_BLOCK, 1};
    spx_rng a = spx_rng_seed(1), b = spx_rng_seed(1), c = spx_rng_seed(2);
    check_ok(spx_perturb_group(&f, &d, &a, &once, &err));
    check_ok(spx_perturb_group(&f, &d, &b, &twice, &err));
    for (size_t i = 0; i < M * N; i++)
        check_leq(fabs(once.data[i] - W.data[i] - twice.data[i]), 8 * DBL_EPSILON * f.s[0]);
    memset(once.data, 0, M * N * sizeof(double));
    check_ok(spx_perturb_group(&f, &d, &c, &once, &err));
    assert_memory_not_equal(once.data, twice.data, M * N * sizeof(double));
    const spx_disturbance none = {2, 2, SPX_NOISE_BLOCK, 1};
    assert_int_equal(spx_perturb_group(&f, &none, &c, &once, &err), SPX_EINVAL);
    assert_string_equal(err.text, "the group of directions from 2 to 2 is empty");
    check_survives_oom(spx_perturb_group(&f, &d, &c, &once, NULL));
    spx_mat_free(&once);
    spx_mat_free(&twice);
    spx_mat_free(&W);
    spx_svd_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_end_where_the_share_is_reached),
        cmocka_unit_test(truncation_is_the_best_approximation),
        cmocka_unit_test(noise_stays_in_its_group),
        cmocka_unit_test(noise_is_seeded_and_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
