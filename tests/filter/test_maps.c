/* test_maps.c: singular values mapped, entries chosen: against the formulas. */
#include "filters.h"

#include <string.h>

/* W0 with s_1 = 2, and a change with values on both sides of it. */
static const double base_values[] = {2, 1.5, 1, 0.5};
static const double values[] = {9, 4, 2.5, 1.75, 0.25};
enum { VALUES = sizeof values / sizeof *values };

static void pair(spx_mat *W, spx_mat *dW, spx_rng *rng)
{
    planted(W, M, N, base_values, 4, rng);
    planted(dW, M, N, values, VALUES, rng);
}

static void singular_values(const spx_mat *A, double *s)
{
    spx_error err = {0};
    spx_svd f;
    const spx_svd_opts o = {.engine = "full"};
    check_ok(spx_svd_compute(A, &o, &f, &err));
    memcpy(s, f.s, f.r * sizeof *s);
    spx_svd_free(&f);
}

static double mapped(size_t which, double s)
{
    switch (which) {
    case 0: return s >= 2 ? log(s / 2) / log(1.5) + 2 : s;
    case 1: return s >= 2 ? (s + 2) / 2 : s;
    case 2: return fmin(s, 2);
    case 3: return fmin(s, 1);
    default: return fmin(s, 1.5 * sqrt(7.5) * (1 / sqrt(M) + 1 / sqrt(N))); /* |W0|_F^2 = 7.5 */
    }
}

static void values_are_mapped_by_the_formulas(void **state)
{
    (void)state;
    static const spx_filter_spec specs[] = {
        {.name = "prune", .alpha = 1.5, .apply = "batch"},
        {.name = "prune-linear", .apply = "batch"},
        {.name = "spectral-cap", .apply = "batch"},
        {.name = "spectral-cap", .cap = 0.5, .apply = "batch"},
        {.name = "edge-cap", .cap = 1.5, .apply = "batch"},
    };
    spx_rng rng = spx_rng_seed(1);
    spx_mat W, dW;
    pair(&W, &dW, &rng);
    for (size_t i = 0; i < 5; i++) {
        spx_mat got;
        double s[M];
        filtered(&specs[i], &W, &dW, &got);
        singular_values(&got, s);
        for (size_t j = 0; j < M; j++) {
            const double want = j < VALUES ? mapped(i, values[j]) : 0;
            check_leq(fabs(s[j] - want), 1e-13);
        }
        spx_mat_free(&got);
    }
    free_mats((spx_mat *[]){&W, &dW}, 2);
}

/* The vectors stay: dW' of a map is a function of dW alone in its own bases, so dW' dW^T commutes
 * with dW dW^T. */
static void vectors_stay_under_a_map(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat W, dW, got, G, X, a, b;
    const spx_filter_spec spec = {.name = "prune", .alpha = 2, .apply = "batch"};
    pair(&W, &dW, &rng);
    filtered(&spec, &W, &dW, &got);
    check_ok(spx_mat_alloc(&G, M, M, &err));
    check_ok(spx_mat_alloc(&X, M, M, &err));
    check_ok(spx_mat_alloc(&a, M, M, &err));
    check_ok(spx_mat_alloc(&b, M, M, &err));
    spx_syrk(&G, 1, &dW, SPX_N, 0);
    spx_gemm(&X, 1, &got, SPX_N, &dW, SPX_T, 0);
    spx_gemm(&a, 1, &G, SPX_N, &X, SPX_N, 0);
    spx_gemm(&b, 1, &X, SPX_N, &G, SPX_N, 0);
    check_leq(distance(&a, &b), 1e-10); /* eps |dW|^4, about 6561 */
    free_mats((spx_mat *[]){&W, &dW, &got, &G, &X, &a, &b}, 7);
}

