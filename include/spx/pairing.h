/* spx/pairing.h: tensors chosen, and paired with their counterparts in another checkpoint. */
#ifndef SPX_PAIRING_H
#define SPX_PAIRING_H

#include "spx/arch.h"
#include "spx/ckpt.h"
#include "spx/names.h"
#include "spx/notify.h"

/* Opens a checkpoint as spx_ckpt_open does; a stage of a run whose weights were not kept is rebuilt
 * from its ledger (spx_ledger_open). */
SPX_CHECKED spx_status spx_source_open(const char *path, spx_ckpt **out, spx_error *err);

/* Passes on what was decided when c was opened (spx_ckpt_note). */
void spx_source_notes(const spx_ckpt *c, spx_notify *notify);

/* True if t has two dimensions and holds weights: not a vector, not integers, not empty, not of a
 * type that is not read. Codes whose values cannot be known, and integers under the name of a
 * weight, count: reading them then refuses, where they would else be passed over. */
bool spx_tensor_is_matrix(const spx_tensor *t);

typedef bool spx_tensor_keep(const spx_tensor *t);
/* The tensors of c that `keep` accepts, in natural order of their names. The list lives in tmp. */
SPX_CHECKED spx_status spx_tensors_sorted(const spx_ckpt *c, spx_tensor_keep *keep,
                                          const spx_tensor ***list, size_t *n, spx_scratch *tmp,
                                          spx_error *err);

/* True if t is chosen: by one of the globs or, without any, as an FFN output projection of an
 * architecture that is known, each expert's among them, a tower's not. */
bool spx_tensors_chosen(const spx_names *globs, const spx_tensor *t);
/* SPX_ENOTFOUND, naming the checkpoint, if none of its tensors is chosen; SPX_ESHAPE if none of
 * those chosen is a matrix; SPX_EUNSUP if its values cannot be read. */
SPX_CHECKED spx_status spx_tensors_some(const spx_names *globs, const spx_ckpt *c, spx_error *err);

/* A tensor as a matrix, outputs x inputs whatever the file's orientation; freed with spx_mat_free.
 * SPX_ESHAPE if it has not two dimensions; those of spx_tensor_matrix. Errors name the tensor. */
SPX_CHECKED spx_status spx_tensor_oriented(const spx_tensor *t, spx_mat *out, spx_error *err);

/* The type in which new values of t are written: the one called `name`; if that is NULL, t's own
 * if values can be written in it, else F16. SPX_EINVAL for an unknown name; SPX_EUNSUP without a
 * name if t is quantised in several tensors. */
SPX_CHECKED spx_status spx_tensor_new_dtype(const spx_tensor *t, const char *name, spx_dtype *out,
                                            spx_error *err);

/* The tensor that stands for t in another checkpoint (spx_ckpt_counterpart); NULL if there is none
 * or two fit equally well. */
const spx_tensor *spx_counterpart(const spx_ckpt *c, const spx_tensor *t);
/* True if t of a has a counterpart in b, *out, for which nothing else of a stands. out may be NULL.
 */
bool spx_counterparts(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                      const spx_tensor **out);
/* SPX_ENOTFOUND: that c has no counterpart of t, or names two that fit equally well. */
SPX_CHECKED spx_status spx_no_counterpart(const spx_ckpt *c, const spx_tensor *t, spx_error *err);

/* True if a tensor and its counterpart have one shape, once both are seen as outputs x inputs. */
bool spx_tensors_same_shape(const spx_tensor *t, const spx_tensor *u);

/* SPX_ESHAPE, naming blocks and width of both, if a and b are two models of different shape: both
 * have FFN output projections, of different numbers of outputs, and none of a's has a counterpart
 * in b with as many. */
SPX_CHECKED spx_status spx_models_alike(const spx_ckpt *a, const spx_ckpt *b, spx_error *err);

/* True if the two have the same name, type and bytes, and so the same values. */
bool spx_tensors_identical(const spx_tensor *t, const spx_tensor *u);

/* What must be undone in the values of a tensor to compare them with its counterpart's: a GGUF and
 * a file of Hugging Face may differ in layout and orientation. */
typedef struct spx_tensor_order {
    spx_layout layout;
    bool to_gguf;      /* the other is the GGUF's; false: this one is */
    bool turned;       /* one is stored inputs x outputs, the other outputs x inputs */
    size_t heads;      /* of the layout */
    size_t head_width; /* rows of a head */
} spx_tensor_order;
/* How values of t come into the order of base. Notes what is undone, once for each kind of layout;
 * notify may be NULL. */
spx_tensor_order spx_tensor_order_like(const spx_ckpt *c, const spx_tensor *t,
                                       const spx_ckpt *base_file, const spx_tensor *base,
                                       spx_notify *notify);
/* Reads rows [r0, r0 + rows) of t as base has them, widened, but as t is stored where order.turned.
 * A tensor of one dimension counts as one row. */
void spx_tensor_read_like(const spx_tensor_order *order, const spx_tensor *t, size_t r0,
                          size_t rows, double *out);
/* The counterpart t of `base` as a matrix like it: outputs x inputs, values in the order of base.
 * Freed with spx_mat_free; statuses of spx_tensor_oriented. */
SPX_CHECKED spx_status spx_tensor_oriented_like(const spx_ckpt *c, const spx_tensor *t,
                                                const spx_ckpt *base_file, const spx_tensor *base,
                                                spx_mat *out, spx_error *err);

#endif
