/* format.c: what the readers of checkpoint formats share. */
#include "formats/format.h"

#include "formats/dtype.h"
#include "formats/quantised.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

spx_status format_beside(const part *p, const char *name, char *out, size_t size, spx_error *err)
{
    const int folder = (int)(spx_base_name(p->path) - p->path);
    if (!*name || strchr(name, '/') || strcmp(name, "..") == 0)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: invalid file name '%s' (expected a file of the same folder)", p->path,
                        name);
    const int n = snprintf(out, size, "%.*s%s", folder, p->path, name);
    if (n > 0 && (size_t)n < size) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: file name '%.80s...' is too long", p->path, name);
}

bool format_inside(const part *p, const spx_tensor *t)
{
    return p->map.data && t->data >= p->map.data && t->data < p->map.data + p->map.size;
}

/* `array` is the address of a pointer to `had` items; it gets room for n more. */
static spx_status grow_array(void *array, size_t had, size_t n, size_t size, spx_error *err)
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
    spx_status st = SPX_OK;
    *first = c->count;
    SPX_TRY(grow_array(&c->tensor, c->count, n, sizeof *c->tensor, err));
    SPX_TRY(grow_array(&c->owned_names, c->count, n, sizeof *c->owned_names, err));
    SPX_TRY(grow_array(&c->owned_data, c->count, n, sizeof *c->owned_data, err));
    SPX_TRY(grow_array(&c->owned_types, c->count, n, sizeof *c->owned_types, err));
    SPX_TRY(grow_array(&c->hash, c->count, n, sizeof *c->hash, err));
    c->count += n;
out:
    return st;
}

spx_status format_metas(spx_ckpt *c, size_t n, size_t *first, spx_error *err)
{
    const spx_status st = grow_array(&c->meta, c->metas, n, sizeof *c->meta, err);
    *first = c->metas;
    if (st == SPX_OK) c->metas += n;
    return st;
}

/* True for UTF-8 without control characters: names are printed in tables and JSON. */
static bool is_printable(const char *name, size_t len)
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
    if (!is_printable(name, len))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %zu has an invalid name", c->path, i);
    const spx_status st = spx_text_copy(&c->owned_names[i], name, len, err);
    c->tensor[i].name = c->owned_names[i];
    return st;
}

spx_status format_axis(const part *p, spx_tensor *t, size_t extent, spx_error *err)
{
    if (t->ndim < SPX_MAX_DIMS) {
        t->shape[t->ndim++] = extent;
        return SPX_OK;
    }
    if (t->shape[1] > 0 && t->shape[0] > ((size_t)1 << 48) / t->shape[1])
        return SPX_FAIL(err, SPX_EFORMAT, "%s: the shape of tensor %s is too large", p->path,
                        t->name);
    t->shape[0] *= t->shape[1];
    memmove(t->shape + 1, t->shape + 2, (SPX_MAX_DIMS - 2) * sizeof *t->shape);
    t->shape[SPX_MAX_DIMS - 1] = extent;
    return SPX_OK;
}

spx_status format_bytes(const part *p, const spx_tensor *t, size_t *bytes, spx_error *err)
{
    const size_t most = (size_t)1 << 48, values = dtype_values(t->dtype);
    size_t n = 1, product = 1; /* of the extents that are not 0; of all */
    for (size_t i = 0; i < t->ndim; i++) {
        if (t->shape[i] > most / n)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s: dimension %zu has invalid size %zu",
                            p->path, t->name, i, t->shape[i]);
        product *= t->shape[i];
        if (t->shape[i] > 0) n *= t->shape[i];
    }
    if (spx_tensor_cols(t) % values)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: tensor %s: rows of %zu values do not divide into blocks of %zu",
                        p->path, t->name, spx_tensor_cols(t), values);
    *bytes = product / values * dtype_bytes(t->dtype);
    return SPX_OK;
}

spx_status format_other_type(spx_ckpt *c, spx_tensor *t, const char *type, size_t len,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    const size_t i = (size_t)(t - c->tensor);
    SPX_TRY(spx_text_copy(&text, type, len < 60 ? len : 60, err));
    for (char *at = text; *at; at++)
        if (*at < ' ' || *at > '~') *at = '?';
    spx_free(c->owned_types[i]);
    c->owned_types[i] = text;
    t->dtype = SPX_OTHER_TYPE;
    t->type = text;
out:
    return st;
}

/* Steps to the next value in C's order: the last axis is the fastest. Strides of axes of length 1
 * may be anything: the arithmetic is that of size_t. */
static size_t next_value(const strided *s, size_t at, size_t *index)
{
    for (size_t k = s->ndim; k-- > 0;) {
        at += s->stride[k];
        if (++index[k] < s->shape[k]) break;
        at -= s->shape[k] * s->stride[k];
        index[k] = 0;
    }
    return at;
}

