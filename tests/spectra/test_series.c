/* test_series.c: stages of one matrix against each stage decomposed by itself. */
#include "check.h"

#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/series.h"

#include <stdbool.h>
#include <string.h>

enum { STAGES = 6 };

static void random_mat(spx_mat *A, size_t rows, size_t cols, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(A, rows, cols, &err));
    for (size_t i = 0; i < rows * cols; i++) A->data[i] = spx_rng_normal(rng);
}

/* A copy of W, to which a change of rank `rank` and Frobenius norm about `size` ||W||_F is added.
 */
static spx_mat edited(const spx_mat *W, size_t rank, double size, spx_rng *rng)
{
    spx_error err = {0};
    spx_mat A, B, out;
    check_ok(spx_mat_alloc(&out, W->rows, W->cols, &err));
    spx_mat_copy(&out, W);
    if (rank == 0) return out;
    random_mat(&A, W->rows, rank, rng);
    random_mat(&B, W->cols, rank, rng);
    spx_gemm(&out, size / sqrt((double)rank), &A, SPX_N, &B, SPX_T, 1);
    spx_mat_free(&A);
    spx_mat_free(&B);
    return out;
}

static void round_to_float(spx_mat *W)
{
    for (size_t i = 0; i < W->rows * W->cols; i++) W->data[i] = (double)(float)W->data[i];
}

/* Of 2^-8 relative, as bf16 would. */
static void round_to_eight_bits(spx_mat *W)
{
    for (size_t i = 0; i < W->rows * W->cols; i++) {
        int e = 0;
        const double part = frexp(W->data[i], &e);
        W->data[i] = ldexp(nearbyint(part * 256), e - 8);
    }
}

/* What the series says of W against dgesdd of W: values within its errors, k, residual, bracket. */
static void check_stage(const spx_mat *W, const spx_svd_opts *o, const spx_svd *f, double widest)
{
    spx_error err = {0};
    spx_svd_opts all = *o;
    spx_svd want;
    double sum = 0;
    all.engine = "full";
    check_ok(spx_svd_compute(W, &all, &want, &err));
    for (size_t i = 0; i < want.r; i++) {
        check_leq(fabs(f->s[i] - want.s[i]), f->error[i]);
        check_leq(f->error[i], widest * want.s[0] * (want.s[0] / want.s[i]));
        sum += want.s[i];
    }
    check_leq(f->nuclear_lo, sum);
    check_leq(sum, f->nuclear_hi);
    assert_int_equal(f->k, want.k);
    /* ||E||_F <= 1e-6 s_1 perturbs vectors of separate values by that over the gap */
    check_leq(f->residual, 2e-6);
    spx_svd_free(&want);
}

static const struct {
    size_t rank;
    const char *engine; /* that must answer */
    int rounded;        /* to float, to eight bits */
} plan[STAGES] = {{0, "gram", 1},   {0, "same", 1},  {3, "update", 1},
                  {3, "update", 1}, {40, "gram", 1}, {2, "update", 1}};

static void run_plan(size_t rows, size_t cols, spx_trans trans, bool hashed)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(rows + cols);
    spx_mat W[STAGES];
    spx_panels P[STAGES];
    spx_series *s = NULL;
    const spx_svd_opts o = {.engine = "gram", .k = 5};
    check_ok(spx_series_new(&o, &s, &err));
    for (size_t t = 0; t < STAGES; t++) {
        const spx_svd *f = NULL;
        char hash[16] = "";
        if (t == 0)
            random_mat(&W[t], rows, cols, &rng);
        else
            W[t] = edited(&W[t - 1], plan[t].rank, 0.05, &rng);
        round_to_float(&W[t]);
        P[t] = spx_panels_of(&W[t]);
        if (trans == SPX_T)
            P[t] = (spx_panels){.rows = cols, .cols = rows, .trans = SPX_T, .held = &W[t]};
        snprintf(hash, sizeof hash, "%zu", plan[t].rank || t == 0 ? t : t - 1);
        check_ok(spx_series_next(s, &P[t], hashed ? hash : NULL, &f, &err));
        assert_string_equal(f->engine, plan[t].engine);
        spx_mat seen;
        check_ok(spx_mat_alloc(&seen, P[t].rows, P[t].cols, &err));
        check_ok(spx_panels_copy(&P[t], &seen, &err));
        check_stage(&seen, &o, f, strcmp(f->engine, "update") == 0 ? 2e-6 : 1e-13);
        spx_mat_free(&seen);
    }
    spx_series_free(s);
    for (size_t t = 0; t < STAGES; t++) spx_mat_free(&W[t]);
}

