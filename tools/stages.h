/* stages.h: one checkpoint of a comparison, its tensors decomposed when they are first asked for.
 */
#ifndef SPX_TOOLS_STAGES_H
#define SPX_TOOLS_STAGES_H

#include "items.h"
#include "sources.h"
#include "tensors.h"

#include "spx/svd.h"

/* Tensor i of a stage stands for tensor i of the base. Start from {0}. */
typedef struct stage {
    source from;
    spx_ckpt *ckpt;
    const spx_tensor **tensor; /* n; NULL where there is none, or none of that shape */
    spx_svd *svd;              /* n; r = 0 until asked for */
    size_t n;
    spx_scratch memory;
} stage;

/* How much of a matrix is dominant, and so how many triplets are computed. */
typedef struct dominance {
    size_t k;   /* that many directions, or if 0 ... */
    double tau; /* ... as many as hold this share of the sum of values */
} dominance;

/* Opens from->path as the base: the tensors that `keep` says yes to, in natural order.
 * SPX_ENOTFOUND if there is none. */
SPX_CHECKED spx_status stage_open_base(stage *s, const source *from, tensors_keep *keep,
                                       spx_error *err);
/* Opens from->path as a later stage of `base`. What cannot be compared is said on stderr, the first
 * three of a kind by name and how many more there are: tensors missing here, of another shape, or,
 * if `keep` says yes to them, in none of the base; a stage of a run file holds the edited ones
 * only, so none is missing there. *odd counts them. */
SPX_CHECKED spx_status stage_open(stage *s, const source *from, const stage *base,
                                  tensors_keep *keep, size_t *odd, spx_error *err);
void stage_close(stage *s);

/* Tensor i as a matrix like the base's; freed with spx_mat_free. */
SPX_CHECKED spx_status stage_matrix(const stage *s, const stage *base, size_t i, spx_mat *W,
                                    spx_error *err);
/* Its decomposition, with as many triplets as a comparison of its own dominant directions needs
 * and at least `least`; kept. */
SPX_CHECKED spx_status stage_svd(stage *s, size_t i, const spx_mat *W, const dominance *d,
                                 size_t least, spx_error *err);

/* Tensors of the first stage as groups of work items: m n values and, of m >= n, m n^2 operations.
 * The arrays live in tmp. */
SPX_CHECKED spx_status stage_groups(const stage *s, items *out, spx_scratch *tmp, spx_error *err);

#endif