static void the_norm_is_capped(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(3);
    spx_mat W, dW, got, same;
    pair(&W, &dW, &rng);
    const spx_filter_spec tight = {.name = "norm-cap", .cap = 0.5, .apply = "batch"},
                          loose = {.name = "norm-cap", .cap = 50, .apply = "batch"};
    filtered(&tight, &W, &dW, &got);
    filtered(&loose, &W, &dW, &same);
    check_leq(fabs(spx_norm_fro(&got) - 0.5 * spx_norm_fro(&W)), 1e-14);
    check_leq(fabs(spx_dot(&got, &dW) - spx_norm_fro(&got) * spx_norm_fro(&dW)), 1e-12);
    assert_memory_equal(same.data, dW.data, (size_t)M * N * sizeof(double));
    free_mats((spx_mat *[]){&W, &dW, &got, &same}, 4);
}

static void scale_keeps_its_share_of_every_entry(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(3);
    spx_mat W, dW, got;
    pair(&W, &dW, &rng);
    const spx_filter_spec quarter = {.name = "scale", .keep = 0.25};
    filtered(&quarter, &W, &dW, &got);
    for (size_t i = 0; i < (size_t)M * N; i++) assert_true(got.data[i] == 0.25 * dW.data[i]);
    free_mats((spx_mat *[]){&W, &dW, &got}, 3);
}

/* Square, Gavish and Donoho: known noise 4 / sqrt(3) sqrt(n) s, median 2.86 of it. */
static void dg_hard_cuts_at_the_published_levels(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(4);
    double s[M], plant[M], least = 0;
    spx_mat W, dW, known, median;
    for (size_t i = 0; i < M; i++) plant[i] = 12 - (double)i;
    random_mat(&W, M, M, &rng);
    planted(&dW, M, M, plant, M, &rng);
    const spx_filter_spec noise = {.name = "dg-hard", .noise = 0.8, .apply = "batch"},
                          unknown = {.name = "dg-hard", .apply = "batch"};
    filtered(&noise, &W, &dW, &known);
    singular_values(&known, s);
    least = 4 / sqrt(3) * sqrt(M) * 0.8; /* 6.4 */
    for (size_t i = 0; i < M; i++)
        check_leq(fabs(s[i] - (plant[i] >= least ? plant[i] : 0)), 1e-13);
    plant[0] = 40;
    spx_mat_free(&dW);
    planted(&dW, M, M, plant, M, &rng);
    filtered(&unknown, &W, &dW, &median);
    singular_values(&median, s);
    least = 2.86 * 6.5; /* 18.6 */
    for (size_t i = 0; i < M; i++)
        check_leq(fabs(s[i] - (plant[i] >= least ? plant[i] : 0)), 1e-13);
    free_mats((spx_mat *[]){&W, &dW, &known, &median}, 4);
}

static void dg_hard_refuses_a_median_of_zero(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    spx_update u = {0};
    pair(&W, &u.A, &rng);
    const spx_filter_spec spec = {.name = "dg-hard", .apply = "batch"};
    spx_filter *f = make(&spec, &W);
    assert_int_equal(spx_filter_apply(f, &u, NULL, &err), SPX_EINVAL);
    assert_string_equal(err.text,
                        "filter dg-hard: the median singular value of the change is 0; filter the "
                        "cumulative change of many rounds, or set noise");
    spx_filter_free(f);
    spx_update_free(&u);
    spx_mat_free(&W);
}

static void factors_map_as_the_product_does(void **state)
{
    (void)state;
    static const spx_filter_spec specs[] = {
        {.name = "prune", .apply = "batch"},
        {.name = "prune-linear", .apply = "batch"},
        {.name = "dg-hard", .noise = 1, .apply = "batch"},
        {.name = "norm-cap", .apply = "batch"},
        {.name = "spectral-cap", .apply = "batch"},
        {.name = "rect"},
        {.name = "norm-matched", .k = K},
        {.name = "none"},
        {.name = "revive", .k = K, .apply = "cumulative"},
    };
    static const bool factored[] = {true, true, true, true, true, false, true, true, false};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(6);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        spx_update u;
        spx_mat dW, dense;
        check_ok(spx_update_alloc(&u, M, N, 5, &err));
        for (size_t j = 0; j < (size_t)M * 5; j++) u.A.data[j] = 2 * spx_rng_normal(&rng);
        for (size_t j = 0; j < (size_t)N * 5; j++) u.B.data[j] = spx_rng_normal(&rng);
        check_ok(spx_mat_alloc(&dW, M, N, &err));
        spx_gemm(&dW, 1, &u.A, SPX_N, &u.B, SPX_T, 0);
        spx_filter *f = make(&specs[i], &W);
        check_ok(spx_filter_apply(f, &u, NULL, &err));
        assert_int_equal(spx_update_factored(&u), factored[i]);
        check_ok(spx_update_expand(&u, &err));
        filtered(&specs[i], &W, &dW, &dense);
        check_leq(distance(&u.A, &dense), 1e-12);
        spx_filter_free(f);
        spx_update_free(&u);
        free_mats((spx_mat *[]){&dW, &dense}, 2);
    }
    spx_mat_free(&W);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* By sorting all ratios; the public sequential editors' rule keeps one entry more. */
