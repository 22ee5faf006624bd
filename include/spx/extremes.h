/* spx/extremes.h: the larger and the smaller of two numbers, NaN if either is NaN, and their order.
 */
#ifndef SPX_EXTREMES_H
#define SPX_EXTREMES_H

/* fmax and fmin forget a NaN: what was not measured would look like the best of the others. */
static inline double spx_max(double a, double b) { return a > b || a != a ? a : b; }

static inline double spx_min(double a, double b) { return a < b || a != a ? a : b; }

/* For qsort of doubles without NaN: the least comes first. */
static inline int spx_ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#endif
