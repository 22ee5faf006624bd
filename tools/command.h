/* command.h: another tool of the kit as a child process, its command line shown before it runs. */
#ifndef SPX_TOOLS_COMMAND_H
#define SPX_TOOLS_COMMAND_H

#include "spx/base.h"

/* A command being put together; texts are copied. Start from {0}; command_free at the end. */
typedef struct command {
    char *word[3200]; /* more than twice the arms of a plan */
    size_t n;
    spx_scratch memory;
} command;

/* The tool of that name beside the running one; the command's first word. */
void command_tool(command *c, const char *name);
void command_word(command *c, const char *text);
void command_free(command *c);

/* Runs it and waits. It is one process with the three standard files alone, also where this one is
 * a rank (spx_comm_launchers), and dies with this one. What it prints goes to standard error, or
 * nowhere with -q; its own message has been printed when it fails. SPX_EINTR if this process was
 * told to stop, which the child is told too. */
SPX_CHECKED spx_status command_run(const command *c, spx_error *err);

#endif
