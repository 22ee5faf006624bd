/* spx/journal.h: what work items gave, kept as they come in, so that nothing is done twice. */
#ifndef SPX_JOURNAL_H
#define SPX_JOURNAL_H

#include "spx/bytes.h"

/*
 * The file: "spxitem1", the number of items, the length of the identity, the identity, and SHA-256
 * (64 hex digits) of what is before. Then a record for each item, in the order they came: index,
 * length, bytes, SHA-256 of these three. Numbers are 8 bytes of the machine that wrote it. Records
 * are only ever added: whatever ends the writer, all complete ones are there, and what is behind
 * them is cut off when the file is opened again.
 *
 * The identity says what the items are of: lines "NAME VALUE". Two files of the same one belong
 * together.
 */
typedef struct spx_journal spx_journal;

/* Goes on with the file, or begins it. SPX_EINVAL if it is of another identity, naming the first
 * line that differs; SPX_EIO if another process is writing to it. */
SPX_CHECKED spx_status spx_journal_open(const char *path, const char *identity, size_t items,
                                        spx_journal **out, spx_error *err);
/* To read it. SPX_EFORMAT if it is none. A tail that was cut is no error: the item is not there. */
SPX_CHECKED spx_status spx_journal_read(const char *path, spx_journal **out, spx_error *err);
void spx_journal_close(spx_journal *j);

const char *spx_journal_path(const spx_journal *j);
const char *spx_journal_identity(const spx_journal *j);
/* How many items there are to be, and how many are here. */
size_t spx_journal_items(const spx_journal *j);
size_t spx_journal_count(const spx_journal *j);
bool spx_journal_has(const spx_journal *j, size_t item);

/* One more item; one that is there already is left as it is. */
SPX_CHECKED spx_status spx_journal_add(spx_journal *j, size_t item, const void *bytes, size_t size,
                                       spx_error *err);
/* The bytes of an item that is there replace what *out holds. */
SPX_CHECKED spx_status spx_journal_get(const spx_journal *j, size_t item, spx_bytes *out,
                                       spx_error *err);

/* Value of the line `name` of an identity and its length, or NULL. */
const char *spx_identity_value(const char *identity, const char *name, size_t *length);
/* SPX_EINVAL naming the first line in which `mine` differs from that of the file at `path`. */
SPX_CHECKED spx_status spx_identity_check(const char *mine, const char *path, const char *its,
                                          spx_error *err);

#endif
