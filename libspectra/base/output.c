/* output.c: text files that are written whole or not at all. */
#include "spx/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens what is no regular file. A named pipe without a reader would hold the program up. */
static spx_status open_directly(const char *path, bool pipe, FILE **out, spx_error *err)
{
    spx_status st = SPX_OK;
    const int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ENXIO && pipe)
        return SPX_FAIL(err, SPX_EIO, "%s: the pipe has no reader", path);
    if (fd < 0) return spx_fail_path(err, path);
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
        SPX_TRY(spx_fail_path(err, path));
    *out = fdopen(fd, "w");
    if (!*out) SPX_TRY(spx_fail_path(err, path));
    return SPX_OK;
out:
    close(fd);
    return st;
}

/* The stream has a descriptor of its own, so that the claim's outlives it. */
static spx_status open_beside(spx_claim *claim, const char *path, FILE **out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_file_claim(claim, path, err));
    const int fd = fcntl(claim->fd, F_DUPFD_CLOEXEC, 0);
    *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (*out) return SPX_OK;
    st = spx_fail_path(err, path);
    if (fd >= 0) close(fd);
    spx_file_abandon(claim);
out:
    return st;
}

spx_status spx_output_open(spx_output *out, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    struct stat info;
    spx_output o = {.name = path, .claim.fd = -1};
    *out = (spx_output){.claim.fd = -1};
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        SPX_TRY(open_directly(path, S_ISFIFO(info.st_mode), &o.to, err));
    else
        SPX_TRY(open_beside(&o.claim, path, &o.to, err));
    *out = o;
out:
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

spx_status spx_output_finish(spx_output *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_file_untroubled(err));
    SPX_TRY(spx_output_flush(out->to, out->name, err));
    const int bad = fclose(out->to);
    out->to = NULL;
    if (bad) SPX_TRY(spx_fail_path(err, out->name));
    if (out->claim.fd >= 0) SPX_TRY(spx_file_commit(&out->claim, err));
out:
    spx_output_abandon(out);
    return st;
}

void spx_output_abandon(spx_output *out)
{
    if (out->to) (void)fclose(out->to);
    if (out->claim.name) spx_file_abandon(&out->claim);
    *out = (spx_output){.claim.fd = -1};
}

spx_status spx_output_end(spx_output *out, spx_status st, spx_error *err)
{
    if (st == SPX_OK) return spx_output_finish(out, err);
    spx_output_abandon(out);
    return st;
}
