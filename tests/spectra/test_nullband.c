/* test_nullband.c: rounding alone stays inside the band, and the band is not far too wide. */
#include "check.h"

#include "spx/nullband.h"
#include "spx/rng.h"

#include <string.h>

/* x to `digits` significant bits, to nearest. */
static double rounded(double x, int digits)
{
    int exponent = 0;
    const double m = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(m, digits)), exponent - digits);
}

static const struct {
    spx_dtype type;
    int digits;
} types[] = {{SPX_BF16, 8}, {SPX_F16, 11}, {SPX_F32, 24}};

/* Kinds of matrices: plain noise; a heavy spectrum over noise; rows and columns of unlike size. */
static void fill(spx_mat *W, int kind, spx_rng *rng)
{
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++) W->data[i * W->ld + j] = 0.02 * spx_rng_normal(rng);
    for (size_t t = 0; kind == 1 && t < 12; t++) {
        double u[200], v[200];
        for (size_t i = 0; i < W->rows; i++) u[i] = spx_rng_normal(rng);
        for (size_t j = 0; j < W->cols; j++) v[j] = spx_rng_normal(rng);
        for (size_t i = 0; i < W->rows; i++)
            for (size_t j = 0; j < W->cols; j++)
                W->data[i * W->ld + j] += 0.05 / (1 + (double)t) * u[i] * v[j];
    }
    for (size_t i = 0; kind == 2 && i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            W->data[i * W->ld + j] *= (i % 17 == 3 ? 8 : 1) * (j % 29 == 5 ? 6 : 1);
}

static spx_svd decompose(const spx_mat *W)
{
    spx_error err = {0};
    spx_svd f;
    const spx_svd_opts o = {.engine = "full", .k = W->rows < W->cols ? W->rows : W->cols};
    check_ok(spx_svd_compute(W, &o, &f, &err));
    return f;
}

/* Numbers seen, numbers outside the band, and the sum of what the largest angles use of it. */
typedef struct tally {
    size_t seen, outside;
    double most;
} tally;

static void hold(double now, double ideal, double null, const char *name, tally *t)
{
    const double away = fabs(now - ideal), allowed = fabs(null - ideal) + 1e-12;
    t->seen++;
    t->outside += away <= allowed ? 0 : 1;
    if (!(away <= 1.5 * allowed)) {
        print_error("%s: %.6g, ideal %.6g, null %.6g\n", name, now, ideal, null);
        fail();
    }
}

/* Every number of a comparison. */
static void hold_all(const spx_subspace *same, const spx_subspace *now, const spx_subspace *null,
                     tally *t)
{
    for (size_t i = 0; spx_subspace_metric(i); i++)
        hold(now->value[i], same->value[i], null->value[i], spx_subspace_metric(i)->name, t);
    for (size_t j = 0; spx_subspace_row(j); j++)
        for (size_t i = 0; i < now->k; i++)
            hold(now->row[j][i], same->row[j][i], null->row[j][i], spx_subspace_row(j)->name, t);
    const size_t last = now->k - 1;
    t->most += now->row[SPX_ROW_THETA_U][last] / null->row[SPX_ROW_THETA_U][last];
}

static void rounding_alone_stays_inside_the_band(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{60, 150}, {80, 80}, {140, 50}};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(17);
    tally all = {0};
    const size_t cases = 3 * 3 * 3 * 4;
    for (size_t c = 0; c < cases; c++) {
        const size_t *shape = shapes[c % 3], k = 4 + 5 * (c / 27);
        const size_t t = c / 9 % 3;
        spx_mat W, R;
        spx_subspace same, now, null;
        check_ok(spx_mat_alloc(&W, shape[0], shape[1], &err));
        check_ok(spx_mat_alloc(&R, shape[0], shape[1], &err));
        fill(&W, (int)(c / 3 % 3), &rng);
        for (size_t i = 0; i < W.rows * W.cols; i++)
            R.data[i] = rounded(W.data[i], types[t].digits);
        spx_svd base = decompose(&W), later = decompose(&R);
        const spx_subspace_pair self = {.base = &base, .now = &base, .W = &W, .k = k},
                                pair = {.base = &base, .now = &later, .W = &R, .k = k};
        check_ok(spx_subspace_compare(&self, &same, &err));
        check_ok(spx_subspace_compare(&pair, &now, &err));
        check_ok(spx_nullband(&pair, types[t].type, &null, &err));
        hold_all(&same, &now, &null, &all);
        spx_subspace_free(&same);
        spx_subspace_free(&now);
        spx_subspace_free(&null);
        spx_svd_free(&base);
        spx_svd_free(&later);
        spx_mat_free(&W);
        spx_mat_free(&R);
    }
    check_leq((double)all.outside / (double)all.seen, 2e-3);
    check_leq(0.1, all.most / (double)cases); /* a band ten times too wide would hide changes */
}

/* The band of an angle grows with the unit roundoff: bf16's is 2^16 times that of float. */
static void the_band_scales_with_the_type(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    spx_subspace coarse, fine, none;
    check_ok(spx_mat_alloc(&W, 40, 70, &err));
    fill(&W, 1, &rng);
    spx_svd base = decompose(&W);
    const spx_subspace_pair self = {.base = &base, .now = &base, .W = &W, .k = 3};
    check_ok(spx_nullband(&self, SPX_BF16, &coarse, &err));
    check_ok(spx_nullband(&self, SPX_F32, &fine, &err));
    check_ok(spx_nullband(&self, SPX_Q4_1, &none, &err));
    const double ratio = coarse.row[SPX_ROW_THETA_V][2] / (0x1p16 * fine.row[SPX_ROW_THETA_V][2]);
    check_leq(fabs(ratio - 1), 1e-2); /* first order: exact but for the arctangent */
    for (size_t i = 0; spx_subspace_metric(i); i++) assert_true(isnan(none.value[i]));
    spx_subspace again = {0};
    check_survives_oom(spx_nullband(&self, SPX_F16, &again, NULL));
    spx_subspace_free(&again);
    spx_subspace_free(&coarse);
    spx_subspace_free(&fine);
    spx_subspace_free(&none);
    spx_svd_free(&base);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_alone_stays_inside_the_band),
        cmocka_unit_test(the_band_scales_with_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
