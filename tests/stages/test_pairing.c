/* test_pairing.c: tensors chosen, their counterparts elsewhere, and the order of their values. */
#include "ckpt_files.h"

#include "spx/pairing.h"

#define PAIRS DATA "pairs/"

static spx_tensor shaped(const char *name, size_t rows, size_t cols)
{
    spx_tensor t = {.name = name, .dtype = SPX_F32, .ndim = rows ? 2 : 1, .shape = {rows, cols}};
    if (!rows) t.shape[0] = cols;
    return t;
}

static void shapes_are_compared_in_one_orientation(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t rows[2], cols[2]; /* rows 0: a vector */
        bool same;
    } cases[] = {
        {"blk.0.ffn_down.weight", "blk.0.ffn_down.weight", {4, 4}, {6, 6}, true},
        {"blk.0.ffn_down.weight", "blk.0.ffn_down.weight", {4, 6}, {6, 4}, false},
        {"blk.0.ffn_down.weight", "h.0.mlp.c_proj.weight", {4, 6}, {6, 4}, true},
        {"blk.0.ffn_down.weight", "h.0.mlp.c_proj.weight", {4, 4}, {6, 6}, false},
        {"h.0.mlp.c_proj.weight", "h.0.mlp.c_proj.weight", {4, 4}, {6, 6}, true},
        {"a", "b", {0, 0}, {6, 6}, true},
        {"a", "b", {0, 0}, {6, 5}, false},
        {"a", "b", {0, 1}, {6, 6}, true}, /* one row */
        {"blk.0.ffn_down.weight", "h.0.mlp.c_proj.weight", {0, 6}, {6, 1}, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const spx_tensor t = shaped(cases[i].a, cases[i].rows[0], cases[i].cols[0]),
                         u = shaped(cases[i].b, cases[i].rows[1], cases[i].cols[1]);
        assert_int_equal(spx_tensors_same_shape(&t, &u), cases[i].same);
        assert_int_equal(spx_tensors_same_shape(&u, &t), cases[i].same);
    }
}

static void a_counterpart_has_the_name_or_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *file, *name, *counterpart;
    } cases[] = {
        {PAIRS "llama.safetensors", "blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"},
        {PAIRS "llama.safetensors", "blk.0.attn_q.weight",
         "model.layers.0.self_attn.q_proj.weight"},
        {PAIRS "llama.gguf", "model.layers.0.mlp.down_proj.weight", "blk.0.ffn_down.weight"},
        {PAIRS "llama.gguf", "blk.0.ffn_down.weight", "blk.0.ffn_down.weight"},
        {PAIRS "gpt2.safetensors", "blk.0.ffn_down.bias", "h.0.mlp.c_proj.bias"},
        {PAIRS "llama.gguf", "blk.77.ffn_down.weight", NULL},
        {PAIRS "llama.gguf", "something.else", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_ckpt *c = open_file(cases[i].file);
        const spx_tensor t = shaped(cases[i].name, 2, 2), *u = spx_counterpart(c, &t);
        if (cases[i].counterpart)
            assert_true(u && strstr(u->name, cases[i].counterpart));
        else
            assert_null(u);
        spx_ckpt_close(c);
    }
}

static size_t notes;
static void count_note(const char *line)
{
    (void)line;
    notes++;
}

/* One model as llama.cpp's converter lays it out and as Hugging Face keeps it. */
static void values_come_into_one_order(void **state)
{
    (void)state;
    static const char *const family[] = {"llama", "qwen2", "gemma2", "gptneox", "gpt2", "phi3"};
    static const size_t kinds[] = {1, 0, 1, 1, 0, 0}; /* of layouts that are undone */
    for (size_t f = 0; f < sizeof family / sizeof *family; f++) {
        char path[2][256];
        size_t compared = 0;
        spx_notify notify = {.note = count_note};
        snprintf(path[0], sizeof path[0], PAIRS "%s.gguf", family[f]);
        snprintf(path[1], sizeof path[1], PAIRS "%s.safetensors", family[f]);
        spx_ckpt *c[2] = {open_file(path[0]), open_file(path[1])};
        notes = 0;
        for (size_t i = 0; i < spx_ckpt_count(c[0]); i++) {
            spx_error err = {0};
            spx_mat A, B;
            const spx_tensor *t = spx_ckpt_at(c[0], i), *u = spx_counterpart(c[1], t);
            if (!u) continue;
            (void)spx_tensor_order_like(c[1], u, c[0], t, &notify);
            if (t->ndim != 2) continue;
            check_ok(spx_tensor_oriented(t, &A, &err));
            check_ok(spx_tensor_oriented_like(c[1], u, c[0], t, &B, &err));
            assert_true(A.rows == B.rows && A.cols == B.cols);
            assert_memory_equal(A.data, B.data, A.rows * A.cols * sizeof *A.data);
            spx_mat_free(&A);
            spx_mat_free(&B);
            compared++;
        }
        assert_true(compared > 0);
        assert_int_equal(notes, kinds[f]);
        spx_ckpt_close(c[0]);
        spx_ckpt_close(c[1]);
    }
}

