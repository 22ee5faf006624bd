/* write.c: what writers of checkpoint formats share. */
#include "files/write.h"

#include "files/dtype.h"

#include <sys/stat.h>

static const spx_replacement *find_replacement(const edits *e, const spx_tensor *t)
{
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->r[i].name, t->name) == 0) return &e->r[i];
    return NULL;
}

bool edits_replaces(const edits *e, const spx_tensor *t) { return find_replacement(e, t) != NULL; }

spx_dtype edits_dtype(const edits *e, const spx_tensor *t)
{
    const spx_replacement *r = find_replacement(e, t);
    return r ? r->dtype : t->dtype;
}

static size_t values_of(const spx_tensor *t) { return spx_tensor_rows(t) * spx_tensor_cols(t); }

size_t edits_bytes(const edits *e, const spx_tensor *t)
{
    const spx_dtype d = edits_dtype(e, t);
    return values_of(t) / dtype_values(d) * dtype_bytes(d);
}

spx_status edits_tensors(const edits *e, const part *p, const spx_tensor ***list, size_t *n,
                         spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    SPX_TRY(SPX_SCRATCH(tmp, list, e->c->count, err));
    for (size_t i = 0; i < e->c->count; i++)
        if (format_inside(p, &e->c->tensor[i])) (*list)[(*n)++] = &e->c->tensor[i];
out:
    return st;
}

bool write_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

spx_status output_open(output *o, const edits *e, const char *path, spx_error *err)
{
    *o = (output){0};
    for (size_t i = 0; i < e->c->parts; i++)
        if (write_same_file(path, e->c->part[i]->path))
            return SPX_FAIL(err, SPX_EINVAL, "%s: cannot overwrite the checkpoint being read",
                            path);
    const spx_status st = spx_output_open(&o->file, path, err);
    o->f = o->file.to;
    return st;
}

void output_put(output *o, const void *data, size_t n)
{
    if (n > 0) (void)fwrite(data, 1, n, o->f); /* output_close asks ferror */
    o->at += n;
}

void output_whole(output *o, uint64_t x, size_t bytes)
{
    unsigned char p[8];
    for (size_t i = 0; i < bytes; i++) p[i] = (unsigned char)(x >> (8 * i));
    output_put(o, p, bytes);
}

void output_copy(output *o, const part *p, const unsigned char *from, size_t n)
{
    const size_t most = (size_t)16 << 20;
    for (size_t done = 0; done < n; done += most) {
        const size_t now = n - done < most ? n - done : most;
        output_put(o, from + done, now);
        spx_map_release(&p->map, from + done, now);
    }
}

enum { CHUNK = 1 << 16 }; /* values: whole blocks of every type */

static spx_status put_replacement(output *o, const spx_tensor *t, const spx_replacement *r,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    unsigned char *chunk = NULL;
    const size_t n = values_of(t), bytes = dtype_bytes(r->dtype), values = dtype_values(r->dtype);
    SPX_TRY(SPX_NEW(&chunk, CHUNK / values * bytes, err));
    for (size_t done = 0; done < n; done += CHUNK) {
        const size_t now = n - done < CHUNK ? n - done : CHUNK;
        dtype_write(r->dtype, r->data + done, now, chunk);
        output_put(o, chunk, now / values * bytes);
    }
out:
    spx_free(chunk);
    return st;
}

spx_status output_tensor(output *o, const edits *e, const part *p, const spx_tensor *t,
                         spx_error *err)
{
    const spx_replacement *r = find_replacement(e, t);
    if (r) return put_replacement(o, t, r, err);
    output_copy(o, p, t->data, t->bytes);
    return SPX_OK;
}

spx_status output_close(output *o, spx_status st, spx_error *err)
{
    return spx_output_end(&o->file, st, err);
}
