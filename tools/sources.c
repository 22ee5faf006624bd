/* sources.c: which checkpoints a tool works on, in what order, and what their stages are called. */
#include "sources.h"

#include "tensors.h"

#include "spx/file.h"
#include "spx/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that say nothing of the checkpoint: its folder's does. */
static bool is_generic(const char *name)
{
    return strncmp(name, "model.safetensors", 17) == 0 ||
           strncmp(name, "pytorch_model.bin", 17) == 0;
}

void source_of(const char *argument, source *out)
{
    char path[sizeof out->path];
    const char *stage = spx_ckpt_stage(argument, NULL, 0);
    snprintf(out->path, sizeof out->path, "%s", argument);
    snprintf(path, sizeof path, "%s", argument);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) path[n - 1] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && is_generic(slash + 1)) *slash = '\0';
    snprintf(out->stage, sizeof out->stage, "%s", stage ? stage : spx_base_name(path));
}

/* Where one argument's sources are put; `last` repeats a stage where others are kept too. */
static spx_status add_stages(const char *path, source *out, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **names = NULL;
    size_t stages = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (!spx_store_has(s, "snapshots"))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no weights are kept of any stage", path);
    SPX_TRY(spx_store_names(s, "snapshots", &names, &stages, err));
    for (size_t i = 0; i < stages; i++) {
        if (stages > 1 && strcmp(names[i], "last") == 0) continue;
        if (*n == SOURCES_MAX) SPX_RAISE(err, SPX_EINVAL, "more than %d stages", SOURCES_MAX);
        snprintf(out[*n].path, sizeof out->path, "%s#%s", path, names[i]);
        snprintf(out[*n].stage, sizeof out->stage, "%s", names[i]);
        (*n)++;
    }
out:
    spx_store_names_free(names, stages);
    spx_store_close(s);
    return st;
}

static int by_path(const void *a, const void *b)
{
    return tensors_natural(*(const char *const *)a, *(const char *const *)b);
}

/* Stages of one name are told apart by their files: memit.h5#r1, revive.h5#r1. */
static spx_status name_apart(source *all, size_t n, spx_error *err)
{
    void *mem = NULL;
    spx_status st = spx_alloc(&mem, n + 1, sizeof(bool), err);
    bool *twice = mem;
    for (size_t i = 0; st == SPX_OK && i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(all[i].stage, all[j].stage) == 0) twice[i] = twice[j] = true;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        if (twice[i]) snprintf(all[i].stage, sizeof all->stage, "%s", spx_base_name(all[i].path));
        for (size_t j = 0; st == SPX_OK && j < i; j++)
            if (strcmp(all[i].stage, all[j].stage) == 0)
                st = SPX_FAIL(err, SPX_EINVAL, "%s and %s are both called '%s'", all[j].path,
                              all[i].path, all[i].stage);
    }
    spx_free(mem);
    return st;
}

spx_status sources_expand(const cli_list *arguments, source **out, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    cli_list sorted = *arguments;
    void *mem = NULL;
    *n = 0;
    *out = NULL;
    SPX_TRY(spx_alloc(&mem, SOURCES_MAX, sizeof(source), err));
    source *all = mem;
    qsort(sorted.item, sorted.n, sizeof *sorted.item, by_path);
    for (size_t i = 0; i < sorted.n; i++) {
        if (cli_names_run_file(sorted.item[i]))
            SPX_TRY(add_stages(sorted.item[i], all, n, err));
        else if (*n < SOURCES_MAX)
            source_of(sorted.item[i], &all[(*n)++]);
    }
    SPX_TRY(name_apart(all, *n, err));
    *out = all;
    mem = NULL;
out:
    spx_free(mem);
    return st;
}
