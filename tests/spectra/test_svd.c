/* test_svd.c: every engine through one table of spectra and shapes, against one-sided Jacobi in
 * long double; what each promises of its own errors; invariances; bad input. */
#include "matrices.h"
#include "spectra/svd_engines.h"

#include "spx/spectrum.h"
#include "spx/svd.h"

#include <stdbool.h>
#include <string.h>

enum { MOST = 40 };

static double departure_from_orthonormal(const spx_mat *Q)
{
    double worst = 0;
    for (size_t a = 0; a < Q->cols; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = -(double)(a == b);
            for (size_t i = 0; i < Q->rows; i++)
                sum += Q->data[i * Q->ld + a] * Q->data[i * Q->ld + b];
            worst = fmax(worst, fabs(sum));
        }
    return worst;
}

/* Makes columns a and b of X orthogonal by a rotation (Hestenes); returns the cosine they had. */
static long double rotate(long double X[MOST][MOST], size_t rows, size_t a, size_t b)
{
    long double p = 0, q = 0, c = 0;
    for (size_t i = 0; i < rows; i++) {
        p += X[i][a] * X[i][a];
        q += X[i][b] * X[i][b];
        c += X[i][a] * X[i][b];
    }
    if (c == 0) return 0;
    const long double zeta = (q - p) / (2 * c);
    const long double t = (zeta < 0 ? -1 : 1) / (fabsl(zeta) + sqrtl(1 + zeta * zeta));
    const long double cs = 1 / sqrtl(1 + t * t), sn = cs * t;
    for (size_t i = 0; i < rows; i++) {
        const long double x = X[i][a], y = X[i][b];
        X[i][a] = cs * x - sn * y;
        X[i][b] = sn * x + cs * y;
    }
    return fabsl(c) / sqrtl(p * q);
}

/* The singular values of W, descending, to about 1e-18 of the largest. */
static void reference_values(const spx_mat *W, long double *s)
{
    static long double X[MOST][MOST];
    const bool turned = W->cols > W->rows;
    const size_t rows = turned ? W->cols : W->rows, r = turned ? W->rows : W->cols;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < r; j++)
            X[i][j] = (long double)(turned ? W->data[j * W->ld + i] : W->data[i * W->ld + j]);
    long double worst = 1;
    for (int sweep = 0; sweep < 60 && worst > 1e-18L; sweep++) {
        worst = 0;
        for (size_t a = 0; a + 1 < r; a++)
            for (size_t b = a + 1; b < r; b++) worst = fmaxl(worst, rotate(X, rows, a, b));
    }
    for (size_t j = 0; j < r; j++) {
        long double sum = 0;
        for (size_t i = 0; i < rows; i++) sum += X[i][j] * X[i][j];
        size_t at = j;
        for (; at > 0 && s[at - 1] < sqrtl(sum); at--) s[at] = s[at - 1];
        s[at] = sqrtl(sum);
    }
}

/* What the spectra are: a value by its index and their number. */
static double geometric(size_t i, size_t r)
{
    return r > 1 ? 5 * pow(1e-12, (double)i / (double)(r - 1)) : 5;
}
static double mild(size_t i, size_t r) { return r > 1 ? 5 - 4.5 * (double)i / (double)(r - 1) : 5; }
static double clustered(size_t i, size_t r)
{
    (void)r;
    return i < 3 ? 7 : i < 6 ? 2 + 1e-13 * (double)i : i < 9 ? 1e-7 : 1e-9 + 1e-16 * (double)i;
}
static double deficient(size_t i, size_t r) { return 2 * i < r ? 3 - 1e-3 * (double)i : 0; }
static double equal(size_t i, size_t r)
{
    (void)i, (void)r;
    return 1;
}
static double rank_two(size_t i, size_t r)
{
    (void)r;
    return i < 2 ? 3 - (double)i : 0;
}
static double none(size_t i, size_t r)
{
    (void)i, (void)r;
    return 0;
}
static double huge(size_t i, size_t r) { return 1e200 * mild(i, r); }
static double minute(size_t i, size_t r) { return 1e-200 * mild(i, r); }

static double (*const spectra[])(size_t i, size_t r) = {
    mild, geometric, clustered, deficient, equal, rank_two, none, huge, minute};