static void test_stages_follow_each_other(void **state)
{
    (void)state;
    run_plan(240, 260, SPX_N, true);
    run_plan(240, 260, SPX_N, false);
    run_plan(260, 240, SPX_N, false);
    run_plan(240, 260, SPX_T, true);
}

/* An update without rounding is as good as a fresh decomposition. */
static void test_an_exact_update_is_exact(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    spx_series *s = NULL;
    spx_mat W, next;
    const spx_svd *f = NULL;
    const spx_svd_opts o = {.engine = "gram", .k = 4};
    random_mat(&W, 140, 150, &rng);
    next = edited(&W, 2, 0.1, &rng);
    const spx_panels a = spx_panels_of(&W), b = spx_panels_of(&next);
    check_ok(spx_series_new(&o, &s, &err));
    check_ok(spx_series_next(s, &a, NULL, &f, &err));
    check_ok(spx_series_next(s, &b, NULL, &f, &err));
    assert_string_equal(f->engine, "update");
    check_stage(&next, &o, f, 1e-13);
    check_leq(f->residual, 1e-13);
    spx_series_free(s);
    spx_mat_free(&W);
    spx_mat_free(&next);
}

/* Rounding to eight bits makes any change one of full rank: two attempts, then none. */
static void test_what_rounding_spreads_is_computed_afresh(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(10);
    spx_series *s = NULL;
    spx_mat W[4];
    spx_panels P[4];
    const spx_svd_opts o = {.engine = "gram", .k = 4};
    check_ok(spx_series_new(&o, &s, &err));
    random_mat(&W[0], 130, 150, &rng);
    for (size_t t = 0; t < 4; t++) {
        const spx_svd *f = NULL;
        if (t > 0) W[t] = edited(&W[t - 1], 2, 0.05, &rng);
        round_to_eight_bits(&W[t]);
        P[t] = spx_panels_of(&W[t]);
        check_ok(spx_series_next(s, &P[t], NULL, &f, &err));
        assert_string_equal(f->engine, "gram");
        check_stage(&W[t], &o, f, 1e-13);
    }
    spx_series_free(s);
    for (size_t t = 0; t < 4; t++) spx_mat_free(&W[t]);
}

static spx_status two_stages(const spx_panels *a, const spx_panels *b)
{
    spx_series *s = NULL;
    const spx_svd *f = NULL;
    const spx_svd_opts o = {.engine = "gram", .k = 2};
    spx_status st = spx_series_new(&o, &s, NULL);
    if (st == SPX_OK) st = spx_series_next(s, a, NULL, &f, NULL);
    if (st == SPX_OK) st = spx_series_next(s, b, NULL, &f, NULL);
    spx_series_free(s);
    return st;
}

static void test_bad_stages_and_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(12);
    spx_series *s = NULL;
    const spx_svd *f = NULL;
    spx_mat W, other, next;
    const spx_svd_opts o = spx_svd_defaults();
    random_mat(&W, 130, 132, &rng);
    random_mat(&other, 130, 131, &rng);
    next = edited(&W, 1, 0.1, &rng);
    const spx_panels a = spx_panels_of(&W), b = spx_panels_of(&next), c = spx_panels_of(&other);
    check_survives_oom(two_stages(&a, &b));
    check_ok(spx_series_new(&o, &s, &err));
    check_ok(spx_series_next(s, &a, NULL, &f, &err));
    assert_int_equal(spx_series_next(s, &c, NULL, &f, &err), SPX_ESHAPE);
    assert_string_equal(err.text, "matrix is 130 x 131, the stage before 130 x 132");
    assert_null(f);
    spx_series_free(s);
    next.data[7] = (double)NAN;
    assert_int_equal(two_stages(&a, &b), SPX_ENUMERIC);
    spx_mat *const owned[] = {&W, &other, &next};
    for (size_t i = 0; i < 3; i++) spx_mat_free(owned[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages_follow_each_other),
        cmocka_unit_test(test_an_exact_update_is_exact),
        cmocka_unit_test(test_what_rounding_spreads_is_computed_afresh),
        cmocka_unit_test(test_bad_stages_and_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
