/* spx/evaluate.h: a checkpoint, or a stage on top of its model, evaluated by one process or several. */
#ifndef SPX_EVALUATE_H
#define SPX_EVALUATE_H

#include "spx/items.h"
#include "spx/metrics.h"

typedef struct spx_evaluation {
    const spx_items_host *host;
    const char *checkpoint;
    const char *model;    /* that the checkpoint is a stage of, or NULL */
    const char *unedited; /* the model before editing where the checkpoint is whole, or NULL */
    const char *shard;    /* of --shard, or NULL */
    spx_facts_opts which;
    const spx_eval_plan *plan; /* with the name of a file of facts instead of the facts */
    /* Called with what was measured on the unedited model, and on the edited one. */
    spx_status (*say)(const spx_results *before, const spx_results *out, spx_error *err);
} spx_evaluation;

/* Alone and without a run file the model is asked straight away; otherwise batch by batch, as items
 * (items.h): then it is rank 0 that says something, and nobody does so of a shard. */
SPX_CHECKED spx_status spx_evaluate(const spx_evaluation *x, spx_error *err);

#endif
