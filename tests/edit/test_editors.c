/* test_editors.c: closed forms against dense LU solves by NumPy (golden/editors.py) and against
 * their normal equations, whatever the form in which they were solved. */
#define GOLDEN "editors"
#include "golden.h"

#include "spx/ckpt.h"
#include "spx/edit.h"
#include "spx/rng.h"

#include <string.h>

/* max |X - Y| / max |Y| */
static double difference(const spx_mat *X, const spx_mat *Y)
{
    double worst = 0, size = 0;
    assert_true(X->rows == Y->rows && X->cols == Y->cols);
    for (size_t i = 0; i < X->rows; i++)
        for (size_t j = 0; j < X->cols; j++) {
            worst = fmax(worst, fabs(X->data[i * X->ld + j] - Y->data[i * Y->ld + j]));
            size = fmax(size, fabs(Y->data[i * Y->ld + j]));
        }
    return worst / size;
}

#define ZERO (-1.0) /* stands for 0, which means "not set" in the table */
/* An editor under options, and the tensor that holds what it must do. */
static const struct {
    const char *editor, *expected;
    size_t past; /* keys Kp of earlier batches that are remembered, in two steps */
    size_t facts;
    struct {
        spx_edit_option option;
        double value;
    } set[4];
} cases[] = {
    {"memit", "memit", 0, 5, {{SPX_LAMBDA, 150}}},
    {"memit-seq", "memit-seq", 30, 5, {{SPX_LAMBDA, 150}}},
    {"memit-seq", "memit", 0, 5, {{SPX_LAMBDA, 150}}}, /* the first batch */
    {"encore", "encore", 30, 5, {{SPX_LAMBDA, 150}}},
    {"ridge", "ridge", 0, 5, {{SPX_LAMBDA, 7}}},
    {"alphaedit", "alphaedit", 30, 5, {{0}}},
    {"alphaedit", "alphaedit.first", 0, 5, {{0}}},
    {"alphaedit", "alphaedit.low", 30, 5, {{SPX_NULLSPACE_THRESHOLD, 0.2}, {SPX_L2, 1}}},
    {"alphaedit", "alphaedit.energy", 30, 5, {{SPX_NULLSPACE_ENERGY, 0.9}}},
    {"alphaedit", "alphaedit.kept", 30, 5, {{SPX_NULLSPACE_KEPT, 6}}},
    {"evoedit", "evoedit", 4, 5, {{0}}}, /* of ten dimensions */
    {"evoedit", "alphaedit.first", 0, 5, {{0}}},
    {"evoedit", "evoedit.low", 8, 5, {{SPX_NULLSPACE_THRESHOLD, 0.2}, {SPX_L2, 1}}},
    {"emmet", "emmet", 0, 5, {{SPX_LAMBDA, 150}}},
    {"emmet", "emmet.one", 0, 1, {{SPX_LAMBDA, 150}}},
    {"rome", "rome", 0, 1, {{0}}},
    {"rome", "rome.identity", 0, 1, {{SPX_MOM2_ADJUSTMENT, ZERO}}},
    {"r-rome", "r-rome", 0, 1, {{0}}},
    {"r-rome", "r-rome.identity", 0, 1, {{SPX_MOM2_ADJUSTMENT, ZERO}}},
    {"nse", "nse", 30, 5, {{SPX_LAMBDA, 150}}},
    {"nse", "nse.some", 30, 5, {{SPX_LAMBDA, 150}, {SPX_NEURON_THRESHOLD, 0.6}}},
    {"rect", "rect.20", 0, 5, {{SPX_LAMBDA, 150}}},
    {"rect", "rect.40", 0, 5, {{SPX_LAMBDA, 150}, {SPX_RECT_KEEP, 0.4}}},
    {"rect-compat", "rect-compat", 0, 5, {{SPX_LAMBDA, 150}}},
};

static spx_edit_opts options_of(size_t i)
{
    spx_edit_opts o = spx_edit_defaults();
    for (size_t j = 0; j < 4; j++)
        if (cases[i].set[j].value != 0)
            o.value[cases[i].set[j].option] = fmax(0, cases[i].set[j].value);
    return o;
}

typedef struct given {
    spx_mat K, Kp, Kc, R, C, W;
} given;

static void load_given(given *g)
{
    load("K", &g->K);
    load("Kp", &g->Kp);
    load("Kc", &g->Kc);
    load("R", &g->R);
    load("C", &g->C);
    load("W", &g->W);
}

static void free_given(given *g)
{
    spx_mat *const m[] = {&g->K, &g->Kp, &g->Kc, &g->R, &g->C, &g->W};
    for (size_t i = 0; i < sizeof m / sizeof *m; i++) spx_mat_free(m[i]);
}

