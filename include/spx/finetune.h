/* spx/finetune.h: fine-tuning of one layer's FFN output projection, the baseline FT and its kin. */
#ifndef SPX_FINETUNE_H
#define SPX_FINETUNE_H

#include "spx/model.h"
#include "spx/prompts.h"

/* What is minimised: the mean over the facts of a batch, each the mean over its target's tokens. */
typedef enum spx_finetune_loss {
    SPX_FINETUNE_LAST, /* -log p of every target token, all read behind the prompt's last token and
                        * none of them shown to the model: FT and FT-L as published */
    SPX_FINETUNE_FORCED, /* cross-entropy of the target with its earlier tokens given: FT-M */
} spx_finetune_loss;

typedef struct spx_finetune_opts {
    size_t layer;
    spx_finetune_loss loss;
    double lr;     /* of Adam, betas .9 and .999, eps 1e-8, no weight decay */
    size_t epochs; /* passes over the facts at most */
    size_t batch;  /* facts a step */
    double stop;   /* a batch whose loss is below takes no step; an epoch whose mean is, the last */
    double clamp;  /* most that an entry may change: FT-L's eps; 0: no bound */
    size_t rows;   /* positions run at once: bounds memory, about 0.5 MB each; 0: 512 */
} spx_finetune_opts;

typedef struct spx_finetune_report {
    double loss;          /* mean of the last epoch, before each of its steps; nats a token */
    size_t epochs, steps; /* begun; steps of Adam */
} spx_finetune_report;

/**
 * dW that lowers the loss of the bare prompts (context 0) when added to the layer's FFN output
 * projection W; the model is not written.
 *
 * A row's residual stream behind the layer is x + dW k, with x and k (the FFN's input there) fixed,
 * so everything up to the layer runs once. Each step runs only the blocks above, and the gradient
 * is G = sum over rows of dL/dx k^T. Adam as Kingma and Ba 2015, Algorithm 1, then dW is cut to
 * [-clamp, clamp] entry by entry. Facts keep their order; batches are runs of it.
 *
 * @param[out] dW      d_model x d_ff, allocated by the caller; sums in double.
 * @param[out] report  may be NULL.
 * @return SPX_OK; SPX_ENUMERIC if a loss is not finite; SPX_EUNSUP for a family that
 * normalises the FFN's output before adding it (post_norm); SPX_ENOMEM; those of the model.
 *
 * Cost: per epoch, about 4 flops a parameter of the blocks above and a row. Memory: 5 d_model d_ff
 * doubles beside the rows.
 */
SPX_CHECKED spx_status spx_finetune(const spx_model *m, const spx_prompts *p,
                                    const spx_finetune_opts *o, spx_mat *dW,
                                    spx_finetune_report *report, spx_error *err);

#endif
