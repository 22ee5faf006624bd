/* export.c: a checkpoint written again with some tensors replaced. */
#include "spx/export.h"

#include "files/dtype.h"
#include "files/format.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t values_of(const spx_tensor *t) { return spx_tensor_rows(t) * spx_tensor_cols(t); }

/* Bytes of t's values in another type. */
static size_t bytes_as(const spx_tensor *t, spx_dtype type)
{
    return values_of(t) / dtype_values(type) * dtype_bytes(type);
}

static const spx_replacement *find(const spx_replacement *r, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(r[i].name, name) == 0) return &r[i];
    return NULL;
}

static spx_status check(const spx_ckpt *c, const spx_replacement *r, size_t n, spx_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const spx_tensor *t = spx_ckpt_find(c, r[i].name);
        if (!t)
            return SPX_FAIL(err, SPX_ENOTFOUND, "%s: there is no tensor %s", c->path, r[i].name);
        if (!spx_dtype_writable(r[i].dtype))
            return SPX_FAIL(err, SPX_EUNSUP, "%s: tensor %s cannot be written as %s", c->path,
                            t->name, spx_dtype_name(r[i].dtype));
        if (spx_tensor_cols(t) % dtype_values(r[i].dtype))
            return SPX_FAIL(err, SPX_EUNSUP, "%s: tensor %s: rows of %zu are no whole blocks of %s",
                            c->path, t->name, spx_tensor_cols(t), spx_dtype_name(r[i].dtype));
    }
    return SPX_OK;
}

/* The replacement's bytes, in tmp. */
static spx_status encode(const spx_tensor *t, const spx_replacement *r, void **out, size_t *bytes,
                         spx_scratch *tmp, spx_error *err)
{
    *bytes = bytes_as(t, r->dtype);
    const spx_status st = spx_scratch_alloc(tmp, out, *bytes, 1, err);
    if (st == SPX_OK) dtype_write(r->dtype, r->data, values_of(t), *out);
    return st;
}

/* GGUF: the header up to the key-values' end as it is, new tensor infos, data in the order of the
 * infos. */
typedef struct gguf_out {
    FILE *f;
    size_t at, align;
} gguf_out;

static void put(gguf_out *o, const void *data, size_t n)
{
    if (n > 0) (void)fwrite(data, 1, n, o->f); /* ferror is asked at the end */
    o->at += n;
}

static void put_whole(gguf_out *o, uint64_t x, size_t bytes)
{
    unsigned char p[8];
    for (size_t i = 0; i < bytes; i++) p[i] = (unsigned char)(x >> (8 * i));
    put(o, p, bytes);
}

static void pad(gguf_out *o)
{
    while (o->at % o->align) put_whole(o, 0, 1);
}

static void put_infos(gguf_out *o, const spx_ckpt *c, const spx_replacement *r, size_t n)
{
    size_t offset = 0;
    for (size_t i = 0; i < c->count; i++) {
        const spx_tensor *t = &c->tensor[i];
        const spx_replacement *new = find(r, n, t->name);
        const size_t size = new ? bytes_as(t, new->dtype) : t->bytes;
        put_whole(o, strlen(t->name), 8);
        put(o, t->name, strlen(t->name));
        put_whole(o, t->ndim, 4);
        for (size_t k = t->ndim; k-- > 0;) put_whole(o, t->shape[k], 8);
        put_whole(o, format_gguf_type(new ? new->dtype : t->dtype), 4);
        put_whole(o, offset, 8);
        offset += (size + o->align - 1) / o->align * o->align;
    }
    pad(o);
}

static spx_status put_tensors(gguf_out *o, const spx_ckpt *c, const spx_replacement *r, size_t n,
                              spx_error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        const spx_tensor *t = &c->tensor[i];
        const spx_replacement *new = find(r, n, t->name);
        spx_scratch tmp = {0};
        void *bytes = NULL;
        size_t size = 0;
        const spx_status st = new ? encode(t, new, &bytes, &size, &tmp, err) : SPX_OK;
        if (st == SPX_OK) put(o, new ? bytes : (const void *)t->data, new ? size : t->bytes);
        spx_scratch_free(&tmp);
        if (st != SPX_OK) return st;
        pad(o);
    }
    return SPX_OK;
}

static spx_status write_gguf(const spx_ckpt *c, const spx_replacement *r, size_t n,
                             const char *path, spx_error *err)
{
    char part_path[4096];
    double align = 32;
    if (c->parts > 1)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: a split GGUF cannot be written; join it first",
                        c->path);
    (void)spx_ckpt_number(c, "general.alignment", &align);
    snprintf(part_path, sizeof part_path, "%s.part", path);
    gguf_out o = {.f = fopen(part_path, "wb"), .align = (size_t)align};
    if (!o.f) return spx_fail_path(err, part_path);
    put(&o, c->part[0]->map.data, c->part[0]->head);
    put_infos(&o, c, r, n);
    spx_status st = put_tensors(&o, c, r, n, err);
    const bool bad = ferror(o.f) != 0;
    if ((fclose(o.f) != 0 || bad) && st == SPX_OK) st = spx_fail_path(err, part_path);
    if (st == SPX_OK) st = spx_file_commit(part_path, path, err);
    if (st != SPX_OK) (void)remove(part_path);
    return st;
}

