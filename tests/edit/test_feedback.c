/* test_feedback.c: the debt against its formula by dense inverses, and what follows from it. */
#include "matrices.h"

#include "spx/feedback.h"

#include <string.h>

enum { D = 6, F = 10, FACTS = 3, ROUNDS = 12 };

/* One matrix being edited under a filter. */
typedef struct matrix {
    spx_mat W, C, K, R;
    spx_edit *edit;
    spx_filter *filter;
    spx_feedback *debt;
    spx_rng rng;
} matrix;

static void start(matrix *m, const spx_filter_spec *spec)
{
    spx_error err = {0};
    spx_mat X;
    const spx_editor *e = NULL;
    spx_edit_opts o = spx_edit_defaults();
    o.value[SPX_LAMBDA] = 0.5;
    *m = (matrix){.rng = spx_rng_seed(3)};
    random_mat(&m->W, D, F, &m->rng);
    random_mat(&X, F, 3 * F, &m->rng);
    check_ok(spx_mat_alloc(&m->C, F, F, &err));
    spx_syrk(&m->C, 1.0 / (3 * F), &X, SPX_N, 0);
    spx_mat_free(&X);
    check_ok(spx_editor_find("memit-seq", &e, &err));
    check_ok(spx_edit_open(e, &o, &m->C, F, &m->edit, &err));
    spx_mat_scale(&m->C, 0.5); /* becomes C_t of the tests, key by key */
    check_ok(spx_filter_new(spec, &m->W, &m->filter, &err));
    check_ok(spx_feedback_open(m->edit, D, m->filter, &m->debt, &err));
}

static void stop(matrix *m)
{
    spx_mat *const all[] = {&m->W, &m->C, &m->K, &m->R};
    for (size_t i = 0; i < 4; i++) spx_mat_free(all[i]);
    spx_feedback_close(m->debt);
    spx_filter_free(m->filter);
    spx_edit_close(m->edit);
}

/* A batch: solve, pay, filter, settle, remember. C_t of the batch is left in m->C. */
static void batch(matrix *m, bool empty, spx_update *written)
{
    spx_error err = {0};
    double rcond = 1;
    spx_mat_free(&m->K);
    spx_mat_free(&m->R);
    random_mat(&m->K, F, FACTS, &m->rng);
    random_mat(&m->R, D, FACTS, &m->rng);
    if (empty) spx_mat_scale(&m->R, 0);
    const spx_bundle b = {.K = &m->K, .R = &m->R};
    spx_syrk(&m->C, 1, &m->K, SPX_N, 1);
    check_ok(spx_edit_solve(m->edit, &b, written, NULL, &err));
    check_ok(spx_feedback_pay(m->debt, m->filter, &m->K, written, &rcond, &err));
    assert_true(rcond > 0 && rcond <= 1);
    check_ok(spx_filter_apply(m->filter, written, NULL, &err));
    check_ok(spx_feedback_settle(m->debt, m->filter, &m->K, &m->R, written, &err));
    check_ok(spx_edit_remember(m->edit, &m->K, &err));
    spx_feedback_remember(m->debt, &m->K);
}

/* X <- A^{-1}, column by column by Gauss's elimination with pivots. */
static void invert(const spx_mat *A, spx_mat *X)
{
    spx_error err = {0};
    const size_t n = A->rows;
    spx_mat T;
    check_ok(spx_mat_alloc(&T, n, 2 * n, &err));
    for (size_t i = 0; i < n; i++) {
        memcpy(T.data + i * 2 * n, A->data + i * A->ld, n * sizeof(double));
        T.data[i * 2 * n + n + i] = 1;
    }
    for (size_t k = 0; k < n; k++) {
        size_t p = k;
        for (size_t i = k; i < n; i++)
            if (fabs(T.data[i * 2 * n + k]) > fabs(T.data[p * 2 * n + k])) p = i;
        for (size_t j = 0; j < 2 * n; j++) {
            const double swap = T.data[k * 2 * n + j];
            T.data[k * 2 * n + j] = T.data[p * 2 * n + j];
            T.data[p * 2 * n + j] = swap;
        }
        for (size_t i = 0; i < n; i++) {
            const double c = T.data[i * 2 * n + k] / T.data[k * 2 * n + k];
            for (size_t j = 0; i != k && j < 2 * n; j++)
                T.data[i * 2 * n + j] -= c * T.data[k * 2 * n + j];
        }
    }
    check_ok(spx_mat_alloc(X, n, n, &err));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            X->data[i * n + j] = T.data[i * 2 * n + n + j] / T.data[i * 2 * n + i];
    spx_mat_free(&T);
}

