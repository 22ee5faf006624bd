/* spx/pairing.h: which checkpoints and which of their tensors a tool works on. */
#ifndef SPX_PAIRING_H
#define SPX_PAIRING_H

#include "spx/arch.h"
#include "spx/ckpt.h"
#include "spx/names.h"
#include "spx/notify.h"

/* As spx_ckpt_open; a stage of a run whose weights were not kept is rebuilt from its ledger. */
SPX_CHECKED spx_status spx_source_open(const char *path, spx_ckpt **out, spx_error *err);

/* Is t one of two axes that holds weights: not a vector, not integers? */
bool spx_tensor_is_matrix(const spx_tensor *t);
/* Those of c that `keep` says yes to, in natural order of their names. The list lives in tmp. */
typedef bool spx_tensor_keep(const spx_tensor *t);
SPX_CHECKED spx_status spx_tensors_sorted(const spx_ckpt *c, spx_tensor_keep *keep,
                                          const spx_tensor ***list, size_t *n, spx_scratch *tmp,
                                          spx_error *err);

/* Is t meant? By the globs of -t; without any, the FFN output projections of the architecture. */
bool spx_tensors_chosen(const spx_names *globs, const spx_tensor *t);
/* SPX_ENOTFOUND naming the checkpoint if it has no tensor that is meant; SPX_ESHAPE if none of
 * those is a matrix. */
SPX_CHECKED spx_status spx_tensors_some(const spx_names *globs, const spx_ckpt *c, spx_error *err);

/* A tensor of two axes as a matrix, outputs x inputs whatever the file's orientation; freed with
 * spx_mat_free. SPX_ESHAPE for another number of axes. Errors name the tensor. */
SPX_CHECKED spx_status spx_tensor_oriented(const spx_tensor *t, spx_mat *out, spx_error *err);

/* The type in which new values of t are written: the one called `name`, else t's own where values
 * can be written in it, else F16. SPX_EINVAL for an unknown name. */
SPX_CHECKED spx_status spx_tensor_new_dtype(const spx_tensor *t, const char *name, spx_dtype *out,
                                            spx_error *err);

/* What stands for t in another checkpoint: the tensor of its name, else the one in the same place
 * of the architecture (blk.6.ffn_down, model.layers.6.mlp.down_proj); NULL if there is none. */
const spx_tensor *spx_counterpart(const spx_ckpt *c, const spx_tensor *t);

/* Are the two the same bytes under one name? Then so are their values. */
bool spx_tensors_identical(const spx_tensor *t, const spx_tensor *u);

/* What must be done to the values of a tensor to compare them with its counterpart's: one of a GGUF
 * and one of Hugging Face's file may differ in layout and orientation. */
typedef struct spx_tensor_order {
    spx_layout layout;
    bool to_gguf;      /* or from it */
    bool turned;       /* one is stored in x out, the other out x in */
    size_t heads;      /* of the layout */
    size_t head_width; /* rows of a head */
} spx_tensor_order;
/* How values of t come into the order of base; notes what is undone, once a kind of layout. */
spx_tensor_order spx_tensor_order_like(const spx_ckpt *c, const spx_tensor *t,
                                       const spx_ckpt *base_file, const spx_tensor *base,
                                       spx_notify *notify);
/* Rows [r0, r0 + rows) of t as base has them, widened; order.turned does not matter here. A tensor
 * of one axis counts as one row. */
void spx_tensor_read_like(const spx_tensor_order *order, const spx_tensor *t, size_t r0,
                          size_t rows, double *out);
/* The counterpart t of `base` as a matrix like it: outputs x inputs, values in the order of base.
 */
SPX_CHECKED spx_status spx_tensor_oriented_like(const spx_ckpt *c, const spx_tensor *t,
                                                const spx_ckpt *base_file, const spx_tensor *base,
                                                spx_mat *out, spx_error *err);

#endif
