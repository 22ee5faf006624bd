/* test_tokenizer.c: ids against those of the public `tokenizers` package. */
#include "check.h"

#include "spx/file.h"
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

/* composed: the text that decoding gives, or NULL. */
static void check_case(const spx_tokenizer *t, const char *text, const char *composed,
                       const spx_json *ids)
{
    spx_error err = {0};
    spx_tokens got = {0};
    char *back = NULL;
    check_ok(spx_tokenizer_encode(t, text, strlen(text), true, &got, &err));
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
    if (!composed) goto out;
    check_ok(spx_tokenizer_decode(t, got.id, got.n, &back, &err));
    if (!strstr(text, "\xe2\x96\x81")) /* SentencePiece's mark of a space is decoded as a space */
        assert_string_equal(back, composed);
    spx_free(back);
out:
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
        const char *text = spx_json_text(spx_json_get(c, "text"));
        const char *composed = spx_json_text(spx_json_get(c, "composed"));
        check_case(t, text, composed ? composed : text, spx_json_get(c, "ids"));
    }
    spx_json_free(golden);
    spx_tokenizer_close(t);
}

static void smollm_in_gguf_is_read(void **state)
{
    (void)state;
    check_cases(SPX_TESTS "/data/tiny.gguf", "tiny");
}

static void gpt2_in_gguf_is_read(void **state)
{
    (void)state;
    check_cases(SPX_TESTS "/data/gpt2.gguf", "gpt2");
}

/* Tokenizers trained by golden/tokens.py in the form of each family, against the package's ids. */
#define FOLDER(kind) check_cases(SPX_TESTS "/data/tokenizers/" kind, kind)
static void tokenizer_json_of_llama3_takes_three_digits(void **state)
{
    (void)state, FOLDER("llama3");
}
static void tokenizer_json_of_qwen2_takes_one_digit(void **state) { (void)state, FOLDER("qwen2"); }
static void tokenizer_json_of_smollm_cuts_in_two_stages(void **state)
{
    (void)state, FOLDER("smollm");
}
static void tokenizer_json_of_neox_finds_added_tokens(void **state) { (void)state, FOLDER("neox"); }
static void tokenizer_json_of_llama2_falls_back_to_bytes(void **state)
{
    (void)state, FOLDER("llama2");
}
static void tokenizer_json_of_gemma_puts_no_space_before(void **state)
{
    (void)state, FOLDER("gemma");
}

static void sentencepiece_in_gguf_merges_by_score(void **state)
{
    (void)state;
    check_cases(SPX_TESTS "/data/tokenizers/spm.gguf", "llama2");
}

/* neox's vocabulary and merges without its added tokens: texts without these get the same ids. */
static void vocab_json_and_merges_txt_are_read(void **state)
{
    (void)state;
    spx_error err = {0};
    static const char text[] = "It's 2018: naïve code_here->now\n\n  ok";
    spx_tokenizer *a = open_tokenizer(SPX_TESTS "/data/tokenizers/gpt2-files");
    spx_tokenizer *b = open_tokenizer(SPX_TESTS "/data/tokenizers/neox");
    spx_tokens x = {0}, y = {0};
    check_ok(spx_tokenizer_encode(a, text, sizeof text - 1, true, &x, &err));
    check_ok(spx_tokenizer_encode(b, text, sizeof text - 1, true, &y, &err));
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.id, y.id, x.n * sizeof *x.id);
    spx_tokens_free(&x);
    spx_tokens_free(&y);
    spx_tokenizer_close(a);
    spx_tokenizer_close(b);
}

static void a_prompt_begins_with_bos_if_the_model_has_one(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int32_t bos;
    } cases[] = {{"/data/tokenizers/llama3", 600},
                 {"/data/tokenizers/llama2", 1},
                 {"/data/tokenizers/spm.gguf", 1},
                 {"/data/tokenizers/qwen2", -1},
                 {"/data/tiny.gguf", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_tokens with = {0}, without = {0};
        char path[256], *text = NULL;
        snprintf(path, sizeof path, "%s%s", SPX_TESTS, cases[i].path);
        spx_tokenizer *t = open_tokenizer(path);
        const size_t more = cases[i].bos >= 0;
        assert_int_equal(spx_tokenizer_bos(t), cases[i].bos);
        check_ok(spx_tokenizer_prompt(t, "a word", 6, &with, &err));
        check_ok(spx_tokenizer_encode(t, "a word", 6, false, &without, &err));
        assert_int_equal(with.n, without.n + more);
        assert_memory_equal(with.id + more, without.id, without.n * sizeof(int32_t));
        if (more) assert_int_equal(with.id[0], cases[i].bos);
        if (more) assert_int_equal(with.end[0], 0);
        check_ok(spx_tokenizer_decode(t, with.id + more, without.n, &text, &err));
        assert_string_equal(text, "a word");
        spx_free(text);
        spx_tokens_free(&with);
        spx_tokens_free(&without);
        spx_tokenizer_close(t);
    }
}

