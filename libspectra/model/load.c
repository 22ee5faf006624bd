/* load.c: reads a model's weights from a checkpoint; tensors are found by role and block. */
#include "model/weights.h"

#include "spx/arch.h"

#include <string.h>
#include <unistd.h>

/* Tensors by place: at[((layer + 1) * SPX_ROLES + role) * 2 + is_bias]. */
typedef struct loader {
    const model_source *s;
    spx_model *m;
    bool stored; /* weights keep their storage type */
    const spx_tensor **at;
    spx_scratch tmp;
} loader;

static const spx_tensor **slot(const loader *l, long layer, spx_role role, bool bias)
{
    return &l->at[((size_t)(layer + 1) * SPX_ROLES + (size_t)role) * 2 + bias];
}

/* The place of a weight, or of the weight that a bias belongs to. In models with post-norms,
 * LLaMA's name of the norm before the FFN is that of the norm after attention. */
static spx_place place_of(const char *name, bool post_norm, bool *bias)
{
    spx_place p = spx_arch_place_of_either(name, bias);
    if (post_norm && p.role == SPX_ROLE_FFN_NORM && strstr(name, "post_attention_layernorm"))
        p.role = SPX_ROLE_ATTN_POST_NORM;
    return p;
}

static spx_status find_tensors(loader *l, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(&l->tmp, &l->at, (l->m->c.layers + 1) * SPX_ROLES * 2, err));
    for (size_t i = 0; i < spx_ckpt_count(l->s->c); i++) {
        const spx_tensor *t = spx_ckpt_at(l->s->c, i);
        bool bias = false;
        const spx_place p = place_of(t->name, l->m->c.post_norm, &bias);
        if (p.role == SPX_ROLE_OTHER || p.layer >= (long)l->m->c.layers) continue;
        if (t->aside || p.expert != SPX_EXPERT_NONE) continue;
        const spx_tensor **at = slot(l, p.layer, p.role, bias);
        if (*at)
            SPX_RAISE(err, SPX_EUNSUP, "%s: %s and %s are both the %s of block %ld",
                      spx_ckpt_path(l->s->c), (*at)->name, t->name, spx_role_name(p.role), p.layer);
        *at = t;
    }
out:
    return st;
}

static spx_status missing_tensor(const loader *l, long layer, spx_role role, spx_error *err)
{
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: block %ld has no %s", spx_ckpt_path(l->s->c), layer,
                    spx_role_name(role));
}

/* False if an exponent is all ones: infinite or NaN. */
static bool all_finite(const float *x, size_t n)
{
    uint32_t worst = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = 0;
        memcpy(&bits, &x[i], sizeof bits);
        worst |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return worst == 0;
}

static spx_status not_finite(const loader *l, const spx_tensor *t, size_t rows, spx_error *err)
{
    return SPX_FAIL(err, SPX_ENUMERIC, "%s: tensor %s has non-finite numbers in %zu %s",
                    spx_ckpt_path(l->s->c), t->name, rows, rows > 1 ? "rows" : "row");
}

/* Codes that nothing scales: a model is never run on them. */
static spx_status refused(const loader *l, spx_error *err)
{
    spx_prefix(err, "%s", spx_ckpt_path(l->s->c));
    return SPX_EUNSUP;
}

/* Widens all of t in the order in which it is stored. */
static spx_status widen_tensor(const loader *l, const spx_tensor *t, float *out, spx_error *err)
{
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    size_t bad = 0;
    if (spx_tensor_want_weights(t, err) != SPX_OK) return refused(l, err);
#pragma omp parallel for schedule(static) reduction(+ : bad) if (rows > 64)
    for (size_t r = 0; r < rows; r++) {
        spx_tensor_read_float(t, r, 1, out + r * cols);
        bad += !all_finite(out + r * cols, cols);
    }
    return bad > 0 ? not_finite(l, t, bad, err) : SPX_OK;
}

static spx_status wrong_shape(const loader *l, const spx_tensor *t, size_t rows, size_t cols,
                              spx_error *err)
{
    return SPX_FAIL(err, SPX_ESHAPE, "%s: tensor %s is %zu x %zu (expected %zu x %zu)",
                    spx_ckpt_path(l->s->c), t->name, spx_tensor_rows(t), spx_tensor_cols(t), rows,
                    cols);
}

