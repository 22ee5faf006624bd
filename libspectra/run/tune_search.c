/* tune_search.c: successive halving over trials (Jamieson and Talwalkar 2016), and what is best
 * beside the start on facts and text that no rung had. */
#include "run/tuner.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORE = 6, HALVING = 3 }; /* numbers of a score in the journal; one in three goes on */

static const size_t usual_facts[SPX_TUNE_RUNGS] = {8, 24, 60}, usual_held = 30;
static const double final_share = 0.97; /* of the budget, to spend up to the end */
static const double first_share = 0.36; /* of what the last comparison leaves of it, to the first
                                           rung: the next two cost as much, or less */
static const double least_share = 0.35, most_share = 2, most_held = 8; /* times the usual facts */
static const double drawn_steps = 30; /* of settings that are drawn, about */

static void pack(const spx_tune_score *s, double x[SCORE])
{
    const double all[SCORE] = {0, s->facts, s->perplexity, s->lambada, s->score, s->search};
    memcpy(x, all, sizeof all);
}

static spx_tune_score unpack(const double x[SCORE])
{
    return (spx_tune_score){x[1], x[2], x[3], x[4], x[0], x[5]};
}

/* A tune_work. */
static spx_status measure_abilities(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    spx_tune_score s = {.facts = (double)NAN, .score = (double)NAN};
    const spx_status st = tune_abilities(t, job->item - ITEM_BASE, &s, err);
    (void)arg;
    pack(&s, job->x);
    return st;
}

/* Abilities of the unedited model. */
static spx_status measure_base(tuner *t, size_t text, spx_error *err)
{
    double x[SCORE];
    const tune_job job = {ITEM_BASE + text, SCORE, x};
    const spx_status st = tune_share(t, &job, 1, measure_abilities, NULL, err);
    if (st == SPX_OK) t->base[text] = unpack(x);
    return st;
}

/* The first record of a rung's facts, of SPX_TUNE_RUNGS the held-apart ones, counted from the start's
 * first: sizes may be changed by the plan, at most to twice the usual. */
static size_t first_of(size_t rung)
{
    size_t first = 0;
    assert(rung <= SPX_TUNE_RUNGS);
    for (size_t r = 0; r < rung; r++) first += 2 * usual_facts[r];
    return first;
}

size_t tune_least_records(void) { return first_of(SPX_TUNE_RUNGS) + usual_held; }

static size_t trials_of(size_t first_rung, size_t rung)
{
    size_t n = first_rung;
    for (size_t r = 0; r < rung; r++) n = (n + HALVING - 1) / HALVING;
    return n < 2 ? 2 : n;
}

/* Trials in the order of their last scores. */
typedef struct place {
    double score;
    size_t trial;
} place;

/* Seconds of a fact beside the search for its target, and of a step of that for one of its prompts. */
typedef struct costs {
    double fact, step;
} costs;

/* The text that a rung measures abilities on. */
static size_t text_of(size_t rung) { return rung > 0 ? SEARCH_TEXT : QUICK_TEXT; }

/* Steps that the search of a fact may take, over its prompts. */
static double steps_of(const spx_run_spec *s)
{
    return (double)(s->target.steps * (1 + s->contexts));
}

static double cost_of(const costs *c, double steps, double facts)
{
    return facts * (c->fact + c->step * steps);
}

/* What the plan of a rung follows from: the trials that it may have. */
typedef struct planning {
    const costs *c;
    const place *p;
    size_t n, rung;
} planning;

/* The last comparison, of so many facts: the start and the best, without and with a filter; the
 * unedited model too. Its text is four times that of the search. */
static double predict_held(const tuner *t, const costs *c, double facts)
{
    const double text = 4 * t->base[SEARCH_TEXT].seconds;
    const size_t more = spx_filter_is_none(t->start.filter.name) ? 1 : 2;
    return text + text + cost_of(c, steps_of(&t->start), facts) +
           (double)more * (text + cost_of(c, drawn_steps, facts));
}

/* What is still to come if this rung and those after it have `share` times the usual facts. */
static double predict(const tuner *t, const planning *p, double share)
{
    double sum = predict_held(t, p->c, share * (double)usual_held);
    for (size_t r = p->rung; r < SPX_TUNE_RUNGS; r++) {
        const double trials = (double)trials_of(p->n, r - p->rung) / (double)p->n;
        for (size_t i = 0; i < p->n; i++)
            sum += trials * (t->base[text_of(r)].seconds +
                             cost_of(p->c, steps_of(&t->out->trial[p->p[i].trial].spec),
                                     share * (double)usual_facts[r]));
    }
    return sum;
}

static double seconds_left(const tuner *t) { return final_share * 60 * t->o->minutes - t->spent; }

/* A tune_work: how many facts each trial has. The first rung has few, and as many trials as its share
 * of the budget allows (try_all); later ones, and the last comparison (rung SPX_TUNE_RUNGS), have as
 * many facts as fill what is left. */
