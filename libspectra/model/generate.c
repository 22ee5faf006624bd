/* generate.c: sequences that grow by one token a step over a shared cache of keys and values. */
#include "spx/generate.h"

#include "spx/rng.h"

#include <math.h>
#include <string.h>

static const size_t cache_bytes = (size_t)256 << 20, group_most = 64;

spx_generate_opts spx_generate_defaults(void)
{
    return (spx_generate_opts){.top_k = 1, .temperature = 1, .stop = -1};
}

/* A logit and its token. */
typedef struct candidate {
    float z;
    int32_t id;
} candidate;

/* The k largest of v logits, largest first, lower ids first among equals. */
static void find_largest(const float *z, size_t v, size_t k, candidate *best)
{
    size_t n = 0;
    for (size_t j = 0; j < v; j++) {
        if (n == k && !(z[j] > best[k - 1].z)) continue;
        size_t i = n < k ? n++ : k - 1;
        for (; i > 0 && best[i - 1].z < z[j]; i--) best[i] = best[i - 1];
        best[i] = (candidate){z[j], (int32_t)j};
    }
}

static int32_t draw_token(const candidate *best, size_t k, double temperature, spx_rng *rng)
{
    double weight[SPX_TOP_K_MAX], sum = 0;
    for (size_t i = 0; i < k; i++) {
        weight[i] = exp(((double)best[i].z - (double)best[0].z) / temperature);
        sum += weight[i];
    }
    double u = spx_rng_uniform(rng) * sum;
    size_t i = 0;
    while (i + 1 < k && u >= weight[i]) u -= weight[i++];
    return best[i].id;
}

/* A growing sequence. Its keys and values are rows base .. base + len - 1 of the cache. */
typedef struct sequence {
    size_t owner; /* index of its prompt */
    size_t base, len, most;
    spx_rng rng;
} sequence;

/* A group of sequences, and the batch of those still growing. */
typedef struct group {
    const spx_model *m;
    const spx_generate_opts *o;
    sequence *at;
    size_t n;    /* sequences still growing */
    size_t rows; /* of the cache */
    size_t *start, *past, *past_row, *keep_row, *last;
    int32_t *token;
    float *x, *logits;
    spx_kv *kv;
} group;

/* The most tokens that a sequence may have. */
static size_t length_limit(const spx_model *m, const spx_generate_opts *o, size_t prompt)
{
    const size_t context = spx_model_shape(m)->context;
    size_t most = o->max_total && o->max_total < context ? o->max_total : context;
    if (o->max_new && prompt + o->max_new < most) most = prompt + o->max_new;
    return most > prompt ? most : prompt;
}

static spx_status check_prompts(const spx_model *m, const spx_tokens *prompt, size_t n,
                                const spx_generate_opts *o, spx_error *err)
{
    const spx_model_config *c = spx_model_shape(m);
    if (o->top_k < 1 || o->top_k > SPX_TOP_K_MAX)
        return SPX_FAIL(err, SPX_EINVAL, "top_k is %zu (expected 1 to %d)", o->top_k,
                        SPX_TOP_K_MAX);
    if (!(o->temperature > 0 && isfinite(o->temperature)))
        return SPX_FAIL(err, SPX_EINVAL, "temperature is %g (expected a positive number)",
                        o->temperature);
    for (size_t i = 0; i < n; i++) {
        if (prompt[i].n == 0 || prompt[i].n > c->context)
            return SPX_FAIL(err, SPX_EINVAL, "prompt %zu has %zu tokens (expected 1 to %zu)", i,
                            prompt[i].n, c->context);
        for (size_t j = 0; j < prompt[i].n; j++)
            if (prompt[i].id[j] < 0 || (size_t)prompt[i].id[j] >= c->vocab)
                return SPX_FAIL(err, SPX_EINVAL,
                                "prompt %zu: token %d is outside the vocabulary of %zu", i,
                                (int)prompt[i].id[j], c->vocab);
    }
    return SPX_OK;
}

/* The number of prompts from `first` on that form a group. */
static size_t group_size(const spx_model *m, const spx_tokens *prompt, size_t first, size_t n,
                         const spx_generate_opts *o)
{
    const spx_model_config *c = spx_model_shape(m);
    const size_t a_row = c->layers * 2 * c->kv_heads * c->head_dim * sizeof(float);
    size_t rows = 0, i = first;
    for (; i < n && i - first < group_most; i++) {
        rows += length_limit(m, o, prompt[i].n);
        if (i > first && rows * a_row > cache_bytes) break;
    }
    return i - first;
}