static spx_status solve_case(size_t i, const given *g, spx_update *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_editor *e = NULL;
    spx_edit *s = NULL;
    const spx_edit_opts o = options_of(i);
    const spx_mat K = spx_mat_view(&g->K, 0, 0, g->K.rows, cases[i].facts);
    const spx_mat Kc = spx_mat_view(&g->Kc, 0, 0, g->Kc.rows, cases[i].facts);
    const spx_mat R = spx_mat_view(&g->R, 0, 0, g->R.rows, cases[i].facts);
    const spx_bundle b = {.K = &K, .R = &R, .Kc = &Kc, .W = &g->W};
    *out = (spx_update){0};
    SPX_TRY(spx_editor_find(cases[i].editor, &e, err));
    SPX_TRY(spx_edit_open(e, &o, spx_editor_needs_moment(e, &o) ? &g->C : NULL, K.rows, &s, err));
    const size_t half = cases[i].past / 2;
    for (size_t from = 0; from < cases[i].past; from += half) {
        const spx_mat past = spx_mat_view(&g->Kp, 0, from, g->Kp.rows, half);
        SPX_TRY(spx_edit_remember(s, &past, err));
    }
    SPX_TRY(spx_edit_solve(s, &b, out, NULL, err));
out:
    spx_edit_close(s);
    return st;
}

/* For check_survives_oom: the change is not kept. */
static spx_status solve_and_free(size_t i, const given *g)
{
    spx_update c;
    const spx_status st = solve_case(i, g, &c, NULL);
    spx_update_free(&c);
    return st;
}

static void test_equals_numpy(void **state)
{
    (void)state;
    spx_error err = {0};
    given g;
    load_given(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_mat want;
        spx_update c;
        load(cases[i].expected, &want);
        check_ok(solve_case(i, &g, &c, &err));
        check_ok(spx_update_expand(&c, &err));
        const double off = difference(&c.A, &want);
        if (!(off <= 1e-10)) print_error("%s (%s)\n", cases[i].expected, cases[i].editor);
        check_leq(off, 1e-10); /* cond(C) = 1e3, 150 C against K K^T: 1e5 eps, and room */
        spx_update_free(&c);
        check_survives_oom(solve_and_free(i, &g));
        spx_mat_free(&want);
    }
    free_given(&g);
}

/* dW (B + K K^T + sum K_p K_p^T) = R K^T after many batches, more keys than dimensions. */
static void check_normal_equations(const char *name, double lambda, double lambda_n, size_t n)
{
    enum { F = 24, D = 10, BATCHES = 9 };
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(n);
    const spx_editor *e = NULL;
    spx_edit *s = NULL;
    spx_update c;
    spx_mat X, C, B, K, R, left, right;
    spx_edit_opts o = spx_edit_defaults();
    o.value[SPX_LAMBDA] = lambda;
    o.value[SPX_LAMBDA_N] = lambda_n;
    spx_mat *const all[] = {&X, &C, &B, &K, &R, &left, &right};
    const size_t shape[][2] = {{F, 3 * F}, {F, F}, {F, F}, {F, n}, {D, n}, {D, F}, {D, F}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        check_ok(spx_mat_alloc(all[i], shape[i][0], shape[i][1], &err));
    for (size_t i = 0; i < (size_t)F * 3 * F; i++) X.data[i] = spx_rng_normal(&rng);
    spx_syrk(&C, 1.0 / (3 * F), &X, SPX_N, 0);
    check_ok(spx_editor_find(name, &e, &err));
    check_ok(spx_edit_open(e, &o, &C, F, &s, &err));
    spx_mat_copy(&B, &C);
    spx_mat_scale(&B, lambda);
    for (size_t i = 0; i < F; i++) B.data[i * F + i] += lambda_n;
    for (size_t batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < F * n; i++) K.data[i] = spx_rng_normal(&rng);
        for (size_t i = 0; i < D * n; i++) R.data[i] = spx_rng_normal(&rng);
        const spx_bundle b = {.K = &K, .R = &R};
        check_ok(spx_edit_solve(s, &b, &c, NULL, &err));
        check_ok(spx_update_expand(&c, &err));
        spx_syrk(&B, 1, &K, SPX_N, 1);
        spx_gemm(&left, 1, &c.A, SPX_N, &B, SPX_N, 0);
        spx_gemm(&right, 1, &R, SPX_N, &K, SPX_T, 0);
        check_leq(difference(&left, &right), 1e-11);
        spx_update_free(&c);
        if (e->remembers)
            check_ok(spx_edit_remember(s, &K, &err));
        else
            spx_syrk(&B, -1, &K, SPX_N, 1);
    }
    spx_edit_close(s);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) spx_mat_free(all[i]);
}