static spx_status plan_rung(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const planning *p = arg;
    const bool last = p->rung == SPX_TUNE_RUNGS;
    const double usual = (double)(last ? usual_held : usual_facts[p->rung]);
    double *x = job->x, share = last ? most_held : most_share;
    (void)err;
    x[1] = usual;
    if (t->o->trials > 0 || p->rung == 0) return SPX_OK;
    while (share > least_share && predict(t, p, share) > seconds_left(t)) share -= 0.05;
    x[1] = floor(share * usual);
    if (last) x[1] = fmin(x[1], (double)(t->records - first_of(p->rung)));
    return SPX_OK;
}

static spx_status recall_plan(tuner *t, planning p, size_t *facts, spx_error *err)
{
    double x[2] = {0};
    const tune_job job = {ITEM_PLAN + p.rung, 2, x};
    const spx_status st = tune_share(t, &job, 1, plan_rung, &p, err);
    *facts = (size_t)x[1];
    return st;
}

/* Trials that are run at once. */
typedef struct trying {
    size_t rung, facts;
} trying;

/* A tune_work. */
static spx_status try_one(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const trying *now = arg;
    const size_t i = (job->item - ITEM_TRIAL) % SPX_TUNE_TRIALS;
    spx_tune_score s = {0};
    const spx_status st = tune_try(t, &t->out->trial[i].spec, t->start.first + first_of(now->rung),
                                   now->facts, text_of(now->rung), &s, NULL, err);
    pack(&s, job->x);
    return st;
}

/* The trials p[0 .. n - 1]. */
static spx_status try_some(tuner *t, trying now, const place *p, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    double x[SPX_TUNE_TRIALS][SCORE];
    tune_job job[SPX_TUNE_TRIALS];
    for (size_t i = 0; i < n; i++)
        job[i] = (tune_job){ITEM_TRIAL + now.rung * SPX_TUNE_TRIALS + p[i].trial, SCORE, x[i]};
    SPX_TRY(tune_share(t, job, n, try_one, &now, err));
    for (size_t i = 0; i < n; i++) {
        spx_tune_trial *trial = &t->out->trial[p[i].trial];
        trial->score[now.rung] = unpack(x[i]);
        trial->rungs = now.rung + 1;
    }
out:
    return st;
}

static int better_first(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* The best go to the front. */
static void sort_places(const tuner *t, size_t rung, place *p, size_t n)
{
    for (size_t i = 0; i < n; i++) p[i].score = t->out->trial[p[i].trial].score[rung].score;
    qsort(p, n, sizeof *p, better_first);
}

/* Costs by the trials of a rung. */
static costs costs_after(const tuner *t, size_t rung, const place *p, size_t n)
{
    const double facts = (double)t->out->rung_facts[rung], text = t->base[text_of(rung)].seconds;
    double steps = 0, search = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        const spx_tune_trial *trial = &t->out->trial[p[i].trial];
        const spx_tune_score *s = &trial->score[rung];
        steps += facts * steps_of(&trial->spec);
        search += s->search * s->seconds;
        rest += fmax(0.1 * s->seconds, (1 - s->search) * s->seconds - text);
    }
    return (costs){.fact = rest / (facts * (double)n), .step = steps > 0 ? search / steps : 0};
}

/* Tries n settings; of the first rung, within a budget, as many, but at least two, as its share is
 * enough for, which follows from the journal alone. */
static spx_status try_all(tuner *t, size_t rung, const place *p, size_t *n, const costs *c,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t ranks = tune_ranks(t), facts = t->out->rung_facts[rung];
    const double left = seconds_left(t) - predict_held(t, c, (double)usual_held);
    const double most =
        rung == 0 && t->o->trials == 0 ? t->spent + first_share * left : (double)INFINITY;
    for (size_t i = 0, some; i < *n; i += some) {
        some = *n - i < ranks ? *n - i : ranks;
        if (i >= 2 && t->spent > most) *n = i;
        if (i < *n) SPX_TRY(try_some(t, (trying){rung, facts}, p + i, some, err));
    }
    if (rung == 0) t->out->trials = *n;
out:
    return st;
}

/* The first n places are tried, fewer of the first rung; the best then stand first. */
static spx_status run_rung(tuner *t, size_t rung, place *p, size_t *n, costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t *facts = &t->out->rung_facts[rung];
    SPX_TRY(recall_plan(t, (planning){c, p, *n, rung}, facts, err));
    tune_say(t, "rung %zu of %d: settings on %zu facts each", rung + 1, SPX_TUNE_RUNGS, *facts);
    SPX_TRY(try_all(t, rung, p, n, c, err));
    *c = costs_after(t, rung, p, *n);
    sort_places(t, rung, p, *n);
    tune_say(t, "%zu tried, the best of them scores %.1f", *n, p[0].score);
out:
    return st;
}

