/* test_history.c: singular values along stages, decomposed again only where bytes have changed. */
#include "run_files.h"

#include "spx/history.h"

enum { M = 5, N = 7, STAGES = 5 };

static bool keep_matrices(const spx_tensor *t) { return spx_tensor_is_matrix(t); }

/* Stage t has the weight of stage `same[t]`, the tensor is missing where that is -1. */
static const int same[STAGES] = {0, 0, 2, -1, 2};

static void write_stages(void)
{
    spx_rng rng = spx_rng_seed(1);
    float w[STAGES][M * N];
    for (size_t t = 0; t < STAGES; t++) {
        char name[32];
        random_floats(w[t], (size_t)M * N, &rng);
        const test_tensor x[] = {{"other", M, N, w[0], false},
                                 {"t", M, N, w[same[t] >= 0 ? same[t] : 0], false}};
        snprintf(name, sizeof name, "%zu.safetensors", t);
        write_safetensors(in_folder(name), "F32", sizeof(float), x, same[t] >= 0 ? 2 : 1);
    }
}

static void open_stage(spx_history *h, size_t t)
{
    spx_error err = {0};
    spx_source from;
    size_t odd = 0;
    char name[32];
    snprintf(name, sizeof name, "%zu.safetensors", t);
    spx_source_of(in_folder(name), &from);
    if (t == 0) {
        check_ok(spx_stage_open_base(spx_history_stage(h, 0), &from, keep_matrices, NULL, &err));
        check_ok(spx_history_begin(h, &err));
    } else
        check_ok(spx_stage_open(spx_history_stage(h, t), &from, spx_history_stage(h, 0),
                                keep_matrices, &odd, &err));
    assert_int_equal(odd, t > 0 && same[t] < 0);
}

/* The values of tensor i of stage t, computed here. */
static void check_values(spx_history *h, size_t t, size_t i, const spx_svd *f)
{
    spx_error err = {0};
    spx_mat W;
    spx_svd expected;
    const spx_svd_opts o = spx_svd_defaults();
    check_ok(spx_tensor_matrix(spx_history_stage(h, t)->tensor[i], &W, &err));
    check_ok(spx_svd_compute(&W, &o, &expected, &err));
    assert_int_equal(f->r, M);
    assert_memory_equal(f->s, expected.s, M * sizeof *f->s);
    assert_null(f->U.data);
    spx_svd_free(&expected);
    spx_mat_free(&W);
}

static void values_follow_the_bytes(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_history *h = NULL;
    const spx_svd_opts o = spx_svd_defaults();
    const double *last = NULL;
    write_stages();
    check_ok(spx_history_new(STAGES, &o, &h, &err));
    for (size_t t = 0; t < STAGES; t++) {
        const spx_svd *f = NULL;
        if (t > 0) spx_history_close(h, t - 1);
        open_stage(h, t);
        check_ok(spx_history_measure(h, t, 0, &f, &err));
        check_values(h, t, 0, f);
        if (!spx_history_stage(h, t)->tensor[1]) continue;
        check_ok(spx_history_measure(h, t, 1, &f, &err));
        check_values(h, t, 1, f);
        /* the same decomposition, not one more */
        if (t > 0) assert_int_equal(f->s == last, (size_t)same[t] != t);
        last = f->s;
    }
    /* closed but for the first, the bytes that are the latest known, and what is open */
    assert_non_null(spx_history_stage(h, 0)->ckpt);
    assert_null(spx_history_stage(h, 1)->ckpt);
    assert_non_null(spx_history_stage(h, 2)->ckpt);
    assert_null(spx_history_stage(h, 3)->ckpt);
    assert_non_null(spx_history_stage(h, 4)->ckpt);
    spx_history_free(h);
}

static void histories_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_history *h = NULL;
    const spx_svd_opts o = spx_svd_defaults();
    const spx_svd *f = NULL;
    check_survives_oom(spx_history_new(STAGES, &o, &h, NULL));
    open_stage(h, 0);
    const long live = spx_test_live_blocks();
    spx_test_fail_alloc_after(0);
    assert_int_equal(spx_history_measure(h, 0, 0, &f, NULL), SPX_ENOMEM);
    spx_test_fail_alloc_after(-1);
    assert_int_equal(spx_test_live_blocks(), live);
    check_ok(spx_history_measure(h, 0, 0, &f, &err));
    spx_history_free(h);
    spx_history_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_the_bytes),
        cmocka_unit_test(histories_survive_oom),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
