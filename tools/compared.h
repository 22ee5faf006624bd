/* compared.h: one tensor of a later stage measured against the same of an earlier one. */
#ifndef SPX_TOOLS_COMPARED_H
#define SPX_TOOLS_COMPARED_H

#include "stages.h"

#include "spx/change.h"
#include "spx/store.h"
#include "spx/subspace.h"

typedef struct compared_opts {
    dominance dominant;
    bool maps; /* fill map and overlaps */
} compared_opts;

typedef struct compared {
    spx_subspace subspace, null;
    spx_change change;
    const spx_svd *now; /* NULL if nothing changed and so nothing was decomposed */
    double map[SPX_DECILES * SPX_DECILES];
    spx_mat overlaps[2]; /* of output and input sides, k x k; {0} without maps */
} compared;

/* Tensor i of b against that of a, both matched with base and in its order of values.
 * SPX_EINVAL for more directions than there are; SPX_ENUMERIC for a matrix of zeros. Errors name
 * file and tensor. *r is freed with compared_free, after an error too; r->now stays b's. */
SPX_CHECKED spx_status compared_measure(stage *a, stage *b, const stage *base, size_t i,
                                        const compared_opts *o, compared *r, spx_error *err);
void compared_free(compared *r);
/* All of it into group "tensors/<tensor>" (spx/record.h); stage `at` has been added. */
SPX_CHECKED spx_status compared_record(spx_store *store, size_t at, const char *tensor,
                                       const compared_opts *o, const compared *r, spx_error *err);

#endif
