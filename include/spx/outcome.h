/* spx/outcome.h: figures, tables and the report of what a plan's arms have come to. */
#ifndef SPX_OUTCOME_H
#define SPX_OUTCOME_H

#include "spx/child.h"
#include "spx/names.h"
#include "spx/notify.h"

#include <stdio.h>

/* Borrowed texts. */
typedef struct spx_outcome {
    const char *folder, *title, *model;
    const char *remark; /* what a reader should know beside the conclusion; NULL */
    const char *path[SPX_NAMES_MAX], *name[SPX_NAMES_MAX]; /* run files of the arms */
    size_t n;
    const char *command;  /* command line, for the report */
    FILE *print;          /* where the table is printed too */
    bool for_people;      /* six columns of it, aligned, and a sentence; else all of it as TSV */
    spx_child_opts child; /* how spx-plot and spx-compare are run */
    spx_notify *notify;   /* told of figures that are left out; may be NULL */
} spx_outcome;

/**
 * Writes into the folder, and prints the table:
 *
 *     FIGURE.pdf .png .svg        every figure that the arms have numbers for; several of each
 *                                 where there are more than eight arms, and those of the
 *                                 experiments in FOLDER/sweeps; one that no arm has data for is
 *                                 left out with a note
 *     FIGURE.gp .tsv              the script that draws it without run files, and its numbers
 *     summary.tsv .md .tex        what the arms end with
 *     alarms.tsv                  what the alarms of spectral numbers were worth
 *     arms.tsv, items.tsv, stages.tsv
 *                                 every metric, its items, and every number of the matrices, of
 *                                 every stage
 *     report.html                 all of it on one page, written last
 *
 * @return SPX_OK; SPX_EIO or SPX_EFORMAT names the file; SPX_ENOMEM; SPX_EINTR if the process was
 *         told to stop. A figure that fails does not keep the others from being drawn; the first
 *         error is returned at the end.
 */
SPX_CHECKED spx_status spx_outcome_write(const spx_outcome *o, spx_error *err);

#endif