static void test_meets_its_normal_equations(void **state)
{
    (void)state;
    check_normal_equations("memit", 1, 0, 1);
    check_normal_equations("memit", 1e-3, 0, 24);
    check_normal_equations("memit", 10, 0, 72); /* more facts than dimensions */
    check_normal_equations("memit-seq", 1, 0, 1);
    check_normal_equations("memit-seq", 150, 0, 7);
    check_normal_equations("memit-seq", 10, 0, 30);
    check_normal_equations("encore", 1, 10, 7);
}

/* PRUNE and its variants, on the bundle's change of its weight or, for the one that finishes the
 * last batch alone, of W + E. */
static void test_finishes_as_numpy(void **state)
{
    (void)state;
    static const struct {
        const char *editor, *expected;
        double alpha;
    } finish[] = {
        {"prune", "prune.1.2", 1.2},
        {"prune", "prune.1.5", 1.5},
        {"prune", "prune.2", 2},
        {"prune", "prune.e", 2.718281828459045},
        {"prune-linear", "prune-linear", 2},
        {"prune-compat", "prune-compat", 2},
        {"prune-encore", "prune-encore", 2},
    };
    spx_error err = {0};
    given g;
    load_given(&g);
    spx_mat before, E;
    load("W", &before);
    load("E", &E);
    for (size_t i = 0; i < E.rows * E.cols; i++) before.data[i] += E.data[i];
    for (size_t i = 0; i < sizeof finish / sizeof *finish; i++) {
        spx_edit_opts o = spx_edit_defaults();
        const spx_editor *e = NULL;
        spx_edit *s = NULL;
        spx_update total = {0};
        spx_mat want;
        o.value[SPX_PRUNE_ALPHA] = finish[i].alpha;
        load("D", &total.A);
        load(finish[i].expected, &want);
        check_ok(spx_editor_find(finish[i].editor, &e, &err));
        assert_non_null(e->finish);
        check_ok(spx_edit_open(e, &o, &g.C, g.C.rows, &s, &err));
        check_ok(spx_edit_finish(s, e->finishes_round ? &before : &g.W, &total, &err));
        check_leq(difference(&total.A, &want), 1e-12);
        spx_edit_close(s);
        spx_update_free(&total);
        spx_mat_free(&want);
    }
    spx_mat_free(&before);
    spx_mat_free(&E);
    free_given(&g);
}

/* What is refused, and how it is said. */
static void check_moment_refused(const char *editor, double a, double b, double c, double d,
                                 spx_status status, const char *text)
{
    spx_edit *s = NULL;
    const spx_editor *e = NULL;
    const spx_edit_opts o = spx_edit_defaults();
    double entry[4] = {a, b, c, d};
    const spx_mat C = {2, 2, 2, entry};
    spx_error err = {0};
    check_ok(spx_editor_find(editor, &e, &err));
    assert_int_equal(spx_edit_open(e, &o, &C, 2, &s, &err), status);
    assert_string_equal(err.text, text);
    assert_null(s);
}

static void test_refuses_bad_moments(void **state)
{
    (void)state;
    check_moment_refused("memit", 1, 0.6, 0.5, 1, SPX_EFORMAT,
                         "C: not symmetric: 0.5 at (1, 0), 0.6 at (0, 1)");
    check_moment_refused(
        "memit", 1, 2, 2, 1, SPX_ENUMERIC,
        "C was measured on too few keys: matrix is not positive definite (minor 2)");
    check_moment_refused("memit", 1, 2, 2, (double)NAN, SPX_ENUMERIC,
                         "C: entry (1, 1) is not finite");
    check_moment_refused("alphaedit", 1, 2, 2, 1, SPX_ENUMERIC,
                         "C is not a second moment: its eigenvalues range from -1 to 3");
    check_moment_refused("alphaedit", 0, 0, 0, 0, SPX_ENUMERIC,
                         "C is not a second moment: its eigenvalues range from 0 to 0");
}

static void test_refuses_options_out_of_their_domain(void **state)
{
    (void)state;
    spx_edit *s = NULL;
    const spx_editor *e = NULL;
    spx_edit_opts o = spx_edit_defaults();
    double one = 1;
    const spx_mat C = {1, 1, 1, &one};
    spx_error err = {0};
    check_ok(spx_editor_find("memit", &e, &err));
    o.value[SPX_LAMBDA] = 0;
    assert_int_equal(spx_edit_open(e, &o, &C, 1, &s, &err), SPX_EINVAL);
    assert_string_equal(err.text, "lambda is 0, not a number from 1e-30 to 1e+30");
    assert_null(s);
}

