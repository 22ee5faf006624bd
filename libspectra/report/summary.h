/* summary.h: what the arms of a plan end with, repetitions taken together, as tables. */
#ifndef SPX_REPORT_SUMMARY_H
#define SPX_REPORT_SUMMARY_H

#include "report/arm_settings.h"

#include <stdio.h>

#define SUMMARY_METRICS 9
/* Arms that differ in nothing but the seed and the facts they begin with. */
typedef struct summary_row {
    char arm[128]; /* name of the first of them */
    settings of;
    size_t runs;
    double edits, seconds, peak; /* at the end; of one edit; MiB: means over the runs */
    /* Means over the runs with 95 % intervals: Student's over runs, of a single run its own. */
    double value[SUMMARY_METRICS], lo[SUMMARY_METRICS], hi[SUMMARY_METRICS];
    double change[SUMMARY_METRICS]; /* value / that of the same editor unfiltered - 1; NaN: none */
} summary_row;

/* Reads the last stage of n run files. *out has *count rows in the order of first appearance; free
 * with spx_free. */
SPX_CHECKED spx_status summary_read(const char *const *path, const char *const *name, size_t n,
                                    summary_row **out, size_t *count, spx_error *err);

typedef enum summary_form {
    SUMMARY_TSV,
    SUMMARY_MARKDOWN,
    SUMMARY_LATEX,
    SUMMARY_HTML
} summary_form;
/* TSV has every number; the others are for reading: those metrics that some row has, with half of
 * their interval and their relative change. */
void summary_write(FILE *to, summary_form form, const summary_row *rows, size_t n);

#endif
