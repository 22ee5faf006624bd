/* model.c: a LLaMA-type model's weights out of a GGUF, and the memory that passes use. */
#include "model/layers.h"
#include "model/weights.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static spx_status floats(float **out, size_t n, spx_error *err)
{
    void *p = NULL;
    const spx_status st = spx_alloc(&p, n, sizeof(float), err);
    *out = p;
    return st;
}

/* llama.<key> as a whole number >= least. */
static spx_status whole(const spx_ckpt *c, const char *key, double least, size_t *out,
                        spx_error *err)
{
    char name[96];
    double v = 0;
    snprintf(name, sizeof name, "llama.%s", key);
    if (!spx_ckpt_number(c, name, &v))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is missing", spx_ckpt_path(c), name);
    if (!(v >= least && v <= 1e7))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is %g", spx_ckpt_path(c), name, v);
    *out = (size_t)v;
    return SPX_OK;
}

static spx_status check_config(const spx_ckpt *c, const spx_model_config *m, spx_error *err)
{
    if (m->d_model % m->heads || m->heads % m->kv_heads || m->head_dim % 2)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %zu heads (%zu for keys) do not divide width %zu",
                        spx_ckpt_path(c), m->heads, m->kv_heads, m->d_model);
    return SPX_OK;
}

static spx_status read_config(const spx_ckpt *c, spx_model_config *m, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *arch = spx_ckpt_text(c, "general.architecture");
    if (!arch || strcmp(arch, "llama") != 0)
        SPX_RAISE(err, SPX_EUNSUP, "%s: architecture '%s'; only llama in GGUF can be run",
                  spx_ckpt_path(c), arch ? arch : "unknown");
    SPX_TRY(whole(c, "block_count", 1, &m->layers, err));
    SPX_TRY(whole(c, "embedding_length", 1, &m->d_model, err));
    SPX_TRY(whole(c, "feed_forward_length", 1, &m->d_ff, err));
    SPX_TRY(whole(c, "attention.head_count", 1, &m->heads, err));
    SPX_TRY(whole(c, "context_length", 1, &m->context, err));
    m->kv_heads = m->heads;
    double v = 0;
    if (spx_ckpt_number(c, "llama.attention.head_count_kv", &v))
        SPX_TRY(whole(c, "attention.head_count_kv", 1, &m->kv_heads, err));
    m->head_dim = m->d_model / m->heads;
    m->rope_base = spx_ckpt_number(c, "llama.rope.freq_base", &v) ? v : 10000;
    m->norm_eps = spx_ckpt_number(c, "llama.attention.layer_norm_rms_epsilon", &v) ? v : 1e-5;
    m->rope_interleaved = true;
    SPX_TRY(check_config(c, m, err));
out:
    return st;
}

/* Widens tensor `name`, which must be rows x cols (cols = 1 means a vector of `rows`). */
static spx_status read_into(const spx_ckpt *c, const char *name, size_t rows, size_t cols,
                            float *out, spx_error *err)
{
    const spx_tensor *t = spx_ckpt_find(c, name);
    if (!t) return SPX_FAIL(err, SPX_ENOTFOUND, "%s: tensor %s is missing", spx_ckpt_path(c), name);
    const bool vector = cols == 1;
    const size_t r = vector ? spx_tensor_cols(t) : spx_tensor_rows(t);
    const size_t k = vector ? spx_tensor_rows(t) : spx_tensor_cols(t);
    if (r != rows || k != cols)
        return SPX_FAIL(err, SPX_ESHAPE, "%s: tensor %s is %zu x %zu, not %zu x %zu",
                        spx_ckpt_path(c), name, r, k, rows, cols);
    spx_tensor_read_float(t, 0, spx_tensor_rows(t), out);
    return SPX_OK;
}

/* blk.<layer>.<part>.weight */
static spx_status read_part(const spx_ckpt *c, size_t layer, const char *part, size_t rows,
                            size_t cols, float *out, spx_error *err)
{
    char name[96];
    snprintf(name, sizeof name, "blk.%zu.%s.weight", layer, part);
    return read_into(c, name, rows, cols, out, err);
}