/* "a" and then " word" read "a word", without another space between them. */
static void a_continuation_gets_no_space_before_it(void **state)
{
    (void)state;
    static const char *const paths[] = {"/data/tokenizers/llama2", "/data/tokenizers/spm.gguf",
                                        "/data/tokenizers/gemma", "/data/tiny.gguf"};
    for (size_t i = 0; i < 4; i++) {
        spx_error err = {0};
        spx_tokens head = {0}, tail = {0};
        int32_t both[16];
        char path[256], *text = NULL;
        snprintf(path, sizeof path, "%s%s", SPX_TESTS, paths[i]);
        spx_tokenizer *t = open_tokenizer(path);
        check_ok(spx_tokenizer_prompt(t, "a", 1, &head, &err));
        check_ok(spx_tokenizer_continue(t, " word", 5, &tail, &err));
        const size_t bos = spx_tokenizer_bos(t) >= 0, n = head.n - bos;
        memcpy(both, head.id + bos, n * sizeof *both);
        memcpy(both + n, tail.id, tail.n * sizeof *both);
        check_ok(spx_tokenizer_decode(t, both, n + tail.n, &text, &err));
        assert_string_equal(text, "a word");
        spx_free(text);
        spx_tokens_free(&head);
        spx_tokens_free(&tail);
        spx_tokenizer_close(t);
    }
}

static void unsupported_parts_of_a_tokenizer_json_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{\"normalizer\": {\"type\": \"Lowercase\"}}", "normalizer 'Lowercase'"},
        {"{\"pre_tokenizer\": {\"type\": \"Whitespace\"}}", "pre-tokenizer 'Whitespace'"},
        {"{\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": "
         "\"Isolated\", \"invert\": false}, \"model\": {\"vocab\": {\"a\": 0}, \"merges\": []}}",
         "pattern '(' does not compile"},
        {"{\"model\": {\"type\": \"Unigram\"}}", "expected byte-level or SentencePiece BPE"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"type\": \"WordLevel\"}}",
         "model 'WordLevel'"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"vocab\": {\"a\": 0, \"b\": "
         "0}, \"merges\": []}}",
         "token 0 is both 'a' and 'b'"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"vocab\": {\"a\": 0}, "
         "\"merges\": [\"a b\"]}}",
         "merge 0 ('a b'): the right token"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"vocab\": {\"a\": 0}, "
         "\"merges\": [\"ab\"]}}",
         "merge 0 ('ab') is not a pair of tokens"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"model\": {\"vocab\": {\"a\": 0.5}, "
         "\"merges\": []}}",
         "token 'a' has the invalid id 0.5"},
        {"{\"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"added_tokens\": [{\"id\": 1, "
         "\"contents\": \"<m>\", \"lstrip\": true}], \"model\": {\"vocab\": {\"a\": 0}, "
         "\"merges\": "
         "[]}}",
         "added token 0 has no content"},
    };
    char folder[] = "/tmp/spx-tokenizer-XXXXXX", model[64], json[64];
    assert_non_null(mkdtemp(folder));
    snprintf(model, sizeof model, "%s/model.safetensors", folder);
    snprintf(json, sizeof json, "%s/tokenizer.json", folder);
    spx_error none = {0};
    assert_int_equal(
        spx_file_copy(SPX_TESTS "/data/tokenizers/llama2/model.safetensors", model, &none), SPX_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spx_error err = {0};
        spx_ckpt *c = NULL;
        spx_tokenizer *t = NULL;
        FILE *f = fopen(json, "w");
        assert_non_null(f);
        fputs(cases[i].text, f);
        assert_int_equal(fclose(f), 0);
        check_ok(spx_ckpt_open(folder, &c, &err));
        assert_int_not_equal(spx_tokenizer_open(c, &t, &err), SPX_OK);
        if (!strstr(err.text, cases[i].says)) fail_msg("'%s' lacks '%s'", err.text, cases[i].says);
        assert_non_null(strstr(err.text, "tokenizer.json"));
        assert_null(t);
        spx_ckpt_close(c);
    }
    remove(model);
    remove(json);
    rmdir(folder);
}

