/* test_gradient_moments.c: second moments of output gradients, and what the filter crisp makes of
 * them with those of keys, against PyTorch in double (golden/crisp.py); passes, refusals, files. */
#include "check.h"

#include "spx/covariance.h"
#include "spx/filter.h"

#include <string.h>
#include <unistd.h>

enum { D = 64, FF = 172, BLOCK = 3, WINDOW = 8, ROW_STEP = 8, TOKENS = 1160 };

static const size_t layer[1] = {BLOCK};

static spx_model *open_model(void)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_model *m = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_ok(spx_model_open(c, &m, &err));
    spx_ckpt_close(c);
    return m;
}

static void read_golden(const char *name, spx_mat *out)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    check_ok(spx_ckpt_open(SPX_TESTS "/golden/crisp.safetensors", &c, &err));
    const spx_tensor *t = spx_ckpt_find(c, name);
    assert_non_null(t);
    check_ok(spx_tensor_matrix(t, out, &err));
    spx_ckpt_close(c);
}

/* ||every step-th row of A - B|| / ||B|| */
static double distance(const spx_mat *A, size_t step, const spx_mat *B)
{
    double diff = 0, size = 0;
    for (size_t i = 0; i < B->rows; i++)
        for (size_t j = 0; j < B->cols; j++) {
            diff = hypot(diff, A->data[i * step * A->ld + j] - B->data[i * B->ld + j]);
            size = hypot(size, B->data[i * B->ld + j]);
        }
    return diff / size;
}

/* Both moments of the golden's text. */
static void measure_golden(spx_mat *A, spx_mat *B)
{
    spx_error err = {0};
    spx_model *m = open_model();
    spx_mat ids;
    int32_t token[256];
    read_golden("ids", &ids);
    for (size_t i = 0; i < ids.rows; i++) token[i] = (int32_t)ids.data[i];
    const spx_covariance_text text = {token, ids.rows, WINDOW};
    check_ok(spx_mat_alloc(A, FF, FF, &err));
    check_ok(spx_mat_alloc(B, D, D, &err));
    check_ok(spx_covariance_measure(m, layer, 1, &text, A, NULL, &err));
    check_ok(spx_gradient_moment_measure(m, layer, 1, &text, B, NULL, &err));
    spx_mat_free(&ids);
    spx_model_close(m);
}

static void moment_and_mask_match_pytorch(void **state)
{
    (void)state;
    static const char *const kept[] = {"kept.99", "kept.9"};
    static const double share[] = {0, 0.9}; /* 0: the default, 0.99 */
    spx_error err = {0};
    spx_mat A, B, dW, want;
    measure_golden(&A, &B);
    read_golden("B", &want);
    check_leq(distance(&B, 1, &want), 1e-5);
    spx_mat_free(&want);
    read_golden("dW", &dW);
    for (size_t i = 0; i < 2; i++) {
        const spx_filter_spec spec = {
            .name = "crisp", .tau = share[i], .covariance = &A, .gradient_moment = &B};
        spx_filter *f = NULL;
        spx_update u = {0};
        check_ok(spx_filter_new(&spec, &dW, &f, &err));
        check_ok(spx_mat_clone(&u.A, &dW, &err));
        check_ok(spx_filter_apply(f, &u, NULL, &err));
        read_golden(kept[i], &want);
        check_leq(distance(&u.A, ROW_STEP, &want), 1e-4);
        check_leq(1e-2, distance(&dW, ROW_STEP, &want));
        spx_mat_free(&want);
        spx_update_free(&u);
        spx_filter_free(f);
    }
    spx_mat_free(&A);
    spx_mat_free(&B);
    spx_mat_free(&dW);
}

/* Tokens that repeat with no period of the windows. */
static void fill_tokens(int32_t *token)
{
    for (size_t i = 0; i < TOKENS; i++) token[i] = (int32_t)(1 + (i * i * 7 + i * 3) % 511);
}

/* Windows of one pass, of several, and with a rest that is dropped, all weigh the same. */
static void passes_add_up(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_model();
    spx_mat whole, half[2];
    static int32_t token[TOKENS];
    fill_tokens(token);
    const size_t n = 36 * 32, blocks[2] = {1, BLOCK}; /* at most 16 windows a pass */
    spx_mat two[2];
    check_ok(spx_mat_alloc(&whole, D, D, &err));
    for (size_t i = 0; i < 2; i++) check_ok(spx_mat_alloc(&half[i], D, D, &err));
    for (size_t i = 0; i < 2; i++) check_ok(spx_mat_alloc(&two[i], D, D, &err));
    const spx_covariance_text all = {token, TOKENS, 32}, first = {token, n / 2, 32},
                              second = {token + n / 2, n / 2, 32};
    check_ok(spx_gradient_moment_measure(m, layer, 1, &all, &whole, NULL, &err));
    check_ok(spx_gradient_moment_measure(m, layer, 1, &first, &half[0], NULL, &err));
    check_ok(spx_gradient_moment_measure(m, layer, 1, &second, &half[1], NULL, &err));
    check_ok(spx_gradient_moment_measure(m, blocks, 2, &all, two, NULL, &err));
    check_leq(distance(&two[1], 1, &whole), 1e-6); /* whatever else is measured */
    check_leq(0.1, distance(&two[0], 1, &whole));
    for (size_t j = 0; j < D * D; j++) half[0].data[j] = (half[0].data[j] + half[1].data[j]) / 2;
    check_leq(distance(&half[0], 1, &whole), 1e-6);
    for (size_t i = 0; i < 2; i++) {
        spx_mat_free(&half[i]);
        spx_mat_free(&two[i]);
    }
    spx_mat_free(&whole);
    spx_model_close(m);
}

