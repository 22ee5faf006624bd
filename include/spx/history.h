/* spx/history.h: the singular values of every tensor at each stage, computed again only where its
 * bytes have changed. */
#ifndef SPX_HISTORY_H
#define SPX_HISTORY_H

#include "spx/stage.h"

/* The stages of a call; tensor i of each stands for tensor i of the first. */
typedef struct spx_history spx_history;

/* stages: their number, >= 1; opts: of every decomposition, copied. Free with spx_history_free. */
SPX_CHECKED spx_status spx_history_new(size_t stages, const spx_svd_opts *opts, spx_history **out,
                                       spx_error *err);
/* Closes what is still open, too; NULL is allowed. */
void spx_history_free(spx_history *h);

/* Where stage t is to be opened, the first one before any is measured. */
spx_stage *spx_history_stage(spx_history *h, size_t t);

/* To be called once the first stage is open. */
SPX_CHECKED spx_status spx_history_begin(spx_history *h, spx_error *err);

/**
 * Decomposes tensor i of stage t, stages in ascending order; several tensors may be measured at
 * once. A tensor with the bytes it had at the last stage that has it keeps its values; one that has
 * changed is decomposed afresh.
 * @param[out] out  values and measured residual, without vectors; valid until the next stage's.
 * @return those of spx_svd_panels.
 */
SPX_CHECKED spx_status spx_history_measure(spx_history *h, size_t t, size_t i, const spx_svd **out,
                                           spx_error *err);

/* Stage t has been measured: closes those up to it whose bytes no later stage is compared with,
 * except the first, to which all are paired. */
void spx_history_close(spx_history *h, size_t t);

#endif
