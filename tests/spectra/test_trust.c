/* test_trust.c: noise edges, the permutation null, rival laws of a tail and chance levels against
 * SciPy, powerlaw, diffract-core and simulations (tests/golden/trust.py). */
#define GOLDEN "trust"
#include "golden.h"

#include "spx/chance.h"
#include "spx/ckpt.h"
#include "spx/rng.h"
#include "spx/shuffled.h"
#include "spx/spectrum.h"

#include <string.h>

static const char *const cases[] = {"powerlaw", "lognormal", "exponential",
                                    "noise",    "spiked",    "tall"};
enum { CASES = sizeof cases / sizeof *cases };

/* The numbers of tensor NAME.PART, or of NAME if part is NULL. */
static void read_golden(const char *name, const char *part, size_t n, double *out)
{
    char full[64];
    snprintf(full, sizeof full, "%s%s%s", name, part ? "." : "", part ? part : "");
    const spx_tensor *t = spx_ckpt_find(golden, full);
    assert_non_null(t);
    assert_int_equal(spx_tensor_rows(t) * spx_tensor_cols(t), n);
    spx_tensor_read(t, 0, spx_tensor_rows(t), out);
}

/* A case's matrix and all its values by LAPACK. */
static void read_case(const char *name, spx_mat *W, spx_svd *f)
{
    spx_error err = {0};
    const spx_svd_opts o = {.engine = "full"};
    check_ok(spx_tensor_matrix(spx_ckpt_find(golden, name), W, &err));
    check_ok(spx_svd_compute(W, &o, f, &err));
}

static double metric(const double *value, const char *name)
{
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        if (strcmp(spx_spectrum_metric(i)->name, name) == 0) return value[i];
    fail_msg("no metric %s", name);
    return 0;
}

static void check_near(double value, double want, double tolerance)
{
    check_leq(fabs(value - want), tolerance * fmax(1, fabs(want)));
}

/* Beside the Fredholm determinant: relative to the tail, and to 1e-6 where the tail is all. */
static void the_tail_of_tracy_and_widoms_law_is_the_determinants(void **state)
{
    (void)state;
    double want[30];
    read_golden("tracy_widom", NULL, 30, want);
    for (size_t i = 0; i < 15; i++) {
        const double x = want[2 * i], p = want[2 * i + 1];
        check_leq(fabs(spx_tracy_widom_above(x) / p - 1), x < -3 ? 1e-6 : x < 7 ? 1e-9 : 1e-8);
    }
    assert_true(spx_tracy_widom_above(-1e9) == 1 && spx_tracy_widom_above(1e9) == 0);
    assert_true(isnan(spx_tracy_widom_above((double)NAN)));
}

