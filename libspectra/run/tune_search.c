/* tune_search.c: successive halving over trials (Jamieson and Talwalkar 2016), and what is best
 * beside the start on facts and text that no rung had. */
#include "run/tuner.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORE = 6, HALVING = 3 }; /* numbers of a score in the journal; one in three goes on */

static const size_t usual_facts[SPX_TUNE_RUNGS] = {8, 24, 60}, usual_held = 60;
static const double final_share = 0.97; /* of the budget, to spend up to the end */
static const double first_share = 0.4;  /* of what is left of it, at most for the first rung */

static void pack(const spx_tune_score *s, double x[SCORE])
{
    const double all[SCORE] = {0, s->facts, s->perplexity, s->lambada, s->score, 0};
    memcpy(x, all, sizeof all);
}

static spx_tune_score unpack(const double x[SCORE])
{
    return (spx_tune_score){x[1], x[2], x[3], x[4], x[0]};
}

/* A tune_work; arg: whether on the text held apart. */
static spx_status measure_abilities(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const bool *held = arg;
    spx_tune_score s = {.facts = (double)NAN, .score = (double)NAN};
    const spx_status st = tune_abilities(t, *held, &s, err);
    pack(&s, job->x);
    return st;
}

/* Abilities of the unedited model. */
static spx_status measure_base(tuner *t, bool held, spx_tune_score *out, spx_error *err)
{
    double x[SCORE];
    const tune_job job = {ITEM_BASE + held, SCORE, x};
    const spx_status st = tune_share(t, &job, 1, measure_abilities, &held, err);
    if (st == SPX_OK) *out = unpack(x);
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

/* Seconds of a trial: a text, and facts. */
typedef struct costs {
    double fixed, fact;
    double held; /* settings compared on the facts held apart */
} costs;

/* What is still to come from a rung on, with `facts` times the usual sizes. */
static double predict(const costs *c, size_t first_rung, size_t rung, double facts)
{
    double sum = c->held * (c->fixed * (SEARCH_WINDOWS + HELD_WINDOWS) / SEARCH_WINDOWS +
                            c->fact * facts * (double)usual_held);
    for (size_t r = rung; r < SPX_TUNE_RUNGS; r++)
        sum += (double)trials_of(first_rung, r) *
               (c->fixed + c->fact * facts * (double)usual_facts[r]);
    return sum;
}

/* What the plan of a rung follows from. */
typedef struct planning {
    const costs *c;
    size_t first_rung, rung;
} planning;

/* A tune_work: how many trials, of how many facts. In the first rung, as many trials as fit; later
 * ones, and the last comparison (rung SPX_TUNE_RUNGS), have as many facts as fill what is left. */
static spx_status plan_rung(tuner *t, const tune_job *job, void *arg, spx_error *err)
{
    const planning *p = arg;
    const size_t rung = p->rung;
    const double left = final_share * 60 * t->o->minutes - t->spent;
    const double usual = (double)(rung < SPX_TUNE_RUNGS ? usual_facts[rung] : usual_held);
    double *x = job->x;
    (void)err;
    x[1] = (double)trials_of(p->first_rung, rung);
    x[2] = usual;
    if (t->o->trials > 0) return SPX_OK;
    if (rung == 0) {
        size_t n = 2;
        while (n < SPX_TUNE_TRIALS && predict(p->c, n + 1, 0, 1) < left) n++;
        x[1] = (double)n;
        return SPX_OK;
    }
    double share = 1.5;
    while (share > 0.25 && predict(p->c, p->first_rung, rung, share) > left) share -= 0.05;
    x[2] = floor(share * usual);
    if (rung == SPX_TUNE_RUNGS) x[2] = fmin(x[2], (double)(t->records - first_of(rung)));
    return SPX_OK;
}

static spx_status recall_plan(tuner *t, const costs *c, size_t first_rung, size_t rung, double x[3],
                              spx_error *err)
{
    planning p = {c, first_rung, rung};
    const tune_job job = {ITEM_PLAN + rung, 3, x};
    return tune_share(t, &job, 1, plan_rung, &p, err);
}

/* Trials in the order of their last scores. */
typedef struct place {
    double score;
    size_t trial;
} place;

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
                                   now->facts, false, &s, NULL, err);
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

/* The best `keep` of n go to the front; the start goes along, in the last place if need be. */
static void halve(const tuner *t, size_t rung, place *p, size_t n, size_t keep)
{
    for (size_t i = 0; i < n; i++) p[i].score = t->out->trial[p[i].trial].score[rung].score;
    qsort(p, n, sizeof *p, better_first);
    for (size_t i = keep; i < n; i++)
        if (p[i].trial == 0) p[keep - 1] = p[i];
}

static double mean_seconds(const tuner *t, size_t rung, const place *p, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += t->out->trial[p[i].trial].score[rung].seconds;
    return sum / (double)n;
}

