/* test_rounding.c: the noise model of rounding against definitions by loops, against rounding
 * itself, and the same by any panels. */
#include "matrices.h"

#include "spx/rounding.h"

#include <string.h>

enum { M = 30, N = 50 };

static const struct {
    spx_dtype type;
    int digits;   /* of the significand */
    int exponent; /* of the smallest normal number, 2^exponent */
} types[] = {{SPX_F32, 24, -126}, {SPX_BF16, 8, -126}, {SPX_F16, 11, -14}};
enum { TYPES = sizeof types / sizeof *types };

/* The distance of neighbouring numbers of the type around x. */
static double spacing(size_t t, double x)
{
    int e = 0;
    frexp(x, &e); /* |x| in [2^(e-1), 2^e) */
    const int least = types[t].exponent;
    return ldexp(1, (x == 0 || e - 1 < least ? least : e - 1) - types[t].digits + 1);
}

static double variance(size_t t, double x) { return spacing(t, x) * spacing(t, x) / 12; }

/* Rows and columns of unlike size, some zeros and some subnormal numbers. */
static void make_weight(spx_mat *W, spx_rng *rng)
{
    random_mat(W, M, N, rng);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) W->data[i * N + j] *= ldexp(1, (int)(i % 5) - (int)(j % 7));
    W->data[3] = 0;
    W->data[N] = ldexp(1.5, -130);
}

/* Every number of spx_rounding by its definition. */
static void numbers_are_those_of_the_definitions(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_mat W;
    make_weight(&W, &rng);
    for (size_t t = 0; t < TYPES; t++) {
        spx_error err = {0};
        spx_scratch tmp = {0};
        spx_rounding r;
        double total = 0, inner = 0, most = 0, widest_row = 0, widest_col = 0;
        double row[M] = {0}, col[N] = {0};
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) {
                const double w = W.data[i * N + j], v = variance(t, w);
                row[i] += v;
                col[j] += v;
                total += v;
                inner += w * w * v;
                most = fmax(most, v);
            }
        for (size_t i = 0; i < M; i++) widest_row = fmax(widest_row, row[i]);
        for (size_t j = 0; j < N; j++) widest_col = fmax(widest_col, col[j]);
        check_ok(spx_rounding_measure(&W, types[t].type, &r, &tmp, &err));
        const double mean = total / (M * N), tight = 1e-13;
        const double edge = sqrt(widest_row) + sqrt(widest_col) + 3 * sqrt(most);
        check_leq(fabs(r.rms / sqrt(mean) - 1), tight);
        check_leq(fabs(r.edge / edge - 1), tight);
        check_leq(fabs(r.inner / sqrt(inner) - 1), tight);
        for (size_t i = 0; i < M; i++) check_leq(fabs(r.row[i] / (row[i] / N / mean) - 1), tight);
        for (size_t j = 0; j < N; j++) check_leq(fabs(r.col[j] / (col[j] / M / mean) - 1), tight);
        spx_scratch_free(&tmp);
    }
    spx_mat_free(&W);
}

/* Rounding to nearest itself: the errors' mean square is rms^2, and none reaches the edge. */
static void rounding_itself_is_as_the_model_says(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(2);
    spx_mat W;
    random_mat(&W, M, N, &rng);
    for (size_t t = 0; t < TYPES; t++) {
        spx_error err = {0};
        spx_scratch tmp = {0};
        spx_rounding r;
        double square = 0;
        for (size_t i = 0; i < (size_t)M * N; i++) {
            const double u = spacing(t, W.data[i]), e = rint(W.data[i] / u) * u - W.data[i];
            square += e * e;
        }
        check_ok(spx_rounding_measure(&W, types[t].type, &r, &tmp, &err));
        const double expected = r.rms * r.rms * M * N;
        check_leq(fabs(square / expected - 1), 0.2); /* 1500 squares of uniform errors: 3 sd */
        check_leq(r.rms * sqrt(M), r.edge);          /* below |E|_2 >= |E|_F / sqrt(M) */
        spx_scratch_free(&tmp);
    }
    spx_mat_free(&W);
}

/* Rows in panels of any height and order give what the whole matrix gives. */
static void panels_in_any_order_give_the_same(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(3);
    spx_scratch tmp = {0};
    spx_rounding whole, parts;
    spx_mat W;
    make_weight(&W, &rng);
    check_ok(spx_rounding_measure(&W, SPX_BF16, &whole, &tmp, &err));
    check_ok(spx_rounding_begin(M, N, SPX_BF16, &parts, &tmp, &err));
    static const size_t at[][2] = {{20, 10}, {0, 1}, {1, 19}}; /* first row, rows */
    for (size_t p = 0; p < 3; p++) {
        const spx_mat panel = spx_mat_view(&W, at[p][0], 0, at[p][1], N);
        spx_rounding_rows(&parts, at[p][0], &panel);
    }
    spx_rounding_end(&parts);
    check_leq(fabs(parts.rms / whole.rms - 1), 1e-14);
    check_leq(fabs(parts.edge / whole.edge - 1), 1e-14);
    check_leq(fabs(parts.inner / whole.inner - 1), 1e-14);
    for (size_t i = 0; i < M; i++) check_leq(fabs(parts.row[i] - whole.row[i]), 1e-13);
    for (size_t j = 0; j < N; j++) check_leq(fabs(parts.col[j] - whole.col[j]), 1e-13);
    spx_scratch_free(&tmp);
    spx_mat_free(&W);
}

static void other_types_are_refused_and_memory_may_end(void **state)
{
    (void)state;
    static const spx_dtype others[] = {SPX_I32, SPX_Q4_1, SPX_Q8_0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W;
    random_mat(&W, 4, 6, &rng);
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        spx_scratch tmp = {0};
        spx_rounding r;
        assert_int_equal(spx_rounding_measure(&W, others[i], &r, &tmp, &err), SPX_EUNSUP);
        assert_non_null(strstr(err.text, spx_dtype_name(others[i])));
        assert_null(r.row);
        spx_scratch_free(&tmp);
    }
    spx_scratch tmp = {0};
    spx_rounding r;
    check_survives_oom(spx_rounding_measure(&W, SPX_F32, &r, &tmp, NULL));
    spx_scratch_free(&tmp);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_definitions),
        cmocka_unit_test(rounding_itself_is_as_the_model_says),
        cmocka_unit_test(panels_in_any_order_give_the_same),
        cmocka_unit_test(other_types_are_refused_and_memory_may_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
