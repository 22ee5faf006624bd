/* round_line.h: the line that a round of edits prints on a terminal. */
#ifndef SPX_TOOLS_ROUND_LINE_H
#define SPX_TOOLS_ROUND_LINE_H

#include "spx/run.h"

/* A line of 80 columns on standard output, with the names of the columns above the first one. */
void round_line_print(const spx_run_stage *stage);

#endif
