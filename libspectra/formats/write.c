/* write.c: what writers of checkpoint formats share. */
#include "formats/write.h"

#include "formats/dtype.h"
#include "formats/quantised.h"

#include <sys/stat.h>

/* Replaced weight i if it is quantised, else NULL. */
static const spx_tensor *joined_weight(const edits *e, size_t i)
{
    const spx_tensor *w = e->c->joins > 0 ? spx_ckpt_find(e->c, e->r[i].name) : NULL;
    return w && w->quantised ? w : NULL;
}

const spx_tensor *edits_weight(const edits *e, const spx_tensor *t)
{
    for (size_t i = 0; i < e->n; i++) {
        const spx_tensor *w = joined_weight(e, i);
        if (w && w->quantised->codes == t) return w;
    }
    return NULL;
}

bool edits_drops(const edits *e, const spx_tensor *t)
{
    for (size_t i = 0; i < e->n; i++) {
        const spx_tensor *w = joined_weight(e, i);
        for (size_t k = 0; w && k < w->quantised->companions; k++)
            if (w->quantised->companion[k].t == t) return true;
    }
    return false;
}

bool edits_joined(const edits *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (joined_weight(e, i)) return true;
    return false;
}

static const spx_replacement *find_replacement(const edits *e, const spx_tensor *t)
{
    const spx_tensor *w = edits_weight(e, t);
    for (size_t i = 0; i < e->n; i++)
        if (strcmp(e->r[i].name, w ? w->name : t->name) == 0) return &e->r[i];
    return NULL;
}

/* The tensor that adapters made of t, or NULL. */
static const spx_tensor *find_adapted(const edits *e, const spx_tensor *t)
{
    const spx_tensor *u = e->over ? spx_ckpt_find(e->over, t->name) : NULL;
    return u && (u->added || u->data != t->data) ? u : NULL;
}

bool edits_adapts(const edits *e, const spx_tensor *t)
{
    return !find_replacement(e, t) && find_adapted(e, t);
}

/* True if `one` is a matrix of the stack that a file holds as t. */
static bool is_part(const spx_tensor *one, const spx_tensor *t)
{
    return one && one->of && strcmp(one->of->name, t->name) == 0;
}

/* The values of matrix i of a stack, if it is replaced. */
static const spx_replacement *find_expert(const edits *e, const spx_tensor *t, size_t i)
{
    for (size_t k = 0; k < e->n; k++) {
        const spx_tensor *one = spx_ckpt_find(e->c, e->r[k].name);
        if (is_part(one, t) && one->data == t->data + i * one->bytes) return &e->r[k];
    }
    return NULL;
}

static bool replaces_expert(const edits *e, const spx_tensor *t)
{
    for (size_t k = 0; k < e->n; k++) {
        const spx_tensor *one = spx_ckpt_find(e->c, e->r[k].name);
        if (is_part(one, t)) return true;
    }
    return false;
}

bool edits_replaces(const edits *e, const spx_tensor *t)
{
    return find_replacement(e, t) || replaces_expert(e, t) || find_adapted(e, t);
}

spx_dtype edits_dtype(const edits *e, const spx_tensor *t)
{
    const spx_replacement *r = find_replacement(e, t);
    if (r) return r->dtype;
    return find_adapted(e, t) && !spx_dtype_writable(t->dtype) ? SPX_F16 : t->dtype;
}

static size_t values_of(const spx_tensor *t) { return spx_tensor_rows(t) * spx_tensor_cols(t); }

size_t edits_bytes(const edits *e, const spx_tensor *t)
{
    const spx_dtype d = edits_dtype(e, t);
    const spx_tensor *w = edits_weight(e, t);
    if (edits_drops(e, t)) return 0;
    if (!w && d == t->dtype) return t->bytes;
    return values_of(w ? w : t) / dtype_values(d) * dtype_bytes(d);
}

spx_status edits_tensors(const edits *e, const part *p, const spx_tensor ***list, size_t *n,
                         spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    size_t all = 0;
    const spx_tensor *stored = format_stored(e->c, &all);
    SPX_TRY(SPX_SCRATCH(tmp, list, all, err));
    for (size_t i = 0; i < all; i++)
        if (format_inside(p, &stored[i]) && !edits_drops(e, &stored[i]))
            (*list)[(*n)++] = &stored[i];
out:
    return st;
}

bool write_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

void output_open(output *o, spx_output *file) { *o = (output){.file = file, .f = file->to}; }

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

/* By rows, as many as make a chunk; u is a tensor of e->over that stands for t. */
static spx_status put_adapted(output *o, const edits *e, const spx_tensor *t, const spx_tensor *u,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    const size_t height = CHUNK / cols > 0 ? CHUNK / cols : 1;
    const spx_dtype d = edits_dtype(e, t);
    float *x = NULL;
    unsigned char *bytes = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &x, height * cols, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &bytes, height * cols / dtype_values(d) * dtype_bytes(d), err));
    for (size_t r = 0; r < rows; r += height) {
        const size_t n = rows - r < height ? rows - r : height;
        spx_tensor_read_float(u, r, n, x);
        spx_ckpt_release(e->over, u, r, n);
        dtype_write(d, x, n * cols, bytes);
        output_put(o, bytes, n * cols / dtype_values(d) * dtype_bytes(d));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* A stack of which some matrices are replaced, in its own type (export.c). */
static spx_status put_stack(output *o, const edits *e, const part *p, const spx_tensor *t,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor one = *t;
    one.ndim = 2;
    memmove(one.shape, one.shape + 1, 2 * sizeof *one.shape);
    one.bytes = t->bytes / t->shape[0];
    for (size_t i = 0; i < t->shape[0]; i++) {
        const spx_replacement *r = find_expert(e, t, i);
        if (r)
            SPX_TRY(put_replacement(o, &one, r, err));
        else
            output_copy(o, p, t->data + i * one.bytes, one.bytes);
    }
out:
    return st;
}

spx_status output_tensor(output *o, const edits *e, const part *p, const spx_tensor *t,
                         spx_error *err)
{
    const spx_replacement *r = find_replacement(e, t);
    const spx_tensor *w = edits_weight(e, t);
    const spx_tensor *adapted = r ? NULL : find_adapted(e, t);
    if (r) return put_replacement(o, w ? w : t, r, err);
    if (adapted) return put_adapted(o, e, t, adapted, err);
    if (replaces_expert(e, t)) return put_stack(o, e, p, t, err);
    output_copy(o, p, t->data, t->bytes);
    return SPX_OK;
}

spx_status output_close(output *o, spx_status st, spx_error *err)
{
    if (st != SPX_OK) return st;
    return spx_output_flush(o->f, o->file->name, err);
}
