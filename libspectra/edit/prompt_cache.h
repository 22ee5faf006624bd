/* prompt_cache.h: the prompts of a run of facts, up to the blocks that change them: what the prompts of
 * one context have in common at their beginning (a prefix sentence) is a stem that runs once.
 *
 * Sequence q belongs to fact q / kinds and is its prompt of kind q % kinds: a context, or the KL
 * prompt as the last kind. It continues the stem of its kind, and stems end before any subject's
 * last token. Bare prompts, kind 0, have none. */
#ifndef SPX_EDIT_TRUNK_H
#define SPX_EDIT_TRUNK_H

#include "spx/model.h"
#include "spx/prompts.h"

#include <stdbool.h>

/* Which prompts: facts first .. first + facts - 1; with_kl: whole, with the KL prompt; else editing
 * prompts, cut behind the subject's last token. */
typedef struct trunk_span {
    const spx_prompts *prompts;
    size_t first, facts;
    bool with_kl;
} trunk_span;

typedef struct trunk {
    const spx_model *model;
    size_t n, kinds;         /* sequences */
    size_t *start;           /* n + 1: own rows, packed */
    size_t *past, *past_row; /* n: the stem before them */
    size_t *stem_start;      /* kinds + 1 */
    int32_t *token, *stem_token;
    spx_kv *kv; /* of the stems */
} trunk;

/* Lays out the span; stems can run through blocks 0 .. blocks - 1. */
SPX_CHECKED spx_status trunk_open(trunk *t, const spx_model *m, const trunk_span *span,
                                  size_t blocks, spx_error *err);
void trunk_close(trunk *t);

static inline size_t trunk_rows(const trunk *t) { return t->start[t->n]; }
static inline size_t trunk_stem_rows(const trunk *t) { return t->stem_start[t->kinds]; }

/* Token embeddings of the stems and of the own rows. */
void trunk_embed(const trunk *t, float *stem, float *x);
/* Stems alone through blocks from .. to - 1; their keys and values are kept. */
SPX_CHECKED spx_status trunk_run_stems(const trunk *t, size_t from, size_t to, float *stem,
                                       spx_error *err);
/* Stems, then own rows behind them; what the pass wants is of own rows. */
SPX_CHECKED spx_status trunk_run(const trunk *t, const spx_pass *pass, float *stem, float *x,
                                 spx_error *err);

#endif
