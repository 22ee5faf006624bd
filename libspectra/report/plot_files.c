/* plot_files.c: a picture under its temporary name until gnuplot has written all of it. */
#include "report/plot_files.h"

#include "spx/base.h"
#include "spx/file.h"
#include "spx/unfinished.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

spx_status plot_files_name(plot_files *f, const char *name, bool latex, spx_error *err)
{
    spx_status st = SPX_OK;
    char part[PATH_ROOM], real[SPX_PATH_SIZE];
    SPX_TRY(spx_file_resolve(name, real, err));
    const char *output = latex ? name : real;
    const char *base = spx_base_name(output);
    if (strlen(output) + strlen(base) + 16 > sizeof part)
        SPX_RAISE(err, SPX_EINVAL, "%s: the path is too long", output);
    snprintf(part, sizeof part, "%s.part", output);
    SPX_TRY(spx_text_dup(&f->output, output, err));
    if (!latex) {
        SPX_TRY(spx_text_dup(&f->part, part, err));
        spx_unfinished_begin(f->part, SPX_BEING_WRITTEN);
        goto out;
    }
    if (mkdir(part, 0777) != 0 && errno != EEXIST) SPX_TRY(spx_fail_path(err, part));
    SPX_TRY(spx_text_dup(&f->folder, part, err));
    snprintf(part, sizeof part, "%s/%.*s-inc.tex", f->folder, (int)strlen(base) - 4, base);
    SPX_TRY(spx_text_dup(&f->part, part, err));
out:
    return st;
}

/* The other half of a LaTeX figure: NAME-inc.pdf, where it is written or where it belongs. */
static void other_half(const plot_files *f, bool written, char out[PATH_ROOM])
{
    const char *of = written ? f->part : f->output;
    snprintf(out, PATH_ROOM, "%.*s%s", (int)strlen(of) - 4, of, written ? ".pdf" : "-inc.pdf");
}

static bool ends_with(const char *path, const char *text)
{
    char last[32];
    struct stat info;
    bool found = false;
    const size_t size = strlen(text);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) info.st_size = 0;
    const off_t room = sizeof last, from = info.st_size > room ? info.st_size - room : 0;
    const ssize_t n = fd >= 0 ? pread(fd, last, sizeof last, from) : -1;
    for (size_t i = 0; n >= 0 && i + size <= (size_t)n && !found; i++)
        found = memcmp(last + i, text, size) == 0;
    if (fd >= 0) close(fd);
    return found;
}

/* On a full disk gnuplot's files are cut short. */
static spx_status check_end(const plot_files *f, const char *path, const char *last, spx_error *err)
{
    if (ends_with(path, last)) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: gnuplot could not write all of it", f->output);
}

spx_status plot_files_put(const plot_files *f, const char *last, const char *half_last,
                          spx_error *err)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    spx_status st = SPX_OK;
    SPX_TRY(check_end(f, f->part, last, err));
    spx_unfinished_end(f->part);
    if (f->folder) {
        other_half(f, true, from);
        other_half(f, false, to);
        SPX_TRY(check_end(f, from, half_last, err));
        SPX_TRY(spx_file_replace(from, to, err));
    }
    SPX_TRY(spx_file_replace(f->part, f->output, err));
out:
    return st;
}

void plot_files_discard(const plot_files *f)
{
    char half[PATH_ROOM];
    if (f->part) (void)remove(f->part);
    spx_unfinished_end(f->part);
    if (f->part && f->folder) {
        other_half(f, true, half);
        (void)remove(half);
    }
    if (f->folder) (void)rmdir(f->folder);
}

void plot_files_release(plot_files *f)
{
    spx_free(f->output);
    spx_free(f->part);
    spx_free(f->folder);
}
