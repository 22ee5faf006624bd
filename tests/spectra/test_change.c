/* test_change.c: planted changes: their rank above rounding, where they lie, the bounds they obey.
 */
#include "check.h"

#include "spx/change.h"
#include "spx/rng.h"
#include "spx/subspace.h"

#include <string.h>

enum { M = 60, N = 90, K = 5 };

static double value_of(const spx_change *c, const char *name)
{
    for (size_t i = 0; spx_change_metric(i); i++)
        if (strcmp(spx_change_metric(i)->name, name) == 0) return c->value[i];
    fail_msg("no metric %s", name);
    return 0;
}

static double rounded(double x, int digits)
{
    int exponent = 0;
    const double m = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(m, digits)), exponent - digits);
}

/* Noise with K strong directions, on the grid of the type. */
static void make_base(spx_mat *W, int digits, spx_rng *rng)
{
    spx_error err = {0};
    double u[K][M], v[K][N];
    check_ok(spx_mat_alloc(W, M, N, &err));
    for (size_t t = 0; t < K; t++) {
        for (size_t i = 0; i < M; i++) u[t][i] = spx_rng_normal(rng);
        for (size_t j = 0; j < N; j++) v[t][j] = spx_rng_normal(rng);
    }
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            double w = 0.02 * spx_rng_normal(rng);
            for (size_t t = 0; t < K; t++) w += 0.04 / (double)(t + 1) * u[t][i] * v[t][j];
            W->data[i * N + j] = rounded(w, digits);
        }
}

/* W <- W0 + a change of that rank, `size` times as large in the Frobenius norm, rounded. */
static void edit(const spx_mat *W0, size_t rank, double size, int digits, spx_mat *W, spx_rng *rng)
{
    spx_error err = {0};
    check_ok(spx_mat_alloc(W, M, N, &err));
    for (size_t t = 0; t < rank; t++) {
        double u[M], v[N];
        for (size_t i = 0; i < M; i++) u[i] = spx_rng_normal(rng);
        for (size_t j = 0; j < N; j++) v[j] = spx_rng_normal(rng);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) W->data[i * N + j] += u[i] * v[j];
    }
    spx_mat_scale(W, size * spx_norm_fro(W0) / spx_norm_fro(W));
    for (size_t i = 0; i < (size_t)M * N; i++)
        W->data[i] = rounded(W0->data[i] + W->data[i], digits);
}

static spx_svd decompose(const spx_mat *W, size_t k)
{
    spx_error err = {0};
    spx_svd f;
    const spx_svd_opts o = {.engine = "full", .k = k};
    check_ok(spx_svd_compute(W, &o, &f, &err));
    return f;
}

/* A stored edit has full rank; above the edge it has the rank of the edit. */
static void rank_counts_the_values_above_rounding(void **state)
{
    (void)state;
    static const struct {
        spx_dtype type;
        int digits;
    } types[] = {{SPX_F32, 24}, {SPX_BF16, 8}, {SPX_F16, 11}};
    static const double sizes[] = {0.01, 0.05, 0.2};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(21);
    for (size_t c = 0; c < 3 * 3 * 3; c++) {
        const size_t t = c % 3, rank = c / 9 == 0 ? 0 : c / 9 == 1 ? 4 : 9;
        spx_mat W0, W;
        spx_change d;
        make_base(&W0, types[t].digits, &rng);
        edit(&W0, rank ? rank : 1, rank ? sizes[c / 3 % 3] : 1e-3, types[t].digits, &W, &rng);
        for (size_t i = 0; rank == 0 && i < (size_t)M * N; i++) /* rounding, no edit */
            W.data[i] = W0.data[i] + rounded(W0.data[i] * 0x1p-40, 4);
        const spx_change_pair p = {.W0 = &W0, .W = &W, .type = types[t].type};
        check_ok(spx_change_measure(&p, &d, &err));
        assert_true(value_of(&d, "change_rank") == (double)rank);
        assert_true(isnan(value_of(&d, "share_change_u")));
        double square = 0;
        for (size_t i = 0; i < (size_t)M * N; i++)
            square += (W.data[i] - W0.data[i]) * (W.data[i] - W0.data[i]);
        check_leq(fabs(value_of(&d, "change_fro") / sqrt(square) - 1), 1e-13);
        spx_change_free(&d);
        spx_mat_free(&W0);
        spx_mat_free(&W);
    }
}

