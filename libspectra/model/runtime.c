/* runtime.c: a packed batch through a run of blocks, forward and backward, and the head. */
#include "model/layers.h"
#include "model/weights.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

static size_t past_of(const spx_batch *b, size_t s) { return b->past ? b->past[s] : 0; }

static spx_status check_positions(const spx_model *m, const spx_batch *b, spx_error *err)
{
    for (size_t s = 0; s < b->n; s++) {
        const size_t last = past_of(b, s) + b->start[s + 1] - b->start[s];
        if (last > m->c.context)
            return SPX_FAIL(err, SPX_EINVAL,
                            "sequence %zu has %zu tokens, the model's context is %zu", s, last,
                            m->c.context);
    }
    return SPX_OK;
}

/* The most scores that one head of one sequence needs. */
static size_t most_scores(const spx_batch *b)
{
    size_t most = 0;
    for (size_t s = 0; s < b->n; s++) {
        const size_t rows = b->start[s + 1] - b->start[s], n = rows * (past_of(b, s) + rows);
        most = n > most ? n : most;
    }
    return most;
}

void spx_model_embed(const spx_model *m, const spx_batch *b, float *x)
{
    const size_t d = m->c.d_model;
    for (size_t r = 0; r < b->start[b->n]; r++) {
        assert(b->token[r] >= 0 && (size_t)b->token[r] < m->c.vocab);
        memcpy(x + r * d, m->embed + (size_t)b->token[r] * d, d * sizeof(float));
    }
}

/* Turns queries and keys of every row to its position, or back (sign -1). */
static void turn(const spx_model *m, const spx_batch *b, float *qkv, float sign)
{
    const size_t half = m->c.head_dim / 2;
#pragma omp parallel for schedule(static) if (b->n > 1)
    for (size_t s = 0; s < b->n; s++)
        for (size_t r = b->start[s]; r < b->start[s + 1]; r++) {
            const size_t p = past_of(b, s) + r - b->start[s];
            layer_rope(qkv + r * m->qkv_dim, m->cosines + p * half, m->sines + p * half,
                       m->c.heads + m->c.kv_heads, m->c.head_dim, m->c.rope_interleaved, sign);
        }
}

/* Head h of sequence s in block l. */
static head_view view_of(const spx_model *m, const spx_batch *b, const spx_kv *past, size_t l,
                         size_t s, size_t h, const float *qkv)
{
    const size_t size = m->c.head_dim, kv = h / (m->c.heads / m->c.kv_heads);
    const float *row = qkv + b->start[s] * m->qkv_dim;
    head_view a = {.rows = b->start[s + 1] - b->start[s],
                   .past = past_of(b, s),
                   .h = size,
                   .ld = m->qkv_dim,
                   .past_ld = m->kv_dim,
                   .q = row + h * size,
                   .k = row + m->q_dim + kv * size,
                   .v = row + m->q_dim + m->kv_dim + kv * size};
    if (a.past) {
        a.past_k = kv_at(past, l, 0, b->past_row[s]) + kv * size;
        a.past_v = kv_at(past, l, 1, b->past_row[s]) + kv * size;
    }
    return a;
}

/* What the heads of a block share; each of them runs on one thread, with workspace of its own. */
typedef struct attention_pass {
    const spx_model *m;
    const spx_batch *b;
    const spx_kv *past;
    size_t layer;
    const float *qkv;
    float *out;             /* forward: rows x q_dim */
    const float *dout;      /* backward: rows x q_dim */
    float *dqkv;            /* backward: rows x qkv_dim, zeroed */
    float *scores;          /* each thread's workspace ... */
    size_t scores_a_thread; /* ... of so many floats */
} attention_pass;

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

/* All heads of all sequences. Heads that share keys and values stay on one thread, in order: their
 * gradients add up in the same place. */
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

static void keep_rows(const spx_model *m, const spx_batch *b, const spx_pass *pass, size_t l,
                      const float *qkv)
{
    for (size_t s = 0; s < b->n; s++) {
        const size_t first = b->start[s], rows = b->start[s + 1] - first;
        const size_t to = pass->keep_row ? pass->keep_row[s] : first;
        assert(to + rows <= pass->keep->rows);
        for (size_t r = 0; r < rows; r++) {
            const float *k = qkv + (first + r) * m->qkv_dim + m->q_dim;
            memcpy(kv_at(pass->keep, l, 0, to + r), k, m->kv_dim * sizeof(float));
            memcpy(kv_at(pass->keep, l, 1, to + r), k + m->kv_dim, m->kv_dim * sizeof(float));
        }
    }
}

/* Where a block's activations go: the tape's if there is one, else the workspace's. */
typedef struct activations {
    saved at;
    float *norm, *att, *key, *scores;
    size_t scores_a_thread;
} activations;

