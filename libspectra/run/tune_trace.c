/* tune_trace.c: causal traces of the facts that a model knows, and their means. */
#include "run/tuner.h"

#include "spx/statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double published_noise = 3; /* deviations of the embeddings */
static const double least_effect = 0.01; /* of a probability */
static const double trace_share = 0.09;  /* of the budget, at most */

/* Facts while they are traced. */
typedef struct tracing {
    tuner *t;
    spx_facts facts;
    spx_trace_prompt *prompt; /* of the facts traced */
    spx_trace_opts opts;
    size_t cells, n; /* kinds x layers x places; facts traced */
    double **item;   /* n x (3 + 2 cells): as the journal has them */
    spx_scratch tmp;
} tracing;

static spx_request request_of(const spx_fact *f)
{
    return (spx_request){f->prompt, f->subject, f->target_true, f->subject_at};
}

enum { ASKED_AT_ONCE = 32 };

/* Asks the records from *next on, at most so many at once, and adds those known to the n there. */
static spx_status ask_some(const tracing *r, size_t end, size_t *next, double *known, size_t *n,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    const tuner *t = r->t;
    spx_trace_prompt p[ASKED_AT_ONCE] = {{0}};
    size_t record[ASKED_AT_ONCE], asked = 0;
    bool knows[ASKED_AT_ONCE];
    for (; *next < end && asked < ASKED_AT_ONCE; (*next)++) {
        if (!r->facts.fact[*next].target_true) continue;
        const spx_request request = request_of(&r->facts.fact[*next]);
        SPX_TRY(spx_trace_prompt_new(t->tokenizer, &request, &p[asked], err));
        record[asked++] = *next;
    }
    if (asked > 0) SPX_TRY(spx_trace_knows(t->model, p, asked, knows, err));
    for (size_t i = 0; i < asked && *n < t->o->trace_facts; i++) {
        if (!knows[i]) continue;
        known[(*n)++] = (double)record[i];
        if (*n == t->o->trace_facts) *next = record[i] + 1;
    }
out:
    for (size_t i = 0; i < ASKED_AT_ONCE; i++) spx_trace_prompt_free(&p[i]);
    return st;
}

/* A tune_work: asks records in turn until enough are known. */
static spx_status find_known(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    const tracing *r = arg;
    const size_t end = r->facts.n < t->o->scan ? r->facts.n : t->o->scan;
    size_t found = 0, next = 0;
    while (next < end && found < t->o->trace_facts)
        SPX_TRY(ask_some(r, end, &next, job->x + 3, &found, err));
    job->x[1] = (double)next;
    job->x[2] = (double)found;
out:
    return st;
}

static spx_status open_facts(tracing *r, spx_error *err)
{
    spx_status st = SPX_OK;
    tuner *t = r->t;
    spx_tune_trace *out = &t->out->trace;
    double x[3 + SPX_TUNE_FACTS] = {0};
    const tune_job job = {ITEM_KNOWN, 3 + SPX_TUNE_FACTS, x};
    SPX_TRY(tune_share(t, &job, 1, find_known, r, err));
    out->scanned = (size_t)x[1];
    out->known = (size_t)x[2];
    tune_say(t, "%zu of %zu facts known to the model", out->known, out->scanned);
    SPX_TRY(SPX_SCRATCH(&r->tmp, &r->prompt, out->known, err));
    for (size_t i = 0; i < out->known; i++) {
        const spx_request request = request_of(&r->facts.fact[(size_t)x[3 + i]]);
        SPX_TRY(spx_trace_prompt_new(t->tokenizer, &request, &r->prompt[i], err));
    }
out:
    return st;
}

