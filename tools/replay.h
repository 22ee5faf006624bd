/* spx/replay.h: what a tool does with the ledger of a run, without the model. */
#ifndef SPX_TOOLS_LEDGERS_H
#define SPX_TOOLS_LEDGERS_H

#include "cli.h"

#include "spx/filter.h"
#include "spx/store.h"

/* Is a tensor of the ledger meant? By the globs of -t; without any, all are. */
bool spx_ledger_chosen(const spx_names *globs, const char *tensor);
/* Names of all the ledger's tensors; SPX_ENOTFOUND if there is no ledger or none is meant. Free
 * with spx_store_names_free, also on failure. */
SPX_CHECKED spx_status spx_ledger_some(const spx_store *s, const spx_names *globs, char ***names,
                                       size_t *n, spx_error *err);
/* W <- w, row by row without gaps. */
void ledgers_widen(const float *w, spx_mat *W);

/* A run's rounds under other filters. */
typedef struct spx_replay_sweep {
    spx_filter_spec spec; /* tau is taken from the list */
    const double *tau;
    size_t n; /* at least 1 */
    double measure_tau;
    const spx_names *globs;    /* tensors; none: all */
    const char *model, *dtype; /* what the last tau leaves is written into, or NULL */
} spx_replay_sweep;
/* Prints, or with -o RUN.h5 stores as stages, what each tau would have left; with one tau and a
 * model writes the result as a checkpoint. */
SPX_CHECKED spx_status spx_replay(const char *path, const spx_replay_sweep *sweep, spx_error *err);

/* The first-order split over rounds and edits; the worst ten and the check go with it. */
SPX_CHECKED spx_status spx_by_edit(const char *path, double tau, size_t k, const spx_names *globs,
                                   spx_error *err);

#endif
