/* fuzz_config.c: three texts with a NUL between them as config.json, tokenizer.json and
 * tokenizer_config.json of a folder; then a text to be encoded. (libFuzzer) */
#include "fuzz.h"

#include "spx/lm.h"

enum { FILES = 3 };

/* Offsets cover the text in order, and what was encoded can be decoded. */
static void check(const spx_tokenizer *t, const char *text, size_t len, bool special)
{
    spx_error err = {0};
    spx_tokens got = {0};
    char *back = NULL;
    if (spx_tokenizer_encode(t, text, len, special, &got, &err) != SPX_OK) {
        fuzz_refused(&err);
        return;
    }
    for (size_t i = 0; i < got.n; i++)
        assert(got.begin[i] <= got.end[i] && got.end[i] <= len &&
               (i == 0 || got.begin[i] == got.end[i - 1]));
    assert(spx_tokenizer_decode(t, got.id, got.n, &back, &err) == SPX_OK);
    spx_free(back);
    spx_tokens_free(&got);
}

static void open_all(const char *path, const char *text, size_t len)
{
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    spx_model *m = NULL;
    if (spx_ckpt_open(path, &c, &err) != SPX_OK) abort();
    if (spx_tokenizer_open(c, &t, &err) == SPX_OK) {
        check(t, text, len, false);
        check(t, text, len, true);
    } else
        fuzz_refused(&err);
    err = (spx_error){0};
    if (spx_model_open(c, &m, &err) != SPX_OK) fuzz_refused(&err);
    spx_model_close(m);
    spx_tokenizer_close(t);
    spx_ckpt_close(c);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const names[FILES] = {"config.json", "tokenizer.json",
                                             "tokenizer_config.json"};
    static const char none[] = "\10\0\0\0\0\0\0\0{}      ";
    static fuzz_file file[FILES], model;
    const long live = spx_test_live_blocks();
    for (size_t i = 0; i < FILES; i++) {
        const unsigned char *nul = size > 0 ? memchr(data, '\0', size) : NULL;
        const size_t n = nul ? (size_t)(nul - data) : size;
        fuzz_write(&file[i], names[i], data, n);
        data += nul ? n + 1 : n;
        size -= nul ? n + 1 : n;
    }
    fuzz_write(&model, "model.safetensors", none, sizeof none - 1);
    open_all(model.path, (const char *)data, size);
    assert(spx_test_live_blocks() == live);
    return 0;
}
