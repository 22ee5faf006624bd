/* diagnosis_directions.c: what the leading directions of diagnosed matrices stand for, kept as
 * text. */
#include "report/diagnosis.h"

#include <string.h>

typedef struct collection {
    spx_diagnosis *d;
    const spx_tokenizer *tokenizer;
    spx_named_direction *last;
    spx_status st; /* of what could not be kept; nothing is kept after that */
    spx_error err;
} collection;

static spx_status keep_tokens(const collection *c, const spx_direction *x, spx_named_direction *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    SPX_TRY(SPX_SCRATCH(&c->d->memory, &out->token, x->tokens, err));
    for (size_t i = 0; i < x->tokens; i++) {
        SPX_TRY(spx_tokenizer_show(c->tokenizer, x->token[i], &text, err));
        const size_t size = strlen(text) + 1;
        SPX_TRY(SPX_SCRATCH(&c->d->memory, &out->token[i], size, err));
        memcpy(out->token[i], text, size);
        spx_free(text);
        text = NULL;
        out->tokens++;
    }
out:
    spx_free(text);
    return st;
}

static const spx_diagnosed *matrix_of(const spx_diagnosis *d, const char *tensor)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->matrix[i].tensor, tensor) == 0) return &d->matrix[i];
    return NULL;
}

static spx_status keep_direction(collection *c, const spx_direction *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_named_direction *out = NULL;
    const spx_diagnosed *of = matrix_of(c->d, x->tensor);
    if (!of) return SPX_OK; /* a change of bytes that is none of values */
    SPX_TRY(SPX_SCRATCH(&c->d->memory, &out, 1, err));
    *out = (spx_named_direction){.of = of,
                                 .reads = x->reads,
                                 .of_change = x->of_change,
                                 .negative = x->negative,
                                 .index = x->index,
                                 .value = x->value,
                                 .share = x->share,
                                 .share_chance = x->share_chance,
                                 .cosine = x->cosine,
                                 .chance = x->chance};
    SPX_TRY(keep_tokens(c, x, out, err));
    if (c->last)
        c->last->next = out;
    else
        c->d->directions = out;
    c->last = out;
out:
    return st;
}

static void collect(const spx_direction *x, void *arg)
{
    collection *c = arg;
    if (c->st == SPX_OK) c->st = keep_direction(c, x, &c->err);
}

spx_status spx_diagnosis_name_directions(spx_diagnosis *d, const spx_directions_opts *how,
                                         const spx_tokenizer *t, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t odd = 0, found = 0;
    collection c = {.d = d, .tokenizer = t};
    spx_directions_opts o = *how;
    o.told = collect;
    o.arg = &c;
    SPX_TRY(spx_directions_find(&o, &odd, &found, err));
    if (c.st != SPX_OK && err) *err = c.err;
    st = c.st;
out:
    return st;
}
