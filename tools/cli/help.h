/* help.h: what --help prints; for cli.c alone. */
#ifndef SPX_TOOLS_HELP_H
#define SPX_TOOLS_HELP_H

#include "cli.h"

/*
 * Answers --help=TOPIC. "": the main options. "all": every option. The name of a topic of the tool:
 * what it is and the options that it reads. For the build, which makes manual and completions of
 * it: "man", the page of section 1 (mdoc), and "options", tab-separated. CLI_USAGE for another
 * topic.
 */
int help_print(const cli_tool *tool, const char *topic);

#endif
