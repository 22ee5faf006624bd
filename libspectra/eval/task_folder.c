/* task_folder.c: the files of a folder, and the hash of what a task is measured on. */
#include "eval/task_folder.h"

#include "eval/records.h"

#include "spx/file.h"
#include "spx/metric_families.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static spx_status list_entries(DIR *d, const char *folder, const char *part, char ***name,
                               size_t *n, spx_scratch *tmp, spx_error *err)
{
    size_t room = 0;
    spx_status st = SPX_OK;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        const size_t size = strlen(folder) + strlen(e->d_name) + 2;
        if (!strstr(e->d_name, part)) continue;
        SPX_TRY(ARRAY_GROW(name, &room, *n, err));
        SPX_TRY(SPX_SCRATCH(tmp, &(*name)[*n], size, err));
        snprintf((*name)[(*n)++], size, "%s/%s", folder, e->d_name);
    }
out:
    return st;
}

spx_status folder_list(const char *folder, const char *part, char ***out, size_t *n,
                       spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    char **name = NULL;
    DIR *d = opendir(folder);
    *n = 0;
    if (!d) return spx_fail_path(err, folder);
    SPX_TRY(list_entries(d, folder, part, &name, n, tmp, err));
    SPX_TRY(SPX_SCRATCH(tmp, out, *n, err));
    if (*n > 0) {
        memcpy(*out, name, *n * sizeof *name);
        qsort(*out, *n, sizeof **out, by_text);
    }
out:
    closedir(d);
    spx_free(name);
    return st;
}

static spx_status hash_folder(const char *folder, spx_hasher **h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char **name = NULL, each[SPX_SHA256_HEX];
    size_t n = 0;
    SPX_TRY(folder_list(folder, ".csv", &name, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(spx_sha256_file(name[i], each, err));
        SPX_TRY(spx_hasher_add(h, each, strlen(each), err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_eval_task_hash(const spx_eval_task *task, char out[SPX_SHA256_HEX], spx_error *err)
{
    static const char *const parts[] = {"", "/dev", "/test"};
    spx_status st = SPX_OK;
    spx_hasher *h = NULL;
    if (!is_folder(task->file)) return spx_sha256_file(task->file, out, err);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char folder[1024];
        snprintf(folder, sizeof folder, "%s%s", task->file, parts[i]);
        if (is_folder(folder)) SPX_TRY(hash_folder(folder, &h, err));
    }
out:;
    const spx_status end = spx_hasher_end(&h, st == SPX_OK ? out : NULL, err);
    return st == SPX_OK ? end : st;
}
