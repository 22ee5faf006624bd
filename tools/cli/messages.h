/* messages.h: who speaks in messages; for cli.c alone. */
#ifndef SPX_TOOLS_MESSAGES_H
#define SPX_TOOLS_MESSAGES_H

#include <stdbool.h>

/* Messages begin with the tool's name from now on; a silent process, a rank other than 0, prints
 * none. */
void messages_begin(const char *name);
void messages_silence(bool silent);

#endif
