/* test_inspect.c: ranges of values, and what is suspicious about tensors. */
#include "run_files.h"

#include "spx/inspect.h"

enum { N = 16 };

static bool keep_all(const spx_tensor *t)
{
    (void)t;
    return true;
}

static spx_ckpt *open_file(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    return c;
}

static void ranges_are_of_finite_values(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_range r;
    const float x[N] = {3, -4, 0, 1e-41F, 3.4e38F, NAN, INFINITY, 1};
    const test_tensor t = {"t", 4, 4, x, false};
    write_safetensors(in_folder("x.safetensors"), "F32", sizeof(float), &t, 1);
    spx_ckpt *c = open_file(in_folder("x.safetensors"));
    check_ok(spx_range_measure(c, spx_ckpt_at(c, 0), &r, &err));
    assert_true(r.values == N && r.nonfinite == 2 && r.zeros == N - 7);
    assert_true(r.subnormal == 1 && r.lost == 2); /* 1e-41 is 0 in bf16, 3.4e38 infinite */
    assert_true(r.min == -4 && r.max == (double)3.4e38F);
    check_leq(fabs(r.rms / ((double)3.4e38F / sqrt(N - 2)) - 1), 1e-12);
    check_survives_oom(spx_range_measure(c, spx_ckpt_at(c, 0), &r, NULL));
    spx_ckpt_close(c);
}

static char told[16][128];
static size_t n_told;
static void tell(const spx_ckpt *c, const char *tensor, const char *what, size_t count)
{
    (void)c;
    assert_true(n_told < 16);
    snprintf(told[n_told++], sizeof told[0], "%s: %s %zu", tensor, what, count);
}

static void faults_are_told_in_order(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "b: same bytes as a tensor before 1",
        "c: not finite 1",
        "d: all zero 16",
        "e: subnormal 2",
        "e: 0 or infinite in bf16 1",
        "f: same bytes as a tensor before 2",
    };
    spx_error err = {0};
    float x[N], bad[N], small[N];
    const float zero[N] = {0};
    size_t found = 1;
    for (size_t i = 0; i < N; i++) x[i] = bad[i] = small[i] = (float)i + 1;
    bad[3] = NAN;
    small[0] = 1e-41F;
    small[1] = 1e-38F; /* subnormal, but not lost in bf16 */
    const test_tensor t[] = {{"f", 4, 4, x, false},    {"a", 4, 4, x, false},
                             {"b", 4, 4, x, false},    {"c", 4, 4, bad, false},
                             {"d", 4, 4, zero, false}, {"e", 4, 4, small, false}};
    write_safetensors(in_folder("t.safetensors"), "F32", sizeof(float), t, 6);
    spx_ckpt *c = open_file(in_folder("t.safetensors"));
    check_ok(spx_faults_find(c, keep_all, tell, &found, &err));
    assert_int_equal(n_told, sizeof expected / sizeof *expected);
    assert_int_equal(found, n_told + 1);
    for (size_t i = 0; i < n_told; i++) assert_string_equal(told[i], expected[i]);
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_of_finite_values),
        cmocka_unit_test(faults_are_told_in_order),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
