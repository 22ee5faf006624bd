/* format.c: what the readers of checkpoint formats share. */
#include "files/format.h"

#include "files/dtype.h"
#include "files/quantised.h"

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

spx_status format_bytes(const part *p, const spx_tensor *t, size_t *bytes, spx_error *err)
{
    const size_t most = (size_t)1 << 48, values = dtype_values(t->dtype);
    size_t n = 1;
    for (size_t i = 0; i < t->ndim; i++) {
        if (t->shape[i] == 0 || t->shape[i] > most / n)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s: dimension %zu has invalid size %zu",
                            p->path, t->name, i, t->shape[i]);
        n *= t->shape[i];
    }
    if (spx_tensor_cols(t) % values)
        return SPX_FAIL(err, SPX_EFORMAT,
                        "%s: tensor %s: rows of %zu values do not divide into blocks of %zu",
                        p->path, t->name, spx_tensor_cols(t), values);
    *bytes = n / values * dtype_bytes(t->dtype);
    return SPX_OK;
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

/* Sorts the count tensors and compares each with the next one. */
static spx_status check_overlaps(const spx_ckpt *c, const spx_tensor **sorted, spx_error *err)
{
    qsort(sorted, c->count, sizeof *sorted, by_address);
    for (size_t i = 1; i < c->count; i++)
        if (sorted[i - 1]->data + sorted[i - 1]->bytes > sorted[i]->data)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: tensors %s and %s overlap", c->path,
                            sorted[i - 1]->name, sorted[i]->name);
    return SPX_OK;
}

spx_status format_check(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor **sorted = NULL;
    SPX_TRY(SPX_NEW(&c->by_name, c->count, err));
    for (size_t i = 0; i < c->count; i++) c->by_name[i] = &c->tensor[i];
    qsort(c->by_name, c->count, sizeof *c->by_name, by_name);
    for (size_t i = 1; i < c->count; i++)
        if (strcmp(c->by_name[i - 1]->name, c->by_name[i]->name) == 0)
            SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s appears twice", c->path,
                      c->by_name[i]->name);
    if (!c->shared) {
        SPX_TRY(SPX_NEW(&sorted, c->count, err));
        memcpy(sorted, c->by_name, c->count * sizeof *sorted);
        SPX_TRY(check_overlaps(c, sorted, err));
    }
    SPX_TRY(quantised_join(c, err));
out:
    spx_free(sorted);
    return st;
}
