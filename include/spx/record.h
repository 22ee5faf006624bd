/* spx/record.h: where a run file keeps what is measured of a matrix at a stage. */
#ifndef SPX_RECORD_H
#define SPX_RECORD_H

#include "spx/change.h"
#include "spx/store.h"
#include "spx/subspace.h"

/* Group "tensors/<tensor>", along the stage axis: sigma (stage x sv), svd_residual and every metric
 * of spx_spectrum_measure at tau. `stage` has been added to the store. */
SPX_CHECKED spx_status spx_record_spectrum(spx_store *store, const char *tensor, size_t stage,
                                           const spx_svd *f, double tau, spx_error *err);
/* In the same group: every metric of a comparison, every row (stage x direction) where there are
 * any, and beside each what rounding alone may give (spx/nullband.h), under its name with _null. */
SPX_CHECKED spx_status spx_record_subspace(spx_store *store, const char *tensor, size_t stage,
                                           const spx_subspace *c, const spx_subspace *null,
                                           spx_error *err);
/* In the same group: every metric of a change and change_sigma (stage x sv). */
SPX_CHECKED spx_status spx_record_change(spx_store *store, const char *tensor, size_t stage,
                                         const spx_change *c, spx_error *err);
/* change_map (stage x cell): spx_change_map's SPX_DECILES x SPX_DECILES shares, row by row; the
 * protected block is the first k of r directions on both sides. */
SPX_CHECKED spx_status spx_record_map(spx_store *store, const char *tensor, size_t stage,
                                      const double *map, spx_error *err);
/* overlaps_u, overlaps_v (stage x pair): spx_subspace_overlaps of the base's K dominant directions
 * with the stage's, each K x K row by row: (k, l) at K (k - 1) + l - 1. */
SPX_CHECKED spx_status spx_record_overlaps(spx_store *store, const char *tensor, size_t stage,
                                           const spx_mat *u, const spx_mat *v, spx_error *err);
/* Group "snapshots/<stage>": the weight itself in float, rows x cols, replaced if it is there. */
SPX_CHECKED spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                                         const float *w, size_t rows, size_t cols, spx_error *err);

#endif