static void test_reports_the_condition_of_its_systems(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_edit *s = NULL;
    spx_update c;
    spx_edit_report r;
    const spx_editor *e = NULL;
    const spx_edit_opts o = spx_edit_defaults();
    double entry[4] = {1, 0, 0, 1e-9}, key[2] = {1, 0}, residual = 1;
    const spx_mat C = {2, 2, 2, entry}, K = {2, 1, 1, key}, R = {1, 1, 1, &residual};
    const spx_bundle b = {.K = &K, .R = &R};
    check_ok(spx_editor_find("memit", &e, &err));
    check_ok(spx_edit_open(e, &o, &C, 2, &s, &err));
    check_ok(spx_edit_solve(s, &b, &c, &r, &err));
    check_leq(fabs(r.rcond / 1e-9 - 1), 1e-6);
    assert_int_equal(r.kept, 2);
    spx_update_free(&c);
    spx_edit_close(s);
}

/* Every key takes one of ten dimensions; after ten there is nothing left to write in. */
static void test_evoedit_stops_where_its_room_is_used_up(void **state)
{
    (void)state;
    spx_error err = {0};
    given g;
    const spx_editor *e = NULL;
    spx_edit *s = NULL;
    spx_update c;
    spx_edit_report r;
    const spx_edit_opts o = spx_edit_defaults();
    load_given(&g);
    const spx_bundle b = {.K = &g.K, .R = &g.R};
    check_ok(spx_editor_find("evoedit", &e, &err));
    check_ok(spx_edit_open(e, &o, &g.C, g.K.rows, &s, &err));
    for (size_t i = 0; i < 4; i++) {
        const spx_mat past = spx_mat_view(&g.Kp, 0, 3 * i, g.Kp.rows, 3);
        const size_t left = i < 3 ? 10 - 3 * i : 1;
        assert_int_equal(spx_edit_kept(s), left);
        check_ok(spx_edit_solve(s, &b, &c, &r, &err));
        assert_int_equal(r.kept, left);
        spx_update_free(&c);
        check_ok(spx_edit_remember(s, &past, &err));
    }
    assert_int_equal(spx_edit_kept(s), 0);
    assert_int_equal(spx_edit_solve(s, &b, &c, &r, &err), SPX_ENUMERIC);
    assert_string_equal(err.text,
                        "the null space is used up: 0 of its 10 dimensions are left after "
                        "12 edits, and none for these keys");
    assert_null(c.A.data);
    spx_edit_close(s);
    free_given(&g);
}

/* Keys that were written are written no more, though there is room for others. */
static void test_evoedit_refuses_keys_that_it_has_written(void **state)
{
    (void)state;
    spx_error err = {0};
    given g;
    const spx_editor *e = NULL;
    spx_edit *s = NULL;
    spx_update c;
    const spx_edit_opts o = spx_edit_defaults();
    load_given(&g);
    const spx_bundle b = {.K = &g.K, .R = &g.R};
    check_ok(spx_editor_find("evoedit", &e, &err));
    check_ok(spx_edit_open(e, &o, &g.C, g.K.rows, &s, &err));
    check_ok(spx_edit_remember(s, &g.K, &err));
    assert_int_equal(spx_edit_solve(s, &b, &c, NULL, &err), SPX_ENUMERIC);
    assert_string_equal(err.text,
                        "the null space is used up: 5 of its 10 dimensions are left after "
                        "5 edits, and none for these keys");
    spx_edit_close(s);
    free_given(&g);
}

static void test_unknown_editor(void **state)
{
    (void)state;
    spx_error err = {0};
    const spx_editor *e = NULL;
    assert_int_equal(spx_editor_find("nothing", &e, &err), SPX_EINVAL);
    assert_null(e);
    assert_non_null(strstr(err.text, "memit"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_numpy),
        cmocka_unit_test(test_finishes_as_numpy),
        cmocka_unit_test(test_meets_its_normal_equations),
        cmocka_unit_test(test_refuses_bad_moments),
        cmocka_unit_test(test_refuses_options_out_of_their_domain),
        cmocka_unit_test(test_reports_the_condition_of_its_systems),
        cmocka_unit_test(test_evoedit_stops_where_its_room_is_used_up),
        cmocka_unit_test(test_evoedit_refuses_keys_that_it_has_written),
        cmocka_unit_test(test_unknown_editor),
    };
    return cmocka_run_group_tests(tests, open_golden, close_golden);
}
