/* prompt_cache.h: the prompts of some facts with their common beginnings run once.
 *
 * What all prompts of one context begin with (a prefix sentence) is a stem; the rest of each prompt
 * is its own rows. Sequence q belongs to fact q / kinds and is its prompt of kind q % kinds: a
 * context, or the KL prompt as the last kind. It continues the stem of its kind, and stems end
 * before any subject's last token. Bare prompts, kind 0, have no stem. */
#ifndef SPX_EDIT_PROMPT_CACHE_H
#define SPX_EDIT_PROMPT_CACHE_H

#include "spx/model.h"
#include "spx/prompts.h"

#include <stdbool.h>

/* Which prompts: those of facts first .. first + facts - 1. */
typedef struct prompt_span {
    const spx_prompts *prompts;
    size_t first, facts;
    bool with_kl; /* whole, with the KL prompt; else editing prompts up to the subject's last */
} prompt_span;

typedef struct prompt_cache {
    const spx_model *model;
    size_t n, kinds;         /* sequences; prompts of a fact */
    size_t *start;           /* n + 1: own rows, packed */
    size_t *past, *past_row; /* n: length and first row of the stem of each sequence */
    size_t *stem_start;      /* kinds + 1 */
    int32_t *token, *stem_token;
    spx_kv *kv; /* keys and values of the stems */
} prompt_cache;

/* Lays out the span, which is not kept; stems can run through blocks 0 .. blocks - 1. */
SPX_CHECKED spx_status prompt_cache_open(prompt_cache *t, const spx_model *m,
                                         const prompt_span *span, size_t blocks, spx_error *err);
void prompt_cache_close(prompt_cache *t);

static inline size_t prompt_cache_rows(const prompt_cache *t) { return t->start[t->n]; }
static inline size_t prompt_cache_stem_rows(const prompt_cache *t)
{
    return t->stem_start[t->kinds];
}

/* Token embeddings of the stems and of the own rows. */
void prompt_cache_embed(const prompt_cache *t, float *stem, float *x);
/* Runs the stems alone through blocks from .. to - 1 and keeps their keys and values. */
SPX_CHECKED spx_status prompt_cache_run_stems(const prompt_cache *t, size_t from, size_t to,
                                              float *stem, spx_error *err);
/* Runs the stems, then the own rows that continue them; what the pass asks for is of own rows. */
SPX_CHECKED spx_status prompt_cache_run(const prompt_cache *t, const spx_pass *pass, float *stem,
                                        float *x, spx_error *err);

#endif
