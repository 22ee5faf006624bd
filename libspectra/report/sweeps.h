/* sweeps.h: mechanism experiments that lie beside a plan's results. */
#ifndef SPX_REPORT_SWEEPS_H
#define SPX_REPORT_SWEEPS_H

#include "spx/outcome.h"

/* The run files in FOLDER/sweeps, by name, that tools/sweep.sh made by `what` ("keep", "group"):
 * those whose second stage is called WHAT-... . *out: an outcome with them as arms, in tmp;
 * without arms where the folder does not exist. */
SPX_CHECKED spx_status sweeps_find(const spx_outcome *o, const char *what, spx_outcome **out,
                                   spx_scratch *tmp, spx_error *err);

#endif
