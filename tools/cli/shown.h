/* shown.h: results as the options and the terminal want them; for the files of this folder. */
#ifndef SPX_TOOLS_SHOWN_H
#define SPX_TOOLS_SHOWN_H

#include "cli.h"

/* Where results go unless a tool collects them: standard output or, between begin and end, what is
 * shown as a table in the end. */
FILE *shown_stream(void);

/* What is printed on cli.out from now on is a table, and these are its views; NULL: it is none.
 * Returns the exit code. */
int shown_begin(const cli_view *views);
/* Prints the table, complete or not. Returns `code`, or that of a failure. */
int shown_end(int code);

#endif
