/* model.c: the model as an object, and the memory that passes use. */
#include "model/weights.h"

#include <assert.h>
#include <string.h>

spx_status spx_model_open(const spx_ckpt *c, spx_model **out, spx_error *err)
{
    return spx_model_open_as(c, SPX_RESIDENT_AUTO, out, err);
}

spx_status spx_model_open_as(const spx_ckpt *c, spx_resident resident, spx_model **out,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    model_source s = {0};
    spx_model *m = NULL;
    *out = NULL;
    SPX_TRY(model_source_open(c, &s, err));
    SPX_TRY(SPX_NEW(&m, 1, err));
    SPX_TRY(config_read(&s, &m->c, err));
    m->q_dim = m->c.heads * m->c.head_dim;
    m->kv_dim = m->c.kv_heads * m->c.head_dim;
    m->qkv_dim = m->q_dim + 2 * m->kv_dim;
    SPX_TRY(SPX_NEW(&m->work, WORKSPACES, err));
    SPX_TRY(SPX_NEW(&m->angles, 1, err));
    SPX_TRY(SPX_NEW(&m->at, m->c.layers, err));
    SPX_TRY(model_load(&s, m, resident, err));
    *out = m;
    m = NULL;
out:
    model_source_close(&s);
    spx_model_close(m);
    return st;
}

static void norm_close(norm *n)
{
    spx_free(n->w);
    spx_free(n->b);
}

static void block_close(block *b)
{
    norm *const norms[] = {&b->attn_norm, &b->ffn_norm,       &b->q_norm,
                           &b->k_norm,    &b->attn_post_norm, &b->ffn_post_norm};
    linear *const linears[] = {&b->qkv, &b->attn_out, &b->ffn_in, &b->ffn_out};
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) norm_close(norms[i]);
    for (size_t i = 0; i < sizeof linears / sizeof *linears; i++) linear_close(linears[i]);
}

void spx_model_close(spx_model *m)
{
    if (!m) return;
    for (size_t l = 0; m->at && l < m->c.layers; l++) block_close(&m->at[l]);
    for (size_t i = 0; m->work && i < WORKSPACES; i++) spx_free(m->work[i].data);
    for (size_t i = 0; i < 2; i++) {
        spx_free(m->step[i]);
        if (m->angles) spx_free(m->angles->cosines[i]);
        if (m->angles) spx_free(m->angles->sines[i]);
    }
    if (!m->tied) linear_close(&m->head);
    linear_close(&m->embed);
    norm_close(&m->final_norm);
    void *const owned[] = {m->at, m->work, m->angles, m->panel, m->positions};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) spx_free(owned[i]);
    spx_free(m);
}

spx_status spx_model_config_read(const spx_ckpt *c, spx_model_config *out, spx_error *err)
{
    spx_status st = SPX_OK;
    model_source s = {0};
    *out = (spx_model_config){0};
    SPX_TRY(model_source_open(c, &s, err));
    SPX_TRY(config_read(&s, out, err));
out:
    model_source_close(&s);
    return st;
}

const spx_model_config *spx_model_shape(const spx_model *m) { return &m->c; }

const char *spx_model_note(const spx_model *m) { return m->note; }

float *spx_model_ffn_out(spx_model *m, size_t layer)
{
    assert(layer < m->c.layers && m->at[layer].ffn_out.w);
    return m->at[layer].ffn_out.w;
}

spx_status spx_model_widen(spx_model *m, size_t layer, spx_error *err)
{
    assert(layer < m->c.layers);
    return linear_widen(&m->at[layer].ffn_out, err);
}

const char *spx_model_ffn_out_name(const spx_model *m, size_t layer)
{
    assert(layer < m->c.layers);
    return m->at[layer].ffn_out.name;
}

