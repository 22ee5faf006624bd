/* spx/finetune.h: fine-tuning of one FFN output projection: the baselines FT, FT-L, FT-M and
 * LocFT-BF.
 */
#ifndef SPX_FINETUNE_H
#define SPX_FINETUNE_H

#include "spx/model.h"
#include "spx/prompts.h"

#include <stdbool.h>
#include <stdint.h>

/* What is minimised: the mean over a batch of facts of the mean over the tokens of a target. */
typedef enum spx_finetune_loss {
    SPX_FINETUNE_LAST,   /* -log p of every target token, all read after the prompt's last token and
                            none of them shown to the model: FT and FT-L as published */
    SPX_FINETUNE_FORCED, /* cross-entropy of the target with its earlier tokens given: FT-M,
                          * LocFT-BF
                          */
} spx_finetune_loss;

typedef struct spx_finetune_opts {
    size_t layer;
    spx_finetune_loss loss;
    double lr;     /* of Adam, betas .9 and .999, eps 1e-8, no weight decay */
    size_t epochs; /* most passes over the facts */
    size_t batch;  /* facts per step */
    double
        stop; /* a batch whose loss is below takes no step; an epoch whose mean is, is the last */
    bool shuffled; /* every epoch takes the facts in an order of its own: LocFT-BF */
    uint64_t seed; /* of those orders (rng.h, Fisher and Yates) */
    double clamp;  /* largest change of an entry: FT-L's eps; 0: no bound */
    size_t rows;   /* positions run at once: bounds memory, about 0.5 MB each; 0: 512 */
} spx_finetune_opts;

typedef struct spx_finetune_report {
    double loss;          /* mean of the last epoch, before each of its steps; nats per token */
    size_t epochs, steps; /* epochs begun; steps of Adam */
} spx_finetune_report;

/*
 * dW (d_model x d_ff, allocated by the caller) <- the change of the layer's FFN output projection W
 * that lowers the loss of the bare prompts (context 0); the model is not written. report may be
 * NULL.
 *
 * A row of the residual stream after the layer is x + dW k, with x and k (the input of the
 * projection) fixed, so everything up to the layer runs once. Each step runs only the blocks above,
 * and the gradient is G = sum over rows of dL/dx k^T, in double. Adam as Kingma and Ba 2015,
 * Algorithm 1; dW is then cut to [-clamp, clamp] entry by entry. A batch is a run of the
 * facts in their order, or in that of the epoch.
 *
 * SPX_ENUMERIC if a loss is not finite; SPX_EUNSUP for a family that normalises the output of the
 * FFN before adding it (post_norm, such as Gemma 3); SPX_ENOMEM; those of the model.
 * Cost: per epoch, about 4 flops per parameter of the blocks above and row. Memory: 5 d_model d_ff
 * doubles beside the rows.
 */
SPX_CHECKED spx_status spx_finetune(const spx_model *m, const spx_prompts *p,
                                    const spx_finetune_opts *o, spx_mat *dW,
                                    spx_finetune_report *report, spx_error *err);

#endif
