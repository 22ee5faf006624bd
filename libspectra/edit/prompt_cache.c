/* prompt_cache.c: prompts with common beginnings (edit/prompt_cache.h). */
#include "edit/prompt_cache.h"

#include <assert.h>
#include <string.h>

/* Index of sequence q among all prompts. */
static size_t prompt_of(const prompt_span *s, size_t kinds, size_t q)
{
    return (s->first + q / kinds) * (s->prompts->contexts + 1) + q % kinds;
}

/* Rows of sequence q, its stem included. */
static size_t length_of(const prompt_span *s, size_t kinds, size_t q)
{
    const size_t i = prompt_of(s, kinds, q);
    return s->with_kl ? s->prompts->start[i + 1] - s->prompts->start[i]
                      : s->prompts->subject[i] + 1;
}

/* Tokens that all prompts of a kind begin with, before any subject's last. */
static size_t shared_by(const prompt_span *s, size_t kinds, size_t kind)
{
    const spx_prompts *p = s->prompts;
    const int32_t *model = p->token + p->start[prompt_of(s, kinds, kind)];
    size_t shared = kind == 0 ? 0 : p->subject[prompt_of(s, kinds, kind)];
    for (size_t f = 1; f < s->facts; f++) {
        const size_t i = prompt_of(s, kinds, f * kinds + kind);
        size_t same = 0;
        while (same < shared && same < p->subject[i] && p->token[p->start[i] + same] == model[same])
            same++;
        shared = same;
    }
    return shared;
}

/* Where stems and own rows begin. */
static void lay_out_rows(prompt_cache *t, const prompt_span *s)
{
    assert(t->kinds > 0);
    for (size_t k = 0; k < t->kinds; k++)
        t->stem_start[k + 1] = t->stem_start[k] + shared_by(s, t->kinds, k);
    for (size_t q = 0; q < t->n; q++) {
        const size_t k = q % t->kinds;
        t->past[q] = t->stem_start[k + 1] - t->stem_start[k];
        t->past_row[q] = t->stem_start[k];
        t->start[q + 1] = t->start[q] + length_of(s, t->kinds, q) - t->past[q];
    }
}

static void copy_tokens(prompt_cache *t, const prompt_span *s)
{
    for (size_t q = 0; q < t->n; q++) {
        const int32_t *from = s->prompts->token + s->prompts->start[prompt_of(s, t->kinds, q)];
        memcpy(t->token + t->start[q], from + t->past[q],
               (t->start[q + 1] - t->start[q]) * sizeof *from);
        if (q < t->kinds) memcpy(t->stem_token + t->past_row[q], from, t->past[q] * sizeof *from);
    }
}

spx_status prompt_cache_open(prompt_cache *t, const spx_model *m, const prompt_span *span,
                             size_t blocks, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t kinds = span->prompts->contexts + (span->with_kl ? 1 : 0);
    assert(kinds > 0);
    *t = (prompt_cache){.model = m, .n = span->facts * kinds, .kinds = kinds};
    SPX_TRY(SPX_NEW(&t->start, t->n + 1, err));
    SPX_TRY(SPX_NEW(&t->past, t->n, err));
    SPX_TRY(SPX_NEW(&t->past_row, t->n, err));
    SPX_TRY(SPX_NEW(&t->stem_start, kinds + 1, err));
    lay_out_rows(t, span);
    SPX_TRY(SPX_NEW(&t->token, prompt_cache_rows(t), err));
    SPX_TRY(SPX_NEW(&t->stem_token, prompt_cache_stem_rows(t), err));
    copy_tokens(t, span);
    SPX_TRY(spx_kv_new(m, 0, blocks, prompt_cache_stem_rows(t), &t->kv, err));
out:
    if (st != SPX_OK) prompt_cache_close(t);
    return st;
}

void prompt_cache_close(prompt_cache *t)
{
    void *const owned[] = {t->start, t->past, t->past_row, t->stem_start, t->token, t->stem_token};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_kv_free(t->kv);
    *t = (prompt_cache){0};
}

static spx_batch stem_batch(const prompt_cache *t)
{
    return (spx_batch){.n = t->kinds, .start = t->stem_start, .token = t->stem_token};
}

static spx_batch own_batch(const prompt_cache *t)
{
    return (spx_batch){
        .n = t->n, .start = t->start, .past = t->past, .past_row = t->past_row, .token = t->token};
}

void prompt_cache_embed(const prompt_cache *t, float *stem, float *x)
{
    const spx_batch first = stem_batch(t), rest = own_batch(t);
    spx_model_embed(t->model, &first, stem);
    spx_model_embed(t->model, &rest, x);
}

spx_status prompt_cache_run_stems(const prompt_cache *t, size_t from, size_t to, float *stem,
                                  spx_error *err)
{
    const spx_batch b = stem_batch(t);
    const spx_pass pass = {.from = from, .to = to, .keep = t->kv};
    return spx_model_forward(t->model, &b, &pass, stem, err);
}

spx_status prompt_cache_run(const prompt_cache *t, const spx_pass *pass, float *stem, float *x,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_batch b = own_batch(t);
    spx_pass continued = *pass;
    continued.past = t->kv;
    SPX_TRY(prompt_cache_run_stems(t, pass->from, pass->to, stem, err));
    SPX_TRY(spx_model_forward(t->model, &b, &continued, x, err));
out:
    return st;
}
