/* test_rewrite.c: new values gathered for a checkpoint, laid out as it stores them, and written. */
#include "run_files.h"

#include "spx/rewrite.h"

enum { M = 2, N = 3 };

static const float w[M * N] = {1, 2, 3, 4, 5, 6}; /* outputs x inputs */
static const float q[M * M] = {1, 2, 3, 4};

static spx_ckpt *open_file(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    return c;
}

static void write_models(void)
{
    const float zero[M * N] = {0};
    const test_tensor straight[] = {{"model.layers.0.mlp.down_proj.weight", M, N, zero, false},
                                    {"model.layers.0.self_attn.q_proj.weight", M, M, zero, false},
                                    {"model.norm.weight", 1, N, zero, true}},
                      turned[] = {{"h.0.mlp.c_proj.weight", N, M, zero, false}};
    write_safetensors(in_folder("straight.safetensors"), "F32", sizeof(float), straight, 3);
    write_safetensors(in_folder("turned.safetensors"), "F32", sizeof(float), turned, 1);
}

/* Values of the first tensor of a file, as it is stored. */
static void check_stored(const char *path, const char *name, const float *expected)
{
    float x[M * N];
    spx_ckpt *c = open_file(path);
    const spx_tensor *t = spx_ckpt_find(c, name);
    assert_non_null(t);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), x);
    assert_memory_equal(x, expected, sizeof x);
    spx_ckpt_close(c);
}

static void values_are_laid_out_as_the_tensor_is_stored(void **state)
{
    (void)state;
    static const float columns[M * N] = {1, 4, 2, 5, 3, 6};
    static const struct {
        const char *file, *name;
        const float *stored;
    } cases[] = {
        {"straight.safetensors", "model.layers.0.mlp.down_proj.weight", w},
        {"turned.safetensors", "h.0.mlp.c_proj.weight", columns},
    };
    write_models();
    for (size_t i = 0; i < 2; i++) {
        spx_error err = {0};
        spx_rewrite r;
        spx_mat W;
        spx_ckpt *into = open_file(in_folder(cases[i].file));
        check_ok(spx_mat_alloc(&W, M, N, &err));
        spx_floats_widen(w, &W);
        check_ok(spx_rewrite_open(&r, into, NULL, in_folder("out.safetensors"), &err));
        check_ok(spx_rewrite_add_named(&r, "blk.0.ffn_down.weight", &W, &err));
        check_ok(spx_rewrite_write(&r, &err));
        spx_rewrite_close(&r);
        spx_ckpt_close(into);
        check_stored(in_folder("out.safetensors"), cases[i].name, cases[i].stored);
        spx_mat_free(&W);
    }
}

static void what_has_no_place_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t rows, cols;
        spx_status status;
        const char *text;
    } cases[] = {
        {"blk.9.ffn_down.weight", M, N, SPX_ENOTFOUND, "no tensor stands for blk.9.ffn_down"},
        {"blk.0.ffn_down.weight", N, N, SPX_ESHAPE, "is 3 x 3, but 2 x 3 in "},
        {"blk.0.attn_q.weight", M, M, SPX_EUNSUP, "its layout there is not known"},
    };
    spx_error err = {0};
    spx_rewrite r;
    write_models();
    spx_ckpt *into = open_file(in_folder("straight.safetensors"));
    check_ok(spx_rewrite_open(&r, into, NULL, NULL, &err));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error why = {0};
        spx_mat W;
        check_ok(spx_mat_alloc(&W, cases[i].rows, cases[i].cols, &err));
        assert_int_equal(spx_rewrite_add_named(&r, cases[i].name, &W, &why), cases[i].status);
        assert_non_null(strstr(why.text, cases[i].text));
        spx_mat_free(&W);
    }
    assert_int_equal(r.n, 0);
    spx_rewrite_close(&r);
    spx_ckpt_close(into);
}

