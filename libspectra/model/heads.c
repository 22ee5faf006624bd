/* heads.c: the heads of a packed batch: norms and rope, then attention by sequence and head. */
#include "model/weights.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

size_t heads_scores(const spx_batch *b)
{
    size_t most = 0;
    for (size_t s = 0; s < b->n; s++) {
        const size_t n = layer_attention_scores(b->start[s + 1] - b->start[s], batch_past(b, s));
        most = n > most ? n : most;
    }
    return most;
}

/* Head h of sequence s in block l. */
static head_view view_of(const spx_model *m, const spx_batch *b, const spx_kv *past, size_t l,
                         size_t s, size_t h, const float *qkv)
{
    const size_t size = m->c.head_dim, kv = h / (m->c.heads / m->c.kv_heads);
    const float *row = qkv + b->start[s] * m->qkv_dim;
    head_view a = {.rows = b->start[s + 1] - b->start[s],
                   .past = batch_past(b, s),
                   .h = size,
                   .ld = m->qkv_dim,
                   .past_ld = m->kv_dim,
                   .window = m->at[l].windowed ? m->c.window : 0,
                   .scale = (float)m->c.attn_scale,
                   .q = row + h * size,
                   .k = row + m->q_dim + kv * size,
                   .v = row + m->q_dim + m->kv_dim + kv * size};
    if (a.past) {
        a.past_k = kv_at(past, l, 0, b->past_row[s]) + kv * size;
        a.past_v = kv_at(past, l, 1, b->past_row[s]) + kv * size;
    }
    return a;
}

static void head_forward(const attention_pass *p, size_t s, size_t h, float *scores)
{
    const spx_model *m = p->m;
    const head_view a = view_of(m, p->b, p->past, p->layer, s, h, p->qkv);
    layer_attention(p->out + p->b->start[s] * m->q_dim + h * m->c.head_dim, m->q_dim, &a, scores);
}

static void head_backward(const attention_pass *p, size_t s, size_t h, float *scores)
{
    const spx_model *m = p->m;
    const size_t size = m->c.head_dim, kv = h / (m->c.heads / m->c.kv_heads);
    const head_view a = view_of(m, p->b, p->past, p->layer, s, h, p->qkv);
    float *row = p->dqkv + p->b->start[s] * m->qkv_dim, *dk = row + m->q_dim + kv * size;
    layer_attention_back(row + h * size, dk, dk + m->kv_dim, m->qkv_dim,
                         p->dout + p->b->start[s] * m->q_dim + h * size, m->q_dim, &a, scores);
}

/* Runs all heads of all sequences. Heads that share keys and values stay on one thread, in order,
 * as their gradients are added in one place. */
static void each_head(const attention_pass *p,
                      void (*head)(const attention_pass *, size_t, size_t, float *))
{
    const size_t groups = p->m->c.kv_heads, each = p->m->c.heads / groups;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < p->b->n * groups; i++) {
        const size_t s = i / groups, g = i % groups;
        float *scores = p->scores + (size_t)omp_get_thread_num() * p->scores_a_thread;
        if (p->b->start[s + 1] == p->b->start[s]) continue;
        for (size_t h = g * each; h < (g + 1) * each; h++) head(p, s, h, scores);
    }
}

void heads_forward(const attention_pass *p) { each_head(p, head_forward); }

void heads_backward(const attention_pass *p) { each_head(p, head_backward); }

/* Turns the queries and keys of a row, at position p, or turns them back (sign -1). */
static void turn_row(const spx_model *m, size_t l, size_t p, float *row, float sign)
{
    const rope_shape r = {
        .head_dim = m->c.head_dim, .half = m->c.rotary / 2, .interleaved = m->c.rope_interleaved};
    const int w = m->at[l].windowed;
    if (r.half == 0) return;
    layer_rope(row, m->angles->cosines[w] + p * r.half, m->angles->sines[w] + p * r.half,
               m->c.heads + m->c.kv_heads, &r, sign);
}

void heads_place(const spx_model *m, const spx_batch *b, size_t l, float *qkv, float *raw)
{
    const block *w = &m->at[l];
    const size_t both = m->q_dim + m->kv_dim, h = m->c.head_dim;
#pragma omp parallel for schedule(static) if (b->n > 1)
    for (size_t s = 0; s < b->n; s++)
        for (size_t r = b->start[s]; r < b->start[s + 1]; r++) {
            float *q = qkv + r * m->qkv_dim, *k = q + m->q_dim;
            if (w->q_norm.w && raw) memcpy(raw + r * both, q, both * sizeof(float));
            if (w->q_norm.w) layer_norm(q, q, &w->q_norm, m->c.heads, h);
            if (w->k_norm.w) layer_norm(k, k, &w->k_norm, m->c.kv_heads, h);
            turn_row(m, l, batch_past(b, s) + r - b->start[s], q, 1);
        }
}

void heads_place_back(const spx_model *m, const spx_batch *b, size_t l, float *dqkv,
                      const float *raw, float *work)
{
    const block *w = &m->at[l];
    const size_t both = m->q_dim + m->kv_dim, h = m->c.head_dim;
#pragma omp parallel for schedule(static) if (b->n > 1)
    for (size_t s = 0; s < b->n; s++)
        for (size_t r = b->start[s]; r < b->start[s + 1]; r++) {
            float *dq = dqkv + r * m->qkv_dim, *dout = work + r * both;
            const float *q = raw + r * both;
            turn_row(m, l, batch_past(b, s) + r - b->start[s], dq, -1);
            if (!w->q_norm.w) continue;
            memcpy(dout, dq, both * sizeof(float));
            memset(dq, 0, both * sizeof(float));
            layer_norm_back(dq, dout, q, &w->q_norm, m->c.heads, h);
            layer_norm_back(dq + m->q_dim, dout + m->q_dim, q + m->q_dim, &w->k_norm, m->c.kv_heads,
                            h);
        }
}
