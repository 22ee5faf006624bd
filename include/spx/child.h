/* spx/child.h: another tool of the kit as a child process, its command line shown before it runs. */
#ifndef SPX_CHILD_H
#define SPX_CHILD_H

#include "spx/base.h"

#include <stdbool.h>

/* A command being put together; texts are copied. Start from {0}; spx_child_free at the end. */
typedef struct spx_child {
    char *word[3200]; /* more than twice the arms of a plan */
    size_t n;
    spx_scratch memory;
} spx_child;

/* The tool of that name beside the running one; the command's first word. */
void spx_child_tool(spx_child *c, const char *name);
void spx_child_word(spx_child *c, const char *text);
void spx_child_free(spx_child *c);

/* How a child is run. */
typedef struct spx_child_opts {
    bool quiet;                       /* what the child prints to standard output goes nowhere */
    void (*show)(const spx_child *c); /* called before it starts; may be NULL */
    bool (*interrupted)(void);        /* has this process been told to stop? may be NULL */
} spx_child_opts;

/* Runs it and waits. It is one process with the three standard files alone, also where this one is
 * a rank (spx_comm_launchers), and dies with this one. What it prints goes to standard error, or
 * nowhere with -q; its own message has been printed when it fails. SPX_EINTR if this process was
 * told to stop, which the child is told too. */
SPX_CHECKED spx_status spx_child_run(const spx_child *c, const spx_child_opts *o, spx_error *err);

#endif
