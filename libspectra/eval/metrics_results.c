/* metrics_results.c: metrics with intervals (Wilson 1927; percentile bootstrap, Efron 1979). */
#include "eval/metrics_results.h"

#include "eval/records.h"

#include "spx/extremes.h"
#include "spx/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESAMPLES = 1000 };

void spx_results_free(spx_results *r)
{
    spx_free(r->metric);
    spx_free(r->item);
    *r = (spx_results){0};
}

static spx_status append_metric(spx_results *r, const spx_metric *m, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(ARRAY_GROW(&r->metric, &r->metric_room, r->metrics, err));
    r->metric[r->metrics++] = *m;
out:
    return st;
}

static spx_status append_items(spx_results *r, const sample *s, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; s->value && i < s->n; i++) {
        if (isnan(s->value[i])) continue;
        SPX_TRY(ARRAY_GROW(&r->item, &r->item_room, r->items, err));
        r->item[r->items++] = (spx_item){s->q, s->set, s->item[i], s->value[i]};
    }
out:
    return st;
}

/* The share of yes among n, in percent, with its score interval (Wilson 1927). */
static void wilson(spx_metric *m, size_t yes, size_t n)
{
    const double z = 1.959963984540054, count = (double)n, p = (double)yes / count;
    const double centre = (p + z * z / (2 * count)) / (1 + z * z / count);
    const double half =
        z / (1 + z * z / count) * sqrt(p * (1 - p) / count + z * z / (4 * count * count));
    m->value = 100 * p;
    m->lo = yes == 0 ? 0 : 100 * (centre - half);
    m->hi = yes == n ? 100 : 100 * (centre + half);
}

/* The q-th quantile of n sorted values, linear between them. */
static double quantile(const double *v, size_t n, double q)
{
    const double at = q * (double)(n - 1);
    const size_t i = (size_t)at;
    return i + 1 < n ? v[i] + (at - (double)i) * (v[i + 1] - v[i]) : v[i];
}

/* Value and percentile interval. Resamples whose statistic is NaN, as they lack what it needs, do
 * not count. */
static spx_status bootstrap(spx_metric *m, size_t n, uint64_t seed, statistic *f, const void *data,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t *pick = NULL, found = 0;
    double drawn[RESAMPLES];
    spx_rng rng = spx_rng_seed(seed);
    SPX_TRY(SPX_SCRATCH(&tmp, &pick, n, err));
    for (size_t i = 0; i < n; i++) pick[i] = i;
    m->value = f(data, pick, n);
    m->lo = m->hi = (double)NAN;
    for (size_t b = 0; n > 1 && b < RESAMPLES; b++) {
        for (size_t i = 0; i < n; i++) pick[i] = spx_rng_below(&rng, n);
        drawn[found] = f(data, pick, n);
        if (!isnan(drawn[found])) found++;
    }
    if (found == 0) goto out;
    qsort(drawn, found, sizeof *drawn, spx_ascending);
    m->lo = quantile(drawn, found, 0.025);
    m->hi = quantile(drawn, found, 0.975);
out:
    spx_scratch_free(&tmp);
    return st;
}

static double mean_of(const void *data, const size_t *pick, size_t n)
{
    const double *v = data;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += v[pick[i]];
    return sum / (double)n;
}

spx_status results_mean(spx_results *r, const sample *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *v = NULL;
    size_t n = 0, yes = 0, no = 0;
    spx_metric m = {.q = s->q, .set = s->set};
    if (!r) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &v, s->n, err));
    for (size_t i = 0; i < s->n; i++)
        if (!isnan(s->value[i])) v[n++] = s->value[i];
    for (size_t i = 0; i < n; i++) yes += v[i] == 100, no += v[i] == 0;
    if (n == 0) goto out;
    m.items = n;
    if (strcmp(s->q->units, "%") == 0 && yes + no == n)
        wilson(&m, yes, n);
    else
        SPX_TRY(bootstrap(&m, n, s->seed, mean_of, v, err));
    SPX_TRY(append_metric(r, &m, err));
    SPX_TRY(append_items(r, s, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status results_statistic(spx_results *r, const sample *s, statistic *f, const void *data,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_metric m = {.q = s->q, .set = s->set, .items = s->n};
    if (!r) return SPX_OK;
    SPX_TRY(bootstrap(&m, s->n, s->seed, f, data, err));
    if (isnan(m.value)) goto out;
    SPX_TRY(append_metric(r, &m, err));
    SPX_TRY(append_items(r, s, err));
out:
    return st;
}

double exp_of_mean(const double *nll, const double *weight, const size_t *pick, size_t n)
{
    double sum = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        const double w = weight ? weight[pick[i]] : 1;
        sum += w * nll[pick[i]];
        total += w;
    }
    return exp(sum / total);
}

spx_status results_count(spx_results *r, const spx_quantity *q, const char *set, size_t count,
                         size_t of, spx_error *err)
{
    const spx_metric m = {.q = q,
                          .set = set,
                          .value = (double)count,
                          .lo = (double)NAN,
                          .hi = (double)NAN,
                          .items = of};
    return r ? append_metric(r, &m, err) : SPX_OK;
}