spx_status model_angles(const spx_model *m, size_t positions, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t half = m->c.rotary / 2;
    angles *a = m->angles;
    if (positions <= a->positions) return SPX_OK;
    size_t room = 512;
    while (room < positions) room *= 2;
    a->positions = 0;
    for (size_t i = 0; i < 2; i++) {
        spx_free(a->cosines[i]);
        a->cosines[i] = NULL;
        SPX_TRY(SPX_NEW(&a->cosines[i], room * half, err));
        spx_free(a->sines[i]);
        a->sines[i] = NULL;
        SPX_TRY(SPX_NEW(&a->sines[i], room * half, err));
        layer_rope_table(a->cosines[i], a->sines[i], room, m->step[i], half);
    }
    a->positions = room;
out:
    return st;
}

spx_status model_work(const spx_model *m, int i, size_t n, float **out, spx_error *err)
{
    spx_status st = SPX_OK;
    buffer *b = &m->work[i];
    if (n > b->n) {
        spx_free(b->data);
        *b = (buffer){0};
        SPX_TRY(SPX_NEW(&b->data, n, err));
        b->n = n;
    }
out:
    *out = b->data;
    return st;
}

spx_status spx_kv_new(const spx_model *m, size_t from, size_t to, size_t rows, spx_kv **out,
                      spx_error *err)
{
    spx_status st = SPX_OK;
    spx_kv *kv = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&kv, 1, err));
    *kv = (spx_kv){.from = from, .to = to, .rows = rows, .kv_dim = m->kv_dim};
    SPX_TRY(SPX_NEW(&kv->memory, (to - from) * 2 * rows * m->kv_dim, err));
    *out = kv;
    kv = NULL;
out:
    spx_kv_free(kv);
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

void spx_kv_copy(spx_kv *to, size_t to_row, const spx_kv *from, size_t from_row, size_t rows)
{
    const size_t first = to->from > from->from ? to->from : from->from;
    const size_t end = to->to < from->to ? to->to : from->to;
    assert(to_row + rows <= to->rows && from_row + rows <= from->rows &&
           to->kv_dim == from->kv_dim);
    for (size_t l = first; l < end; l++)
        for (int which = 0; which < 2; which++)
            memcpy(kv_at(to, l, which, to_row), kv_at(from, l, which, from_row),
                   rows * to->kv_dim * sizeof(float));
}

/* A part of the activations that a block keeps. */
typedef struct part {
    float **at;
    size_t size; /* floats per row */
} part;
enum { PARTS = 7 };

/* What a block keeps for its backward: the list that both sizes and lays out a tape. */
static void parts_of(saved *s, const spx_model *m, part out[PARTS])
{
    const size_t d = m->c.d_model, add = m->c.post_norm ? d : 0;
    const part parts[PARTS] = {{&s->x, d},
                               {&s->heads, m->at[0].q_norm.w ? m->q_dim + m->kv_dim : 0},
                               {&s->qkv, m->qkv_dim},
                               {&s->att_add, add},
                               {&s->mid, d},
                               {&s->ffn_in, m->at[0].ffn_in.out},
                               {&s->ffn_add, add}};
    memcpy(out, parts, sizeof parts);
}

static size_t row_size(const spx_model *m)
{
    saved none;
    part parts[PARTS];
    size_t n = 0;
    parts_of(&none, m, parts);
    for (size_t i = 0; i < PARTS; i++) n += parts[i].size;
    return n;
}

/* Points the parts of a block into memory; returns the end of them. */
static float *place_parts(saved *s, float *memory, const spx_model *m, size_t rows)
{
    part parts[PARTS];
    parts_of(s, m, parts);
    for (size_t i = 0; i < PARTS; i++) {
        *parts[i].at = memory;
        memory += rows * parts[i].size;
    }
    return memory;
}

spx_status spx_tape_new(const spx_model *m, size_t from, size_t to, size_t rows, spx_tape **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tape *t = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&t, 1, err));
    *t = (spx_tape){.from = from, .to = to, .rows = rows};
    SPX_TRY(SPX_NEW(&t->at, to - from, err));
    SPX_TRY(SPX_NEW(&t->memory, (to - from) * rows * row_size(m), err));
    float *at = t->memory;
    for (size_t l = from; l < to; l++) at = place_parts(&t->at[l - from], at, m, rows);
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
