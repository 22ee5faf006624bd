/* score.c: packed scoring of (prompt, target) pairs.
 *
 * Consecutive items of one prompt (the same ids: two targets of a fact) share its rows: the prompt
 * without its last token is run once and cached, each item then continues it. */
#include "eval/score.h"

#include <math.h>
#include <string.h>

static const size_t batch_rows = 2048, head_rows = 128;

typedef struct packed {
    size_t *start, *past, *past_row; /* items */
    size_t *head;                    /* of the shared parts: starts of cached sequences */
    size_t heads;
    int32_t *token, *head_token;
    float *x, *logits;
    size_t *row, *owner; /* tails: 0, 1, ... and the item a row belongs to */
    score *judged;       /* tails: of a row's one token */
} packed;

static size_t tail_rows(const score_item *i) { return i->targets; }

static bool same_prompt(const score_item *a, const score_item *b)
{
    return a->prompts == b->prompts &&
           memcmp(a->prompt, b->prompt, a->prompts * sizeof *a->prompt) == 0;
}

/* Items from the first on that fit into a batch; at least one. */
static size_t batch_size(const score_item *item, size_t n)
{
    size_t rows = 0, i = 0;
    for (; i < n; i++) {
        rows += tail_rows(&item[i]);
        if (i == 0 || !same_prompt(&item[i - 1], &item[i])) rows += item[i].prompts - 1;
        if (i > 0 && rows > batch_rows) break;
    }
    return i;
}

static spx_status room(spx_scratch *tmp, void *out, size_t n, size_t size, spx_error *err)
{
    void *p = NULL;
    const spx_status st = spx_scratch_alloc(tmp, &p, n, size, err);
    memcpy(out, &p, sizeof p);
    return st;
}

static spx_status allocate(packed *b, const spx_model *m, const score_item *item, size_t n,
                           spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t tails = 0, heads = 0;
    const spx_model_config *c = spx_model_shape(m);
    for (size_t i = 0; i < n; i++) tails += tail_rows(&item[i]), heads += item[i].prompts - 1;
    const size_t rows = tails > heads ? tails : heads;
    SPX_TRY(room(tmp, &b->start, n + 1, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->past, n, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->past_row, n, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->head, n + 1, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->row, tails, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->owner, tails, sizeof(size_t), err));
    SPX_TRY(room(tmp, &b->judged, tails, sizeof(score), err));
    SPX_TRY(room(tmp, &b->token, tails, sizeof(int32_t), err));
    SPX_TRY(room(tmp, &b->head_token, heads, sizeof(int32_t), err));
    SPX_TRY(room(tmp, &b->x, rows * c->d_model, sizeof(float), err));
    SPX_TRY(room(tmp, &b->logits, head_rows * c->vocab, sizeof(float), err));
out:
    return st;
}

/* Lays out the shared heads and the tails: the prompt's last token, then the target without its
 * last. */
static void lay_out(packed *b, const score_item *item, size_t n)
{
    b->heads = 0;
    for (size_t i = 0; i < n; i++) {
        const score_item *it = &item[i];
        if (i == 0 || !same_prompt(&item[i - 1], it)) {
            const size_t at = b->head[b->heads++];
            memcpy(b->head_token + at, it->prompt, (it->prompts - 1) * sizeof(int32_t));
            b->head[b->heads] = at + it->prompts - 1;
        }
        b->past[i] = it->prompts - 1;
        b->past_row[i] = b->head[b->heads - 1];
        int32_t *token = b->token + b->start[i];
        token[0] = it->prompt[it->prompts - 1];
        memcpy(token + 1, it->target, (it->targets - 1) * sizeof(int32_t));
        b->start[i + 1] = b->start[i] + tail_rows(it);
    }
}

/* -log p(t) at a row of logits, and whether t is the largest. */
static score judge(const float *z, size_t v, int32_t t)
{
    float most = z[0];
    double sum = 0;
    for (size_t j = 1; j < v; j++) most = z[j] > most ? z[j] : most;
    for (size_t j = 0; j < v; j++) sum += (double)expf(z[j] - most);
    return (score){(double)most + log(sum) - (double)z[t], z[t] >= most};
}

static void own_rows(const packed *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t r = b->start[i]; r < b->start[i + 1]; r++) {
            b->row[r] = r;
            b->owner[r] = i;
        }
}

static spx_status judge_rows(const spx_model *m, const packed *b, const score_item *item, size_t n,
                             score *out, spx_error *err)
{
    const size_t v = spx_model_shape(m)->vocab, rows = b->start[n];
    own_rows(b, n);
    for (size_t done = 0; done < rows; done += head_rows) {
        const size_t take = rows - done < head_rows ? rows - done : head_rows;
        const spx_status st = spx_model_logits(m, b->x, b->row + done, take, b->logits, err);
        if (st != SPX_OK) return st;
#pragma omp parallel for schedule(static)
        for (size_t r = done; r < done + take; r++) {
            const size_t i = b->owner[r];
            b->judged[r] = judge(b->logits + (r - done) * v, v, item[i].target[r - b->start[i]]);
        }
    }
    for (size_t i = 0; i < n; i++) out[i] = (score){0, true};
    for (size_t r = 0; r < rows; r++) {
        score *sum = &out[b->owner[r]];
        sum->nll += b->judged[r].nll / (double)item[b->owner[r]].targets;
        sum->argmax = sum->argmax && b->judged[r].argmax;
    }
    return SPX_OK;
}

static spx_status score_batch(const spx_model *m, const score_item *item, size_t n, score *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_kv *kv = NULL;
    packed b = {0};
    const size_t layers = spx_model_shape(m)->layers;
    SPX_TRY(allocate(&b, m, item, n, &tmp, err));
    lay_out(&b, item, n);
    SPX_TRY(spx_kv_new(m, 0, layers, b.head[b.heads], &kv, err));
    const spx_batch head = {.n = b.heads, .start = b.head, .token = b.head_token};
    const spx_pass fill = {.from = 0, .to = layers, .keep = kv};
    spx_model_embed(m, &head, b.x);
    SPX_TRY(spx_model_forward(m, &head, &fill, b.x, err));
    const spx_batch tail = {n, b.start, b.past, b.past_row, b.token};
    const spx_pass rest = {.from = 0, .to = layers, .past = kv};
    spx_model_embed(m, &tail, b.x);
    SPX_TRY(spx_model_forward(m, &tail, &rest, b.x, err));
    SPX_TRY(judge_rows(m, &b, item, n, out, err));
out:
    spx_kv_free(kv);
    spx_scratch_free(&tmp);
    return st;
}

spx_status score_items(const spx_model *m, const score_item *item, size_t n, score *out,
                       spx_error *err)
{
    for (size_t done = 0; done < n;) {
        const size_t take = batch_size(item + done, n - done);
        const spx_status st = score_batch(m, item + done, take, out + done, err);
        if (st != SPX_OK) return st;
        done += take;
    }
    return SPX_OK;
}