static spx_status provide(const spx_model *m, const spx_batch *b, activations *a, bool backward,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t rows = b->start[b->n], d = m->c.d_model, f = m->c.d_ff;
    const size_t wide = m->q_dim > d ? m->q_dim : d;
    SPX_TRY(model_work(m, W_NORM, rows * d, &a->norm, err));
    SPX_TRY(model_work(m, W_ATT, rows * wide, &a->att, err));
    SPX_TRY(model_work(m, W_KEY, rows * f, &a->key, err));
    a->scores_a_thread = (backward ? 2 : 1) * most_scores(b);
    SPX_TRY(model_work(m, W_SCORES, (size_t)omp_get_max_threads() * a->scores_a_thread, &a->scores,
                       err));
    SPX_TRY(model_work(m, W_INV, rows, &a->at.inv, err));
    SPX_TRY(model_work(m, W_QKV, rows * m->qkv_dim, &a->at.qkv, err));
    SPX_TRY(model_work(m, W_GATE_UP, rows * 2 * f, &a->at.gate_up, err));
    a->at.mid_inv = a->at.inv;
out:
    return st;
}

/* y (rows x out) <- x W^T + beta y, W out x in. */
static void product(float *y, const float *x, const float *W, size_t rows, size_t in, size_t out,
                    float beta)
{
    spx_sgemm(rows, out, in, x, in, SPX_N, W, in, SPX_T, beta, y, out);
}

/* dx (rows x in) <- dy W */
static void product_back(float *dx, const float *dy, const float *W, size_t rows, size_t in,
                         size_t out)
{
    spx_sgemm(rows, in, out, dy, out, SPX_N, W, in, SPX_N, 0, dx, in);
}

/* x += key W^T, through `value` (rows x d) where that is wanted by itself. */
static void add_value(const block *w, const float *key, float *value, float *x, size_t rows,
                      size_t f, size_t d)
{
    product(value ? value : x, key, w->ffn_out, rows, f, d, value ? 0 : 1);
    for (size_t i = 0; value && i < rows * d; i++) x[i] += value[i];
}

static float *wanted(float *const *at, const spx_pass *pass, size_t l)
{
    return at ? at[l - pass->from] : NULL;
}

static void block_forward(const spx_model *m, const spx_batch *b, const spx_pass *pass, size_t l,
                          const activations *a, float *x)
{
    const block *w = &m->at[l];
    const size_t rows = b->start[b->n], d = m->c.d_model, f = m->c.d_ff;
    float *given = wanted(pass->keys, pass, l), *key = given ? given : a->key;

    if (a->at.x) memcpy(a->at.x, x, rows * d * sizeof(float));
    layer_rmsnorm(a->norm, a->at.inv, x, w->attn_norm, rows, d, m->c.norm_eps);
    product(a->at.qkv, a->norm, w->qkv, rows, d, m->qkv_dim, 0);
    turn(m, b, a->at.qkv, 1);
    if (pass->keep) keep_rows(m, b, pass, l, a->at.qkv);
    const attention_pass att = {.m = m,
                                .b = b,
                                .past = pass->past,
                                .layer = l,
                                .qkv = a->at.qkv,
                                .out = a->att,
                                .scores = a->scores,
                                .scores_a_thread = a->scores_a_thread};
    each_head(&att, head_forward);
    product(x, a->att, w->attn_out, rows, m->q_dim, d, 1);

    if (a->at.mid) memcpy(a->at.mid, x, rows * d * sizeof(float));
    layer_rmsnorm(a->norm, a->at.mid_inv, x, w->ffn_norm, rows, d, m->c.norm_eps);
    product(a->at.gate_up, a->norm, w->gate_up, rows, d, 2 * f, 0);
    layer_swiglu(key, a->at.gate_up, rows, f);
    add_value(w, key, wanted(pass->values, pass, l), x, rows, f, d);
}

static void check_pass(const spx_model *m, const spx_batch *b, const spx_pass *pass)
{
    assert(pass->from <= pass->to && pass->to <= m->c.layers);
    assert(!pass->tape || (pass->tape->from == pass->from && pass->tape->to == pass->to &&
                           b->start[b->n] <= pass->tape->rows));
    assert(!b->past || (b->past_row && pass->past));
}

spx_status spx_model_forward(const spx_model *m, const spx_batch *b, const spx_pass *pass, float *x,
                             spx_error *err)
{
    activations a = {0};
    check_pass(m, b, pass);
    spx_status st = check_positions(m, b, err);
    if (st == SPX_OK) st = provide(m, b, &a, false, err);
    if (st != SPX_OK || b->start[b->n] == 0) return st;
    for (size_t l = pass->from; l < pass->to; l++) {
        activations here = a;
        if (pass->tape) here.at = pass->tape->at[l - pass->from];
        block_forward(m, b, pass, l, &here, x);
    }
    return SPX_OK;
}

