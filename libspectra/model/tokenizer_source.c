/* tokenizer_source.c: shared parts of the readers of tokenizers, and patterns of families. */
#include "model/tokenizer_source.h"

#include <stdlib.h>
#include <string.h>

/* GPT-2 (Radford et al. 2019): contractions; then runs of letters, of digits, of anything else,
 * each with one space before it; then white space, of which the last space before a word goes with
 * the word. */
const char *const pattern_gpt2 =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/* Contractions in either case; a word takes one character before it, unless that is a line end or a
 * digit; line ends go with what precedes them. LLaMA 3 groups up to three digits, Qwen2 one. */
#define TILL_DIGITS "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|"
#define FROM_DIGITS "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
static const char *const pattern_llama3 = TILL_DIGITS "\\p{N}{1,3}" FROM_DIGITS;
static const char *const pattern_qwen2 = TILL_DIGITS "\\p{N}" FROM_DIGITS;

static const struct {
    const char *name;
    const char *const *pattern;
    bool digits; /* first, each digit is cut out */
    bool composes;
} named[] = {
    {"gpt-2", &pattern_gpt2, false, false},       {"phi-2", &pattern_gpt2, false, false},
    {"olmo", &pattern_gpt2, false, false},        {"smollm", &pattern_gpt2, true, false},
    {"llama-bpe", &pattern_llama3, false, false}, {"llama3", &pattern_llama3, false, false},
    {"llama-v3", &pattern_llama3, false, false},  {"qwen2", &pattern_qwen2, false, true},
};

bool source_named_stages(tokenizer_source *s, const char *name)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (strcmp(named[i].name, name) != 0) continue;
        s->composes = named[i].composes;
        if (named[i].digits) s->stage[s->stages++] = "\\p{N}";
        s->stage[s->stages++] = *named[i].pattern;
        return true;
    }
    return false;
}

spx_status source_stage(tokenizer_source *s, const char *pattern, spx_error *err)
{
    if (s->stages == SOURCE_STAGES)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: more than %d stages of pre-tokenization", s->path,
                        SOURCE_STAGES);
    s->stage[s->stages++] = pattern;
    return SPX_OK;
}

spx_status source_room(tokenizer_source *s, size_t n, size_t merges, spx_error *err)
{
    spx_status st = SPX_OK;
    if (n == 0 || n > INT32_MAX || merges > INT32_MAX)
        SPX_RAISE(err, SPX_EFORMAT, "%s: invalid vocabulary of %zu tokens and %zu merges", s->path,
                  n, merges);
    SPX_TRY(SPX_SCRATCH(&s->tmp, &s->token, n, err));
    for (size_t i = 0; i < n; i++) s->token[i] = "";
    SPX_TRY(SPX_SCRATCH(&s->tmp, &s->kind, n, err));
    memset(s->kind, TOKEN_UNUSED, n);
    SPX_TRY(SPX_SCRATCH(&s->tmp, &s->added, n, err));
    SPX_TRY(SPX_SCRATCH(&s->tmp, &s->merge, merges, err));
    s->n = n;
    s->merges = merges;
out:
    return st;
}

spx_status source_merge(tokenizer_source *s, size_t i, const char *text, size_t len, spx_error *err)
{
    const char *gap = memchr(text, ' ', len);
    if (!gap || gap == text || gap + 1 == text + len)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: merge %zu ('%.40s') is not a pair of tokens",
                        s->path, i, text);
    const size_t left = (size_t)(gap - text);
    s->merge[i] =
        (merge_text){.left = text, .right = gap + 1, .left_len = left, .right_len = len - left - 1};
    return SPX_OK;
}

int source_byte(const char *text)
{
    char *end = NULL;
    if (strlen(text) != 6 || strncmp(text, "<0x", 3) != 0) return -1;
    const long b = strtol(text + 3, &end, 16);
    return end == text + 5 && *end == '>' ? (int)b : -1;
}

void source_release(tokenizer_source *s)
{
    spx_json_free(s->root);
    spx_free(s->found);
    spx_free(s->text);
    spx_scratch_free(&s->tmp);
    *s = (tokenizer_source){0};
}
