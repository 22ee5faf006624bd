/* batch.h: facts that are edited together, while their layers are written. */
#ifndef SPX_RUN_BATCH_H
#define SPX_RUN_BATCH_H

#include "run/session.h"

#include "spx/keys.h"

typedef struct batch {
    session *s;
    round_report *report;
    double clock; /* when time was last charged to the report */
    const spx_fact *fact;
    spx_prompts prompts;
    spx_mat *Z;             /* one a layer, d x facts: its targets, or {0} before they are found */
    size_t *chosen;         /* facts that are written in this pass, ascending */
    size_t n;               /* how many of them */
    spx_deferred *deferred; /* one a layer; NULL for editors that do not defer */
    spx_mat *tokens;        /* simie: one a layer, the keys of all tokens; or NULL */
    float **before;         /* simie: one a layer, the weight before the batch; or NULL */
    double *gap;            /* one a fact: its residual when `left` began to be measured */
    double *left;           /* one a layer: mean share of it after the layer's write; NaN before */
} batch;

/* Adds the seconds since the last call to one of the report's times. */
void batch_charge(batch *b, double *seconds);
/* Adds what a search, or training, reached to the report of the round. searches: of this batch. */
void batch_report(batch *b, const spx_target_report *found, size_t searches);

/* Filters dW, adds what is left to the weight and stages it for the ledger. K: keys of the written
 * facts, or NULL. */
SPX_CHECKED spx_status batch_write(batch *b, edited_matrix *e, spx_update *dW, const spx_mat *K,
                                   spx_error *err);

/* simie.c, where the run has it: from the original weights on, ... */
SPX_CHECKED spx_status simie_begin(batch *b, spx_error *err);
/* ... and back to those before the batch, changed by what is carried over. */
SPX_CHECKED spx_status simie_end(batch *b, spx_error *err);
void simie_close(batch *b);

/* batch_targets.c: the targets that are known before the first layer is written. */
SPX_CHECKED spx_status batch_find_targets(batch *b, spx_error *err);
/* Those of the i-th layer, where the rule searches them once the earlier layers are written. */
SPX_CHECKED spx_status batch_find_late(batch *b, size_t i, spx_error *err);
/* The layer whose targets the i-th one is written for. */
size_t batch_aim(const batch *b, size_t i);

/* batch_left.c: how much of the residual is left. before: about to write the i-th layer, at whose
 * input keys stand. */
SPX_CHECKED spx_status batch_left_before(batch *b, size_t i, spx_keys *keys, spx_error *err);
SPX_CHECKED spx_status batch_left_after(batch *b, size_t i, spx_keys *keys, spx_error *err);
/* The mean of size / gap over the n facts that had anything to gain; NaN if none had. */
double batch_mean_left(const double *size, const double *gap, size_t n);

#endif
