/* trace.c: causal tracing of one fact (Meng et al. 2022, section 2 and appendix B; the windows and
 * the severed states as in kmeng01/rome, experiments/causal_trace.py and
 * notebooks/causal_trace_frozen_mlp_attn.ipynb).
 *
 * A restored run differs from the corrupted one only from the restored row on, and from the first
 * restored block on: it begins there, with the corrupted run's keys and values of earlier rows. All
 * tokens and samples of a layer are one packed batch; the rows that give the answer's probability
 * are kept, as the head reads its weights once for many of them. */
#include "edit/trace_states.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The restored sequences of a layer: token by token, the samples of each together. Sequence q has
 * rows token(q) .. tokens - 1, and its first row is the restored one. */
typedef struct restored {
    const trace_states *s;
    size_t n, *start, *past, *past_row;
    float *x;
    float *last; /* layers x n x d: their last rows after the last block */
    float *logits;
} restored;

enum { AT_ONCE = 64 }; /* rows of logits */

static size_t token_of(const restored *r, size_t q)
{
    return r->s->prompt->first + q / r->s->samples;
}

static spx_status restored_open(restored *r, const trace_states *s, spx_scratch *tmp,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = (s->tokens - s->prompt->first) * s->samples;
    *r = (restored){.s = s, .n = n};
    SPX_TRY(SPX_SCRATCH(tmp, &r->start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &r->past, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &r->past_row, n, err));
    for (size_t q = 0; q < n; q++) {
        r->past[q] = token_of(r, q);
        r->past_row[q] = q % s->samples * s->tokens;
        r->start[q + 1] = r->start[q] + s->tokens - r->past[q];
    }
    SPX_TRY(SPX_SCRATCH(tmp, &r->x, r->start[n] * s->d, err));
    SPX_TRY(SPX_SCRATCH(tmp, &r->last, s->layers * n * s->d, err));
    SPX_TRY(SPX_SCRATCH(tmp, &r->logits, AT_ONCE * s->vocab, err));
out:
    return st;
}

/* An spx_site_fn: sets the first row of every sequence. */
typedef struct patch {
    const restored *r;
    spx_trace_kind kind;
    size_t lo, hi; /* blocks that are restored */
} patch;

static void set_row(const restored *r, size_t q, float *x, const float *from)
{
    memcpy(x + r->start[q] * r->s->d, from, r->s->d * sizeof(float));
}

static void restore(const restored *r, spx_site site, size_t l, float *x)
{
    const trace_states *s = r->s;
    for (size_t q = 0; q < r->n; q++)
        set_row(r, q, x, s->clean[site] + (l * s->tokens + token_of(r, q)) * s->d);
}

static void keep_corrupted(const restored *r, spx_site site, size_t l, float *x)
{
    const trace_states *s = r->s;
    for (size_t q = 0; q < r->n; q++) {
        const size_t row = r->past_row[q] + token_of(r, q);
        set_row(r, q, x, s->corrupt[site] + (l * s->samples * s->tokens + row) * s->d);
    }
}

static void visit(size_t l, spx_site site, float *x, size_t rows, void *arg)
{
    const patch *p = arg;
    const trace_restored *k = trace_kind(p->kind);
    assert(rows == p->r->start[p->r->n]);
    if (site == k->site && l >= p->lo && l < p->hi) restore(p->r, site, l, x);
    if (site == k->severed) keep_corrupted(p->r, site, l, x);
}

/* x <- the corrupted input of block `from`. */
static void begin(const restored *r, size_t from)
{
    const trace_states *s = r->s;
    const size_t all = s->samples * s->tokens;
    const float *in = from ? s->corrupt[SPX_SITE_STREAM] + (from - 1) * all * s->d : s->noised;
    for (size_t q = 0; q < r->n; q++)
        memcpy(r->x + r->start[q] * s->d, in + (r->past_row[q] + token_of(r, q)) * s->d,
               (r->start[q + 1] - r->start[q]) * s->d * sizeof(float));
}

static spx_status run_layer(const restored *r, spx_trace_kind kind, size_t l, spx_error *err)
{
    spx_status st = SPX_OK;
    const trace_states *s = r->s;
    patch p = {.r = r, .kind = kind};
    trace_window(s, kind, l, &p.lo, &p.hi);
    const bool stream = trace_kind(kind)->site == SPX_SITE_STREAM;
    const size_t from = stream ? l + 1 : p.lo;
    const spx_batch b = {.n = r->n, .start = r->start, .past = r->past, .past_row = r->past_row};
    const spx_pass pass = {
        .from = from, .to = s->layers, .past = s->kv, .visit = visit, .visit_arg = &p};
    begin(r, from);
    if (stream) restore(r, SPX_SITE_STREAM, l, r->x);
    SPX_TRY(spx_model_forward(s->model, &b, &pass, r->x, err));
    for (size_t q = 0; q < r->n; q++)
        memcpy(r->last + (l * r->n + q) * s->d, r->x + (r->start[q + 1] - 1) * s->d,
               s->d * sizeof(float));
out:
    return st;
}

/* Of all layers: layers x tokens. */
static spx_status put_effects(const restored *r, double *effect, spx_error *err)
{
    spx_status st = SPX_OK;
    const trace_states *s = r->s;
    const size_t rows = s->layers * r->n;
    for (size_t l = 0; l < s->layers; l++)
        for (size_t t = s->prompt->first; t < s->tokens; t++)
            effect[l * s->tokens + t] = -s->p_corrupt;
    for (size_t i = 0, some; i < rows; i += some) {
        some = rows - i < AT_ONCE ? rows - i : AT_ONCE;
        SPX_TRY(spx_model_logits(s->model, r->last + i * s->d, NULL, some, r->logits, err));
        for (size_t k = 0; k < some; k++)
            effect[(i + k) / r->n * s->tokens + token_of(r, (i + k) % r->n)] +=
                trace_probability(r->logits + k * s->vocab, s->vocab, s->prompt->answer) /
                (double)s->samples;
    }
out:
    return st;
}

static spx_status run_kinds(const trace_states *s, spx_trace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    restored r;
    SPX_TRY(restored_open(&r, s, &tmp, err));
    for (int kind = 0; kind < SPX_TRACE_KINDS; kind++) {
        if (!(s->opts->kinds >> kind & 1U)) continue;
        for (size_t l = 0; l < s->layers; l++) SPX_TRY(run_layer(&r, (spx_trace_kind)kind, l, err));
        SPX_TRY(put_effects(&r, out->effect + (size_t)kind * s->layers * s->tokens, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_trace_run(const spx_model *m, const spx_trace_prompt *p, const spx_trace_opts *o,
                         spx_trace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    trace_states s;
    *out = (spx_trace){0};
    SPX_TRY(trace_states_open(&s, m, p, o, false, err));
    SPX_TRY(trace_result(&s, o->kinds, out, err));
    SPX_TRY(run_kinds(&s, out, err));
out:
    if (st != SPX_OK) spx_trace_free(out);
    trace_states_close(&s);
    return st;
}

void spx_trace_free(spx_trace *t)
{
    spx_free(t->effect);
    *t = (spx_trace){0};
}

spx_trace_opts spx_trace_defaults(void)
{
    return (spx_trace_opts){.kinds = SPX_TRACE_ALL, .samples = 10, .window = 10, .seed = 1};
}
