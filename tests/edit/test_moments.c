/* test_moments.c: second moments as the public editing code keeps them, and files that hold none.
 */
#include "check.h"

#include "spx/ckpt.h"
#include "spx/covariance.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOMENTS SPX_TESTS "/data/moments"
#define FILE_2  MOMENTS "/model.layers.2.mlp.down_proj_float32_mom2_430.npz"
#define BAD     MOMENTS "/bad/"

/* The sum over the count, from a folder by GGUF's name and from the file by its own. */
static void test_sum_is_divided(void **state)
{
    (void)state;
    static const struct {
        const char *path, *tensor;
    } ways[] = {{MOMENTS, "blk.2.ffn_down.weight"},
                {FILE_2, "blk.2.ffn_down.weight"},
                {FILE_2, "model.layers.2.mlp.down_proj.weight"}};
    spx_error err = {0};
    spx_ckpt *c = NULL;
    double sum[172 * 172];
    check_ok(spx_ckpt_open(FILE_2, &c, &err));
    spx_tensor_read(spx_ckpt_find(c, "mom2.mom2"), 0, 172, sum);
    spx_ckpt_close(c);
    for (size_t w = 0; w < 3; w++) {
        spx_moments *m = NULL;
        spx_mat C;
        check_ok(spx_moments_open(ways[w].path, &m, &err));
        assert_null(spx_moments_model(m));
        check_ok(spx_moments_read(m, ways[w].tensor, 172, &C, &err));
        for (size_t i = 0; i < 172 * 172; i++) /* a product and a quotient round once each */
            check_leq(fabs(C.data[i] - sum[i] / 430), 2 * DBL_EPSILON * fabs(sum[i] / 430));
        spx_mat_free(&C);
        spx_moments_close(m);
    }
}

static void check_refused(const char *path, const char *tensor, spx_status want, const char *words)
{
    spx_error err = {0};
    spx_moments *m = NULL;
    spx_mat C = {0};
    const long live = spx_test_live_blocks();
    spx_status st = spx_moments_open(path, &m, &err);
    if (st == SPX_OK) st = spx_moments_read(m, tensor, 3, &C, &err);
    if (st != want || !strstr(err.text, words) || !strstr(err.text, path))
        fail_msg("%s: %s: %s", path, spx_status_name(st), err.text);
    assert_null(C.data);
    spx_moments_close(m);
    assert_int_equal(spx_test_live_blocks(), live);
}

static void test_refused(void **state)
{
    (void)state;
    static const char t[] = "blk.1.ffn_down.weight";
    check_refused(BAD "asymmetric.npz", t, SPX_EFORMAT, "not symmetric");
    check_refused(BAD "nan.npz", t, SPX_ENUMERIC, "(1, 1) is not finite");
    check_refused(BAD "negative.npz", t, SPX_EFORMAT,
                  "diagonal entry (0, 0) is -2 (expected 0 or more)");
    check_refused(BAD "zero-count.npz", t, SPX_EFORMAT, "mom2.count is not a number above 0");
    check_refused(BAD "no-count.npz", t, SPX_EFORMAT, "mom2.count is missing");
    check_refused(BAD "two-counts.npz", t, SPX_EFORMAT, "mom2.count is not a number above 0");
    check_refused(BAD "wide.npz", t, SPX_ESHAPE, "mom2.mom2 is 2 x 3, not 3 x 3");
    check_refused(BAD "integers.npz", t, SPX_EUNSUP, "holds integers");
    check_refused(BAD "other.npz", t, SPX_ENOTFOUND, "missing array mom2.mom2");
    check_refused(BAD "transformer.h.1.mlp.c_proj_float32_mom2_9.npz", "blk.2.ffn_down.weight",
                  SPX_ENOTFOUND, "belongs to transformer.h.1.mlp.c_proj.weight, not to blk.2");
    check_refused(MOMENTS "/bad", t, SPX_EINVAL, "two files belong to blk.1.ffn_down.weight");
    check_refused(MOMENTS "/bad", "blk.3.ffn_down.weight", SPX_ENOTFOUND,
                  "no .npz file is named after");
    check_refused(MOMENTS "/nothing", t, SPX_EIO, "No such file");
    check_refused(SPX_TESTS "/data/tiny.gguf", t, SPX_EFORMAT, "not an HDF5 file");
}

/* Symmetric after reading; a name without a layer serves one tensor and no other. */
static void test_unnamed(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_moments *m = NULL;
    spx_mat C;
    check_ok(spx_moments_open(BAD "unnamed.npz", &m, &err));
    for (size_t i = 0; i < 2; i++) {
        check_ok(spx_moments_read(m, "blk.1.ffn_down.weight", 3, &C, &err));
        assert_true(C.data[0] == 2 && C.data[1] == 0.5 && C.data[3] == 0.5 && C.data[8] == 3);
        spx_mat_free(&C);
    }
    assert_int_equal(spx_moments_read(m, "blk.2.ffn_down.weight", 3, &C, &err), SPX_ENOTFOUND);
    assert_non_null(strstr(err.text, "not those of blk.1.ffn_down.weight and blk.2"));
    spx_moments_close(m);
}

