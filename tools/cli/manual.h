/* manual.h: a tool's page of the manual, and its options for scripts; for help.c alone. */
#ifndef SPX_TOOLS_MANUAL_H
#define SPX_TOOLS_MANUAL_H

#include "cli.h"

/* Both print and return CLI_OK. The page of section 1, in mdoc(7). */
int manual_page(const cli_tool *tool);
/* Tab-separated: "tool", its name, hand, summary and first example; then a line for each option and
 * argument that applies: "option" or "argument", letter or -, name, value name or -, choices
 * (separated by blanks) or -, help. */
int manual_options(const cli_tool *tool);

#endif
