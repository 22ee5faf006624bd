/* targets.c: target values by Adam (spx/targets.h). */
#include "spx/targets.h"

#include "edit/adam.h"
#include "edit/search.h"

#include "spx/extremes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t default_rows = 1024;

/* One fact's optimiser. */
typedef struct adam {
    double *delta, *mean, *square; /* d each */
    double norm0;                  /* |h0| */
    size_t steps, hits;            /* taken; passes in which the target was the argmax */
} adam;

/* The optimisers of a group. */
typedef struct group {
    adam *fact;
    double *delta, *gradient; /* facts x d */
    bool *active;
    search_loss *loss;
} group;

static double norm(const double *x, size_t d)
{
    double sum = 0;
    for (size_t j = 0; j < d; j++) sum += x[j] * x[j];
    return sqrt(sum);
}

/* Gradient of weight_decay |delta| / |h0|^2, taken as 0 at 0. */
static void add_decay(const adam *a, const spx_target_opts *o, double *gradient, size_t d)
{
    const double size = norm(a->delta, d);
    if (size == 0) return;
    const double factor = o->weight_decay / (a->norm0 * a->norm0 * size);
    for (size_t j = 0; j < d; j++) gradient[j] += factor * a->delta[j];
}

/* A step of Adam; delta is then scaled back to the clamp. */
static void take_step(adam *a, const spx_target_opts *o, const double *gradient, size_t d)
{
    adam_step(a->delta, a->mean, a->square, gradient, d, o->lr, ++a->steps);
    const double size = norm(a->delta, d), most = o->clamp * a->norm0;
    for (size_t j = 0; size > most && j < d; j++) a->delta[j] *= most / size;
}

static spx_status group_open(group *g, spx_scratch *tmp, const search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    double *moments = NULL;
    const size_t d = spx_model_shape(s->model)->d_model, n = s->facts;
    SPX_TRY(SPX_SCRATCH(tmp, &g->fact, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->active, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->loss, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->delta, n * d, err));
    SPX_TRY(SPX_SCRATCH(tmp, &g->gradient, n * d, err));
    SPX_TRY(SPX_SCRATCH(tmp, &moments, 2 * n * d, err));
    for (size_t i = 0; i < n; i++) {
        g->fact[i] = (adam){.delta = g->delta + i * d,
                            .mean = moments + 2 * i * d,
                            .square = moments + (2 * i + 1) * d};
        for (size_t j = 0; j < d; j++)
            g->fact[i].norm0 = hypot(g->fact[i].norm0, (double)s->h0[i * d + j]);
        g->active[i] = true;
    }
out:
    return st;
}

/* After a pass: facts whose loss is small, or whose target has won often enough, leave the search;
 * *left counts those that stay. Fails on a loss that is not finite. */
static spx_status retire_facts(group *g, const search *s, size_t *left, spx_error *err)
{
    const size_t d = spx_model_shape(s->model)->d_model;
    *left = 0;
    for (size_t i = 0; i < s->facts; i++) {
        if (!g->active[i]) continue;
        adam *a = &g->fact[i];
        const double loss = g->loss[i].nll + s->opts->kl * g->loss[i].kl +
                            s->opts->weight_decay * norm(a->delta, d) / (a->norm0 * a->norm0);
        if (!isfinite(loss))
            return SPX_FAIL(err, SPX_ENUMERIC,
                            "fact %zu of the round: loss is not finite after %zu steps",
                            s->first + i + 1, a->steps);
        a->hits += g->loss[i].argmax;
        const bool known = s->opts->argmax_hits && a->hits >= s->opts->argmax_hits;
        g->active[i] = loss >= s->opts->stop && !known;
        *left += g->active[i];
    }
    return SPX_OK;
}

static spx_status optimise_group(group *g, search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = spx_model_shape(s->model)->d_model;
    size_t left = s->facts;
    for (size_t pass = 0; pass < s->opts->steps; pass++) {
        SPX_TRY(search_losses(s, g->active, g->delta, g->loss, err));
        SPX_TRY(retire_facts(g, s, &left, err));
        if (left == 0 || pass + 1 == s->opts->steps) break;
        SPX_TRY(search_gradient(s, g->gradient, err));
        for (size_t i = 0; i < s->facts; i++) {
            if (!g->active[i]) continue;
            add_decay(&g->fact[i], s->opts, g->gradient + i * d, d);
            take_step(&g->fact[i], s->opts, g->gradient + i * d, d);
        }
    }
out:
    return st;
}

/* |v0 + delta| of fact i of a group: of what the FFN should add to the stream. */
static double value_norm(const group *g, const search *s, size_t i)
{
    const size_t d = spx_model_shape(s->model)->d_model;
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
        const double v = (double)s->v0[i * d + j] + g->delta[i * d + j];
        sum += v * v;
    }
    return sqrt(sum);
}