/* Reads a matrix of out x in, transposing it if it is stored as in x out. */
static spx_status read_matrix(loader *l, const spx_tensor *t, size_t out, size_t in, float *w,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const bool transposed = spx_tensor_in_out(t);
    const size_t rows = transposed ? in : out, cols = transposed ? out : in;
    float *stored = w;
    if (spx_tensor_rows(t) != rows || spx_tensor_cols(t) != cols)
        return wrong_shape(l, t, rows, cols, err);
    if (transposed) SPX_TRY(SPX_SCRATCH(&tmp, &stored, rows * cols, err));
    SPX_TRY(widen_tensor(l, t, stored, err));
    if (transposed) spx_floats_turn(stored, in, out, w);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status read_vector(const loader *l, const spx_tensor *t, size_t n, float *out,
                              spx_error *err)
{
    if (spx_tensor_rows(t) != 1 || spx_tensor_cols(t) != n) return wrong_shape(l, t, 1, n, err);
    return widen_tensor(l, t, out, err);
}

/* A matrix among those that are stacked into one product. */
typedef struct piece {
    spx_role role;
    size_t rows;
} piece;

/* True if a tensor takes less memory as it is stored than in float. */
static bool is_narrow(const spx_tensor *t)
{
    return t->bytes < spx_tensor_rows(t) * spx_tensor_cols(t) * sizeof(float) && !t->quantised &&
           spx_tensor_has_weights(t) && !spx_tensor_in_out(t);
}

/* Keeps a matrix as it is stored, once every row has been found finite. */
static spx_status keep_matrix(const loader *l, const spx_tensor *t, size_t out, size_t in,
                              linear *into, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t bad = 0;
    const size_t cols = spx_tensor_cols(t);
    float *row = NULL;
    if (spx_tensor_rows(t) != out || cols != in) return wrong_shape(l, t, out, in, err);
    if (spx_tensor_want_weights(t, err) != SPX_OK) return refused(l, err);
    SPX_TRY(SPX_SCRATCH(&tmp, &row, cols, err));
    for (size_t r = 0; r < out; r++) {
        spx_tensor_read_float(t, r, 1, row);
        bad += !all_finite(row, cols);
    }
    if (bad > 0) SPX_TRY(not_finite(l, t, bad, err));
    SPX_TRY(linear_keep(into, t, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Sets the sizes and name of a product and allocates it; *stored: it stays as it is stored. */
static spx_status begin_linear(loader *l, long layer, const piece *p, size_t n, size_t in,
                               linear *out, bool *stored, spx_error *err)
{
    spx_status st = SPX_OK;
    bool biased = false;
    *stored = l->stored;
    out->in = in;
    for (size_t i = 0; i < n; i++) {
        const spx_tensor *t = *slot(l, layer, p[i].role, false);
        if (!t) SPX_TRY(missing_tensor(l, layer, p[i].role, err));
        out->out += p[i].rows;
        biased = biased || *slot(l, layer, p[i].role, true);
        *stored = *stored && is_narrow(t);
    }
    const char *name = (*slot(l, layer, p[0].role, false))->name;
    SPX_TRY(spx_text_dup(&out->name, name, err));
    if (!*stored) SPX_TRY(SPX_NEW(&out->w, out->out * in, err));
    if (biased) SPX_TRY(SPX_NEW(&out->b, out->out, err));
out:
    return st;
}

static spx_status read_linear(loader *l, long layer, const piece *p, size_t n, size_t in,
                              linear *out, spx_error *err)
{
    spx_status st = SPX_OK;
    bool stored = false;
    SPX_TRY(begin_linear(l, layer, p, n, in, out, &stored, err));
    for (size_t i = 0, row = 0; i < n; row += p[i++].rows) {
        const spx_tensor *t = *slot(l, layer, p[i].role, false);
        const spx_tensor *bias = *slot(l, layer, p[i].role, true);
        if (stored)
            SPX_TRY(keep_matrix(l, t, p[i].rows, in, out, err));
        else
            SPX_TRY(read_matrix(l, t, p[i].rows, in, out->w + row * in, err));
        if (bias) SPX_TRY(read_vector(l, bias, p[i].rows, out->b + row, err));
    }
out:
    return st;
}

static spx_status read_norm(const loader *l, long layer, spx_role role, size_t d, norm *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *w = *slot(l, layer, role, false), *b = *slot(l, layer, role, true);
    if (!w) SPX_TRY(missing_tensor(l, layer, role, err));
    out->centred = l->s->f->layer_norm;
    out->eps = l->m->c.norm_eps;
    SPX_TRY(SPX_NEW(&out->w, d, err));
    SPX_TRY(read_vector(l, w, d, out->w, err));
    for (size_t j = 0; l->s->json && l->s->f->norm_plus_one && j < d; j++) out->w[j] += 1;
    if (!b) goto out;
    SPX_TRY(SPX_NEW(&out->b, d, err));
    SPX_TRY(read_vector(l, b, d, out->b, err));
out:
    return st;
}

/* Reorders rows (head, which of q k v, i) to (which, head, i); width: numbers in a row. */
static spx_status separate_qkv(const spx_model *m, float *rows, size_t width, spx_error *err)
{
    spx_status st = SPX_OK;
    float *copy = NULL;
    const size_t h = m->c.head_dim * width, heads = m->c.heads;
    SPX_TRY(SPX_NEW(&copy, 3 * heads * h, err));
    memcpy(copy, rows, 3 * heads * h * sizeof(float));
    for (size_t i = 0; i < heads; i++)
        for (size_t which = 0; which < 3; which++)
            memcpy(rows + (which * heads + i) * h, copy + (i * 3 + which) * h, h * sizeof(float));
out:
    spx_free(copy);
    return st;
}

static spx_status read_qkv(loader *l, long layer, linear *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model *m = l->m;
    const size_t d = m->c.d_model;
    const piece separate[] = {
        {SPX_ROLE_ATTN_Q, m->q_dim}, {SPX_ROLE_ATTN_K, m->kv_dim}, {SPX_ROLE_ATTN_V, m->kv_dim}};
    const piece fused = {SPX_ROLE_ATTN_QKV, m->qkv_dim};
    if (!*slot(l, layer, SPX_ROLE_ATTN_QKV, false))
        return read_linear(l, layer, separate, 3, d, out, err);
    SPX_TRY(read_linear(l, layer, &fused, 1, d, out, err));
    if (!l->s->json || !l->s->f->qkv_by_head) goto out;
    SPX_TRY(linear_widen(out, err));
    if (m->c.kv_heads != m->c.heads)
        SPX_RAISE(err, SPX_EUNSUP, "%s: fused keys of %zu heads (expected %zu)", l->s->path,
                  m->c.kv_heads, m->c.heads);
    SPX_TRY(separate_qkv(m, out->w, d, err));
    if (out->b) SPX_TRY(separate_qkv(m, out->b, 1, err));
out:
    return st;
}

static spx_status read_ffn(loader *l, long layer, block *b, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = l->m->c.d_model, f = l->m->c.d_ff;
    const piece gate_up[] = {{SPX_ROLE_FFN_GATE, f}, {SPX_ROLE_FFN_UP, f}};
    const piece fused = {SPX_ROLE_FFN_GATE_UP, 2 * f}, out = {SPX_ROLE_FFN_OUT, d};
    const bool is_fused = *slot(l, layer, SPX_ROLE_FFN_GATE_UP, false) != NULL;
    if (is_fused)
        SPX_TRY(read_linear(l, layer, &fused, 1, d, &b->ffn_in, err));
    else if (l->m->c.gated)
        SPX_TRY(read_linear(l, layer, gate_up, 2, d, &b->ffn_in, err));
    else
        SPX_TRY(read_linear(l, layer, gate_up + 1, 1, d, &b->ffn_in, err));
    SPX_TRY(read_linear(l, layer, &out, 1, f, &b->ffn_out, err));
out:
    return st;
}

static spx_status read_block(loader *l, long layer, block *b, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = &l->m->c;
    const size_t d = c->d_model;
    const piece out = {SPX_ROLE_ATTN_OUT, d};
    b->windowed = config_windowed(l->s, c, (size_t)layer);
    SPX_TRY(read_norm(l, layer, SPX_ROLE_ATTN_NORM, d, &b->attn_norm, err));
    if (!l->s->f->one_norm) SPX_TRY(read_norm(l, layer, SPX_ROLE_FFN_NORM, d, &b->ffn_norm, err));
    if (l->s->f->qk_norm) {
        SPX_TRY(read_norm(l, layer, SPX_ROLE_Q_NORM, c->head_dim, &b->q_norm, err));
        SPX_TRY(read_norm(l, layer, SPX_ROLE_K_NORM, c->head_dim, &b->k_norm, err));
    }
    if (c->post_norm) {
        SPX_TRY(read_norm(l, layer, SPX_ROLE_ATTN_POST_NORM, d, &b->attn_post_norm, err));
        SPX_TRY(read_norm(l, layer, SPX_ROLE_FFN_POST_NORM, d, &b->ffn_post_norm, err));
    }
    SPX_TRY(read_qkv(l, layer, &b->qkv, err));
    SPX_TRY(read_linear(l, layer, &out, 1, l->m->q_dim, &b->attn_out, err));
    SPX_TRY(read_ffn(l, layer, b, err));
out:
    return st;
}

static bool same_values(const spx_tensor *a, const spx_tensor *b)
{
    return a->dtype == b->dtype && a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0;
}

/* Where config.json says otherwise than the tensors (transformers 5.24.0 and 4.57.1). */
static const char *note_of_head(const loader *l, const spx_tensor *embed, const spx_tensor *head)
{
    bool tied = false;
    const spx_json *said = spx_json_get(l->s->json, "tie_word_embeddings");
    if (!spx_json_bool(said, &tied)) return NULL;
    if (!tied && !head)
        return "tie_word_embeddings is false, but there is no output head: the embedding serves as "
               "one; transformers makes a random one";
    if (tied && head && !same_values(embed, head))
        return "tie_word_embeddings is true, but the output head differs from the embedding: it is "
               "used, as by transformers 5; transformers 4 uses the embedding";
    return NULL;
}

/* Embedding, head, final norm and learned positions; the embedding has the size of the
 * vocabulary. */
static spx_status read_ends(loader *l, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model *m = l->m;
    const size_t d = m->c.d_model;
    const spx_tensor *t = *slot(l, -1, SPX_ROLE_EMBED, false);
    const spx_tensor *learned = *slot(l, -1, SPX_ROLE_POSITION, false);
    if (!t) SPX_TRY(missing_tensor(l, -1, SPX_ROLE_EMBED, err));
    m->c.vocab = spx_tensor_rows(t);
    const piece embed = {SPX_ROLE_EMBED, m->c.vocab}, head = {SPX_ROLE_HEAD, m->c.vocab};
    SPX_TRY(read_linear(l, -1, &embed, 1, d, &m->embed, err));
    m->tied = *slot(l, -1, SPX_ROLE_HEAD, false) == NULL;
    m->note = note_of_head(l, t, *slot(l, -1, SPX_ROLE_HEAD, false));
    if (m->tied)
        m->head = m->embed;
    else
        SPX_TRY(read_linear(l, -1, &head, 1, d, &m->head, err));
    SPX_TRY(read_norm(l, -1, SPX_ROLE_NORM, d, &m->final_norm, err));
    if (!l->s->f->learned_positions) goto out;
    if (!learned) SPX_TRY(missing_tensor(l, -1, SPX_ROLE_POSITION, err));
    SPX_TRY(SPX_NEW(&m->positions, m->c.context * d, err));
    SPX_TRY(read_matrix(l, learned, m->c.context, d, m->positions, err));
out:
    return st;
}

static spx_status read_rope(loader *l, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_model *m = l->m;
    const size_t half = m->c.rotary / 2;
    const spx_tensor *t = *slot(l, -1, SPX_ROLE_ROPE_FACTORS, false);
    float *factors = NULL;
    if (half > 0 && t) {
        SPX_TRY(SPX_NEW(&factors, half, err));
        SPX_TRY(read_vector(l, t, half, factors, err));
    }
    for (int w = 0; w < 2; w++) {
        SPX_TRY(SPX_NEW(&m->step[w], half, err));
        SPX_TRY(config_rope(l->s, &m->c, w == 1, factors, m->step[w], err));
    }
out:
    spx_free(factors);
    return st;
}

/* True if the parameters in float would take more than half of the memory of the machine. */
static bool too_large(const spx_ckpt *c)
{
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    double values = 0;
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        values += (double)spx_tensor_rows(t) * (double)spx_tensor_cols(t);
    }
    return values * sizeof(float) > memory / 2;
}

spx_status model_load(const model_source *s, spx_model *m, spx_resident resident, spx_error *err)
{
    spx_status st = SPX_OK;
    loader l = {.s = s, .m = m};
    const size_t inputs[] = {m->c.d_model, m->c.d_ff, m->q_dim};
    size_t widest = 0;
    l.stored =
        resident == SPX_RESIDENT_STORED || (resident == SPX_RESIDENT_AUTO && too_large(s->c));
    for (size_t i = 0; i < 3; i++) widest = inputs[i] > widest ? inputs[i] : widest;
    if (l.stored) SPX_TRY(SPX_NEW(&m->panel, LINEAR_PANEL * widest, err));
    SPX_TRY(find_tensors(&l, err));
    for (size_t i = 0; i < m->c.layers; i++) SPX_TRY(read_block(&l, (long)i, &m->at[i], err));
    SPX_TRY(read_ends(&l, err));
    SPX_TRY(read_rope(&l, err));
out:
    spx_scratch_free(&l.tmp);
    return st;
}
