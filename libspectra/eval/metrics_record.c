/* metrics_record.c: metrics of a model at a stage, in the run file. */
#include "spx/metrics.h"

#include <stdio.h>
#include <string.h>

/* value, and its interval beside it. */
static spx_status put_metric(spx_store *store, size_t stage, const spx_metric *m, spx_error *err)
{
    spx_status st = SPX_OK;
    char lo[64], hi[64], items[64];
    snprintf(lo, sizeof lo, "%s_lo", m->q->name);
    snprintf(hi, sizeof hi, "%s_hi", m->q->name);
    snprintf(items, sizeof items, "%s_items", m->q->name);
    const spx_quantity low = {lo, m->q->units, "lower end of the 95 % interval", m->q->source};
    const spx_quantity high = {hi, m->q->units, "upper end of the 95 % interval", m->q->source};
    const spx_quantity count = {items, "1", "items behind the value", m->q->source};
    SPX_TRY(spx_store_put(store, "evaluation", m->q, stage, m->value, err));
    SPX_TRY(spx_store_put(store, "evaluation", &low, stage, m->lo, err));
    SPX_TRY(spx_store_put(store, "evaluation", &high, stage, m->hi, err));
    SPX_TRY(spx_store_put(store, "evaluation", &count, stage, (double)m->items, err));
out:
    return st;
}

spx_status spx_record_evaluation(spx_store *store, size_t stage, const spx_results *r,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, "skipped") != 0) /* a file's, not a stage's */
            st = put_metric(store, stage, &r->metric[i], err);
    return st;
}
