/* items.h: a tool's work as items that may be shared among threads, ranks and job arrays. */
#ifndef SPX_TOOLS_ITEMS_H
#define SPX_TOOLS_ITEMS_H

#include "sources.h"
#include "tensors.h"

#include "spx/journal.h"
#include "spx/parallel.h"
#include "spx/store.h"

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
typedef spx_status items_given(size_t item, spx_reader *out, void *results, spx_error *err);

typedef struct items {
    size_t groups, passes;
    const double *cost;   /* of an item of each group; see spx_deal */
    const size_t *values; /* see spx_deal */
    const char *heading;  /* first line of what is printed, or NULL */
    const char *shard;    /* of --shard, or NULL */
    /* Names of the run file's stages. */
    const source *stages;
    size_t stage_count;
    /* What is worked on, for the identity: lines "input NAME HASH". Asked if there is a run file.
     */
    spx_status (*describe)(spx_bytes *identity, void *arg, spx_error *err);
    /* Before the first item of a pass in this process; passes ascend, on rank 0 none is left out.
     * May be NULL. */
    spx_status (*open)(size_t pass, void *arg, spx_error *err);
    spx_job_fn *job; /* by any thread */
    /* What came of it, one item at a time: into store, or if that is NULL to cli.out. */
    spx_status (*emit)(size_t item, spx_store *store, void *arg, spx_error *err);
    /* Where the items are parts of one result: makes it of all that they gave, on rank 0; emit then
     * puts bytes to cli.out, nothing is printed of itself, and the run file, which may be there
     * already, is join's to write. Not called for a shard. Else NULL. */
    spx_status (*join)(items_given *given, void *results, void *arg, spx_error *err);
    /* What an item is called in messages. */
    void (*name)(size_t item, void *arg, char *out, size_t room);
    void *arg;
} items;

/* Works on all of them; on rank 0 the output is then complete. */
SPX_CHECKED spx_status items_run(const items *w, spx_error *err);

/* "input PATH HASH": names, types, shapes and the first and last 4096 bytes of each of the tensors
 * that `keep` says yes to; a fingerprint that costs little of a file of any size. */
SPX_CHECKED spx_status items_describe_tensors(spx_bytes *identity, const source *from,
                                              tensors_keep *keep, spx_error *err);
/* "input PATH HASH". */
SPX_CHECKED spx_status items_describe_input(spx_bytes *identity, const char *path, const char *hash,
                                            spx_error *err);
/* The same with SHA-256 of a whole file; nothing for NULL. */
SPX_CHECKED spx_status items_describe_file(spx_bytes *identity, const char *path, spx_error *err);

#endif