static void check_rect(const char *name, double away, size_t more)
{
    static const double keeps[] = {0.4, 0.2, 0.01, 1};
    spx_rng rng = spx_rng_seed(7);
    spx_mat W, dW;
    random_mat(&W, M, N, &rng);
    random_mat(&dW, M, N, &rng);
    W.data[5] = -1e-8; /* dwarfs all others if 1e-8 is added, and is second to none if not */
    for (size_t c = 0; c < 4; c++) {
        double ratio[M * N], sorted[M * N];
        spx_mat got;
        const spx_filter_spec spec = {.name = name, .keep = keeps[c]};
        filtered(&spec, &W, &dW, &got);
        for (size_t i = 0; i < (size_t)M * N; i++)
            sorted[i] = ratio[i] = fabs(dW.data[i] / (W.data[i] + away));
        qsort(sorted, (size_t)M * N, sizeof(double), ascending);
        const size_t k = (size_t)((1 - keeps[c]) * M * N);
        for (size_t i = 0; i < (size_t)M * N; i++)
            assert_true(got.data[i] == (k == 0 || ratio[i] >= sorted[k - more] ? dW.data[i] : 0));
        spx_mat_free(&got);
    }
    free_mats((spx_mat *[]){&W, &dW}, 2);
}

static void rect_keeps_the_relatively_largest_entries(void **state)
{
    (void)state;
    check_rect("rect", 0, 0);
    check_rect("rect-compat", 1e-8, 1);
}

static void rect_leaves_an_unchanged_entry_of_a_zero_weight(void **state)
{
    (void)state;
    double w[4] = {0, 1, 1, 1}, change[4] = {0, 1, 2, 3};
    const spx_mat W = {2, 2, 2, w}, dW = {2, 2, 2, change};
    const spx_filter_spec spec = {.name = "rect", .keep = 0.5};
    spx_mat got;
    filtered(&spec, &W, &dW, &got);
    const double want[4] = {0, 0, 2, 3};
    assert_memory_equal(got.data, want, sizeof want);
    spx_mat_free(&got);
}

/* Two changes of a weight, each filtered with what went before: the sum is the filtered sum. */
static void a_cumulative_map_sees_the_whole_change(void **state)
{
    (void)state;
    static const spx_filter_spec specs[] = {{.name = "prune"}, {.name = "spectral-cap"}};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(8);
    for (size_t c = 0; c < 2; c++) {
        spx_mat W0, W, d1, want;
        spx_update u = {0};
        pair(&W0, &d1, &rng);
        copy_mat(&W, &W0);
        for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] += d1.data[i];
        random_mat(&u.A, M, N, &rng);
        for (size_t i = 0; i < (size_t)M * N; i++) d1.data[i] += u.A.data[i];
        spx_filter *f = make(&specs[c], &W0);
        check_ok(spx_filter_refresh(f, &W, NULL, &err));
        check_ok(spx_filter_apply(f, &u, NULL, &err));
        spx_filter_spec once = specs[c];
        once.apply = "batch";
        filtered(&once, &W0, &d1, &want);
        for (size_t i = 0; i < (size_t)M * N; i++) u.A.data[i] += W.data[i] - W0.data[i];
        check_leq(distance(&u.A, &want), 1e-12);
        spx_filter_free(f);
        spx_update_free(&u);
        free_mats((spx_mat *[]){&W0, &W, &d1, &want}, 4);
    }
}

