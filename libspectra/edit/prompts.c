/* prompts.c: editing prompts and KL prompts of a batch of facts, as token sequences. */
#include "spx/prompts.h"

#include <stdio.h>
#include <string.h>

/* One text tokenised. */
typedef struct line {
    spx_tokens tokens;
    size_t subject; /* row of the subject's last token */
    size_t rows;    /* how many tokens count, from the first */
} line;

/* The last token that begins before byte `end`. */
static size_t last_token_before(const spx_tokens *t, size_t end)
{
    size_t at = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->begin[i] < end) at = i;
    return at;
}

/* *out <- a gap b; free with spx_free. */
static spx_status join_text(const char *a, const char *gap, const char *b, char **out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t size = strlen(a) + strlen(gap) + strlen(b) + 1;
    SPX_TRY(SPX_NEW(out, size, err));
    snprintf(*out, size, "%s%s%s", a, gap, b);
out:
    return st;
}

/* Tokenises text, whose subject ends at byte `end`; every row counts. */
static spx_status tokenise(const spx_tokenizer *t, const char *text, size_t end, line *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_tokenizer_prompt(t, text, strlen(text), &out->tokens, err));
    if (out->tokens.n == 0) SPX_RAISE(err, SPX_EINVAL, "prompt is empty");
    out->subject = last_token_before(&out->tokens, end);
    out->rows = out->tokens.n;
out:
    return st;
}

static spx_status editing_line(const spx_tokenizer *t, const spx_request *r, const char *prefix,
                               line *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    const bool inside = *r->subject && r->subject_at < strlen(r->prompt);
    const char *at = inside ? strstr(r->prompt + r->subject_at, r->subject) : NULL;
    const size_t before = strlen(prefix) + (*prefix ? 1 : 0);
    if (!at) SPX_RAISE(err, SPX_EINVAL, "subject '%s' is not in the prompt", r->subject);
    SPX_TRY(join_text(prefix, *prefix ? " " : "", r->prompt, &text, err));
    const size_t end = before + (size_t)(at - r->prompt) + strlen(r->subject);
    SPX_TRY(tokenise(t, text, end, out, err));
out:
    spx_free(text);
    return st;
}

static spx_status kl_line(const spx_tokenizer *t, const spx_request *r, line *out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    SPX_TRY(join_text(r->subject, "", " is a", &text, err));
    SPX_TRY(tokenise(t, text, strlen(r->subject), out, err));
    out->rows = out->subject + 1;
out:
    spx_free(text);
    return st;
}

static spx_status target_line(const spx_tokenizer *t, const spx_request *r, spx_tokens *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    if (!*r->target) SPX_RAISE(err, SPX_EINVAL, "target is empty");
    SPX_TRY(join_text(" ", "", r->target, &text, err));
    SPX_TRY(spx_tokenizer_continue(t, text, strlen(text), out, err));
out:
    spx_free(text);
    return st;
}

/* All lines of one fact: contexts editing prompts, then the KL prompt. */
static spx_status fact_lines(const spx_tokenizer *t, const spx_request *r,
                             const char *const *prefix, size_t contexts, line *lines,
                             spx_tokens *target, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(target_line(t, r, target, err));
    for (size_t c = 0; c < contexts; c++)
        SPX_TRY(editing_line(t, r, c ? prefix[c - 1] : "", &lines[c], err));
    SPX_TRY(kl_line(t, r, &lines[contexts], err));
out:
    if (st != SPX_OK) spx_prefix(err, "fact '%s'", r->prompt);
    return st;
}

static spx_status open_prompts(spx_prompts *p, const line *lines, const spx_tokens *targets,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t each = p->contexts + 1, n = p->facts * each;
    SPX_TRY(SPX_NEW(&p->start, n + 1, err));
    SPX_TRY(SPX_NEW(&p->subject, n, err));
    SPX_TRY(SPX_NEW(&p->target_start, p->facts + 1, err));
    for (size_t i = 0; i < p->facts; i++)
        p->target_start[i + 1] = p->target_start[i] + targets[i].n;
    for (size_t s = 0; s < n; s++) {
        const bool kl = s % each == p->contexts;
        p->start[s + 1] = p->start[s] + lines[s].rows + (kl ? 0 : targets[s / each].n - 1);
        p->subject[s] = lines[s].subject;
    }
    SPX_TRY(SPX_NEW(&p->token, p->start[n], err));
    SPX_TRY(SPX_NEW(&p->target, p->target_start[p->facts], err));
out:
    return st;
}

