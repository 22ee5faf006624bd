/* spx/targets.h: the values z that an edited layer should put into the residual stream. */
#ifndef SPX_TARGETS_H
#define SPX_TARGETS_H

#include "spx/model.h"
#include "spx/prompts.h"

/* What z is a value of. */
typedef enum spx_target_site {
    SPX_TARGET_RESIDUAL, /* the residual stream after the block (MEMIT and its relatives) */
    SPX_TARGET_FFN,      /* what the FFN of the block adds to it (ROME's v*) */
} spx_target_site;

typedef struct spx_target_opts {
    size_t layer; /* the block after which delta is added: the last edited one */
    spx_target_site site;
    size_t steps;         /* most forward passes; one Adam step fewer */
    double lr;            /* of Adam, betas .9 and .999, eps 1e-8 */
    double clamp;         /* |delta| <= clamp |h0| */
    double weight_decay;  /* factor of |delta| / |h0|^2 */
    double kl;            /* factor of KL(p_current || p_initial) after the subject of "{} is a" */
    double stop;          /* a fact leaves the search once its loss is below this */
    size_t argmax_hits;   /* ... or once every token of its target has been the argmax on every
                             editing prompt in this many passes, not necessarily in a row; 0: never
                             (ENCORE: 2 to 4) */
    bool argmax_prefixed; /* leave the bare prompt out of that test, as ENCORE's public code does */
    size_t rows; /* positions searched at once: bounds memory, about 0.5 MB each; 0: 1024 */
} spx_target_opts;

typedef struct spx_target_report {
    double nll;   /* mean over facts of the last -log p(target), nats per token */
    double steps; /* mean number of Adam steps */
    double ratio; /* mean |delta| / |h0| */
} spx_target_report;

/*
 * Z (d_model x facts, allocated by the caller) <- z = h0 + delta, a column a fact.
 *
 * h0 is the value at the site for the bare prompt. delta is found by Adam on the mean NLL of the
 * target over the contexts + KL + weight decay, with every weight frozen (Meng et al. 2023, MEMIT,
 * Eq. 16; Meng et al. 2022, ROME, Eq. 4). It is added after the block at the subject's last token
 * of every prompt; the two sites differ only in h0, to which the clamp, the decay and z are
 * relative. In families with a norm after the FFN (Gemma 3) both values are those after that norm,
 * and spx_model_ffn_gain (spx/model.h) gives what must be written for them.
 *
 * Positions before the subject's last token never change: their keys and values are computed once
 * and reused. Each step runs only blocks layer + 1 ... on the positions from there on, all facts of
 * a group packed into one batch.
 *
 * report may be NULL.
 * SPX_EINVAL if argmax_prefixed is set and there are no prefixes; SPX_ENUMERIC naming the fact
 * whose loss is not finite; SPX_ENOMEM; those of the model.
 */
SPX_CHECKED spx_status spx_targets_find(const spx_model *m, const spx_prompts *p,
                                        const spx_target_opts *o, spx_mat *Z,
                                        spx_target_report *report, spx_error *err);

#endif
