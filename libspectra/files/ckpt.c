/* ckpt.c: the one door to checkpoints of every format. */
#include "files/dtype.h"
#include "files/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct format {
    const char *name;
    bool (*probe)(const char *path, const unsigned char *head, size_t n);
    format_open *open;
} format;

const char *spx_ckpt_stage(const char *path, char *file, size_t room)
{
    const char *mark = strstr(path, ".h5#");
    if (!mark) return NULL;
    if (file) snprintf(file, room, "%.*s", (int)(mark + 3 - path), path);
    return mark + 4;
}

static bool is_stage(const char *path, const unsigned char *head, size_t n)
{
    (void)head, (void)n;
    return spx_ckpt_stage(path, NULL, 0) != NULL;
}

static bool is_gguf(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 4 && memcmp(head, "GGUF", 4) == 0;
}

/* Eight bytes of header length, then JSON. */
static bool is_safetensors(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 9 && head[8] == '{';
}

static bool is_index(const char *path, const unsigned char *head, size_t n)
{
    (void)head, (void)n;
    return format_ends_with(path, ".index.json");
}

static bool is_npy(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

static bool is_zip(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 4 && memcmp(head, "PK\3\4", 4) == 0;
}

static const format formats[] = {
    {"run", is_stage, format_open_stage}, {"index", is_index, format_open_index},
    {"gguf", is_gguf, format_open_gguf},  {"safetensors", is_safetensors, format_open_safetensors},
    {"npy", is_npy, format_open_npy},     {"zip", is_zip, format_open_archive}, /* npz, PyTorch */
};

/* A folder stands for the first of these that is in it. */
static spx_status resolve(const char *path, char **out, spx_error *err)
{
    static const char *const inside[] = {"model.safetensors", "model.safetensors.index.json",
                                         "pytorch_model.bin", "pytorch_model.bin.index.json"};
    struct stat info;
    char file[4096];
    if (strlen(path) + sizeof "/pytorch_model.bin.index.json" > sizeof file)
        return SPX_FAIL(err, SPX_EINVAL, "%.80s...: path is too long", path);
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return spx_text_copy(out, path, strlen(path), err);
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        const int n = snprintf(file, sizeof file, "%s/%s", path, inside[i]);
        if (stat(file, &info) == 0) return spx_text_copy(out, file, (size_t)n, err);
    }
    return SPX_FAIL(err, SPX_ENOTFOUND,
                    "%s: no model.safetensors or pytorch_model.bin in that folder, and no index of "
                    "either; name the file itself",
                    path);
}

/* What the file is instead, where that can be told. */
static spx_status no_checkpoint(const part *p, spx_error *err)
{
    const unsigned char *head = p->map.data;
    const size_t n = p->map.size;
    if (n > 2 && head[0] == 0x80)
        return SPX_FAIL(err, SPX_EUNSUP,
                        "%s: a bare pickle, as torch.save wrote before 1.6; save it again",
                        p->path);
    if (n > 4 && memcmp(head, "\x89HDF", 4) == 0)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: HDF5; of a run file name a stage: %s#STAGE", p->path,
                        spx_base_name(p->path));
    return SPX_FAIL(err, SPX_EFORMAT,
                    "%s: no checkpoint: not GGUF, safetensors, PyTorch or NumPy (%zu bytes)",
                    p->path, n);
}

static spx_status dispatch(spx_ckpt *c, part *p, const char *want, spx_error *err)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!formats[i].probe(p->path, p->map.data, p->map.size)) continue;
        if (want && strcmp(want, formats[i].name) != 0)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: is %s, not %s", p->path, formats[i].name, want);
        if (!c->format) c->format = formats[i].name;
        p->format = formats[i].name;
        return formats[i].open(c, p, err);
    }
    return no_checkpoint(p, err);
}

spx_status format_add(spx_ckpt *c, const char *path, const char *want, spx_error *err)
{
    void *mem = NULL;
    if (c->parts == FORMAT_PARTS)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: more than %d files", c->path, FORMAT_PARTS);
    spx_status st = spx_alloc(&mem, 1, sizeof(part), err);
    if (st != SPX_OK) return st;
    part *p = c->part[c->parts++] = mem;
    st = spx_text_copy(&p->path, path, strlen(path), err);
    if (st == SPX_OK && !is_stage(path, NULL, 0)) st = spx_map_open(&p->map, path, err);
    return st == SPX_OK ? dispatch(c, p, want, err) : st;
}

