/* metrics_results.h: from what items gave to metrics with intervals. */
#ifndef SPX_EVAL_RESULTS_H
#define SPX_EVAL_RESULTS_H

#include "spx/metrics.h"

/* What n items gave: item[i] is their id, value[i] in the metric's unit, NaN where it lacks. */
typedef struct sample {
    const spx_quantity *q;
    const char *set;
    const long *item;
    const double *value;
    size_t n;
    uint64_t seed;
} sample;

/* Of all of these r may be NULL: nothing is summed up. */

/* The metric is the mean of the values that are there, the interval Wilson's if all of a share are
 * 0 or 100. Without a value nothing is appended. */
SPX_CHECKED spx_status results_mean(spx_results *r, const sample *s, spx_error *err);

/* A statistic of the items picked (with repetition). */
typedef double statistic(const void *data, const size_t *pick, size_t n);
/* The metric is any statistic of s->n items; s->value, where not NULL, is kept as theirs. */
SPX_CHECKED spx_status results_statistic(spx_results *r, const sample *s, statistic *f,
                                         const void *data, spx_error *err);

/* exp of the mean of nll over the items picked, weighted (NULL: all alike): a perplexity. */
double exp_of_mean(const double *nll, const double *weight, const size_t *pick, size_t n);

/* A count of what was left out: no interval, no items. */
SPX_CHECKED spx_status results_count(spx_results *r, const spx_quantity *q, const char *set,
                                     size_t count, size_t of, spx_error *err);

#endif