static void smollm2_has_its_real_vocabulary(void **state)
{
    (void)state;
    check_cases(check_model(), "smollm2");
}

/* Every combination of lstrip, rstrip, single_word and normalized, in the form of four families. */
static void added_tokens_are_found_as_the_package_finds_them(void **state)
{
    (void)state;
    static const char *const kinds[] = {"byte_level", "prepend", "metaspace", "replace"};
    spx_error err = {0};
    spx_json *golden = NULL;
    check_ok(spx_json_read(SPX_TESTS "/golden/added.json", &golden, &err));
    for (size_t k = 0; k < 4; k++) {
        char folder[512];
        snprintf(folder, sizeof folder, "%s/data/tokenizers/added-%s", SPX_TESTS, kinds[k]);
        spx_tokenizer *t = open_tokenizer(folder);
        const spx_json *cases = spx_json_get(golden, kinds[k]);
        assert_true(spx_json_size(cases) > 300);
        for (size_t i = 0; i < spx_json_size(cases); i++) {
            const spx_json *c = spx_json_at(cases, i);
            check_case(t, spx_json_text(spx_json_get(c, "text")), NULL, spx_json_get(c, "ids"));
        }
        spx_tokenizer_close(t);
    }
    spx_json_free(golden);
}

/* A folder in which a tokenizer is put together. */
typedef struct folder {
    char path[64], model[96], json[96], said[96], config[96];
} folder;

