/* drawings.h: the figures of a plan's outcome. */
#ifndef SPX_TOOLS_DRAWINGS_H
#define SPX_TOOLS_DRAWINGS_H

#include "outcome.h"
#include "report.h"

/* Draws all that the arms have numbers for; alarms: are there any to count (warnings.h)? *out: the
 * *n figures, in tmp, in the order of the report. A figure that fails is left out; the first error
 * is returned at the end. */
SPX_CHECKED spx_status drawings_make(const outcome *o, bool alarms, report_figure **out, size_t *n,
                                     spx_scratch *tmp, spx_error *err);

#endif
