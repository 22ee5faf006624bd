/* test_series.c: stages of one matrix against each stage decomposed by itself. */
#include "matrices.h"

#include "spx/series.h"

#include <stdbool.h>
#include <string.h>

enum { STAGES = 6 };

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
    check_ok(spx_series_new(&o, 0, &s, &err));
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

/* Twenty stages of a matrix of SmolLM2's size, stored in float: followed until the change since W0
 * has too many columns, then afresh. All values as each stage has them by itself. */
static void test_twenty_stages_stay_correct(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(19);
    spx_series *s = NULL;
    size_t updates = 0, afresh = 0;
    spx_mat W[20];
    spx_panels P[20];
    const spx_svd_opts o = {.engine = "gram", .tau = 0.1};
    check_ok(spx_series_new(&o, 0, &s, &err));
    random_mat(&W[0], 576, 1536, &rng);
    for (size_t t = 0; t < 20; t++) {
        const spx_svd *f = NULL;
        spx_svd alone;
        if (t > 0) W[t] = edited(&W[t - 1], 4, 0.02, &rng);
        round_to_float(&W[t]);
        P[t] = spx_panels_of(&W[t]);
        check_ok(spx_series_next(s, &P[t], NULL, &f, &err));
        check_ok(spx_svd_compute(&W[t], &o, &alone, &err));
        for (size_t i = 0; i < f->r; i++)
            check_leq(fabs(f->s[i] - alone.s[i]), f->error[i] + alone.error[i]);
        assert_int_equal(f->k, alone.k);
        updates += strcmp(f->engine, "update") == 0;
        afresh += strcmp(f->engine, "gram") == 0;
        spx_svd_free(&alone);
    }
    assert_true(updates > 10 && afresh > 1);
    spx_series_free(s);
    for (size_t t = 0; t < 20; t++) spx_mat_free(&W[t]);
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
    check_ok(spx_series_new(&o, 0, &s, &err));
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
    check_ok(spx_series_new(&o, 0, &s, &err));
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

/* Noise and `spikes` directions of values about `value`: W0 of the warm blocks. */
static spx_mat spiked(size_t rows, size_t cols, size_t spikes, double value, spx_rng *rng)
{
    spx_mat A, B, W;
    random_mat(&W, rows, cols, rng);
    random_mat(&A, rows, spikes, rng);
    random_mat(&B, cols, spikes, rng);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < spikes; j++) A.data[i * spikes + j] /= 1 + 0.2 * (double)j;
    spx_gemm(&W, value / sqrt((double)(rows * cols)), &A, SPX_N, &B, SPX_T, 1);
    round_to_float(&W);
    spx_mat_free(&A);
    spx_mat_free(&B);
    return W;
}

enum { SPIKES = 5 };
static const double tolerance = 1e-3;

/* Two stages of one series: what it says of the later W, against dgesdd of it; the engine. */
static void check_pair(const spx_panels *W0, const spx_panels *W, const spx_svd_opts *o,
                       const char *engine)
{
    spx_error err = {0};
    spx_series *s = NULL;
    const spx_svd *f = NULL;
    spx_svd_opts full = *o;
    spx_svd want;
    double sum = 0;
    full.engine = "full";
    check_ok(spx_series_new(o, tolerance, &s, &err));
    check_ok(spx_series_next(s, W0, NULL, &f, &err));
    check_ok(spx_svd_panels(W0, &full, &want, &err));
    assert_int_equal(f->k, want.k); /* although the series keeps more */
    assert_int_equal(f->U.cols, want.k);
    spx_svd_free(&want);
    check_ok(spx_series_next(s, W, NULL, &f, &err));
    check_ok(spx_svd_panels(W, &full, &want, &err));
    assert_string_equal(f->engine, engine);
    assert_int_equal(f->k, want.k);
    for (size_t i = 0; i < want.r; i++) {
        check_leq(fabs(f->s[i] - want.s[i]), f->error[i]);
        sum += want.s[i];
    }
    /* residuals enter squared: all below 1e-3, they leave k 1e-6 s_1^2 over a gap of s_1 / 10 */
    for (size_t i = 0; i < f->k; i++) check_leq(f->error[i], 1e-4 * want.s[0]);
    check_leq(f->nuclear_lo, sum);
    check_leq(sum, f->nuclear_hi);
    check_leq(f->residual, tolerance);
    spx_svd_free(&want);
    spx_series_free(s);
}

static spx_panels panels(const spx_mat *W, spx_trans trans)
{
    if (trans == SPX_N) return spx_panels_of(W);
    return (spx_panels){.rows = W->cols, .cols = W->rows, .trans = SPX_T, .held = W};
}

static void test_a_warm_block_gives_the_top_within_its_error(void **state)
{
    (void)state;
    static const size_t shape[2][2] = {{240, 260}, {260, 240}};
    const spx_svd_opts o = {.engine = "gram", .k = SPIKES};
    for (size_t c = 0; c < 4; c++) {
        spx_rng rng = spx_rng_seed(20 + c);
        spx_mat W0 = spiked(shape[c / 2][0], shape[c / 2][1], SPIKES, 400, &rng);
        spx_mat W = edited(&W0, 3, 0.02, &rng);
        round_to_float(&W);
        const spx_panels a = panels(&W0, c % 2 ? SPX_T : SPX_N), b = panels(&W, a.trans);
        check_pair(&a, &b, &o, "warm");
        spx_mat_free(&W0);
        spx_mat_free(&W);
    }
}