/* A <- A - Q Q^T A, or A - A Q Q^T */
static void without(spx_mat *A, const spx_mat *Q, bool left)
{
    spx_error err = {0};
    spx_mat P, X;
    const size_t n = Q->rows;
    check_ok(spx_mat_alloc(&P, n, n, &err));
    check_ok(spx_mat_alloc(&X, A->rows, A->cols, &err));
    for (size_t i = 0; i < n; i++) P.data[i * n + i] = 1;
    spx_gemm(&P, -1, Q, SPX_N, Q, SPX_T, 1);
    spx_gemm(&X, 1, left ? &P : A, SPX_N, left ? A : &P, SPX_N, 0);
    spx_mat_copy(A, &X);
    spx_mat_free(&P);
    spx_mat_free(&X);
}

/* -P R K^T C^{-1} V V^T C Q */
static void formula(const matrix *m, spx_mat *E)
{
    spx_error err = {0};
    spx_mat U, V, inverse, RK, X, Y, VV;
    check_ok(spx_filter_excluded(m->filter, &U, &V, &err));
    invert(&m->C, &inverse);
    check_ok(spx_mat_alloc(&RK, D, F, &err));
    check_ok(spx_mat_alloc(&X, D, F, &err));
    check_ok(spx_mat_alloc(&Y, D, F, &err));
    check_ok(spx_mat_alloc(&VV, F, F, &err));
    check_ok(spx_mat_alloc(E, D, F, &err));
    spx_gemm(&RK, 1, &m->R, SPX_N, &m->K, SPX_T, 0);
    spx_gemm(&X, 1, &RK, SPX_N, &inverse, SPX_N, 0);
    spx_gemm(&VV, 1, &V, SPX_N, &V, SPX_T, 0);
    spx_gemm(&Y, 1, &X, SPX_N, &VV, SPX_N, 0);
    spx_gemm(E, -1, &Y, SPX_N, &m->C, SPX_N, 0);
    without(E, &U, true);
    without(E, &V, false);
    spx_mat *const all[] = {&inverse, &RK, &X, &Y, &VV};
    for (size_t i = 0; i < 5; i++) spx_mat_free(all[i]);
}

/* Each batch leaves its own part of the debt, however many came before: the bound. */
static void under_revive_the_debt_is_the_last_batchs_own_part(void **state)
{
    (void)state;
    const spx_filter_spec spec = {.name = "revive", .k = 2};
    matrix m;
    start(&m, &spec);
    for (size_t t = 0; t < ROUNDS; t++) {
        spx_mat E;
        spx_update dW;
        batch(&m, false, &dW);
        formula(&m, &E);
        assert_true(spx_norm_fro(&E) > 0.01);
        check_leq(distance(spx_feedback_debt(m.debt), &E), 1e-12); /* 1e3 eps of sums of size 10 */
        spx_mat_free(&E);
        spx_update_free(&dW);
    }
    stop(&m);
}

static void a_batch_without_residuals_pays_the_whole_debt(void **state)
{
    (void)state;
    const spx_filter_spec spec = {.name = "revive", .k = 2};
    matrix m;
    spx_update dW;
    start(&m, &spec);
    batch(&m, false, &dW);
    assert_true(spx_norm_fro(spx_feedback_debt(m.debt)) > 0.01);
    spx_update_free(&dW);
    batch(&m, true, &dW);
    assert_true(spx_norm_fro(&dW.A) > 0.001);
    check_leq(spx_norm_fro(spx_feedback_debt(m.debt)), 1e-12);
    spx_update_free(&dW);
    stop(&m);
}

