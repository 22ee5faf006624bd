/* spx/plan_cost.h: what running a plan will take, estimated without running an arm. */
#ifndef SPX_PLAN_COST_H
#define SPX_PLAN_COST_H

#include "spx/plan.h"

/* Of one arm. */
typedef struct spx_plan_cost {
    const char *editor, *filter; /* static storage */
    size_t rounds, done;         /* of the plan; in the arm's run file */
    size_t edits;                /* of all rounds */
    double seconds;              /* of the rounds that are left */
    double bytes;                /* of the run file when they are done */
} spx_plan_cost;

/**
 * Estimates each arm. Measured here and now, with the arm's own settings, on this many of its first
 * facts at most, and once for arms that do not differ in it:
 */
#define SPX_PLAN_MEASURED 4
/**
 *   t   seconds a fact of the search for its target, or of training; p for editors that follow
 *       gradients
 *   p   seconds a fact of testing it
 *   q   seconds of the tasks: those of their first unit, by tokens
 *   w   seconds of one decomposition of the first edited matrix, or of its leading
 *       SPX_PLAN_BLOCK x SPX_PLAN_BLOCK, as the product of both sides and the smaller one
 *   c   seconds of the plan's tokens of text, by those of p
 *
 *     seconds = facts left * t + stages left * layers * w + facts tested * p + tests of tasks * q
 *     bytes   = layers * (rounds * round * (d + f) + 2 d f) * 4
 *
 * The solves of the editors are left out, as are reports; factors and weights alone count as bytes,
 * d x f being a matrix.
 *
 * @param[in]  p      a plan without faults.
 * @param[out] arm    p->arms of them.
 * @param[out] stats  c; 0 if the second moments that the plan asks for have been measured.
 * @return SPX_OK; those of the model, of facts.h, targets.h, metrics.h and the store.
 */
#define SPX_PLAN_BLOCK 1536
SPX_CHECKED spx_status spx_plan_estimate(const spx_plan *p, spx_plan_cost *arm, double *stats,
                                         spx_error *err);

#endif
