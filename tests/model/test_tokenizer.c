/* test_tokenizer.c: ids as the public `tokenizers` package gives them. */
#include "check.h"

#include "spx/json.h"
#include "spx/tokenizer.h"

#include <string.h>

static spx_tokenizer *open_tokenizer(const char *path)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    check_ok(spx_ckpt_open(path, &c, &err));
    check_ok(spx_tokenizer_open(c, &t, &err));
    spx_ckpt_close(c);
    return t;
}

static void check_case(const spx_tokenizer *t, const char *text, const spx_json *ids)
{
    spx_error err = {0};
    spx_tokens got = {0};
    char *back = NULL;
    check_ok(spx_tokenizer_encode(t, text, strlen(text), false, &got, &err));
    if (got.n != spx_json_size(ids))
        fail_msg("'%s': %zu tokens, not %zu", text, got.n, spx_json_size(ids));
    size_t at = 0;
    for (size_t i = 0; i < got.n; i++) {
        double want = 0;
        assert_true(spx_json_number(spx_json_at(ids, i), &want));
        if (got.id[i] != (int32_t)want)
            fail_msg("'%s': token %zu is %d, not %g", text, i, (int)got.id[i], want);
        assert_int_equal(got.begin[i], at); /* the tokens cover the text without gaps */
        at = got.end[i];
    }
    assert_int_equal(at, strlen(text));
    check_ok(spx_tokenizer_decode(t, got.id, got.n, &back, &err));
    assert_string_equal(back, text);
    spx_free(back);
    spx_tokens_free(&got);
}

static void check_cases(const char *path, const char *key)
{
    spx_error err = {0};
    spx_json *golden = NULL;
    spx_tokenizer *t = open_tokenizer(path);
    check_ok(spx_json_read(SPX_TESTS "/golden/tokens.json", &golden, &err));
    const spx_json *cases = spx_json_get(golden, key);
    assert_true(spx_json_size(cases) > 10);
    for (size_t i = 0; i < spx_json_size(cases); i++) {
        const spx_json *c = spx_json_at(cases, i);
        check_case(t, spx_json_text(spx_json_get(c, "text")), spx_json_get(c, "ids"));
    }
    spx_json_free(golden);
    spx_tokenizer_close(t);
}

static void test_smollm(void **state)
{
    (void)state;
    check_cases(SPX_TESTS "/data/tiny.gguf", "tiny");
}

static void test_gpt2(void **state)
{
    (void)state;
    check_cases(SPX_TESTS "/data/gpt2.gguf", "gpt2");
}

static void test_real_vocabulary(void **state)
{
    (void)state;
    check_cases(check_model(), "smollm2");
}

static void test_special_tokens(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_tokens got = {0};
    spx_tokenizer *t = open_tokenizer(SPX_TESTS "/data/tiny.gguf");
    static const char text[] = "a<|endoftext|>b";
    check_ok(spx_tokenizer_encode(t, text, sizeof text - 1, true, &got, &err));
    assert_int_equal(got.n, 3);
    assert_int_equal(got.id[1], 0);
    spx_tokens_free(&got);
    check_ok(spx_tokenizer_encode(t, text, sizeof text - 1, false, &got, &err));
    for (size_t i = 0; i < got.n; i++) assert_int_not_equal(got.id[i], 0);
    spx_tokens_free(&got);
    spx_tokenizer_close(t);
}

static void test_bad_input(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_tokens got = {0};
    char *text = NULL;
    spx_tokenizer *t = open_tokenizer(SPX_TESTS "/data/tiny.gguf");
    assert_int_equal(spx_tokenizer_encode(t, "ok \xff no", 7, false, &got, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "3"));
    err = (spx_error){0};
    const int32_t outside = 512;
    assert_int_equal(spx_tokenizer_decode(t, &outside, 1, &text, &err), SPX_EINVAL);
    spx_tokenizer_close(t);
}

static void test_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    spx_tokens got = {0};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_survives_oom((err = (spx_error){0}, spx_tokenizer_open(c, &t, &err)));
    check_survives_oom(
        (err = (spx_error){0}, spx_tokenizer_encode(t, "Two words 12", 12, false, &got, &err)));
    spx_tokens_free(&got);
    spx_tokenizer_close(t);
    spx_ckpt_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smollm),          cmocka_unit_test(test_gpt2),
        cmocka_unit_test(test_real_vocabulary), cmocka_unit_test(test_special_tokens),
        cmocka_unit_test(test_bad_input),       cmocka_unit_test(test_survives_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
