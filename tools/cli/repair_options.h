/* repair_options.h: the options of spx-filter --eval, and what it does. */
#ifndef SPX_TOOLS_REPAIR_OPTIONS_H
#define SPX_TOOLS_REPAIR_OPTIONS_H

#include "cli.h"

#include "spx/repair.h"

/* Rows of an option table. */
#define REPAIR_OPTIONS                             \
    {                                              \
        .kind = CLI_TABLE, .table = repair_options \
    }
const cli_opt *repair_options(const cli_opt *row);

/* True if --eval asked for it. */
bool repair_asked(void);
/* Refuses options that do not go together, and puts in what nobody has named; `pair`: the arguments
 * are two checkpoints. Returns the exit code. */
int repair_check(bool pair);
/* Tries the values of `sweep`, and those of the filters of --also, and prints the rows. */
SPX_CHECKED spx_status repair_run(const char *base, const char *edited,
                                  const spx_filtered_opts *filtered, const spx_filter_sweep *sweep,
                                  spx_error *err);

#endif
