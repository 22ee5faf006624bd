/* filter_options.h: the options with which a tool asks for a filter, and the list of filters. */
#ifndef SPX_TOOLS_FILTERS_H
#define SPX_TOOLS_FILTERS_H

#include "cli.h"

#include "spx/filter.h"

/* A row of an option table: the options that fill `spec`, a static spx_filter_spec. The tool has
 * its own --tau; filters_fill puts in the seed. */
#define FILTER_OPTIONS_BUT_TAU(spec)                                         \
    {                                                                        \
        .kind = CLI_TABLE, .value = &(spec), .table = filter_options_but_tau \
    }
const cli_opt *filter_options_but_tau(const cli_opt *row);
void filters_fill(spx_filter_spec *spec);

/* Prints the table of filters: name, family, what it does, source, parameters with defaults. */
void filters_list(void);

#endif
