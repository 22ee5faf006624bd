/* record_tokens.c: texts of records as tokens, and their continuations by a model. */
#include "eval/family.h"

#include <stdio.h>
#include <string.h>

spx_status of_fact(spx_status st, const setting *s, const spx_fact *f, spx_error *err)
{
    if (st != SPX_OK) spx_prefix(err, "%s: fact %ld", s->set, f->id);
    return st;
}

spx_status tokens_of(const spx_tokenizer *t, const char *before, const char *text, spx_tokens *out,
                     spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char *all = NULL;
    const size_t n = strlen(before) + strlen(text);
    SPX_TRY(SPX_SCRATCH(&tmp, &all, n + 1, err));
    snprintf(all, n + 1, "%s%s", before, text);
    if (*all == ' ')
        SPX_TRY(spx_tokenizer_continue(t, all, n, out, err));
    else
        SPX_TRY(spx_tokenizer_prompt(t, all, n, out, err));
    if (out->n == 0) SPX_RAISE(err, SPX_EINVAL, "text '%.40s' has no token", all);
    spx_free(out->begin); /* the bytes of a token are not needed: this saves 16 bytes a token */
    spx_free(out->end);
    out->begin = out->end = NULL;
out:
    spx_scratch_free(&tmp);
    return st;
}

score_item item_of(const setting *s, long record, const spx_tokens *prompt,
                   const spx_tokens *target)
{
    return (score_item){.prompt = prompt->id,
                        .target = target->id,
                        .prompts = prompt->n,
                        .targets = target->n,
                        .set = s->set,
                        .record = record};
}

void texts_free(generated_texts *t)
{
    for (size_t i = 0; t->at && i < t->n; i++) spx_free(t->at[i]);
    spx_free(t->at);
    *t = (generated_texts){0};
}

/* What ends a text, and the tokenizer that decodes it. */
typedef struct stops {
    const spx_tokenizer *t;
    const char *const *stop;
} stops;

static bool has_stop(const void *arg, const int32_t *id, size_t n)
{
    const stops *s = arg;
    char *text = NULL;
    bool found = false;
    if (spx_tokenizer_decode(s->t, id, n, &text, NULL) != SPX_OK) return false;
    for (const char *const *stop = s->stop; *stop; stop++) found |= strstr(text, *stop) != NULL;
    spx_free(text);
    return found;
}

enum { TOGETHER = 64 };

/* The most tokens that n prompts and their continuations can have. */
static size_t most_rows(const spx_tokens *prompt, size_t n, const spx_generate_opts *o)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t all = o->max_new > 0 ? prompt[i].n + o->max_new : o->max_total;
        rows += all > prompt[i].n ? all : prompt[i].n;
    }
    return rows;
}

/* A prompt without as much of its beginning as the model's context lacks room for with max_new
 * tokens, as lm-evaluation-harness does it. */
static spx_tokens fit_prompt(const spx_model *m, const spx_generate_opts *o, spx_tokens prompt)
{
    const size_t context = spx_model_shape(m)->context;
    const size_t room = context > o->max_new ? context - o->max_new : 1;
    if (o->max_new > 0 && prompt.n > room) {
        prompt.id += prompt.n - room;
        prompt.n = room;
    }
    return prompt;
}

/* Continues n prompts, and appends the texts to the answer of the unit, if there is one. */
static spx_status generate_batch(const setting *s, const spx_model *m, const spx_tokens *prompt,
                                 size_t n, const spx_generate_opts *o, char **at, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tokens *fit = NULL, *more = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &fit, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &more, n, err));
    for (size_t i = 0; i < n; i++) fit[i] = fit_prompt(m, o, prompt[i]);
    SPX_TRY(spx_generate(m, fit, n, o, more, err));
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_tokenizer_decode(s->tokenizer, more[i].id, more[i].n, &at[i], err));
    for (size_t i = 0; s->units && i < n; i++)
        SPX_TRY(spx_bytes_add_text(s->units->answer, at[i], err));
out:
    for (size_t i = 0; more && i < n; i++) spx_tokens_free(&more[i]);
    spx_scratch_free(&tmp);
    return st;
}

/* The texts of n prompts from an answer; empty ones if it was not given. */
static spx_status read_batch(spx_reader *from, bool given, size_t n, char **at, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < n; i++) {
        const char *text = "";
        if (given) SPX_TRY(units_check(spx_reader_text(from, &text), err));
        SPX_TRY(spx_text_dup(&at[i], text, err));
    }
    SPX_TRY(units_check(from->left == 0, err));
out:
    return st;
}

spx_status texts_generate(const setting *s, const spx_model *m, const spx_tokens *prompt, size_t n,
                          const spx_generate_opts *o, const char *const *stop, generated_texts *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const stops ends = {s->tokenizer, stop};
    spx_generate_opts until = *o;
    until.stop = spx_tokenizer_eos(s->tokenizer);
    until.done = stop ? has_stop : NULL;
    until.arg = &ends;
    *out = (generated_texts){.n = n};
    SPX_TRY(SPX_NEW(&out->at, n, err));
    for (size_t i = 0; i < n; i += TOGETHER) {
        const size_t some = n - i < TOGETHER ? n - i : TOGETHER;
        unit_turn turn = UNIT_ASK;
        spx_reader from = {0};
        until.seed = o->seed + i;
        SPX_TRY(units_turn(s->units, most_rows(prompt + i, some, o), &turn, &from, err));
        if (turn == UNIT_ASK)
            SPX_TRY(generate_batch(s, m, prompt + i, some, &until, out->at + i, err));
        else
            SPX_TRY(read_batch(&from, turn == UNIT_READ, some, out->at + i, err));
    }
out:
    if (st != SPX_OK) texts_free(out);
    return st;
}
