/* outcome.h: figures, tables and the report of what a plan's arms have come to. */
#ifndef SPX_TOOLS_OUTCOME_H
#define SPX_TOOLS_OUTCOME_H

#include "cli.h"

typedef struct outcome {
    const char *folder, *title, *model;
    const char *path[CLI_MAX_LIST], *name[CLI_MAX_LIST]; /* run files of the arms */
    size_t n;
} outcome;

/* Into the folder: every figure as PDF, PNG and SVG with its numbers, several of each where there
 * are more than eight arms (groups.h), and those of FOLDER/sweeps (sweeps.h); summary.tsv, .md and
 * .tex, alarms.tsv (warnings.h), and last report.html. The table is printed too. A figure that
 * fails does not keep the others from being drawn; the first error is returned. */
SPX_CHECKED spx_status outcome_write(const outcome *o, spx_error *err);

#endif