static void make_folder(folder *f)
{
    spx_error err = {0};
    snprintf(f->path, sizeof f->path, "/tmp/spx-tokenizer-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->model, sizeof f->model, "%s/model.safetensors", f->path);
    snprintf(f->json, sizeof f->json, "%s/tokenizer.json", f->path);
    snprintf(f->said, sizeof f->said, "%s/tokenizer_config.json", f->path);
    snprintf(f->config, sizeof f->config, "%s/config.json", f->path);
    check_ok(spx_file_copy(SPX_TESTS "/data/tokenizers/llama2/model.safetensors", f->model, &err));
}

static void remove_folder(const folder *f)
{
    remove(f->model);
    remove(f->json);
    remove(f->said);
    remove(f->config);
    rmdir(f->path);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void write_tokenizer(const folder *f, bool template)
{
    char text[1024];
    snprintf(
        text, sizeof text,
        "{\"added_tokens\": [{\"id\": 0, \"content\": \"<s>\", \"special\": true}, {\"id\": 1, "
        "\"content\": \"</s>\", \"special\": true}], \"pre_tokenizer\": {\"type\": "
        "\"ByteLevel\"}, \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": "
        "[%s{\"Sequence\": {\"id\": \"A\"}}], \"special_tokens\": {\"<s>\": {\"ids\": [0]}}}, "
        "\"model\": {\"vocab\": {\"a\": 3}, \"merges\": []}}",
        template ? "{\"SpecialToken\": {\"id\": \"<s>\"}}, " : "");
    write_text(f->json, text);
}

static bool is_true(const spx_json *list, size_t i)
{
    bool on = false;
    assert_true(spx_json_bool(spx_json_at(list, i), &on));
    return on;
}

/* A setting of tokenizer_config.json is followed as transformers 4 does; without one, 5 is; and
 * where the two differ, or a setting has no effect, that is said. */
static void bos_is_that_of_transformers(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_json *golden = NULL;
    folder f;
    size_t noted = 0;
    make_folder(&f);
    write_text(f.config, "{\"model_type\": \"llama\", \"eos_token_id\": [7, 1]}");
    check_ok(spx_json_read(SPX_TESTS "/golden/bos.json", &golden, &err));
    const spx_json *cases = spx_json_get(golden, "cases"), *four = spx_json_get(golden, "4.57.1"),
                   *five = spx_json_get(golden, "5.24.0");
    assert_true(spx_json_size(cases) > 40);
    for (size_t i = 0; i < spx_json_size(cases); i++) {
        const spx_json *c = spx_json_at(cases, i);
        const char *class = spx_json_text(spx_json_get(c, "class"));
        char text[300];
        bool value = false, template = false;
        const bool set = spx_json_bool(spx_json_get(c, "add_bos_token"), &value);
        assert_true(spx_json_bool(spx_json_get(c, "template"), &template));
        snprintf(text, sizeof text,
                 "{%s%s%s%s\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": "
                 "\"</s>\"}",
                 class ? "\"tokenizer_class\": \"" : "", class ? class : "", class ? "\", " : "",
                 !set    ? ""
                 : value ? "\"add_bos_token\": true, "
                         : "\"add_bos_token\": false, ");
        write_text(f.said, text);
        write_tokenizer(&f, template);
        spx_tokenizer *t = open_tokenizer(f.path);
        const bool want = is_true(set ? four : five, i);
        if ((spx_tokenizer_bos(t) == 0) != want) fail_msg("case %zu: %s", i, text);
        const bool differ = is_true(four, i) != is_true(five, i) || (set && value != want);
        if (differ != (spx_tokenizer_note(t) != NULL)) fail_msg("case %zu: note", i);
        noted += differ;
        spx_tokenizer_close(t);
    }
    assert_true(noted > 10);
    spx_json_free(golden);
    remove_folder(&f);
}

static void contradictions_of_the_files_are_noted(void **state)
{
    (void)state;
    static const struct {
        const char *said, *config, *note;
        int32_t bos, eos;
    } cases[] = {
        {"{\"add_bos_token\": true}", "{\"model_type\": \"llama\"}",
         "add_bos_token is true, but there is no BOS token", -1, -1},
        {"{\"add_bos_token\": true}", "{\"model_type\": \"llama\", \"bos_token_id\": 1}",
         "texts begin with BOS, as in transformers 4, not in transformers 5", 1, -1},
        {"{\"add_eos_token\": true, \"tokenizer_class\": \"X\"}", "{}",
         "add_eos_token is true, but texts that are scored get no EOS", -1, -1},
        {"{\"eos_token\": \"</s>\", \"tokenizer_class\": \"X\"}", "{}", NULL, -1, 1},
        {"{\"eos_token\": \"</s>\", \"tokenizer_class\": \"X\"}", "{\"eos_token_id\": 0}",
         "eos_token is 1 in tokenizer_config.json, but eos_token_id 0 in config.json", -1, 0},
        {"{\"model_max_length\": 1000000000000000019884624838656, \"x\": -Infinity, "
         "\"tokenizer_class\": \"X\"}",
         "{\"eos_token_id\": NaN}", NULL, -1, -1},
    };
    folder f;
    make_folder(&f);
    write_tokenizer(&f, false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(f.said, cases[i].said);
        write_text(f.config, cases[i].config);
        spx_tokenizer *t = open_tokenizer(f.path);
        const char *note = spx_tokenizer_note(t);
        if (cases[i].note ? !note || !strstr(note, cases[i].note) : note != NULL)
            fail_msg("case %zu: %s", i, note ? note : "no note");
        assert_int_equal(spx_tokenizer_bos(t), cases[i].bos);
        assert_int_equal(spx_tokenizer_eos(t), cases[i].eos);
        spx_tokenizer_close(t);
    }
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    write_text(f.said, "{\"add_bos_token\": tru}");
    check_ok(spx_ckpt_open(f.path, &c, &err));
    assert_int_equal(spx_tokenizer_open(c, &t, &err), SPX_EFORMAT);
    assert_non_null(strstr(err.text, "tokenizer_config.json: line 1"));
    spx_ckpt_close(c);
    remove_folder(&f);
}

static void special_tokens_are_found_on_request(void **state)
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

static void invalid_text_and_ids_are_refused(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_tokens got = {0};
    char *text = NULL;
    spx_tokenizer *t = open_tokenizer(SPX_TESTS "/data/tiny.gguf");
    assert_int_equal(spx_tokenizer_encode(t, "ok \xff no", 7, false, &got, &err), SPX_EINVAL);
    assert_non_null(strstr(err.text, "3"));
    static const char *const broken[] = {"ok \xff", "ok \xe2\x96", "ok \xc0\x80", "ok \xed\xa0\x80",
                                         "ok \xf4\x90\x80\x80"};
    spx_tokenizer *s = open_tokenizer(SPX_TESTS "/data/tokenizers/llama2");
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        err = (spx_error){0};
        assert_int_equal(spx_tokenizer_encode(s, broken[i], strlen(broken[i]), false, &got, &err),
                         SPX_EINVAL);
        assert_non_null(strstr(err.text, "byte 3"));
    }
    spx_tokenizer_close(s);
    err = (spx_error){0};
    const int32_t outside = 512;
    assert_int_equal(spx_tokenizer_decode(t, &outside, 1, &text, &err), SPX_EINVAL);
    spx_tokenizer_close(t);
}

static void the_tokenizer_survives_oom(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    spx_tokens got = {0};
    check_ok(spx_ckpt_open(SPX_TESTS "/data/tiny.gguf", &c, &err));
    check_survives_oom((err = (spx_error){0}, spx_tokenizer_open(c, &t, &err)));
    spx_tokenizer_close(t);
    check_ok((spx_ckpt_close(c), spx_ckpt_open(SPX_TESTS "/data/tokenizers/llama2", &c, &err)));
    check_survives_oom((err = (spx_error){0}, spx_tokenizer_open(c, &t, &err)));
    check_survives_oom(
        (err = (spx_error){0}, spx_tokenizer_encode(t, "Two words 12", 12, false, &got, &err)));
    spx_tokens_free(&got);
    spx_tokenizer_close(t);
    spx_ckpt_close(c);
}

/* "x", "e" and its accent, "y": a composed character stands for all its bytes. */
static void composed_text_keeps_its_offsets(void **state)
{
    (void)state;
    spx_error err = {0};
    spx_tokens got = {0};
    static const char text[] = "x \xe2\x84\xab e\xcc\x81 y", broken[] = "e\xcc\x81 \xcc";
    spx_tokenizer *t = open_tokenizer(SPX_TESTS "/data/tokenizers/qwen2");
    check_survives_oom(
        (err = (spx_error){0}, spx_tokenizer_encode(t, text, sizeof text - 1, false, &got, &err)));
    assert_int_equal(got.end[got.n - 1], sizeof text - 1);
    for (size_t i = 0; i < got.n; i++) assert_true(got.begin[i] != 3 && got.begin[i] != 7);
    spx_tokens_free(&got);
    err = (spx_error){0};
    assert_int_equal(spx_tokenizer_encode(t, broken, sizeof broken - 1, false, &got, &err),
                     SPX_EINVAL);
    assert_string_equal(err.text, "text is not UTF-8 at byte 4");
    spx_tokenizer_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smollm_in_gguf_is_read),
        cmocka_unit_test(gpt2_in_gguf_is_read),
        cmocka_unit_test(smollm2_has_its_real_vocabulary),
        cmocka_unit_test(tokenizer_json_of_llama3_takes_three_digits),
        cmocka_unit_test(tokenizer_json_of_qwen2_takes_one_digit),
        cmocka_unit_test(tokenizer_json_of_smollm_cuts_in_two_stages),
        cmocka_unit_test(tokenizer_json_of_neox_finds_added_tokens),
        cmocka_unit_test(tokenizer_json_of_llama2_falls_back_to_bytes),
        cmocka_unit_test(tokenizer_json_of_gemma_puts_no_space_before),
        cmocka_unit_test(sentencepiece_in_gguf_merges_by_score),
        cmocka_unit_test(vocab_json_and_merges_txt_are_read),
        cmocka_unit_test(a_prompt_begins_with_bos_if_the_model_has_one),
        cmocka_unit_test(a_continuation_gets_no_space_before_it),
        cmocka_unit_test(unsupported_parts_of_a_tokenizer_json_are_named),
        cmocka_unit_test(added_tokens_are_found_as_the_package_finds_them),
        cmocka_unit_test(bos_is_that_of_transformers),
        cmocka_unit_test(contradictions_of_the_files_are_noted),
        cmocka_unit_test(special_tokens_are_found_on_request),
        cmocka_unit_test(invalid_text_and_ids_are_refused),
        cmocka_unit_test(the_tokenizer_survives_oom),
        cmocka_unit_test(composed_text_keeps_its_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
