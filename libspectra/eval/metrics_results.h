/* metrics_results.h: from the values of items to metrics with intervals. */
#ifndef SPX_EVAL_METRICS_RESULTS_H
#define SPX_EVAL_METRICS_RESULTS_H

#include "spx/metrics.h"

/* Values of n items: item[i] is an id, value[i] is in the metric's unit, NaN if there is none. */
typedef struct sample {
    const spx_quantity *q;
    const char *set;
    const long *item;
    const double *value;
    size_t n;
    uint64_t seed;
} sample;

/* Each of these adds one metric to r, or none if r is NULL. */

/* The mean of the values that are not NaN. Its interval is Wilson's if the unit is "%" and each
 * value is 0 or 100. Adds nothing if there is no value. */
SPX_CHECKED spx_status results_mean(spx_results *r, const sample *s, spx_error *err);

/* A statistic of n items picked with repetition. */
typedef double statistic(const void *data, const size_t *pick, size_t n);
/* Any statistic of s->n items; s->value, if not NULL, is kept as theirs. */
SPX_CHECKED spx_status results_statistic(spx_results *r, const sample *s, statistic *f,
                                         const void *data, spx_error *err);

/* A perplexity: exp of the mean of nll over the items picked, weighted (NULL: equally). */
double exp_of_mean(const double *nll, const double *weight, const size_t *pick, size_t n);

/* A count without an interval, of `of` items. */
SPX_CHECKED spx_status results_count(spx_results *r, const spx_quantity *q, const char *set,
                                     size_t count, size_t of, spx_error *err);

#endif