static spx_status group_alloc(group *g, size_t n, size_t tokens, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(g->m);
    SPX_TRY(SPX_SCRATCH(tmp, &g->at, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->past, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->past_row, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->keep_row, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->last, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->token, tokens, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->x, tokens * c->d_model, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->logits, n * c->vocab, err));
out:
    return st;
}

/* Starts n sequences and the batch of their whole prompts, with room for what they will grow by. */
static spx_status begin_group(group *g, const spx_tokens *prompt, size_t first, size_t n,
                              spx_tokens *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < n; i++) {
        const spx_tokens *p = &prompt[first + i];
        sequence *s = &g->at[i];
        *s = (sequence){.owner = first + i,
                        .base = g->rows,
                        .most = length_limit(g->m, g->o, p->n),
                        .rng = spx_rng_seed(g->o->seed ^ (first + i + 1) * 0xd1b54a32d192ed03u)};
        g->start[i + 1] = g->start[i] + p->n;
        g->keep_row[i] = s->base;
        memcpy(g->token + g->start[i], p->id, p->n * sizeof(int32_t));
        g->rows += s->most;
        SPX_TRY(SPX_NEW(&out[s->owner].id, s->most - p->n, err));
    }
    g->n = n;
    SPX_TRY(spx_kv_new(g->m, 0, spx_model_shape(g->m)->layers, g->rows, &g->kv, err));
out:
    return st;
}

/* Runs the rows of the batch; computes the logits of the last row of each sequence. */
static spx_status run_step(const group *g, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_batch b = {
        .n = g->n, .start = g->start, .past = g->past, .past_row = g->past_row, .token = g->token};
    const spx_pass pass = {.from = 0,
                           .to = spx_model_shape(g->m)->layers,
                           .past = g->kv,
                           .keep = g->kv,
                           .keep_row = g->keep_row};
    spx_model_embed(g->m, &b, g->x);
    SPX_TRY(spx_model_forward(g->m, &b, &pass, g->x, err));
    for (size_t i = 0; i < g->n; i++) {
        g->at[i].len += g->start[i + 1] - g->start[i];
        g->last[i] = g->start[i + 1] - 1;
    }
    SPX_TRY(spx_model_logits(g->m, g->x, g->last, g->n, g->logits, err));
out:
    return st;
}

/* Appends a token to each sequence; those that end leave the group. */
static spx_status extend_sequences(group *g, spx_tokens *out, spx_error *err)
{
    const size_t v = spx_model_shape(g->m)->vocab, k = g->o->top_k < v ? g->o->top_k : v;
    candidate best[SPX_TOP_K_MAX] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        sequence s = g->at[i];
        if (s.len == s.most) continue;
        find_largest(g->logits + i * v, v, k, best);
        if (!isfinite(best[0].z))
            return SPX_FAIL(err, SPX_ENUMERIC, "prompt %zu: logits are not finite", s.owner);
        const int32_t id = k == 1 ? best[0].id : draw_token(best, k, g->o->temperature, &s.rng);
        if (id == g->o->stop) continue;
        spx_tokens *new = &out[s.owner];
        new->id[new->n++] = id;
        if (s.len + 1 == s.most || (g->o->done && g->o->done(g->o->arg, new->id, new->n))) continue;
        g->token[n] = id;
        g->past[n] = s.len;
        g->past_row[n] = s.base;
        g->keep_row[n] = s.base + s.len;
        g->start[n + 1] = n + 1;
        g->at[n++] = s;
    }
    g->n = n;
    return SPX_OK;
}

static spx_status generate_group(const spx_model *m, const spx_tokens *prompt, size_t first,
                                 size_t n, const spx_generate_opts *o, spx_tokens *out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    group g = {.m = m, .o = o};
    size_t tokens = 0;
    for (size_t i = first; i < first + n; i++) tokens += prompt[i].n;
    SPX_TRY(group_alloc(&g, n, tokens, &tmp, err));
    SPX_TRY(begin_group(&g, prompt, first, n, out, err));
    while (g.n > 0) {
        SPX_TRY(run_step(&g, err));
        SPX_TRY(extend_sequences(&g, out, err));
    }
out:
    spx_kv_free(g.kv);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_generate(const spx_model *m, const spx_tokens *prompt, size_t n,
                        const spx_generate_opts *o, spx_tokens *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < n; i++) out[i] = (spx_tokens){0};
    SPX_TRY(check_prompts(m, prompt, n, o, err));
    for (size_t done = 0, some = 0; done < n; done += some) {
        some = group_size(m, prompt, done, n, o);
        SPX_TRY(generate_group(m, prompt, done, some, o, out, err));
    }
out:
    for (size_t i = 0; st != SPX_OK && i < n; i++) spx_tokens_free(&out[i]);
    return st;
}
