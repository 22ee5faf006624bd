/* tune_trial.c: one trial: facts edited in rounds, measured, and taken back. */
#include "run/tuner.h"

#include <math.h>
#include <string.h>

/* What the goal of a fact is the mean of. */
static const char *const goal_parts[] = {
    "rewrite_success",      "rewrite_acc",   "paraphrase_success",  "rephrase_success",
    "neighborhood_success", "zsre_efficacy", "zsre_generalization", "zsre_specificity",
};

static bool is_part(const char *name)
{
    for (size_t i = 0; i < sizeof goal_parts / sizeof *goal_parts; i++)
        if (strcmp(goal_parts[i], name) == 0) return true;
    return false;
}

/* The goal of every fact, and their mean. */
static spx_status mean_goal(const spx_facts *facts, const spx_results *r, double *goal,
                            double *mean, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *sum = NULL, total = 0;
    size_t *parts = NULL, n = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &sum, facts->n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &parts, facts->n, err));
    for (size_t k = 0; k < r->items; k++) {
        if (!is_part(r->item[k].q->name) || isnan(r->item[k].value)) continue;
        for (size_t i = 0; i < facts->n; i++)
            if (facts->fact[i].id == r->item[k].item) sum[i] += r->item[k].value, parts[i]++;
    }
    for (size_t i = 0; i < facts->n; i++) {
        const double each = parts[i] ? sum[i] / (double)parts[i] : (double)NAN;
        if (goal) goal[i] = each;
        if (parts[i]) total += each, n++;
    }
    if (n == 0)
        SPX_RAISE(err, SPX_EINVAL, "the facts have nothing that the goal of tuning is made of");
    *mean = total / (double)n;
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The mean of the items of a metric from the from-th on: of perplexities logarithms; NaN if there
 * are none. */
static double mean_from(const spx_results *r, const char *name, size_t from)
{
    double sum = 0;
    size_t seen = 0, n = 0;
    for (size_t k = 0; k < r->items; k++)
        if (strcmp(r->item[k].q->name, name) == 0 && seen++ >= from) sum += r->item[k].value, n++;
    return n ? sum / (double)n : (double)NAN;
}

/* The text held apart begins with that of the search, which does not count there. */
static const struct {
    size_t windows, passages;           /* read, times `times` */
    size_t first_window, first_passage; /* that count */
} texts[TUNE_TEXTS] = {
    [QUICK_TEXT] = {2, 20, 0, 0}, [SEARCH_TEXT] = {4, 40, 0, 0}, [HELD_TEXT] = {4, 40, 4, 40}};

spx_status tune_open_text(tuner *t, size_t text, double times, spx_error *err)
{
    spx_eval_task task[2];
    size_t n = 0;
    if (t->o->text)
        task[n++] =
            (spx_eval_task){.family = "perplexity",
                            .file = t->o->text,
                            .window = WINDOW,
                            .tokens = (size_t)(times * (double)texts[text].windows) * WINDOW};
    if (t->o->passages)
        task[n++] = (spx_eval_task){.family = "lambada",
                                    .file = t->o->passages,
                                    .items = (size_t)(times * (double)texts[text].passages)};
    const spx_eval_plan plan = {.task = task, .tasks = n, .seed = t->o->seed};
    return n ? spx_eval_new(&plan, t->tokenizer, &t->text[text], err) : SPX_OK;
}

spx_status tune_abilities(const tuner *t, size_t text, spx_tune_score *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_results r = {0};
    out->perplexity = out->lambada = (double)NAN;
    if (t->text[text]) SPX_TRY(spx_eval_run(t->text[text], t->model, &r, err));
    out->perplexity = exp(mean_from(&r, "perplexity", texts[text].first_window));
    out->lambada = exp(mean_from(&r, "lambada_perplexity", texts[text].first_passage));
out:
    spx_results_free(&r);
    return st;
}

