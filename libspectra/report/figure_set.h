/* figure_set.h: the figures of a plan's outcome. */
#ifndef SPX_REPORT_FIGURE_SET_H
#define SPX_REPORT_FIGURE_SET_H

#include "report/html.h"

#include "spx/outcome.h"

/* Draws all that the arms have numbers for; alarms: are there any to count (warnings.h)? *out: the
 * *n figures, in tmp, in the order of the report. A figure that fails is left out; the first error
 * is returned at the end. */
SPX_CHECKED spx_status drawings_make(const spx_outcome *o, bool alarms, report_figure **out,
                                     size_t *n, spx_scratch *tmp, spx_error *err);

#endif
