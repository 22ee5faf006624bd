/* sweeps.c: run files of tools/sweep.sh beside a plan's results. */
#include "report/sweeps.h"

#include "spx/store.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096

static bool made_by(const char *path, const char *what)
{
    spx_store *s = NULL;
    char *stage = NULL;
    double edits = 0;
    if (spx_store_open(path, SPX_STORE_READ, &s, NULL) != SPX_OK) return false;
    bool yes = spx_store_stages(s) > 1 && spx_store_stage(s, 1, &stage, &edits, NULL) == SPX_OK;
    const size_t n = strlen(what);
    yes = yes && strncmp(stage, what, n) == 0 && stage[n] == '-';
    spx_free(stage);
    spx_store_close(s);
    return yes;
}

static spx_status add(const spx_outcome *o, const char *file, const char *what, spx_outcome *out,
                      spx_scratch *tmp, spx_error *err)
{
    void *path = NULL, *name = NULL;
    const size_t n = strlen(file);
    if (n < 4 || strcmp(file + n - 3, ".h5") != 0 || out->n == SPX_NAMES_MAX) return SPX_OK;
    spx_status st = spx_scratch_alloc(tmp, &path, PATH_SIZE, 1, err);
    if (st == SPX_OK) st = spx_scratch_alloc(tmp, &name, n, 1, err);
    if (st != SPX_OK) return st;
    snprintf(path, PATH_SIZE, "%s/sweeps/%s", o->folder, file);
    snprintf(name, n, "%.*s", (int)n - 3, file);
    if (!made_by(path, what)) return SPX_OK;
    out->path[out->n] = path;
    out->name[out->n++] = name;
    return SPX_OK;
}

spx_status sweeps_find(const spx_outcome *o, const char *what, spx_outcome *out, spx_scratch *tmp,
                       spx_error *err)
{
    char folder[PATH_SIZE];
    struct dirent **entry = NULL;
    spx_status st = SPX_OK;
    *out =
        (spx_outcome){.folder = o->folder, .title = o->title, .model = o->model, .child = o->child};
    snprintf(folder, sizeof folder, "%s/sweeps", o->folder);
    const int n = scandir(folder, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (st == SPX_OK) st = add(o, entry[i]->d_name, what, out, tmp, err);
        free(entry[i]);
    }
    free((void *)entry);
    return st;
}