spx_status format_beside(const part *p, const char *name, char *out, size_t size, spx_error *err)
{
    const int folder = (int)(spx_base_name(p->path) - p->path);
    if (!*name || strchr(name, '/') || strcmp(name, "..") == 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: '%s' is no file beside it", p->path, name);
    const int n = snprintf(out, size, "%.*s%s", folder, p->path, name);
    if (n > 0 && (size_t)n < size) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: '%.80s...' is too long a name", p->path, name);
}

spx_status spx_ckpt_open(const char *path, spx_ckpt **out, spx_error *err)
{
    void *mem = NULL;
    *out = NULL;
    spx_status st = spx_alloc(&mem, 1, sizeof(spx_ckpt), err);
    if (st != SPX_OK) return st;
    spx_ckpt *c = mem;
    st = resolve(path, &c->path, err);
    if (st == SPX_OK) st = format_add(c, c->path, NULL, err);
    if (st == SPX_OK) st = format_check(c, err);
    if (st == SPX_OK)
        *out = c;
    else
        spx_ckpt_close(c);
    return st;
}

spx_status spx_ckpt_from_floats(const char *path, spx_floats *m, size_t n, spx_ckpt **out,
                                spx_error *err)
{
    void *mem = NULL;
    *out = NULL;
    spx_status st = spx_alloc(&mem, 1, sizeof(spx_ckpt), err);
    if (st != SPX_OK) return st;
    spx_ckpt *c = mem;
    c->format = formats[0].name;
    st = spx_text_copy(&c->path, path, strlen(path), err);
    if (st == SPX_OK) st = format_floats(c, m, n, err);
    if (st == SPX_OK) st = format_check(c, err);
    for (size_t i = 0; i < n && st == SPX_OK; i++) {
        c->owned_data[i] = m[i].data;
        m[i].data = NULL;
    }
    if (st == SPX_OK)
        *out = c;
    else
        spx_ckpt_close(c);
    return st;
}

bool format_inside(const part *p, const spx_tensor *t)
{
    return p->map.data && t->data >= p->map.data && t->data < p->map.data + p->map.size;
}

void spx_ckpt_release(const spx_ckpt *c, const spx_tensor *t, size_t r0, size_t rows)
{
    const size_t all = spx_tensor_rows(t), row = all ? t->bytes / all : 0;
    for (size_t i = 0; i < c->parts; i++)
        if (format_inside(c->part[i], t))
            spx_map_release(&c->part[i]->map, t->data + r0 * row, rows * row);
}

static void free_meta(meta *m)
{
    for (size_t i = 0; m->texts && i < m->n; i++) spx_free(m->texts[i]);
    spx_free(m->texts);
    spx_free(m->numbers);
    spx_free(m->text);
    spx_free(m->key);
}

void spx_ckpt_close(spx_ckpt *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->metas; i++) free_meta(&c->meta[i]);
    for (size_t i = 0; i < c->count; i++) spx_free(c->owned_names[i]);
    for (size_t i = 0; i < c->count; i++) spx_free(c->owned_data[i]);
    for (size_t i = 0; i < c->parts; i++) {
        spx_map_close(&c->part[i]->map);
        spx_free(c->part[i]->path);
        spx_free(c->part[i]);
    }
    spx_free(c->meta);
    spx_free(c->owned_names);
    spx_free(c->owned_data);
    spx_free(c->hash);
    spx_free(c->by_name);
    spx_free(c->tensor);
    spx_free(c->path);
    spx_free(c);
}

