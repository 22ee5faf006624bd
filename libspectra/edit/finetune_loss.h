/* finetune_loss.h: the loss of facts under a change of one FFN output projection, and its gradient;
 * Adam and the clamp are in finetune.c. */
#ifndef SPX_EDIT_FINETUNE_LOSS_H
#define SPX_EDIT_FINETUNE_LOSS_H

#include "spx/finetune.h"

/* Rows are those of the facts' bare prompts, with the first target tokens where they are given. */
typedef struct finetune_loss {
    const spx_model *model;
    const spx_prompts *prompts;
    const spx_finetune_opts *opts;
    size_t d, f;
    size_t *start;   /* facts + 1: where the rows of each fact begin */
    size_t *order;   /* facts: a permutation, the caller's to change; first the identity */
    float *x0, *key; /* rows x d, rows x f: the layer's output without the change, and the input of
                        its projection; constants */
    float *change;   /* d x f: dW in float */
    float *partial;  /* d x f: the gradient of one slice */
    size_t slice;    /* rows run at once */
    size_t *shifted; /* facts + 1: where the facts of a slice begin, from 0 */
    size_t *row;     /* rows of a slice whose logits count */
    float *x, *dx, *logits, *slice_key; /* of the rows of a slice */
    spx_tape *tape;
} finetune_loss;

/* Takes memory for all facts of p and runs the pass that fills the constants. */
SPX_CHECKED spx_status finetune_loss_open(finetune_loss *t, const spx_model *m,
                                          const spx_prompts *p, const spx_finetune_opts *o,
                                          spx_error *err);
void finetune_loss_close(finetune_loss *t);

/* Mean loss of facts order[first .. first + n - 1] at dW, and its gradient (d x f). */
SPX_CHECKED spx_status finetune_loss_at(finetune_loss *t, size_t first, size_t n, const spx_mat *dW,
                                        double *loss, spx_mat *gradient, spx_error *err);

#endif
