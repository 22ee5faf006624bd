/* runtime.c: runs a packed batch through blocks, forward and backward, and through the head. */
#include "model/weights.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

/* Checks that all positions are in the context, and computes their angles. */
static spx_status check_positions(const spx_model *m, const spx_batch *b, spx_error *err)
{
    size_t most = 0;
    for (size_t s = 0; s < b->n; s++) {
        const size_t end = batch_past(b, s) + b->start[s + 1] - b->start[s];
        most = end > most ? end : most;
        if (end > m->c.context)
            return SPX_FAIL(
                err, SPX_EINVAL,
                "sequence %zu has %zu tokens (expected at most %zu, the model's context)", s, end,
                m->c.context);
    }
    return m->c.rotary ? model_angles(m, most, err) : SPX_OK;
}

void spx_model_embed(const spx_model *m, const spx_batch *b, float *x)
{
    const size_t d = m->c.d_model;
    const float scale = (float)m->c.embed_scale;
    for (size_t s = 0; s < b->n; s++)
        for (size_t r = b->start[s]; r < b->start[s + 1]; r++) {
            const size_t position = batch_past(b, s) + r - b->start[s];
            assert(b->token[r] >= 0 && (size_t)b->token[r] < m->c.vocab);
            linear_row(&m->embed, (size_t)b->token[r], x + r * d);
            for (size_t j = 0; j < d; j++) x[r * d + j] *= scale;
            const bool learned = m->positions && position < m->c.context;
            for (size_t j = 0; learned && j < d; j++)
                x[r * d + j] += m->positions[position * d + j];
        }
}

/* Copies the keys and values of the batch to the cache pass->keep. */
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

/* Where the activations of a block go: to the tape if there is one, else to the workspace. */
typedef struct activations {
    saved at;
    float *norm, *att, *key, *scores;
    float *sum; /* what is added to the stream, where somebody visits it; else NULL */
    size_t scores_a_thread;
} activations;

static spx_status activations_open(const spx_model *m, const spx_batch *b, const spx_pass *pass,
                                   activations *a, bool backward, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t rows = b->start[b->n], d = m->c.d_model, f = m->c.d_ff;
    const size_t wide = m->q_dim > d ? m->q_dim : d;
    SPX_TRY(model_work(m, W_NORM, rows * d, &a->norm, err));
    SPX_TRY(model_work(m, W_ATT, rows * wide, &a->att, err));
    SPX_TRY(model_work(m, W_KEY, rows * f, &a->key, err));
    a->scores_a_thread = (backward ? 2 : 1) * heads_scores(b);
    SPX_TRY(model_work(m, W_SCORES, (size_t)omp_get_max_threads() * a->scores_a_thread, &a->scores,
                       err));
    SPX_TRY(model_work(m, W_QKV, rows * m->qkv_dim, &a->at.qkv, err));
    SPX_TRY(model_work(m, W_FFN_IN, rows * m->at[0].ffn_in.out, &a->at.ffn_in, err));
    if (m->c.post_norm || backward || pass->visit)
        SPX_TRY(model_work(m, W_ADD, rows * d, &a->at.att_add, err));
    a->at.ffn_add = a->at.att_add;
    a->sum = pass->visit ? a->at.att_add : NULL;
out:
    return st;
}

static void copy_floats(float *to, const float *from, size_t n)
{
    if (to) memcpy(to, from, n * sizeof(float));
}

static void add_floats(float *to, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] += x[i];
}

/* A product that is added to the stream: x += norm(y w^T + b), or x += y w^T + b without a norm. */
typedef struct addition {
    const linear *l;
    const norm *n; /* without w: none */
    float *before; /* receives y w^T + b if it is normalised; may be NULL without a norm */
    float *out;    /* receives y w^T + b in any case; NULL: not needed */
    float *work;   /* rows x d, for the normalised product */
    float *sum;    /* rows x d, for a product that is visited without a norm; else NULL */
    const spx_pass *pass;
    size_t layer;
    spx_site site;
} addition;

static void visit(const spx_pass *pass, size_t l, spx_site site, float *x, size_t rows)
{
    if (pass->visit) pass->visit(l, site, x, rows, pass->visit_arg);
}

static void visit_back(const spx_pass *pass, size_t l, spx_site site, float *dx, size_t rows)
{
    if (pass->visit_back) pass->visit_back(l, site, dx, rows, pass->visit_arg);
}

static void add_product(const spx_model *m, float *x, const float *y, size_t rows,
                        const addition *a)
{
    const size_t d = a->l->out;
    float *raw = a->n->w ? a->before : a->sum ? a->sum : a->out;
    linear_forward(a->l, y, rows, raw ? 0 : 1, raw ? raw : x, m->panel);
    if (!raw) return;
    if (raw != a->out) copy_floats(a->out, raw, rows * d);
    if (a->n->w) layer_norm(a->work, raw, a->n, rows, d);
    visit(a->pass, a->layer, a->site, a->n->w ? a->work : raw, rows);
    add_floats(x, a->n->w ? a->work : raw, rows * d);
}

