/* output.c: text files that are written whole or not at all. */
#include "spx/output.h"

#include "spx/file.h"
#include "spx/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(SPX_OUTPUT_PATH >= PATH_MAX, "realpath writes PATH_MAX bytes");

enum { MOST_LINKS = 40 }; /* as the kernel allows */

static spx_status fail_long(const char *path, spx_error *err)
{
    errno = ENAMETOOLONG;
    return spx_fail_path(err, path);
}

/* One step from a link to what it names; false at a path that is no link. */
static bool follow_link(char path[SPX_OUTPUT_PATH], bool *too_long)
{
    char target[SPX_OUTPUT_PATH], next[2 * SPX_OUTPUT_PATH];
    const ssize_t n = readlink(path, target, sizeof target - 1);
    if (n < 0) return false;
    target[n] = '\0';
    const char *slash = strrchr(path, '/');
    const int folder = target[0] == '/' || !slash ? 0 : (int)(slash - path) + 1;
    snprintf(next, sizeof next, "%.*s%s", folder, path, target);
    *too_long = strlen(next) >= SPX_OUTPUT_PATH;
    snprintf(path, SPX_OUTPUT_PATH, "%.*s", SPX_OUTPUT_PATH - 1, next);
    return !*too_long;
}

spx_status spx_output_resolve(const char *path, char out[SPX_OUTPUT_PATH], spx_error *err)
{
    struct stat info;
    bool too_long = strlen(path) >= SPX_OUTPUT_PATH;
    if (too_long) return fail_long(path, err);
    snprintf(out, SPX_OUTPUT_PATH, "%s", path);
    if (lstat(path, &info) != 0 || !S_ISLNK(info.st_mode)) return SPX_OK;
    if (realpath(path, out)) return SPX_OK;
    if (errno != ENOENT) return spx_fail_path(err, path);
    snprintf(out, SPX_OUTPUT_PATH, "%s", path);
    for (int i = 0; i < MOST_LINKS && follow_link(out, &too_long); i++) continue;
    return too_long ? fail_long(path, err) : SPX_OK;
}

static spx_status fail_busy(const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EIO, "%s: another process is writing to it", path);
}

/* Opens the part, emptied. A process that is still writing to it holds a lock; one that has just
 * put it in place leaves another file, or none, under its name. */
static spx_status open_part(spx_output *o, int *fd, spx_error *err)
{
    struct stat mine, there;
    *fd = open(o->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (*fd < 0) return spx_fail_path(err, o->name);
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return fail_busy(o->name, err);
    if (fstat(*fd, &mine) != 0) return spx_fail_path(err, o->name);
    if (stat(o->part, &there) != 0 || mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
        return fail_busy(o->name, err);
    return ftruncate(*fd, 0) == 0 ? SPX_OK : spx_fail_path(err, o->name);
}

/* Opens what is no regular file. A named pipe without a reader would hold the program up. */
static spx_status open_directly(const spx_output *o, bool pipe, int *fd, spx_error *err)
{
    *fd = open(o->name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0 && errno == ENXIO && pipe)
        return SPX_FAIL(err, SPX_EIO, "%s: the pipe has no reader", o->name);
    if (*fd < 0) return spx_fail_path(err, o->name);
    const int flags = fcntl(*fd, F_GETFL);
    if (flags >= 0 && fcntl(*fd, F_SETFL, flags & ~O_NONBLOCK) == 0) return SPX_OK;
    return spx_fail_path(err, o->name);
}

static spx_status open_beside(spx_output *o, const struct stat *earlier, int *fd, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_output_resolve(o->name, o->real, err));
    if (strlen(o->real) + sizeof ".part" > sizeof o->part) return fail_long(o->name, err);
    snprintf(o->part, sizeof o->part, "%.*s.part", SPX_OUTPUT_PATH - 8, o->real);
    SPX_TRY(open_part(o, fd, err));
    if (earlier && fchmod(*fd, earlier->st_mode & 0777) != 0) SPX_TRY(spx_fail_path(err, o->name));
out:
    return st;
}

spx_status spx_output_open(spx_output *out, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    struct stat info;
    int fd = -1;
    const bool exists = stat(path, &info) == 0;
    *out = (spx_output){.name = path};
    if (exists && !S_ISREG(info.st_mode))
        SPX_TRY(open_directly(out, S_ISFIFO(info.st_mode), &fd, err));
    else
        SPX_TRY(open_beside(out, exists ? &info : NULL, &fd, err));
    out->to = fdopen(fd, "w");
    if (!out->to) SPX_TRY(spx_fail_path(err, path));
    if (*out->part) spx_unfinished_begin(out->part, SPX_BEING_WRITTEN);
out:
    if (st != SPX_OK) {
        if (fd >= 0) close(fd); /* the part may be another process's */
        *out = (spx_output){0};
    }
    return st;
}

spx_status spx_output_flush(FILE *to, const char *name, spx_error *err)
{
    errno = 0;
    const bool flushed = fflush(to) == 0;
    if (flushed && !ferror(to)) return SPX_OK;
    if (errno == 0 && write(fileno(to), "\n", 1) >= 0) errno = EIO; /* an earlier write failed */
    return spx_fail_path(err, name);
}

/* A device or a pipe need not know what syncing is. */
static spx_status sync_output(const spx_output *o, spx_error *err)
{
    if (fsync(fileno(o->to)) == 0) return SPX_OK;
    if (!*o->part && (errno == EINVAL || errno == EROFS || errno == ENOTSUP)) return SPX_OK;
    return spx_fail_path(err, o->name);
}

static spx_status sync_folder(const spx_output *o, spx_error *err)
{
    char folder[SPX_OUTPUT_PATH];
    const char *slash = strrchr(o->real, '/');
    const int n = slash == o->real ? 1 : slash ? (int)(slash - o->real) : 0;
    snprintf(folder, sizeof folder, "%.*s", n ? n : 1, n ? o->real : ".");
    const int fd = open(folder, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == EACCES ? SPX_OK : spx_fail_path(err, o->name);
    const bool good = fsync(fd) == 0 || errno == EINVAL;
    const int why = errno;
    close(fd);
    errno = why;
    return good ? SPX_OK : spx_fail_path(err, o->name);
}

spx_status spx_output_finish(spx_output *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_output_flush(out->to, out->name, err));
    SPX_TRY(sync_output(out, err));
    spx_unfinished_end(out->part);
    if (*out->part && rename(out->part, out->real) != 0) SPX_TRY(spx_fail_path(err, out->name));
    const bool placed = *out->part != '\0';
    out->part[0] = '\0';
    if (placed) SPX_TRY(sync_folder(out, err));
    const int bad = fclose(out->to);
    out->to = NULL;
    if (bad) SPX_TRY(spx_fail_path(err, out->name));
    *out = (spx_output){0};
out:
    if (st != SPX_OK) spx_output_abandon(out);
    return st;
}

void spx_output_abandon(spx_output *out)
{
    if (*out->part) (void)unlink(out->part);
    spx_unfinished_end(out->part);
    if (out->to) (void)fclose(out->to);
    *out = (spx_output){0};
}

spx_status spx_output_end(spx_output *out, spx_status st, spx_error *err)
{
    if (st == SPX_OK) return spx_output_finish(out, err);
    spx_output_abandon(out);
    return st;
}
