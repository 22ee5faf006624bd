/* test_odd.c: tensors that are unusual in themselves, in every format: one never refuses a file. */
#include "ckpt_files.h"

#include "spx/export.h"

#include <math.h>

#define ODD DATA "odd/"

/* A view has the values that PyTorch says it has; odd.py. */
static void views_are_read_by_their_strides(void **state)
{
    (void)state;
    spx_ckpt *want = open_file(ODD "views.safetensors"), *c = open_file(ODD "views.pt");
    assert_int_equal(spx_ckpt_count(c), spx_ckpt_count(want));
    for (size_t i = 0; i < spx_ckpt_count(want); i++) {
        const spx_tensor *w = spx_ckpt_at(want, i), *t = spx_ckpt_find(c, w->name);
        assert_non_null(t);
        if (t->dtype != w->dtype || t->ndim != w->ndim || t->bytes != w->bytes)
            fail_msg("%s: %s, %zu axes, %zu bytes", w->name, spx_tensor_type(t), t->ndim, t->bytes);
        for (size_t k = 0; k < t->ndim; k++) assert_int_equal(t->shape[k], w->shape[k]);
        if (memcmp(t->data, w->data, t->bytes) != 0) fail_msg("%s has other values", t->name);
    }
    spx_ckpt_close(c);
    spx_ckpt_close(want);
}

static void views_survive_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(ODD "views.pt", &c, &err)));
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(ODD "types.pt", &c, &err)));
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(ODD "ema.pt", &c, &err)));
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(ODD "odd.npz", &c, &err)));
    spx_ckpt_close(c);
    check_survives_oom((err = (spx_error){0}, spx_ckpt_open(ODD "odd.gguf", &c, &err)));
    spx_ckpt_close(c);
}

/* Listed by name, type and bytes; values are refused by name, and reading gives NaN. */
static void check_other(const spx_ckpt *c, const char *name, const char *type, size_t bytes)
{
    spx_error err = {0};
    spx_mat W;
    double first[64] = {0};
    const spx_tensor *t = spx_ckpt_find(c, name);
    if (!t) fail_msg("%s is missing", name);
    assert_string_equal(spx_tensor_type(t), type);
    assert_int_equal(t->bytes, bytes);
    assert_false(spx_tensor_has_weights(t));
    assert_int_equal(spx_tensor_matrix(t, &W, &err), SPX_EUNSUP);
    assert_non_null(strstr(err.text, name));
    assert_non_null(strstr(err.text, type));
    spx_tensor_read(t, 0, 1, first);
    assert_true(isnan(first[0]));
}

static void types_without_values_are_listed(void **state)
{
    (void)state;
    spx_ckpt *c = open_file(ODD "types.pt");
    assert_int_equal(spx_ckpt_count(c), 5);
    check_other(c, "complex", "C64", 48);
    check_other(c, "quantised", "QINT8", 48);
    check_other(c, "negated", "F32 negated", 192);
    assert_int_equal(spx_ckpt_find(c, "e8m0")->dtype, SPX_F8_E8M0);
    assert_true(spx_tensor_has_weights(spx_ckpt_find(c, "plain")));
    assert_string_equal(spx_ckpt_note(c, 0) + strlen(ODD "types.pt"),
                        ": sparse is a sparse tensor and is left out");
    assert_null(spx_ckpt_note(c, 1));
    spx_ckpt_close(c);
    c = open_file(ODD "records.npy");
    check_other(c, "records", "[('a', '<f4'), (\"b's\", '<i8', (2,))]", 60);
    spx_ckpt_close(c);
    c = open_file(ODD "complex.npy");
    check_other(c, "complex", "<c8", 32);
    spx_ckpt_close(c);
}

/* A safetensors file of one tensor `odd` of that type and shape, and one of floats after it. */
static void write_typed(const char *path, const char *type, const char *shape, size_t bytes)
{
    static unsigned char file[4096];
    char header[512];
    const int n = snprintf(header, sizeof header,
                           "{\"odd\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[0,%zu]},"
                           "\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[%zu,%zu]}}",
                           type, shape, bytes, bytes, bytes + 16);
    memset(file, 0, sizeof file);
    file[0] = (unsigned char)n;
    file[1] = (unsigned char)(n >> 8);
    memcpy(file + 8, header, (size_t)n);
    write_file(path, file, 8 + (size_t)n + bytes + 16);
}