static spx_status run_rungs(tuner *t, costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    place *p = NULL;
    size_t n = t->o->trials ? t->o->trials : SPX_TUNE_TRIALS;
    SPX_TRY(SPX_SCRATCH(&tmp, &p, SPX_TUNE_TRIALS, err));
    for (size_t i = 0; i < SPX_TUNE_TRIALS; i++) p[i].trial = i;
    t->out->rung_facts[0] = usual_facts[0];
    SPX_TRY(try_some(t, (trying){0, usual_facts[0]}, p, 1, err));
    t->spent -= t->out->trial[0].score[0].seconds; /* counted again with its rung */
    *c = costs_after(t, 0, p, 1);
    for (size_t rung = 0; rung < SPX_TUNE_RUNGS; rung++) {
        if (rung > 0) n = trials_of(t->out->trials, rung) < n ? trials_of(t->out->trials, rung) : n;
        SPX_TRY(run_rung(t, rung, p, &n, c, err));
    }
    t->out->best = p[0].trial;
out:
    spx_scratch_free(&tmp);
    return st;
}

/* What is compared on the facts held apart. */
enum { START, BEST, PLAIN };

/* A tune_work; arg: the number of facts. One of them: its score, and the goal of each fact. */
static spx_status measure_held(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const size_t *n = arg, which = job->item - ITEM_HELD;
    spx_run_spec spec = t->out->trial[which == START ? 0 : t->out->best].spec;
    spx_tune_score s = {0};
    if (which == PLAIN) spec.filter = (spx_filter_spec){.name = "none"};
    const spx_status st = tune_try(t, &spec, t->start.first + first_of(SPX_TUNE_RUNGS), *n,
                                   HELD_TEXT, &s, job->x + SCORE, err);
    pack(&s, job->x);
    return st;
}

/* The mean of b - a over the facts that have both; work: n. */
static spx_mean mean_gain(const double *a, const double *b, size_t n, double *work)
{
    const double none = (double)NAN;
    size_t pairs = 0;
    for (size_t i = SCORE; i < SCORE + n; i++)
        if (!isnan(b[i] - a[i])) work[pairs++] = b[i] - a[i];
    return pairs ? spx_mean_of(work, pairs) : (spx_mean){none, none, none};
}

static spx_status compare_held(tuner *t, const costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tuned *out = t->out;
    const place best = {.trial = out->best};
    tune_job job[PLAIN + 1], *x[PLAIN + 1] = {NULL};
    double *work = NULL;
    size_t n = 0;
    SPX_TRY(measure_base(t, HELD_TEXT, err));
    out->held_base = t->base[HELD_TEXT];
    SPX_TRY(recall_plan(t, (planning){c, &best, 1, SPX_TUNE_RUNGS}, &n, err));
    out->held_facts = n;
    out->filtered = !spx_filter_is_none(out->trial[out->best].spec.filter.name);
    tune_say(t, "the start and the best of %zu settings on %zu facts held apart", out->trials, n);
    SPX_TRY(SPX_SCRATCH(&tmp, &work, n, err));
    size_t jobs = 0;
    for (size_t i = START; i <= PLAIN; i++) {
        if ((i == BEST && out->best == 0) || (i == PLAIN && !out->filtered)) continue;
        x[i] = &job[jobs];
        job[jobs++] = (tune_job){.item = ITEM_HELD + i, .n = SCORE + n};
        SPX_TRY(SPX_SCRATCH(&tmp, &x[i]->x, SCORE + n, err));
    }
    SPX_TRY(tune_share(t, job, jobs, measure_held, &n, err));
    if (!x[BEST]) x[BEST] = x[START]; /* the start is the best */
    out->held_start = unpack(x[START]->x);
    out->held_best = unpack(x[BEST]->x);
    out->gain = mean_gain(x[START]->x, x[BEST]->x, n, work);
    if (!out->filtered) goto out;
    out->held_plain = unpack(x[PLAIN]->x);
    out->filter_gain = mean_gain(x[PLAIN]->x, x[BEST]->x, n, work);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status tune_search(tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    layer_set sets[LAYER_SETS];
    const spx_editor *editor = NULL;
    costs c = {0};
    SPX_TRY(spx_editor_find(t->start.editor, &editor, err));
    const size_t n = tune_layer_sets(&t->out->trace, editor->one_layer, sets);
    if (t->start.layers == 0) {
        t->start.layers = sets[0].n;
        memcpy(t->start.layer, sets[0].layer, sizeof sets[0].layer);
    }
    SPX_TRY(tune_moments(t, sets, n, err));
    SPX_TRY(tune_open_texts(t, err));
    SPX_TRY(measure_base(t, QUICK_TEXT, err));
    SPX_TRY(measure_base(t, SEARCH_TEXT, err));
    t->out->quick_base = t->base[QUICK_TEXT];
    t->out->base = t->base[SEARCH_TEXT];
    SPX_TRY(SPX_SCRATCH(&t->out->memory, &t->out->trial, SPX_TUNE_TRIALS, err));
    tune_draw(t, sets, n, t->out->trial, SPX_TUNE_TRIALS);
    SPX_TRY(run_rungs(t, &c, err));
    SPX_TRY(compare_held(t, &c, err));
out:
    return st;
}
