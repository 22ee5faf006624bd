/* test_difference.c: what separates two tensors, against numbers computed here. */
#include "run_files.h"

#include "spx/difference.h"

#include <string.h>

enum { M = 6, N = 9 };

static spx_ckpt *open_file(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    return c;
}

/* b = a + a change of rank 2; its transpose as another family stores it. */
static void write_pair(float *a, float *b)
{
    spx_rng rng = spx_rng_seed(1);
    float turned[M * N], x[M], y[N];
    random_floats(a, (size_t)M * N, &rng);
    memcpy(b, a, (size_t)M * N * sizeof *b);
    for (int term = 0; term < 2; term++) {
        random_floats(x, M, &rng);
        random_floats(y, N, &rng);
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < N; j++) b[i * N + j] += x[i] * y[j];
    }
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++) turned[j * M + i] = b[i * N + j];
    const test_tensor before[] = {{"blk.0.ffn_down.weight", M, N, a, false},
                                  {"blk.1.ffn_down.weight", M, N, a, false},
                                  {"only_a", 1, N, a, true},
                                  {"reshaped", M, N, a, false}},
                      after[] = {{"blk.0.ffn_down.weight", M, N, b, false},
                                 {"blk.1.ffn_down.weight", M, N, a, false},
                                 {"only_b", 1, N, a, true},
                                 {"reshaped", N, M, a, false}},
                      other[] = {{"h.0.mlp.c_proj.weight", N, M, turned, false}};
    write_safetensors(in_folder("a.safetensors"), "F32", sizeof(float), before, 4);
    write_safetensors(in_folder("b.safetensors"), "F32", sizeof(float), after, 4);
    write_safetensors(in_folder("t.safetensors"), "F32", sizeof(float), other, 1);
}

static void numbers_are_those_of_the_change(void **state)
{
    (void)state;
    static const char *const file[] = {"b.safetensors", "t.safetensors"}; /* as is; turned */
    float a[M * N], b[M * N];
    double change = 0, base = 0, most = 0;
    write_pair(a, b);
    for (size_t i = 0; i < (size_t)M * N; i++) {
        const double d = (double)b[i] - (double)a[i];
        change += d * d;
        base += (double)a[i] * (double)a[i];
        most = fmax(most, fabs(d));
    }
    for (size_t f = 0; f < 2; f++) {
        spx_error err = {0};
        spx_difference d;
        spx_ckpt *before = open_file(in_folder("a.safetensors")),
                 *after = open_file(in_folder(file[f]));
        const spx_tensor *t = spx_ckpt_find(before, "blk.0.ffn_down.weight"),
                         *u = spx_counterpart(after, t);
        assert_non_null(u);
        check_ok(spx_difference_measure(before, t, after, u, NULL, &d, &err));
        assert_string_equal(d.what, "values");
        check_leq(fabs(d.max_abs - most), 0);
        check_leq(fabs(d.rms - sqrt(change / (M * N))), 1e-15);
        check_leq(fabs(d.relative - sqrt(change / base)), 1e-15);
        assert_true(d.rank == 2);
        assert_true(d.bf16_loss > 0 && d.bf16_loss < 0.01);
        check_survives_oom(spx_difference_measure(before, t, after, u, NULL, &d, NULL));
        spx_ckpt_close(before);
        spx_ckpt_close(after);
    }
}

static char told[8][128];
static size_t n_told;
static void tell(const spx_tensor *t, const spx_tensor *u, const spx_difference *d, void *arg)
{
    (void)arg;
    assert_true(n_told < 8);
    snprintf(told[n_told++], sizeof told[0], "%s %s %s", t->name, u ? u->name : "-", d->what);
}

static bool keep_all(const spx_tensor *t)
{
    (void)t;
    return true;
}

static void a_search_tells_what_is_not_the_same(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "blk.0.ffn_down.weight blk.0.ffn_down.weight values",
        "reshaped reshaped shape",
        "only_a - missing",
        "only_b - added",
    };
    float a[M * N], b[M * N];
    spx_error err = {0};
    size_t found = 10;
    write_pair(a, b);
    spx_ckpt *before = open_file(in_folder("a.safetensors")),
             *after = open_file(in_folder("b.safetensors"));
    n_told = 0;
    check_ok(spx_differences_find(before, after, keep_all, NULL, tell, NULL, &found, &err));
    assert_true(n_told == 4 && found == 14);
    for (size_t i = 0; i < n_told; i++) assert_string_equal(told[i], expected[i]);
    spx_ckpt_close(before);
    spx_ckpt_close(after);
}

