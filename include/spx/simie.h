/* spx/simie.h: edits of the original weights, carried over to edited ones (SimIE). */
#ifndef SPX_SIMIE_H
#define SPX_SIMIE_H

#include "spx/model.h"
#include "spx/prompts.h"
#include "spx/update.h"

/*
 * Any editor writes every batch into the ORIGINAL weight W_0, which gives E_t; the weight of the
 * run then moves towards it where the batch's tokens look:
 *
 *     W_t = W_{t-1} + (E_t - W_{t-1}) K_t K_t^T P_t^{-1},    P_t = lambda I + sum_{i <= t} K_i K_i^T,
 *
 * K_t the keys of every token of the batch's bare prompts and targets on the original model. W_t is
 * recursive least squares: it minimises sum_i |(W - E_i) K_i|^2 + lambda |W - W_0|^2.
 */
typedef struct spx_simie spx_simie; /* P_t^{-1} of one matrix */

/* P_0 = lambda I of order f, lambda > 0. Free with spx_simie_close. SPX_ENOMEM. */
SPX_CHECKED spx_status spx_simie_open(double lambda, size_t f, spx_simie **out, spx_error *err);
void spx_simie_close(spx_simie *s);

/* P <- P + K K^T, K f x n. SPX_ENOMEM; SPX_ENUMERIC. O(f^2 n) at most. */
SPX_CHECKED spx_status spx_simie_remember(spx_simie *s, const spx_mat *K, spx_error *err);
/* *dW <- (E - W) K K^T P^{-1}, gap = E - W (d x f), once K has been remembered; in factors where
 * they are smaller. Free with spx_update_free. SPX_ENOMEM. */
SPX_CHECKED spx_status spx_simie_carry(const spx_simie *s, const spx_mat *gap, const spx_mat *K,
                                       spx_update *dW, spx_error *err);

/* K[i] (d_ff x tokens of all bare prompts with their whole targets) <- the keys at block layer[i],
 * ascending; allocated here, each freed with spx_mat_free. SPX_ENOMEM; those of the model. */
SPX_CHECKED spx_status spx_simie_keys(const spx_model *m, const spx_prompts *p, const size_t *layer,
                                      size_t layers, spx_mat *K, spx_error *err);

#endif
