/* next_token.c: the distribution of the token that follows a prompt. */
#include "eval/next_token.h"

#include <math.h>
#include <string.h>

enum { TOP = 10 };

/* Logits after the last token of each of n prompts, n x vocabulary. */
static spx_status ask_batch(const spx_model *m, const spx_tokens *prompt, size_t n, float *logits,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_model_config *c = spx_model_shape(m);
    size_t *start = NULL, *last = NULL;
    int32_t *token = NULL;
    float *x = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &last, n, err));
    for (size_t i = 0; i < n; i++) start[i + 1] = start[i] + prompt[i].n;
    SPX_TRY(SPX_SCRATCH(&tmp, &token, start[n], err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, start[n] * c->d_model, err));
    for (size_t i = 0; i < n; i++) {
        memcpy(token + start[i], prompt[i].id, prompt[i].n * sizeof *token);
        last[i] = start[i + 1] - 1;
    }
    const spx_batch b = {.n = n, .start = start, .token = token};
    const spx_pass pass = {.from = 0, .to = c->layers, .row = last, .rows = n};
    spx_model_embed(m, &b, x);
    SPX_TRY(spx_model_forward(m, &b, &pass, x, err));
    SPX_TRY(spx_model_logits(m, x, NULL, n, logits, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status next_token_logits(units *u, const spx_model *m, const spx_tokens *prompt, size_t n,
                             float *logits, bool *known, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t size = n * spx_model_shape(m)->vocab * sizeof *logits;
    size_t rows = 0;
    unit_turn turn = UNIT_ASK;
    spx_reader from = {0};
    const unsigned char *given = NULL;
    for (size_t i = 0; i < n; i++) rows += prompt[i].n;
    SPX_TRY(units_turn(u, rows, &turn, &from, err));
    *known = turn == UNIT_READ || !u;
    if (turn == UNIT_ASK) SPX_TRY(ask_batch(m, prompt, n, logits, err));
    if (turn == UNIT_ASK && u) SPX_TRY(spx_bytes_add(u->answer, logits, size, err));
    if (turn != UNIT_READ) goto out;
    SPX_TRY(units_check(spx_reader_take(&from, size, &given) && from.left == 0, err));
    memcpy(logits, given, size);
out:
    return st;
}

/* log sum exp z. */
static double log_sum(const float *z, size_t v)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 1; j < v; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < v; j++) sum += exp((double)z[j] - most);
    return most + log(sum);
}

double next_token_divergence(const float *before, const float *after, size_t v)
{
    const double p = log_sum(before, v), q = log_sum(after, v);
    double sum = 0;
    for (size_t j = 0; j < v; j++) {
        const double log_p = (double)before[j] - p;
        sum += exp(log_p) * (log_p - ((double)after[j] - q));
    }
    return fmax(sum, 0);
}

/* The ids of the k largest of v logits, lower ids first among equals. */
static void find_top(const float *z, size_t v, size_t k, size_t *id)
{
    size_t n = 0;
    for (size_t j = 0; j < v; j++) {
        if (n == k && !(z[j] > z[id[k - 1]])) continue;
        size_t i = n < k ? n++ : k - 1;
        for (; i > 0 && z[id[i - 1]] < z[j]; i--) id[i] = id[i - 1];
        id[i] = j;
    }
}

double next_token_overlap(const float *before, const float *after, size_t v)
{
    const size_t k = v < TOP ? v : TOP;
    size_t a[TOP], b[TOP], both = 0;
    find_top(before, v, k, a);
    find_top(after, v, k, b);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) both += a[i] == b[j];
    return (double)both / (double)k;
}
