/* filter_rows.h: what spx-filter prints, on cli.out. */
#ifndef SPX_TOOLS_FILTER_ROWS_H
#define SPX_TOOLS_FILTER_ROWS_H

#include "cli.h"

#include "spx/filtered.h"
#include "spx/replay.h"

/* Of the tables that these print, and of the list of filters. */
extern const cli_view filter_views[];
/* What the filter called so left of the change of one tensor, of which spx_filtered_checkpoints
 * tells. */
void filter_print_tensor(const spx_tensor *t, const char *action, const spx_filter_report *r,
                         const char *filter);
/* Every number of a matrix at the end of a replay. */
void filter_print_course(const spx_replayed *r);

#endif
