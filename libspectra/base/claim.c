/* claim.c: files that one process writes, beside their place until they are whole. */
#include "spx/file.h"
#include "spx/notify.h"
#include "spx/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(SPX_PATH_SIZE >= PATH_MAX, "realpath writes PATH_MAX bytes");

enum { MOST_LINKS = 40, MOST_TRIES = 100 }; /* as the kernel allows; others' renames in between */

static spx_status fail_long(const char *path, spx_error *err)
{
    errno = ENAMETOOLONG;
    return spx_fail_path(err, path);
}

/* One step from a link to what it names; false at a path that is no link. */
static bool follow_link(char path[SPX_PATH_SIZE], bool *too_long)
{
    char target[SPX_PATH_SIZE], next[2 * SPX_PATH_SIZE];
    const ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0) return false;
    target[n] = '\0';
    const char *slash = strrchr(path, '/');
    const int folder = target[0] == '/' || !slash ? 0 : (int)(slash - path) + 1;
    snprintf(next, sizeof next, "%.*s%s", folder, path, target);
    *too_long = strlen(next) >= SPX_PATH_SIZE;
    snprintf(path, SPX_PATH_SIZE, "%.*s", SPX_PATH_SIZE - 1, next);
    return !*too_long;
}

spx_status spx_file_resolve(const char *path, char out[SPX_PATH_SIZE], spx_error *err)
{
    struct stat info;
    bool too_long = strlen(path) >= SPX_PATH_SIZE;
    if (too_long) return fail_long(path, err);
    snprintf(out, SPX_PATH_SIZE, "%s", path);
    if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode)) return SPX_OK;
    if (realpath(path, out)) return SPX_OK;
    if (errno != ENOENT) return spx_fail_path(err, path);
    snprintf(out, SPX_PATH_SIZE, "%s", path);
    for (int i = 0; i < MOST_LINKS && follow_link(out, &too_long); i++) continue;
    return too_long ? fail_long(path, err) : SPX_OK;
}

/* Said once: of many files on such a system one line is enough. */
static void note_unlocked(const char *path, int why)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (atomic_flag_test_and_set(&said)) return;
    spx_note(spx_notify_files(),
             "%s: its file system has no locks (%s): nothing keeps a second writer away", path,
             strerror(why));
}

/* *held <- false if another process has locked it. */
static spx_status try_lock(int fd, const char *path, bool *held, spx_error *err)
{
    *held = true;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return SPX_OK;
    switch (errno) {
    case EWOULDBLOCK: *held = false; return SPX_OK;
    case ENOLCK:
    case ENOSYS:
    case EOPNOTSUPP: note_unlocked(path, errno); return SPX_OK;
    default: return spx_fail_path(err, path);
    }
}

spx_status spx_file_lock(int fd, const char *path, spx_error *err)
{
    bool held = false;
    const spx_status st = try_lock(fd, path, &held, err);
    if (st == SPX_OK && !held)
        return SPX_FAIL(err, SPX_EIO, "%s: another process is writing to it", path);
    return st;
}

static void name_folder(const char *path, char out[SPX_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    const int n = slash == path ? 1 : slash ? (int)(slash - path) : 0;
    snprintf(out, SPX_PATH_SIZE, "%.*s", n ? n : 1, n ? path : ".");
}

spx_status spx_file_lock_folder(const char *path, int *fd, spx_error *err)
{
    char folder[SPX_PATH_SIZE];
    bool held = false;
    name_folder(path, folder);
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0) return spx_fail_path(err, folder);
    const spx_status st = try_lock(*fd, folder, &held, err);
    if (st == SPX_OK && held) return SPX_OK;
    close(*fd);
    *fd = -1;
    return st;
}