/* |W - W0|_B^2 + sum |W K_i - Z_i|^2 for all batches at once; both runs see the same keys. */
static void without_a_filter_there_is_no_debt_and_rect_ends_at_the_joint_gradient(void **state)
{
    (void)state;
    const spx_filter_spec none = {.name = "none"}, rect = {.name = "rect", .keep = 0.5};
    for (int filtered = 0; filtered < 2; filtered++) {
        spx_error err = {0};
        matrix m;
        spx_mat gradient;
        start(&m, filtered ? &rect : &none);
        check_ok(spx_mat_alloc(&gradient, D, F, &err));
        for (size_t t = 0; t < ROUNDS; t++) {
            spx_update dW;
            batch(&m, false, &dW);
            check_ok(spx_update_expand(&dW, &err));
            spx_gemm(&gradient, 1, &dW.A, SPX_N, &m.C, SPX_N, 1);
            spx_gemm(&gradient, -1, &m.R, SPX_N, &m.K, SPX_T, 1);
            spx_update_free(&dW);
        }
        check_leq(distance(spx_feedback_debt(m.debt), &gradient), 1e-11);
        if (!filtered) check_leq(spx_norm_fro(&gradient), 1e-11);
        if (filtered) assert_true(spx_norm_fro(&gradient) > 0.1);
        spx_mat_free(&gradient);
        stop(&m);
    }
}

static void what_has_no_explicit_cost_or_no_directions_is_refused(void **state)
{
    (void)state;
    static const char *const editors[] = {"memit", "alphaedit", "nse"};
    spx_error err = {0};
    const spx_filter_spec spec = {.name = "revive", .k = 2}, block = {.name = "block", .k = 2};
    matrix m;
    spx_feedback *b = NULL;
    spx_filter *f = NULL;
    start(&m, &spec);
    for (size_t i = 0; i < 3; i++) {
        const spx_editor *e = NULL;
        spx_edit_opts o = spx_edit_defaults();
        spx_edit *other = NULL;
        o.value[SPX_NULLSPACE_THRESHOLD] = 0.5;
        check_ok(spx_editor_find(editors[i], &e, &err));
        check_ok(spx_edit_open(e, &o, &m.C, F, &other, &err));
        assert_int_equal(spx_feedback_open(other, D, m.filter, &b, NULL), SPX_EUNSUP);
        assert_null(b);
        spx_edit_close(other);
    }
    check_ok(spx_filter_new(&block, &m.W, &f, &err));
    assert_int_equal(spx_feedback_open(m.edit, D, f, &b, &err), SPX_EUNSUP);
    assert_string_equal(err.text, "filter block excludes terms, not directions of a side");
    spx_filter_free(f);
    stop(&m);
}

static spx_status pay_and_settle(matrix *m, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update dW = {0};
    double rcond = 1;
    spx_feedback *again = NULL;
    const spx_bundle b = {.K = &m->K, .R = &m->R};
    SPX_TRY(spx_feedback_open(m->edit, D, m->filter, &again, err));
    SPX_TRY(spx_edit_solve(m->edit, &b, &dW, NULL, err));
    SPX_TRY(spx_feedback_pay(m->debt, m->filter, &m->K, &dW, &rcond, err));
    SPX_TRY(spx_feedback_settle(again, m->filter, &m->K, &m->R, &dW, err));
out:
    spx_feedback_close(again);
    spx_update_free(&dW);
    return st;
}

static void survives_exhaustion(void **state)
{
    (void)state;
    const spx_filter_spec spec = {.name = "revive", .k = 2};
    spx_error err = {0};
    matrix m;
    spx_update dW;
    start(&m, &spec);
    batch(&m, false, &dW);
    check_survives_oom(pay_and_settle(&m, &err));
    spx_update_free(&dW);
    stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(under_revive_the_debt_is_the_last_batchs_own_part),
        cmocka_unit_test(a_batch_without_residuals_pays_the_whole_debt),
        cmocka_unit_test(without_a_filter_there_is_no_debt_and_rect_ends_at_the_joint_gradient),
        cmocka_unit_test(what_has_no_explicit_cost_or_no_directions_is_refused),
        cmocka_unit_test(survives_exhaustion),
    };
    return cmocka_run_group_tests_name("feedback", tests, NULL, NULL);
}
