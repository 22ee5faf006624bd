/* test_deferred.c: a whole change stands in the weight until its entries are chosen. */
#include "edit/editors.h"
#include "matrices.h"

#include <string.h>

enum { M = 4, N = 6, FACTS = 2 };

typedef struct fixture {
    spx_mat W, K;
    spx_update dW;
    spx_edit *edit; /* rect-compat, which keeps 0.4 of the entries */
    float w[M * N];
} fixture;

static void setup(fixture *f)
{
    spx_error err = {0};
    spx_rng rng = spx_rng_seed(7);
    const spx_edit_opts o = spx_edit_defaults();
    spx_mat C;
    *f = (fixture){0};
    random_mat(&f->K, N, FACTS, &rng);
    random_mat(&f->dW.A, M, FACTS, &rng);
    random_mat(&f->dW.B, N, FACTS, &rng);
    check_ok(spx_mat_alloc(&f->W, M, N, &err));
    for (size_t i = 0; i < (size_t)M * N; i++) f->w[i] = (float)spx_rng_normal(&rng);
    spx_floats_widen(f->w, &f->W);
    check_ok(spx_mat_alloc(&C, N, N, &err));
    for (size_t i = 0; i < N; i++) C.data[i * N + i] = 1;
    check_ok(spx_edit_open(&edit_rect_compat, &o, &C, N, &f->edit, &err));
    spx_mat_free(&C);
}

static void teardown(fixture *f)
{
    spx_edit_close(f->edit);
    spx_update_free(&f->dW);
    spx_mat_free(&f->W);
    spx_mat_free(&f->K);
}

/* w becomes float(W + dW) with dW rounded, is W again once entries are chosen, and these are those
 * of the editor's rule for the rounded change. */
static void the_weight_is_whole_in_between_and_restored(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_deferred d;
    spx_update chosen, direct;
    float w[M * N], expected[M * N];
    setup(&f);
    memcpy(w, f.w, sizeof w);
    memcpy(expected, f.w, sizeof w);
    check_ok(spx_deferred_put(&f.dW, &f.K, w, &d, &err));
    direct = (spx_update){0};
    check_ok(spx_mat_clone(&direct.A, &f.dW.A, &err));
    check_ok(spx_mat_clone(&direct.B, &f.dW.B, &err));
    spx_update_round(&direct);
    check_ok(spx_update_write(&direct, expected, &err));
    assert_memory_equal(w, expected, sizeof w);
    assert_memory_not_equal(w, f.w, sizeof w);
    assert_memory_equal(d.K.data, f.K.data, N * FACTS * sizeof(double));

    check_ok(spx_deferred_choose(&d, f.edit, &f.W, w, &chosen, &err));
    assert_memory_equal(w, f.w, sizeof w);
    check_ok(spx_edit_choose(f.edit, &f.W, &direct, &err));
    assert_memory_equal(chosen.A.data, direct.A.data, M * N * sizeof(double));
    size_t zeros = 0;
    for (size_t i = 0; i < (size_t)M * N; i++) zeros += chosen.A.data[i] == 0;
    assert_true(zeros > M * N / 2 && zeros < M * N); /* about 0.6 of them */
    spx_update_free(&chosen);
    spx_update_free(&direct);
    spx_deferred_free(&d);
    teardown(&f);
}

static void a_change_that_is_not_finite_leaves_the_weight(void **state)
{
    (void)state;
    spx_error err = {0};
    fixture f;
    spx_deferred d;
    float w[M * N];
    setup(&f);
    memcpy(w, f.w, sizeof w);
    f.dW.A.data[(M - 1) * FACTS] = (double)INFINITY; /* rows before the last are fine */
    assert_int_equal(spx_deferred_put(&f.dW, &f.K, w, &d, &err), SPX_ENUMERIC);
    assert_memory_equal(w, f.w, sizeof w);
    assert_null(d.before);
    teardown(&f);
}

static spx_status put_and_free(const fixture *f)
{
    spx_deferred d;
    float w[M * N];
    memcpy(w, f->w, sizeof w);
    const spx_status st = spx_deferred_put(&f->dW, &f->K, w, &d, NULL);
    if (st != SPX_OK) assert_memory_equal(w, f->w, sizeof w);
    spx_deferred_free(&d);
    return st;
}

static void survives_oom(void **state)
{
    (void)state;
    fixture f;
    setup(&f);
    check_survives_oom(put_and_free(&f));
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weight_is_whole_in_between_and_restored),
        cmocka_unit_test(a_change_that_is_not_finite_leaves_the_weight),
        cmocka_unit_test(survives_oom),
    };
    return cmocka_run_group_tests_name("deferred", tests, NULL, NULL);
}
