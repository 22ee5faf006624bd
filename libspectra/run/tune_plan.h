/* tune_plan.h: what rungs and the last comparison of a search may take. */
#ifndef SPX_RUN_TUNE_PLAN_H
#define SPX_RUN_TUNE_PLAN_H

#include "run/tuner.h"

/* Trials in the order of their last scores. */
typedef struct tune_place {
    double score;
    size_t trial;
} tune_place;

/* Seconds of a fact beside the search for its target; of a step of that for one of its prompts; of
 * one of all facts of a round, in which the model's weights are read whatever their number; and of
 * a trial, whatever it edits. */
typedef struct tune_costs {
    double fact, prompt, step, opening;
} tune_costs;

size_t tune_first_facts(void); /* of a trial of the first rung */
/* The first record of a rung's facts, of SPX_TUNE_RUNGS the held-apart ones, counted from the
 * start's first: the plan may leave some out. */
size_t tune_first_of(size_t rung);
/* Trials that go on to the next rung from n that differ, as far as there are so many. */
size_t tune_goes_on(size_t n);
/* The text that a rung measures abilities on. */
size_t tune_text_of(size_t rung);
/* The text held apart, in terms of the search's, once the unedited model was measured on that: less
 * for a model that is slow. */
double tune_held_text(const tuner *t);

/* Costs by the first n places of a rung. */
tune_costs tune_costs_after(const tuner *t, size_t rung, const tune_place *p, size_t n);
/* Whether the first rung, which has tried n places, has time for `more`: so that later rungs, whose
 * facts tell more, are left their usual ones. */
bool tune_first_has_time(const tuner *t, const tune_place *p, size_t n, size_t more);
/* Whether the start would take more of the budget than it is worth: it is then compared at the end
 * alone. */
bool tune_start_is_slow(const tuner *t, const tune_costs *c);
/* *facts <- those of each trial of a rung that n places may go on to; as the journal has it. */
SPX_CHECKED spx_status tune_plan_rung(tuner *t, size_t rung, const tune_costs *c,
                                      const tune_place *p, size_t n, size_t *facts, spx_error *err);

#endif
