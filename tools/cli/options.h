/* options.h: a command line against the table of a tool's options; for cli.c alone. */
#ifndef SPX_TOOLS_OPTIONS_H
#define SPX_TOOLS_OPTIONS_H

#include "cli.h"

typedef enum options_asked {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_EXPLAIN
} options_asked;

/* Sets what the tool's and the common options point to; CLI_USAGE after saying what is wrong. */
int options_parse(const cli_tool *tool, int argc, char **argv, options_asked *asked);
/* As cli_add_options. */
SPX_CHECKED spx_status options_add(const cli_tool *tool, const char *but, spx_bytes *text,
                                   spx_error *err);

#endif
