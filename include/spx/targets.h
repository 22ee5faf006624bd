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
    size_t layer; /* the block after which delta is added */
    spx_target_site site;
    double value_norm;    /* > 0: what the FFN adds to the stream takes this norm; see below */
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
    double left;  /* share of the facts whose z is h0, as value_norm leaves those out of reach */
} spx_target_report;

/*
 * Where targets are searched, and what a layer is asked for.
 *
 * With edited layers l_1 < ... < l_m, h_l the residual stream after block l now, with the writes of
 * the batch so far, and z_l its target, layer l_i is given the residual
 *
 *     last    (z_m - h_m) / (m - i + 1)    z_m searched once, before any write of the batch
 *     first   z_i - h_i                    z_1 searched, the others replayed with z_1 in place
 *     each    z_i - h_i                    z_i searched after the earlier writes; i = 1 and m alone
 *                                          are edited
 *
 * With one layer the three are the same.
 */
typedef enum spx_target_search {
    SPX_SEARCH_LAST,
    SPX_SEARCH_FIRST,
    SPX_SEARCH_EACH,
} spx_target_search;

/* A row of the table of rules. */
typedef struct spx_target_rule {
    const char *name, *summary, *source;
    spx_target_search search;
    bool normed; /* the search is given a value_norm: spx_targets_norm of pilot facts */
} spx_target_rule;
const spx_target_rule *spx_target_rules(size_t *n);
/* The name of rule i, a spx_name_fn of the table NULL. */
const char *spx_target_rule_name(const void *unused, size_t i);

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
 * With value_norm c > 0 (rule nas), v0 being what the FFN of the block adds to the stream at the
 * same place and v* = v0 + delta, z = h0 - v0 + c v* / |v*|; where |v*| > 2 c, z = h0: the fact is
 * left as it is.
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

/*
 * *norm <- mean |v*| of the facts, searched as by spx_targets_find without value_norm; of n facts
 * the n / 20 largest (rounded down) do not count. For value_norm the model should be the one before
 * any edit, and the prompts bare. Errors as there; cost that of the search.
 */
SPX_CHECKED spx_status spx_targets_norm(const spx_model *m, const spx_prompts *p,
                                        const spx_target_opts *o, double *norm, spx_error *err);

/*
 * Z[i] (d_model x facts, allocated by the caller), i = 1 .. layers - 1, <- the residual stream after
 * block layer[i] at the subject's last token of the bare prompt once Z[0] stands there after block
 * layer[0]. Layers ascend. One forward pass of the bare prompts up to that token.
 * SPX_ENOMEM; those of the model.
 */
SPX_CHECKED spx_status spx_targets_replay(const spx_model *m, const spx_prompts *p,
                                          const size_t *layer, size_t layers, spx_mat *Z,
                                          spx_error *err);

#endif