/* Values of noise alone lie too close: no bound tells the top k from the next. */
static void test_a_warm_block_is_not_believed_of_noise(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(30);
    const spx_svd_opts o = {.engine = "gram", .k = SPIKES};
    spx_mat W0 = spiked(240, 260, 1, 0, &rng), W = edited(&W0, 3, 0.02, &rng);
    const spx_panels a = spx_panels_of(&W0), b = spx_panels_of(&W);
    check_pair(&a, &b, &o, "update");
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* The change leaves little of the four known directions, which stay exact: every residual is zero.
 * The top two are now the fifth and the sixth, of which the block knows nothing. */
static void test_what_a_warm_block_cannot_see_may_overtake(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_svd_opts o = {.engine = "gram", .k = 2};
    static const double known[4] = {10, 9, 8, 7}, left[4] = {0.4, 0.3, 0.2, 0.15};
    enum { ROWS = 64, COLS = 66 };
    spx_mat W0, W;
    check_ok(spx_mat_alloc(&W0, ROWS, COLS, &err));
    for (size_t i = 0; i < ROWS; i++) W0.data[i * COLS + i] = 0.05;
    W0.data[30 * COLS + 30] = 6;
    W0.data[31 * COLS + 31] = 5;
    check_ok(spx_mat_alloc(&W, ROWS, COLS, &err));
    spx_mat_copy(&W, &W0);
    for (size_t i = 0; i < 4; i++) {
        W0.data[(60 + i) * (COLS + 1)] = known[i];
        W.data[(60 + i) * (COLS + 1)] = left[i];
    }
    const spx_panels a = spx_panels_of(&W0), b = spx_panels_of(&W);
    check_pair(&a, &b, &o, "update");
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

/* A share's k from the bracket of the sum, or, where its ends disagree, from all values. */
static void test_a_share_in_doubt_takes_all_values(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(32);
    spx_svd_opts o = {.engine = "full", .k = 3};
    spx_mat W0 = spiked(240, 260, SPIKES, 800, &rng), W = edited(&W0, 2, 1e-3, &rng);
    const spx_panels a = spx_panels_of(&W0), b = spx_panels_of(&W);
    spx_svd f;
    check_ok(spx_svd_compute(&W0, &o, &f, &err));
    const double three = f.s[0] + f.s[1] + f.s[2], sum = (f.nuclear_lo + f.nuclear_hi) / 2;
    o = (spx_svd_opts){.engine = "gram", .tau = (three - f.s[2] / 2) / sum};
    check_pair(&a, &b, &o, "warm");
    o.tau = (three + 1e-3) / sum; /* of ||W0||_*; the change may be ten times as large */
    check_pair(&a, &b, &o, "update");
    spx_svd_free(&f);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

static spx_status two_stages(const spx_panels *a, const spx_panels *b, double within)
{
    spx_series *s = NULL;
    const spx_svd *f = NULL;
    const spx_svd_opts o = {.engine = "gram", .k = 2};
    spx_status st = spx_series_new(&o, within, &s, NULL);
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
    check_survives_oom(two_stages(&a, &b, 0));
    check_ok(spx_series_new(&o, 0, &s, &err));
    check_ok(spx_series_next(s, &a, NULL, &f, &err));
    assert_int_equal(spx_series_next(s, &c, NULL, &f, &err), SPX_ESHAPE);
    assert_string_equal(err.text, "matrix is 130 x 131, the stage before 130 x 132");
    assert_null(f);
    spx_series_free(s);
    next.data[7] = (double)NAN;
    assert_int_equal(two_stages(&a, &b, 0), SPX_ENUMERIC);
    spx_mat *const owned[] = {&W, &other, &next};
    for (size_t i = 0; i < 3; i++) spx_mat_free(owned[i]);
}

static void test_a_warm_block_survives_oom(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(33);
    spx_mat W0 = spiked(64, 66, 2, 400, &rng), W = edited(&W0, 1, 0.02, &rng);
    const spx_panels a = spx_panels_of(&W0), b = spx_panels_of(&W);
    const spx_svd_opts o = {.engine = "gram", .k = 2};
    check_pair(&a, &b, &o, "warm");
    check_survives_oom(two_stages(&a, &b, tolerance));
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages_follow_each_other),
        cmocka_unit_test(test_twenty_stages_stay_correct),
        cmocka_unit_test(test_an_exact_update_is_exact),
        cmocka_unit_test(test_what_rounding_spreads_is_computed_afresh),
        cmocka_unit_test(test_a_warm_block_gives_the_top_within_its_error),
        cmocka_unit_test(test_a_warm_block_is_not_believed_of_noise),
        cmocka_unit_test(test_what_a_warm_block_cannot_see_may_overtake),
        cmocka_unit_test(test_a_share_in_doubt_takes_all_values),
        cmocka_unit_test(test_bad_stages_and_oom),
        cmocka_unit_test(test_a_warm_block_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
