/* tuner.h: what the files of spx_tune share. */
#ifndef SPX_RUN_TUNER_H
#define SPX_RUN_TUNER_H

#include "run/session.h"

#include "spx/journal.h"
#include "spx/tune.h"

/* What abilities are measured on: of the first rung, of the others, and text and passages that the
 * search did not use. */
enum { QUICK_TEXT, SEARCH_TEXT, HELD_TEXT, TUNE_TEXTS };

/* Items of the journal: each an array of doubles, the first of which is the seconds it took. */
enum {
    ITEM_KNOWN = 0, /* seconds, records scanned, known, indices of those traced */
    ITEM_TRACE = 1, /* + fact: seconds, clean, corrupted, effects and first order by place */
    ITEM_MOMENTS = ITEM_TRACE + SPX_TUNE_FACTS,
    ITEM_BASE,                                  /* + text: the score of the unedited model */
    ITEM_PLAN = ITEM_BASE + TUNE_TEXTS,         /* + rung: facts of a trial */
    ITEM_HELD = ITEM_PLAN + SPX_TUNE_RUNGS + 1, /* start, best, best without its filter: score, goal
                                                   of each fact */
    ITEM_TRIAL = ITEM_HELD + 3,                 /* + rung SPX_TUNE_TRIALS + trial: score */
    TUNE_ITEMS = ITEM_TRIAL + SPX_TUNE_RUNGS * SPX_TUNE_TRIALS
};

typedef struct tuner {
    const spx_tune_opts *o;
    spx_model *model;
    spx_tokenizer *tokenizer;
    char sha256[SPX_SHA256_HEX];
    spx_comm *comm, *alone; /* ranks that share the work; alone: opened here, if there are none */
    spx_journal *journal;   /* on rank 0 */
    spx_bytes *kept;        /* on every rank: TUNE_ITEMS, empty while an item is not there */
    spx_run_spec start;     /* with stats and layers */
    size_t records;         /* usable ones, from start.first on */
    spx_eval *text[TUNE_TEXTS];      /* perplexity and LAMBADA; */
    spx_tune_score base[TUNE_TEXTS]; /* what the unedited model has there */
    double spent;                    /* seconds of all items so far, of this run and earlier ones */
    spx_tuned *out;
} tuner;

/* An item to do: it fills x, n numbers, of which x[0] is set by tune_share: its seconds, divided
 * by the number of ranks that worked at once. */
typedef struct tune_job {
    size_t item, n;
    double *x;
} tune_job;
typedef spx_status tune_work(tuner *t, const tune_job *job, void *arg, spx_error *err);

/* tune_journal.c. The journal, whose lines begin with `identity`, is opened by rank 0; what it
 * holds is there on every rank. */
SPX_CHECKED spx_status tune_open_journal(tuner *t, const char *identity, spx_error *err);
void tune_close_journal(tuner *t);
size_t tune_ranks(const tuner *t);
bool tune_has(const tuner *t, size_t item);
/* Waits for all ranks. */
SPX_CHECKED spx_status tune_meet(tuner *t, spx_error *err);
/* Does the jobs that are not there yet, as many at a time as there are ranks; then x is filled on
 * every rank and the seconds are spent. Every rank must call it alike. Then asks o->stop. */
SPX_CHECKED spx_status tune_share(tuner *t, const tune_job *job, size_t n, tune_work *work,
                                  void *arg, spx_error *err);
void tune_say(const tuner *t, const char *format, ...) SPX_PRINTF(2, 3);

/* tune_trace.c: t->out->trace. */
SPX_CHECKED spx_status tune_trace(tuner *t, spx_error *err);
/* Sets place, peak, stores and sure from the effects: the layer whose FFN carries most at the
 * place, of those that surely carry anything if there are such. */
void tune_find_peak(spx_tune_trace *t);

/* tune_space.c: the layer sets, and trials from .. n - 1; trial 0 is t->start. */
enum { LAYER_SETS = 12 };
typedef struct layer_set {
    size_t layer[SPX_MAX_LAYERS], n;
} layer_set;
/* spec edits the set's layers. */
void tune_take_layers(const layer_set *set, spx_run_spec *spec);
size_t tune_layer_sets(const spx_tune_trace *trace, bool one_layer, layer_set out[LAYER_SETS]);
void tune_draw(const tuner *t, const layer_set *sets, size_t n_sets, spx_tune_trial *trial,
               size_t from, size_t n);
/* True if the settings of trial i are unlike those of all before it. */
bool tune_is_new(const spx_tuned *out, size_t i);
/* True if they take no more steps, times prompts, than what is drawn. */
bool tune_is_affordable(const spx_run_spec *s);

/* Trial i <- settings near those of `parent`, unlike all before it: about one in three of the
 * hyperparameters, the layers and the filter takes another value. */
void tune_draw_near(const tuner *t, size_t parent, size_t i);

/* tune_known.c: trials *next and those after it <- the start with o->preset, at those layers, as
 * far as they are affordable and new. */
SPX_CHECKED spx_status tune_draw_known(tuner *t, const layer_set *layers, size_t *next,
                                       spx_error *err);

/* tune_trial.c. Abilities of the model as it is. */
enum { WINDOW = 512 };
/* Opens a text, the one held apart `times` as long as the search's, which is a part of it. */
SPX_CHECKED spx_status tune_open_text(tuner *t, size_t text, double times, spx_error *err);
SPX_CHECKED spx_status tune_abilities(const tuner *t, size_t text, spx_tune_score *out,
                                      spx_error *err);
/* The score of what was measured after edits a times-th as many as asked for (spx/tune.h). */
void tune_set_score(const spx_tune_score *base, double times, spx_tune_score *s);
/* In how many rounds n facts are edited, as settings that do well in one may not in a sequence: n
 * is a multiple of it. */
size_t tune_rounds_of(size_t n);
/* Edits facts first .. first + n - 1 in rounds by the trial's settings, measures, and takes the
 * weights back. goal: the goal of each fact, or NULL. */
SPX_CHECKED spx_status tune_try(const tuner *t, const spx_run_spec *settings, size_t first,
                                size_t n, size_t text, spx_tune_score *out, double *goal,
                                spx_error *err);

/* tune_plan.c: records that a search takes at least. */
size_t tune_least_records(void);
/* tune_search.c. Whether a start that no rung had is the best after all: what was found fails on
 * the facts held apart, or surely writes them worse and scores no more. Those facts are few: where
 * they do not tell, the rungs' do. */
bool tune_start_stands(const spx_tuned *out);
/* t->out's trials, best and held. */
SPX_CHECKED spx_status tune_search(tuner *t, spx_error *err);
/* tune_moments.c: t->start.stats, measured if there are none. */
SPX_CHECKED spx_status tune_moments(tuner *t, const layer_set *sets, size_t n, spx_error *err);

#endif
