/* html.h: a plan's outcome as one HTML page that needs nothing beside it. */
#ifndef SPX_REPORT_HTML_H
#define SPX_REPORT_HTML_H

#include "report/alarm_table.h"
#include "report/html_parts.h"
#include "report/summary.h"

typedef struct html_page {
    const char *title, *command;
    const char *remark; /* NULL: none */
    const summary_row *rows;
    size_t n;
    const alarm_count *alarm;
    size_t alarms;
    const html_figure *figure;
    size_t figures;
    const char *const *run; /* run files, whose provenance is listed */
    size_t runs;
} html_page;

/* Writes the page, whole or not at all (spx/output.h). SPX_EIO names the file that failed. */
SPX_CHECKED spx_status html_write(const html_page *page, const char *path, spx_error *err);

#endif
