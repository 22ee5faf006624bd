/* paired_arms.h: an arm beside the reference arm on the items that both were asked. */
#ifndef SPX_REPORT_PAIRED_ARMS_H
#define SPX_REPORT_PAIRED_ARMS_H

#include "spx/item_outcomes.h"

/* Below this p two arms are said to differ. */
#define PAIRED_LEVEL 0.05

/* The runs of an arm: open run files, borrowed. */
typedef struct arm_runs {
    spx_store *const *run;
    size_t n;
} arm_runs;

/*
 * Pairs each run with that run of the reference which has the same seed and first record, and was
 * given the same facts and tasks, after `edits` edits; pools them by item (item_outcomes.h).
 * Nothing is paired (0 items, p NaN) where there is no such run, the metric's items are not right
 * or wrong, or a run file does not hold their outcomes.
 */
SPX_CHECKED spx_status paired_arms_test(const arm_runs *reference, const arm_runs *arm,
                                        const char *metric, double edits, spx_discordance *out,
                                        spx_error *err);

#endif