static spx_status read_block(const spx_ckpt *c, const spx_model *m, size_t l, spx_error *err)
{
    spx_status st = SPX_OK;
    block *b = &m->at[l];
    const size_t d = m->c.d_model, f = m->c.d_ff, q = m->q_dim, kv = m->kv_dim;
    char name[96];
    SPX_TRY(floats(&b->attn_norm, d, err));
    SPX_TRY(floats(&b->ffn_norm, d, err));
    SPX_TRY(floats(&b->qkv, m->qkv_dim * d, err));
    SPX_TRY(floats(&b->attn_out, d * q, err));
    SPX_TRY(floats(&b->gate_up, 2 * f * d, err));
    SPX_TRY(floats(&b->ffn_out, d * f, err));
    const int n = snprintf(name, sizeof name, "blk.%zu.ffn_down.weight", l);
    SPX_TRY(spx_text_copy(&b->ffn_out_name, name, (size_t)n, err));
    SPX_TRY(read_part(c, l, "attn_norm", d, 1, b->attn_norm, err));
    SPX_TRY(read_part(c, l, "ffn_norm", d, 1, b->ffn_norm, err));
    SPX_TRY(read_part(c, l, "attn_q", q, d, b->qkv, err));
    SPX_TRY(read_part(c, l, "attn_k", kv, d, b->qkv + q * d, err));
    SPX_TRY(read_part(c, l, "attn_v", kv, d, b->qkv + (q + kv) * d, err));
    SPX_TRY(read_part(c, l, "attn_output", d, q, b->attn_out, err));
    SPX_TRY(read_part(c, l, "ffn_gate", f, d, b->gate_up, err));
    SPX_TRY(read_part(c, l, "ffn_up", f, d, b->gate_up + f * d, err));
    SPX_TRY(read_part(c, l, "ffn_down", d, f, b->ffn_out, err));
out:
    return st;
}

/* Embedding and head, whose height is the vocabulary. */
static spx_status read_ends(const spx_ckpt *c, spx_model *m, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = m->c.d_model;
    const spx_tensor *t = spx_ckpt_find(c, "token_embd.weight");
    m->c.vocab = t ? spx_tensor_rows(t) : 0;
    SPX_TRY(floats(&m->embed, m->c.vocab * d, err));
    SPX_TRY(read_into(c, "token_embd.weight", m->c.vocab, d, m->embed, err));
    m->head = m->embed;
    if (spx_ckpt_find(c, "output.weight")) {
        m->head = NULL;
        SPX_TRY(floats(&m->head, m->c.vocab * d, err));
        SPX_TRY(read_into(c, "output.weight", m->c.vocab, d, m->head, err));
    }
    SPX_TRY(floats(&m->final_norm, d, err));
    SPX_TRY(read_into(c, "output_norm.weight", d, 1, m->final_norm, err));
out:
    return st;
}

spx_status spx_model_open(const spx_ckpt *c, spx_model **out, spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    spx_model *m = NULL;
    *out = NULL;
    SPX_TRY(spx_alloc(&mem, 1, sizeof *m, err));
    m = mem;
    SPX_TRY(read_config(c, &m->c, err));
    m->q_dim = m->c.heads * m->c.head_dim;
    m->kv_dim = m->c.kv_heads * m->c.head_dim;
    m->qkv_dim = m->q_dim + 2 * m->kv_dim;
    SPX_TRY(spx_alloc(&mem, WORKSPACES, sizeof(buffer), err));
    m->work = mem;
    SPX_TRY(spx_alloc(&mem, m->c.layers, sizeof(block), err));
    m->at = mem;
    for (size_t l = 0; l < m->c.layers; l++) SPX_TRY(read_block(c, m, l, err));
    SPX_TRY(read_ends(c, m, err));
    SPX_TRY(floats(&m->cosines, m->c.context * (m->c.head_dim / 2), err));
    SPX_TRY(floats(&m->sines, m->c.context * (m->c.head_dim / 2), err));
    layer_rope_table(m->cosines, m->sines, m->c.context, m->c.head_dim, m->c.rope_base);
    *out = m;
    m = NULL;
out:
    spx_model_close(m);
    return st;
}

