/* figure_set.h: the figures of a plan's outcome. */
#ifndef SPX_REPORT_FIGURE_SET_H
#define SPX_REPORT_FIGURE_SET_H

#include "report/html.h"

#include "spx/outcome.h"

/* Draws every figure that the arms have numbers for, as its row of the table of figures says;
 * `alarms`: there are some to count (alarm_table.h). *out: the *n figures, in tmp, in the order of
 * the table. A figure that fails is left out; the first error is returned at the end. */
SPX_CHECKED spx_status figure_set_draw(const spx_outcome *o, bool alarms, html_figure **out,
                                       size_t *n, spx_scratch *tmp, spx_error *err);

#endif
