/* explain.h: --explain METRIC of the tools that print metrics. */
#ifndef SPX_CLI_EXPLAIN_H
#define SPX_CLI_EXPLAIN_H

#include "cli.h"

/* Prints what the tables say of the metric, or of all for "list"; a metric of two sides may be
 * named without its ending _u or _v. Returns the exit code. */
int explain_metric(const cli_quantities *tables, const char *metric);

#endif