static void attend(const spx_model *m, const spx_batch *b, const spx_pass *pass, size_t l,
                   const activations *a, const float *x)
{
    const block *w = &m->at[l];
    const size_t rows = b->start[b->n], d = m->c.d_model;
    const attention_pass att = {.m = m,
                                .b = b,
                                .past = pass->past,
                                .layer = l,
                                .qkv = a->at.qkv,
                                .out = a->att,
                                .scores = a->scores,
                                .scores_a_thread = a->scores_a_thread};
    layer_norm(a->norm, x, &w->attn_norm, rows, d);
    linear_forward(&w->qkv, a->norm, rows, 0, a->at.qkv, m->panel);
    heads_place(m, b, l, a->at.qkv, a->at.heads);
    if (pass->keep) keep_rows(m, b, pass, l, a->at.qkv);
    heads_forward(&att);
}

/* The first row of x with a non-finite number, or `rows`. */
static size_t first_broken_row(const float *x, size_t rows, size_t d)
{
    for (size_t r = 0; r < rows; r++) {
        uint32_t worst = 0;
        for (size_t j = 0; j < d; j++) {
            uint32_t bits = 0;
            memcpy(&bits, &x[r * d + j], sizeof bits);
            worst |= (bits & 0x7f800000u) == 0x7f800000u;
        }
        if (worst) return r;
    }
    return rows;
}

static spx_status check_stream(const spx_model *m, const spx_batch *b, size_t l, const linear *last,
                               const float *x, spx_error *err)
{
    const size_t rows = b->start[b->n], r = first_broken_row(x, rows, m->c.d_model);
    if (r == rows) return SPX_OK;
    return SPX_FAIL(err, SPX_ENUMERIC, "block %zu: the stream is not finite after %s (row %zu)", l,
                    last->name, r);
}

/* Moves rows row[0] < row[1] < ... of x to its front. */
static void pack_rows(float *x, const size_t *row, size_t n, size_t d)
{
    for (size_t i = 0; i < n; i++) memmove(x + i * d, x + row[i] * d, d * sizeof(float));
}

/* The number of rows that run after the attention of block l. */
static size_t rows_after_attention(const spx_batch *b, const spx_pass *pass, size_t l)
{
    return pass->row && l + 1 == pass->to ? pass->rows : b->start[b->n];
}

/* The array for block l that the caller gave, or NULL. */
static float *given_for(float *const *at, const spx_pass *pass, size_t l)
{
    return at ? at[l - pass->from] : NULL;
}

/* Adds the attention's output to the stream. */
static void add_attention(const spx_model *m, const spx_pass *pass, size_t l, const activations *a,
                          size_t rows, float *x)
{
    const addition attention = {.l = &m->at[l].attn_out,
                                .n = &m->at[l].attn_post_norm,
                                .before = a->at.att_add,
                                .work = a->norm,
                                .sum = a->sum,
                                .pass = pass,
                                .layer = l,
                                .site = SPX_SITE_ATTENTION};
    add_product(m, x, a->att, rows, &attention);
}

static spx_status block_forward(const spx_model *m, const spx_batch *b, const spx_pass *pass,
                                size_t l, const activations *a, float *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const block *w = &m->at[l];
    const size_t rows = rows_after_attention(b, pass, l), d = m->c.d_model;
    float *given = given_for(pass->keys, pass, l), *key = given ? given : a->key;

    copy_floats(a->at.x, x, b->start[b->n] * d);
    attend(m, b, pass, l, a, x);
    if (rows < b->start[b->n]) {
        pack_rows(x, pass->row, rows, d);
        pack_rows(a->att, pass->row, rows, m->q_dim);
        pack_rows(a->norm, pass->row, rows, d);
    }
    if (!m->c.parallel) {
        add_attention(m, pass, l, a, rows, x);
        SPX_TRY(check_stream(m, b, l, &w->attn_out, x, err));
        copy_floats(a->at.mid, x, rows * d);
    }
    if (w->ffn_norm.w) layer_norm(a->norm, x, &w->ffn_norm, rows, d);
    linear_forward(&w->ffn_in, a->norm, rows, 0, a->at.ffn_in, m->panel);
    if (m->c.parallel) add_attention(m, pass, l, a, rows, x);
    layer_activate(key, a->at.ffn_in, rows, m->c.d_ff, m->c.activation, m->c.gated);
    const addition ffn = {.l = &w->ffn_out,
                          .n = &w->ffn_post_norm,
                          .before = a->at.ffn_add,
                          .out = given_for(pass->values, pass, l),
                          .work = a->norm,
                          .sum = a->sum,
                          .pass = pass,
                          .layer = l,
                          .site = SPX_SITE_FFN};
    add_product(m, x, key, rows, &ffn);
    visit(pass, l, SPX_SITE_STREAM, x, rows);
    SPX_TRY(check_stream(m, b, l, &w->ffn_out, x, err));
out:
    return st;
}

