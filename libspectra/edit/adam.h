/* adam.h: the optimiser of targets and of fine-tuning. */
#ifndef SPX_EDIT_ADAM_H
#define SPX_EDIT_ADAM_H

#include <stddef.h>

/* Takes step t = 1, 2, ... of Adam (Kingma and Ba 2015, Algorithm 1; betas .9 and .999, eps 1e-8)
 * on n parameters x with gradient g. mean, square: its moments, zero before the first step. */
void adam_step(double *x, double *mean, double *square, const double *g, size_t n, double lr,
               size_t t);

#endif
