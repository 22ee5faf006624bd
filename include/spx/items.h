/* spx/items.h: a tool's work as items that may be shared among threads, ranks and job arrays. */
#ifndef SPX_ITEMS_H
#define SPX_ITEMS_H

#include "spx/comm.h"
#include "spx/journal.h"
#include "spx/notify.h"
#include "spx/parallel.h"
#include "spx/store.h"

#include <stdio.h>

/*
 * Item = pass * groups + group: passes are stages in their order, groups tensors or tasks. Several
 * items of a pass are worked on at once, no two of one group; every thread and every rank
 * (spx/comm.h) may get any.
 *
 * With -o RUN.h5 what each item gave is kept in RUN.h5.items (spx/journal.h) as soon as it is
 * there, and goes into RUN.h5 when all is: the same command goes on where one ended. With --shard
 * I/N only the items of groups that are I's share, in RUN.h5.IofN, for spx-merge to join: into
 * RUN.h5, or where items are parts of one result into RUN.h5.items, with which the tool itself,
 * given the same but --shard, has nothing left to do but join.
 */
/* What an item gave, to be read; borrowed until the next call. */
typedef spx_status spx_items_given(size_t item, spx_reader *out, void *results, spx_error *err);

/* Where the results of one item go: numbers into store or, where that is NULL, text to out. */
typedef struct spx_items_sink {
    spx_store *store;
    FILE *out;
} spx_items_sink;

/* The program whose items they are: where results go, and how its user is told. */
typedef struct spx_items_host {
    spx_comm *comm;
    const char *output;  /* of -o, or NULL; a run file (.h5) is written from the items' records */
    const char *command; /* the whole command line, for messages */
    FILE *out, *notes;   /* where they are printed; notes: NULL if none are wanted */
    spx_notify *notify;
    /* From now on the program's own results and notes go to these; NULL, NULL: back again. */
    void (*redirect)(FILE *out, FILE *notes);
    void (*progress)(const char *what, size_t done, size_t total);
    void (*parting)(const char *text); /* what is to be said if a signal ends the program */
    /* Adds the options that decide the result to an identity, the one called `but` left out. */
    spx_status (*options)(spx_bytes *text, const char *but, spx_error *err);
} spx_items_host;

typedef struct spx_items {
    const spx_items_host *host;
    size_t groups, passes;
    const double *cost;   /* of an item of each group; see spx_deal */
    const size_t *values; /* see spx_deal */
    const char *heading;  /* first line of what is printed, or NULL */
    const char *shard;    /* of --shard, or NULL */
    /* What is worked on, for the identity: lines "input NAME HASH", and "stage NAME" for each stage
     * of the run file. Asked if there is one. */
    spx_status (*describe)(spx_bytes *identity, void *arg, spx_error *err);
    /* Before the first item of a pass in this process; passes ascend, on rank 0 none is left out.
     * May be NULL. */
    spx_status (*open)(size_t pass, void *arg, spx_error *err);
    spx_job_fn *job; /* by any thread */
    /* What came of it, one item at a time. */
    spx_status (*emit)(size_t item, const spx_items_sink *to, void *arg, spx_error *err);
    /* Where the items are parts of one result: makes it of all that they gave, on rank 0; emit then
     * puts bytes to out, nothing is printed of itself, and the run file, which may be there
     * already, is join's to write. Not called for a shard. Else NULL. */
    spx_status (*join)(spx_items_given *given, void *results, void *arg, spx_error *err);
    /* What an item is called in messages. */
    void (*name)(size_t item, void *arg, char *out, size_t room);
    void *arg;
} spx_items;

/* Works on all of them; on rank 0 the output is then complete. */
SPX_CHECKED spx_status spx_items_run(const spx_items *w, spx_error *err);

/* "input PATH HASH". */
SPX_CHECKED spx_status spx_describe_input(spx_bytes *identity, const char *path, const char *hash,
                                          spx_error *err);
/* The same with SHA-256 of a whole file; nothing for NULL. */
SPX_CHECKED spx_status spx_describe_file(spx_bytes *identity, const char *path, spx_error *err);

#endif
