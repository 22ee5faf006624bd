/* rewrite.h: new values of a checkpoint's tensors being gathered, to be written as a checkpoint. */
#ifndef SPX_TOOLS_REWRITE_H
#define SPX_TOOLS_REWRITE_H

#include "tensors.h"

#include "spx/export.h"

/* Start with rewrite_open; rewrite_close at the end, whatever happened. */
typedef struct rewrite {
    spx_replacement *at;
    size_t n;
    spx_scratch memory;
} rewrite;

/* Room for every tensor of c. */
SPX_CHECKED spx_status rewrite_open(rewrite *r, const spx_ckpt *c, spx_error *err);
void rewrite_close(rewrite *r);
/* t gets the values of W, outputs x inputs, kept here as floats laid out as t is stored, and the
 * type called `name` (tensors_dtype). */
SPX_CHECKED spx_status rewrite_add(rewrite *r, const spx_tensor *t, const spx_mat *W,
                                   const char *name, spx_error *err);

#endif