static void check_pass(const spx_model *m, const spx_batch *b, const spx_pass *pass)
{
    assert(pass->from <= pass->to && pass->to <= m->c.layers);
    assert(!pass->tape || (pass->tape->from == pass->from && pass->tape->to == pass->to &&
                           b->start[b->n] <= pass->tape->rows));
    assert(!b->past || (b->past_row && pass->past));
    assert(!pass->row || pass->rows <= b->start[b->n]);
}

spx_status spx_model_forward(const spx_model *m, const spx_batch *b, const spx_pass *pass, float *x,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    activations a = {0};
    check_pass(m, b, pass);
    SPX_TRY(check_positions(m, b, err));
    SPX_TRY(activations_open(m, b, pass, &a, false, err));
    if (b->start[b->n] == 0) goto out;
    for (size_t l = pass->from; l < pass->to; l++) {
        activations here = a;
        if (pass->tape) here.at = pass->tape->at[l - pass->from];
        SPX_TRY(block_forward(m, b, pass, l, &here, x, err));
    }
out:
    return st;
}

/* dL/d(the product that was added to the stream), given dx after it: back through the post-norm. */
static const float *post_norm_back(const float *dx, const float *sum, const norm *n, size_t rows,
                                   size_t d, float *work)
{
    if (!n->w) return dx;
    memset(work, 0, rows * d * sizeof(float));
    layer_norm_back(work, dx, sum, n, rows, d);
    return work;
}

/* Temporaries of a backward pass. */
typedef struct gradients {
    float *qkv, *ffn_in, *heads, *add;
} gradients;

/* dL/d(attention's output) of all heads, in a->att. */
static void attention_out_back(const spx_model *m, size_t rows, const block *w, const saved *s,
                               const activations *a, const gradients *g, const float *dx)
{
    const float *dsum =
        post_norm_back(dx, s->att_add, &w->attn_post_norm, rows, m->c.d_model, g->add);
    linear_back(&w->attn_out, dsum, rows, 0, a->att, m->panel);
}

/* dL/d(the FFN's normalised input), in a->norm. */
static void ffn_back(const spx_model *m, size_t rows, const block *w, const saved *s,
                     const activations *a, const gradients *g, const float *dx, float *dvalue)
{
    const size_t d = m->c.d_model;
    const float *dsum = post_norm_back(dx, s->ffn_add, &w->ffn_post_norm, rows, d, g->add);
    copy_floats(dvalue, dsum, rows * d);
    linear_back(&w->ffn_out, dsum, rows, 0, a->key, m->panel);
    layer_activate_back(g->ffn_in, a->key, s->ffn_in, rows, m->c.d_ff, m->c.activation, m->c.gated);
    linear_back(&w->ffn_in, g->ffn_in, rows, 0, a->norm, m->panel);
}

/* The reverse of pack_rows: moves the first n rows back, and zeroes all others. */
static void unpack_rows(float *x, const size_t *row, size_t n, size_t rows, size_t d)
{
    for (size_t i = n, r = rows; r-- > 0;) {
        const bool taken = i > 0 && row[i - 1] == r;
        if (taken && --i != r) memcpy(x + r * d, x + i * d, d * sizeof(float));
        if (!taken) memset(x + r * d, 0, d * sizeof(float));
    }
}

/* The backward of a block after its attention, for the rows that ran there. Afterwards a->att holds
 * dL/d(attention's output), dx dL/d(stream) and, in parallel blocks, a->norm dL/d(FFN's input), of
 * all rows. */
static void after_attention_back(const spx_model *m, const spx_batch *b, const spx_pass *pass,
                                 size_t l, const activations *a, const gradients *g, float *dx)
{
    const block *w = &m->at[l];
    const saved *s = &pass->tape->at[l - pass->from];
    const size_t rows = rows_after_attention(b, pass, l), all = b->start[b->n], d = m->c.d_model;

    visit_back(pass, l, SPX_SITE_STREAM, dx, rows);
    visit_back(pass, l, SPX_SITE_FFN, dx, rows);
    if (m->c.parallel) {
        visit_back(pass, l, SPX_SITE_ATTENTION, dx, rows);
        attention_out_back(m, rows, w, s, a, g, dx);
    }
    ffn_back(m, rows, w, s, a, g, dx, given_for(pass->dvalues, pass, l));
    if (!m->c.parallel) {
        if (w->ffn_norm.w) layer_norm_back(dx, a->norm, s->mid, &w->ffn_norm, rows, d);
        visit_back(pass, l, SPX_SITE_ATTENTION, dx, rows);
        attention_out_back(m, rows, w, s, a, g, dx);
    }
    if (rows == all) return;
    unpack_rows(dx, pass->row, rows, all, d);
    unpack_rows(a->att, pass->row, rows, all, m->q_dim);
    unpack_rows(a->norm, pass->row, rows, all, d);
}

