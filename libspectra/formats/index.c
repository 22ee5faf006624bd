/* index.c: *.index.json, {"weight_map": {tensor: file}}: a checkpoint in shards beside it. */
#include "formats/write.h"

#include "spx/json.h"
#include "spx/names.h"

#include <stdlib.h>
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

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const spx_tensor *const *)a)->name, (*(const spx_tensor *const *)b)->name);
}

static int compare_name(const void *name, const void *t)
{
    return strcmp(name, (*(const spx_tensor *const *)t)->name);
}

/* The tensors of all shards in order of their names, and for each of c's tensors whether it counts:
 * not, if the index says that another shard's does. */
typedef struct choice {
    const spx_tensor **sorted;
    bool *dropped;
    size_t n, left_out;
    const spx_tensor *example; /* of those dropped */
} choice;

static spx_status sort_tensors(const spx_ckpt *c, choice *all, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    all->n = c->count;
    SPX_TRY(SPX_SCRATCH(tmp, &all->sorted, all->n + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &all->dropped, all->n + 1, err));
    for (size_t i = 0; i < all->n; i++) all->sorted[i] = &c->tensor[i];
    if (all->n > 0) qsort(all->sorted, all->n, sizeof *all->sorted, by_name);
out:
    return st;
}

/* Drops the tensors of that name that lie in other shards than s. SPX_EFORMAT if s has none. */
static spx_status choose_shard(const spx_ckpt *c, const part *p, const char *name, const shard *s,
                               choice *all, spx_error *err)
{
    bool there = false;
    const spx_tensor **at =
        all->n > 0 ? bsearch(name, all->sorted, all->n, sizeof *at, compare_name) : NULL;
    while (at && at > all->sorted && strcmp(at[-1]->name, name) == 0) at--;
    for (; at && at < all->sorted + all->n && strcmp((*at)->name, name) == 0; at++) {
        const size_t i = (size_t)(*at - c->tensor);
        const bool here = i >= s->first && i < s->end;
        there = there || here;
        if (here) continue;
        all->dropped[i] = true;
        all->example = *at;
        all->left_out++;
    }
    if (there) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s is not in %s", p->path, name, s->file);
}

/* Takes the dropped tensors out of c, and says so. */
static spx_status drop_tensors(spx_ckpt *c, const part *p, const choice *all, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t kept = 0;
    if (all->left_out == 0) return SPX_OK;
    SPX_TRY(format_note(c, err,
                        "%s: %zu tensor%s also in another shard than weight_map names (%s): those "
                        "do not count",
                        p->path, all->left_out, all->left_out == 1 ? " is" : "s are",
                        all->example->name));
    for (size_t i = 0; i < c->count; i++) {
        if (all->dropped[i]) {
            format_forget(c, i);
            continue;
        }
        format_move(c, kept++, i);
    }
    c->count = kept;
out:
    return st;
}

/* The shards so far, and what is known of the tensors of all. */
typedef struct reader {
    spx_ckpt *c;
    const part *p;
    shard *s;
    size_t n;
    choice all;
    spx_error *err;
} reader;

static spx_status open_shard(void *arg, const char *name, const spx_json *v)
{
    spx_status st = SPX_OK;
    reader *r = arg;
    const char *file = spx_json_text(v);
    if (!file) SPX_RAISE(r->err, SPX_EFORMAT, "%s: tensor %s names no file", r->p->path, name);
    if (!find_shard(r->s, r->n, file)) SPX_TRY(add_shard(r->c, r->p, file, &r->s[r->n++], r->err));
out:
    return st;
}

static spx_status place_tensor(void *arg, const char *name, const spx_json *v)
{
    reader *r = arg;
    return choose_shard(r->c, r->p, name, find_shard(r->s, r->n, spx_json_text(v)), &r->all,
                        r->err);
}

static spx_status read_weight_map(spx_ckpt *c, const part *p, const spx_json *map, spx_scratch *tmp,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    reader r = {.c = c, .p = p, .err = err};
    if (!spx_json_is_object(map) || spx_json_size(map) == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s: index has no weight_map", p->path);
    SPX_TRY(SPX_SCRATCH(tmp, &r.s, spx_json_size(map), err));
    SPX_TRY(spx_json_each(map, open_shard, &r));
    SPX_TRY(sort_tensors(c, &r.all, tmp, err));
    SPX_TRY(spx_json_each(map, place_tensor, &r));
    SPX_TRY(drop_tensors(c, p, &r.all, err));
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
