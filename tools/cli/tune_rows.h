/* tune_rows.h: what spx-tune prints, on cli.out. */
#ifndef SPX_TOOLS_TUNE_ROWS_H
#define SPX_TOOLS_TUNE_ROWS_H

#include "cli.h"

#include "spx/tune.h"

extern const cli_view tune_views[];
/* A row a layer: what restoring it brings back, at the tokens where facts are said to pass. */
void tune_print_trace(const spx_tune_trace *t);

#endif