/* A tune_work, of one fact: seconds, clean, corrupted, effects, first order. */
static spx_status trace_fact(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    const tracing *r = arg;
    const size_t i = job->item - ITEM_TRACE;
    double *x = job->x;
    spx_trace exact = {0}, order = {0};
    SPX_TRY(spx_trace_run(t->model, &r->prompt[i], &r->opts, &exact, err));
    SPX_TRY(spx_trace_attribute(t->model, &r->prompt[i], &r->opts, &order, err));
    x[1] = exact.clean;
    x[2] = exact.corrupted;
    spx_trace_places(&exact, &r->prompt[i], x + 3);
    spx_trace_places(&order, &r->prompt[i], x + 3 + r->cells);
out:
    spx_trace_free(&exact);
    spx_trace_free(&order);
    return st;
}

/* Facts i .. i + n - 1, at once. */
static spx_status trace_some(tracing *r, size_t i, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    tuner *t = r->t;
    tune_job job[SPX_TUNE_FACTS];
    for (size_t k = 0; k < n; k++) {
        job[k] = (tune_job){.item = ITEM_TRACE + i + k, .n = 3 + 2 * r->cells};
        SPX_TRY(SPX_SCRATCH(&r->tmp, &job[k].x, job[k].n, err));
        r->item[i + k] = job[k].x;
    }
    SPX_TRY(tune_share(t, job, n, trace_fact, r, err));
    r->n = i + n;
    for (size_t k = 0; k < n; k++)
        tune_say(t, "traced fact %zu of %zu: p %.3f, corrupted %.3f, %.1f s", i + k + 1,
                 t->out->trace.known, job[k].x[1], job[k].x[2], job[k].x[0]);
out:
    return st;
}

/* Traces facts until all are, or the trace's share of the budget is spent. */
static spx_status trace_facts(tracing *r, spx_error *err)
{
    spx_status st = SPX_OK;
    tuner *t = r->t;
    const size_t known = t->out->trace.known, ranks = tune_ranks(t);
    const double most =
        t->o->search && !t->o->trials ? trace_share * 60 * t->o->minutes : (double)INFINITY;
    SPX_TRY(SPX_SCRATCH(&r->tmp, &r->item, known, err));
    for (size_t i = 0, n; i < known; i += n) {
        n = known - i < ranks ? known - i : ranks;
        if (!tune_has(t, ITEM_TRACE + i) && i >= SPX_TUNE_LEAST && t->spent > most) break;
        SPX_TRY(trace_some(r, i, n, err));
    }
out:
    return st;
}

/* The mean of number `at` of the items over the facts that have it. */
static spx_mean mean_at(const tracing *r, size_t at)
{
    double x[SPX_TUNE_FACTS];
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!isnan(r->item[i][at])) x[n++] = r->item[i][at];
    const double none = (double)NAN;
    return n ? spx_mean_of(x, n) : (spx_mean){none, none, none};
}

/* A number and its place in a list. */
typedef struct ranked {
    double value;
    size_t at;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* x <- its ranks, equals sharing their mean one. */
static void rank(double *x, ranked *work, size_t n)
{
    for (size_t i = 0; i < n; i++) work[i] = (ranked){x[i], i};
    qsort(work, n, sizeof *work, by_value);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && work[end].value == work[i].value; end++) {
        }
        for (size_t j = i; j < end; j++) x[work[j].at] = 0.5 * (double)(i + end - 1);
    }
}

static double correlation(const double *x, const double *y, size_t n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) mx += x[i] / (double)n, my += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

/* Spearman's correlation of the exact effects with the first order, over the cells of a kind. */
static spx_status agree(tracing *r, int kind, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tune_trace *t = &r->t->out->trace;
    const size_t cells = t->layers * SPX_PLACES, first = (size_t)kind * cells;
    double *x = NULL, *y = NULL;
    ranked *work = NULL;
    size_t n = 0;
    SPX_TRY(SPX_SCRATCH(&r->tmp, &x, cells, err));
    SPX_TRY(SPX_SCRATCH(&r->tmp, &y, cells, err));
    SPX_TRY(SPX_SCRATCH(&r->tmp, &work, cells, err));
    for (size_t i = first; i < first + cells; i++)
        if (!isnan(t->effect[i].mean) && !isnan(t->order[i].mean)) {
            x[n] = t->effect[i].mean;
            y[n++] = t->order[i].mean;
        }
    rank(x, work, n);
    rank(y, work, n);
    *out = n > 2 ? correlation(x, y, n) : (double)NAN;
out:
    return st;
}

