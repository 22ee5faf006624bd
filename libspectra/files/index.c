/* index.c: *.index.json, {"weight_map": {tensor: file}}: a checkpoint sharded over files beside it.
 */
#include "files/format.h"

#include "spx/json.h"

#include <string.h>

/* A shard and the tensors it brought. */
typedef struct shard {
    const char *file;
    size_t first, end;
} shard;

static const shard *find_shard(const shard *s, size_t n, const char *file)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(s[i].file, file) == 0) return &s[i];
    return NULL;
}

static spx_status add_shard(spx_ckpt *c, const part *p, const char *file, shard *out,
                            spx_error *err)
{
    char path[4096];
    *out = (shard){.file = file, .first = c->count};
    spx_status st = format_beside(p, file, path, sizeof path, err);
    if (st == SPX_OK && strcmp(path, p->path) == 0)
        st = SPX_FAIL(err, SPX_EFORMAT, "%s: names itself as a shard", p->path);
    const bool safe = format_ends_with(file, ".safetensors");
    if (st == SPX_OK) st = format_add(c, path, safe ? "safetensors" : "zip", err);
    out->end = c->count;
    return st;
}

/* The tensor is in the shard that the index names. */
static spx_status check_entry(const spx_ckpt *c, const part *p, const char *name, const shard *s,
                              spx_error *err)
{
    for (size_t i = s->first; i < s->end; i++)
        if (strcmp(c->tensor[i].name, name) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s is not in %s", p->path, name, s->file);
}

static spx_status read_map(spx_ckpt *c, const part *p, const spx_json *map, spx_scratch *tmp,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    const size_t entries = spx_json_size(map);
    if (!spx_json_is_object(map) || entries == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: has no weight_map", p->path);
    shard *s = NULL;
    SPX_TRY(SPX_SCRATCH(tmp, &s, entries, err));
    for (size_t i = 0; i < entries; i++) {
        const spx_json *v = NULL;
        const char *name = spx_json_key(map, i, &v), *file = spx_json_text(v);
        if (!file) SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s names no file", p->path, name);
        if (!find_shard(s, n, file)) SPX_TRY(add_shard(c, p, file, &s[n++], err));
    }
    for (size_t i = 0; i < entries; i++) {
        const spx_json *v = NULL;
        const char *name = spx_json_key(map, i, &v);
        SPX_TRY(check_entry(c, p, name, find_shard(s, n, spx_json_text(v)), err));
    }
out:
    return st;
}

spx_status format_open_index(spx_ckpt *c, part *p, spx_error *err)
{
    spx_scratch tmp = {0};
    spx_json *root = NULL;
    spx_status st = spx_json_parse((const char *)p->map.data, p->map.size, p->path, &root, err);
    if (st == SPX_OK) st = read_map(c, p, spx_json_get(root, "weight_map"), &tmp, err);
    spx_json_free(root);
    spx_scratch_free(&tmp);
    return st;
}
