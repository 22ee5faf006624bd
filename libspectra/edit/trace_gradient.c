/* trace_gradient.c: the first order of causal tracing, from one backward pass of the corrupted run
 * ("attribution patching"; Nanda 2023; Syed, Rager and Conmy 2023). */
#include "edit/trace_states.h"

#include <math.h>
#include <string.h>

/* The kinds that sever nothing. */
static const unsigned first_orders =
    1U << SPX_TRACE_STREAM | 1U << SPX_TRACE_FFN | 1U << SPX_TRACE_ATTENTION;

/* An spx_site_fn of the backward pass: adds (clean - corrupted)^T dL/d(state) of every token. */
typedef struct product {
    const trace_states *s;
    double *of[SPX_SITES]; /* layers x tokens */
} product;

static void multiply(size_t l, spx_site site, float *dx, size_t rows, void *arg)
{
    const product *p = arg;
    const trace_states *s = p->s;
    const float *clean = s->clean[site] + l * s->tokens * s->d;
    const float *corrupt = s->corrupt[site] + l * rows * s->d;
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (size_t j = 0; j < s->d; j++)
            sum += ((double)clean[r % s->tokens * s->d + j] - (double)corrupt[r * s->d + j]) *
                   (double)dx[r * s->d + j];
        p->of[site][l * s->tokens + r % s->tokens] += sum / (double)s->samples;
    }
}

/* z (logits) <- dp(at)/dz = p(at) (e_at - p). */
static void probability_back(float *z, size_t n, int32_t at)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 0; j < n; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < n; j++) sum += exp((double)z[j] - most);
    const double p = exp((double)z[at] - most) / sum;
    for (size_t j = 0; j < n; j++) z[j] = (float)(-p * exp((double)z[j] - most) / sum);
    z[at] = (float)(p * (1 - p));
}

static spx_status backward(trace_states *s, product *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *start = NULL, *row = NULL;
    float *dx = NULL;
    const size_t n = s->samples;
    SPX_TRY(SPX_SCRATCH(&tmp, &start, n + 1, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &row, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &dx, n * s->tokens * s->d, err));
    for (size_t k = 0; k < n; k++) {
        start[k + 1] = (k + 1) * s->tokens;
        row[k] = start[k + 1] - 1;
        probability_back(s->logits + k * s->vocab, s->vocab, s->prompt->answer);
    }
    const spx_batch b = {.n = n, .start = start};
    const spx_pass pass = {
        .to = s->layers, .tape = s->tape, .visit_back = multiply, .visit_arg = p};
    SPX_TRY(spx_model_logits_backward(s->model, s->x, row, n, s->logits, dx, err));
    SPX_TRY(spx_model_backward(s->model, &b, &pass, dx, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Sums over the window of every layer. */
static void put_kind(const trace_states *s, const product *p, spx_trace_kind kind, double *effect)
{
    const double *of = p->of[trace_kind(kind)->site];
    for (size_t l = 0; l < s->layers; l++) {
        size_t lo = 0, hi = 0;
        trace_window(s, kind, l, &lo, &hi);
        for (size_t t = s->prompt->first; t < s->tokens; t++) {
            effect[l * s->tokens + t] = 0;
            for (size_t i = lo; i < hi; i++) effect[l * s->tokens + t] += of[i * s->tokens + t];
        }
    }
}

static spx_status put_effects(trace_states *s, spx_trace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    product p = {.s = s};
    for (int i = 0; i < SPX_SITES; i++)
        SPX_TRY(SPX_SCRATCH(&tmp, &p.of[i], s->layers * s->tokens, err));
    SPX_TRY(backward(s, &p, err));
    for (int kind = 0; kind < SPX_TRACE_KINDS; kind++)
        if ((s->opts->kinds & first_orders) >> kind & 1U)
            put_kind(s, &p, (spx_trace_kind)kind,
                     out->effect + (size_t)kind * s->layers * s->tokens);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_trace_attribute(const spx_model *m, const spx_trace_prompt *p,
                               const spx_trace_opts *o, spx_trace *out, spx_error *err)
{
    spx_status st = SPX_OK;
    trace_states s;
    *out = (spx_trace){0};
    SPX_TRY(trace_states_open(&s, m, p, o, true, err));
    SPX_TRY(trace_result(&s, o->kinds & first_orders, out, err));
    SPX_TRY(put_effects(&s, out, err));
out:
    if (st != SPX_OK) spx_trace_free(out);
    trace_states_close(&s);
    return st;
}
