/* sources.c: the checkpoints a tool works on, their order, and the names of their stages. */
#include "spx/sources.h"

#include "spx/adapter.h"
#include "spx/file.h"
#include "spx/items.h"
#include "spx/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* True for a name that all checkpoints share; the folder's name then tells which it is. */
static bool is_generic(const char *name)
{
    return strncmp(name, "model.safetensors", 17) == 0 ||
           strncmp(name, "pytorch_model.bin", 17) == 0 || strncmp(name, "adapter_model.", 14) == 0;
}

void spx_source_of(const char *argument, spx_source *out)
{
    char path[sizeof out->path];
    size_t base = 0;
    const char *adapter = spx_adapter_split(argument, &base);
    const char *stage = adapter ? NULL : spx_ckpt_stage(argument, NULL, 0);
    snprintf(out->path, sizeof out->path, "%s", argument);
    snprintf(path, sizeof path, "%s", adapter ? adapter : argument);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--) path[n - 1] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && is_generic(slash + 1)) *slash = '\0';
    snprintf(out->stage, sizeof out->stage, "%s", stage ? stage : spx_base_name(path));
}

spx_status spx_source_beside(const char *base, const char *argument, spx_source *out,
                             spx_error *err)
{
    char path[sizeof out->path];
    if (!base || !spx_adapter_is(argument)) {
        spx_source_of(argument, out);
        return SPX_OK;
    }
    const int n = snprintf(path, sizeof path, "%s+%s", base, argument);
    if (n < 0 || (size_t)n >= sizeof path)
        return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", base);
    spx_source_of(path, out);
    return SPX_OK;
}

/* Appends the stages of a run file; `last` repeats one of the others, if there are any. */
static spx_status add_stages(const char *path, spx_source *out, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **names = NULL;
    size_t stages = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (!spx_store_has(s, "snapshots"))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: the weights of no stage are kept", path);
    SPX_TRY(spx_store_names(s, "snapshots", &names, &stages, err));
    for (size_t i = 0; i < stages; i++) {
        if (stages > 1 && strcmp(names[i], "last") == 0) continue;
        if (*n == SPX_SOURCES_MAX)
            SPX_RAISE(err, SPX_EINVAL, "more than %d stages", SPX_SOURCES_MAX);
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
    return spx_natural_order(*(const char *const *)a, *(const char *const *)b);
}

/* SPX_EINVAL if stage i still has the name of an earlier one. */
static spx_status check_name(const spx_source *all, size_t i, spx_error *err)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(all[i].stage, all[j].stage) == 0)
            return SPX_FAIL(err, SPX_EINVAL, "%s and %s are both called '%s'", all[j].path,
                            all[i].path, all[i].stage);
    return SPX_OK;
}

/* Stages of one name are told apart by their files: memit.h5#r1, revive.h5#r1. */
static spx_status name_apart(spx_source *all, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    bool *twice = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &twice, n + 1, err));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(all[i].stage, all[j].stage) == 0) twice[i] = twice[j] = true;
    for (size_t i = 0; i < n; i++) {
        if (twice[i]) snprintf(all[i].stage, sizeof all->stage, "%s", spx_base_name(all[i].path));
        SPX_TRY(check_name(all, i, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_sources_expand(const spx_names *arguments, const char *base, spx_source **out,
                              size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_names sorted = *arguments;
    spx_source *all = NULL;
    *n = 0;
    *out = NULL;
    SPX_TRY(SPX_NEW(&all, SPX_SOURCES_MAX, err));
    qsort(sorted.item, sorted.n, sizeof *sorted.item, by_path);
    for (size_t i = 0; i < sorted.n; i++) {
        if (spx_names_run_file(sorted.item[i]))
            SPX_TRY(add_stages(sorted.item[i], all, n, err));
        else if (*n < SPX_SOURCES_MAX)
            SPX_TRY(spx_source_beside(base, sorted.item[i], &all[(*n)++], err));
    }
    SPX_TRY(name_apart(all, *n, err));
    *out = all;
    all = NULL;
out:
    spx_free(all);
    return st;
}

static spx_status hash_tensor(spx_hasher **h, const spx_tensor *t, spx_error *err);

/* What the values of t are computed from. */
static spx_status hash_added(spx_hasher **h, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_added *a = t->added;
    SPX_TRY(hash_tensor(h, a->to, err));
    SPX_TRY(spx_hasher_add(h, &a->scale, sizeof a->scale, err));
    SPX_TRY(spx_hasher_add(h, a->left, spx_tensor_rows(t) * a->rank * sizeof *a->left, err));
    SPX_TRY(spx_hasher_add(h, a->right, a->rank * spx_tensor_cols(t) * sizeof *a->right, err));
out:
    return st;
}

static spx_status hash_stored(spx_hasher **h, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    char line[900];
    const size_t most = 4096, end = t->bytes < most ? t->bytes : most;
    snprintf(line, sizeof line, "%s %d %zu %zu %zu\n", t->name, (int)t->dtype, spx_tensor_rows(t),
             spx_tensor_cols(t), t->bytes);
    SPX_TRY(spx_hasher_add(h, line, strlen(line), err));
    SPX_TRY(spx_hasher_add(h, t->data, end, err));
    SPX_TRY(spx_hasher_add(h, t->data + t->bytes - end, end, err));
out:
    return st;
}

static spx_status hash_tensor(spx_hasher **h, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *use = NULL;
    if (t->added) return hash_added(h, t, err);
    SPX_TRY(hash_stored(h, t, err));
    for (size_t i = 0; i < spx_tensor_companions(t); i++)
        SPX_TRY(hash_stored(h, spx_tensor_companion(t, i, &use), err));
out:
    return st;
}

spx_status spx_describe_tensors(spx_bytes *identity, const spx_source *from, spx_tensor_keep *keep,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    spx_hasher *h = NULL;
    char hash[SPX_SHA256_HEX];
    SPX_TRY(spx_source_open(from->path, &c, err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (!keep || keep(spx_ckpt_at(c, i))) SPX_TRY(hash_tensor(&h, spx_ckpt_at(c, i), err));
    SPX_TRY(spx_hasher_end(&h, hash, err));
    SPX_TRY(spx_describe_input(identity, from->path, hash, err));
out:
    if (h) st = spx_hasher_end(&h, NULL, NULL) == SPX_OK ? st : SPX_ENOMEM;
    spx_ckpt_close(c);
    return st;
}

spx_status spx_describe_sources(spx_bytes *identity, const spx_source *from, size_t n,
                                spx_tensor_keep *keep, spx_error *err)
{
    spx_status st = SPX_OK;
    char line[300];
    for (size_t t = 0; t < n; t++) SPX_TRY(spx_describe_tensors(identity, &from[t], keep, err));
    for (size_t t = 0; t < n; t++) {
        snprintf(line, sizeof line, "stage %s\n", from[t].stage);
        SPX_TRY(spx_bytes_add(identity, line, strlen(line), err));
    }
out:
    return st;
}
