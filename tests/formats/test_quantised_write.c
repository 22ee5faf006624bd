/* test_quantised_write.c: an edited quantised weight is written plain, or refused. */
#include "quantised_files.h"

#include "spx/export.h"
#include "spx/file.h"
#include "spx/json.h"

/* Removes what a test has written into a folder, and the folder. */
static void remove_written(const char *path)
{
    static const char *const files[] = {"config.json",       "tokenizer.json",
                                        "model.safetensors", "model.safetensors.index.json",
                                        "a.safetensors",     "b.safetensors"};
    char file[128];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(file, sizeof file, "%s/%s", path, files[i]);
        (void)remove(file);
    }
    assert_int_equal(rmdir(path), 0);
}

static void replace_all_by_one(const spx_ckpt *c, const char *name, const char *to)
{
    spx_error err = {0};
    const spx_tensor *t = spx_ckpt_find(c, name);
    const size_t n = spx_tensor_rows(t) * spx_tensor_cols(t);
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)(i % 7);
    const spx_replacement r = {name, x, SPX_BF16};
    check_ok(spx_ckpt_write(c, &r, 1, to, &err));
    free(x);
}

/* An edited weight is written in BF16, without companions, and config.json says so; every other
 * weight is as it was. */
static void an_edited_weight_is_written_plain(void **state)
{
    (void)state;
    static const char name[] = "model.layers.1.mlp.down_proj.weight",
                      module[] = "model.layers.1.mlp.down_proj";
    static const struct {
        const char *model, *list;
        size_t named; /* modules in the list */
    } cases[] = {{"model_fp8", "modules_to_not_convert", 2},
                 {"model_int8", "llm_int8_skip_modules", 1}};
    for (size_t i = 0; i < 2; i++) {
        char path[64], out[64], file[96];
        spx_error err = {0};
        spx_json *root = NULL;
        snprintf(path, sizeof path, QUANTISED "%s", cases[i].model);
        snprintf(out, sizeof out, "%s/out", folder);
        spx_ckpt *c = open_file(path);
        replace_all_by_one(c, name, out);
        spx_ckpt *again = open_file(out);
        assert_int_equal(spx_ckpt_count(again), spx_ckpt_count(c));
        for (size_t k = 0; k < spx_ckpt_count(c); k++) {
            const spx_tensor *t = spx_ckpt_at(c, k), *u = spx_ckpt_find(again, t->name);
            assert_non_null(u);
            if (strcmp(t->name, name) != 0) {
                assert_true(spx_tensor_same_bytes(t, u));
                continue;
            }
            float row[48];
            spx_tensor_read_float(u, 1, 1, row);
            assert_int_equal(u->dtype, SPX_BF16);
            assert_true(u->ndim == 2 && u->shape[0] == 32 && u->shape[1] == 48 &&
                        row[3] == (float)(51 % 7));
        }
        assert_null(spx_ckpt_find(again, "model.layers.1.mlp.down_proj.SCB"));
        assert_null(spx_ckpt_find(again, "model.layers.1.mlp.down_proj.weight_scale_inv"));
        snprintf(file, sizeof file, "%s/config.json", out);
        check_ok(spx_json_read(file, &root, &err));
        const spx_json *list =
            spx_json_get(spx_json_get(root, "quantization_config"), cases[i].list);
        assert_int_equal(spx_json_size(list), cases[i].named);
        assert_string_equal(spx_json_text(spx_json_at(list, cases[i].named - 1)), module);
        spx_json_free(root);
        spx_ckpt_close(again);
        spx_ckpt_close(c);
        remove_written(out);
    }
}

