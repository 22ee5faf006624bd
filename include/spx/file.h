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

#define SPX_PATH_SIZE 4096

/* The path of the file that a symbolic link names, which need not exist; of any other path, itself.
 * SPX_EIO for a loop, or too long a path. */
SPX_CHECKED spx_status spx_file_resolve(const char *path, char out[SPX_PATH_SIZE], spx_error *err);

/* A file that this process writes beside its place. Start from {.fd = -1}. */
typedef struct spx_claim {
    const char *name;         /* as the caller gave it, for messages; not a copy */
    int fd;                   /* `part`, open for writing and locked; -1: none */
    char real[SPX_PATH_SIZE]; /* where the file belongs, symbolic links resolved */
    char part[SPX_PATH_SIZE]; /* what is written until then: real.part */
} spx_claim;

/**
 * Begins to write the file at `path`: makes FILE.part, empty, beside the file that `path` names or
 * that a symbolic link there leads to. Every kind of output is written so: text, run files, copies.
 *
 * Until the claim ends, another claim on the same file gives SPX_EIO. Where the file system has no
 * locks (flock gives ENOLCK, ENOSYS or EOPNOTSUPP) nothing keeps a second writer away, which is
 * noted once in a process. An earlier file gives the new one its mode.
 * @param[out] out  end with spx_file_commit or spx_file_abandon; {.fd = -1} on failure.
 * @return SPX_OK; SPX_EIO names the path, also if it is neither missing nor a regular file.
 */
SPX_CHECKED spx_status spx_file_claim(spx_claim *out, const char *path, spx_error *err);
/* Appends the bytes of `from`. */
SPX_CHECKED spx_status spx_file_fill(const spx_claim *c, const char *from, spx_error *err);
/* Syncs the part, puts it in the file's place and syncs the folder. On failure, SPX_EIO, the part
 * is removed and an earlier file untouched. Once the file is in its place nothing fails: a folder
 * that cannot be synced is a warning. *c becomes {.fd = -1}. */
SPX_CHECKED spx_status spx_file_commit(spx_claim *c, spx_error *err);
/* Removes a file that is not wanted any more; one that stays is a warning. */
void spx_file_remove(const char *path);
/* Removes the part; {.fd = -1} is allowed. */
void spx_file_abandon(spx_claim *c);
/*
 * Notes that reading or writing `path` failed in a library that may pass over it: HDF5 answers that
 * a name is not there. Nothing is committed, and no output ended well, until spx_file_untroubled
 * has told of the first.
 */
void spx_file_trouble(const char *path, int error);
/* SPX_EIO naming that file, SPX_ENOMEM if error was ENOMEM, and forgets it; SPX_OK if there is
 * none. Commits call it; so does a caller that has told of an error in another way and goes on. */
SPX_CHECKED spx_status spx_file_untroubled(spx_error *err);
/* Copies `from` to `to`, all or nothing. */
SPX_CHECKED spx_status spx_file_copy(const char *from, const char *to, spx_error *err);
/* Replaces `to` by `from`, which nothing claimed, as spx_file_commit does. */
SPX_CHECKED spx_status spx_file_replace(const char *from, const char *to, spx_error *err);
/* Locks an open file for this process alone, as spx_file_claim does. */
SPX_CHECKED spx_status spx_file_lock(int fd, const char *path, spx_error *err);
/* Locks likewise the folder that the file at `path` is in; it need not exist. *fd is to be closed,
 * which ends the lock; -1 if another process has it. */
SPX_CHECKED spx_status spx_file_lock_folder(const char *path, int *fd, spx_error *err);

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
