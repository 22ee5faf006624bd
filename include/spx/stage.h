/* spx/stage.h: one checkpoint of a comparison, whose tensors are decomposed when first needed. */
#ifndef SPX_STAGE_H
#define SPX_STAGE_H

#include "spx/items.h"
#include "spx/pairing.h"
#include "spx/sources.h"
#include "spx/svd.h"

/* How much of a matrix is dominant. */
typedef struct spx_dominance {
    size_t k;   /* that many directions; 0: ... */
    double tau; /* ... as many as hold this share of the sum of values, in (0, 1] */
} spx_dominance;

/* The number of dominant directions among r singular values: k, or k(tau) (spx_spectrum_k). */
size_t spx_dominant_directions(const spx_dominance *d, const double *s, size_t r);

/**
 * The decomposition that measuring asks for: all values of W and, of a base (d not NULL), the
 * triplets that a comparison of its dominant directions needs (spx_subspace_reach); in any case at
 * least `least` triplets, but none of a matrix of zeros.
 * @param[out] out  freed with spx_svd_free.
 * @return those of spx_svd_compute.
 */
SPX_CHECKED spx_status spx_stage_decompose(const spx_mat *W, const spx_dominance *d, size_t least,
                                           spx_svd *out, spx_error *err);

/* A checkpoint; its tensor i stands for tensor i of the base. Start from {0}. */
typedef struct spx_stage {
    spx_source from;
    spx_ckpt *ckpt;
    const spx_tensor **tensor; /* n; NULL where there is none, or none of that shape */
    spx_svd *svd;              /* n; r = 0 until spx_stage_svd */
    size_t n;
    spx_notify *notify; /* told what cannot be compared */
    spx_scratch memory;
} spx_stage;

/* Opens from->path as the base: the tensors that `keep` accepts, in natural order of their names.
 * Close with spx_stage_close, after a failure too. */
SPX_CHECKED spx_status spx_stage_open_base(spx_stage *s, const spx_source *from,
                                           spx_tensor_keep *keep, spx_notify *notify,
                                           spx_error *err);

/**
 * Opens from->path as a later stage of `base`. Warns of what cannot be compared, naming the first
 * three of each kind and counting the rest: tensors missing here, of another shape, or accepted by
 * `keep` but absent from the base. A stage of a run file holds edited tensors only, so nothing
 * counts as missing from it.
 * @param[in,out] odd  their number is added to it.
 * @return SPX_OK; SPX_ESHAPE by spx_models_alike; those of spx_source_open.
 */
SPX_CHECKED spx_status spx_stage_open(spx_stage *s, const spx_source *from, const spx_stage *base,
                                      spx_tensor_keep *keep, size_t *odd, spx_error *err);
void spx_stage_close(spx_stage *s);

/* Tensor i as a matrix in the base's order of values; freed with spx_mat_free. Errors name file and
 * tensor. */
SPX_CHECKED spx_status spx_stage_matrix(const spx_stage *s, const spx_stage *base, size_t i,
                                        spx_mat *W, spx_error *err);

/* Makes s->svd[i] what spx_stage_decompose gives for W, tensor i of s; one that is there already is
 * kept if it has enough triplets. Errors name file and tensor. */
SPX_CHECKED spx_status spx_stage_svd(spx_stage *s, size_t i, const spx_mat *W,
                                     const spx_dominance *d, size_t least, spx_error *err);

/*
 * The tensors of a base, over stages in their order, as work items (items.h): the group is the
 * tensor, the pass is stage * turns + turn. A tool's object for its items begins with one of these,
 * so that spx_items.arg points to both.
 */
typedef struct spx_stage_work {
    const spx_source *base;   /* what the stages are compared with; NULL: the first of them */
    const spx_source *stages; /* n */
    size_t n, turns;          /* turns >= 1: passes of each stage */
    spx_tensor_keep *keep;
    const spx_stage *first; /* opened from base, or from the first stage */
} spx_stage_work;

/* Which stage, turn and tensor an item is of. */
typedef struct spx_stage_item {
    size_t stage, turn, tensor;
} spx_stage_item;
spx_stage_item spx_stage_item_of(const spx_stage_work *w, size_t item);

/* Fills in groups, passes, cost (m n min(m, n) operations), values (m n), describe, name and arg of
 * x; the arrays live in tmp. */
SPX_CHECKED spx_status spx_stage_items(spx_stage_work *w, spx_items *x, spx_scratch *tmp,
                                       spx_error *err);

#endif