static void revive_cap_is_revive_and_then_the_cap(void **state)
{
    (void)state;
    static const spx_filter_spec revive = {.name = "revive", .k = 3, .basis = "original"},
                                 cap = {.name = "spectral-cap", .cap = 0.7, .apply = "batch"},
                                 both = {
                                     .name = "revive-cap", .k = 3, .cap = 0.7, .basis = "original"};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(11);
    spx_mat W0, W, d1, dW, want, whole;
    spx_update u = {0};
    spx_filter_report r;
    double before[M], after[M];
    pair(&W0, &d1, &rng);
    copy_mat(&W, &W0);
    check_ok(spx_update_alloc(&u, M, N, 2, &err));
    random_mat(&dW, M, N, &rng);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < M; j++) u.A.data[2 * j + i] = spx_rng_normal(&rng);
        for (size_t j = 0; j < N; j++) u.B.data[2 * j + i] = spx_rng_normal(&rng);
    }
    spx_gemm(&dW, 1, &u.A, SPX_N, &u.B, SPX_T, 0);
    for (size_t i = 0; i < (size_t)M * N; i++) W.data[i] += d1.data[i];

    filtered(&revive, &W0, &dW, &want);
    for (size_t i = 0; i < (size_t)M * N; i++) want.data[i] += d1.data[i];
    singular_values(&want, before);
    filtered(&cap, &W0, &want, &whole);
    singular_values(&whole, after);
    assert_true(before[0] > 1.4 && fabs(after[0] - 1.4) < 1e-12); /* 0.7 s_1(W0) */

    spx_filter *f = make(&both, &W0);
    check_ok(spx_filter_refresh(f, &W, NULL, &err));
    check_ok(spx_filter_apply(f, &u, &r, &err));
    assert_int_equal(r.k, 3);
    for (size_t i = 0; i < (size_t)M * N; i++) u.A.data[i] += d1.data[i];
    check_leq(distance(&u.A, &whole), 1e-12);
    spx_filter_free(f);
    spx_update_free(&u);
    free_mats((spx_mat *[]){&W0, &W, &d1, &dW, &want, &whole}, 6);
}

static void maps_survive_oom(void **state)
{
    (void)state;
    static const spx_filter_spec specs[] = {{.name = "prune"},
                                            {.name = "spectral-cap", .apply = "batch"},
                                            {.name = "norm-cap"},
                                            {.name = "rect", .basis = "original"},
                                            {.name = "norm-matched", .k = 2},
                                            {.name = "revive-cap", .k = 2}};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    for (size_t i = 0; i < 6; i++) {
        spx_filter *f = NULL;
        spx_update u;
        check_ok(spx_update_alloc(&u, M, N, 2, &err));
        u.A.data[0] = u.B.data[0] = 1;
        if (i != 4) check_ok(spx_update_expand(&u, &err)); /* norm-matched keeps factors */
        check_survives_oom(spx_filter_new(&specs[i], &W, &f, NULL));
        check_survives_oom(spx_filter_apply(f, &u, NULL, NULL));
        spx_filter_free(f);
        spx_update_free(&u);
    }
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_mapped_by_the_formulas),
        cmocka_unit_test(vectors_stay_under_a_map),
        cmocka_unit_test(the_norm_is_capped),
        cmocka_unit_test(scale_keeps_its_share_of_every_entry),
        cmocka_unit_test(dg_hard_cuts_at_the_published_levels),
        cmocka_unit_test(dg_hard_refuses_a_median_of_zero),
        cmocka_unit_test(factors_map_as_the_product_does),
        cmocka_unit_test(rect_keeps_the_relatively_largest_entries),
        cmocka_unit_test(rect_leaves_an_unchanged_entry_of_a_zero_weight),
        cmocka_unit_test(a_cumulative_map_sees_the_whole_change),
        cmocka_unit_test(revive_cap_is_revive_and_then_the_cap),
        cmocka_unit_test(maps_survive_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
