/* sweeps.c: run files of tools/sweep.sh beside a plan's results. */
#include "report/sweeps.h"

#include "report/run_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool made_by(const char *path, const char *what)
{
    spx_store *s = NULL;
    char *stage = NULL;
    double edits = 0;
    if (run_file_lacks(spx_store_open(path, SPX_STORE_READ, &s, NULL))) return false;
    bool yes =
        spx_store_stages(s) > 1 && !run_file_lacks(spx_store_stage(s, 1, &stage, &edits, NULL));
    const size_t n = strlen(what);
    yes = yes && strncmp(stage, what, n) == 0 && stage[n] == '-';
    spx_free(stage);
    spx_store_close(s);
    return yes;
}

static spx_status add_run(const spx_outcome *o, const char *file, const char *what,
                          spx_outcome *out, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    char *path = NULL, *name = NULL;
    const size_t n = strlen(file);
    if (n < 4 || strcmp(file + n - 3, ".h5") != 0 || out->n == SPX_NAMES_MAX) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &path, RUN_FILE_PATH, err));
    SPX_TRY(SPX_SCRATCH(tmp, &name, n, err));
    snprintf(path, RUN_FILE_PATH, "%s/sweeps/%s", o->folder, file);
    snprintf(name, n, "%.*s", (int)n - 3, file);
    if (!made_by(path, what)) goto out;
    out->path[out->n] = path;
    out->name[out->n++] = name;
out:
    return st;
}

/* Every entry of the folder has to be freed, whatever happens. */
spx_status sweeps_find(const spx_outcome *o, const char *what, spx_outcome **out, spx_scratch *tmp,
                       spx_error *err)
{
    char folder[RUN_FILE_PATH];
    struct dirent **entry = NULL;
    spx_status st = SPX_SCRATCH(tmp, out, 1, err);
    if (st != SPX_OK) return st;
    **out =
        (spx_outcome){.folder = o->folder, .title = o->title, .model = o->model, .child = o->child};
    snprintf(folder, sizeof folder, "%s/sweeps", o->folder);
    const int n = scandir(folder, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (st == SPX_OK) st = add_run(o, entry[i]->d_name, what, *out, tmp, err);
        free(entry[i]);
    }
    free((void *)entry);
    return st;
}
