/* spx/extremes.h: the larger and the smaller of two numbers; NaN if either is NaN. */
#ifndef SPX_EXTREMES_H
#define SPX_EXTREMES_H

/* fmax and fmin forget a NaN: what was not measured would look like the best of the others. */
static inline double spx_max(double a, double b) { return a > b || a != a ? a : b; }

static inline double spx_min(double a, double b) { return a < b || a != a ? a : b; }

#endif
