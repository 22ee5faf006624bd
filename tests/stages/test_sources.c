/* test_sources.c: what arguments expand to, in what order, and the names of the stages. */
#include "run_files.h"

#include "spx/sources.h"

static void a_stage_is_called_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *stage;
    } cases[] = {
        {"runs/checkpoint-900", "checkpoint-900"},
        {"runs/checkpoint-900/", "checkpoint-900"},
        {"runs/checkpoint-900/model.safetensors", "checkpoint-900"},
        {"runs/checkpoint-900/model.safetensors.index.json", "checkpoint-900"},
        {"runs/c2/pytorch_model.bin", "c2"},
        {"model.safetensors", "model.safetensors"},
        {"some.gguf", "some.gguf"},
        {"some/run.h5#r3", "r3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_source s;
        spx_source_of(cases[i].argument, &s);
        assert_string_equal(s.path, cases[i].argument);
        assert_string_equal(s.stage, cases[i].stage);
    }
}

/* A run file with the weights of these stages. */
static void write_stages(const char *path, const char *const *stage, size_t n)
{
    spx_error err = {0};
    spx_store *s = NULL;
    const float w[2] = {1, 2};
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    for (size_t i = 0; i < n; i++) check_ok(spx_record_weight(s, stage[i], "t", w, 1, 2, &err));
    check_ok(spx_store_commit(&s, &err));
}

static void arguments_expand_in_natural_order(void **state)
{
    (void)state;
    static const char *const stages[] = {"base", "r1", "r2", "last"}, *const only[] = {"last"};
    static const char *const expected[] = {"a.h5#base",      "a.h5#r1",         "a.h5#r2", "last",
                                           "checkpoint-900", "checkpoint-1000", "c.h5#r1"};
    spx_error err = {0};
    spx_source *all = NULL;
    size_t n = 0;
    write_stages(in_folder("a.h5"), stages, 4);
    write_stages(in_folder("b.h5"), only, 1);
    write_stages(in_folder("c.h5"), stages + 1, 1);
    char path[5][128];
    static const char *const argument[] = {"checkpoint-1000", "b.h5", "checkpoint-900", "a.h5",
                                           "c.h5"};
    spx_names names = {.n = 5};
    for (size_t i = 0; i < 5; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", folder, argument[i]);
        names.item[i] = path[i];
    }
    check_ok(spx_sources_expand(&names, NULL, &all, &n, &err));
    assert_int_equal(n, 7);
    /* natural order of the paths; two stages r1 are told apart, the others keep their names */
    assert_string_equal(all[0].stage, "base");
    assert_string_equal(all[1].stage, expected[1]);
    assert_string_equal(all[2].stage, "r2");
    assert_string_equal(all[3].stage, expected[3]);
    assert_string_equal(all[4].stage, expected[6]);
    assert_string_equal(all[5].stage, expected[4]);
    assert_string_equal(all[6].stage, expected[5]);
    assert_string_equal(strrchr(all[0].path, '/') + 1, expected[0]);
    assert_string_equal(strrchr(all[2].path, '/') + 1, expected[2]);
    spx_free(all);
    check_survives_oom(spx_sources_expand(&names, NULL, &all, &n, NULL));
    spx_free(all);
}

static void names_that_cannot_be_told_apart_are_refused(void **state)
{
    (void)state;
    spx_error same = {0}, none = {0};
    spx_source *all = NULL;
    size_t n = 0;
    const spx_names twice = {.item = {"x/model-1", "y/model-1"}, .n = 2};
    assert_int_equal(spx_sources_expand(&twice, NULL, &all, &n, &same), SPX_EINVAL);
    assert_string_equal(same.text, "x/model-1 and y/model-1 are both called 'model-1'");
    assert_null(all);
    write_stages(in_folder("none.h5"), NULL, 0);
    const spx_names empty = {.item = {in_folder("none.h5")}, .n = 1};
    assert_int_equal(spx_sources_expand(&empty, NULL, &all, &n, &none), SPX_ENOTFOUND);
    assert_non_null(strstr(none.text, "none.h5: the weights of no stage are kept"));
}

static bool keep_first(const spx_tensor *t) { return strcmp(t->name, "a") == 0; }

static void identity_of(const char *path, char *out, size_t room)
{
    spx_error err = {0};
    spx_bytes text = {0};
    spx_source s;
    spx_source_of(path, &s);
    check_ok(spx_describe_sources(&text, &s, 1, keep_first, &err));
    assert_true(text.size < room);
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    spx_bytes_free(&text);
}

/* The fingerprint follows the tensors that are kept, and no other. */
static void an_identity_follows_the_tensors_kept(void **state)
{
    (void)state;
    float a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
    const test_tensor t[] = {{"a", 2, 2, a, false}, {"b", 2, 2, b, false}};
    const char *path = in_folder("t.safetensors");
    char first[600], second[600], third[600];
    write_safetensors(path, "F32", sizeof(float), t, 2);
    identity_of(path, first, sizeof first);
    b[0] = 0;
    write_safetensors(path, "F32", sizeof(float), t, 2);
    identity_of(path, second, sizeof second);
    a[3] = 0;
    write_safetensors(path, "F32", sizeof(float), t, 2);
    identity_of(path, third, sizeof third);
    assert_string_equal(first, second);
    assert_string_not_equal(first, third);
    assert_non_null(strstr(first, "stage t.safetensors\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stage_is_called_by_its_path),
        cmocka_unit_test(arguments_expand_in_natural_order),
        cmocka_unit_test(names_that_cannot_be_told_apart_are_refused),
        cmocka_unit_test(an_identity_follows_the_tensors_kept),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
