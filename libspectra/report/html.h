/* html.h: a plan's outcome as one HTML page that needs nothing beside it. */
#ifndef SPX_REPORT_HTML_H
#define SPX_REPORT_HTML_H

#include "report/alarm_table.h"
#include "report/summary.h"

typedef struct report_figure {
    const char *path, *caption; /* an SVG, put into the page itself */
} report_figure;

typedef struct report {
    const char *title, *command;
    const summary_row *rows;
    size_t n;
    const warning_count *alarm;
    size_t alarms;
    const report_figure *figure;
    size_t figures;
    const char *const *run; /* run files, whose provenance is listed */
    size_t runs;
} report;

/* Writes the page to path.part and puts it in place; SPX_EIO names the file that failed. */
SPX_CHECKED spx_status report_write(const report *r, const char *path, spx_error *err);

#endif