static void edges_are_those_of_scipy_and_diffract(void **state)
{
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        double want[6], theirs[2], value[SPX_SPECTRUM_METRICS];
        spx_mat W;
        spx_svd f;
        read_golden(cases[c], "edge", 6, want);
        read_golden(cases[c], "diffract", 2, theirs);
        read_case(cases[c], &W, &f);
        const spx_spectrum x = {.s = f.s, .r = f.r, .rows = f.rows, .cols = f.cols, .tau = 0.1};
        assert_int_equal(spx_spectrum_measure(&x, value, NULL, NULL), SPX_OK);
        check_near(metric(value, "mp_sigma"), want[0], 1e-6); /* the median's midpoint rule */
        check_near(metric(value, "tw_edge"), want[1], 1e-6);
        check_near(metric(value, "tw_edge"), theirs[0], 1e-5); /* their quantile is a spline */
        check_near(metric(value, "tw_statistic"), want[2], 1e-4);
        check_near(metric(value, "tw_p"), want[3], 1e-5);
        assert_true(metric(value, "tw_spikes") == want[4]);
        check_near(metric(value, "mp_ks"), want[5], 1e-5);
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

/* A maximum that powerlaw's search has approached to 1e-8 or so is met to 1e-6; at the edge of a
 * law's domain it stops short, so ratios may be lower here by what it lacks. */
static void rival_laws_are_those_of_powerlaw(void **state)
{
    (void)state;
    static const char *const names[] = {"truncated_ratio", "truncated_p",     "exponential_ratio",
                                        "exponential_p",   "lognormal_ratio", "lognormal_p",
                                        "truncated_alpha", "truncated_rate"};
    for (size_t c = 0; c < CASES; c++) {
        double want[8], value[SPX_SPECTRUM_METRICS];
        spx_mat W;
        spx_svd f;
        read_golden(cases[c], "rivals", 8, want);
        read_case(cases[c], &W, &f);
        const spx_spectrum x = {.s = f.s, .r = f.r, .rows = f.rows, .cols = f.cols, .tau = 0.1};
        assert_int_equal(spx_spectrum_measure(&x, value, NULL, NULL), SPX_OK);
        for (size_t i = 0; i < 8; i++) {
            const double got = metric(value, names[i]);
            if (fabs(got - want[i]) > 2e-4 * fmax(1, fabs(want[i])))
                print_error("%s %s: %.9g, powerlaw %.9g\n", cases[c], names[i], got, want[i]);
            check_near(got, want[i], i == 1 ? 2e-3 : 2e-4);
        }
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

/* Values spaced as quantiles of each law, cut at 1: the law is told. */
static void the_law_of_a_tail_is_told(void **state)
{
    (void)state;
    enum { N = 400 };
    static const double want[] = {0, 1, 2};
    for (size_t c = 0; c < 3; c++) {
        double s[N];
        size_t kept = 0;
        for (size_t i = 0; i < N; i++) {
            const double u = ((double)i + 0.5) / N; /* of the upper tail */
            const double power = pow(u, -1 / 1.2), plain = 1 - log(u) / 0.8;
            /* x^-1.6 e^(-x / 20): a power law of which e^(-x / 20) is kept, by thinning */
            if (c == 1 &&
                fmod(((double)i + 0.5) * 0.6180339887498949, 1) > exp(-pow(u, -1 / 0.6) / 20))
                continue;
            s[kept++] = sqrt(c == 0 ? power : c == 1 ? pow(u, -1 / 0.6) : plain);
        }
        const spx_power_law fit = spx_spectrum_power_law(s, kept);
        spx_power_law from_1 = {.xmin = s[kept - 1] * s[kept - 1], .tail = kept};
        double logs = 0;
        for (size_t i = 0; i < kept; i++) logs += log(s[i] * s[i] / from_1.xmin);
        from_1.alpha = 1 + (double)kept / logs;
        spx_tail_rival rival[SPX_TAIL_RIVALS];
        spx_spectrum_rivals(s, &from_1, rival);
        assert_true(spx_spectrum_favoured(rival) == want[c]);
        assert_true(fit.tail > 0);
    }
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The families hold the power law, so that none of them is less likely than it: on spectra of every
 * kind, scale and spread. */
static void a_family_that_holds_the_power_law_is_no_worse(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(17);
    for (size_t c = 0; c < 400; c++) {
        double s[200];
        const size_t r = 20 + spx_rng_below(&rng, 181);
        const double spread = exp(2 * spx_rng_normal(&rng)), scale = exp(3 * spx_rng_normal(&rng));
        for (size_t i = 0; i < r; i++) {
            const double u = 1 - spx_rng_uniform(&rng);
            s[i] = c % 4 == 0   ? pow(u, -spread / 4)
                   : c % 4 == 1 ? exp(spread * spx_rng_normal(&rng))
                   : c % 4 == 2 ? 1 + 0.01 * spread * u
                                : spread - log(u);
            s[i] *= 0.1 + scale;
        }
        qsort(s, r, sizeof *s, descending);
        const spx_power_law fit = spx_spectrum_power_law(s, r);
        spx_tail_rival rival[SPX_TAIL_RIVALS];
        spx_spectrum_rivals(s, &fit, rival);
        assert_int_equal(isnan(rival[0].ratio), fit.tail == 0 || isinf(s[0] * s[0]));
        if (isnan(rival[0].ratio)) continue;
        check_leq(rival[SPX_TAIL_TRUNCATED].ratio, 1e-7 * (double)fit.tail);
        check_leq(rival[SPX_TAIL_LOGNORMAL].ratio, 1e-7 * (double)fit.tail);
        for (size_t i = 0; i < SPX_TAIL_RIVALS; i++) {
            check_leq(0, rival[i].p);
            check_leq(rival[i].p, 1);
        }
    }
}

/* No tail, no rivals; a tail at which the best truncated law is the power law has ratio 0. */
static void a_tail_without_rivals_says_so(void **state)
{
    (void)state;
    static const double few[] = {3, 2, 1};
    const spx_power_law none = spx_spectrum_power_law(few, 3);
    spx_tail_rival rival[SPX_TAIL_RIVALS];
    spx_spectrum_rivals(few, &none, rival);
    for (size_t i = 0; i < SPX_TAIL_RIVALS; i++)
        assert_true(isnan(rival[i].ratio) && isnan(rival[i].p) && isnan(rival[i].parameter[0]));
    assert_true(isnan(spx_spectrum_favoured(rival)));
    double s[100];
    for (size_t i = 0; i < 100; i++) s[i] = pow((double)i + 0.5, -0.5 / 1.5);
    s[0] *= 4; /* heavier than any cut law */
    const spx_power_law fit = {.alpha = 2.6, .xmin = s[99] * s[99], .tail = 100};
    spx_spectrum_rivals(s, &fit, rival);
    assert_true(rival[SPX_TAIL_TRUNCATED].ratio == 0 && rival[SPX_TAIL_TRUNCATED].p == 1);
    assert_true(rival[SPX_TAIL_TRUNCATED].parameter[1] == 0);
}

static void a_spectrum_without_noise_has_no_edge(void **state)
{
    (void)state;
    static const double s[] = {3, 2, 0, 0, 0}; /* the median is 0 */
    double value[SPX_SPECTRUM_METRICS];
    const spx_spectrum x = {.s = s, .r = 5, .rows = 5, .cols = 9, .tau = 0.1};
    assert_int_equal(spx_spectrum_measure(&x, value, NULL, NULL), SPX_OK);
    assert_true(isnan(metric(value, "tw_edge")) && isnan(metric(value, "tw_spikes")));
    assert_true(isnan(metric(value, "tw_p")) && isnan(metric(value, "mp_ks")));
    assert_false(spx_spectrum_is_noise(value, 5));
}

static void shuffled_spectra_are_those_of_scipy_and_diffract(void **state)
{
    (void)state;
    spx_error err = {0};
    for (size_t c = 0; c < CASES; c++) {
        double want[4], theirs[2], value[SPX_SHUFFLED_METRICS];
        spx_mat W;
        spx_svd f;
        read_golden(cases[c], "shuffled", 4, want);
        read_golden(cases[c], "diffract", 2, theirs);
        read_case(cases[c], &W, &f);
        check_ok(spx_shuffled_measure(&W, &f, 5, value, &err));
        for (size_t i = 0; i < 4; i++) check_near(value[i], want[i], 1e-9);
        check_near(value[0], theirs[1], 1e-9);
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

static void a_shuffle_of_zeros_is_nothing(void **state)
{
    (void)state;
    spx_error err = {0};
    double value[SPX_SHUFFLED_METRICS];
    spx_mat W;
    spx_svd f;
    const spx_svd_opts o = spx_svd_defaults();
    check_ok(spx_mat_alloc(&W, 4, 6, &err));
    check_ok(spx_svd_compute(&W, &o, &f, &err));
    check_ok(spx_shuffled_measure(&W, &f, 1, value, &err));
    for (size_t i = 0; i < SPX_SHUFFLED_METRICS; i++) assert_true(isnan(value[i]));
    spx_svd_free(&f);
    for (size_t i = 0; i < 24; i++) W.data[i] = (double)(i % 7);
    check_ok(spx_svd_compute(&W, &o, &f, &err));
    check_survives_oom(spx_shuffled_measure(&W, &f, 1, value, &err));
    spx_svd_free(&f);
    spx_mat_free(&W);
}

/* Means over random subspaces; the laws are those of many dimensions, so that a fortieth of the
 * spread of a pair and a share of the value are allowed. */
static void chance_levels_are_means_of_random_subspaces(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t m, n, k;
    } shapes[] = {{"chance.48.80.6", 48, 80, 6}, {"chance.48.64.30", 48, 64, 30}};
    static const char *const names[] = {
        "lss_g_u",     "lss_g_v",     "lss_p_u",     "lss_p_v",     "svs_u",        "svs_v",
        "svs_match_u", "svs_match_v", "theta_max_u", "theta_max_v", "theta_mean_u", "theta_mean_v",
        "geodesic_u",  "geodesic_v",  "chordal_u",   "chordal_v",   "projection_u", "projection_v"};
    enum { NAMES = sizeof names / sizeof *names };
    spx_error err = {0};
    for (size_t c = 0; c < 2; c++) {
        double want[2 * NAMES], value[SPX_SUBSPACE_METRICS], s[48];
        read_golden(shapes[c].name, NULL, (size_t)2 * NAMES, want);
        for (size_t i = 0; i < 48; i++) s[i] = 1;
        const spx_svd f = {.rows = shapes[c].m, .cols = shapes[c].n, .r = 48, .s = s};
        check_ok(spx_chance_subspace(&f, shapes[c].k, value, &err));
        for (size_t i = 0; i < NAMES; i++)
            for (size_t j = 0; spx_subspace_metric(j); j++) {
                if (strcmp(spx_subspace_metric(j)->name, names[i]) != 0) continue;
                const bool drawn = strncmp(names[i], "svs_match", 9) == 0;
                const double allowed = (drawn ? 4 : 0.1) * want[2 * i + 1] + 0.01 * want[2 * i];
                if (fabs(value[j] - want[2 * i]) > allowed)
                    print_error("%s %s: %g, simulated %g\n", shapes[c].name, names[i], value[j],
                                want[2 * i]);
                check_leq(fabs(value[j] - want[2 * i]), allowed);
            }
    }
}

/* A whole space has all of itself; what has no chance level is NaN. */
static void chance_levels_at_the_ends(void **state)
{
    (void)state;
    static const double s[] = {2, 1, 1, 1};
    const spx_svd f = {.rows = 4, .cols = 16, .r = 4, .s = (double[]){s[0], s[1], s[2], s[3]}};
    spx_error err = {0};
    double value[SPX_SUBSPACE_METRICS], change[SPX_CHANGE_METRICS];
    check_ok(spx_chance_subspace(&f, 4, value, &err));
    for (size_t i = 0; spx_subspace_metric(i); i++) {
        const char *name = spx_subspace_metric(i)->name;
        if (strcmp(name, "lss_g_u") == 0) assert_true(value[i] == 1);
        if (strcmp(name, "theta_max_u") == 0) assert_true(value[i] == 0);
        if (strcmp(name, "lss_g_v") == 0) assert_true(value[i] == 0.25);
        if (strcmp(name, "retention_v") == 0) check_near(value[i], 0.25, 1e-15);
        if (strcmp(name, "kept") == 0) assert_true(isnan(value[i]));
    }
    spx_chance_change(4, 16, 2, change);
    for (size_t i = 0; spx_change_metric(i); i++) {
        const char *name = spx_change_metric(i)->name;
        if (strcmp(name, "share_change_u") == 0) assert_true(change[i] == 0.5);
        if (strcmp(name, "share_change_block") == 0) assert_true(change[i] == 0.0625);
        if (strcmp(name, "change_rank") == 0) assert_true(isnan(change[i]));
    }
    check_survives_oom(spx_chance_subspace(&f, 2, value, &err));
}

/* Normal and uniform entries look initialised; five directions over them do not. */
static void fresh_weights_are_told_from_others(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    for (int kind = 0; kind < 3; kind++) {
        double value[SPX_SPECTRUM_METRICS];
        spx_mat W;
        spx_svd f;
        const spx_svd_opts o = spx_svd_defaults();
        check_ok(spx_mat_alloc(&W, 96, 160, &err));
        for (size_t i = 0; i < W.rows * W.cols; i++)
            W.data[i] = kind == 1 ? spx_rng_uniform(&rng) - 0.5 : spx_rng_normal(&rng);
        for (size_t i = 0; kind == 2 && i < W.rows * W.cols; i++)
            W.data[i] += (double)(i / W.cols % 5 == 0) * (i % 5 == 1 ? 1.5 : 0);
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        const spx_spectrum x = {.s = f.s, .r = f.r, .rows = f.rows, .cols = f.cols, .tau = 0.1};
        assert_int_equal(spx_spectrum_measure(&x, value, NULL, NULL), SPX_OK);
        assert_int_equal(spx_spectrum_is_noise(value, f.r), kind != 2);
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

/* Every row says what it is: --explain prints it. */
static void every_quantity_is_explained(void **state)
{
    (void)state;
    static const spx_quantity *(*const tables[])(size_t) = {
        spx_spectrum_metric, spx_shuffled_metric, spx_subspace_metric, spx_subspace_row,
        spx_change_metric};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; tables[t](i); i++) {
            const spx_quantity *q = tables[t](i);
            assert_true(q->name && q->units && q->long_name && q->source && q->range && q->reading);
            assert_true(*q->long_name && *q->source && *q->range && *q->reading);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tail_of_tracy_and_widoms_law_is_the_determinants),
        cmocka_unit_test(edges_are_those_of_scipy_and_diffract),
        cmocka_unit_test(rival_laws_are_those_of_powerlaw),
        cmocka_unit_test(the_law_of_a_tail_is_told),
        cmocka_unit_test(a_family_that_holds_the_power_law_is_no_worse),
        cmocka_unit_test(a_tail_without_rivals_says_so),
        cmocka_unit_test(a_spectrum_without_noise_has_no_edge),
        cmocka_unit_test(shuffled_spectra_are_those_of_scipy_and_diffract),
        cmocka_unit_test(a_shuffle_of_zeros_is_nothing),
        cmocka_unit_test(chance_levels_are_means_of_random_subspaces),
        cmocka_unit_test(chance_levels_at_the_ends),
        cmocka_unit_test(fresh_weights_are_told_from_others),
        cmocka_unit_test(every_quantity_is_explained),
    };
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
