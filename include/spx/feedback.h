/* spx/feedback.h: what a filter took out of earlier changes, paid back where it allows. */
#ifndef SPX_FEEDBACK_H
#define SPX_FEEDBACK_H

#include "spx/edit.h"
#include "spx/filter.h"

/*
 * Error feedback around any filter F (arXiv 2605.26670, its Rp), with the protected part projected
 * out of the debt E. For editors whose row takes feedback (memit-seq, encore):
 * dW_t = R_t K_t^T C_t^{-1} with C_t = B + K_t K_t^T, the key cost B holding all earlier keys. With
 * P = I - U U^T, Q = I - V V^T the projectors off what F never writes (spx_filter_excluded;
 * P = Q = I where there is no such part):
 *
 *     pay       E <- P E Q,   dW'_t = F(dW_t - E (Q C_t Q)^+)
 *     settle    E <- P (E + dW'_t C_t - R_t K_t^T) Q
 *
 * Unprojected, E_t = E_{t-1} + dW'_t C_t - R_t K_t^T is the paper's (F(dW_t) - dW_t) C_t. It is the
 * gradient at W_t of the cost of all batches at once, |W - W_0|_B^2 + sum |W K_i - Z_i|^2: without
 * debt W_t is the solution that all edits together would have had.
 *
 * Why not pay in full, -E C_t^{-1}, and then filter: a hard projector makes E grow. The part that
 * it takes out can never be paid, and of the rest E (I - C_t^{-1} Q C_t Q) is left, where
 * Q C_t^{-1} Q >= (Q C_t Q)^+ lets eigenvalues fall below -1. With the cost restricted to what may
 * be written, P (E - E (Q C_t Q)^+ C_t) Q = 0: an old debt is gone after one step, and under revive
 *
 *     E_t = P R_t K_t^T C_t^{-1} (Q C_t Q - C_t Q) = -P R_t K_t^T C_t^{-1} V V^T C_t Q,
 *
 * the part of this batch alone, which bounds it.
 */

/* The debt of one matrix. */
typedef struct spx_feedback spx_feedback;

/*
 * Starts without debt, B being the key cost of e as it is now; d is the number of rows of the
 * matrix. Free with spx_feedback_close.
 * SPX_EUNSUP for editors that take no feedback, or a filter whose excluded part does not consist of
 * directions; SPX_ENOMEM. Cost f^3 flops; 8 f (f + d) bytes.
 */
SPX_CHECKED spx_status spx_feedback_open(const spx_edit *e, size_t d, const spx_filter *f,
                                         spx_feedback **out, spx_error *err);
void spx_feedback_close(spx_feedback *b);

/*
 * Adds the payment to an editor's change of the batch with keys K (f x n), before the filter; dense
 * afterwards, unchanged where there is no debt. rcond is lowered to the reciprocal condition of
 * Q C_t Q + c V V^T, c its mean diagonal.
 * SPX_ENUMERIC if that matrix is not positive definite; SPX_ENOMEM; those of spx_filter_excluded.
 * Cost f^3 / 3 + 2 f^2 (d + 2 l) flops, l the columns of V.
 */
SPX_CHECKED spx_status spx_feedback_pay(spx_feedback *b, const spx_filter *f, const spx_mat *K,
                                        spx_update *dW, double *rcond, spx_error *err);
/* The debt after `written` (dW'_t) has been added to the weight: 2 d f^2 flops, less for factors.
 * SPX_ENOMEM; those of spx_filter_excluded. */
SPX_CHECKED spx_status spx_feedback_settle(spx_feedback *b, const spx_filter *f, const spx_mat *K,
                                           const spx_mat *R, const spx_update *written,
                                           spx_error *err);
/* Adds keys (f x m) to B, as spx_edit_remember does. */
void spx_feedback_remember(spx_feedback *b, const spx_mat *K);

/* E, d x f; borrowed. The same keys remembered in the same order and E restored give the same
 * bits. */
const spx_mat *spx_feedback_debt(const spx_feedback *b);
void spx_feedback_restore(spx_feedback *b, const spx_mat *E);

#endif
