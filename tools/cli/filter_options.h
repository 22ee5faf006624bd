/* filter_options.h: the options with which a tool asks for a filter, and the list of filters. */
#ifndef SPX_TOOLS_FILTERS_H
#define SPX_TOOLS_FILTERS_H

#include "cli.h"

#include "spx/filter.h"

/* A row of an option table: the options of filters_collect, whose names go to `spec`, a static
 * spx_filter_spec. A number may be a list, such as --cap 0.2,0.3. */
#define FILTER_OPTIONS(spec)                                         \
    {                                                                \
        .kind = CLI_TABLE, .value = &(spec), .table = filter_options \
    }
const cli_opt *filter_options(const cli_opt *row);
/* *out <- the filter asked for, `otherwise` if none was, at the values of the one parameter that
 * was given as a list; else, at one value, of the one that was given or its main one. Returns the
 * exit code. */
int filters_collect(const spx_filter_spec *spec, const char *otherwise, spx_filter_sweep *out);
/* The same of a text "FILTER NAME=VALUE ..", such as "spectral-cap cap=0.2,0.5", the value of an
 * option. Cuts the text up, which *out borrows. */
int filters_read(const char *option, char *text, spx_filter_sweep *out);
/* True if the command line has a parameter of filters. */
bool filters_given(void);

/* Prints the table of filters: name, family, what it does, source, parameters with defaults. */
void filters_list(void);

#endif
