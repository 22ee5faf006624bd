/* placing.c: the files of one output, which get their names together once all of them are whole. */
#include "formats/write.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

struct placed {
    spx_output file;
    char *path;
    bool named; /* the file has got its name */
    placed *next;
};

static spx_status too_long(const char *path, spx_error *err)
{
    return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", path);
}

/* Removes the files that an export which was killed left in a folder of that name. */
static void empty_folder(const char *path)
{
    char file[sizeof((placing *)NULL)->folder + 300];
    DIR *d = opendir(path);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        const int n = snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof file) (void)unlink(file);
    }
    if (d) (void)closedir(d);
}

static bool is_empty_folder(const char *path)
{
    size_t n = 0;
    DIR *d = opendir(path);
    if (!d) return false;
    for (const struct dirent *e = readdir(d); e; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n == 0;
}

spx_status placing_check(const char *folder, spx_error *err)
{
    struct stat info;
    if (stat(folder, &info) != 0 || is_empty_folder(folder)) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%s: exists (expected a new or an empty folder)", folder);
}

spx_status placing_folder(placing *p, const char *path, spx_error *err)
{
    struct stat info;
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') len--;
    if (len + sizeof ".part" > sizeof p->folder) return too_long(path, err);
    snprintf(p->final, sizeof p->final, "%.*s", (int)len, path);
    snprintf(p->folder, sizeof p->folder, "%s", p->final);
    if (stat(p->final, &info) == 0) {
        errno = ENOTDIR;
        return S_ISDIR(info.st_mode) ? SPX_OK : spx_fail_path(err, p->final);
    }
    snprintf(p->folder, sizeof p->folder, "%.*s.part", (int)len, path);
    if (mkdir(p->folder, 0777) != 0 && errno != EEXIST) return spx_fail_path(err, p->folder);
    empty_folder(p->folder);
    p->made = true;
    return SPX_OK;
}

spx_status placing_add(placing *p, const char *path, spx_output **file, spx_error *err)
{
    spx_status st = SPX_OK;
    placed *f = NULL;
    const size_t room = strlen(path) + 1;
    SPX_TRY(SPX_SCRATCH(&p->memory, &f, 1, err));
    SPX_TRY(SPX_SCRATCH(&p->memory, &f->path, room, err));
    memcpy(f->path, path, room);
    SPX_TRY(spx_output_open(&f->file, f->path, err));
    *(p->last ? &p->last->next : &p->first) = f;
    p->last = f;
    *file = &f->file;
out:
    return st;
}

/* Renames the folder, whose files have their names. */
static spx_status commit_folder(placing *p, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!p->made) return SPX_OK;
    SPX_TRY(spx_file_replace(p->folder, p->final, err));
    p->made = false;
out:
    return st;
}

spx_status placing_end(placing *p, spx_status st, spx_error *err)
{
    for (placed *f = p->first; f && st == SPX_OK; f = f->next) {
        st = spx_output_finish(&f->file, err);
        f->named = st == SPX_OK;
    }
    if (st == SPX_OK) st = commit_folder(p, err);
    for (placed *f = p->first; f && st != SPX_OK; f = f->next)
        if (!f->named)
            spx_output_abandon(&f->file);
        else if (p->made)
            (void)unlink(f->path);
    if (p->made) (void)rmdir(p->folder);
    spx_scratch_free(&p->memory);
    *p = (placing){0};
    return st;
}
