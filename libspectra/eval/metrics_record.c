/* metrics_record.c: writes the metrics of a stage to the run file. */
#include "spx/item_outcomes.h"

#include <stdio.h>
#include <string.h>

/* Writes the value, its interval and its number of items. */
static spx_status put_metric(spx_store *store, size_t stage, const spx_metric *m, spx_error *err)
{
    spx_status st = SPX_OK;
    char lo[64], hi[64], items[64];
    snprintf(lo, sizeof lo, "%s_lo", m->q->name);
    snprintf(hi, sizeof hi, "%s_hi", m->q->name);
    snprintf(items, sizeof items, "%s_items", m->q->name);
    const spx_quantity low = {lo,           m->q->units, "lower end of the 95 % interval",
                              m->q->source, m->q->range, m->q->reading};
    const spx_quantity high = {hi,           m->q->units, "upper end of the 95 % interval",
                               m->q->source, m->q->range, m->q->reading};
    const spx_quantity count = {items,        "1",          "items of the value",
                                m->q->source, "1 and more", "few: a wide interval"};
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
    for (size_t i = 0; i < r->metrics; i++)
        if (strcmp(r->metric[i].q->name, "skipped") != 0) /* belongs to a file, not to a stage */
            SPX_TRY(put_metric(store, stage, &r->metric[i], err));
    SPX_TRY(spx_item_outcomes_record(store, stage, r, err));
out:
    return st;
}
