/* spx/stage.h: one checkpoint of a comparison, its tensors decomposed when they are first asked for.
 */
#ifndef SPX_STAGE_H
#define SPX_STAGE_H

#include "spx/items.h"
#include "spx/pairing.h"
#include "spx/sources.h"
#include "spx/svd.h"

/* Tensor i of a stage stands for tensor i of the base. Start from {0}. */
typedef struct spx_stage {
    spx_source from;
    spx_ckpt *ckpt;
    const spx_tensor **tensor; /* n; NULL where there is none, or none of that shape */
    spx_svd *svd;              /* n; r = 0 until asked for */
    size_t n;
    spx_notify *notify; /* told what cannot be compared */
    spx_scratch memory;
} spx_stage;

/* How much of a matrix is dominant, and so how many triplets are computed. */
typedef struct spx_dominance {
    size_t k;   /* that many directions, or if 0 ... */
    double tau; /* ... as many as hold this share of the sum of values */
} spx_dominance;

/* Opens from->path as the base: the tensors that `keep` says yes to, in natural order.
 * SPX_ENOTFOUND if there is none. */
SPX_CHECKED spx_status spx_stage_open_base(spx_stage *s, const spx_source *from,
                                           spx_tensor_keep *keep, spx_notify *notify,
                                           spx_error *err);
/* Opens from->path as a later stage of `base`. What cannot be compared is warned of, the first
 * three of a kind by name and how many more there are: tensors missing here, of another shape, or,
 * if `keep` says yes to them, in none of the base; a stage of a run file holds the edited ones
 * only, so none is missing there. *odd counts them. */
SPX_CHECKED spx_status spx_stage_open(spx_stage *s, const spx_source *from, const spx_stage *base,
                                      spx_tensor_keep *keep, size_t *odd, spx_error *err);
void spx_stage_close(spx_stage *s);

/* Tensor i as a matrix like the base's; freed with spx_mat_free. */
SPX_CHECKED spx_status spx_stage_matrix(const spx_stage *s, const spx_stage *base, size_t i,
                                        spx_mat *W, spx_error *err);
/* Its decomposition, with as many triplets as a comparison of its own dominant directions needs
 * and at least `least`; kept. */
SPX_CHECKED spx_status spx_stage_svd(spx_stage *s, size_t i, const spx_mat *W,
                                     const spx_dominance *d, size_t least, spx_error *err);

/* Tensors of the first stage as groups of work items: m n values and, of m >= n, m n^2 operations.
 * The arrays live in tmp. */
SPX_CHECKED spx_status spx_stage_groups(const spx_stage *s, spx_items *out, spx_scratch *tmp,
                                        spx_error *err);

#endif
