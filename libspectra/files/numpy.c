/* numpy.c: .npy arrays (format versions 1 to 3) and .npz archives of them. */
#include "files/archive.h"
#include "files/dtype.h"

#include "spx/names.h"

#include <stdlib.h>
#include <string.h>

/*
 * Layout: "\x93NUMPY", u8 major, u8 minor, header length (u16, or u32 from version 2 on), a Python
 * dict literal with descr, fortran_order and shape, the values. Little-endian numbers only; texts
 * and objects in an archive are left out.
 */

typedef struct npy_header {
    spx_dtype dtype;
    bool number, fortran;
    size_t ndim, shape[SPX_MAX_DIMS];
    const unsigned char *data;
    size_t left; /* bytes from data on */
} npy_header;

static const struct {
    const char *descr;
    spx_dtype dtype;
} descrs[] = {
    {"<f8", SPX_F64}, {"<f4", SPX_F32}, {"<f2", SPX_F16}, {"|i1", SPX_I8},
    {"<i2", SPX_I16}, {"<i4", SPX_I32}, {"<i8", SPX_I64}, {"|u1", SPX_U8},
    {"<u2", SPX_U16}, {"<u4", SPX_U32}, {"<u8", SPX_U64}, {"|b1", SPX_BOOL},
};

/* The rest of the dict, still to be read. */
typedef struct literal {
    const char *at, *end;
} literal;

static void skip_spaces(literal *l)
{
    while (l->at < l->end && (*l->at == ' ' || *l->at == '\n')) l->at++;
}

static bool take(literal *l, const char *word)
{
    const size_t n = strlen(word);
    skip_spaces(l);
    if ((size_t)(l->end - l->at) < n || memcmp(l->at, word, n) != 0) return false;
    l->at += n;
    return true;
}

static bool take_text(literal *l, char *out, size_t size)
{
    if (!take(l, "'")) return false;
    const char *close = memchr(l->at, '\'', (size_t)(l->end - l->at));
    if (!close || (size_t)(close - l->at) >= size) return false;
    memcpy(out, l->at, (size_t)(close - l->at));
    out[close - l->at] = '\0';
    l->at = close + 1;
    return true;
}

static bool take_number(literal *l, size_t *out)
{
    skip_spaces(l);
    const char *from = l->at;
    for (*out = 0; l->at < l->end && *l->at >= '0' && *l->at <= '9' && l->at - from < 16; l->at++)
        *out = *out * 10 + (size_t)(*l->at - '0');
    return l->at > from && (l->at == l->end || *l->at < '0' || *l->at > '9');
}

static bool take_shape(literal *l, npy_header *h)
{
    if (!take(l, "(")) return false;
    for (h->ndim = 0; !take(l, ")");) {
        if (h->ndim == SPX_MAX_DIMS || !take_number(l, &h->shape[h->ndim])) return false;
        h->ndim++;
        if (!take(l, ",")) return h->ndim > 1 && take(l, ")"); /* "(3)" is not a tuple */
    }
    return true;
}

static void set_dtype(npy_header *h, const char *descr)
{
    for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
        if (strcmp(descrs[i].descr, descr) == 0) {
            h->dtype = descrs[i].dtype;
            h->number = true;
        }
}

static bool take_field(literal *l, npy_header *h, char descr[16])
{
    char key[24];
    if (!take_text(l, key, sizeof key) || !take(l, ":")) return false;
    if (strcmp(key, "descr") == 0) return take_text(l, descr, 16);
    if (strcmp(key, "shape") == 0) return take_shape(l, h);
    if (strcmp(key, "fortran_order") != 0) return false;
    h->fortran = take(l, "True");
    return h->fortran || take(l, "False");
}

static bool take_dict(literal *l, npy_header *h, char descr[16])
{
    if (!take(l, "{")) return false;
    for (int fields = 0; fields < 3; fields++)
        if (!take_field(l, h, descr) || (!take(l, ",") && fields < 2)) return false;
    return take(l, "}");
}

