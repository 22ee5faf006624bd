/* numpy.c: .npy arrays (format versions 1 to 3) and .npz archives of them.
 *
 * "\x93NUMPY", u8 major, u8 minor, header length (u16, or u32 from version 2 on), a Python dict
 * literal with descr, fortran_order and shape, the values. Little-endian numbers only; texts and
 * objects of an archive are left out. */
#include "files/archive.h"
#include "files/dtype.h"

#include <stdlib.h>
#include <string.h>

typedef struct header {
    spx_dtype dtype;
    bool number, fortran;
    size_t ndim, shape[SPX_MAX_DIMS];
    const unsigned char *data;
    size_t left; /* bytes from data on */
} header;

static const struct {
    const char *descr;
    spx_dtype dtype;
} descrs[] = {
    {"<f8", SPX_F64}, {"<f4", SPX_F32}, {"<f2", SPX_F16}, {"|i1", SPX_I8},
    {"<i2", SPX_I16}, {"<i4", SPX_I32}, {"<i8", SPX_I64}, {"|u1", SPX_U8},
    {"<u2", SPX_U16}, {"<u4", SPX_U32}, {"<u8", SPX_U64}, {"|b1", SPX_BOOL},
};

/* What of the dict is still to be read. */
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

static bool take_shape(literal *l, header *h)
{
    if (!take(l, "(")) return false;
    for (h->ndim = 0; !take(l, ")");) {
        if (h->ndim == SPX_MAX_DIMS || !take_number(l, &h->shape[h->ndim])) return false;
        h->ndim++;
        if (!take(l, ",")) return h->ndim > 1 && take(l, ")"); /* "(3)" is no tuple */
    }
    return true;
}

static void set_type(header *h, const char *descr)
{
    for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
        if (strcmp(descrs[i].descr, descr) == 0) {
            h->dtype = descrs[i].dtype;
            h->number = true;
        }
}

static bool take_field(literal *l, header *h, char descr[16])
{
    char key[24];
    if (!take_text(l, key, sizeof key) || !take(l, ":")) return false;
    if (strcmp(key, "descr") == 0) return take_text(l, descr, 16);
    if (strcmp(key, "shape") == 0) return take_shape(l, h);
    if (strcmp(key, "fortran_order") != 0) return false;
    h->fortran = take(l, "True");
    return h->fortran || take(l, "False");
}

static bool take_dict(literal *l, header *h, char descr[16])
{
    if (!take(l, "{")) return false;
    for (int fields = 0; fields < 3; fields++)
        if (!take_field(l, h, descr) || (!take(l, ",") && fields < 2)) return false;
    return take(l, "}");
}

static spx_status read_header(const part *p, const char *name, const unsigned char *data,
                              size_t size, header *h, char descr[16], spx_error *err)
{
    const bool wide = size > 6 && data[6] >= 2;
    const size_t start = wide ? 12 : 10;
    size_t length = 0;
    if (size < start || memcmp(data, "\x93NUMPY", 6) != 0 || data[6] < 1 || data[6] > 3)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is no .npy array", p->path, name);
    for (size_t i = 0; i < start - 8; i++) length |= (size_t)data[8 + i] << (8 * i);
    if (length > size - start)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: truncated: header of %s", p->path, name);
    literal l = {(const char *)data + start, (const char *)data + start + length};
    *h = (header){.data = data + start + length, .left = size - start - length};
    if (!take_dict(&l, h, descr))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s has a header that is not NumPy's", p->path, name);
    set_type(h, descr);
    return SPX_OK;
}

/* Columns first becomes rows first: the axes of the copy run the other way. */
static spx_status reorder(spx_ckpt *c, size_t i, const header *h, spx_error *err)
{
    spx_tensor *t = &c->tensor[i];
    const size_t bytes = dtype_bytes(h->dtype), n = t->bytes / bytes;
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, t->bytes, 1, err);
    if (st != SPX_OK) return st;
    for (size_t at = 0; at < n; at++) {
        size_t rest = at, from = 0, step = n;
        for (size_t k = t->ndim; k-- > 0;) {
            step /= t->shape[k];
            from += rest % t->shape[k] * step;
            rest /= t->shape[k];
        }
        memcpy((unsigned char *)mem + at * bytes, h->data + from * bytes, bytes);
    }
    spx_free(c->owned_data[i]);
    c->owned_data[i] = mem;
    t->data = mem;
    return SPX_OK;
}

static spx_status fill(spx_ckpt *c, const part *p, size_t i, const char *name, size_t len,
                       const header *h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    SPX_TRY(format_name(c, i, name, len, err));
    t->dtype = h->dtype;
    t->ndim = h->ndim;
    memcpy(t->shape, h->shape, sizeof t->shape);
    SPX_TRY(format_bytes(p, t, &t->bytes, err));
    if (t->bytes != h->left)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s: %zu bytes do not hold its shape (%zu)", p->path,
                  t->name, h->left, t->bytes);
    t->data = h->data;
    if (h->fortran && t->ndim > 1) SPX_TRY(reorder(c, i, h, err));
out:
    return st;
}

spx_status format_open_npy(spx_ckpt *c, part *p, spx_error *err)
{
    const char *base = spx_base_name(p->path);
    const size_t n = strlen(base);
    char descr[16] = "";
    header h;
    size_t i = 0;
    spx_status st = read_header(p, base, p->map.data, p->map.size, &h, descr, err);
    if (st == SPX_OK && !h.number)
        st = SPX_FAIL(err, SPX_EUNSUP, "%s: holds %s, not little-endian numbers", p->path, descr);
    if (st == SPX_OK) st = format_tensors(c, 1, &i, err);
    if (st != SPX_OK) return st;
    return fill(c, p, i, base, n > 4 && format_ends_with(base, ".npy") ? n - 4 : n, &h, err);
}

static spx_status add_entry(spx_ckpt *c, const part *p, zip_reader *z, size_t entry, spx_error *err)
{
    const char *name = zip_reader_name(z, entry);
    const size_t n = strlen(name);
    const unsigned char *data = NULL;
    void *owned = NULL;
    char descr[16] = "";
    size_t size = 0, i = 0;
    header h;
    if (n <= 4 || !format_ends_with(name, ".npy"))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: entry %s is no .npy array", p->path, name);
    spx_status st = zip_reader_bytes(z, entry, &data, &size, &owned, err);
    if (st == SPX_OK) st = read_header(p, name, data, size, &h, descr, err);
    if (st == SPX_OK && h.number) st = format_tensors(c, 1, &i, err);
    if (st != SPX_OK || !h.number) {
        spx_free(owned);
        return st;
    }
    c->owned_data[i] = owned;
    return fill(c, p, i, name, n - 4, &h, err);
}

spx_status archive_npz(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < zip_reader_count(z); i++)
        st = add_entry(c, p, z, i, err);
    return st;
}