/* M values from 1 down to `least`, in vectors that are those of random matrices. */
static void plant(spx_mat *W, double least, double *s, spx_rng *rng)
{
    spx_error err = {0};
    spx_scratch tmp = {0};
    spx_mat U, V;
    check_ok(spx_mat_scratch(&tmp, &U, M, M, &err));
    check_ok(spx_mat_scratch(&tmp, &V, N, M, &err));
    check_ok(spx_mat_alloc(W, M, N, &err));
    for (size_t i = 0; i < (size_t)M * M; i++) U.data[i] = spx_rng_normal(rng);
    for (size_t i = 0; i < (size_t)N * M; i++) V.data[i] = spx_rng_normal(rng);
    check_ok(spx_linalg_orth(&U, &tmp, &err));
    check_ok(spx_linalg_orth(&V, &tmp, &err));
    for (size_t t = 0; t < M; t++) s[t] = pow(least, (double)t / (M - 1));
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) {
            long double w = 0;
            for (size_t t = M; t-- > 0;)
                w += (long double)U.data[i * M + t] * (long double)(s[t] * V.data[j * M + t]);
            W->data[i * N + j] = (double)w;
        }
    spx_scratch_free(&tmp);
}

/* One Gram matrix resolves seven decades; deflation finds values over as many as doubles hold. */
static void values_of_a_wide_spread_are_within_their_errors(void **state)
{
    (void)state;
    static const double spread[] = {1e-6, 1e-9, 1e-12, 1e-14};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(31);
    for (size_t c = 0; c < 4; c++) {
        spx_mat W0, W;
        spx_change d;
        double s[M];
        plant(&W, spread[c], s, &rng);
        check_ok(spx_mat_alloc(&W0, M, N, &err));
        const spx_change_pair p = {.W0 = &W0, .W = &W, .type = SPX_F64};
        check_ok(spx_change_measure(&p, &d, &err));
        assert_true(value_of(&d, "change_rank") == M);
        for (size_t i = 0; i < M; i++) {
            check_leq(fabs(d.s[i] - s[i]), d.error[i] + 1e-15);
            check_leq(d.error[i], fmax(1e-13, 1e-3 * s[i]));
        }
        spx_change_free(&d);
        spx_mat_free(&W0);
        spx_mat_free(&W);
    }
}

/* Of an edit far larger than what rounding leaves of it, that too is known as dgesdd knows it. */
static void values_of_a_low_rank_change_are_within_their_errors(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(33);
    for (size_t rank = 1; rank < 6; rank++) { /* at most M / 16 of them are found at once */
        spx_mat W0, W, D;
        spx_change d;
        make_base(&W0, 24, &rng);
        edit(&W0, rank, 300, 24, &W, &rng);
        check_ok(spx_mat_alloc(&D, M, N, &err));
        for (size_t i = 0; i < (size_t)M * N; i++) D.data[i] = W.data[i] - W0.data[i];
        spx_svd full = decompose(&D, 0);
        const spx_change_pair p = {.W0 = &W0, .W = &W, .type = SPX_F32};
        check_ok(spx_change_measure(&p, &d, &err));
        check_leq(value_of(&d, "change_edge"), 1e-7 * full.s[0]);
        assert_true(value_of(&d, "change_rank") == (double)rank);
        for (size_t i = 0; i < M; i++) {
            check_leq(fabs(d.s[i] - full.s[i]), d.error[i] + full.error[i]);
            check_leq(d.error[i], fmax(1e-13 * full.s[0], 1e-5 * full.s[i]));
        }
        spx_change_free(&d);
        check_survives_oom(spx_change_measure(&p, &d, NULL));
        spx_change_free(&d);
        spx_svd_free(&full);
        spx_mat_free(&W0);
        spx_mat_free(&W);
        spx_mat_free(&D);
    }
}

