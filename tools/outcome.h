/* outcome.h: figures, tables and the report of a plan whose arms are done. */
#ifndef SPX_TOOLS_OUTCOME_H
#define SPX_TOOLS_OUTCOME_H

#include "cli.h"

typedef struct outcome {
    const char *folder, *title;
    const char *path[CLI_MAX_LIST], *name[CLI_MAX_LIST]; /* run files of the arms */
    size_t n;
} outcome;

/* Into the folder: every figure as PDF, PNG and SVG with its numbers, summary.tsv, .md and .tex,
 * and last report.html. The table is printed too. */
SPX_CHECKED spx_status outcome_write(const outcome *o, spx_error *err);

#endif
