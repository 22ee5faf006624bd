/* record_tokens.c: texts of records as ids, and texts that a model puts behind them. */
#include "eval/families.h"

#include <stdio.h>
#include <string.h>

spx_status tokens_of(const spx_tokenizer *t, const char *before, const char *text, spx_tokens *out,
                     spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const size_t n = strlen(before) + strlen(text);
    spx_status st = spx_scratch_alloc(&tmp, &mem, n + 1, 1, err);
    if (st != SPX_OK) return st;
    snprintf(mem, n + 1, "%s%s", before, text);
    st = *(const char *)mem == ' ' ? spx_tokenizer_continue(t, mem, n, out, err)
                                   : spx_tokenizer_prompt(t, mem, n, out, err);
    if (st == SPX_OK && out->n == 0) st = SPX_FAIL(err, SPX_EINVAL, "text without a token");
    if (st == SPX_OK) { /* nothing here asks which bytes a token stands for: 16 bytes a token */
        spx_free(out->begin);
        spx_free(out->end);
        out->begin = out->end = NULL;
    }
    spx_scratch_free(&tmp);
    return st;
}

score_item item_of(const spx_tokens *prompt, const spx_tokens *target)
{
    return (score_item){prompt->id, target->id, prompt->n, target->n, NULL};
}

void texts_free(texts_behind *t)
{
    for (size_t i = 0; t->at && i < t->n; i++) spx_free(t->at[i]);
    spx_free(t->at);
    *t = (texts_behind){0};
}

/* What ends a text, and who reads its tokens. */
typedef struct stops {
    const spx_tokenizer *t;
    const char *const *stop;
} stops;

static bool stopped(const void *arg, const int32_t *id, size_t n)
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

/* Tokens that a unit costs at most. */
static size_t rows_of(const spx_tokens *prompt, size_t n, const spx_generate_opts *o)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t all = o->max_new > 0 ? prompt[i].n + o->max_new : o->max_total;
        rows += all > prompt[i].n ? all : prompt[i].n;
    }
    return rows;
}

static spx_status write_some(const setting *s, const spx_model *m, const spx_tokens *prompt,
                             size_t n, const spx_generate_opts *o, char **at, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tokens *more = NULL;
    SPX_TRY(scratch_array(&tmp, &more, n, sizeof *more, err));
    SPX_TRY(spx_generate(m, prompt, n, o, more, err));
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_tokenizer_decode(s->tokenizer, more[i].id, more[i].n, &at[i], err));
    for (size_t i = 0; s->units && i < n; i++)
        SPX_TRY(spx_bytes_add_text(s->units->answer, at[i], err));
out:
    for (size_t i = 0; more && i < n; i++) spx_tokens_free(&more[i]);
    spx_scratch_free(&tmp);
    return st;
}

/* What n prompts were answered; nothing where they are passed over. */
static spx_status read_some(spx_reader *from, bool given, size_t n, char **at, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const char *text = "";
        if (given) st = units_check(spx_reader_text(from, &text), err);
        if (st == SPX_OK) st = spx_text_copy(&at[i], text, strlen(text), err);
    }
    return st == SPX_OK ? units_check(from->left == 0, err) : st;
}

spx_status texts_generate(const setting *s, const spx_model *m, const spx_tokens *prompt, size_t n,
                          const spx_generate_opts *o, const char *const *stop, texts_behind *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const stops ends = {s->tokenizer, stop};
    spx_generate_opts until = *o;
    until.stop = spx_tokenizer_eos(s->tokenizer);
    until.done = stop ? stopped : NULL;
    until.arg = &ends;
    *out = (texts_behind){.n = n};
    SPX_TRY(SPX_NEW(&out->at, n, err));
    for (size_t i = 0; i < n; i += TOGETHER) {
        const size_t some = n - i < TOGETHER ? n - i : TOGETHER;
        unit_turn turn = UNIT_ASK;
        spx_reader from = {0};
        until.seed = o->seed + i;
        SPX_TRY(units_turn(s->units, rows_of(prompt + i, some, o), &turn, &from, err));
        if (turn == UNIT_ASK)
            SPX_TRY(write_some(s, m, prompt + i, some, &until, out->at + i, err));
        else
            SPX_TRY(read_some(&from, turn == UNIT_READ, some, out->at + i, err));
    }
out:
    if (st != SPX_OK) texts_free(out);
    return st;
}