/* Shares and the map against sums over the base's whole grid, one entry at a time. */
static void shares_and_map_say_where_a_change_lies(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(4);
    spx_mat W0, W, map, D;
    spx_change d;
    make_base(&W0, 53, &rng);
    edit(&W0, 3, 0.1, 53, &W, &rng);
    spx_svd base = decompose(&W0, M), now = decompose(&W, M);
    const spx_change_pair p = {
        .W0 = &W0, .W = &W, .base = &base, .now = &now, .k = K, .type = SPX_F64};
    check_ok(spx_change_measure(&p, &d, &err));
    check_ok(spx_mat_alloc(&map, SPX_DECILES, SPX_DECILES, &err));
    check_ok(spx_change_map(&base, &W0, &W, &map, &err));
    check_ok(spx_mat_alloc(&D, M, N, &err));
    for (size_t i = 0; i < (size_t)M * N; i++) D.data[i] = W.data[i] - W0.data[i];
    double all = spx_dot(&D, &D), u = 0, v = 0, block = 0, tenths[10][10] = {{0}}, inside = 0;
    for (size_t a = 0; a < M; a++)
        for (size_t b = 0; b < M; b++) {
            double c = 0;
            for (size_t i = 0; i < M; i++)
                for (size_t j = 0; j < N; j++)
                    c += base.U.data[i * M + a] * D.data[i * N + j] * base.V.data[j * M + b];
            tenths[a / 6][b / 6] += c * c / all;
            block += (a < K && b < K) * c * c / all;
        }
    for (size_t a = 0; a < K; a++) {
        for (size_t j = 0; j < N; j++) {
            double c = 0;
            for (size_t i = 0; i < M; i++) c += base.U.data[i * M + a] * D.data[i * N + j];
            u += c * c / all;
        }
        for (size_t i = 0; i < M; i++) {
            double c = 0;
            for (size_t j = 0; j < N; j++) c += D.data[i * N + j] * base.V.data[j * M + a];
            v += c * c / all;
        }
    }
    check_leq(fabs(value_of(&d, "share_change_u") - u), 1e-12);
    check_leq(fabs(value_of(&d, "share_change_v") - v), 1e-12);
    check_leq(fabs(value_of(&d, "share_change_block") - block), 1e-12);
    for (size_t a = 0; a < 10; a++)
        for (size_t b = 0; b < 10; b++) {
            check_leq(fabs(map.data[a * 10 + b] - tenths[a][b]), 1e-12);
            inside += map.data[a * 10 + b];
        }
    check_leq(inside, 1 + 1e-12); /* the rest lies outside the span of V */
    spx_change_free(&d);
    spx_svd_free(&base);
    spx_svd_free(&now);
    spx_mat_free(&map);
    spx_mat_free(&D);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

static double distance(const spx_subspace *c, const char *name)
{
    for (size_t i = 0; spx_subspace_metric(i); i++)
        if (strcmp(spx_subspace_metric(i)->name, name) == 0) return c->value[i];
    fail_msg("no metric %s", name);
    return 0;
}

/* Weyl, Wedin and Yu-Wang-Samworth hold wherever they say something; a cut in the bulk is vacuous.
 */
static void bounds_hold_or_are_vacuous(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    size_t said = 0;
    for (size_t c = 0; c < 40; c++) {
        const size_t k = c % 4 == 3 ? 25 : 1 + c % 4;
        spx_mat W0, W;
        spx_change d;
        spx_subspace s;
        make_base(&W0, 53, &rng);
        edit(&W0, 2, 0.002 * (double)(1 + c / 4), 53, &W, &rng);
        spx_svd base = decompose(&W0, M), now = decompose(&W, M);
        const spx_change_pair p = {
            .W0 = &W0, .W = &W, .base = &base, .now = &now, .k = k, .type = SPX_F64};
        const spx_subspace_pair q = {.base = &base, .now = &now, .W = &W, .k = k};
        check_ok(spx_change_measure(&p, &d, &err));
        check_ok(spx_subspace_compare(&q, &s, &err));
        for (size_t i = 0; i < M; i++)
            check_leq(fabs(now.s[i] - base.s[i]), value_of(&d, "change_spectral") * (1 + 1e-12));
        const double u = distance(&s, "chordal_u"), v = distance(&s, "chordal_v");
        const double wedin = value_of(&d, "wedin_bound"), yws = value_of(&d, "yws_bound");
        if (!isnan(wedin)) check_leq(sqrt(u * u + v * v), wedin);
        if (!isnan(yws)) check_leq(fmax(u, v), yws);
        if (k == 25) assert_true(isnan(yws));
        said += (size_t)!isnan(wedin) + (size_t)!isnan(yws);
        spx_change_free(&d);
        spx_subspace_free(&s);
        spx_svd_free(&base);
        spx_svd_free(&now);
        spx_mat_free(&W0);
        spx_mat_free(&W);
    }
    assert_true(said >= 20);
}

static void special_pairs_and_lack_of_memory_are_handled(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat W0, W;
    spx_change d;
    make_base(&W0, 24, &rng);
    edit(&W0, 2, 0.1, 24, &W, &rng);
    const spx_mat part = spx_mat_view(&W, 0, 0, M, N - 1);
    spx_change_pair p = {.W0 = &W0, .W = &part, .type = SPX_F32};
    assert_int_equal(spx_change_measure(&p, &d, &err), SPX_ESHAPE);
    p.W = &W;
    p.type = SPX_Q4_1; /* a block's error is not a rounding of single entries */
    check_ok(spx_change_measure(&p, &d, &err));
    assert_true(isnan(value_of(&d, "change_rank")));
    spx_change_free(&d);
    spx_svd base = decompose(&W0, K), now = decompose(&W, K);
    const spx_change_pair whole = {
        .W0 = &W0, .W = &W, .base = &base, .now = &now, .k = K, .type = SPX_F32};
    check_survives_oom(spx_change_measure(&whole, &d, NULL));
    const spx_change_pair same = {
        .W0 = &W0, .W = &W0, .base = &base, .now = &base, .k = K, .type = SPX_F32};
    spx_change zero, none, in_place;
    check_ok(spx_change_measure(&same, &zero, &err));
    spx_change_none(&none);
    assert_true(value_of(&zero, "change_fro") == 0 && value_of(&zero, "change_rank") == 0);
    assert_true(value_of(&none, "change_fro") == 0 && value_of(&none, "change_rank") == 0);
    spx_change_pair last = whole;
    last.D = &W0;
    check_ok(spx_change_measure(&last, &in_place, &err));
    assert_memory_equal(in_place.value, d.value, sizeof d.value);
    assert_memory_equal(in_place.s, d.s, d.r * sizeof *d.s);
    spx_change_free(&in_place);
    spx_change_free(&zero);
    spx_change_free(&d);
    spx_svd_free(&base);
    spx_svd_free(&now);
    spx_mat_free(&W0);
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_counts_the_values_above_rounding),
        cmocka_unit_test(values_of_a_wide_spread_are_within_their_errors),
        cmocka_unit_test(values_of_a_low_rank_change_are_within_their_errors),
        cmocka_unit_test(shares_and_map_say_where_a_change_lies),
        cmocka_unit_test(bounds_hold_or_are_vacuous),
        cmocka_unit_test(special_pairs_and_lack_of_memory_are_handled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