/* Codes in one shard, their scale in another; GPTQ's codes change their name. */
static void shards_and_their_index_follow(void **state)
{
    (void)state;
    static const entry first[] = {
        FP8("x.weight", 4, 6), F32("y.bias", 1, 3), {"z.scales", "F16", 2, {2, 8}, 2, NULL}};
    static const entry second[] = {F32("x.weight_scale", 1, 1), WORDS("z.qweight", 4, 8),
                                   WORDS("z.qzeros", 2, 1)};
    static const char index[] =
        "{\"metadata\": {\"total_size\": 208}, \"weight_map\": {\"x.weight\": \"a.safetensors\", "
        "\"y.bias\": \"a.safetensors\", \"z.scales\": "
        "\"a.safetensors\", \"x.weight_scale\": \"b.safetensors\", \"z.qweight\": "
        "\"b.safetensors\", \"z.qzeros\": \"b.safetensors\"}}";
    char path[64], in[64], out[64];
    spx_error err = {0};
    spx_json *root = NULL;
    double size = 0;
    snprintf(in, sizeof in, "%s/config.json", folder);
    (void)remove(in);
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    make_file(path, first, 3);
    snprintf(path, sizeof path, "%s/b.safetensors", folder);
    make_file(path, second, 3);
    snprintf(in, sizeof in, "%s/model.safetensors.index.json", folder);
    write_file(in, index, strlen(index));
    snprintf(out, sizeof out, "%s/out", folder);
    spx_ckpt *c = open_file(in);
    assert_int_equal(spx_ckpt_count(c), 3);
    float x[24] = {1, 2, 3}, z[256] = {5};
    const spx_replacement r[] = {{"x.weight", x, SPX_F32}, {"z.weight", z, SPX_BF16}};
    check_survives_oom((err = (spx_error){0}, spx_ckpt_write(c, r, 2, out, &err)));
    spx_ckpt_close(c);
    snprintf(path, sizeof path, "%s/model.safetensors.index.json", out);
    check_ok(spx_json_read(path, &root, &err));
    const spx_json *map = spx_json_get(root, "weight_map");
    assert_true(spx_json_number(spx_json_get(spx_json_get(root, "metadata"), "total_size"), &size));
    assert_int_equal((int)size, 24 * 4 + 3 * 4 + 256 * 2);
    assert_int_equal(spx_json_size(map), 3);
    assert_string_equal(spx_json_text(spx_json_get(map, "z.weight")), "b.safetensors");
    spx_json_free(root);
    c = open_file(path);
    assert_int_equal(spx_ckpt_count(c), 3);
    const spx_tensor *t = spx_ckpt_find(c, "z.weight");
    float row[32];
    spx_tensor_read_float(t, 0, 1, row);
    assert_true(t->dtype == SPX_BF16 && t->shape[0] == 8 && t->shape[1] == 32 && row[0] == 5);
    spx_ckpt_close(c);
    remove_written(out);
    (void)remove(in);
    snprintf(path, sizeof path, "%s/a.safetensors", folder);
    (void)remove(path);
    snprintf(path, sizeof path, "%s/b.safetensors", folder);
    (void)remove(path);
}

/* What cannot be written is refused before anything is. */
static void what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *model, *tensor, *to, *reason;
    } cases[] = {
        {"model_gptq", "model.layers.1.mlp.down_proj.weight", "out",
         "loaders of quant_method gptq have no list"},
        {"model_fp8", "model.layers.1.mlp.down_proj.weight", "out.safetensors", "name a folder"},
        {"fp4.safetensors", "model.layers.0.mlp.experts.down_proj", "out.safetensors",
         "stacks of type MXFP4"},
    };
    static float x[2048];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64], out[64];
        spx_error err = {0};
        snprintf(path, sizeof path, QUANTISED "%s", cases[i].model);
        snprintf(out, sizeof out, "%s/%s", folder, cases[i].to);
        spx_ckpt *c = open_file(path);
        const spx_replacement r = {cases[i].tensor, x, SPX_BF16};
        assert_int_not_equal(spx_ckpt_write(c, &r, 1, out, &err), SPX_OK);
        if (!strstr(err.text, cases[i].reason)) fail_msg("%s", err.text);
        assert_int_not_equal(access(out, F_OK), 0);
        spx_ckpt_close(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edited_weight_is_written_plain),
        cmocka_unit_test(shards_and_their_index_follow),
        cmocka_unit_test(what_cannot_be_written_is_refused),
    };
    return cmocka_run_group_tests_name("quantised_write", tests, make_folder, remove_folder);
}
