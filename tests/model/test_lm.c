/* test_lm.c: a model and its tokenizer from one checkpoint. */
#include "check.h"

#include "spx/lm.h"

#include <stdio.h>
#include <string.h>

static const char folder[] = SPX_TESTS "/data/folders/llama";

static void opens_a_folder_with_its_fingerprint(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    spx_ckpt *c = NULL;
    char got[SPX_SHA256_HEX], want[SPX_SHA256_HEX];
    check_ok(spx_lm_open(folder, &m, &t, got, &err));
    assert_int_equal(spx_tokenizer_reach(t),
                     spx_model_shape(m)->vocab - 1); /* the model embeds its EOS too */
    spx_tokenizer_close(t);
    spx_model_close(m);
    check_ok(spx_ckpt_open(folder, &c, &err));
    check_ok(spx_ckpt_fingerprint(c, want, &err));
    spx_ckpt_close(c);
    assert_string_equal(got, want);
    check_ok(spx_lm_open(folder, &m, NULL, NULL, &err));
    spx_model_close(m);
    check_survives_oom((err = (spx_error){0}, spx_lm_open(folder, &m, &t, got, &err)));
    spx_tokenizer_close(t);
    spx_model_close(m);
}

static void copy(const char *from, const char *file)
{
    spx_error err = {0};
    char path[512];
    snprintf(path, sizeof path, SPX_TESTS "/data/%s/%s", from, file);
    check_ok(spx_file_copy(path, file, &err));
}

/* A tokenizer of 600 bytes and merges beside a model of 160 tokens; EOS (601) does not count. */
static void a_tokenizer_that_reaches_past_the_model_is_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_model *m = NULL;
    spx_tokenizer *t = NULL;
    copy("families/llama", "model.safetensors");
    copy("families/llama", "config.json");
    copy("folders/llama", "tokenizer.json");
    assert_int_equal(spx_lm_open("model.safetensors", &m, &t, NULL, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "the tokenizer has 601 tokens, the model embeds 160"));
    assert_null(m);
    assert_null(t);
    remove("model.safetensors");
    remove("config.json");
    remove("tokenizer.json");
}

/* BOS replaces the first token of each window, if the tokenizer has one. */
static void windows_begin_with_bos(void **state)
{
    (void)state;
    static const char *const models[] = {SPX_TESTS "/data/folders/llama",
                                         SPX_TESTS "/data/folders/gpt2"};
    for (size_t i = 0; i < 2; i++) {
        spx_error err = {0};
        spx_model *m = NULL;
        spx_tokenizer *t = NULL;
        int32_t id[7] = {1, 2, 3, 4, 5, 6, 7};
        check_ok(spx_lm_open(models[i], &m, &t, NULL, &err));
        spx_tokenizer_begin(t, id, 2, 3);
        for (int32_t j = 0; j < 7; j++)
            assert_int_equal(id[j], i == 0 && (j == 0 || j == 3) ? 600 : j + 1);
        spx_tokenizer_close(t);
        spx_model_close(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_folder_with_its_fingerprint),
        cmocka_unit_test(a_tokenizer_that_reaches_past_the_model_is_refused),
        cmocka_unit_test(windows_begin_with_bos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
