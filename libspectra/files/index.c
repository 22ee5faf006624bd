/* index.c: *.index.json, {"weight_map": {tensor: file}}: a checkpoint in shards beside it. */
#include "files/write.h"

#include "spx/json.h"
#include "spx/names.h"

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
    spx_status st = SPX_OK;
    char path[4096];
    const bool safe = spx_ends_with(file, ".safetensors");
    *out = (shard){.file = file, .first = c->count};
    SPX_TRY(format_beside(p, file, path, sizeof path, err));
    if (strcmp(path, p->path) == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: index names itself as a shard", p->path);
    SPX_TRY(format_add(c, path, safe ? &format_safetensors : &format_zip, err));
out:
    out->end = c->count;
    return st;
}

/* SPX_EFORMAT unless the tensor is in the shard that the index names. */
static spx_status check_entry(const spx_ckpt *c, const part *p, const char *name, const shard *s,
                              spx_error *err)
{
    for (size_t i = s->first; i < s->end; i++)
        if (strcmp(c->tensor[i].name, name) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s is not in %s", p->path, name, s->file);
}

static spx_status read_weight_map(spx_ckpt *c, const part *p, const spx_json *map, spx_scratch *tmp,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    shard *s = NULL;
    size_t n = 0;
    const size_t entries = spx_json_size(map);
    if (!spx_json_is_object(map) || entries == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: index has no weight_map", p->path);
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

static spx_status open_index(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_json *root = NULL;
    SPX_TRY(spx_json_parse((const char *)p->map.data, p->map.size, p->path, &root, err));
    SPX_TRY(read_weight_map(c, p, spx_json_get(root, "weight_map"), &tmp, err));
out:
    spx_json_free(root);
    spx_scratch_free(&tmp);
    return st;
}

static bool is_index(const char *path, const unsigned char *head, size_t n)
{
    (void)head, (void)n;
    return spx_ends_with(path, ".index.json");
}

const format format_index = {
    .name = "index",
    .probe = is_index,
    .open = open_index,
    .write = write_index,
    .needs_folder = true,
    .single_end = ".safetensors",
};
