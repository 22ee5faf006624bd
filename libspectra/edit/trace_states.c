/* trace_states.c: the clean and the corrupted run of causal tracing (spx/trace.h). */
#include "edit/trace_states.h"

#include "spx/rng.h"

#include <math.h>
#include <string.h>

static const trace_restored kinds[SPX_TRACE_KINDS] = {
    [SPX_TRACE_STREAM] = {"stream", SPX_SITE_STREAM, SPX_SITES},
    [SPX_TRACE_FFN] = {"ffn", SPX_SITE_FFN, SPX_SITES},
    [SPX_TRACE_ATTENTION] = {"attention", SPX_SITE_ATTENTION, SPX_SITES},
    [SPX_TRACE_NO_FFN] = {"stream_without_ffn", SPX_SITE_STREAM, SPX_SITE_FFN},
    [SPX_TRACE_NO_ATTENTION] = {"stream_without_attention", SPX_SITE_STREAM, SPX_SITE_ATTENTION},
};

const trace_restored *trace_kind(spx_trace_kind kind) { return &kinds[kind]; }

void trace_window(const trace_states *s, spx_trace_kind kind, size_t l, size_t *lo, size_t *hi)
{
    const size_t window = kinds[kind].site == SPX_SITE_STREAM ? 1 : s->opts->window;
    const size_t end = l + (window + 1) / 2;
    *lo = l > window / 2 ? l - window / 2 : 0;
    *hi = end < s->layers ? end : s->layers;
}

double trace_probability(const float *z, size_t n, int32_t at)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 0; j < n; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < n; j++) sum += exp((double)z[j] - most);
    return exp((double)z[at] - most) / sum;
}

/* An spx_site_fn: keeps what it sees. */
typedef struct recorder {
    float *const *at; /* one a site: layers x rows x d */
    size_t d;
} recorder;

static void record(size_t l, spx_site site, float *x, size_t rows, void *arg)
{
    const recorder *r = arg;
    memcpy(r->at[site] + l * rows * r->d, x, rows * r->d * sizeof(float));
}

static spx_status run_clean(trace_states *s, float *x, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t start[2] = {0, s->tokens}, last = s->tokens - 1;
    const spx_batch b = {.n = 1, .start = start, .token = s->prompt->token};
    recorder r = {s->clean, s->d};
    const spx_pass pass = {.to = s->layers, .visit = record, .visit_arg = &r};
    SPX_TRY(spx_model_forward(s->model, &b, &pass, x, err));
    SPX_TRY(spx_model_logits(s->model, x, &last, 1, s->logits, err));
    s->p_clean = trace_probability(s->logits, s->vocab, s->prompt->answer);
out:
    return st;
}

/* Copies of the prompt's embeddings, with noise on the subject's. */
static void add_noise(trace_states *s, const float *clean)
{
    const size_t n = s->tokens * s->d, d = s->d;
    spx_rng rng = spx_rng_seed(s->opts->seed);
    for (size_t k = 0; k < s->samples; k++) {
        float *x = s->noised + k * n;
        memcpy(x, clean, n * sizeof(float));
        for (size_t i = s->prompt->first * d; i < (s->prompt->last + 1) * d; i++)
            x[i] = (float)((double)x[i] + s->opts->noise * spx_rng_normal(&rng));
    }
}

static spx_status run_corrupted(trace_states *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *start = NULL, *row = NULL;
    const size_t n = s->samples;
    SPX_TRY(SPX_SCRATCH(&tmp, &start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &row, n, err));
    for (size_t k = 0; k < n; k++) {
        start[k + 1] = (k + 1) * s->tokens;
        row[k] = start[k + 1] - 1;
    }
    const spx_batch b = {.n = n, .start = start};
    recorder r = {s->corrupt, s->d};
    const spx_pass pass = {
        .to = s->layers, .keep = s->kv, .tape = s->tape, .visit = record, .visit_arg = &r};
    memcpy(s->x, s->noised, n * s->tokens * s->d * sizeof(float));
    SPX_TRY(spx_model_forward(s->model, &b, &pass, s->x, err));
    SPX_TRY(spx_model_logits(s->model, s->x, row, n, s->logits, err));
    for (size_t k = 0; k < n; k++)
        s->p_corrupt +=
            trace_probability(s->logits + k * s->vocab, s->vocab, s->prompt->answer) / (double)n;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status take_memory(trace_states *s, bool with_tape, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t one = s->tokens * s->d, all = s->samples * one;
    for (int i = 0; i < SPX_SITES; i++) {
        SPX_TRY(SPX_SCRATCH(&s->memory, &s->clean[i], s->layers * one, err));
        SPX_TRY(SPX_SCRATCH(&s->memory, &s->corrupt[i], s->layers * all, err));
    }
    SPX_TRY(SPX_SCRATCH(&s->memory, &s->noised, all, err));
    SPX_TRY(SPX_SCRATCH(&s->memory, &s->x, all, err));
    SPX_TRY(SPX_SCRATCH(&s->memory, &s->logits, s->samples * s->vocab, err));
    SPX_TRY(spx_kv_new(s->model, 0, s->layers, s->samples * s->tokens, &s->kv, err));
    if (with_tape)
        SPX_TRY(spx_tape_new(s->model, 0, s->layers, s->samples * s->tokens, &s->tape, err));
out:
    return st;
}

spx_status trace_states_open(trace_states *s, const spx_model *m, const spx_trace_prompt *p,
                             const spx_trace_opts *o, bool with_tape, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_model_config *c = spx_model_shape(m);
    const size_t start[2] = {0, p->tokens};
    const spx_batch b = {.n = 1, .start = start, .token = p->token};
    *s = (trace_states){.model = m, .prompt = p, .opts = o, .tokens = p->tokens};
    s->samples = o->samples;
    s->layers = c->layers;
    s->d = c->d_model;
    s->vocab = c->vocab;
    if (p->tokens > c->context)
        SPX_RAISE(err, SPX_EINVAL, "the prompt has %zu tokens (expected at most %zu)", p->tokens,
                  c->context);
    SPX_TRY(take_memory(s, with_tape, err));
    spx_model_embed(m, &b, s->x);
    add_noise(s, s->x);
    SPX_TRY(run_clean(s, s->x, err));
    SPX_TRY(run_corrupted(s, err));
out:
    return st;
}

void trace_states_close(trace_states *s)
{
    spx_kv_free(s->kv);
    spx_tape_free(s->tape);
    spx_scratch_free(&s->memory);
}

spx_status trace_result(const trace_states *s, unsigned kinds_asked, spx_trace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t rows = SPX_TRACE_KINDS * s->layers, n = s->tokens;
    SPX_TRY(SPX_NEW(&out->effect, rows * n, err));
    for (size_t i = 0; i < rows; i++) {
        const bool asked = kinds_asked >> (i / s->layers) & 1U;
        for (size_t r = 0; r < n; r++)
            out->effect[i * n + r] = asked && r < s->prompt->first ? 0 : (double)NAN;
    }
    out->layers = s->layers;
    out->tokens = n;
    out->clean = s->p_clean;
    out->corrupted = s->p_corrupt;
out:
    return st;
}
