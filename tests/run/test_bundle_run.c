/* test_bundle_run.c: a batch from a bundle through spx_run_bundle: the change, and what its file
 * says of it. */
#include "output_file.h"

#include "spx/bundle.h"
#include "spx/params.h"
#include "spx/run.h"
#include "spx/store.h"

#include <string.h>

static const char *bundle_path(void) { return SPX_TESTS "/data/bundles/good.h5"; }

static spx_run_spec memit_with(const char *filter)
{
    spx_run_spec spec = spx_run_defaults();
    spec.edit.value[SPX_LAMBDA] = 150;
    spec.filter.name = filter;
    return spec;
}

static spx_status run(const spx_run_spec *spec, const char *output, spx_bundle_result *r,
                      spx_error *err)
{
    const spx_run_control control = {.output = output, .command = "test"};
    return spx_run_bundle(spec, bundle_path(), &control, r, err);
}

/* dW (C' + K K^T) = R K^T with C' = lambda C, from the matrices of the bundle. */
static void the_change_solves_the_batch(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bundle_file b;
    spx_bundle_result r;
    spx_store *s = NULL;
    spx_mat A = {0}, B = {0};
    const spx_run_spec spec = memit_with("none");
    const char *output = new_output();
    check_ok(run(&spec, output, &r, &err));
    check_ok(spx_bundle_read(bundle_path(), &b, &err));
    check_ok(spx_store_open(output, SPX_STORE_READ, &s, &err));
    check_ok(spx_store_get(s, "update", "A", &A, &err));
    check_ok(spx_store_get(s, "update", "B", &B, &err));
    const size_t d = b.R.rows, f = b.K.rows, n = b.K.cols;
    assert_true(r.rows == d && r.cols == f && r.facts == n);
    assert_true(A.rows == d && B.rows == f && A.cols == n && B.cols == n);
    double worst = 0, largest = 0;
    for (size_t i = 0; i < d; i++)
        for (size_t j = 0; j < f; j++) {
            double left = 0, right = 0;
            for (size_t l = 0; l < f; l++) {
                double w = 0, cost = 150 * b.C.data[l * b.C.ld + j];
                for (size_t k = 0; k < n; k++) {
                    w += A.data[i * A.ld + k] * B.data[l * B.ld + k];
                    cost += b.K.data[l * b.K.ld + k] * b.K.data[j * b.K.ld + k];
                }
                left += w * cost;
            }
            for (size_t k = 0; k < n; k++)
                right += b.R.data[i * b.R.ld + k] * b.K.data[j * b.K.ld + k];
            worst = fmax(worst, fabs(left - right));
            largest = fmax(largest, fabs(right));
        }
    check_leq(worst, 1e4 * DBL_EPSILON * largest); /* rcond of the solve is 3e-4 */
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_bundle_free(&b);
    spx_store_close(s);
    remove_output(output);
}

/* Each parameter of the editor and the filter, with the value that it had. */
static void the_file_says_what_the_change_was_made_with(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double x;
        const char *text;
    } expected[] = {
        {"editor", 0, "memit"},   {"lambda", 150, NULL},
        {"filter", 0, "sphere"},  {"basis", 0, "original"},
        {"energy", 0, "squares"}, {"count", 0, "eq5"},
        {"apply", 0, "batch"},    {"tau", 0.25, NULL},
        {"rank", 0, NULL},        {"weight", 0.5, NULL},
        {"cap", 0, NULL},         {"alpha", 0, NULL},
        {"seed", 7, NULL},        {"title", 0, "change from an edit bundle"},
    };
    spx_error err = {0};
    spx_bundle_result r;
    spx_store *s = NULL;
    spx_run_spec spec = memit_with("sphere");
    spec.filter.basis = "original";
    spec.filter.tau = 0.25;
    spec.filter.seed = 7;
    const char *output = new_output();
    check_ok(run(&spec, output, &r, &err));
    check_ok(spx_store_open(output, SPX_STORE_READ, &s, &err));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char *text = NULL;
        double x = -1;
        if (expected[i].text) {
            check_ok(spx_store_get_text(s, "", expected[i].name, &text, &err));
            assert_string_equal(text, expected[i].text);
            spx_free(text);
        } else {
            check_ok(spx_store_get_number(s, "", expected[i].name, &x, &err));
            assert_true(x == expected[i].x);
        }
    }
    assert_int_equal(spx_store_get_number(s, "", "l2", &(double){0}, NULL), SPX_ENOTFOUND);
    assert_int_equal(spx_store_get_number(s, "", "v_lr", &(double){0}, NULL), SPX_ENOTFOUND);
    spx_store_close(s);
    remove_output(output);
}

static void without_a_filter_none_of_its_parameters_stands(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bundle_result r;
    spx_store *s = NULL;
    char *text = NULL;
    const spx_run_spec spec = memit_with("none");
    const char *output = new_output();
    check_ok(run(&spec, output, &r, &err));
    check_ok(spx_store_open(output, SPX_STORE_READ, &s, &err));
    check_ok(spx_store_get_text(s, "", "filter", &text, &err));
    assert_string_equal(text, "none");
    assert_int_equal(spx_store_get_number(s, "", "tau", &(double){0}, NULL), SPX_ENOTFOUND);
    spx_free(text);
    spx_store_close(s);
    remove_output(output);
}

static void what_a_bundle_cannot_do_is_refused(void **state)
{
    (void)state;
    spx_run_spec spec[3] = {memit_with("none"), memit_with("none"), memit_with("revive")};
    static const struct {
        spx_status status;
        const char *text;
    } expected[] = {
        {SPX_EUNSUP, "feedback needs a run"},
        {SPX_EUNSUP, "editor ft trains a model"},
        {SPX_EINVAL, "filter revive has no"},
    };
    spec[0].feedback = true;
    spec[1].editor = "ft";
    spec[2].filter.cap = 1;
    for (size_t i = 0; i < 3; i++) {
        spx_error err = {0};
        spx_bundle_result r;
        const char *output = new_output();
        assert_int_equal(run(&spec[i], output, &r, &err), expected[i].status);
        assert_non_null(strstr(err.text, expected[i].text));
        assert_non_null(strstr(err.text, bundle_path()));
        assert_int_not_equal(access(output, F_OK), 0);
        remove_output(output);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_change_solves_the_batch),
        cmocka_unit_test(the_file_says_what_the_change_was_made_with),
        cmocka_unit_test(without_a_filter_none_of_its_parameters_stands),
        cmocka_unit_test(what_a_bundle_cannot_do_is_refused),
    };
    return cmocka_run_group_tests_name("bundle_run", tests, NULL, NULL);
}