static void fill_prompts(spx_prompts *p, const line *lines, const spx_tokens *targets)
{
    const size_t each = p->contexts + 1;
    for (size_t i = 0; i < p->facts; i++)
        memcpy(p->target + p->target_start[i], targets[i].id, targets[i].n * sizeof(int32_t));
    for (size_t s = 0; s < p->facts * each; s++) {
        int32_t *row = p->token + p->start[s];
        const size_t more = p->start[s + 1] - p->start[s] - lines[s].rows;
        memcpy(row, lines[s].tokens.id, lines[s].rows * sizeof(int32_t));
        memcpy(row + lines[s].rows, targets[s / each].id, more * sizeof(int32_t));
    }
}

spx_status spx_prompts_new(const spx_tokenizer *t, const spx_request *request, size_t n,
                           const char *const *prefix, size_t prefixes, spx_prompts *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_prompts p = {.facts = n, .contexts = prefixes + 1};
    const size_t each = prefixes + 2;
    line *lines = NULL;
    spx_tokens *targets = NULL;

    *out = (spx_prompts){0};
    SPX_TRY(SPX_SCRATCH(&tmp, &lines, n * each, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &targets, n, err));
    for (size_t i = 0; i < n; i++)
        SPX_TRY(fact_lines(t, &request[i], prefix, p.contexts, lines + i * each, &targets[i], err));
    SPX_TRY(open_prompts(&p, lines, targets, err));
    fill_prompts(&p, lines, targets);
    *out = p;
    p = (spx_prompts){0};
out:
    for (size_t i = 0; lines && i < n * each; i++) spx_tokens_free(&lines[i].tokens);
    for (size_t i = 0; targets && i < n; i++) spx_tokens_free(&targets[i]);
    spx_prompts_free(&p);
    spx_scratch_free(&tmp);
    return st;
}

/* Memory for p with a target token more a fact, and an editing prompt's row more. */
static spx_status open_longer(const spx_prompts *p, spx_prompts *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t each = p->contexts + 1, n = p->facts * each;
    *out = (spx_prompts){.facts = p->facts, .contexts = p->contexts};
    SPX_TRY(SPX_NEW(&out->start, n + 1, err));
    SPX_TRY(SPX_NEW(&out->subject, n, err));
    SPX_TRY(SPX_NEW(&out->token, p->start[n] + p->facts * p->contexts, err));
    SPX_TRY(SPX_NEW(&out->target_start, p->facts + 1, err));
    SPX_TRY(SPX_NEW(&out->target, p->target_start[p->facts] + p->facts, err));
out:
    return st;
}

/* Sequence s of p, with its target's last token after it unless it is the KL prompt. */
static void lengthen_sequence(const spx_prompts *p, size_t s, spx_prompts *out)
{
    const size_t rows = p->start[s + 1] - p->start[s], fact = s / (p->contexts + 1);
    int32_t *to = out->token + out->start[s];
    memcpy(to, p->token + p->start[s], rows * sizeof *to);
    out->subject[s] = p->subject[s];
    out->start[s + 1] = out->start[s] + rows;
    if (s % (p->contexts + 1) == p->contexts) return;
    to[rows] = p->target[p->target_start[fact + 1] - 1];
    out->start[s + 1]++;
}

spx_status spx_prompts_end(spx_prompts *p, int32_t token, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_prompts longer = {0};
    SPX_TRY(open_longer(p, &longer, err));
    for (size_t s = 0; s < p->facts * (p->contexts + 1); s++) lengthen_sequence(p, s, &longer);
    for (size_t i = 0; i < p->facts; i++) {
        const size_t m = p->target_start[i + 1] - p->target_start[i];
        int32_t *to = longer.target + longer.target_start[i];
        memcpy(to, p->target + p->target_start[i], m * sizeof *to);
        to[m] = token;
        longer.target_start[i + 1] = longer.target_start[i] + m + 1;
    }
    spx_prompts_free(p);
    *p = longer;
    longer = (spx_prompts){0};
out:
    spx_prompts_free(&longer);
    return st;
}

void spx_prompts_free(spx_prompts *p)
{
    spx_free(p->start);
    spx_free(p->subject);
    spx_free(p->token);
    spx_free(p->target_start);
    spx_free(p->target);
    *p = (spx_prompts){0};
}
