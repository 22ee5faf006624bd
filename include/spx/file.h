/* spx/file.h: mapping, reading, copying, replacing and hashing whole files. */
#ifndef SPX_FILE_H
#define SPX_FILE_H

#include "spx/base.h"

#include <stdbool.h>

/* Records "PATH: reason" by errno; SPX_ENOMEM where memory ran out, else SPX_EIO. */
spx_status spx_fail_path(spx_error *err, const char *path);
/* The part of a path after its last slash. */
const char *spx_base_name(const char *path);

/* A file mapped read-only. Start from {0}; spx_map_close leaves {0} and may be called twice. */
typedef struct spx_map {
    const unsigned char *data;
    size_t size;
    long long mtime; /* modification time when it was opened, nanoseconds */
    bool copied;     /* read into memory instead of mapped */
} spx_map;
/* An empty file gives size 0 and data NULL. A file on a network file system is read, not mapped.
 * SPX_EIO names the path. */
SPX_CHECKED spx_status spx_map_open(spx_map *out, const char *path, spx_error *err);
void spx_map_close(spx_map *m);
/* Says that these bytes will not be needed soon: their pages no longer count as this program's
 * memory. They may be read again at any time, from the system's cache or the disk. */
void spx_map_release(const spx_map *m, const unsigned char *from, size_t size);
/* SPX_EIO if the size or modification time of the file at path has changed since it was opened. */
SPX_CHECKED spx_status spx_map_check(const spx_map *m, const char *path, spx_error *err);

/* The bytes of a file, followed by a NUL that *len does not count; free with spx_free. */
SPX_CHECKED spx_status spx_file_text(const char *path, char **out, size_t *len, spx_error *err);

/* Creates or empties a file that this process alone writes: until *fd is closed, another claim on
 * the same path gives SPX_EIO. The lock stays with the file when it is renamed. A file system
 * without locks gives none. It is noted as unfinished (spx/unfinished.h) until it is committed; who
 * gives it up removes it and calls spx_unfinished_end. */
SPX_CHECKED spx_status spx_file_claim(const char *path, int *fd, spx_error *err);
/* Writes the bytes of `from` to a claimed file; `to` is its name for messages. */
SPX_CHECKED spx_status spx_file_fill(int fd, const char *to, const char *from, spx_error *err);
/* Copies `from` to `to`, created or truncated; SPX_EIO if another process is writing to it. */
SPX_CHECKED spx_status spx_file_copy(const char *from, const char *to, spx_error *err);
/* Replaces `to` by `from`, all or nothing: syncs `from`, renames it and syncs the folder. `from` is
 * unfinished no more. */
SPX_CHECKED spx_status spx_file_commit(const char *from, const char *to, spx_error *err);

#define SPX_SHA256_HEX 65
/* SHA-256 as 64 lower-case hex digits and a NUL (libcrypto). */
SPX_CHECKED spx_status spx_sha256(const void *data, size_t size, char out[SPX_SHA256_HEX],
                                  spx_error *err);
/* The same for data that come in pieces. Start from NULL and add; spx_hasher_end stores the digest,
 * unless out is NULL, and frees. */
typedef struct spx_hasher spx_hasher;
SPX_CHECKED spx_status spx_hasher_add(spx_hasher **h, const void *data, size_t size,
                                      spx_error *err);
SPX_CHECKED spx_status spx_hasher_end(spx_hasher **h, char *out, spx_error *err);
/* The same for the file at path. */
SPX_CHECKED spx_status spx_sha256_file(const char *path, char out[SPX_SHA256_HEX], spx_error *err);

#endif