/* The peak among the FFNs at t->place. */
static void find_peak_there(spx_tune_trace *t)
{
    double most = -(double)INFINITY;
    const bool enough = t->facts >= SPX_TUNE_LEAST;
    for (size_t l = 0; l < t->layers; l++) {
        const spx_mean at = t->effect[spx_tune_cell(t, SPX_TRACE_FFN, l, t->place)];
        const bool sure = enough && at.lo > least_effect;
        if ((sure && !t->sure) || (sure == t->sure && at.mean > most)) {
            most = at.mean;
            t->peak = l;
        }
        t->sure |= sure;
    }
    t->stores = enough && most > least_effect;
}

void tune_find_peak(spx_tune_trace *t)
{
    static const spx_trace_place in_turn[] = {SPX_PLACE_SUBJECT_LAST, SPX_PLACE_SUBJECT_FIRST,
                                              SPX_PLACE_SUBJECT_MIDDLE, SPX_PLACE_SUBJECT_LAST};
    for (size_t i = 0; !t->stores && i < sizeof in_turn / sizeof *in_turn; i++) {
        t->place = in_turn[i];
        find_peak_there(t);
    }
}

static spx_status summarise(tracing *r, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tune_trace *t = &r->t->out->trace;
    t->facts = r->n;
    t->clean = mean_at(r, 1);
    t->corrupted = mean_at(r, 2);
    SPX_TRY(SPX_SCRATCH(&r->t->out->memory, &t->effect, r->cells, err));
    SPX_TRY(SPX_SCRATCH(&r->t->out->memory, &t->order, r->cells, err));
    for (size_t i = 0; i < r->cells; i++) {
        t->effect[i] = mean_at(r, 3 + i);
        t->order[i] = mean_at(r, 3 + r->cells + i);
    }
    for (int kind = 0; kind < SPX_TRACE_KINDS; kind++)
        SPX_TRY(agree(r, kind, &t->agreement[kind], err));
    tune_find_peak(t);
out:
    return st;
}

static spx_status count_records(tuner *t, size_t n, spx_error *err)
{
    t->records = n;
    if (t->o->search && n < tune_least_records())
        return SPX_FAIL(err, SPX_EINVAL, "%s: %zu usable records (expected at least %zu)",
                        t->start.facts, t->start.first + n, t->start.first + tune_least_records());
    return SPX_OK;
}

static void tracing_close(tracing *r)
{
    for (size_t i = 0; r->prompt && i < r->t->out->trace.known; i++)
        spx_trace_prompt_free(&r->prompt[i]);
    spx_facts_free(&r->facts);
    spx_scratch_free(&r->tmp);
}

spx_status tune_trace(tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_run_spec *p = t->o->start;
    const size_t layers = spx_model_shape(t->model)->layers;
    tracing r = {
        .t = t, .opts = spx_trace_defaults(), .cells = SPX_TRACE_KINDS * layers * SPX_PLACES};
    const spx_facts_opts which = {
        .first = p->first, .skip_bad = p->skip_bad, .alt = p->alt, .notify = t->o->notify};
    t->out->trace.layers = layers;
    r.opts.samples = t->o->samples;
    r.opts.window = t->o->window ? t->o->window : (layers + 2) / 5;
    r.opts.seed = t->o->seed;
    SPX_TRY(spx_facts_read(p->facts, &which, &r.facts, err));
    SPX_TRY(count_records(t, r.facts.n, err));
    SPX_TRY(open_facts(&r, err));
    if (t->out->trace.known > 0)
        SPX_TRY(spx_trace_deviation(t->model, r.prompt, t->out->trace.known, &r.opts.noise, err));
    r.opts.noise *= published_noise;
    t->out->trace.noise = r.opts.noise;
    SPX_TRY(trace_facts(&r, err));
    SPX_TRY(summarise(&r, err));
out:
    tracing_close(&r);
    return st;
}