/* Turns dL/d(the block's output) in dx into dL/d(its input). */
static void block_backward(const spx_model *m, const spx_batch *b, const spx_pass *pass, size_t l,
                           const activations *a, const gradients *g, float *dx)
{
    const block *w = &m->at[l];
    const saved *s = &pass->tape->at[l - pass->from];
    const size_t rows = b->start[b->n], d = m->c.d_model;

    after_attention_back(m, b, pass, l, a, g, dx);
    if (m->c.parallel && w->ffn_norm.w) layer_norm_back(dx, a->norm, s->x, &w->ffn_norm, rows, d);
    memset(g->qkv, 0, rows * m->qkv_dim * sizeof(float));
    const attention_pass att = {.m = m,
                                .b = b,
                                .past = pass->past,
                                .layer = l,
                                .qkv = s->qkv,
                                .dout = a->att,
                                .dqkv = g->qkv,
                                .scores = a->scores,
                                .scores_a_thread = a->scores_a_thread};
    heads_backward(&att);
    heads_place_back(m, b, l, g->qkv, s->heads, g->heads);
    linear_back(&w->qkv, g->qkv, rows, w->ffn_norm.w ? 0 : 1, a->norm,
                m->panel); /* a shared norm gets both */
    layer_norm_back(dx, a->norm, s->x, &w->attn_norm, rows, d);
}

spx_status spx_model_backward(const spx_model *m, const spx_batch *b, const spx_pass *pass,
                              float *dx, spx_error *err)
{
    spx_status st = SPX_OK;
    activations a = {0};
    gradients g = {0};
    const size_t rows = b->start[b->n];
    check_pass(m, b, pass);
    assert(pass->tape);
    SPX_TRY(activations_open(m, b, pass, &a, true, err));
    SPX_TRY(model_work(m, W_DQKV, rows * m->qkv_dim, &g.qkv, err));
    SPX_TRY(model_work(m, W_DFFN_IN, rows * m->at[0].ffn_in.out, &g.ffn_in, err));
    SPX_TRY(model_work(m, W_HEADS, rows * (m->q_dim + m->kv_dim), &g.heads, err));
    g.add = a.at.att_add;
    for (size_t l = pass->to; l-- > pass->from;) block_backward(m, b, pass, l, &a, &g, dx);
out:
    return st;
}

/* Copies the chosen rows, and applies the final norm to them. */
static spx_status norm_chosen(const spx_model *m, const float *x, const size_t *row, size_t n,
                              float **chosen, float **normed, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = m->c.d_model;
    SPX_TRY(model_work(m, W_CHOSEN, n * d, chosen, err));
    SPX_TRY(model_work(m, W_NORM, n * d, normed, err));
    for (size_t i = 0; i < n; i++)
        memcpy(*chosen + i * d, x + (row ? row[i] : i) * d, d * sizeof(float));
    layer_norm(*normed, *chosen, &m->final_norm, n, d);
out:
    return st;
}

spx_status spx_model_logits(const spx_model *m, const float *x, const size_t *row, size_t n,
                            float *logits, spx_error *err)
{
    spx_status st = SPX_OK;
    float *chosen = NULL, *normed = NULL;
    SPX_TRY(norm_chosen(m, x, row, n, &chosen, &normed, err));
    if (n > 0) linear_forward(&m->head, normed, n, 0, logits, m->panel);
out:
    return st;
}

spx_status spx_model_logits_backward(const spx_model *m, const float *x, const size_t *row,
                                     size_t n, const float *dlogits, float *dx, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = m->c.d_model;
    float *chosen = NULL, *normed = NULL, *back = NULL;
    SPX_TRY(norm_chosen(m, x, row, n, &chosen, &normed, err));
    SPX_TRY(model_work(m, W_ATT, n * d, &back, err));
    if (n == 0) goto out;
    linear_back(&m->head, dlogits, n, 0, normed, m->panel);
    memset(back, 0, n * d * sizeof(float));
    layer_norm_back(back, normed, chosen, &m->final_norm, n, d);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++) dx[(row ? row[i] : i) * d + j] += back[i * d + j];
out:
    return st;
}
