/* terminal.h: the terminal that standard output goes to. */
#ifndef SPX_TOOLS_TERMINAL_H
#define SPX_TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* True if standard output is a terminal that people look at, not one
 * that mpirun made. */
bool terminal_is_output(void);
/* Columns of a line: COLUMNS if that is a number above 0, else what the terminal says, else 80. */
size_t terminal_width(void);
/* True if standard output is a terminal that has colours (TERM is neither empty nor dumb) and
 * NO_COLOR is unset or empty (https://no-color.org). */
bool terminal_has_colour(void);

#endif
