/* spx/record.h: where a run file keeps the weights of a stage. */
#ifndef SPX_RECORD_H
#define SPX_RECORD_H

#include "spx/store.h"

/* Keeps a weight of rows x cols floats as dataset <tensor> of group "snapshots/<stage>", replacing
 * an earlier one, so that RUN.h5#STAGE opens as a checkpoint (ckpt.h). What is measured of it is
 * recorded by spx_stage_record (measure.h). */
SPX_CHECKED spx_status spx_record_weight(spx_store *store, const char *stage, const char *tensor,
                                         const float *w, size_t rows, size_t cols, spx_error *err);

#endif
