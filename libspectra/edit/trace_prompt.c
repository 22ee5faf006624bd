/* trace_prompt.c: prompts for tracing, their places, and the noise for their subjects. */
#include "edit/trace_states.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *spx_trace_kind_name(spx_trace_kind kind) { return trace_kind(kind)->name; }

const char *spx_trace_place_name(spx_trace_place place)
{
    static const char *const names[SPX_PLACES] = {
        [SPX_PLACE_SUBJECT_FIRST] = "first subject token",
        [SPX_PLACE_SUBJECT_MIDDLE] = "middle subject tokens",
        [SPX_PLACE_SUBJECT_LAST] = "last subject token",
        [SPX_PLACE_AFTER] = "first subsequent token",
        [SPX_PLACE_FURTHER] = "further tokens",
        [SPX_PLACE_LAST] = "last token",
    };
    return names[place];
}

spx_trace_place spx_trace_place_of(const spx_trace_prompt *p, size_t r)
{
    assert(r >= p->first && r < p->tokens);
    if (r == p->last) return SPX_PLACE_SUBJECT_LAST;
    if (r == p->first) return SPX_PLACE_SUBJECT_FIRST;
    if (r < p->last) return SPX_PLACE_SUBJECT_MIDDLE;
    if (r + 1 == p->tokens) return SPX_PLACE_LAST;
    return r == p->last + 1 ? SPX_PLACE_AFTER : SPX_PLACE_FURTHER;
}

/* *answer <- the first token of " " + target. */
static spx_status first_token(const spx_tokenizer *t, const char *target, int32_t *answer,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tokens tokens = {0};
    char *text = NULL;
    const size_t room = strlen(target) + 2;
    if (!*target) SPX_RAISE(err, SPX_EINVAL, "target is empty");
    SPX_TRY(SPX_SCRATCH(&tmp, &text, room, err));
    snprintf(text, room, " %s", target);
    SPX_TRY(spx_tokenizer_continue(t, text, strlen(text), &tokens, err));
    *answer = tokens.id[0];
out:
    spx_tokens_free(&tokens);
    spx_scratch_free(&tmp);
    return st;
}

/* The rows of the tokens that the bytes begin .. end - 1 begin and end in. */
static void find_subject(const spx_tokens *t, size_t begin, size_t end, spx_trace_prompt *p)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->begin[i] <= begin) p->first = i;
        if (t->begin[i] < end) p->last = i;
    }
}

spx_status spx_trace_prompt_new(const spx_tokenizer *t, const spx_request *request,
                                spx_trace_prompt *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_trace_prompt p = {0};
    spx_tokens tokens = {0};
    const char *text = request->prompt;
    const bool inside = *request->subject && request->subject_at < strlen(text);
    const char *at = inside ? strstr(text + request->subject_at, request->subject) : NULL;
    *out = (spx_trace_prompt){0};
    if (!at) SPX_RAISE(err, SPX_EINVAL, "subject '%s' is not in the prompt", request->subject);
    SPX_TRY(first_token(t, request->target, &p.answer, err));
    SPX_TRY(spx_tokenizer_prompt(t, text, strlen(text), &tokens, err));
    const size_t begin = (size_t)(at - text);
    find_subject(&tokens, begin, begin + strlen(request->subject), &p);
    p.tokens = tokens.n;
    SPX_TRY(SPX_NEW(&p.token, p.tokens, err));
    memcpy(p.token, tokens.id, p.tokens * sizeof *p.token);
    *out = p;
out:
    if (st != SPX_OK) spx_prefix(err, "fact '%s'", text);
    spx_tokens_free(&tokens);
    return st;
}

void spx_trace_prompt_free(spx_trace_prompt *p)
{
    spx_free(p->token);
    *p = (spx_trace_prompt){0};
}

static spx_status check_length(const spx_model *m, const spx_trace_prompt *p, spx_error *err)
{
    const size_t most = spx_model_shape(m)->context;
    if (p->tokens <= most) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "the prompt has %zu tokens (expected at most %zu)", p->tokens,
                    most);
}

/* Several prompts as one batch; arrays are of tmp. rows[i]: the last one of prompt i. */
static spx_status pack_prompts(const spx_trace_prompt *p, size_t n, spx_batch *out, size_t **rows,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t *start = NULL;
    int32_t *token = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, rows, n, err));
    for (size_t i = 0; i < n; i++) {
        start[i + 1] = start[i] + p[i].tokens;
        (*rows)[i] = start[i + 1] - 1;
    }
    SPX_TRY(SPX_SCRATCH(tmp, &token, start[n], err));
    for (size_t i = 0; i < n; i++)
        memcpy(token + start[i], p[i].token, p[i].tokens * sizeof *token);
    *out = (spx_batch){.n = n, .start = start, .token = token};
out:
    return st;
}

spx_status spx_trace_knows(const spx_model *m, const spx_trace_prompt *p, size_t n, bool *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_model_config *c = spx_model_shape(m);
    const spx_pass all = {.from = 0, .to = c->layers};
    spx_batch b;
    size_t *rows = NULL;
    float *x = NULL, *z = NULL;
    for (size_t i = 0; i < n; i++) SPX_TRY(check_length(m, &p[i], err));
    SPX_TRY(pack_prompts(p, n, &b, &rows, &tmp, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, b.start[n] * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &z, n * c->vocab, err));
    spx_model_embed(m, &b, x);
    SPX_TRY(spx_model_forward(m, &b, &all, x, err));
    SPX_TRY(spx_model_logits(m, x, rows, n, z, err));
    for (size_t i = 0; i < n; i++) {
        const float *zi = z + i * c->vocab;
        out[i] = true;
        for (size_t j = 0; j < c->vocab; j++)
            if (zi[j] > zi[p[i].answer]) out[i] = false;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Sum and sum of squares of the embeddings of a prompt's subject. */
static spx_status add_subject(const spx_model *m, const spx_trace_prompt *p, double sum[3],
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t d = spx_model_shape(m)->d_model;
    float *x = NULL;
    const size_t start[2] = {0, p->tokens};
    const spx_batch b = {.n = 1, .start = start, .token = p->token};
    SPX_TRY(check_length(m, p, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, p->tokens * d, err));
    spx_model_embed(m, &b, x);
    for (size_t i = p->first * d; i < (p->last + 1) * d; i++) {
        sum[0] += 1;
        sum[1] += (double)x[i];
        sum[2] += (double)x[i] * (double)x[i];
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_trace_deviation(const spx_model *m, const spx_trace_prompt *p, size_t n, double *out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    double sum[3] = {0};
    for (size_t i = 0; i < n; i++) SPX_TRY(add_subject(m, &p[i], sum, err));
    *out = sqrt((sum[2] - sum[1] * sum[1] / sum[0]) / (sum[0] - 1));
out:
    return st;
}

void spx_trace_places(const spx_trace *t, const spx_trace_prompt *p, double *out)
{
    for (size_t i = 0; i < SPX_TRACE_KINDS * t->layers; i++) {
        size_t count[SPX_PLACES] = {0};
        double *row = out + i * SPX_PLACES;
        for (int k = 0; k < SPX_PLACES; k++) row[k] = 0;
        for (size_t r = p->first; r < t->tokens; r++) {
            const spx_trace_place at = spx_trace_place_of(p, r);
            row[at] += t->effect[i * t->tokens + r];
            count[at]++;
        }
        for (int k = 0; k < SPX_PLACES; k++)
            row[k] = count[k] ? row[k] / (double)count[k] : (double)NAN;
    }
}