enum { SPECTRA = sizeof spectra / sizeof *spectra };
static const size_t shapes[][2] = {{12, 30}, {30, 12}, {17, 17}, {1, 5}, {5, 1}, {1, 1}, {3, 40}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const struct {
    const char *name;
    spx_svd_opts o;
    bool exact; /* errors within a small multiple of eps s_1, and vectors as good as that */
} engines[] = {
    {"gram", {.engine = "gram", .k = 1}, false},
    {"gram, all triplets", {.engine = "gram", .k = MOST}, false},
    {"gram, accurate values", {.engine = "gram", .accurate = true}, true},
    {"gram, accurate triplets", {.engine = "gram", .k = MOST, .accurate = true}, true},
    {"full", {.engine = "full", .k = MOST}, true},
    {"randomized", {.engine = "randomized", .k = 2, .seed = 1}, false},
    {"randomized, all", {.engine = "randomized", .k = MOST, .seed = 2}, false},
};
enum { CASES = sizeof engines / sizeof *engines };

/* max of ||W v - s u|| and ||W^T u - s v|| by loops. */
static double residual_of(const spx_mat *W, const spx_svd *f)
{
    double worst = 0;
    for (size_t l = 0; l < f->k; l++) {
        double right = 0, left = 0;
        for (size_t i = 0; i < W->rows; i++) {
            double e = -f->s[l] * f->U.data[i * f->U.ld + l];
            for (size_t j = 0; j < W->cols; j++)
                e += W->data[i * W->ld + j] * f->V.data[j * f->V.ld + l];
            right = hypot(right, e);
        }
        for (size_t j = 0; j < W->cols; j++) {
            double e = -f->s[l] * f->V.data[j * f->V.ld + l];
            for (size_t i = 0; i < W->rows; i++)
                e += W->data[i * W->ld + j] * f->U.data[i * f->U.ld + l];
            left = hypot(left, e);
        }
        worst = fmax(worst, fmax(left, right));
    }
    return worst;
}

/* Tolerances: 200 eps covers sqrt(m + n) growth at these sizes; gram's other side loses the square
 * of s_1 / s_k >= 1e-4, and a value eps s_1^2 / s. */
static void check_answer(const spx_mat *W, size_t engine, const spx_svd *f)
{
    long double s[MOST], sum = 0;
    const double tight = 200 * DBL_EPSILON;
    const bool exact = engines[engine].exact || strcmp(f->engine, "full") == 0;
    reference_values(W, s);
    const double first = (double)s[0];
    for (size_t i = 0; i < f->r; i++) {
        sum += s[i];
        if (i > 0) assert_true(f->s[i] <= f->s[i - 1]);
        check_leq((double)fabsl((long double)f->s[i] - s[i]), f->error[i] + first * 1e-18);
        if (exact) check_leq(f->error[i], tight * first);
    }
    check_leq(f->nuclear_lo, (double)sum);
    check_leq((double)sum, f->nuclear_hi);
    const double loose = exact ? tight : 1e-7;
    check_leq(departure_from_orthonormal(&f->U), exact ? tight : 1e-12);
    check_leq(departure_from_orthonormal(&f->V), loose);
    if (f->k > 0 && first > 0) check_leq(fabs(f->residual - residual_of(W, f) / f->s[0]), tight);
    const bool partial = strcmp(f->engine, "randomized") == 0;
    if (!partial) check_leq(f->residual, loose);
}

static void every_engine_answers_on_every_spectrum(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(11);
    for (size_t i = 0; i < SHAPES * SPECTRA; i++) {
        const size_t m = shapes[i / SPECTRA][0], n = shapes[i / SPECTRA][1], r = m < n ? m : n;
        double s[MOST];
        spx_mat W;
        for (size_t j = 0; j < r; j++) s[j] = spectra[i % SPECTRA](j, r);
        planted(&W, m, n, s, r, &rng);
        for (size_t e = 0; e < CASES; e++) {
            spx_error err = {0};
            spx_svd f;
            spx_svd_opts o = engines[e].o;
            if (o.k > r) o.k = r;
            check_ok(spx_svd_compute(&W, &o, &f, &err));
            assert_int_equal(f.r, r);
            assert_int_equal(f.k, o.k);
            assert_true(f.note || strcmp(f.engine, o.engine) == 0);
            check_answer(&W, e, &f);
            spx_svd_free(&f);
        }
        spx_mat_free(&W);
    }
}

/* A change of low rank: the certificate is as small as rounding, and what is not there is zero. */
static void randomized_is_tight_on_low_rank(void **state)
{
    (void)state;
    enum { M = 90, N = 140, R = 6 };
    double s[R];
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(21);
    spx_mat W;
    spx_svd f;
    for (size_t i = 0; i < R; i++) s[i] = 3 / (1.0 + (double)i);
    planted(&W, M, N, s, R, &rng);
    const spx_svd_opts o = {.engine = "randomized", .k = R, .seed = 5};
    check_ok(spx_svd_compute(&W, &o, &f, &err));
    for (size_t i = 0; i < M; i++) {
        check_leq(fabs(f.s[i] - (i < R ? s[i] : 0)), f.error[i]);
        check_leq(f.error[i], 1e-13); /* 4 sqrt(90) eps s_1 and a little */
    }
    check_leq(f.nuclear_hi - f.nuclear_lo, 1e-11);
    check_leq(f.residual, 1e-14);
    spx_svd_free(&f);
    spx_mat_free(&W);
}

/* The bounds hold on a flat spectrum too, where they say little; power iterations help the values;
 * the seed decides the answer. */
static void randomized_bounds_hold_on_a_bulk(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(22);
    spx_mat W;
    spx_svd exact, f[3];
    double deficit[3];
    random_mat(&W, 80, 120, &rng);
    spx_svd_opts o = {.engine = "full"};
    check_ok(spx_svd_compute(&W, &o, &exact, &err));
    for (size_t p = 0; p < 3; p++) {
        o = (spx_svd_opts){.k = 10, .seed = p < 2 ? 1 : 2};
        const engine_id engine = p == 0 ? ENGINE_SKETCH : ENGINE_RANDOMIZED;
        check_ok(svd_by_engine(&W, &o, engine, &f[p], &err));
        assert_string_equal(f[p].engine, "randomized");
        deficit[p] = 0;
        double sum = 0;
        for (size_t i = 0; i < 80; i++) {
            check_leq(fabs(f[p].s[i] - exact.s[i]), f[p].error[i]);
            if (i < 10) deficit[p] += exact.s[i] - f[p].s[i];
            sum += exact.s[i];
        }
        check_leq(f[p].nuclear_lo, sum);
        check_leq(sum, f[p].nuclear_hi);
    }
    check_leq(deficit[1], 0.5 * deficit[0]);
    assert_true(f[1].s[0] != f[2].s[0]);
    for (size_t p = 0; p < 3; p++) spx_svd_free(&f[p]);
    spx_svd_free(&exact);
    spx_mat_free(&W);
}

/* Interlacing and Weyl for random changes of rank r, Mirsky too: sigma_{i+r} <= sigma'_i <=
 * sigma_{i-r}, |sigma'_i - sigma_i| <= ||D||_2, sum (sigma'_i - sigma_i)^2 <= ||D||_F^2. */
static void low_rank_changes_obey_the_inequalities(void **state)
{
    (void)state;
    enum { M = 40, N = 65 };
    spx_rng rng = spx_rng_seed(31);
    for (size_t r = 1; r <= 5; r++)
        for (size_t e = 0; e < 2; e++) {
            spx_error err = {0};
            spx_mat W, A, B, D;
            spx_svd f[3];
            const spx_svd_opts o = {.engine = e ? "full" : "gram"};
            random_mat(&W, M, N, &rng);
            random_mat(&A, M, r, &rng);
            random_mat(&B, N, r, &rng);
            random_mat(&D, M, N, &rng);
            spx_gemm(&D, 0.2 * (double)r, &A, SPX_N, &B, SPX_T, 0);
            check_ok(spx_svd_compute(&W, &o, &f[0], &err));
            for (size_t i = 0; i < M * N; i++) W.data[i] += D.data[i];
            check_ok(spx_svd_compute(&W, &o, &f[1], &err));
            check_ok(spx_svd_compute(&D, &o, &f[2], &err));
            const double slack = 1e-11;
            double mirsky = 0;
            for (size_t i = 0; i < M; i++) {
                if (i + r < M) check_leq(f[0].s[i + r], f[1].s[i] + slack);
                if (i >= r) check_leq(f[1].s[i], f[0].s[i - r] + slack);
                check_leq(fabs(f[1].s[i] - f[0].s[i]), f[2].s[0] + slack);
                mirsky += (f[1].s[i] - f[0].s[i]) * (f[1].s[i] - f[0].s[i]);
            }
            check_leq(sqrt(mirsky), spx_norm_fro(&D) + slack);
            for (size_t i = 0; i < 3; i++) spx_svd_free(&f[i]);
            spx_mat *const owned[] = {&W, &A, &B, &D};
            for (size_t i = 0; i < 4; i++) spx_mat_free(owned[i]);
        }
}

static size_t choose_share(const double *s, size_t r, void *tau)
{
    return spx_spectrum_k(s, r, *(const double *)tau);
}

/* k = min{ k : E(k) >= tau }, REVIVE Eq. 5, with a tie exactly at tau. */
static void values_choose_k(void **state)
{
    (void)state;
    static const double s[] = {4, 3, 2, 1};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(2);
    spx_mat W;
    spx_svd f;
    planted(&W, 4, 9, s, 4, &rng);
    static const struct {
        double tau;
        size_t k;
    } want[] = {{1e-6, 1}, {0.3, 1}, {0.45, 2}, {0.69, 2}, {0.75, 3}, {0.95, 4}, {1, 4}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        for (size_t a = 0; a < 2; a++) {
            double tau = want[i].tau;
            const spx_svd_opts o = {
                .engine = i % 2 ? "full" : NULL,
                .choose = choose_share,
                .choose_arg = &tau,
                .accurate = a,
            };
            check_ok(spx_svd_compute(&W, &o, &f, &err));
            assert_int_equal(f.k, want[i].k);
            assert_string_equal(f.engine, i % 2 ? "full" : "gram");
            spx_svd_free(&f);
        }
    spx_mat_free(&W);
}

static void signs_are_fixed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    random_mat(&W, 8, 20, &rng);
    for (size_t e = 0; e < CASES; e++) {
        spx_svd f;
        spx_svd_opts o = engines[e].o;
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        for (size_t j = 0; j < f.k; j++) {
            double most = 0;
            for (size_t i = 0; i < 8; i++)
                if (fabs(f.U.data[i * f.U.ld + j]) > fabs(most)) most = f.U.data[i * f.U.ld + j];
            assert_true(most > 0);
        }
        spx_svd_free(&f);
    }
    spx_mat_free(&W);
}

/* Squares of 2^1000 and 2^-950 are not doubles: each engine answers, as of the matrix that is not
 * scaled. */
static void engines_scale_what_squares_would_lose(void **state)
{
    (void)state;
    static const int exponents[] = {1000, -950, 450, -500};
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(21);
    spx_mat W, V;
    random_mat(&W, 12, 30, &rng);
    for (engine_id e = ENGINE_GRAM; e < ENGINES; e++)
        for (size_t x = 0; x < 4; x++) {
            spx_svd f, g;
            const spx_svd_opts o = {.k = 2};
            copy_mat(&V, &W);
            spx_mat_shift(&V, exponents[x]);
            check_ok(svd_by_engine(&W, &o, e, &f, &err));
            check_ok(svd_by_engine(&V, &o, e, &g, &err));
            assert_string_equal(f.engine, g.engine);
            assert_null(g.note);
            for (size_t i = 0; i < f.r; i++) {
                const double s = ldexp(g.s[i], -exponents[x]),
                             by = ldexp(g.error[i], -exponents[x]);
                check_leq(fabs(s - f.s[i]), 1e-14 * f.s[0]);
                check_leq(fabs(by / f.error[i] - 1), e < ENGINE_RANDOMIZED ? 1e-14 : 1e-6);
            }
            check_leq(g.residual, 1e-14 * (e < ENGINE_RANDOMIZED ? 1 : 1e15));
            spx_svd_free(&f);
            spx_svd_free(&g);
            spx_mat_free(&V);
        }
    check_ok(spx_mat_alloc(&V, 2, 2, &err));
    V.data[0] = V.data[1] = DBL_MAX;
    spx_svd f;
    const spx_svd_opts o = spx_svd_defaults();
    assert_int_equal(spx_svd_compute(&V, &o, &f, &err), SPX_ENUMERIC);
    assert_string_equal(err.text, "singular values exceed the range of doubles");
    assert_null(f.s);
    spx_mat_free(&V);
    spx_mat_free(&W);
}

/* What a Gram matrix loses the defaults know as dgesdd does, and say so; what it does not lose
 * stays as it is. */
static void the_defaults_resolve_every_value(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(22);
    for (size_t i = 0; i < SPECTRA; i++) {
        enum { R = 12 };
        double s[R];
        long double want[MOST];
        spx_error err = {0};
        spx_svd f;
        spx_mat W;
        spx_svd_opts o = spx_svd_defaults();
        o.k = 2;
        for (size_t j = 0; j < R; j++) s[j] = spectra[i](j, R);
        const bool lost = s[0] > 0 && s[R - 1] < 1e-6 * s[0];
        planted(&W, R, 30, s, R, &rng);
        reference_values(&W, want);
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        assert_true(lost == (f.note != NULL) && strcmp(f.engine, "gram") == 0);
        for (size_t j = 0; lost && j < R; j++) {
            check_leq((double)fabsl((long double)f.s[j] - want[j]), f.error[j]);
            check_leq(f.error[j], 20 * DBL_EPSILON * f.s[0]);
        }
        check_leq(f.residual, 1e-13);
        spx_svd_free(&f);
        check_survives_oom(spx_svd_compute(&W, &o, &f, NULL));
        spx_svd_free(&f);
        spx_mat_free(&W);
    }
}

/* Square and stored as its transpose: u is still W's left vector. */
static void a_square_matrix_may_be_stored_transposed(void **state)
{
    enum { N = 90 };
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(9);
    spx_mat stored, Wv;
    spx_svd f;
    spx_svd_opts o = spx_svd_defaults();
    o.k = 2;
    check_ok(spx_mat_alloc(&stored, N, N, &err));
    check_ok(spx_mat_alloc(&Wv, N, 2, &err));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            stored.data[i * N + j] = spx_rng_normal(&rng) + (j < 3 ? 9.0 / (double)(j + 1) : 0);
    const spx_panels W = {.rows = N, .cols = N, .trans = SPX_T, .held = &stored};
    check_ok(spx_svd_panels(&W, &o, &f, &err));
    check_leq(f.residual, 1e-12);
    spx_gemm(&Wv, 1, &stored, SPX_T, &f.V, SPX_N, 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < 2; j++)
            check_leq(fabs(Wv.data[i * 2 + j] - f.s[j] * f.U.data[i * 2 + j]), 1e-12 * f.s[0]);
    spx_svd_free(&f);
    spx_mat_free(&stored);
    spx_mat_free(&Wv);
}

/* Those that compute the top k only are not among them. */
static void whole_engines_compute_every_value(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(5);
    spx_mat W;
    size_t n = 0;
    random_mat(&W, 40, 30, &rng);
    spx_svd full, f;
    spx_svd_opts o = {.engine = "full"};
    check_ok(spx_svd_compute(&W, &o, &full, &err));
    for (const char *name = NULL; (name = spx_svd_whole_engine(n)); n++) {
        o.engine = name;
        check_ok(spx_svd_compute(&W, &o, &f, &err));
        assert_string_equal(f.engine, name);
        assert_string_not_equal(name, "randomized");
        for (size_t i = 0; i < f.r; i++)
            check_leq(fabs(f.s[i] - full.s[i]), f.error[i] + full.error[i]);
        spx_svd_free(&f);
    }
    assert_true(n > 1);
    assert_null(spx_svd_whole_engine(n + 1));
    spx_svd_free(&full);
    spx_mat_free(&W);
}

static void bad_input_is_rejected(void **state)
{
    (void)state;
    spx_rng rng = spx_rng_seed(1);
    spx_mat W;
    spx_svd f;
    spx_error err = {0};
    random_mat(&W, 3, 4, &rng);
    spx_svd_opts o = {.engine = "none"};
    assert_int_equal(spx_svd_compute(&W, &o, &f, &err), SPX_EINVAL);
    assert_string_equal(err.text,
                        "unknown SVD engine 'none' (expected one of: gram, full, randomized)");
    double tau = 0.5;
    o = (spx_svd_opts){.engine = "randomized", .choose = choose_share, .choose_arg = &tau};
    err = (spx_error){0};
    assert_int_equal(spx_svd_compute(&W, &o, &f, &err), SPX_EINVAL);
    assert_string_equal(err.text,
                        "the randomized engine needs a given k: it does not compute all values");
    const spx_mat empty = {0};
    o = spx_svd_defaults();
    assert_int_equal(spx_svd_compute(&empty, &o, &f, NULL), SPX_ESHAPE);
    for (size_t e = 0; e < CASES; e++) {
        o = engines[e].o;
        W.data[5] = (double)NAN;
        err = (spx_error){0};
        assert_int_equal(spx_svd_compute(&W, &o, &f, &err), SPX_ENUMERIC);
        assert_string_equal(err.text, "entry (1, 1) is not finite");
        assert_null(f.s);
        W.data[5] = 0;
        check_survives_oom(spx_svd_compute(&W, &o, &f, NULL));
        spx_svd_free(&f);
    }
    spx_mat_free(&W);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_answers_on_every_spectrum),
        cmocka_unit_test(randomized_is_tight_on_low_rank),
        cmocka_unit_test(randomized_bounds_hold_on_a_bulk),
        cmocka_unit_test(low_rank_changes_obey_the_inequalities),
        cmocka_unit_test(values_choose_k),
        cmocka_unit_test(signs_are_fixed),
        cmocka_unit_test(engines_scale_what_squares_would_lose),
        cmocka_unit_test(the_defaults_resolve_every_value),
        cmocka_unit_test(a_square_matrix_may_be_stored_transposed),
        cmocka_unit_test(whole_engines_compute_every_value),
        cmocka_unit_test(bad_input_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