/* dL/d(block's output) in dx becomes dL/d(its input). */
static void block_backward(const spx_model *m, const spx_batch *b, const spx_pass *pass, size_t l,
                           const activations *a, float *dqkv, float *dgate_up, float *dx)
{
    const block *w = &m->at[l];
    const saved *s = &pass->tape->at[l - pass->from];
    const size_t rows = b->start[b->n], d = m->c.d_model, f = m->c.d_ff;

    product_back(a->key, dx, w->ffn_out, rows, f, d);
    layer_swiglu_back(dgate_up, a->key, s->gate_up, rows, f);
    product_back(a->norm, dgate_up, w->gate_up, rows, d, 2 * f);
    layer_rmsnorm_back(dx, a->norm, s->mid, s->mid_inv, w->ffn_norm, rows, d);

    product_back(a->att, dx, w->attn_out, rows, m->q_dim, d);
    memset(dqkv, 0, rows * m->qkv_dim * sizeof(float));
    const attention_pass att = {.m = m,
                                .b = b,
                                .past = pass->past,
                                .layer = l,
                                .qkv = s->qkv,
                                .dout = a->att,
                                .dqkv = dqkv,
                                .scores = a->scores,
                                .scores_a_thread = a->scores_a_thread};
    each_head(&att, head_backward);
    turn(m, b, dqkv, -1);
    product_back(a->norm, dqkv, w->qkv, rows, d, m->qkv_dim);
    layer_rmsnorm_back(dx, a->norm, s->x, s->inv, w->attn_norm, rows, d);
}

spx_status spx_model_backward(const spx_model *m, const spx_batch *b, const spx_pass *pass,
                              float *dx, spx_error *err)
{
    spx_status st = SPX_OK;
    activations a = {0};
    float *dqkv = NULL, *dgate_up = NULL;
    check_pass(m, b, pass);
    assert(pass->tape);
    SPX_TRY(provide(m, b, &a, true, err));
    SPX_TRY(model_work(m, W_DQKV, b->start[b->n] * m->qkv_dim, &dqkv, err));
    SPX_TRY(model_work(m, W_DKEY, b->start[b->n] * 2 * m->c.d_ff, &dgate_up, err));
    for (size_t l = pass->to; l-- > pass->from;)
        block_backward(m, b, pass, l, &a, dqkv, dgate_up, dx);
out:
    return st;
}

static void gather(const float *x, const size_t *row, size_t n, size_t d, float *out)
{
    for (size_t i = 0; i < n; i++) memcpy(out + i * d, x + row[i] * d, d * sizeof(float));
}

/* The chosen rows, and their final norm with its scales. */
static spx_status final_norm(const spx_model *m, const float *x, const size_t *row, size_t n,
                             float **chosen, float **normed, float **inv, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = m->c.d_model;
    SPX_TRY(model_work(m, W_MID, n * d, chosen, err));
    SPX_TRY(model_work(m, W_NORM, n * d, normed, err));
    SPX_TRY(model_work(m, W_INV, n, inv, err));
    gather(x, row, n, d, *chosen);
    layer_rmsnorm(*normed, *inv, *chosen, m->final_norm, n, d, m->c.norm_eps);
out:
    return st;
}

spx_status spx_model_logits(const spx_model *m, const float *x, const size_t *row, size_t n,
                            float *logits, spx_error *err)
{
    float *chosen = NULL, *normed = NULL, *inv = NULL;
    const spx_status st = final_norm(m, x, row, n, &chosen, &normed, &inv, err);
    if (st == SPX_OK && n > 0) product(logits, normed, m->head, n, m->c.d_model, m->c.vocab, 0);
    return st;
}

spx_status spx_model_logits_backward(const spx_model *m, const float *x, const size_t *row,
                                     size_t n, const float *dlogits, float *dx, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = m->c.d_model;
    float *chosen = NULL, *normed = NULL, *inv = NULL, *back = NULL;
    SPX_TRY(final_norm(m, x, row, n, &chosen, &normed, &inv, err));
    SPX_TRY(model_work(m, W_ATT, n * d, &back, err));
    if (n == 0) goto out;
    product_back(normed, dlogits, m->head, n, d, m->c.vocab);
    memset(back, 0, n * d * sizeof(float));
    layer_rmsnorm_back(back, normed, chosen, inv, m->final_norm, n, d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) dx[row[i] * d + j] += back[i * d + j];
out:
    return st;
}
