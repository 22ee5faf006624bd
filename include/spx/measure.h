/* spx/measure.h: one tensor of a later stage measured against the same of an earlier one. */
#ifndef SPX_MEASURE_H
#define SPX_MEASURE_H

#include "spx/change.h"
#include "spx/stage.h"
#include "spx/store.h"
#include "spx/subspace.h"

typedef struct spx_measure_opts {
    spx_dominance dominant;
    bool maps; /* fill map and overlaps */
} spx_measure_opts;

typedef struct spx_measured {
    spx_subspace subspace, null;
    spx_change change;
    const spx_svd *now; /* NULL if nothing changed and so nothing was decomposed */
    double map[SPX_DECILES * SPX_DECILES];
    spx_mat overlaps[2]; /* of output and input sides, k x k; {0} without maps */
} spx_measured;

/* Tensor i of b against that of a, both matched with base and in its order of values.
 * SPX_EINVAL for more directions than there are; SPX_ENUMERIC for a matrix of zeros. Errors name
 * file and tensor. *r is freed with spx_measured_free, after an error too; r->now stays b's. */
SPX_CHECKED spx_status spx_stage_measure(spx_stage *a, spx_stage *b, const spx_stage *base,
                                         size_t i, const spx_measure_opts *o, spx_measured *r,
                                         spx_error *err);
void spx_measured_free(spx_measured *r);
/* All of it into group "tensors/<tensor>" (spx/record.h); stage `at` has been added. */
SPX_CHECKED spx_status spx_measured_record(spx_store *store, size_t at, const char *tensor,
                                           const spx_measure_opts *o, const spx_measured *r,
                                           spx_error *err);

#endif