/* Costs by the trials of a rung: of the first, the text's is that of measuring the base; then from
 * it and the rung before. */
static costs costs_after(const tuner *t, size_t rung, const place *p, size_t n)
{
    const size_t *facts = t->out->rung_facts;
    const double each = mean_seconds(t, rung, p, n);
    double fixed = t->out->base.seconds;
    if (rung > 0) {
        const double before = mean_seconds(t, rung - 1, p, n);
        const double slope = (each - before) / ((double)facts[rung] - (double)facts[rung - 1]);
        fixed = fmax(fixed, before - slope * (double)facts[rung - 1]);
    }
    const double held = spx_filter_is_none(t->start.filter.name) ? 2 : 3;
    return (costs){fixed, fmax(0.1 * each, each - fixed) / (double)facts[rung], held};
}

/* Tries n settings; of the first rung fewer, at least two, where its share of the budget is spent,
 * which follows from the journal alone. */
static spx_status try_all(tuner *t, size_t rung, const place *p, size_t *n, size_t facts,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t ranks = tune_ranks(t);
    const double left = final_share * 60 * t->o->minutes - t->spent;
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

static spx_status run_rung(tuner *t, size_t rung, place *p, size_t *n, costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    double x[3] = {0};
    SPX_TRY(recall_plan(t, c, rung ? t->out->trials : t->o->trials, rung, x, err));
    const size_t keep = (size_t)x[1], facts = (size_t)x[2];
    if (rung == 0)
        t->out->trials = *n = keep;
    else
        halve(t, rung - 1, p, *n, keep < *n ? keep : *n);
    if (keep < *n) *n = keep;
    t->out->rung_facts[rung] = facts;
    tune_say(t, "rung %zu of %d: %zu settings, %zu facts each", rung + 1, SPX_TUNE_RUNGS, *n,
             facts);
    SPX_TRY(try_all(t, rung, p, n, facts, err));
    *c = costs_after(t, rung, p, *n);
out:
    return st;
}

static spx_status run_rungs(tuner *t, costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    place *p = NULL;
    size_t n = 1;
    SPX_TRY(SPX_SCRATCH(&tmp, &p, SPX_TUNE_TRIALS, err));
    for (size_t i = 0; i < SPX_TUNE_TRIALS; i++) p[i].trial = i;
    t->out->rung_facts[0] = usual_facts[0];
    SPX_TRY(try_some(t, (trying){0, usual_facts[0]}, p, 1, err));
    t->spent -= t->out->trial[0].score[0].seconds; /* counted again with its rung */
    *c = costs_after(t, 0, p, 1);
    for (size_t rung = 0; rung < SPX_TUNE_RUNGS; rung++) SPX_TRY(run_rung(t, rung, p, &n, c, err));
    halve(t, SPX_TUNE_RUNGS - 1, p, n, n);
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
    const spx_status st = tune_try(t, &spec, t->start.first + first_of(SPX_TUNE_RUNGS), *n, true,
                                   &s, job->x + SCORE, err);
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
    tune_job job[PLAIN + 1];
    double plan[3] = {0}, *work = NULL;
    SPX_TRY(measure_base(t, true, &out->held_base, err));
    SPX_TRY(recall_plan(t, c, out->trials, SPX_TUNE_RUNGS, plan, err));
    size_t n = out->held_facts = (size_t)plan[2];
    out->filtered = !spx_filter_is_none(out->trial[out->best].spec.filter.name);
    tune_say(t, "the start and the best of %zu settings on %zu facts held apart", out->trials, n);
    SPX_TRY(SPX_SCRATCH(&tmp, &work, n, err));
    for (size_t i = START; i <= PLAIN; i++) {
        job[i] = (tune_job){.item = ITEM_HELD + i, .n = SCORE + n};
        SPX_TRY(SPX_SCRATCH(&tmp, &job[i].x, job[i].n, err));
    }
    SPX_TRY(tune_share(t, job, out->filtered ? PLAIN + 1 : PLAIN, measure_held, &n, err));
    out->held_start = unpack(job[START].x);
    out->held_best = unpack(job[BEST].x);
    if (out->filtered) out->held_plain = unpack(job[PLAIN].x);
    out->gain = mean_gain(job[START].x, job[BEST].x, n, work);
    if (out->filtered) out->filter_gain = mean_gain(job[PLAIN].x, job[BEST].x, n, work);
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
    SPX_TRY(measure_base(t, false, &t->out->base, err));
    SPX_TRY(SPX_SCRATCH(&t->out->memory, &t->out->trial, SPX_TUNE_TRIALS, err));
    tune_draw(t, sets, n, t->out->trial, SPX_TUNE_TRIALS);
    SPX_TRY(run_rungs(t, &c, err));
    SPX_TRY(compare_held(t, &c, err));
out:
    return st;
}
