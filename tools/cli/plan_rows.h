/* plan_rows.h: what spx-collapse --check prints. */
#ifndef SPX_TOOLS_PLAN_ROWS_H
#define SPX_TOOLS_PLAN_ROWS_H

#include "spx/plan_cost.h"

/* A row an arm on standard output: aligned, with a sum below it, or as TSV. stats: seconds that the
 * second moments will take. */
void plan_print_costs(const spx_plan *p, const spx_plan_cost *arm, double stats, bool for_people);

#endif
