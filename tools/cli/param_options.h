/* param_options.h: options that set parameters of a run, made from the table of params.h. */
#ifndef SPX_TOOLS_PARAM_OPTIONS_H
#define SPX_TOOLS_PARAM_OPTIONS_H

#include "cli.h"

#include "spx/params.h"

/* A row of an option table: one option for each parameter, under a heading for each group, that
 * sets `spec`, a static spx_run_spec. */
#define RUN_OPTIONS(spec)                                           \
    {                                                               \
        .kind = CLI_TABLE, .value = &(spec), .table = param_options \
    }
const cli_opt *param_options(const cli_opt *row);

/* What the command line gave, once it has been parsed: a flag for each row of the table, as
 * spx_preset_read takes them. */
const bool *param_options_given(void);
/* True if the command line gave the parameter of that name. */
bool param_options_has(const char *name);
/* Puts into spec what no option sets by itself: the layers given as a list, and the seed. */
SPX_CHECKED spx_status param_options_finish(spx_run_spec *spec, spx_error *err);

/* The option of one parameter with its value at `value`, of the type that the parameter has in a
 * spx_run_spec. Texts are in static storage; call it once for each option. */
cli_opt param_option(const char *name, void *value);

#endif
