/* spx/history.h: the singular values of every tensor at stage after stage, computed again only where
 * its bytes have changed. */
#ifndef SPX_HISTORY_H
#define SPX_HISTORY_H

#include "spx/stage.h"

/* All stages of a call, tensor i of each standing for tensor i of the first. */
typedef struct spx_history spx_history;

/* stages there will be, >= 1; opts: of every decomposition, copied. */
SPX_CHECKED spx_status spx_history_new(size_t stages, const spx_svd_opts *opts, spx_history **out,
                                       spx_error *err);
void spx_history_free(spx_history *h);

/* Where stage t is to be opened, the first before any is measured; closed by spx_history_close or
 * spx_history_free. */
spx_stage *spx_history_stage(spx_history *h, size_t t);

/* To be called once the first stage is open. */
SPX_CHECKED spx_status spx_history_begin(spx_history *h, spx_error *err);

/**
 * Decomposes tensor i of stage t, after the stages before; several tensors may be measured at once,
 * stages in order.
 * One whose bytes are those of the stage before has the same values. One that has changed is
 * decomposed afresh: following the change (spx/series.h) takes longer at orders 576 and 1024, by
 * `bench_svd follow`.
 * @param[out] out  values and measured residual, without vectors; until the next stage's.
 */
SPX_CHECKED spx_status spx_history_measure(spx_history *h, size_t t, size_t i, const spx_svd **out,
                                           spx_error *err);

/* Stage t has been measured: closes what no later stage starts from, but for the first, with which
 * all are matched. */
void spx_history_close(spx_history *h, size_t t);

#endif
