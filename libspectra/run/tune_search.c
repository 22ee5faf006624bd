/* tune_search.c: successive halving over trials (Jamieson and Talwalkar 2016), and what is best
 * beside the start on facts and text that no rung had. */
#include "run/tune_plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORE = 7 }; /* numbers of a score in the journal */

static void pack(const spx_tune_score *s, double x[SCORE])
{
    const double all[SCORE] = {0,        s->facts,  s->perplexity, s->lambada,
                               s->score, s->search, s->opening};
    memcpy(x, all, sizeof all);
}

static spx_tune_score unpack(const double x[SCORE])
{
    return (spx_tune_score){x[1], x[2], x[3], x[4], x[0], x[5], x[6]};
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
    const spx_status st =
        tune_try(t, &t->out->trial[i].spec, t->start.first + tune_first_of(now->rung), now->facts,
                 tune_text_of(now->rung), &s, NULL, err);
    pack(&s, job->x);
    return st;
}

/* The trials p[0 .. n - 1]. */
static spx_status try_some(tuner *t, trying now, const tune_place *p, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    double x[SPX_TUNE_TRIALS][SCORE];
    tune_job job[SPX_TUNE_TRIALS] = {{0}};
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
    const tune_place *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

/* The best go to the front. Of settings that measured alike to the last digit the first alone
 * stays, as what tells them apart has no effect; n becomes less. */
static void rank_places(const tuner *t, size_t rung, tune_place *p, size_t *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) p[i].score = t->out->trial[p[i].trial].score[rung].score;
    qsort(p, *n, sizeof *p, better_first);
    for (size_t i = 0; i < *n; i++) {
        const spx_tune_score *s = &t->out->trial[p[i].trial].score[rung],
                             *last = i ? &t->out->trial[p[kept - 1].trial].score[rung] : NULL;
        if (last && s->facts == last->facts && s->perplexity == last->perplexity) continue;
        p[kept++] = p[i];
    }
    *n = kept;
}

/* Tries n settings, as many at once as there are ranks. */
static spx_status try_in_turn(tuner *t, size_t rung, const tune_place *p, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t ranks = tune_ranks(t), facts = t->out->rung_facts[rung];
    for (size_t i = 0; i < n; i += ranks)
        SPX_TRY(try_some(t, (trying){rung, facts}, p + i, n - i < ranks ? n - i : ranks, err));
out:
    return st;
}

/* The first rung within a budget: as many of n settings, but at least two, as there is time for,
 * which follows from the journal alone. */
static spx_status try_while_time(tuner *t, const tune_place *p, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t ranks = tune_ranks(t);
    for (size_t i = 0, some; i < *n; i += some) {
        some = *n - i < ranks ? *n - i : ranks;
        if (i >= 2 && !tune_first_has_time(t, p, i, 1 + (i + 1))) *n = i;
        if (i < *n) SPX_TRY(try_in_turn(t, 0, p + i, some, err));
    }
    t->out->trials = p[*n - 1].trial + 1;
out:
    return st;
}

/* Tries as many settings as those n places near the best three, on the facts of the first rung, as
 * far as there is time within a budget: what turns out better is a parent of the next ones. */
static spx_status try_near(tuner *t, tune_place *p, size_t *n, spx_error *err)
{
    enum { PARENTS = 3 };
    spx_status st = SPX_OK;
    spx_tuned *out = t->out;
    const size_t ranks = tune_ranks(t), room = SPX_TUNE_TRIALS - out->trials,
                 near = *n < room ? *n : room;
    for (size_t i = 0, some; i < near; i += some) {
        assert(*n > 0);
        if (i > 0 && t->o->trials == 0 && !tune_first_has_time(t, p, *n, 1)) break;
        const size_t parents = *n < PARENTS ? *n : PARENTS;
        some = near - i < ranks ? near - i : ranks;
        for (size_t k = 0; k < some; k++) {
            p[*n + k].trial = out->trials++;
            tune_draw_near(t, p[(i + k) % parents].trial, p[*n + k].trial);
        }
        SPX_TRY(try_some(t, (trying){0, out->rung_facts[0]}, p + *n, some, err));
        *n += some;
        rank_places(t, 0, p, n);
    }
out:
    return st;
}

/* The first n places are tried; of the first rung fewer, and others near the best of them. The best
 * then stand first. */
