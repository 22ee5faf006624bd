/* spx/child.h: another tool of the kit as a child process. */
#ifndef SPX_CHILD_H
#define SPX_CHILD_H

#include "spx/base.h"

#include <stdbool.h>

/* A command line under construction; texts are copied. Start from {0}; free with spx_child_free. */
typedef struct spx_child {
    char *word[3200]; /* NULL-terminated; more than twice the arms of a plan */
    size_t n;
    bool cut; /* a word had no memory or no room; no more are added */
    spx_scratch memory;
} spx_child;

/* Adds the first word: the tool with this name in the folder of the running one. */
void spx_child_tool(spx_child *c, const char *name);
/* Adds a word. */
void spx_child_word(spx_child *c, const char *text);
void spx_child_free(spx_child *c);

/* How a child is run. */
typedef struct spx_child_opts {
    bool quiet;                       /* discards what the child prints to standard output */
    void (*show)(const spx_child *c); /* called before it starts; may be NULL */
    bool (*interrupted)(void);        /* true if this process was told to stop; may be NULL */
} spx_child_opts;

/* Runs the command and waits for it. The child has the three standard files only, is a process
 * alone even if this one is a rank (spx_comm_launchers), and dies with this one. What it prints
 * goes to standard error. If it fails, it has printed its own message: SPX_ENUMERIC or SPX_EIO by
 * its exit status, and what it was to write (the word after -o). SPX_EINTR if this process was told
 * to stop; the child is then told too. SPX_ENOMEM if the command was cut. */
SPX_CHECKED spx_status spx_child_run(const spx_child *c, const spx_child_opts *o, spx_error *err);

#endif
