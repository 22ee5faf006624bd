/* stage_columns.h: the numbers that the stages of a plan's arms have, as the columns of stages.tsv.
 */
#ifndef SPX_REPORT_STAGE_COLUMNS_H
#define SPX_REPORT_STAGE_COLUMNS_H

#include "report/figures.h"

enum {
    STAGE_COLUMN = 96,
    STAGE_COLUMNS = 512
}; /* bytes of a name; four times what there are today */

/* Value k (the mean, the least, the largest) of a number of the matrices, or what a round took. */
typedef struct stage_column {
    char name[STAGE_COLUMN], quantity[STAGE_COLUMN];
    bool timing, to_base;
    size_t k;
} stage_column;

/* In the order in which they were found. */
typedef struct stage_columns {
    stage_column at[STAGE_COLUMNS];
    size_t n;
} stage_columns;

/* The columns of all arms. */
SPX_CHECKED spx_status stage_columns_find(const arms *a, stage_columns *c, spx_error *err);
/* How many matrices of an arm count: those that were changed; 0 where the run file has none. */
SPX_CHECKED spx_status stage_columns_matrices(const arms *a, size_t arm, size_t *out,
                                              spx_error *err);
/* A column of an arm at every stage, into column j. */
SPX_CHECKED spx_status stage_columns_fill(const arms *a, size_t arm, const stage_column *c,
                                          spx_mat *all, size_t j, spx_error *err);

/* "stage" and "stage_name" are every group's axis, METRIC_item that of a metric's items. */
bool stage_is_axis(const char *name);

#endif
