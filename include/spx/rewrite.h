/* spx/rewrite.h: new values for the tensors of a checkpoint, gathered and then written. */
#ifndef SPX_REWRITE_H
#define SPX_REWRITE_H

#include "spx/export.h"
#include "spx/pairing.h"

/* Begin with spx_rewrite_open; end with spx_rewrite_close, whatever happened. */
typedef struct spx_rewrite {
    const spx_ckpt *into; /* borrowed */
    spx_notify *notify;   /* told what layouts are undone and what types lose; may be NULL */
    const char *dtype;    /* of what is replaced, see spx_tensor_new_dtype */
    const char *output;   /* NULL: nothing is written */
    spx_replacement *at;  /* room for every tensor of `into` */
    size_t n;
    spx_scratch memory;
} spx_rewrite;

/* `output` may be NULL; SPX_EINVAL if `into` cannot be written there (spx_ckpt_check_output). */
SPX_CHECKED spx_status spx_rewrite_open(spx_rewrite *r, const spx_ckpt *into, const char *dtype,
                                        const char *output, spx_error *err);
void spx_rewrite_close(spx_rewrite *r);

/**
 * Finds the tensor of `into` that stands for `edited`.
 * @param[in] from  the checkpoint of `edited`; NULL: a run.
 * @return SPX_OK; SPX_ENOTFOUND; SPX_ESHAPE; SPX_EUNSUP if the layout of its values there is not
 * known.
 */
SPX_CHECKED spx_status spx_rewrite_target(const spx_rewrite *r, const spx_ckpt *from,
                                          const spx_tensor *edited, const spx_tensor **out,
                                          spx_error *err);

/*
 * Each of these gathers the new values of one tensor of `into`, as floats laid out as it is stored;
 * SPX_EINVAL if it has new values already, SPX_ENUMERIC names a finite value that exceeds float.
 */

/* t, of `into`, gets the values of W, outputs x inputs. */
SPX_CHECKED spx_status spx_rewrite_add(spx_rewrite *r, const spx_tensor *t, const spx_mat *W,
                                       spx_error *err);
/* What stands for the tensor `name` of a run gets the values of W, outputs x inputs. */
SPX_CHECKED spx_status spx_rewrite_add_named(spx_rewrite *r, const char *name, const spx_mat *W,
                                             spx_error *err);
/* What stands for `edited` gets its values. */
SPX_CHECKED spx_status spx_rewrite_take(spx_rewrite *r, const spx_ckpt *from,
                                        const spx_tensor *edited, spx_error *err);

/* Writes `into` with what was gathered as the checkpoint `output` (spx_ckpt_fit, spx_ckpt_write);
 * nothing without an output. */
SPX_CHECKED spx_status spx_rewrite_write(const spx_rewrite *r, spx_error *err);
/* All of it at once: the checkpoint `model` with every tensor of `stage`, such as RUN.h5#STAGE, in
 * place of its own, or with the LoRA adapter `stage` merged into it, written as `output`. */
SPX_CHECKED spx_status spx_rewrite_stage(const char *stage, const char *model, const char *dtype,
                                         const char *output, spx_notify *notify, spx_error *err);

#endif