static void a_tensor_is_replaced_once(void **state)
{
    (void)state;
    spx_error err = {0}, twice = {0}, type = {0};
    spx_rewrite r;
    spx_mat W;
    write_models();
    spx_ckpt *into = open_file(in_folder("straight.safetensors"));
    check_ok(spx_mat_alloc(&W, M, N, &err));
    check_ok(spx_rewrite_open(&r, into, NULL, NULL, &err));
    check_ok(spx_rewrite_add_named(&r, "model.layers.0.mlp.down_proj.weight", &W, &err));
    assert_int_equal(spx_rewrite_add_named(&r, "blk.0.ffn_down.weight", &W, &twice), SPX_EINVAL);
    assert_non_null(strstr(twice.text, "two tensors stand for model.layers.0.mlp.down_proj"));
    spx_rewrite_close(&r);
    check_ok(spx_rewrite_open(&r, into, "Q9", NULL, &err));
    assert_int_equal(spx_rewrite_add_named(&r, "blk.0.ffn_down.weight", &W, &type), SPX_EINVAL);
    assert_string_equal(type.text, "unknown type 'Q9'");
    spx_rewrite_close(&r);
    spx_error beyond = {0};
    check_ok(spx_rewrite_open(&r, into, NULL, NULL, &err));
    W.data[N + 1] = 1e300;
    assert_int_equal(spx_rewrite_add_named(&r, "blk.0.ffn_down.weight", &W, &beyond), SPX_ENUMERIC);
    assert_string_equal(beyond.text, "tensor model.layers.0.mlp.down_proj.weight: entry (1, 1) is "
                                     "1e+300, which the range of float cannot hold");
    spx_rewrite_close(&r);
    spx_mat_free(&W);
    spx_ckpt_close(into);
}

/* A stage of a run in place of a model's tensors; vectors and other families' names too. */
static void a_stage_goes_into_its_model(void **state)
{
    (void)state;
    spx_error err = {0};
    float edited[M * N];
    write_models();
    memcpy(edited, w, sizeof w);
    write_run(in_folder("run.h5"), "blk.0.ffn_down.weight", edited, M, N, 1, 2, 1);
    remove(in_folder("out.safetensors"));
    check_ok(spx_rewrite_stage(in_folder("run.h5#r2"), in_folder("straight.safetensors"), NULL,
                               in_folder("out.safetensors"), NULL, &err));
    check_stored(in_folder("out.safetensors"), "model.layers.0.mlp.down_proj.weight", edited);

    const float norm[N] = {7, 8, 9};
    const test_tensor parts[] = {{"model.norm.weight", 1, N, norm, true},
                                 {"model.layers.0.self_attn.q_proj.weight", M, M, q, false}};
    write_safetensors(in_folder("parts.safetensors"), "F32", sizeof(float), parts, 2);
    check_ok(spx_rewrite_stage(in_folder("parts.safetensors"), in_folder("straight.safetensors"),
                               "F32", in_folder("out.safetensors"), NULL, &err));
    spx_ckpt *c = open_file(in_folder("out.safetensors"));
    float x[M * N] = {0};
    spx_tensor_read_float(spx_ckpt_find(c, "model.norm.weight"), 0, 1, x);
    assert_memory_equal(x, norm, sizeof norm);
    spx_tensor_read_float(spx_ckpt_find(c, parts[1].name), 0, M, x);
    assert_memory_equal(x, q, sizeof q);
    spx_ckpt_close(c);
}

static spx_status add_one(const spx_ckpt *into, const spx_mat *W)
{
    spx_rewrite r = {0};
    spx_status st = spx_rewrite_open(&r, into, NULL, NULL, NULL);
    if (st == SPX_OK) st = spx_rewrite_add_named(&r, "blk.0.ffn_down.weight", W, NULL);
    spx_rewrite_close(&r);
    return st;
}

static void rewrites_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_mat W;
    write_models();
    spx_ckpt *into = open_file(in_folder("straight.safetensors"));
    check_ok(spx_mat_alloc(&W, M, N, &err));
    check_survives_oom(add_one(into, &W));
    spx_mat_free(&W);
    spx_ckpt_close(into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_laid_out_as_the_tensor_is_stored),
        cmocka_unit_test(what_has_no_place_is_refused),
        cmocka_unit_test(a_tensor_is_replaced_once),
        cmocka_unit_test(a_stage_goes_into_its_model),
        cmocka_unit_test(rewrites_survive_oom),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