/* Column of Z <- the target of fact i of a group: h0 + delta, or the rule nas of it; true if the
 * fact is left as it is. */
static bool set_target(const group *g, const search *s, size_t i, spx_mat *Z)
{
    const size_t d = Z->rows;
    const double wanted = s->opts->value_norm, size = wanted > 0 ? value_norm(g, s, i) : 0;
    const bool left = size > 2 * wanted;
    const float *h0 = s->h0 + i * d, *v0 = s->v0 + i * d;
    for (size_t j = 0; j < d; j++) {
        double z = (double)h0[j];
        if (!left) z += g->delta[i * d + j];
        if (!left && size > 0) z += (wanted / size - 1) * ((double)v0[j] + g->delta[i * d + j]);
        Z->data[j * Z->ld + s->first + i] = z;
    }
    return left;
}

/* What a search of all facts fills. */
typedef struct found {
    spx_mat *Z;             /* or NULL */
    double *norm;           /* |v*| of each fact; or NULL */
    spx_target_report *sum; /* over facts */
} found;

static void report_group(const group *g, const search *s, const found *out)
{
    const size_t d = spx_model_shape(s->model)->d_model;
    for (size_t i = 0; i < s->facts; i++) {
        if (out->Z) out->sum->left += set_target(g, s, i, out->Z);
        if (out->norm) out->norm[s->first + i] = value_norm(g, s, i);
        out->sum->nll += g->loss[i].nll;
        out->sum->steps += (double)g->fact[i].steps;
        out->sum->ratio += norm(g->fact[i].delta, d) / g->fact[i].norm0;
    }
}

static spx_status find_group(const spx_model *m, const spx_prompts *p, const spx_target_opts *o,
                             size_t first, size_t facts, const found *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    group g;
    search s = {0};
    const bool values = o->value_norm > 0 || out->norm;
    SPX_TRY(search_open(&s, m, p, o, first, facts, values, err));
    SPX_TRY(group_open(&g, &tmp, &s, err));
    SPX_TRY(optimise_group(&g, &s, err));
    report_group(&g, &s, out);
out:
    spx_scratch_free(&tmp);
    search_close(&s);
    return st;
}

/* Number of facts from `first` on whose tails fit into `rows` positions; at least one. */
static size_t group_size(const spx_prompts *p, size_t first, size_t rows)
{
    const size_t each = p->contexts + 1;
    size_t used = 0, i = first;
    for (; i < p->facts; i++) {
        for (size_t q = i * each; q < (i + 1) * each; q++)
            used += p->start[q + 1] - p->start[q] - p->subject[q];
        if (used > rows && i > first) break;
    }
    return i - first;
}

static spx_status find_all(const spx_model *m, const spx_prompts *p, const spx_target_opts *o,
                           const found *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t rows = o->rows ? o->rows : default_rows;
    assert(o->steps > 0 && o->layer + 1 < spx_model_shape(m)->layers);
    if (o->argmax_prefixed && p->contexts == 1)
        SPX_RAISE(err, SPX_EINVAL, "argmax_prefixed is set, but there are no prefixed prompts");
    for (size_t first = 0, facts; first < p->facts; first += facts) {
        facts = group_size(p, first, rows);
        SPX_TRY(find_group(m, p, o, first, facts, out, err));
    }
out:
    return st;
}

spx_status spx_targets_find(const spx_model *m, const spx_prompts *p, const spx_target_opts *o,
                            spx_mat *Z, spx_target_report *report, spx_error *err)
{
    spx_target_report sum = {0};
    const double n = (double)p->facts;
    assert(Z->rows == spx_model_shape(m)->d_model && Z->cols == p->facts);
    const spx_status st = find_all(m, p, o, &(found){.Z = Z, .sum = &sum}, err);
    if (st == SPX_OK && report)
        *report = (spx_target_report){.nll = sum.nll / n,
                                      .steps = sum.steps / n,
                                      .ratio = sum.ratio / n,
                                      .left = sum.left / n};
    return st;
}

spx_status spx_targets_norm(const spx_model *m, const spx_prompts *p, const spx_target_opts *o,
                            double *norm, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_target_report sum = {0};
    found out = {.sum = &sum};
    const size_t kept = p->facts - p->facts / 20;
    double total = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &out.norm, p->facts, err));
    SPX_TRY(find_all(m, p, o, &out, err));
    qsort(out.norm, p->facts, sizeof *out.norm, spx_ascending);
    for (size_t i = 0; i < kept; i++) total += out.norm[i];
    *norm = total / (double)kept;
out:
    spx_scratch_free(&tmp);
    return st;
}