static void too_little_text_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_model();
    spx_mat B;
    int32_t token[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const spx_covariance_text cut = {token, 8, 9}, narrow = {token, 8, 1};
    check_ok(spx_mat_alloc(&B, D, D, &err));
    assert_int_equal(spx_gradient_moment_measure(m, layer, 1, &cut, &B, NULL, &err), SPX_EINVAL);
    assert_string_equal(err.text, "text of 8 tokens in windows of 9 (expected a window at least)");
    err = (spx_error){0};
    assert_int_equal(spx_gradient_moment_measure(m, layer, 1, &narrow, &B, NULL, &err), SPX_EINVAL);
    assert_string_equal(err.text,
                        "text of 8 tokens in windows of 1 (expected windows of 2 at least)");
    spx_mat_free(&B);
    spx_model_close(m);
}

static const char tensor[] = "blk.3.ffn_down.weight";

/* A file with C of `tensor`, and with B (order x order, or none). */
static void write_file(const char *path, size_t order)
{
    spx_error err = {0};
    spx_store *s = NULL;
    spx_mat C, B;
    remove(path);
    check_ok(spx_store_open(path, SPX_STORE_CREATE, &s, &err));
    check_ok(spx_store_set_text(s, "", "model_sha256", "none", &err));
    check_ok(spx_mat_alloc(&C, 3, 3, &err));
    check_ok(spx_covariance_write(s, tensor, &C, &err));
    if (order > 0) {
        check_ok(spx_mat_alloc(&B, order, order, &err));
        for (size_t i = 0; i < order; i++) B.data[i * order + i] = 1 + (double)i;
        check_ok(spx_gradient_moment_write(s, tensor, &B, &err));
        spx_mat_free(&B);
    }
    check_ok(spx_store_commit(&s, &err));
    spx_mat_free(&C);
}

static void files_without_gradients_are_read_and_named(void **state)
{
    (void)state;
    static const char npz[] =
        SPX_TESTS "/data/moments/model.layers.2.mlp.down_proj_float32_mom2_430.npz";
    spx_mat B;
    char path[64], want[256];
    snprintf(path, sizeof path, "moments-%d.h5", (int)getpid());
    const struct {
        size_t order;
        const char *file, *tensor;
        spx_status status;
        const char *text;
    } cases[] = {
        {2, path, tensor, SPX_OK, ""},
        {0, path, tensor, SPX_ENOTFOUND,
         "no second moment of the output gradients of blk.3.ffn_down.weight (spx-stats "
         "--gradients)"},
        {3, path, tensor, SPX_ESHAPE,
         "second moment of the output gradients of blk.3.ffn_down.weight is 3 x 3, not 2 x 2"},
        {0, npz, tensor, SPX_ENOTFOUND,
         "no second moment of the output gradients of blk.3.ffn_down.weight (spx-stats "
         "--gradients)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_moments *m = NULL;
        write_file(path, cases[i].order);
        check_ok(spx_moments_open(cases[i].file, &m, &err));
        assert_int_equal(spx_moments_read_gradients(m, cases[i].tensor, 2, &B, &err),
                         cases[i].status);
        snprintf(want, sizeof want, "%s: %s", cases[i].file, cases[i].text);
        if (cases[i].status != SPX_OK) assert_string_equal(err.text, want);
        if (cases[i].status == SPX_OK) assert_true(B.data[0] == 1 && B.data[3] == 2);
        spx_mat_free(&B);
        spx_moments_close(m);
    }
    remove(path);
}

static spx_status measure_once(const spx_model *m, const spx_covariance_text *text, spx_mat *B)
{
    return spx_gradient_moment_measure(m, layer, 1, text, B, NULL, NULL);
}

static void survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = open_model();
    spx_mat B;
    static int32_t token[TOKENS];
    fill_tokens(token);
    const spx_covariance_text text = {token, 64, 32};
    check_ok(spx_mat_alloc(&B, D, D, &err));
    check_ok(measure_once(m, &text, &B)); /* the model's workspace has grown */
    check_survives_oom(measure_once(m, &text, &B));
    spx_mat_free(&B);
    spx_model_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moment_and_mask_match_pytorch),
        cmocka_unit_test(passes_add_up),
        cmocka_unit_test(too_little_text_is_refused),
        cmocka_unit_test(files_without_gradients_are_read_and_named),
        cmocka_unit_test(survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