/* A stage of a run holds the edited tensors, and lacks none. */
static void a_stage_lacks_nothing(void **state)
{
    (void)state;
    float a[M * N], b[M * N], w[M * N];
    spx_error err = {0};
    spx_ckpt *stage = NULL;
    size_t found = 0;
    write_pair(a, b);
    memcpy(w, a, sizeof w);
    write_run(in_folder("run.h5"), "blk.0.ffn_down.weight", w, M, N, 1, 1, 1);
    spx_ckpt *before = open_file(in_folder("a.safetensors"));
    check_ok(spx_source_open(in_folder("run.h5#r1"), &stage, &err));
    n_told = 0;
    check_ok(spx_differences_find(before, stage, keep_all, NULL, tell, NULL, &found, &err));
    assert_true(found == 1 && n_told == 1);
    assert_string_equal(told[0], "blk.0.ffn_down.weight blk.0.ffn_down.weight values");
    spx_ckpt_close(before);
    spx_ckpt_close(stage);
}

static void one_value_in_two_types_differs_in_type(void **state)
{
    (void)state;
    const float x[4] = {1, 2, 3, 4};
    const double y[4] = {1, 2, 3, 4};
    spx_error err = {0};
    spx_difference d;
    const test_tensor a = {"t", 2, 2, x, false}, b = {"t", 2, 2, y, false};
    write_safetensors(in_folder("x.safetensors"), "F32", 4, &a, 1);
    write_safetensors(in_folder("y.safetensors"), "F64", 8, &b, 1);
    spx_ckpt *before = open_file(in_folder("x.safetensors")),
             *after = open_file(in_folder("y.safetensors"));
    check_ok(spx_difference_measure(before, spx_ckpt_at(before, 0), after, spx_ckpt_at(after, 0),
                                    NULL, &d, &err));
    assert_string_equal(d.what, "dtype");
    assert_true(d.max_abs == 0 && d.rms == 0 && d.bf16_loss == 0);
    spx_ckpt_close(before);
    spx_ckpt_close(after);
}

/* Values whose squares are no doubles: the numbers are those of the pair times a power of two. */
static void values_of_any_size_are_compared(void **state)
{
    (void)state;
    static const int exponents[] = {0, 900, -900};
    float a[M * N], b[M * N];
    spx_difference want = {0};
    write_pair(a, b);
    for (size_t x = 0; x < 3; x++) {
        spx_error err = {0};
        spx_difference d;
        double wide[2][M * N];
        for (size_t i = 0; i < (size_t)M * N; i++) {
            wide[0][i] = ldexp((double)a[i], exponents[x]);
            wide[1][i] = ldexp((double)b[i], exponents[x]);
        }
        const test_tensor before = {"w", M, N, wide[0], false}, after = {"w", M, N, wide[1], false};
        write_safetensors(in_folder("wide_a.safetensors"), "F64", sizeof(double), &before, 1);
        write_safetensors(in_folder("wide_b.safetensors"), "F64", sizeof(double), &after, 1);
        spx_ckpt *c = open_file(in_folder("wide_a.safetensors")),
                 *e = open_file(in_folder("wide_b.safetensors"));
        check_ok(
            spx_difference_measure(c, spx_ckpt_at(c, 0), e, spx_ckpt_at(e, 0), NULL, &d, &err));
        if (x == 0) want = d;
        assert_string_equal(d.what, "values");
        check_leq(fabs(ldexp(d.max_abs, -exponents[x]) / want.max_abs - 1), 1e-14);
        check_leq(fabs(ldexp(d.rms, -exponents[x]) / want.rms - 1), 1e-14);
        check_leq(fabs(d.relative / want.relative - 1), 1e-14);
        assert_true(d.rank == want.rank && d.rank > 1);
        spx_ckpt_close(c);
        spx_ckpt_close(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_change),
        cmocka_unit_test(a_search_tells_what_is_not_the_same),
        cmocka_unit_test(a_stage_lacks_nothing),
        cmocka_unit_test(one_value_in_two_types_differs_in_type),
        cmocka_unit_test(values_of_any_size_are_compared),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
