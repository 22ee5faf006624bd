/* spx/items.h: a tool's work as items shared among threads, ranks and job arrays. */
#ifndef SPX_ITEMS_H
#define SPX_ITEMS_H

#include "spx/comm.h"
#include "spx/journal.h"
#include "spx/notify.h"
#include "spx/parallel.h"
#include "spx/store.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * Item = pass * groups + group: passes are stages in their order, groups are tensors or tasks.
 * Several items of a pass are worked on at once, but no two of the same group; any thread of any
 * rank (spx/comm.h) may get any item.
 *
 *     -o RUN.h5    Each result is kept in RUN.h5.items (spx/journal.h) as soon as it is there. When
 *                  all are, they are written to RUN.h5. A command that ended early continues when
 *                  it is given again.
 *     --shard I/N  Only the items of the groups in share I, kept in RUN.h5.IofN. spx-merge joins
 *                  the shares: into RUN.h5 or, if items are parts of one result, into RUN.h5.items,
 *                  from which the same command without --shard makes the result.
 */

/* *out <- the result of an item, borrowed until the next call; results is what join was given. */
typedef spx_status spx_items_given(size_t item, spx_reader *out, void *results, spx_error *err);

/* Where the results of one item go: numbers to store, unless that is NULL, and text to out. */
typedef struct spx_items_sink {
    spx_store *store;
    FILE *out;
} spx_items_sink;

/* The program that works on the items: where results go, and how its user is told. */
typedef struct spx_items_host {
    spx_comm *comm;
    const char *output;  /* of -o, or NULL; a run file (.h5) is written from the items' records */
    const char *command; /* the whole command line, for messages */
    FILE *out, *notes;   /* where results and notes are printed; notes may be NULL: none */
    bool tells;          /* what items print is printed where a run file is written, too */
    spx_notify *notify;
    /* Sends the program's results and notes to these from now on; NULL, NULL: back to before. */
    void (*redirect)(FILE *out, FILE *notes);
    void (*progress)(const char *what, size_t done, size_t total);
    void (*parting)(const char *text); /* sets what to print if a signal ends the program */
    /* Adds the options that decide the result, except the one called `but`, to an identity. */
    spx_status (*options)(spx_bytes *text, const char *but, spx_error *err);
} spx_items_host;

typedef struct spx_items {
    const spx_items_host *host;
    size_t groups, passes;
    const double *cost;   /* of an item of each group; see spx_deal */
    const size_t *values; /* see spx_deal */
    const char *heading;  /* first line of what is printed, or NULL */
    const char *shard;    /* of --shard, or NULL */
    /* Adds what is worked on to the identity: lines "input NAME HASH", and "stage NAME" for each
     * stage of the run file. Called only if there is a run file. */
    spx_status (*describe)(spx_bytes *identity, void *arg, spx_error *err);
    /* Called before the first item of a pass in this process, in the order of the passes; on rank 0
     * for every pass. May be NULL. */
    spx_status (*open)(size_t pass, void *arg, spx_error *err);
    /* Works on an item; called by any thread. */
    spx_job_fn *job;
    /* Puts out the results of an item after its job; one call at a time. What is printed to
     * `to->out` is kept with the results, and printed as the host wants it. */
    spx_status (*emit)(size_t item, const spx_items_sink *to, void *arg, spx_error *err);
    /* NULL, unless the items are parts of one result. Then emit puts bytes to `to->out`, which are
     * not printed, and join, called on rank 0, makes the result from all of them. It writes the run
     * file itself, which may already exist. Not called for a shard. */
    spx_status (*join)(spx_items_given *given, void *results, void *arg, spx_error *err);
    /* Writes the name of an item, for messages, to out, which has room for `room` bytes. */
    void (*name)(size_t item, void *arg, char *out, size_t room);
    void *arg;
} spx_items;

/* Works on all items of this process's share; on rank 0 the output is then complete. */
SPX_CHECKED spx_status spx_items_run(const spx_items *items, spx_error *err);

/* Adds the line "input PATH HASH" to an identity. */
SPX_CHECKED spx_status spx_describe_input(spx_bytes *identity, const char *path, const char *hash,
                                          spx_error *err);
/* The same with the SHA-256 of the file at path; does nothing if path is NULL. */
SPX_CHECKED spx_status spx_describe_file(spx_bytes *identity, const char *path, spx_error *err);

#endif
