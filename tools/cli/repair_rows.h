/* repair_rows.h: what spx-filter --eval prints, on cli.out. */
#ifndef SPX_TOOLS_REPAIR_ROWS_H
#define SPX_TOOLS_REPAIR_ROWS_H

#include "cli.h"

#include "spx/repair.h"

/* How people see it. */
extern const cli_column repair_columns[];
/* The headings and a row a model. */
void repair_print(const spx_repair *r);

#endif