static void chosen_tensors_are_matrices_of_weights(void **state)
{
    (void)state;
    static const struct {
        const char *glob; /* NULL: none */
        spx_status status;
        const char *text;
    } cases[] = {
        {NULL, SPX_OK, NULL},
        {"*ffn_down*", SPX_OK, NULL},
        {"*nothing*", SPX_ENOTFOUND, "tiny.gguf: no tensor matches *nothing*"},
        {"output_norm*", SPX_ESHAPE, "tensor output_norm.weight is not a matrix of weights"},
    };
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        const spx_names globs = {.item = {cases[i].glob}, .n = cases[i].glob != NULL};
        assert_int_equal(spx_tensors_some(&globs, c, &err), cases[i].status);
        if (cases[i].text) assert_non_null(strstr(err.text, cases[i].text));
    }
    spx_ckpt_close(c);
    spx_error err = {0};
    const spx_names none = {.n = 0};
    c = open_file(DATA "dtypes.safetensors");
    assert_int_equal(spx_tensors_some(&none, c, &err), SPX_ENOTFOUND);
    assert_non_null(strstr(err.text, "no tensor has the name of an FFN output projection"));
    spx_ckpt_close(c);
}

static void lists_are_sorted_and_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    spx_ckpt *c = open_file(DATA "tiny.gguf");
    check_ok(spx_tensors_sorted(c, spx_tensor_is_matrix, &list, &n, &tmp, &err));
    assert_true(n > 10);
    for (size_t i = 0; i < n; i++) {
        assert_true(list[i]->ndim == 2);
        if (i > 0) assert_true(spx_natural_order(list[i - 1]->name, list[i]->name) < 0);
    }
    spx_scratch_free(&tmp);
    spx_mat W;
    const spx_tensor *t = spx_ckpt_find(c, "blk.0.ffn_down.weight");
    check_survives_oom(spx_tensor_oriented(t, &W, NULL));
    spx_mat_free(&W);
    spx_ckpt_close(c);
}

static void new_values_have_a_type_that_can_be_written(void **state)
{
    (void)state;
    static const struct {
        spx_dtype own;
        const char *name;
        spx_dtype out;
        spx_status status;
    } cases[] = {
        {SPX_BF16, NULL, SPX_BF16, SPX_OK},   {SPX_Q4_K, NULL, SPX_F16, SPX_OK},
        {SPX_Q4_K, "F32", SPX_F32, SPX_OK},   {SPX_F32, "Q8_0", SPX_Q8_0, SPX_OK},
        {SPX_F32, "Q9", SPX_F32, SPX_EINVAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const spx_tensor t = {.name = "t", .dtype = cases[i].own};
        spx_dtype out;
        spx_error err = {0};
        assert_int_equal(spx_tensor_new_dtype(&t, cases[i].name, &out, &err), cases[i].status);
        if (cases[i].status == SPX_OK) assert_int_equal(out, cases[i].out);
    }
}

static void identical_tensors_have_one_name_type_and_bytes(void **state)
{
    (void)state;
    const unsigned char one[4] = {1, 2, 3, 4}, other[4] = {1, 2, 3, 5};
    const spx_tensor t = {.name = "t", .dtype = SPX_F32, .bytes = 4, .data = one};
    spx_tensor u = t;
    assert_true(spx_tensors_identical(&t, &u));
    u.data = other;
    assert_false(spx_tensors_identical(&t, &u));
    u = t;
    u.name = "u";
    assert_false(spx_tensors_identical(&t, &u));
    u = t;
    u.dtype = SPX_I32;
    assert_false(spx_tensors_identical(&t, &u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_compared_in_one_orientation),
        cmocka_unit_test(a_counterpart_has_the_name_or_the_place),
        cmocka_unit_test(values_come_into_one_order),
        cmocka_unit_test(chosen_tensors_are_matrices_of_weights),
        cmocka_unit_test(lists_are_sorted_and_survive_oom),
        cmocka_unit_test(new_values_have_a_type_that_can_be_written),
        cmocka_unit_test(identical_tensors_have_one_name_type_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
