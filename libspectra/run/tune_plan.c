/* tune_plan.c: what rungs and the last comparison of a search may take, from what they took so far.
 */
#include "run/tune_plan.h"

#include <assert.h>
#include <math.h>

enum { KEPT = 4, LEAST = 3 }; /* one in four goes on, three at least */

static const size_t usual_facts[SPX_TUNE_RUNGS] = {64, 128}, usual_held = 30;
static const double final_share = 0.97; /* of the budget, to spend up to the end */
/* Of what is left, to the last comparison, if it is enough. */
static const double reserve_share = 0.2;
static const double start_share = 0.09; /* of the rest, to the start in the first rung, at most */
static const double held_share = 0.2;   /* of the budget, to the text held apart, at most */
static const double least_text = 2, most_text = 4; /* times that of the search, itself in it */
static const double least_share = 0.35, most_share = 1, most_held = 2; /* times the usual facts */

size_t tune_first_facts(void) { return usual_facts[0]; }

size_t tune_first_of(size_t rung)
{
    size_t first = 0;
    assert(rung <= SPX_TUNE_RUNGS);
    for (size_t r = 0; r < rung; r++) first += usual_facts[r];
    return first;
}

size_t tune_least_records(void) { return tune_first_of(SPX_TUNE_RUNGS) + usual_held; }

size_t tune_goes_on(size_t n)
{
    const size_t best = (n + KEPT - 1) / KEPT;
    return best < LEAST ? LEAST : best;
}

size_t tune_text_of(size_t rung) { return rung > 0 ? SEARCH_TEXT : QUICK_TEXT; }

double tune_held_text(const tuner *t)
{
    const double passes = 3, seconds = passes * t->base[SEARCH_TEXT].seconds;
    if (t->o->trials > 0) return most_text;
    return fmin(most_text, fmax(least_text, held_share * 60 * t->o->minutes / seconds));
}

/* Steps that the search of a round may take, and those of a fact, over its prompts. */
static double steps_of(const spx_run_spec *s) { return (double)s->target.steps; }
static double prompt_steps_of(const spx_run_spec *s)
{
    return steps_of(s) * (double)(1 + s->contexts);
}

static double cost_of(const tune_costs *c, const spx_run_spec *s, double facts)
{
    const double rounds = (double)tune_rounds_of((size_t)facts);
    return c->opening + facts * (c->fact + c->prompt * prompt_steps_of(s)) +
           rounds * c->step * steps_of(s);
}

/* Sums of a least-squares fit of y by two numbers. */
typedef struct fit {
    double aa, ab, bb, ay, by;
} fit;

static void fit_add(fit *f, double a, double b, double y)
{
    f->aa += a * a, f->ab += a * b, f->bb += b * b;
    f->ay += a * y, f->by += b * y;
}

/* The coefficients, neither of them negative; where the sums do not tell them apart, the second
 * alone. */
static void fit_solve(const fit *f, double *a, double *b)
{
    const double det = f->aa * f->bb - f->ab * f->ab;
    const bool told = det > 1e-6 * f->aa * f->bb;
    *a = told ? (f->bb * f->ay - f->ab * f->by) / det : 0;
    *b = told ? (f->aa * f->by - f->ab * f->ay) / det : f->bb > 0 ? f->by / f->bb : 0;
    if (*b < 0) *a = f->ay / f->aa, *b = 0;
    if (*a < 0) *a = 0, *b = f->by / f->bb;
}

tune_costs tune_costs_after(const tuner *t, size_t rung, const tune_place *p, size_t n)
{
    const double facts = (double)t->out->rung_facts[rung],
                 rounds = (double)tune_rounds_of(t->out->rung_facts[rung]),
                 text = t->base[tune_text_of(rung)].seconds;
    tune_costs c = {0};
    fit search = {0};
    for (size_t i = 0; i < n; i++) {
        const spx_tune_trial *trial = &t->out->trial[p[i].trial];
        const spx_tune_score *s = &trial->score[rung];
        const double rest =
            fmax(0.1 * s->seconds, (1 - s->search - s->opening) * s->seconds - text);
        fit_add(&search, rounds * steps_of(&trial->spec), facts * prompt_steps_of(&trial->spec),
                s->search * s->seconds);
        c.fact += rest / (facts * (double)n);
        c.opening += s->opening * s->seconds / (double)n;
    }
    fit_solve(&search, &c.step, &c.prompt);
    return c;
}

/* The last comparison, of so many facts: the start and the best, without and with a filter; the
 * unedited model too. */