static void test_missing_layer_is_named(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_store *s = NULL;
    spx_moments *m = NULL;
    spx_mat C;
    char path[64], want[160];
    snprintf(path, sizeof path, "missing-%d.h5", (int)getpid());
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "layers", "1,2", &err));
    check_ok(spx_store_set_text(s, "", "model_sha256", "none", &err));
    check_ok(spx_store_commit(&s, &err));
    check_ok(spx_moments_open(path, &m, &err));
    assert_int_equal(spx_moments_read(m, "blk.3.ffn_down.weight", 2, &C, &err), SPX_ENOTFOUND);
    snprintf(want, sizeof want,
             "%s: no second moment of blk.3.ffn_down.weight; it has those of layers 1,2", path);
    assert_string_equal(err.text, want);
    spx_moments_close(m);
    (void)unlink(path);
}

static void test_hash(void **state)
{
    (void)state;
    static const char *const tensor[] = {"blk.2.ffn_down.weight"};
    spx_error err = {0};
    spx_moments *m = NULL;
    char file[SPX_SHA256_HEX], folder[SPX_SHA256_HEX], want[SPX_SHA256_HEX];
    check_ok(spx_sha256_file(FILE_2, want, &err));
    check_ok(spx_moments_open(FILE_2, &m, &err));
    check_ok(spx_moments_hash(m, tensor, 1, file, &err));
    spx_moments_close(m);
    assert_string_equal(file, want);
    check_ok(spx_moments_open(MOMENTS, &m, &err));
    check_ok(spx_moments_hash(m, tensor, 1, folder, &err));
    spx_moments_close(m);
    assert_string_not_equal(folder, want);
    check_ok(spx_sha256(want, sizeof want, file, &err));
    assert_string_equal(folder, file);
}

static spx_status read_once(spx_error *err)
{
    spx_moments *m = NULL;
    spx_mat C = {0};
    *err = (spx_error){0};
    spx_status st = spx_moments_open(MOMENTS, &m, err);
    if (st == SPX_OK) st = spx_moments_read(m, "blk.2.ffn_down.weight", 172, &C, err);
    spx_mat_free(&C);
    spx_moments_close(m);
    return st;
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    check_survives_oom(read_once(&err));
}

/* The folder, with a copy of the layer's file under a name. */
static void put_file(const char *folder, const char *name)
{
    spx_error err = {0};
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    check_ok(spx_file_copy(FILE_2, path, &err));
}

static void remove_file(const char *folder, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (size_t n = strlen(path); n > strlen(folder); n--) {
        if (path[n] != '\0' && path[n] != '/') continue;
        path[n] = '\0';
        remove(path);
    }
}

/* Of any precision, sample, model and data set; two for a layer are ambiguous. */
static void names_are_recognised_by_their_structure(void **state)
{
    (void)state;
    static const char *const good[] = {
        "model.layers.2.mlp.down_proj_bfloat16_mom2_100000.npz",
        "model.layers.2.mlp.down_proj_float16_mom2_7.npz",
        "model.layers.2.mlp.down_proj_float64_mom2.npz",
        "model.layers.2.mlp.down_proj_mom2_100000.npz",
        "model.layers.2.mlp.down_proj_float32_mean-mom2_9.npz",
        "model.layers.2.mlp.down_proj_half_mom2-mean_t1000_9.npz",
        "transformer.h.2.mlp.c_proj_bfloat16_mom2_3.npz",
        "wikipedia_model.layers.2.mlp.down_proj_float32_mom2_9.npz",
        "Llama-3.2-1B_wikitext_model.layers.2.mlp.down_proj_fp32_mom2_9.npz",
        "model.layers.2.mlp.down_proj.npz",
        "wikipedia_stats/model.layers.2.mlp.down_proj_float32_mom2_9.npz",
        "gpt2-xl/wikipedia_stats/model.layers.2.mlp.down_proj_bfloat16_mom2_9.npz"};
    char folder[] = "/tmp/spx-moments-XXXXXX";
    spx_moments *m = NULL;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        spx_error err = {0};
        spx_mat C = {0};
        put_file(folder, good[i]);
        put_file(folder, "model.layers.3.mlp.down_proj_bfloat16_mom2_9.npz");
        put_file(folder, "mom2.npz");
        check_ok(spx_moments_open(folder, &m, &err));
        if (spx_moments_read(m, "blk.2.ffn_down.weight", 172, &C, &err) != SPX_OK)
            fail_msg("%s: %s", good[i], err.text);
        spx_mat_free(&C);
        spx_moments_close(m);
        remove_file(folder, good[i]);
    }
    spx_error err = {0};
    spx_mat C;
    put_file(folder, good[0]);
    put_file(folder, good[1]);
    check_ok(spx_moments_open(folder, &m, &err));
    assert_int_equal(spx_moments_read(m, "blk.2.ffn_down.weight", 172, &C, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "two files belong to blk.2.ffn_down.weight: model.layers.2"));
    assert_non_null(strstr(err.text, "_bfloat16_mom2"));
    assert_non_null(strstr(err.text, "_float16_mom2"));
    spx_moments_close(m);
    remove_file(folder, good[0]);
    remove_file(folder, good[1]);
    remove_file(folder, "model.layers.3.mlp.down_proj_bfloat16_mom2_9.npz");
    remove_file(folder, "mom2.npz");
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_is_divided),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unnamed),
        cmocka_unit_test(test_missing_layer_is_named),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_survives_oom),
        cmocka_unit_test(names_are_recognised_by_their_structure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
