/* eval_rows.h: what spx-eval prints, on cli.out. */
#ifndef SPX_TOOLS_EVAL_ROWS_H
#define SPX_TOOLS_EVAL_ROWS_H

#include "cli.h"

#include "spx/metrics.h"
#include "spx/paired.h"

/* Of the tables that these print, and of the list of families. */
extern const cli_view eval_views[];
/* The headings, and a row for each metric of the model at path. */
void eval_print_columns(void);
void eval_print_metrics(const spx_results *r, const char *path);
/* --paired: the headings and a row for each metric. */
void eval_print_pairs(const spx_pairs *p);

#endif
