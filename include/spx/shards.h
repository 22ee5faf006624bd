/* spx/shards.h: shares of the work items, and run files made of what items gave. */
#ifndef SPX_SHARDS_H
#define SPX_SHARDS_H

#include "spx/journal.h"

#include <stdio.h>

/* --shard I/N: the I-th of N shares, from 1; {1, 1} is all of it. */
typedef struct spx_shard {
    size_t i, n;
} spx_shard;

/* NULL is {1, 1}. SPX_EINVAL for what is none. */
SPX_CHECKED spx_status spx_shard_read(const char *text, spx_shard *out, spx_error *err);
/* Is group g in the share? In order of falling cost, every N-th from the I-th on. */
bool spx_shard_has(const spx_shard *s, const double *cost, size_t groups, size_t g);

/* A line of the identity of items that are parts of one result (items.h). */
#define SPX_SHARD_JOINED "joined 1\n"

/* The same items in one journal at path, of all shares; identity is theirs without the share. */
SPX_CHECKED spx_status spx_shards_gather(spx_journal *const *from, size_t n, const char *identity,
                                         const char *path, spx_error *err);
/* Puts what items gave into the run file at path, item after item, each from the first journal that
 * has it; stages are those of the identity. Every item must be in one. What they
 * noted is printed to `notes` unless that is NULL; `command` is kept as the file's history. */
SPX_CHECKED spx_status spx_shards_write(spx_journal *const *from, size_t n, const char *path,
                                        const char *command, FILE *notes, spx_error *err);

/* What an item gave: a text of results, one of notes, and a log of spx_store_open_log. */
typedef struct spx_shard_record {
    const unsigned char *out, *notes, *log;
    size_t out_size, notes_size, log_size;
} spx_shard_record;
SPX_CHECKED spx_status spx_shard_record_read(const void *bytes, size_t size, spx_shard_record *r,
                                             spx_error *err);

#endif
