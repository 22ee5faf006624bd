/* finetune_loss.h: the loss of a batch of facts under a change of one FFN output projection, and its
 * gradient; Adam and the clamp are in finetune.c. */
#ifndef SPX_EDIT_TUNING_H
#define SPX_EDIT_TUNING_H

#include "spx/finetune.h"

typedef struct tuning {
    const spx_model *model;
    const spx_prompts *prompts;
    const spx_finetune_opts *opts;
    size_t d, f;
    size_t
        *start; /* facts + 1: rows of each fact's bare prompt, with the target's head if forced */
    float *x0, *key; /* rows x d, rows x f: constants behind the layer and before its projection */
    float *change;   /* d x f: dW in float */
    float *partial;  /* d x f: the gradient of one slice */
    size_t slice;    /* rows run at once */
    size_t *shifted; /* facts + 1: a slice's starts, from 0 */
    size_t *row;     /* rows whose logits count */
    float *x, *dx, *logits;
    spx_tape *tape;
} tuning;

/* Memory for all facts of p and the pass that fills the constants. */
SPX_CHECKED spx_status tuning_open(tuning *t, const spx_model *m, const spx_prompts *p,
                                   const spx_finetune_opts *o, spx_error *err);
void tuning_close(tuning *t);

/* Mean loss of facts first .. first + n - 1 at dW, and its gradient (d x f). */
SPX_CHECKED spx_status tuning_step(tuning *t, size_t first, size_t n, const spx_mat *dW,
                                   double *loss, spx_mat *gradient, spx_error *err);

#endif
