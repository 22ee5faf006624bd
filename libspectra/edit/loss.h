/* loss.h: losses of one row of logits; the row becomes the gradient. */
#ifndef SPX_EDIT_LOSS_H
#define SPX_EDIT_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* z (v logits) <- log p. */
void loss_log_softmax(float *z, size_t v);

/* Returns the sum over n targets t of -log p(t); z becomes weight times its gradient,
 * weight (n p - sum e_t). *argmax: the first target has the largest logit; may be NULL. */
double loss_nll(float *z, size_t v, const int32_t *target, size_t n, double weight, bool *argmax);

/* Returns KL(p || p0) = sum p (log p - log p0), log p0 given; z becomes
 * weight p_j (log p_j - log p0_j - KL). */
double loss_kl(float *z, const float *log_p0, size_t v, double weight);

#endif
