/* test_bundle.c: bundles that h5py and NumPy wrote (golden/bundles.py). */
#include "check.h"

#include "spx/bundle.h"
#include "spx/ckpt.h"

#include <string.h>

static const char *in_folder(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/data/bundles/%s", SPX_TESTS, name);
    return path;
}

static double largest_difference(const spx_mat *X, const char *name)
{
    spx_error err = {0};
    spx_ckpt *golden = NULL;
    spx_mat Y;
    double worst = 0;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/editors.safetensors", &golden, &err));
    check_ok(spx_tensor_matrix(spx_ckpt_find(golden, name), &Y, &err));
    assert_int_equal(X->rows, Y.rows);
    assert_int_equal(X->cols, Y.cols);
    for (size_t i = 0; i < Y.rows * Y.cols; i++) worst = fmax(worst, fabs(X->data[i] - Y.data[i]));
    spx_mat_free(&Y);
    spx_ckpt_close(golden);
    return worst;
}

static void a_file_of_h5py_is_read_bit_for_bit(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bundle_file b;
    check_ok(spx_bundle_read(in_folder("good.h5"), &b, &err));
    const struct {
        const spx_mat *got;
        const char *name;
    } all[] = {{&b.K, "K"}, {&b.R, "R"}, {&b.C, "C"}, {&b.W, "W"}, {&b.Kc, "Kc"}, {&b.Kp, "Kp"}};
    for (size_t i = 0; i < 6; i++) check_leq(largest_difference(all[i].got, all[i].name), 0);
    spx_bundle_free(&b);
}

/* mom2 / 4096 is exact; Z - H = (R + 1) - (R + 1 - R) rounds thrice. */
static void sums_and_targets_of_an_npz_become_means_and_residuals(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_bundle_file b;
    check_ok(spx_bundle_read(in_folder("sums.npz"), &b, &err));
    check_leq(largest_difference(&b.C, "C"), 0);
    check_leq(largest_difference(&b.K, "K"), 0);
    check_leq(largest_difference(&b.R, "R"), 16 * DBL_EPSILON);
    assert_null(b.Kc.data);
    spx_bundle_free(&b);
}

static spx_status read_and_free(const char *path)
{
    spx_bundle_file b;
    const spx_status st = spx_bundle_read(path, &b, NULL);
    spx_bundle_free(&b);
    return st;
}

static void reading_survives_oom(void **state)
{
    (void)state;
    check_survives_oom(read_and_free(in_folder("good.h5")));
    check_survives_oom(read_and_free(in_folder("sums.npz")));
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        spx_status status;
        const char *text;
    } cases[] = {
        {"bad-no-keys.npz", SPX_EFORMAT, "K is missing"},
        {"bad-no-residuals.npz", SPX_EFORMAT, "R is missing, and so is Z or H"},
        {"bad-keys-transposed.npz", SPX_ESHAPE, "K is 2 x 3, not 3 x 2; transpose it"},
        {"bad-residual-shape.npz", SPX_ESHAPE, "R is 2 x 3, not 2 x 2"},
        {"bad-weight-transposed.npz", SPX_ESHAPE, "W is 3 x 2, not 2 x 3; transpose it"},
        {"bad-nan.npz", SPX_ENUMERIC, "R: entry (0, 1) is not finite"},
        {"bad-count-zero.npz", SPX_EINVAL, "count is not one number above 0"},
        {"bad-no-count.npz", SPX_EFORMAT, "mom2 and count go together"},
        {"bad-both.npz", SPX_EFORMAT, "C and mom2 are both there"},
        {"bad-unknown.npz", SPX_EFORMAT,
         "unknown name Kprev; there are: K, R, Z, H, C, mom2, count, W, Kc, Kp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_bundle_file b;
        assert_int_equal(spx_bundle_read(in_folder(cases[i].file), &b, &err), cases[i].status);
        const char *said = strstr(err.text, ".npz: ");
        assert_non_null(said);
        assert_string_equal(said + 6, cases[i].text);
        assert_null(b.K.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_h5py_is_read_bit_for_bit),
        cmocka_unit_test(sums_and_targets_of_an_npz_become_means_and_residuals),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(reading_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
