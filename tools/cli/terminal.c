/* terminal.c: whether standard output is a terminal, how wide it is, whether it has colours. */
#include "terminal.h"

#include "spx/comm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* mpirun gives ranks a terminal of their own, wherever its output goes. */
bool terminal_is_output(void) { return isatty(STDOUT_FILENO) && !spx_comm_launched(); }

size_t terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    const long asked = columns ? strtol(columns, NULL, 10) : 0;
    struct winsize size = {0};
    if (asked > 0) return (size_t)asked;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

bool terminal_has_colour(void)
{
    const char *refused = getenv("NO_COLOR"), *kind = getenv("TERM");
    return terminal_is_output() && !(refused && *refused) && kind && *kind &&
           strcmp(kind, "dumb") != 0;
}