static double predict_held(const tuner *t, const tune_costs *c, double facts)
{
    const double text = tune_held_text(t) * t->base[SEARCH_TEXT].seconds;
    const size_t more = spx_filter_is_none(t->start.filter.name) ? 1 : 2;
    spx_run_spec drawn = t->start; /* of settings that are drawn, about */
    drawn.target.steps = 15;
    drawn.contexts = 1;
    return text + text + cost_of(c, &t->start, facts) +
           (double)more * (text + cost_of(c, &drawn, facts));
}

/* What the plan of a rung follows from: it has so many trials, of the first n places or like them.
 */
typedef struct planning {
    const tune_costs *c;
    const tune_place *p;
    size_t n, trials, rung;
} planning;

/* What this rung and those after it take with `share` times the usual facts. */
static double predict_rungs(const tuner *t, const planning *p, double share)
{
    double sum = 0;
    size_t n = p->trials;
    for (size_t r = p->rung; r < SPX_TUNE_RUNGS; r++) {
        for (size_t i = 0; i < p->n; i++)
            sum +=
                (double)n / (double)p->n *
                (t->base[tune_text_of(r)].seconds +
                 cost_of(p->c, &t->out->trial[p->p[i].trial].spec, share * (double)usual_facts[r]));
        n = tune_goes_on(n);
    }
    return sum;
}

static double seconds_left(const tuner *t) { return final_share * 60 * t->o->minutes - t->spent; }

/* What is kept for the last comparison: for all its facts, unless that is much of what is left. */
static double reserved(const tuner *t, const tune_costs *c)
{
    const double most = predict_held(t, c, (double)usual_held),
                 least = predict_held(t, c, least_share * (double)usual_held);
    return fmin(most, fmax(least, reserve_share * seconds_left(t)));
}

bool tune_first_has_time(const tuner *t, const tune_place *p, size_t n, size_t more)
{
    const bool start = n > 1 && p[0].trial == 0; /* unlike what is drawn, it may be slow */
    if (start) p++, n--;
    const tune_costs c = tune_costs_after(t, 0, p, n);
    const planning later = {&c, p, n, tune_goes_on(n + more), 1};
    double mean = 0;
    for (size_t i = 0; i < n; i++) mean += t->out->trial[p[i].trial].score[0].seconds / (double)n;
    return mean * (double)more + predict_rungs(t, &later, 1) + reserved(t, &c) <= seconds_left(t);
}

bool tune_start_is_slow(const tuner *t, const tune_costs *c)
{
    const double seconds =
        t->base[QUICK_TEXT].seconds + cost_of(c, &t->start, (double)usual_facts[0]);
    return t->o->trials == 0 && seconds > start_share * (seconds_left(t) - reserved(t, c));
}

/* Of this rung and those after it, or of the last comparison. */
static double predict(const tuner *t, const planning *p, double share)
{
    return p->rung < SPX_TUNE_RUNGS ? predict_rungs(t, p, share)
                                    : predict_held(t, p->c, share * (double)usual_held);
}

/* A tune_work: how many facts each trial has. The first rung has few; later ones, and the last
 * comparison (rung SPX_TUNE_RUNGS), have as many as fill what is left. */
static spx_status plan_rung(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const planning *p = arg;
    const bool last = p->rung == SPX_TUNE_RUNGS;
    const double usual = (double)(last ? usual_held : usual_facts[p->rung]);
    double *x = job->x, share = last ? most_held : most_share;
    (void)err;
    x[1] = usual;
    if (t->o->trials > 0 || p->rung == 0) return SPX_OK;
    const double seconds = seconds_left(t) - (last ? 0 : reserved(t, p->c));
    while (share > least_share && predict(t, p, share) > seconds) share -= 0.05;
    double facts = floor(share * usual);
    if (last) facts = fmin(facts, (double)(t->records - tune_first_of(p->rung)));
    x[1] = facts - fmod(facts, (double)tune_rounds_of((size_t)facts));
    return SPX_OK;
}

spx_status tune_plan_rung(tuner *t, size_t rung, const tune_costs *c, const tune_place *p, size_t n,
                          size_t *facts, spx_error *err)
{
    double x[2] = {0};
    planning of = {c, p, n, n, rung};
    const tune_job job = {ITEM_PLAN + rung, 2, x};
    const spx_status st = tune_share(t, &job, 1, plan_rung, &of, err);
    *facts = (size_t)x[1];
    return st;
}