static spx_status read_npy_header(const part *p, const char *name, const unsigned char *data,
                                  size_t size, npy_header *h, char descr[16], spx_error *err)
{
    const bool wide = size > 6 && data[6] >= 2;
    const size_t start = wide ? 12 : 10;
    size_t length = 0;
    if (size < start || memcmp(data, "\x93NUMPY", 6) != 0 || data[6] < 1 || data[6] > 3)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is not a .npy array", p->path, name);
    for (size_t i = 0; i < start - 8; i++) length |= (size_t)data[8 + i] << (8 * i);
    if (length > size - start)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: truncated: file ends within the header of %s",
                        p->path, name);
    literal l = {(const char *)data + start, (const char *)data + start + length};
    *h = (npy_header){.data = data + start + length, .left = size - start - length};
    if (!take_dict(&l, h, descr))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s has an invalid NumPy header", p->path, name);
    set_dtype(h, descr);
    return SPX_OK;
}

/* Fortran's order, first axis fastest, becomes C's: data are copied. */
static spx_status reorder_axes(spx_ckpt *c, size_t i, const npy_header *h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    const size_t bytes = dtype_bytes(h->dtype), n = t->bytes / bytes;
    unsigned char *copy = NULL;
    SPX_TRY(SPX_NEW(&copy, t->bytes, err));
    for (size_t at = 0; at < n; at++) {
        size_t rest = at, from = 0, step = n;
        for (size_t k = t->ndim; k-- > 0;) {
            step /= t->shape[k];
            from += rest % t->shape[k] * step;
            rest /= t->shape[k];
        }
        memcpy(copy + at * bytes, h->data + from * bytes, bytes);
    }
    spx_free(c->owned_data[i]);
    c->owned_data[i] = copy;
    t->data = copy;
out:
    return st;
}

static spx_status fill_tensor(spx_ckpt *c, const part *p, size_t i, const char *name, size_t len,
                              const npy_header *h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    SPX_TRY(format_name(c, i, name, len, err));
    t->dtype = h->dtype;
    t->ndim = h->ndim;
    memcpy(t->shape, h->shape, sizeof t->shape);
    SPX_TRY(format_bytes(p, t, &t->bytes, err));
    if (t->bytes != h->left)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s has %zu bytes (expected %zu for its shape)",
                  p->path, t->name, h->left, t->bytes);
    t->data = h->data;
    if (h->fortran && t->ndim > 1) SPX_TRY(reorder_axes(c, i, h, err));
out:
    return st;
}

/* Length of a file's name without ".npy". */
static size_t stem_length(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && spx_ends_with(name, ".npy") ? n - 4 : n;
}

static spx_status open_npy(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *base = spx_base_name(p->path);
    char descr[16] = "";
    npy_header h;
    size_t i = 0;
    SPX_TRY(read_npy_header(p, base, p->map.data, p->map.size, &h, descr, err));
    if (!h.number)
        SPX_RAISE(err, SPX_EUNSUP, "%s: unsupported type %s (expected little-endian numbers)",
                  p->path, descr);
    SPX_TRY(format_tensors(c, 1, &i, err));
    SPX_TRY(fill_tensor(c, p, i, base, stem_length(base), &h, err));
out:
    return st;
}

static bool is_npy(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

const format format_npy = {.name = "npy", .probe = is_npy, .open = open_npy};

static spx_status add_entry(spx_ckpt *c, const part *p, zip_reader *z, size_t entry, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = zip_reader_name(z, entry);
    const size_t n = stem_length(name);
    const unsigned char *data = NULL;
    void *owned = NULL;
    char descr[16] = "";
    size_t size = 0, i = 0;
    npy_header h;
    if (n == strlen(name))
        SPX_RAISE(err, SPX_EFORMAT, "%s: entry %s is not a .npy array", p->path, name);
    SPX_TRY(zip_reader_bytes(z, entry, &data, &size, &owned, err));
    SPX_TRY(read_npy_header(p, name, data, size, &h, descr, err));
    if (!h.number) goto out;
    SPX_TRY(format_tensors(c, 1, &i, err));
    c->owned_data[i] = owned;
    owned = NULL;
    SPX_TRY(fill_tensor(c, p, i, name, n, &h, err));
out:
    spx_free(owned);
    return st;
}

spx_status archive_npz(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < zip_reader_count(z); i++) SPX_TRY(add_entry(c, p, z, i, err));
out:
    return st;
}
