/* tokenize.c: tokenize CHECKPOINT STRINGS.json: the ids of each string of a JSON array, special
 * tokens matched, a line a string. */
#include "opening.h"

#include "spx/json.h"

static spx_status print_ids(const spx_tokenizer *t, const char *text, spx_error *err)
{
    spx_tokens got = {0};
    const spx_status st = spx_tokenizer_encode(t, text, strlen(text), true, &got, err);
    for (size_t i = 0; i < got.n; i++) printf(i > 0 ? " %d" : "%d", (int)got.id[i]);
    printf("\n");
    spx_tokens_free(&got);
    return st;
}

int main(int argc, char **argv)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_ckpt *c = NULL;
    spx_tokenizer *t = NULL;
    spx_json *texts = NULL;
    if (argc != 3) SPX_RAISE(&err, SPX_EINVAL, "tokenize CHECKPOINT STRINGS.json");
    SPX_TRY(spx_ckpt_open(argv[1], &c, &err));
    SPX_TRY(spx_tokenizer_open(c, &t, &err));
    SPX_TRY(spx_json_read(argv[2], &texts, &err));
    for (size_t i = 0; i < spx_json_size(texts); i++) {
        const char *text = spx_json_text(spx_json_at(texts, i));
        if (!text) SPX_RAISE(&err, SPX_EFORMAT, "entry %zu is no string", i);
        SPX_TRY(print_ids(t, text, &err));
    }
out:
    spx_json_free(texts);
    spx_tokenizer_close(t);
    spx_ckpt_close(c);
    return leave("tokenize", st, &err);
}