/* True if `path` still names the open file, which another process may have renamed or removed. */
static bool is_named(int fd, const char *path)
{
    struct stat open_one, named;
    return fstat(fd, &open_one) == 0 && stat(path, &named) == 0 &&
           open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* Opens and locks the part. A process that has just put it in place leaves another file, or none,
 * under its name. */
static spx_status open_part(spx_claim *c, spx_error *err)
{
    for (int i = 0; i < MOST_TRIES; i++) {
        c->fd = open(c->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (c->fd < 0) return spx_fail_path(err, errno == EISDIR ? c->part : c->name);
        const spx_status st = spx_file_lock(c->fd, c->name, err);
        if (st == SPX_OK && is_named(c->fd, c->part)) return SPX_OK;
        close(c->fd);
        c->fd = -1;
        if (st != SPX_OK) return st;
    }
    return SPX_FAIL(err, SPX_EIO, "%s: another process keeps replacing it", c->name);
}

/* The locked part becomes empty, with the mode of the file that it will replace. */
static spx_status prepare_part(const spx_claim *c, const struct stat *earlier, spx_error *err)
{
    if (ftruncate(c->fd, 0) != 0) return spx_fail_path(err, c->name);
    if (earlier && fchmod(c->fd, earlier->st_mode & 0777) != 0) return spx_fail_path(err, c->name);
    return SPX_OK;
}

spx_status spx_file_claim(spx_claim *out, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    struct stat info;
    spx_claim c = {.name = path, .fd = -1};
    *out = (spx_claim){.fd = -1};
    SPX_TRY(spx_file_resolve(path, c.real, err));
    const bool exists = stat(c.real, &info) == 0;
    if (exists && !S_ISREG(info.st_mode)) SPX_RAISE(err, SPX_EIO, "%s: not a regular file", path);
    if (strlen(c.real) + sizeof ".part" > sizeof c.part) SPX_TRY(fail_long(path, err));
    snprintf(c.part, sizeof c.part, "%.*s.part", SPX_PATH_SIZE - 8, c.real);
    SPX_TRY(open_part(&c, err));
    spx_unfinished_begin(c.part, SPX_BEING_WRITTEN);
    SPX_TRY(prepare_part(&c, exists ? &info : NULL, err));
    *out = c;
    c.fd = -1;
out:
    spx_file_abandon(&c);
    return st;
}

/* A device, a pipe or a folder need not know what syncing is. */
static bool sync_failed(int fd) { return fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP; }

/* What is in place stays there: a folder that cannot be synced may lose the name if the machine
 * stops, which the user is told. */
static void sync_folder(const char *path, const char *name)
{
    char folder[SPX_PATH_SIZE];
    name_folder(path, folder);
    const int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0 ? errno != EACCES : sync_failed(fd))
        spx_warn(spx_notify_files(),
                 "%s: written, but its folder cannot be synced: %s; it may be lost if the machine "
                 "stops now",
                 name, strerror(errno));
    if (fd >= 0) close(fd);
}

/* `from`, open at fd, becomes `to`. */
static spx_status put_in_place(int fd, const char *from, const char *to, const char *name,
                               spx_error *err)
{
    const spx_status st = spx_file_untroubled(err);
    if (st != SPX_OK) return st;
    if (sync_failed(fd) || rename(from, to) != 0) return spx_fail_path(err, name);
    (void)flock(fd, LOCK_UN); /* HDF5 does not open to read what somebody has locked to write */
    sync_folder(to, name);
    return SPX_OK;
}

spx_status spx_file_commit(spx_claim *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_unfinished_end(c->part);
    SPX_TRY(put_in_place(c->fd, c->part, c->real, c->name, err));
    close(c->fd); /* the part may be another writer's from here on */
    c->fd = -1;
out:
    spx_file_abandon(c);
    return st;
}

void spx_file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        spx_warn(spx_notify_files(), "%s: cannot be removed: %s", path, strerror(errno));
}

void spx_file_abandon(spx_claim *c)
{
    if (c->fd >= 0) {
        spx_file_remove(c->part);
        spx_unfinished_end(c->part);
        close(c->fd);
    }
    *c = (spx_claim){.fd = -1};
}

spx_status spx_file_replace(const char *from, const char *to, spx_error *err)
{
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return spx_fail_path(err, from);
    const spx_status st = put_in_place(fd, from, to, to, err);
    close(fd);
    return st;
}

static spx_status write_all(int fd, const unsigned char *data, size_t size, const char *path,
                            spx_error *err)
{
    while (size > 0) {
        const ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return spx_fail_path(err, path);
        data += n;
        size -= (size_t)n;
    }
    return SPX_OK;
}

/* In pieces, so that the pages of each can be released. */
spx_status spx_file_fill(const spx_claim *c, const char *from, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t most = (size_t)16 << 20;
    spx_map m = {0};
    SPX_TRY(spx_map_open(&m, from, err));
    for (size_t at = 0; at < m.size; at += most) {
        const size_t n = m.size - at < most ? m.size - at : most;
        SPX_TRY(write_all(c->fd, m.data + at, n, c->name, err));
        spx_map_release(&m, m.data + at, n);
    }
out:
    spx_map_close(&m);
    return st;
}

spx_status spx_file_copy(const char *from, const char *to, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_claim c = {.fd = -1};
    if (access(from, R_OK) != 0) return spx_fail_path(err, from);
    SPX_TRY(spx_file_claim(&c, to, err));
    SPX_TRY(spx_file_fill(&c, from, err));
    SPX_TRY(spx_file_commit(&c, err));
out:
    spx_file_abandon(&c);
    return st;
}
