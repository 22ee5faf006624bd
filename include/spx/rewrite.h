/* spx/rewrite.h: new values of a checkpoint's tensors being gathered, to be written as a checkpoint. */
#ifndef SPX_REWRITE_H
#define SPX_REWRITE_H

#include "spx/export.h"
#include "spx/pairing.h"

/* Start with spx_rewrite_open; spx_rewrite_close at the end, whatever happened. */
typedef struct spx_rewrite {
    const spx_ckpt *into; /* borrowed */
    spx_notify *notify;   /* told what layouts are undone; may be NULL */
    const char *dtype;    /* of what is replaced, see spx_tensor_new_dtype */
    spx_replacement *at;  /* room for every tensor of `into` */
    size_t n;
    spx_scratch memory;
} spx_rewrite;

SPX_CHECKED spx_status spx_rewrite_open(spx_rewrite *r, const spx_ckpt *into, const char *dtype,
                                        spx_error *err);
void spx_rewrite_close(spx_rewrite *r);

/* The tensor of `into` that stands for `edited`, of another checkpoint or (from NULL) of a run.
 * SPX_ENOTFOUND; SPX_ESHAPE; SPX_EUNSUP where it is not known how its values lie there. */
SPX_CHECKED spx_status spx_rewrite_target(const spx_rewrite *r, const spx_ckpt *from,
                                          const spx_tensor *edited, const spx_tensor **out,
                                          spx_error *err);
/* t, of `into`, gets the values of W, outputs x inputs, kept here as floats laid out as t is
 * stored. SPX_EINVAL if it has got others already. */
SPX_CHECKED spx_status spx_rewrite_add(spx_rewrite *r, const spx_tensor *t, const spx_mat *W,
                                       spx_error *err);
/* What stands for `edited` gets its values. */
SPX_CHECKED spx_status spx_rewrite_take(spx_rewrite *r, const spx_ckpt *from,
                                        const spx_tensor *edited, spx_error *err);

/* `into` with what was gathered, to the checkpoint `output`. */
SPX_CHECKED spx_status spx_rewrite_write(const spx_rewrite *r, const char *output, spx_error *err);
/* All tensors of a checkpoint, such as RUN.h5#STAGE, in place of a model's. */
SPX_CHECKED spx_status spx_rewrite_stage(const char *stage, const char *model, const char *dtype,
                                         const char *output, spx_error *err);

#endif
