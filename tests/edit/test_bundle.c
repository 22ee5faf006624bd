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

static void a_bundle_is_read_bit_for_bit(void **state)
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
static void sums_and_targets_become_means_and_residuals(void **state)
{
    (void)state;
    spx_error err = {0};
    static const char *const file[] = {"sums.npz", "sums.h5"};
    for (size_t i = 0; i < 2; i++) {
        spx_bundle_file b;
        check_ok(spx_bundle_read(in_folder(file[i]), &b, &err));
        check_leq(largest_difference(&b.C, "C"), 0);
        check_leq(largest_difference(&b.K, "K"), 0);
        check_leq(largest_difference(&b.R, "R"), 16 * DBL_EPSILON);
        assert_null(b.Kc.data);
        spx_bundle_free(&b);
    }
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

/* Files that must be refused, as .npz and as HDF5; each is a test of its name. */
static const struct bad {
    const char *file;
    spx_status status;
    const char *text;
} bad[] = {
    {"bad-no-keys", SPX_EFORMAT, "K is missing"},
    {"bad-no-residuals", SPX_EFORMAT, "R is missing (expected R, or Z and H)"},
    {"bad-no-count", SPX_EFORMAT, "mom2 is given without count"},
    {"bad-both-moments", SPX_EFORMAT, "C and mom2 are both given (expected one of them)"},
    {"bad-both-residuals", SPX_EFORMAT, "R and Z or H are both given (expected R, or Z and H)"},
    {"bad-unknown", SPX_EFORMAT,
     "unknown name Kprev (expected K, R, Z, H, C, mom2, count, W, Kc, Kp or B)"},
    {"bad-keys-transposed", SPX_ESHAPE, "K is 2 x 3, not 3 x 2; transpose it"},
    {"bad-residual-shape", SPX_ESHAPE, "R is 2 x 3, not 2 x 2"},
    {"bad-target-shape", SPX_ESHAPE, "H is 2 x 3, not 2 x 2"},
    {"bad-weight-transposed", SPX_ESHAPE, "W is 3 x 2, not 2 x 3; transpose it"},
    {"bad-moment-not-square", SPX_ESHAPE, "C is 3 x 2, not 3 x 3"},
    {"bad-moment-size", SPX_ESHAPE, "K is 3 x 2, not 4 x 2"},
    {"bad-bare-keys-transposed", SPX_ESHAPE, "Kc is 2 x 3, not 3 x 2; transpose it"},
    {"bad-past-keys-shape", SPX_ESHAPE, "Kp is 2 x 7, not 3 x 7"},
    {"bad-key-nan", SPX_ENUMERIC, "K: entry (0, 0) is not finite"},
    {"bad-residual-nan", SPX_ENUMERIC, "R: entry (0, 1) is not finite"},
    {"bad-moment-inf", SPX_ENUMERIC, "C: entry (1, 1) is not finite"},
    {"bad-weight-inf", SPX_ENUMERIC, "W: entry (0, 0) is not finite"},
    {"bad-asymmetric", SPX_EFORMAT, "C: not symmetric: 0 at (1, 0), 0.5 at (0, 1)"},
    {"bad-negative-diagonal", SPX_EFORMAT, "C: diagonal entry (1, 1) is -1 (expected 0 or more)"},
    {"bad-count-zero", SPX_EINVAL, "count is not a single number above 0"},
    {"bad-count-negative", SPX_EINVAL, "count is not a single number above 0"},
    {"bad-count-inf", SPX_EINVAL, "count is not a single number above 0"},
    {"bad-count-many", SPX_EINVAL, "count is not a single number above 0"},
};

static void refuse(const struct bad *b, const char *suffix)
{
    spx_error err = {0};
    spx_bundle_file read;
    char name[64];
    snprintf(name, sizeof name, "%s%.*s", b->file, (int)strcspn(suffix, ":"), suffix);
    assert_int_equal(spx_bundle_read(in_folder(name), &read, &err), b->status);
    const char *said = strstr(err.text, suffix);
    assert_non_null(said);
    assert_string_equal(said + strlen(suffix), b->text);
    assert_null(read.K.data);
}

static void is_refused(void **state)
{
    refuse(*state, ".npz: ");
    refuse(*state, ".h5: ");
}

int main(void)
{
    enum { READ = 3, BAD = sizeof bad / sizeof *bad };
    struct CMUnitTest tests[READ + BAD] = {
        cmocka_unit_test(a_bundle_is_read_bit_for_bit),
        cmocka_unit_test(sums_and_targets_become_means_and_residuals),
        cmocka_unit_test(reading_survives_oom),
    };
    for (size_t i = 0; i < BAD; i++)
        tests[READ + i] = (struct CMUnitTest){.name = bad[i].file,
                                              .test_func = is_refused,
                                              .initial_state = (void *)(uintptr_t)&bad[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