static void safetensors_lists_every_type(void **state)
{
    (void)state;
    static const struct {
        const char *type, *shape;
        size_t bytes;
        bool right; /* bytes fit the shape, or cannot be checked */
    } cases[] = {
        {"F4", "[4,4]", 8, true},     {"F4", "[3]", 2, true},      {"F4", "[4,4]", 16, false},
        {"F6_E2M3", "[4]", 3, true},  {"F6_E3M2", "[4]", 3, true}, {"F4", "[4]", 2, true},
        {"F6_E2M3", "[4]", 5, false}, {"C64", "[2]", 16, true},    {"C64", "[2]", 15, false},
        {"NEW_TYPE", "[2]", 7, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_ckpt *c = NULL;
        write_typed("typed.safetensors", cases[i].type, cases[i].shape, cases[i].bytes);
        const spx_status st = spx_ckpt_open("typed.safetensors", &c, &err);
        if ((st == SPX_OK) != cases[i].right)
            fail_msg("%s of %zu bytes: %s", cases[i].type, cases[i].bytes, err.text);
        if (st == SPX_OK) assert_true(spx_tensor_has_weights(spx_ckpt_find(c, "w")));
        if (st == SPX_OK && strncmp(cases[i].type, "F8_", 3) == 0) /* scales and codes are read */
            assert_true(spx_tensor_has_weights(spx_ckpt_find(c, "odd")));
        else if (st == SPX_OK)
            check_other(c, "odd", cases[i].type, cases[i].bytes);
        spx_ckpt_close(c);
    }
    remove("typed.safetensors");
}

static void numpy_is_put_into_one_order(void **state)
{
    (void)state;
    spx_ckpt *want = open_file(ODD "plain.npy");
    const spx_tensor *w = spx_ckpt_at(want, 0);
    static const char *const same[] = {ODD "big.npy", ODD "fortran.npy", ODD "big-fortran.npy"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        double a[12], b[12];
        spx_ckpt *c = open_file(same[i]);
        const spx_tensor *t = spx_ckpt_at(c, 0);
        assert_true(t->ndim == 2 && t->shape[0] == 3 && t->shape[1] == 4);
        spx_tensor_read(w, 0, 3, a);
        spx_tensor_read(t, 0, 3, b);
        assert_memory_equal(a, b, sizeof a);
        spx_ckpt_close(c);
    }
    spx_ckpt_close(want);
    spx_ckpt *c = open_file(ODD "odd.npz");
    assert_int_equal(spx_ckpt_count(c), 4); /* the text is left out */
    assert_int_equal(spx_ckpt_find(c, "none")->bytes, 0);
    assert_int_equal(spx_ckpt_find(c, "big")->dtype, SPX_F16);
    check_other(c, "z", "<c16", 32);
    spx_ckpt_close(c);
}

static void a_tensor_without_values_is_kept(void **state)
{
    (void)state;
    static const made t[] = {{"a", 2, {2, 3}},  {"none", 2, {0, 4}},    {"b", 1, {3}},
                             {"no", 2, {4, 0}}, {"flat", 3, {2, 0, 5}}, {"scalar", 0, {0}}};
    spx_error err = {0};
    spx_mat W;
    double x[4] = {7, 7, 7, 7};
    make_safetensors("empty.safetensors", t, 6);
    spx_ckpt *c = open_file("empty.safetensors");
    assert_int_equal(spx_ckpt_count(c), 6);
    for (size_t i = 1; i < 5; i += i == 1 ? 2 : 1) {
        char hash[SPX_SHA256_HEX];
        const spx_tensor *e = spx_ckpt_find(c, t[i].name);
        assert_true(e && e->bytes == 0);
        assert_false(spx_tensor_has_weights(e));
        spx_tensor_read(e, 0, spx_tensor_rows(e), x);
        assert_true(x[0] == 7);
        spx_ckpt_release(c, e, 0, spx_tensor_rows(e));
        check_ok(spx_ckpt_sha256(c, e, hash, &err));
        assert_int_equal(strncmp(hash, "e3b0c44298fc1c14", 16), 0);
        assert_int_equal(spx_tensor_matrix(e, &W, &err), SPX_ESHAPE);
    }
    /* It is written again, in a file that is laid out anew too. */
    static const float new_values[6];
    const spx_replacement r = {"a", new_values, SPX_BF16};
    check_ok(spx_ckpt_write(c, &r, 1, "empty-2.safetensors", &err));
    spx_ckpt *again = open_file("empty-2.safetensors");
    assert_int_equal(spx_ckpt_count(again), 6);
    assert_int_equal(spx_ckpt_find(again, "none")->shape[1], 4);
    assert_int_equal(spx_ckpt_find(again, "no")->shape[0], 4);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    remove("empty.safetensors");
    remove("empty-2.safetensors");
    c = open_file(ODD "empty.npy");
    assert_int_equal(spx_ckpt_at(c, 0)->bytes, 0);
    spx_ckpt_close(c);
}

static void gguf_keeps_what_it_does_not_know(void **state)
{
    (void)state;
    spx_error err = {0};
    size_t n = 1;
    spx_ckpt *c = open_file(ODD "odd.gguf");
    double blocks = 0;
    assert_null(spx_ckpt_numbers(c, "odd.nested", &n));
    assert_int_equal(n, 0);
    assert_true(spx_ckpt_number(c, "llama.block_count", &blocks) && blocks == 1);
    const spx_tensor *t = spx_ckpt_find(c, "blk.0.ffn_down.weight");
    assert_true(t && spx_tensor_has_weights(t));
    static const float x[24];
    const spx_replacement r = {t->name, x, SPX_F16};
    check_ok(spx_ckpt_write(c, &r, 1, "odd-2.gguf", &err));
    spx_ckpt *again = open_file("odd-2.gguf");
    const spx_tensor *before = spx_ckpt_find(c, "blk.0.ffn_down_exps.weight"),
                     *after = spx_ckpt_find(again, "blk.0.ffn_down_exps.weight");
    assert_memory_equal(before->data, after->data, before->bytes);
    spx_ckpt_close(again);
    spx_ckpt_close(c);
    remove("odd-2.gguf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_read_by_their_strides),
        cmocka_unit_test(views_survive_oom),
        cmocka_unit_test(types_without_values_are_listed),
        cmocka_unit_test(safetensors_lists_every_type),
        cmocka_unit_test(numpy_is_put_into_one_order),
        cmocka_unit_test(a_tensor_without_values_is_kept),
        cmocka_unit_test(gguf_keeps_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
