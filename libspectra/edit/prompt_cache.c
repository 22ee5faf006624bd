/* prompt_cache.c: prompts with common beginnings (edit/trunk.h). */
#include "edit/prompt_cache.h"

#include <assert.h>
#include <string.h>

static size_t prompt_of(const trunk_span *s, size_t kinds, size_t q)
{
    return (s->first + q / kinds) * (s->prompts->contexts + 1) + q % kinds;
}

/* Rows of a sequence, its stem included. */
static size_t length_of(const trunk_span *s, size_t kinds, size_t q)
{
    const size_t i = prompt_of(s, kinds, q);
    return s->with_kl ? s->prompts->start[i + 1] - s->prompts->start[i]
                      : s->prompts->subject[i] + 1;
}

/* Tokens that all prompts of a kind begin with, before any subject's last. */
static size_t shared_by(const trunk_span *s, size_t kinds, size_t kind)
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

static spx_status make(void *out, size_t n, size_t size, spx_error *err)
{
    void *p = NULL;
    const spx_status st = spx_alloc(&p, n, size, err);
    memcpy(out, &p, sizeof p);
    return st;
}

static spx_status allocate(trunk *t, const trunk_span *s, spx_error *err)
{
    spx_status st = SPX_OK;
    assert(t->kinds > 0);
    SPX_TRY(make(&t->start, t->n + 1, sizeof(size_t), err));
    SPX_TRY(make(&t->past, t->n, sizeof(size_t), err));
    SPX_TRY(make(&t->past_row, t->n, sizeof(size_t), err));
    SPX_TRY(make(&t->stem_start, t->kinds + 1, sizeof(size_t), err));
    for (size_t k = 0; k < t->kinds; k++)
        t->stem_start[k + 1] = t->stem_start[k] + shared_by(s, t->kinds, k);
    for (size_t q = 0; q < t->n; q++) {
        const size_t k = q % t->kinds;
        t->past[q] = t->stem_start[k + 1] - t->stem_start[k];
        t->past_row[q] = t->stem_start[k];
        t->start[q + 1] = t->start[q] + length_of(s, t->kinds, q) - t->past[q];
    }
    SPX_TRY(make(&t->token, trunk_rows(t), sizeof(int32_t), err));
    SPX_TRY(make(&t->stem_token, trunk_stem_rows(t), sizeof(int32_t), err));
out:
    return st;
}

static void fill(trunk *t, const trunk_span *s)
{
    for (size_t q = 0; q < t->n; q++) {
        const int32_t *from = s->prompts->token + s->prompts->start[prompt_of(s, t->kinds, q)];
        memcpy(t->token + t->start[q], from + t->past[q],
               (t->start[q + 1] - t->start[q]) * sizeof *from);
        if (q < t->kinds) memcpy(t->stem_token + t->past_row[q], from, t->past[q] * sizeof *from);
    }
}

spx_status trunk_open(trunk *t, const spx_model *m, const trunk_span *span, size_t blocks,
                      spx_error *err)
{
    const size_t kinds = span->prompts->contexts + (span->with_kl ? 1 : 0);
    *t = (trunk){.model = m, .n = span->facts * kinds, .kinds = kinds};
    spx_status st = allocate(t, span, err);
    if (st == SPX_OK) fill(t, span);
    if (st == SPX_OK) st = spx_kv_new(m, 0, blocks, trunk_stem_rows(t), &t->kv, err);
    if (st != SPX_OK) trunk_close(t);
    return st;
}

void trunk_close(trunk *t)
{
    void *const owned[] = {t->start, t->past, t->past_row, t->stem_start, t->token, t->stem_token};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_kv_free(t->kv);
    *t = (trunk){0};
}

static spx_batch stems(const trunk *t)
{
    return (spx_batch){.n = t->kinds, .start = t->stem_start, .token = t->stem_token};
}

static spx_batch own(const trunk *t)
{
    return (spx_batch){
        .n = t->n, .start = t->start, .past = t->past, .past_row = t->past_row, .token = t->token};
}

void trunk_embed(const trunk *t, float *stem, float *x)
{
    const spx_batch first = stems(t), rest = own(t);
    spx_model_embed(t->model, &first, stem);
    spx_model_embed(t->model, &rest, x);
}

spx_status trunk_run_stems(const trunk *t, size_t from, size_t to, float *stem, spx_error *err)
{
    const spx_batch b = stems(t);
    const spx_pass pass = {.from = from, .to = to, .keep = t->kv};
    return spx_model_forward(t->model, &b, &pass, stem, err);
}

spx_status trunk_run(const trunk *t, const spx_pass *pass, float *stem, float *x, spx_error *err)
{
    const spx_batch b = own(t);
    spx_pass behind = *pass;
    behind.past = t->kv;
    const spx_status st = trunk_run_stems(t, pass->from, pass->to, stem, err);
    return st == SPX_OK ? spx_model_forward(t->model, &b, &behind, x, err) : st;
}