/* Writes the replaced tensors of p into its copy. */
static spx_status patch(const spx_ckpt *c, const part *p, const spx_replacement *r, size_t n,
                        FILE *f, const char *path, spx_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const spx_tensor *t = spx_ckpt_find(c, r[i].name);
        spx_scratch tmp = {0};
        void *bytes = NULL;
        size_t size = 0;
        if (!format_inside(p, t)) continue;
        if (t->dtype != r[i].dtype)
            return SPX_FAIL(err, SPX_EUNSUP,
                            "%s: tensor %s is %s; safetensors are written in the type they have",
                            c->path, t->name, spx_dtype_name(t->dtype));
        spx_status st = encode(t, &r[i], &bytes, &size, &tmp, err);
        if (st == SPX_OK && (fseek(f, (long)(t->data - p->map.data), SEEK_SET) != 0 ||
                             fwrite(bytes, 1, size, f) != size))
            st = spx_fail_path(err, path);
        spx_scratch_free(&tmp);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

static spx_status write_part(const spx_ckpt *c, const part *p, const spx_replacement *r, size_t n,
                             const char *path, spx_error *err)
{
    char part_path[4096];
    snprintf(part_path, sizeof part_path, "%s.part", path);
    spx_status st = spx_file_copy(p->path, part_path, err);
    if (st != SPX_OK) return st;
    FILE *f = fopen(part_path, "r+b");
    st = f ? patch(c, p, r, n, f, part_path, err) : spx_fail_path(err, part_path);
    if (f && fclose(f) != 0 && st == SPX_OK) st = spx_fail_path(err, part_path);
    if (st == SPX_OK) st = spx_file_commit(part_path, path, err);
    if (st != SPX_OK) (void)remove(part_path);
    return st;
}

/* config.json, tokenizer.json, vocab.json, merges.txt, tokenizer.model and their like. */
static bool goes_along(const char *name)
{
    return (format_ends_with(name, ".json") && !format_ends_with(name, ".index.json")) ||
           format_ends_with(name, ".txt") || format_ends_with(name, ".model");
}

static spx_status carry_along(const char *from, const char *to, spx_error *err)
{
    char folder[4096], source[4096], target[4096];
    spx_status st = SPX_OK;
    const size_t n = (size_t)(spx_base_name(from) - from);
    snprintf(folder, sizeof folder, "%.*s", (int)n, n ? from : "");
    DIR *d = opendir(n ? folder : ".");
    if (!d) return spx_fail_path(err, folder);
    for (const struct dirent *e = readdir(d); e && st == SPX_OK; e = readdir(d)) {
        if (!goes_along(e->d_name)) continue;
        const int a = snprintf(source, sizeof source, "%s%s", folder, e->d_name);
        const int b = snprintf(target, sizeof target, "%s/%s", to, e->d_name);
        if (a < 0 || b < 0 || (size_t)a >= sizeof source || (size_t)b >= sizeof target) continue;
        st = spx_file_copy(source, target, err);
    }
    closedir(d);
    return st;
}

static spx_status write_folder(const spx_ckpt *c, const spx_replacement *r, size_t n,
                               const char *path, spx_error *err)
{
    char target[4096];
    if (mkdir(path, 0777) != 0 && errno != EEXIST) return spx_fail_path(err, path);
    spx_status st = carry_along(c->path, path, err);
    for (size_t i = 0; st == SPX_OK && i < c->parts; i++) {
        const int len =
            snprintf(target, sizeof target, "%s/%s", path, spx_base_name(c->part[i]->path));
        if (len < 0 || (size_t)len >= sizeof target)
            return SPX_FAIL(err, SPX_EINVAL, "%s: path is too long", path);
        st = write_part(c, c->part[i], r, n, target, err);
    }
    return st;
}

spx_status spx_ckpt_write(const spx_ckpt *c, const spx_replacement *r, size_t n, const char *path,
                          spx_error *err)
{
    const spx_status st = check(c, r, n, err);
    if (st != SPX_OK) return st;
    if (strcmp(c->format, "gguf") == 0) return write_gguf(c, r, n, path, err);
    if (strcmp(c->format, "safetensors") == 0 && format_ends_with(path, ".safetensors"))
        return write_part(c, c->part[0], r, n, path, err);
    if (strcmp(c->format, "safetensors") == 0 || strcmp(c->format, "index") == 0)
        return write_folder(c, r, n, path, err);
    return SPX_FAIL(err, SPX_EUNSUP, "%s: a checkpoint of format %s cannot be written", c->path,
                    c->format);
}
