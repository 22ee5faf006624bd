/* lens.c: directions of the residual stream seen through the final norm and the unembedding. */
#include "spx/lens.h"

#include "model/weights.h"

#include "spx/rng.h"

#include <math.h>

static const spx_stream_side sides[SPX_ROLES] = {
    [SPX_ROLE_ATTN_OUT] = SPX_STREAM_WRITTEN, [SPX_ROLE_FFN_OUT] = SPX_STREAM_WRITTEN,
    [SPX_ROLE_ATTN_QKV] = SPX_STREAM_READ,    [SPX_ROLE_ATTN_Q] = SPX_STREAM_READ,
    [SPX_ROLE_ATTN_K] = SPX_STREAM_READ,      [SPX_ROLE_ATTN_V] = SPX_STREAM_READ,
    [SPX_ROLE_FFN_GATE] = SPX_STREAM_READ,    [SPX_ROLE_FFN_UP] = SPX_STREAM_READ,
    [SPX_ROLE_FFN_GATE_UP] = SPX_STREAM_READ,
};

spx_stream_side spx_stream_side_of(spx_role role) { return sides[role]; }

/* The rows of an embedding: their mean, and the lengths of what they differ by from it. */
typedef struct rows {
    const linear *of;
    float *mean, *length;
} rows;

struct spx_lens {
    const spx_model *m;
    rows written, read; /* head and embedding; the same if they are tied */
    spx_scratch memory;
};

/* What a direction passes on its way to the tokens. */
typedef struct path {
    const norm *post, *last; /* post: of what is written, or NULL */
    const rows *tokens;
    bool reads;
} path;

static spx_status find_path(const spx_lens *l, spx_place at, path *p, spx_error *err)
{
    const spx_model *m = l->m;
    if (spx_stream_side_of(at.role) == SPX_STREAM_NONE || at.layer < 0 ||
        (size_t)at.layer >= m->c.layers)
        return SPX_FAIL(err, SPX_EINVAL, "%s of block %ld neither reads nor writes the stream",
                        spx_role_name(at.role), at.layer);
    const block *b = &m->at[at.layer];
    const bool ffn = at.role == SPX_ROLE_FFN_OUT || at.role == SPX_ROLE_FFN_GATE ||
                     at.role == SPX_ROLE_FFN_UP || at.role == SPX_ROLE_FFN_GATE_UP;
    const norm *post = ffn ? &b->ffn_post_norm : &b->attn_post_norm,
               *before = ffn && b->ffn_norm.w ? &b->ffn_norm : &b->attn_norm;
    p->reads = spx_stream_side_of(at.role) == SPX_STREAM_READ;
    p->post = !p->reads && post->w ? post : NULL;
    p->last = p->reads ? before : &m->final_norm;
    p->tokens = p->reads ? &l->read : &l->written;
    return SPX_OK;
}

static void scale(float *x, const norm *n, size_t d)
{
    for (size_t i = 0; i < d; i++) x[i] *= n->w[i];
}

static void centre(float *x, const norm *n, size_t d)
{
    double mean = 0;
    if (!n->centred) return;
    for (size_t i = 0; i < d; i++) mean += (double)x[i] / (double)d;
    for (size_t i = 0; i < d; i++) x[i] -= (float)mean;
}

/* u as the tokens see it, of length 1. */
static void pass_norms(const path *p, float *x, size_t d)
{
    double squares = 0;
    if (p->post) scale(x, p->post, d);
    if (!p->reads) centre(x, p->last, d);
    scale(x, p->last, d);
    if (p->reads) centre(x, p->last, d);
    for (size_t i = 0; i < d; i++) squares += (double)x[i] * (double)x[i];
    const float over = squares > 0 ? (float)(1 / sqrt(squares)) : 0;
    for (size_t i = 0; i < d; i++) x[i] *= over;
}

