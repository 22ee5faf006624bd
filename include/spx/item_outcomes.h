/* spx/item_outcomes.h: which items were right and which wrong, in run files, and McNemar's test of
 * them. */
#ifndef SPX_ITEM_OUTCOMES_H
#define SPX_ITEM_OUTCOMES_H

#include "spx/metrics.h"

/*
 * A run file has the group `item_outcomes`: for each metric in per cent whose every item was right
 * or wrong (those with Wilson's interval), at each stage at which it was measured,
 *
 *     METRIC        stage x METRIC_item: 1 right, 0 wrong, NaN: the stage did not ask the item
 *     METRIC_item   the axis: ids of the items (spx_item)
 *     METRIC_set    attribute of the group: base name of the file that the items are from
 *
 * A metric has the items of one set: those of another file take the place of the first one's. Run
 * files from before there was this group have none, and nothing of them can be paired.
 */

/* Called by spx_record_evaluation. Of a metric measured on several sets, the last one remains. */
SPX_CHECKED spx_status spx_item_outcomes_record(spx_store *store, size_t stage,
                                                const spx_results *r, spx_error *err);

typedef struct spx_item_outcome {
    long item;
    bool right;
} spx_item_outcome;

/* Start from {0}; free with spx_item_outcomes_free. */
typedef struct spx_item_outcomes {
    spx_item_outcome *at; /* by ascending id */
    size_t n;
    char *set; /* NULL: n is 0 */
} spx_item_outcomes;
void spx_item_outcomes_free(spx_item_outcomes *o);

/* Those of a metric at a stage; none where the run file has none. SPX_EFORMAT if it is damaged. */
SPX_CHECKED spx_status spx_item_outcomes_read(const spx_store *store, const char *metric,
                                              size_t stage, spx_item_outcomes *out, spx_error *err);

/*
 * Several pairs of models on the same items, such as two arms of a plan over several orders of the
 * facts. The unit is the item, and each counts once: it is lost if b was right on it in fewer of
 * the pairs than a, gained if in more. So passages that every order is asked are not counted once
 * an order, as if they were new ones. Of one pair this is McNemar's exact test. Start from {0}.
 */
typedef struct spx_item_pool {
    struct spx_item_balance *at;
    size_t n, room;
} spx_item_pool;
/* Adds the items that both have; none if they are not of one set. */
SPX_CHECKED spx_status spx_item_pool_add(spx_item_pool *p, const spx_item_outcomes *a,
                                         const spx_item_outcomes *b, spx_error *err);
void spx_item_pool_free(spx_item_pool *p);

typedef struct spx_discordance {
    size_t items, lost, gained; /* shared; right in a alone; in b alone */
    double p;                   /* spx_sign_test of these; NaN without an item */
} spx_discordance;
spx_discordance spx_item_pool_test(spx_item_pool *p);

#endif
