/* test_update.c: changes in factors against the same change written out. */
#include "check.h"

#include "spx/rng.h"
#include "spx/update.h"

#include <string.h>

enum { M = 7, N = 11, R = 3 };

static void random_update(spx_update *u, uint64_t seed)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(seed);
    check_ok(spx_update_alloc(u, M, N, R, &err));
    for (size_t i = 0; i < (size_t)M * R; i++) u->A.data[i] = spx_rng_normal(&rng);
    for (size_t i = 0; i < (size_t)N * R; i++) u->B.data[i] = spx_rng_normal(&rng);
}

static double entry(const spx_update *u, size_t i, size_t j)
{
    double sum = 0;
    for (size_t t = 0; t < R; t++) sum += u->A.data[i * R + t] * u->B.data[j * R + t];
    return sum;
}

static void a_write_is_the_rounded_sum_in_order(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u;
    float w[M * N], want[M * N];
    random_update(&u, 1);
    for (size_t i = 0; i < (size_t)M * N; i++) w[i] = (float)i / 7;
    for (size_t i = 0; i < (size_t)M * N; i++)
        want[i] = (float)((double)w[i] + entry(&u, i / N, i % N));
    check_ok(spx_update_write(&u, w, &err));
    assert_memory_equal(w, want, sizeof w);
    spx_update_free(&u);
}

static void factors_and_the_product_agree(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u;
    double factored = 0, dense = 0, direct = 0;
    random_update(&u, 2);
    for (size_t i = 0; i < (size_t)M * N; i++)
        direct += entry(&u, i / N, i % N) * entry(&u, i / N, i % N);
    check_ok(spx_update_norm2(&u, &factored, &err));
    const double first = entry(&u, 0, 0);
    assert_true(spx_update_factored(&u));
    check_ok(spx_update_expand(&u, &err));
    check_ok(spx_update_expand(&u, &err)); /* no work the second time */
    assert_false(spx_update_factored(&u));
    assert_int_equal(u.A.cols, N);
    check_ok(spx_update_norm2(&u, &dense, &err));
    check_leq(fabs(factored - direct), 64 * DBL_EPSILON * direct);
    check_leq(fabs(dense - direct), 64 * DBL_EPSILON * direct);
    spx_update_scale(&u, -2);
    check_leq(fabs(u.A.data[0] + 2 * first), 16 * DBL_EPSILON);
    spx_update_free(&u);
}

static void what_is_kept_as_floats_writes_the_same(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u, kept;
    float a[M * N] = {0}, b[M * N] = {0};
    random_update(&u, 3);
    random_update(&kept, 3);
    spx_update_round(&u);
    for (size_t i = 0; i < (size_t)M * R; i++) kept.A.data[i] = (double)(float)kept.A.data[i];
    for (size_t i = 0; i < (size_t)N * R; i++) kept.B.data[i] = (double)(float)kept.B.data[i];
    check_ok(spx_update_write(&u, a, &err));
    check_ok(spx_update_write(&kept, b, &err));
    assert_memory_equal(a, b, sizeof a);
    spx_update_free(&u);
    spx_update_free(&kept);
}

static void a_write_that_overflows_a_float_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_update u;
    float w[M * N] = {0};
    random_update(&u, 4);
    for (size_t t = 0; t < R; t++) u.A.data[2 * R + t] = 1e39;
    assert_int_equal(spx_update_write(&u, w, &err), SPX_ENUMERIC);
    assert_string_equal(err.text, "entry (2, 0) is not finite");
    spx_update_free(&u);
}

static void updates_survive_oom(void **state)
{
    (void)state;
    spx_update u = {0};
    float w[M * N] = {0};
    double norm2 = 0;
    check_survives_oom(spx_update_alloc(&u, M, N, R, NULL));
    check_survives_oom(spx_update_norm2(&u, &norm2, NULL));
    check_survives_oom(spx_update_write(&u, w, NULL));
    check_survives_oom(spx_update_expand(&u, NULL));
    spx_update_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_is_the_rounded_sum_in_order),
        cmocka_unit_test(factors_and_the_product_agree),
        cmocka_unit_test(what_is_kept_as_floats_writes_the_same),
        cmocka_unit_test(a_write_that_overflows_a_float_is_refused),
        cmocka_unit_test(updates_survive_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
