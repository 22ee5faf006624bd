/* spx/outcome.h: figures, tables and the report of what a plan's arms have come to. */
#ifndef SPX_OUTCOME_H
#define SPX_OUTCOME_H

#include "spx/child.h"
#include "spx/names.h"

#include <stdio.h>

typedef struct spx_outcome {
    const char *folder, *title, *model;
    const char *path[SPX_NAMES_MAX], *name[SPX_NAMES_MAX]; /* run files of the arms */
    size_t n;
    const char *command;  /* command line, for the report */
    FILE *print;          /* the table goes there too */
    spx_child_opts child; /* how spx-plot and spx-compare are run */
} spx_outcome;

/* Into the folder: every figure as PDF, PNG and SVG with its numbers, several of each where there
 * are more than eight arms (groups.h), and those of FOLDER/sweeps (sweeps.h); summary.tsv, .md and
 * .tex, alarms.tsv (warnings.h), and last report.html. The table is printed too. A figure that
 * fails does not keep the others from being drawn; the first error is returned. */
SPX_CHECKED spx_status spx_outcome_write(const spx_outcome *o, spx_error *err);

#endif
