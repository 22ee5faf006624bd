/* spx/evaluate.h: evaluates a checkpoint, or a stage on its model, in one process or several. */
#ifndef SPX_EVALUATE_H
#define SPX_EVALUATE_H

#include "spx/items.h"
#include "spx/metrics.h"

/* What is evaluated, and how. Everything that it points to is borrowed. */
typedef struct spx_evaluation {
    const spx_items_host *host; /* the program: its communicator, output and messages */
    const char *checkpoint;     /* a whole checkpoint, or a stage of `model` */
    const char *model;          /* the model that a stage was edited from, or NULL */
    const char *unedited;       /* of a whole checkpoint, the model before editing, or NULL */
    const char *shard;          /* the argument of --shard, or NULL */
    spx_facts_opts which; /* the facts to read; notify is told of contradictions in the files of
                                   the model, too */
    const spx_eval_plan *plan; /* .facts_name is the file to read them from; .facts is not used */
    /* Called once, on rank 0, with the results on the unedited model and on the edited one. */
    spx_status (*say)(const spx_results *before, const spx_results *out, spx_error *err);
} spx_evaluation;

/* Opens the models, reads the plan's files, evaluates and calls x->say. One process without a run
 * file runs the model at once; otherwise the batches are items (spx/items.h), which processes share
 * and a run file keeps. A shard only keeps its items. Statuses are those of spx_eval_new,
 * spx_eval_run, spx_items_run and of opening the checkpoints. */
SPX_CHECKED spx_status spx_evaluate(const spx_evaluation *x, spx_error *err);

/* Adds the files that a plan reads to an identity (spx_describe_input). */
SPX_CHECKED spx_status spx_describe_plan(spx_bytes *identity, const spx_eval_plan *plan,
                                         spx_error *err);

#endif
