/* spx/repair.h: what filters of the change between two models leave of the facts that were written
 * and of what the model could do. */
#ifndef SPX_REPAIR_H
#define SPX_REPAIR_H

#include "spx/diagnosis.h"
#include "spx/filtered.h"

/*
 * The rows of a repair are the unedited model, the edited one, and candidates: the edited model
 * with the change of its chosen FFN output projections filtered (spx_filtered_checkpoints), for
 * each value of each sweep. All are evaluated by one plan, in memory; a candidate's weights are
 * floats, which a checkpoint rounds to its type.
 *
 * Each row is a point: x the facts kept, by the ability that is chosen (rewrite_acc, of zsRE's
 * facts zsre_efficacy), y the logarithm of the perplexity.
 *
 * Frontier: the rows that no other is as good as in both and better than in one. Let (x_a, y_a) be
 * the point of the frontier with most facts and (x_b, y_b) that of the least perplexity. The
 * distance of a point of the frontier from the chord between these two, in units of the frontier's
 * extent, is
 *
 *     d = ((x - x_b) / (x_a - x_b) + (y_a - y) / (y_a - y_b) - 1) / sqrt(2)
 *
 * above 0 on the side of more facts and less perplexity. The knee is the row of the largest d, the
 * first of equals, where d > 0. Otherwise it is the one point that the frontier has beside the
 * unedited model, or that model if there is no other point; with several points there is none.
 */

/* The unedited model, the edited one, or a candidate. */
typedef struct spx_repair_row {
    char name[128];                     /* "unedited", "edited", or spx_filter_text of it */
    size_t sweep;                       /* from 1; 0: no candidate */
    const char *filter;                 /* of a candidate, else NULL; as are the next two */
    const spx_filter_param *param;      /* that its sweep is of */
    double at;                          /* the value it has; NaN for none */
    spx_ability ability[SPX_ABILITIES]; /* `before` are those of the edited model, with which items
                                           are paired; `state` is not set */
    size_t abilities;
    spx_behaviour_state behaviour; /* beside the unedited model */
    double kept, perplexity;       /* NaN: not measured */
    bool frontier, knee;
    double distance; /* d; NaN where it is not on the frontier */
} spx_repair_row;

/* Sets frontier, distance and knee of n rows, the first of the unedited model, from kept and
 * perplexity. Rows without both finite, or with a perplexity of 0, are not on the frontier. */
void spx_repair_mark(spx_repair_row *row, size_t n);

/* What is tried. All of it is borrowed. */
typedef struct spx_repair_opts {
    const spx_filtered_opts *filtered; /* but for filter, told and take; dtype is not used */
    const spx_filter_sweep *sweep;
    size_t sweeps;
    const char *kept; /* the ability that counts the facts kept, such as rewrite_success; NULL: as
                         above */
    const spx_eval_plan *plan;
    spx_store *store; /* where spx_repair_run records the rows, a stage each; NULL: nowhere */
    /* A file that keeps what each row found as soon as it is there (spx/journal.h), so that the
     * same call goes on where one ended early; NULL: none. It stays. `identity`: what decides the
     * rows beside the files, in lines. */
    const char *journal, *identity;
    void (*progress)(const char *what, size_t done, size_t total); /* may be NULL */
} spx_repair_opts;

typedef struct spx_repair {
    const char *kept; /* by what the facts kept are counted; "" if by nothing that was measured */
    spx_repair_row *row;
    size_t n;
} spx_repair;
void spx_repair_free(spx_repair *r);

/**
 * Evaluates and marks all rows.
 * @param[in]  base, edited  as of spx_filtered_checkpoints; models that can be run.
 * @param[out] out           free with spx_repair_free.
 *
 * In o->store each row is a stage, whose evaluation is spx_record_evaluation's. Group "repair" has
 * by stage: sweep (0: no candidate), at, frontier, knee, distance, and of each ability of items
 * that are right or wrong NAME_lost, NAME_gained and NAME_p: items right in the edited model alone,
 * in this one alone, and McNemar's exact test of these (paired.h). Its attributes sweep1, sweep2 ..
 * say what was swept, "revive basis=edited tau", and kept by what facts were counted.
 *
 * @return SPX_OK; SPX_ENOTFOUND if o->kept was not measured; SPX_EUNSUP if a tensor that changed is
 * chosen and is not an FFN output projection of the model; those of spx_filtered_checkpoints,
 * spx_lm_open and spx_eval_run.
 */
SPX_CHECKED spx_status spx_repair_run(const char *base, const char *edited,
                                      const spx_repair_opts *o, spx_repair *out, spx_error *err);

#endif
