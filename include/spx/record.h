/* spx/record.h: where a run file keeps what is measured of a matrix at a stage. */
#ifndef SPX_RECORD_H
#define SPX_RECORD_H

#include "spx/store.h"
#include "spx/subspace.h"

/* Group "tensors/<tensor>", along the stage axis: sigma (stage x sv), k(tau), svd_residual and
 * every row of spx_spectrum_metrics. `stage` has been added to the store. */
SPX_CHECKED spx_status spx_record_spectrum(spx_store *store, const char *tensor, size_t stage,
                                           const spx_svd *f, double tau, spx_error *err);
/* In the same group: every row of spx_subspace_metrics, theta_u and theta_v (stage x direction). */
SPX_CHECKED spx_status spx_record_subspace(spx_store *store, const char *tensor, size_t stage,
                                           const spx_subspace *c, spx_error *err);
/* Group "snapshots/<stage>": the weight itself in float, rows x cols, replaced if it is there. */
SPX_CHECKED spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                                         const float *w, size_t rows, size_t cols, spx_error *err);

#endif
