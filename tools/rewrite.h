/* rewrite.h: new values of a checkpoint's tensors being gathered, to be written as a checkpoint. */
#ifndef SPX_TOOLS_REWRITE_H
#define SPX_TOOLS_REWRITE_H

#include "tensors.h"

#include "spx/export.h"

/* Start with rewrite_open; rewrite_close at the end, whatever happened. */
typedef struct rewrite {
    const spx_ckpt *into; /* borrowed */
    const char *dtype;    /* of what is replaced, see tensors_dtype */
    spx_replacement *at;  /* room for every tensor of `into` */
    size_t n;
    spx_scratch memory;
} rewrite;

SPX_CHECKED spx_status rewrite_open(rewrite *r, const spx_ckpt *into, const char *dtype,
                                    spx_error *err);
void rewrite_close(rewrite *r);

/* The tensor of `into` that stands for `edited`, of another checkpoint or (from NULL) of a run.
 * SPX_ENOTFOUND; SPX_ESHAPE; SPX_EUNSUP where it is not known how its values lie there. */
SPX_CHECKED spx_status rewrite_target(const rewrite *r, const spx_ckpt *from,
                                      const spx_tensor *edited, const spx_tensor **out,
                                      spx_error *err);
/* t, of `into`, gets the values of W, outputs x inputs, kept here as floats laid out as t is
 * stored. SPX_EINVAL if it has got others already. */
SPX_CHECKED spx_status rewrite_add(rewrite *r, const spx_tensor *t, const spx_mat *W,
                                   spx_error *err);
/* What stands for `edited` gets its values. */
SPX_CHECKED spx_status rewrite_take(rewrite *r, const spx_ckpt *from, const spx_tensor *edited,
                                    spx_error *err);

/* `into` with what was gathered, to cli.output. */
SPX_CHECKED spx_status rewrite_write(const rewrite *r, spx_error *err);
/* All tensors of a checkpoint, such as RUN.h5#STAGE, in place of a model's. */
SPX_CHECKED spx_status rewrite_stage(const char *stage, const char *model, const char *dtype,
                                     spx_error *err);

#endif