static spx_status run_rung(tuner *t, size_t rung, tune_place *p, size_t *n, tune_costs *c,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    size_t *facts = &t->out->rung_facts[rung];
    SPX_TRY(tune_plan_rung(t, rung, c, p, *n, facts, err));
    tune_say(t, "rung %zu of %d: settings on %zu facts each", rung + 1, SPX_TUNE_RUNGS, *facts);
    if (rung == 0 && t->o->trials == 0)
        SPX_TRY(try_while_time(t, p, n, err));
    else
        SPX_TRY(try_in_turn(t, rung, p, *n, err));
    *c = tune_costs_after(t, rung, p, *n);
    rank_places(t, rung, p, n);
    if (rung == 0) SPX_TRY(try_near(t, p, n, err));
    tune_say(t, "%zu that differ, the best of them scores %.1f", *n, p[0].score);
out:
    return st;
}

/* Costs by the first setting that is drawn, which the first rung has again, from the journal. */
static spx_status try_first(tuner *t, tune_costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const tune_place drawn = {.trial = t->o->trials == 1 ? 0 : 1};
    t->out->rung_facts[0] = tune_first_facts();
    SPX_TRY(try_some(t, (trying){0, tune_first_facts()}, &drawn, 1, err));
    t->spent -= t->out->trial[drawn.trial].score[0].seconds;
    *c = tune_costs_after(t, 0, &drawn, 1);
out:
    return st;
}

/* Without the start where that is slow: then only the last comparison has it. */
static spx_status run_rungs(tuner *t, tune_costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    tune_place *p = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &p, SPX_TUNE_TRIALS, err));
    SPX_TRY(try_first(t, c, err));
    const size_t from = tune_start_is_slow(t, c) ? 1 : 0;
    size_t n = t->o->trials ? t->o->trials : SPX_TUNE_TRIALS - from;
    for (size_t i = 0; i < n; i++) p[i].trial = from + i;
    t->out->trials = from + n;
    if (from == 1) tune_say(t, "the start is slow: it is compared at the end alone");
    SPX_TRY(run_rung(t, 0, p, &n, c, err));
    for (size_t rung = 1; rung < SPX_TUNE_RUNGS; rung++) {
        if (n > tune_goes_on(n)) n = tune_goes_on(n);
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
    const spx_status st = tune_try(t, &spec, t->start.first + tune_first_of(SPX_TUNE_RUNGS), *n,
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

bool tune_start_stands(const spx_tuned *out)
{
    if (out->trial[0].rungs > 0) return false;
    if (!(out->held_best.score > -(double)INFINITY)) return true;
    return out->gain.hi < 0 && out->held_start.score >= out->held_best.score;
}

static void take_start(spx_tuned *out)
{
    out->best = 0;
    out->held_best = out->held_start;
    out->gain = (spx_mean){0, 0, 0};
    out->filtered = false;
}

static spx_status compare_held(tuner *t, const tune_costs *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_tuned *out = t->out;
    const tune_place best = {.trial = out->best};
    tune_job job[PLAIN + 1], *x[PLAIN + 1] = {NULL};
    double *work = NULL;
    size_t n = 0;
    SPX_TRY(tune_open_text(t, HELD_TEXT, tune_held_text(t), err));
    SPX_TRY(measure_base(t, HELD_TEXT, err));
    out->held_base = t->base[HELD_TEXT];
    SPX_TRY(tune_plan_rung(t, SPX_TUNE_RUNGS, c, &best, 1, &n, err));
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
    if (out->filtered) {
        out->held_plain = unpack(x[PLAIN]->x);
        out->filter_gain = mean_gain(x[PLAIN]->x, x[BEST]->x, n, work);
    }
    if (tune_start_stands(out)) take_start(out);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status tune_search(tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    layer_set sets[LAYER_SETS];
    const spx_editor *editor = NULL;
    tune_costs c = {0};
    size_t drawn = 1;
    SPX_TRY(spx_editor_find(t->start.editor, &editor, err));
    const size_t n = tune_layer_sets(&t->out->trace, editor->one_layer, sets);
    if (t->start.layers == 0) tune_take_layers(&sets[0], &t->start);
    SPX_TRY(tune_moments(t, sets, n, err));
    SPX_TRY(tune_open_text(t, QUICK_TEXT, 1, err));
    SPX_TRY(tune_open_text(t, SEARCH_TEXT, 1, err));
    SPX_TRY(measure_base(t, QUICK_TEXT, err));
    SPX_TRY(measure_base(t, SEARCH_TEXT, err));
    t->out->quick_base = t->base[QUICK_TEXT];
    t->out->base = t->base[SEARCH_TEXT];
    SPX_TRY(SPX_SCRATCH(&t->out->memory, &t->out->trial, SPX_TUNE_TRIALS, err));
    t->out->trial[0] = (spx_tune_trial){.spec = t->start};
    SPX_TRY(tune_draw_known(t, &sets[0], &drawn, err));
    tune_draw(t, sets, n, t->out->trial, drawn, SPX_TUNE_TRIALS);
    SPX_TRY(run_rungs(t, &c, err));
    SPX_TRY(compare_held(t, &c, err));
out:
    return st;
}
