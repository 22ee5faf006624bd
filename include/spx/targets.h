/* spx/targets.h: the values z that an edited layer should put into the residual stream. */
#ifndef SPX_TARGETS_H
#define SPX_TARGETS_H

#include "spx/model.h"
#include "spx/prompts.h"

typedef struct spx_target_opts {
    size_t layer;        /* z is the residual stream behind this block: the last edited one */
    size_t steps;        /* forward passes at most; one Adam step fewer */
    double lr;           /* of Adam, betas .9 and .999, eps 1e-8 */
    double clamp;        /* |delta| <= clamp |h0| */
    double weight_decay; /* factor of |delta| / |h0|^2 */
    double kl;           /* factor of KL(p_current || p_initial) behind the subject of "{} is a" */
    double stop;         /* a fact leaves the search once its loss is below this */
    size_t rows;         /* positions searched at once: bounds memory, about 0.5 MB each; 0: 512 */
} spx_target_opts;

typedef struct spx_target_report {
    double nll;   /* mean over facts of the last -log p(target), nats a token */
    double steps; /* mean number of Adam steps */
    double ratio; /* mean |delta| / |h0| */
} spx_target_report;

/**
 * z = h0 + delta, delta by Adam on mean NLL of the target over the contexts + KL + weight decay,
 * every weight frozen (Meng et al. 2023, MEMIT, Eq. 16). delta stands at the
 * subject's last token behind block `layer`, so positions before it never change: their keys and
 * values are computed once and reused, and each step runs only blocks layer + 1 ... on the
 * positions from the subject's last token on, all facts of a group packed into one batch.
 *
 * @param[out] Z       d_model x facts, allocated by the caller.
 * @param[out] report  may be NULL.
 * @return SPX_OK; SPX_ENUMERIC naming the fact whose loss is not finite; SPX_ENOMEM; those of the
 * model.
 */
SPX_CHECKED spx_status spx_targets_find(const spx_model *m, const spx_prompts *p,
                                        const spx_target_opts *o, spx_mat *Z,
                                        spx_target_report *report, spx_error *err);

#endif
