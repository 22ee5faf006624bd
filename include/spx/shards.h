/* spx/shards.h: shares of the work items, and run files made from their results. */
#ifndef SPX_SHARDS_H
#define SPX_SHARDS_H

#include "spx/journal.h"

#include <stdio.h>

/* --shard I/N: the I-th of N shares, counted from 1; {1, 1} is the whole work. */
typedef struct spx_shard {
    size_t i, n;
} spx_shard;

/* Parses "I/N"; NULL gives {1, 1}. SPX_EINVAL unless 1 <= I <= N. */
SPX_CHECKED spx_status spx_shard_read(const char *text, spx_shard *out, spx_error *err);
/* True if group g belongs to the share: in order of falling cost, every N-th from the I-th on. */
bool spx_shard_has(const spx_shard *s, const double *cost, size_t groups, size_t g);

/* Line of the identity of items that are parts of one result (spx/items.h). */
#define SPX_SHARD_JOINED "joined 1\n"

/* Gathers the items of all shares in one journal at path; identity is theirs without the line
 * "shard". SPX_ENOTFOUND if an item is missing. */
SPX_CHECKED spx_status spx_shards_gather(spx_journal *const *from, size_t n, const char *identity,
                                         const char *path, spx_error *err);
/* Writes the run file at path from the results of all items, in order, each from the first journal
 * that has it; SPX_ENOTFOUND if none has. Stages are those of the identity, `command` becomes the
 * file's history. What the items printed goes to `out`, what they noted to `notes`, each unless
 * NULL. */
SPX_CHECKED spx_status spx_shards_write(spx_journal *const *from, size_t n, const char *path,
                                        const char *command, FILE *out, FILE *notes,
                                        spx_error *err);

/* The result of an item: a text of results, a text of notes, and a log of spx_store_open_log. */
typedef struct spx_shard_record {
    const unsigned char *out, *notes, *log;
    size_t out_size, notes_size, log_size;
} spx_shard_record;
/* Borrows from bytes. SPX_EFORMAT if they are truncated. */
SPX_CHECKED spx_status spx_shard_record_read(const void *bytes, size_t size, spx_shard_record *r,
                                             spx_error *err);

#endif
