/* spx/metrics.h: evaluating a model: metrics with intervals, plans, and runs, whole or in units. */
#ifndef SPX_METRICS_H
#define SPX_METRICS_H

#include "spx/bytes.h"
#include "spx/facts.h"
#include "spx/journal.h"
#include "spx/metric_families.h"
#include "spx/model.h"
#include "spx/store.h"
#include "spx/tokenizer.h"

#include <stdint.h>

/*
 * One number with its 95 % interval and the number of items that it comes from. Means of items that
 * are right or wrong get a Wilson score interval (Wilson 1927); everything else the 2.5 and 97.5
 * percentiles of 1,000 bootstrap resamples of the items (Efron 1979), drawn with the plan's seed.
 * The interval is NaN if there is only one item. spx/metric_families.h defines each metric.
 */
typedef struct spx_metric {
    const spx_quantity *q; /* static */
    const char *set;       /* base name of the file; borrowed from the plan */
    double value, lo, hi;  /* in q->units */
    size_t items;
} spx_metric;

/* Every quantity that an evaluation may measure; NULL past the last. */
const spx_quantity *spx_eval_metric(size_t i);

/* The value of one item: a record, a passage, a window. The items of two models pair by metric, set
 * and item (spx/paired.h). */
typedef struct spx_item {
    const spx_quantity *q;
    const char *set;
    long item; /* the record's id or place */
    double value;
} spx_item;

/* Start from {0}; grows with every evaluation; free with spx_results_free. */
typedef struct spx_results {
    spx_metric *metric;
    spx_item *item;
    size_t metrics, items, metric_room, item_room;
} spx_results;
void spx_results_free(spx_results *r);
/* Adds the results to bytes; an item's metric must be among them. *out <- results that were packed,
 * whose sets are borrowed from `from`. SPX_EFORMAT if something is missing, left over or unknown.
 */
SPX_CHECKED spx_status spx_results_pack(const spx_results *r, spx_bytes *out, spx_error *err);
SPX_CHECKED spx_status spx_results_unpack(const spx_bytes *from, spx_results *out, spx_error *err);
/* The same to item `item` of a journal, and of an item that is there, by way of `texts`. */
SPX_CHECKED spx_status spx_results_keep(const spx_results *r, spx_journal *kept, size_t item,
                                        spx_error *err);
SPX_CHECKED spx_status spx_results_recall(const spx_journal *kept, size_t item, spx_bytes *texts,
                                          spx_results *out, spx_error *err);

/* What is measured. Everything that it points to is borrowed while the evaluation lives. */
typedef struct spx_eval_plan {
    const spx_facts *facts; /* or NULL */
    const char *facts_name; /* the file that they are from */
    bool generate;          /* facts: free text about the subjects too */
    const char *references; /* texts to compare it with (attribute_snippets.json), or NULL */
    bool answers;           /* facts: answers in free text, beside the target */
    size_t drift;           /* facts: prompts of other subjects, at most so many, whose next tokens
                               are compared with the unedited model's; 0: none */
    const spx_eval_task *task;
    size_t tasks;
    uint64_t seed; /* of the bootstrap and of free text */
    bool skip_bad; /* leave malformed records out; "skipped" counts them by file */
} spx_eval_plan;

/* A prepared evaluation: texts are read and tokenised once and used for many models and stages. */
typedef struct spx_eval spx_eval;

/* Reads and tokenises every file of the plan. SPX_EINVAL for an unknown family, too few records or
 * tokens; SPX_EFORMAT for a malformed record, by file, place and id. Free with spx_eval_free. */
SPX_CHECKED spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t,
                                    spx_eval **out, spx_error *err);
void spx_eval_free(spx_eval *e);
/* Malformed records left out of the files of its tasks; 0 for NULL. */
size_t spx_eval_skipped(const spx_eval *e);

/* Measures the facts, then the tasks in order, on a model, and appends to out. SPX_EINVAL if a text
 * is longer than the model's context, or if spx_eval_compares and the unedited model was not asked;
 * SPX_ENOMEM. Cost: one forward row for each distinct token
 * position (prompts that share a beginning share its rows), and the output head at each target. */
SPX_CHECKED spx_status spx_eval_run(const spx_eval *e, const spx_model *m, spx_results *out,
                                    spx_error *err);
/* True if the plan has what cannot be measured before spx_eval_unedited: drift. */
bool spx_eval_compares(const spx_eval *e);
/* Asks the model before it is edited what metrics compare with it: appends those of zsRE facts and
 * of probes to out, and keeps the answers for their locality; keeps the logits for the drift, 4
 * bytes a prompt and word of the vocabulary. Otherwise does nothing. */
SPX_CHECKED spx_status spx_eval_unedited(spx_eval *e, const spx_model *m, spx_results *out,
                                         spx_error *err);
/* Measures `count` facts alone; `index` holds their places in the plan's facts. */
SPX_CHECKED spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index,
                                      size_t count, spx_results *out, spx_error *err);

/*
 * The same in units, for several processes. A unit is a packed batch of questions. Its members do
 * not depend on the number of processes, so that the last bits of the answers, and of sums over
 * them in order, are those of one process: list the units, answer each anywhere, join.
 */
typedef struct spx_eval_unit {
    size_t part; /* 0: the unedited model; 1: the facts; 2 and up: the tasks */
    size_t at;   /* its place in the part */
    double cost; /* tokens that pass through the model */
} spx_eval_unit;

/* Lists all units, those of part 0 only if `unedited`. Does not run the model. Free *out with
 * spx_free. */
SPX_CHECKED spx_status spx_eval_units(const spx_eval *e, const spx_model *m, bool unedited,
                                      spx_eval_unit **out, size_t *n, spx_error *err);
/* Runs the model on one unit and appends its answers to out. */
SPX_CHECKED spx_status spx_eval_answer(const spx_eval *e, const spx_model *m,
                                       const spx_eval_unit *unit, spx_bytes *out, spx_error *err);
/* Sets *out to read the answers of unit `unit`; they are borrowed until the next call. */
typedef spx_status spx_eval_given(size_t unit, spx_reader *out, void *arg, spx_error *err);
/* Appends to `before` what spx_eval_unedited would (NULL: the units have no part 0), and to out
 * what spx_eval_run would. Does not run the model. SPX_EFORMAT if the answers are to other
 * questions. */
SPX_CHECKED spx_status spx_eval_join(spx_eval *e, const spx_model *m, spx_eval_given *given,
                                     void *arg, spx_results *before, spx_results *out,
                                     spx_error *err);

/* Writes every metric of r to group "evaluation" of a run file under its name, with its interval
 * (_lo, _hi) and its number of items (_items), and the outcomes of items that are right or wrong to
 * group "item_outcomes" (spx/item_outcomes.h). Of a metric measured on several sets, the last one
 * remains. */
SPX_CHECKED spx_status spx_record_evaluation(spx_store *store, size_t stage, const spx_results *r,
                                             spx_error *err);

#endif