static spx_status check_copied(const spx_ckpt *c, size_t bytes, spx_error *err)
{
    size_t files = 0;
    for (size_t i = 0; i < c->parts; i++) files += c->part[i]->map.size;
    const size_t most = ((size_t)64 << 20) + 20 * files;
    if (bytes <= most && c->copied <= most - bytes) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: views expand to more than %zu bytes", c->path, most);
}

spx_status format_gather(spx_ckpt *c, size_t i, const strided *from, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    unsigned char *copy = NULL;
    size_t index[FORMAT_AXES] = {0}, place = 0;
    const size_t n = t->bytes / from->width;
    SPX_TRY(check_copied(c, t->bytes, err));
    SPX_TRY(SPX_NEW(&copy, t->bytes + 1, err));
    for (size_t at = 0; at < n; at++) {
        unsigned char *to = copy + at * from->width;
        for (size_t k = 0; k < from->width; k++)
            to[k] = from->data[place + (from->swapped ? from->width - 1 - k : k)];
        place = next_value(from, place, index);
    }
    spx_free(c->owned_data[i]);
    c->owned_data[i] = copy;
    c->copied += t->bytes;
    t->data = copy;
out:
    return st;
}

void format_forget(spx_ckpt *c, size_t i)
{
    spx_free(c->owned_names[i]);
    spx_free(c->owned_data[i]);
    spx_free(c->owned_types[i]);
    c->owned_names[i] = c->owned_types[i] = NULL;
    c->owned_data[i] = NULL;
}

void format_move(spx_ckpt *c, size_t to, size_t from)
{
    if (to == from) return;
    c->tensor[to] = c->tensor[from];
    c->owned_names[to] = c->owned_names[from];
    c->owned_data[to] = c->owned_data[from];
    c->owned_types[to] = c->owned_types[from];
    c->owned_names[from] = c->owned_types[from] = NULL;
    c->owned_data[from] = NULL;
}

spx_status format_note(spx_ckpt *c, spx_error *err, const char *fmt, ...)
{
    spx_status st = SPX_OK;
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    SPX_TRY(grow_array(&c->note, c->notes, 1, sizeof *c->note, err));
    SPX_TRY(spx_text_dup(&c->note[c->notes], line, err));
    c->notes++;
out:
    return st;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const spx_tensor *const *)a)->name, (*(const spx_tensor *const *)b)->name);
}

static int by_address(const void *a, const void *b)
{
    const unsigned char *x = (*(const spx_tensor *const *)a)->data;
    const unsigned char *y = (*(const spx_tensor *const *)b)->data;
    return (x > y) - (x < y);
}

/* Sorts the tensors that have bytes and compares each with the next one. */
static spx_status check_overlaps(const spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor **sorted = NULL;
    size_t n = 0;
    SPX_TRY(SPX_NEW(&sorted, c->count, err));
    for (size_t i = 0; i < c->count; i++)
        if (c->tensor[i].bytes > 0) sorted[n++] = &c->tensor[i];
    if (n > 0) qsort(sorted, n, sizeof *sorted, by_address);
    for (size_t i = 1; i < n; i++)
        if (sorted[i - 1]->data + sorted[i - 1]->bytes > sorted[i]->data)
            SPX_RAISE(err, SPX_EFORMAT, "%s: tensors %s and %s overlap", c->path,
                      sorted[i - 1]->name, sorted[i]->name);
out:
    spx_free(sorted);
    return st;
}

static spx_status sort_names(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    c->names = c->count + c->experts;
    spx_free(c->by_name);
    SPX_TRY(SPX_NEW(&c->by_name, c->names, err));
    for (size_t i = 0; i < c->count; i++) c->by_name[i] = &c->tensor[i];
    for (size_t i = 0; i < c->experts; i++) c->by_name[c->count + i] = &c->expert[i];
    if (c->names > 0) qsort(c->by_name, c->names, sizeof *c->by_name, by_name);
    for (size_t i = 1; i < c->names; i++)
        if (strcmp(c->by_name[i - 1]->name, c->by_name[i]->name) == 0)
            SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s appears twice", c->path,
                      c->by_name[i]->name);
out:
    return st;
}

const spx_tensor *format_stored(const spx_ckpt *c, size_t *n)
{
    *n = c->stored ? c->in_files : c->count;
    return c->stored ? c->stored : c->tensor;
}

spx_status format_check(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(sort_names(c, err));
    if (!c->shared) SPX_TRY(check_overlaps(c, err));
    if (!c->under) SPX_TRY(quantised_join(c, err)); /* the base has done it */
    SPX_TRY(format_experts(c, err));
    SPX_TRY(sort_names(c, err));
    SPX_TRY(format_orient(c, err));
    SPX_TRY(format_places(c, err));
out:
    return st;
}