static spx_status describe_rows(rows *r, const linear *of, spx_scratch *memory, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    float *row = NULL;
    double *sum = NULL;
    r->of = of;
    SPX_TRY(SPX_SCRATCH(memory, &r->mean, of->in, err));
    SPX_TRY(SPX_SCRATCH(memory, &r->length, of->out, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &row, of->in, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &sum, of->in, err));
    for (size_t t = 0; t < of->out; t++) {
        linear_row(of, t, row);
        for (size_t i = 0; i < of->in; i++) sum[i] += (double)row[i];
    }
    for (size_t i = 0; i < of->in; i++) r->mean[i] = (float)(sum[i] / (double)of->out);
    for (size_t t = 0; t < of->out; t++) {
        double squares = 0;
        linear_row(of, t, row);
        for (size_t i = 0; i < of->in; i++) {
            const double e = (double)row[i] - (double)r->mean[i];
            squares += e * e;
        }
        r->length[t] = (float)sqrt(squares);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_lens_new(const spx_model *m, spx_lens **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_lens *l = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&l, 1, err));
    l->m = m;
    SPX_TRY(describe_rows(&l->written, &m->head, &l->memory, err));
    l->read = l->written;
    if (!m->tied) SPX_TRY(describe_rows(&l->read, &m->embed, &l->memory, err));
    *out = l;
    l = NULL;
out:
    spx_lens_free(l);
    return st;
}

void spx_lens_free(spx_lens *l)
{
    if (l) spx_scratch_free(&l->memory);
    spx_free(l);
}

/* logits of x of length 1 become cosines: the part that is the mean's is taken off. */
static void divide_lengths(const rows *r, const float *x, float *logits)
{
    double common = 0;
    for (size_t i = 0; i < r->of->in; i++) common += (double)x[i] * (double)r->mean[i];
    for (size_t t = 0; t < r->of->out; t++)
        logits[t] = r->length[t] > 0 ? (logits[t] - (float)common) / r->length[t] : 0;
}

spx_status spx_lens_cosines(const spx_lens *l, spx_place at, const float *u, size_t n, float *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    path p;
    float *x = NULL;
    const size_t d = l->m->c.d_model, vocab = l->m->c.vocab;
    SPX_TRY(find_path(l, at, &p, err));
    SPX_TRY(model_work(l->m, W_NORM, n * d, &x, err));
    for (size_t i = 0; i < n * d; i++) x[i] = u[i];
    for (size_t i = 0; i < n; i++) pass_norms(&p, x + i * d, d);
    linear tokens = *p.tokens->of;
    tokens.b = NULL;
    linear_forward(&tokens, x, n, 0, out, l->m->panel);
    for (size_t i = 0; i < n; i++) divide_lengths(p.tokens, x + i * d, out + i * vocab);
out:
    return st;
}

spx_status spx_lens_chance(const spx_lens *l, spx_place at, uint64_t seed, double *out,
                           spx_error *err)
{
    enum { DRAWS = 32 };
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_rng rng = spx_rng_seed(seed);
    float *u = NULL, *cosines = NULL;
    const size_t d = l->m->c.d_model, vocab = l->m->c.vocab;
    double sum = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &u, DRAWS * d, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &cosines, DRAWS * vocab, err));
    for (size_t i = 0; i < DRAWS * d; i++) u[i] = (float)spx_rng_normal(&rng);
    SPX_TRY(spx_lens_cosines(l, at, u, DRAWS, cosines, err));
    for (size_t i = 0; i < DRAWS; i++) {
        int32_t top = 0;
        spx_lens_top(cosines + i * vocab, vocab, false, &top, 1);
        sum += (double)cosines[i * vocab + (size_t)top];
    }
    *out = sum / DRAWS;
out:
    spx_scratch_free(&tmp);
    return st;
}

void spx_lens_top(const float *cosines, size_t vocab, bool least, int32_t *token, size_t n)
{
    const float sign = least ? -1 : 1;
    size_t have = 0;
    for (size_t v = 0; v < vocab; v++) {
        size_t at = have;
        while (at > 0 && sign * cosines[token[at - 1]] < sign * cosines[v]) at--;
        if (at == n) continue;
        have += have < n;
        for (size_t i = have - 1; i > at; i--) token[i] = token[i - 1];
        token[at] = (int32_t)v;
    }
}
