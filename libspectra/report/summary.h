/* summary.h: what the arms of a plan end with, repetitions taken together, as tables. */
#ifndef SPX_REPORT_SUMMARY_H
#define SPX_REPORT_SUMMARY_H

#include "report/arm_settings.h"
#include "report/paired_arms.h"
#include "report/table.h"

#define SUMMARY_METRICS 9
#define SUMMARY_ITEMS   50 /* of fewer items no relative change is said: one item is over 2 % */

/* Arms that differ only in the seed and the facts they begin with. */
typedef struct summary_row {
    char arm[128]; /* name of the first of them */
    settings of;
    size_t runs;
    double edits;   /* at the end */
    double seconds; /* of one edit, mean over the runs */
    double peak;    /* memory in MiB, mean over the runs */
    /* Means over the runs, geometric ones of perplexity, with 95 % intervals: Student's over runs,
     * of a single run its own. */
    double value[SUMMARY_METRICS], lo[SUMMARY_METRICS], hi[SUMMARY_METRICS];
    /* The same of the first run before any edit. */
    double before[SUMMARY_METRICS], before_lo[SUMMARY_METRICS], before_hi[SUMMARY_METRICS];
    double items[SUMMARY_METRICS]; /* of all runs; NaN where a run file does not say */
    /* value / that of the same editor without a filter - 1; NaN where there is no such row or
     * either has fewer than SUMMARY_ITEMS items */
    double change[SUMMARY_METRICS];
    spx_discordance paired[SUMMARY_METRICS]; /* with the first row, by paired_arms_test */
} summary_row;

/* Reads the last stage of n run files. *out has *count rows in the order of first appearance; free
 * with spx_free. */
SPX_CHECKED spx_status summary_read(const char *const *path, const char *const *name, size_t n,
                                    summary_row **out, size_t *count, spx_error *err);

/* The place of a metric among values; it must be one of them. Its name; its heading. */
size_t summary_metric(const char *name);
const char *summary_metric_name(size_t i);
const char *summary_metric_heading(size_t i);

/* TSV has every number; the other forms are for reading: those metrics that some row has, with
 * their interval, within 0 to 100 if they are shares, and but in LaTeX their relative change. */
void summary_write(FILE *to, table_form form, const summary_row *rows, size_t n);

/* summary_paired.c: the rows beside the first one, item by item. */

/* Fills in `paired` of all rows but the first; row_of: for each of the n run files its row. */
SPX_CHECKED spx_status summary_pair(const char *const *path, const size_t *row_of, size_t n,
                                    summary_row *rows, size_t count, spx_error *err);
/* True if any two share items whose outcomes the run files hold. */
bool summary_has_pairs(const summary_row *rows, size_t n);
/* Every row but the first, and every metric with pairs: p, and how many items it lost and gained of
 * those that it shares with the first: "0.0039 (-9 +0 of 40)". Not for TSV. */
void summary_write_pairs(FILE *to, table_form form, const summary_row *rows, size_t n);

#endif
