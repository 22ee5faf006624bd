/* spx/difference.h: what separates a tensor from its counterpart in another checkpoint. */
#ifndef SPX_DIFFERENCE_H
#define SPX_DIFFERENCE_H

#include "spx/pairing.h"

typedef struct spx_difference {
    const char *what;    /* "same", "dtype" (same values), "values", "shape" */
    double max_abs, rms; /* of b - a; NaN where shapes differ */
    double relative;     /* ||b - a||_F / ||a||_F */
    double rank;         /* singular values of b - a above the edge of b's rounding; NaN where b is
                            quantised */
    double bf16_loss; /* ||bf16(b) - b||_F / ||b - a||_F: share of the change that saving b in bf16
                         destroys */
} spx_difference;

/* Compares t of a with u of b, its counterpart. Two axes: as matrices in one order; else value by
 * value. */
SPX_CHECKED spx_status spx_difference_measure(const spx_ckpt *a, const spx_tensor *t,
                                              const spx_ckpt *b, const spx_tensor *u,
                                              spx_notify *notify, spx_difference *out,
                                              spx_error *err);

#endif