/* The logarithm of what a perplexity grew to, if it did; 0 also where nothing was measured. */
static double lost(double perplexity, double base)
{
    const double x = log(perplexity / base);
    return x > 0 ? x : 0;
}

void tune_set_score(const spx_tune_score *base, double times, spx_tune_score *s)
{
    s->score = s->facts - fmax(1, times) * (100 * lost(s->perplexity, base->perplexity) +
                                            10 * lost(s->lambada, base->lambada));
    if (isnan(s->score)) s->score = -(double)INFINITY;
}

/* The weights of the session's matrices, one after another. */
static size_t matrix_size(const session *s) { return s->at[0].W.rows * s->at[0].W.cols; }

static spx_status save_weights(const session *s, float **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(out, s->spec->layers * matrix_size(s), err));
    for (size_t i = 0; i < s->spec->layers; i++)
        weight_get(s, &s->at[i], *out + i * matrix_size(s));
out:
    return st;
}

size_t tune_rounds_of(size_t n) { return n < 32 ? 2 : 4; }

/* All rounds; *seconds of the search. */
static spx_status edit_rounds(session *s, double *seconds, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t round = 1; round <= s->spec->rounds; round++) {
        round_report report = {0};
        SPX_TRY(edit_round(s, round, &report, err));
        *seconds += report.targets;
        for (size_t i = 0; i < s->spec->layers; i++) s->at[i].decomposition = NULL;
    }
out:
    return st;
}

/* Edits and measures; the weights stay as they are then. */
static spx_status edit_and_measure(const tuner *t, session *s, size_t text, spx_tune_score *out,
                                   double *goal, double *search, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_results r = {0};
    spx_scratch tmp = {0};
    float *working = NULL;
    size_t *index = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &index, s->facts.n, err));
    for (size_t i = 0; i < s->facts.n; i++) index[i] = i;
    SPX_TRY(edit_rounds(s, search, err));
    SPX_TRY(weights_finish(s, &working, err));
    SPX_TRY(spx_eval_facts(s->fact_eval, s->model, index, s->facts.n, &r, err));
    SPX_TRY(mean_goal(&s->facts, &r, goal, &out->facts, err));
    SPX_TRY(tune_abilities(t, text, out, err));
out:
    spx_free(working);
    spx_results_free(&r);
    spx_scratch_free(&tmp);
    return st;
}

/* What a trial that does not end well is worth. */
static spx_status failed(spx_tune_score *out, double *goal, size_t n, spx_error *err)
{
    const double none = (double)NAN;
    *out = (spx_tune_score){none, none, none, -(double)INFINITY, 0, 0, 0};
    for (size_t i = 0; goal && i < n; i++) goal[i] = none;
    if (err) *err = (spx_error){0};
    return SPX_OK;
}

spx_status tune_try(const tuner *t, const spx_run_spec *settings, size_t first, size_t n,
                    size_t text, spx_tune_score *out, double *goal, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_run_spec spec = *settings;
    session s = {0};
    float *original = NULL;
    const spx_run_control control = {.notify = NULL};
    const open_model given = {t->model, t->tokenizer, t->sha256};
    const double began = spx_seconds();
    double search = 0;
    spec.first = first;
    spec.rounds = tune_rounds_of(n);
    spec.round = n / spec.rounds;
    spec.tasks = 0;
    SPX_TRY(session_open(&s, &spec, &control, &given, err));
    SPX_TRY(save_weights(&s, &original, err));
    const double opening = spx_seconds() - began;
    st = edit_and_measure(t, &s, text, out, goal, &search, err);
    for (size_t i = 0; i < spec.layers; i++)
        weight_set(&s, &s.at[i], original + i * matrix_size(&s));
    if (st == SPX_ENUMERIC) st = failed(out, goal, n, err);
    const double all = spx_seconds() - began;
    out->search = search / all;
    out->opening = opening / all;
    if (st == SPX_OK) tune_set_score(&t->base[text], (double)t->o->edits / (double)n, out);
out:
    spx_free(original);
    if (s.spec) session_close(&s);
    return st;
}
