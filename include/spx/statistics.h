/* spx/statistics.h: the break of a curve; the mean of repetitions and its interval. */
#ifndef SPX_STATISTICS_H
#define SPX_STATISTICS_H

#include "spx/base.h"

#include <stdbool.h>

/* A curve's break: the knot at which two straight lines meet. */
typedef struct spx_break {
    bool found;           /* two lines describe the curve better than one */
    double at, lo, hi;    /* the knot and its 95 % interval, in units of x; NaN if not found */
    double before, after; /* the lines' slopes; of the one line, if not found */
} spx_break;

/**
 * Fits y = a + b x + c max(0, x - knot) by least squares, the knot running over the range of x
 * (Hinkley 1971).
 *
 * Interval: the knots whose residual sum of squares S is at most S_min (1 + F / (n - 4)), F the
 * 95 % point of F(1, n - 4).
 *
 * Found: n log(S / n) + p log n is smaller for the broken line (p = 4) than for the straight one
 * (p = 2) (Schwarz 1978). S is taken to be no less than what rounding every y to float would leave,
 * so that numbers of unchanged float weights do not break.
 *
 * @param[in]  x, y  n points, x ascending; those whose y is not finite are left out.
 * @param[out] out   found is false where nothing breaks or fewer than 6 points are left.
 * @return SPX_OK; SPX_ENOMEM.
 *
 * Cost O(n) for each of 32 knots between neighbouring points.
 */
SPX_CHECKED spx_status spx_break_find(const double *x, const double *y, size_t n, spx_break *out,
                                      spx_error *err);

/* Mean of n >= 1 values and its 95 % interval by Student's t; lo = hi = NaN for n = 1. */
typedef struct spx_mean {
    double mean, lo, hi;
} spx_mean;
spx_mean spx_mean_of(const double *x, size_t n);
/* exp of that of ln x: the geometric mean, for values that differ by factors, as perplexities do;
 * NaN where one is not positive. */
spx_mean spx_mean_of_logs(const double *x, size_t n);

#endif
