/* spx/file.h: whole files: mapping, reading, replacing, hashing. */
#ifndef SPX_FILE_H
#define SPX_FILE_H

#include "spx/base.h"

#include <stdbool.h>

/* Records SPX_EIO with the path and what errno says. */
spx_status spx_fail_path(spx_error *err, const char *path);
/* What follows the last slash of a path. */
const char *spx_base_name(const char *path);

/* A file mapped read-only. Start from {0}; spx_map_close leaves {0} and may be called twice. */
typedef struct spx_map {
    const unsigned char *data;
    size_t size;
    long long mtime; /* of the file when it was opened, nanoseconds */
    bool copied;     /* read into memory, not mapped */
} spx_map;
/* An empty file gives size 0 and data NULL. A file of a network file system is read, not mapped.
 * Errors name the path. */
SPX_CHECKED spx_status spx_map_open(spx_map *out, const char *path, spx_error *err);
void spx_map_close(spx_map *m);
/* Those bytes are not needed soon: their pages no longer count as this program's memory. They may
 * be read again at any time, from the system's cache or the disk. */
void spx_map_release(const spx_map *m, const unsigned char *from, size_t size);
/* SPX_EIO if the file at path is not as it was when it was opened: another size or time. */
SPX_CHECKED spx_status spx_map_check(const spx_map *m, const char *path, spx_error *err);

/* The bytes of a file with a NUL behind them; free with spx_free. */
SPX_CHECKED spx_status spx_file_text(const char *path, char **out, size_t *len, spx_error *err);

/* Copies from to to (created or truncated); SPX_EIO if another process is writing to. */
SPX_CHECKED spx_status spx_file_copy(const char *from, const char *to, spx_error *err);
/* Writes from's bytes to the disk, then renames it to to, and syncs the folder: all or nothing. */
SPX_CHECKED spx_status spx_file_commit(const char *from, const char *to, spx_error *err);

#define SPX_SHA256_HEX 65
/* SHA-256 as 64 lower-case hex digits and a NUL (libcrypto). */
SPX_CHECKED spx_status spx_sha256(const void *data, size_t size, char out[SPX_SHA256_HEX],
                                  spx_error *err);
/* The same of data that come in pieces: start from NULL, add, end (which gives the digest and
 * frees, or only frees where out is NULL). */
typedef struct spx_hasher spx_hasher;
SPX_CHECKED spx_status spx_hasher_add(spx_hasher **h, const void *data, size_t size,
                                      spx_error *err);
SPX_CHECKED spx_status spx_hasher_end(spx_hasher **h, char *out, spx_error *err);
SPX_CHECKED spx_status spx_sha256_file(const char *path, char out[SPX_SHA256_HEX], spx_error *err);

#endif
