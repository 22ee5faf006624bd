/* spx/journal.h: a file that keeps the results of work items, so that no item is done twice. */
#ifndef SPX_JOURNAL_H
#define SPX_JOURNAL_H

#include "spx/bytes.h"

/*
 * The file:
 *
 *     header  "spxitem1", number of items, length of the identity, identity, SHA-256 of these
 *     record  index of the item, length, bytes, SHA-256 of these; one per item, in order of arrival
 *
 * Numbers are 8 bytes in the order of the machine that wrote them, a SHA-256 is 64 hex digits.
 * Records are only ever appended: however the writer ends, all complete records remain, and an
 * incomplete one after them is cut off when the file is opened again.
 *
 * The identity says which work the items belong to, in lines "NAME VALUE". Files with the same
 * identity belong together.
 */
typedef struct spx_journal spx_journal;

/* Opens the file for adding, or creates it. SPX_EINVAL if it has another identity, naming the first
 * line that differs, or another number of items; SPX_EIO if another process is writing to it. */
SPX_CHECKED spx_status spx_journal_open(const char *path, const char *identity, size_t items,
                                        spx_journal **out, spx_error *err);
/* Opens it for reading. SPX_EFORMAT if it is not such a file. An incomplete record at its end is
 * not an error; that item is missing. */
SPX_CHECKED spx_status spx_journal_read(const char *path, spx_journal **out, spx_error *err);
/* NULL is allowed. */
void spx_journal_close(spx_journal *j);

const char *spx_journal_path(const spx_journal *j);
const char *spx_journal_identity(const spx_journal *j);
/* Number of items of the work, and number of those that are here. */
size_t spx_journal_items(const spx_journal *j);
size_t spx_journal_count(const spx_journal *j);
bool spx_journal_has(const spx_journal *j, size_t item);

/* Adds the result of an item; one that is already there is left as it is. */
SPX_CHECKED spx_status spx_journal_add(spx_journal *j, size_t item, const void *bytes, size_t size,
                                       spx_error *err);
/* *out <- the bytes of an item, which must be there. */
SPX_CHECKED spx_status spx_journal_get(const spx_journal *j, size_t item, spx_bytes *out,
                                       spx_error *err);

/* The value of the line `name` of an identity and its length; NULL if there is no such line. */
const char *spx_identity_value(const char *identity, const char *name, size_t *length);
/* SPX_EINVAL naming the first line in which `mine` differs from `its`, the identity of the file at
 * path. */
SPX_CHECKED spx_status spx_identity_check(const char *mine, const char *path, const char *its,
                                          spx_error *err);

#endif