spx_status spx_ckpt_check(const spx_ckpt *c, spx_error *err)
{
    for (size_t i = 0; i < c->parts; i++) {
        if (is_stage(c->part[i]->path, NULL, 0)) continue;
        const spx_status st = spx_map_check(&c->part[i]->map, c->part[i]->path, err);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

const char *spx_ckpt_path(const spx_ckpt *c) { return c->path; }

const char *spx_ckpt_format(const spx_ckpt *c) { return c->format; }

size_t spx_ckpt_count(const spx_ckpt *c) { return c->count; }

const spx_tensor *spx_ckpt_at(const spx_ckpt *c, size_t i)
{
    return i < c->count ? &c->tensor[i] : NULL;
}

static int to_name(const void *name, const void *t)
{
    return strcmp(name, (*(const spx_tensor *const *)t)->name);
}

const spx_tensor *spx_ckpt_find(const spx_ckpt *c, const char *name)
{
    const spx_tensor *const *found =
        c->count > 0 ? bsearch(name, c->by_name, c->count, sizeof *c->by_name, to_name) : NULL;
    return found ? *found : NULL;
}

static const meta *find_meta(const spx_ckpt *c, const char *key)
{
    for (size_t i = 0; i < c->metas; i++)
        if (c->meta[i].key && strcmp(c->meta[i].key, key) == 0) return &c->meta[i];
    return NULL;
}

const char *spx_ckpt_text(const spx_ckpt *c, const char *key)
{
    const meta *m = find_meta(c, key);
    return m ? m->text : NULL;
}

bool spx_ckpt_number(const spx_ckpt *c, const char *key, double *out)
{
    const meta *m = find_meta(c, key);
    if (!m || !m->is_number) return false;
    *out = m->number;
    return true;
}

const char *const *spx_ckpt_texts(const spx_ckpt *c, const char *key, size_t *n)
{
    const meta *m = find_meta(c, key);
    *n = m && m->texts ? m->n : 0;
    return m ? (const char *const *)m->texts : NULL;
}

const double *spx_ckpt_numbers(const spx_ckpt *c, const char *key, size_t *n)
{
    const meta *m = find_meta(c, key);
    *n = m && m->numbers ? m->n : 0;
    return m ? m->numbers : NULL;
}

/* *array, of `had` items, gets room for n more. */
static spx_status grow(void *array, size_t had, size_t n, size_t size, spx_error *err)
{
    void *old = NULL, *wide = NULL;
    memcpy(&old, array, sizeof old);
    const spx_status st = spx_alloc(&wide, had + n, size, err);
    if (st != SPX_OK) return st;
    if (had > 0) memcpy(wide, old, had * size);
    memcpy(array, &wide, sizeof wide);
    spx_free(old);
    return SPX_OK;
}

spx_status format_tensors(spx_ckpt *c, size_t n, size_t *first, spx_error *err)
{
    spx_status st = grow(&c->tensor, c->count, n, sizeof *c->tensor, err);
    if (st == SPX_OK) st = grow(&c->owned_names, c->count, n, sizeof *c->owned_names, err);
    if (st == SPX_OK) st = grow(&c->owned_data, c->count, n, sizeof *c->owned_data, err);
    if (st == SPX_OK) st = grow(&c->hash, c->count, n, sizeof *c->hash, err);
    *first = c->count;
    if (st == SPX_OK) c->count += n;
    return st;
}

spx_status format_metas(spx_ckpt *c, size_t n, size_t *first, spx_error *err)
{
    const spx_status st = grow(&c->meta, c->metas, n, sizeof *c->meta, err);
    *first = c->metas;
    if (st == SPX_OK) c->metas += n;
    return st;
}

/* Names are printed in tables and JSON: UTF-8, nothing that moves a terminal's cursor. */
static bool is_name(const char *name, size_t len)
{
    for (size_t i = 0, n = 0; i < len; i += n) {
        const unsigned char c = (unsigned char)name[i];
        n = c < 0x20 || c == 0x7f ? 0 : spx_utf8_bytes(name + i, len - i);
        if (n == 0) return false;
    }
    return len > 0;
}

spx_status format_name(spx_ckpt *c, size_t i, const char *name, size_t len, spx_error *err)
{
    if (!is_name(name, len))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %zu has no proper name", c->path, i);
    const spx_status st = spx_text_copy(&c->owned_names[i], name, len, err);
    c->tensor[i].name = c->owned_names[i];
    return st;
}

spx_status format_bytes(const part *p, const spx_tensor *t, size_t *bytes, spx_error *err)
{
    const size_t most = (size_t)1 << 48, values = dtype_values(t->dtype);
    size_t n = 1;
    for (size_t i = 0; i < t->ndim; i++) {
        if (t->shape[i] == 0 || t->shape[i] > most / n)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s: extent %zu of axis %zu is absurd",
                            p->path, t->name, t->shape[i], i);
        n *= t->shape[i];
    }
    if (spx_tensor_cols(t) % values)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s: rows of %zu are not whole blocks of %zu",
                        p->path, t->name, spx_tensor_cols(t), values);
    *bytes = n / values * dtype_bytes(t->dtype);
    return SPX_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const spx_tensor *const *)a)->name, (*(const spx_tensor *const *)b)->name);
}

static int by_place(const void *a, const void *b)
{
    const unsigned char *x = (*(const spx_tensor *const *)a)->data;
    const unsigned char *y = (*(const spx_tensor *const *)b)->data;
    return (x > y) - (x < y);
}

static spx_status check_places(const spx_ckpt *c, const spx_tensor **sorted, spx_error *err)
{
    qsort(sorted, c->count, sizeof *sorted, by_place);
    for (size_t i = 1; i < c->count; i++)
        if (sorted[i - 1]->data + sorted[i - 1]->bytes > sorted[i]->data)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tensors %s and %s overlap", c->path,
                            sorted[i - 1]->name, sorted[i]->name);
    return SPX_OK;
}

spx_status format_check(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor **places = NULL;
    SPX_TRY(SPX_NEW(&c->by_name, c->count, err));
    for (size_t i = 0; i < c->count; i++) c->by_name[i] = &c->tensor[i];
    qsort(c->by_name, c->count, sizeof *c->by_name, by_name);
    for (size_t i = 1; i < c->count; i++)
        if (strcmp(c->by_name[i - 1]->name, c->by_name[i]->name) == 0)
            SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s is there twice", c->path,
                      c->by_name[i]->name);
    if (c->shared) goto out;
    SPX_TRY(SPX_NEW(&places, c->count, err));
    memcpy(places, c->by_name, c->count * sizeof *places);
    st = check_places(c, places, err);
out:
    spx_free(places);
    return st;
}
