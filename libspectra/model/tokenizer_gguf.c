/* tokenizer_gguf.c: reads a tokenizer from a GGUF's key-values (tokenizer.ggml.*). */
#include "model/tokenizer_source.h"

#include <string.h>

#define KEY "tokenizer.ggml."

/* The kind of a token by llama.cpp's number of its type. */
static token_kind kind_of(double type)
{
    static const token_kind kinds[] = {TOKEN_NORMAL, TOKEN_NORMAL, TOKEN_UNUSED, TOKEN_CONTROL,
                                       TOKEN_USER,   TOKEN_UNUSED, TOKEN_BYTE};
    return type >= 0 && type <= 6 ? kinds[(int)type] : TOKEN_UNUSED;
}

/* The name of the pre-tokenizer. Files older than its key only name the architecture. */
static const char *pretokenizer_name(const spx_ckpt *c)
{
    const char *pre = spx_ckpt_text(c, KEY "pre"), *arch = spx_ckpt_text(c, "general.architecture");
    if (pre || !arch) return pre;
    const bool old = strcmp(arch, "gpt2") == 0 || strcmp(arch, "gptneox") == 0;
    return old ? "gpt-2" : NULL;
}

static spx_status read_kind(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    const char *model = spx_ckpt_text(c, KEY "model"), *pre = pretokenizer_name(c);
    if (!model) return SPX_FAIL(err, SPX_EFORMAT, "%s: " KEY "model is missing", s->path);
    s->sentencepiece = strcmp(model, "llama") == 0;
    if (s->sentencepiece) return SPX_OK;
    if (strcmp(model, "gpt2") != 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: unknown tokenizer '%s' (expected gpt2 or llama)",
                        s->path, model);
    if (!pre) return SPX_FAIL(err, SPX_EFORMAT, "%s: " KEY "pre is missing", s->path);
    if (!source_named_stages(s, pre))
        return SPX_FAIL(err, SPX_EUNSUP, "%s: unknown pre-tokenizer '%s'", s->path, pre);
    s->whole_first = strstr(pre, "llama") != NULL;
    return SPX_OK;
}

static spx_status read_tokens(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0, types = 0, scores = 0, merges = 0;
    const char *const *token = spx_ckpt_texts(c, KEY "tokens", &n);
    const char *const *merge = spx_ckpt_texts(c, KEY "merges", &merges);
    const double *type = spx_ckpt_numbers(c, KEY "token_type", &types);
    const double *score = spx_ckpt_numbers(c, KEY "scores", &scores);
    if (s->sentencepiece) s->score = score;
    const size_t ranks = s->sentencepiece ? scores : merges;
    if (ranks == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: " KEY "%s is missing", s->path,
                  s->sentencepiece ? "scores" : "merges");
    if ((types != 0 && types != n) || (s->score && scores != n))
        SPX_RAISE(err, SPX_EFORMAT, "%s: " KEY "%s has %zu entries (expected %zu, one per token)",
                  s->path, types != 0 && types != n ? "token_type" : "scores",
                  types != 0 && types != n ? types : scores, n);
    SPX_TRY(source_room(s, n, s->sentencepiece ? 0 : merges, err));
    for (size_t i = 0; i < n; i++) {
        s->token[i] = token[i];
        s->kind[i] = (unsigned char)(types ? kind_of(type[i]) : TOKEN_NORMAL);
    }
    for (size_t i = 0; i < s->merges; i++)
        SPX_TRY(source_merge(s, i, merge[i], strlen(merge[i]), err));
out:
    return st;
}

/* BOS, EOS and the space before texts: as the file says, else as llama.cpp assumes. */
static void read_rules(const spx_ckpt *c, tokenizer_source *s)
{
    double id = -1, on = s->sentencepiece || s->whole_first, space = s->sentencepiece;
    (void)spx_ckpt_number(c, KEY "add_bos_token", &on);
    (void)spx_ckpt_number(c, KEY "add_space_prefix", &space);
    s->space = space != 0 ? SPACE_ALWAYS : SPACE_NEVER;
    if (on != 0 && spx_ckpt_number(c, KEY "bos_token_id", &id) && id >= 0 && id < (double)s->n)
        s->bos = (int32_t)id;
    if (spx_ckpt_number(c, KEY "eos_token_id", &id) && id >= 0 && id < (double)s->n)
        s->eos = (int32_t)id;
}

spx_status source_gguf(const spx_ckpt *c, tokenizer_source *s, spx_error *err)
{
    spx_status st = SPX_OK;
    s->path = spx_ckpt_path(c);
    SPX_TRY(read_kind(c, s, err));
    SPX_TRY(read_tokens(c, s, err));
    read_rules(c, s);
out:
    return st;
}