static void close_block(block *b)
{
    float *const owned[] = {b->attn_norm, b->ffn_norm, b->qkv, b->attn_out, b->gate_up, b->ffn_out};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_free(b->ffn_out_name);
}

void spx_model_close(spx_model *m)
{
    if (!m) return;
    for (size_t l = 0; m->at && l < m->c.layers; l++) close_block(&m->at[l]);
    for (size_t i = 0; m->work && i < WORKSPACES; i++) spx_free(m->work[i].data);
    spx_free(m->at);
    spx_free(m->work);
    if (m->head != m->embed) spx_free(m->head);
    spx_free(m->embed);
    spx_free(m->final_norm);
    spx_free(m->cosines);
    spx_free(m->sines);
    spx_free(m);
}

const spx_model_config *spx_model_shape(const spx_model *m) { return &m->c; }

float *spx_model_ffn_out(spx_model *m, size_t layer)
{
    assert(layer < m->c.layers);
    return m->at[layer].ffn_out;
}

const char *spx_model_ffn_out_name(const spx_model *m, size_t layer)
{
    assert(layer < m->c.layers);
    return m->at[layer].ffn_out_name;
}

spx_status model_work(const spx_model *m, int i, size_t n, float **out, spx_error *err)
{
    buffer *b = &m->work[i];
    *out = b->data;
    if (n <= b->n) return SPX_OK;
    spx_free(b->data);
    *b = (buffer){0};
    const spx_status st = floats(&b->data, n, err);
    if (st == SPX_OK) b->n = n;
    *out = b->data;
    return st;
}

spx_status spx_kv_new(const spx_model *m, size_t from, size_t to, size_t rows, spx_kv **out,
                      spx_error *err)
{
    void *mem = NULL;
    *out = NULL;
    spx_status st = spx_alloc(&mem, 1, sizeof(spx_kv), err);
    if (st != SPX_OK) return st;
    spx_kv *kv = mem;
    *kv = (spx_kv){.from = from, .to = to, .rows = rows, .kv_dim = m->kv_dim};
    st = floats(&kv->memory, (to - from) * 2 * rows * m->kv_dim, err);
    if (st == SPX_OK)
        *out = kv;
    else
        spx_free(kv);
    return st;
}

void spx_kv_free(spx_kv *kv)
{
    if (kv) spx_free(kv->memory);
    spx_free(kv);
}

float *kv_at(const spx_kv *kv, size_t l, int which, size_t r)
{
    assert(l >= kv->from && l < kv->to && r <= kv->rows);
    return kv->memory + (((l - kv->from) * 2 + (size_t)which) * kv->rows + r) * kv->kv_dim;
}

/* Points the parts of a block into memory; returns what lies behind them. */
static float *lay_out(saved *s, float *memory, const spx_model *m, size_t rows)
{
    const struct {
        float **part;
        size_t size;
    } parts[] = {{&s->x, m->c.d_model},   {&s->inv, 1},     {&s->qkv, m->qkv_dim},
                 {&s->mid, m->c.d_model}, {&s->mid_inv, 1}, {&s->gate_up, 2 * m->c.d_ff}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        *parts[i].part = memory;
        memory += rows * parts[i].size;
    }
    return memory;
}

spx_status spx_tape_new(const spx_model *m, size_t from, size_t to, size_t rows, spx_tape **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    spx_tape *t = NULL;
    const size_t each = 2 * m->c.d_model + 2 + m->qkv_dim + 2 * m->c.d_ff;
    *out = NULL;
    SPX_TRY(spx_alloc(&mem, 1, sizeof *t, err));
    t = mem;
    *t = (spx_tape){.from = from, .to = to, .rows = rows};
    SPX_TRY(spx_alloc(&mem, to - from, sizeof(saved), err));
    t->at = mem;
    SPX_TRY(floats(&t->memory, (to - from) * rows * each, err));
    float *at = t->memory;
    for (size_t l = from; l < to; l++) at = lay_out(&t->at[l - from], at, m, rows);
    *out = t;
    t = NULL;
out:
    spx_tape_free(t);
    return st;
}

void spx_tape_free(spx_tape *t)
{
    if (!t) return;
    spx_free(t->at);
    spx_free(t->memory);
    spx_free(t);
}
