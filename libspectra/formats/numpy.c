/* numpy.c: .npy arrays (format versions 1 to 3) and .npz archives of them. */
#include "formats/archive.h"
#include "formats/dtype.h"

#include "spx/names.h"

#include <stdlib.h>
#include <string.h>

/*
 * Layout: "\x93NUMPY", u8 major, u8 minor, header length (u16, or u32 from version 2 on), a Python
 * dict literal with descr, fortran_order and shape, the values. Big-endian numbers and Fortran's
 * order are copied into ours. Complex numbers, times and records are listed without values, and so
 * is a text or an object that is alone; in an archive those are left out.
 */

enum { DESCR = 64 };
typedef struct npy_header {
    char descr[DESCR]; /* "<f4"; of records the beginning of their list */
    bool fortran;
    size_t ndim, shape[FORMAT_AXES];
    const unsigned char *data;
    size_t left; /* bytes from data on */
} npy_header;

/* What follows the mark of the byte order. */
static const struct {
    const char *descr;
    spx_dtype dtype;
} descrs[] = {
    {"f8", SPX_F64}, {"f4", SPX_F32}, {"f2", SPX_F16}, {"i1", SPX_I8},
    {"i2", SPX_I16}, {"i4", SPX_I32}, {"i8", SPX_I64}, {"u1", SPX_U8},
    {"u2", SPX_U16}, {"u4", SPX_U32}, {"u8", SPX_U64}, {"b1", SPX_BOOL},
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
        if (h->ndim == FORMAT_AXES || !take_number(l, &h->shape[h->ndim])) return false;
        h->ndim++;
        if (!take(l, ",")) return h->ndim > 1 && take(l, ")"); /* "(3)" is not a tuple */
    }
    return true;
}

static bool find_dtype(const npy_header *h, spx_dtype *out)
{
    for (size_t i = 0; i < sizeof descrs / sizeof *descrs; i++)
        if (strchr("<>|=", h->descr[0]) && strcmp(descrs[i].descr, h->descr + 1) == 0) {
            *out = descrs[i].dtype;
            return true;
        }
    return false;
}

/* A list of fields, "[('a', '<f4'), ('b', '<f8', (2,))]": brackets outside texts balance. */
static bool take_records(literal *l, char *out, size_t size)
{
    const char *from = l->at;
    size_t depth = 0;
    char quote = '\0';
    for (; l->at < l->end; l->at++) {
        const bool mark = *l->at == '\'' || *l->at == '"';
        if (mark && !quote)
            quote = *l->at;
        else if (quote == *l->at)
            quote = '\0';
        if (!quote && *l->at == '[') depth++;
        if (!quote && *l->at == ']' && --depth == 0) break;
    }
    if (l->at == l->end) return false;
    l->at++;
    const size_t n = (size_t)(l->at - from), kept = n < size ? n : size - 1;
    memcpy(out, from, kept);
    out[kept] = '\0';
    return true;
}

static bool take_descr(literal *l, char *out, size_t size)
{
    skip_spaces(l);
    if (l->at < l->end && *l->at == '[') return take_records(l, out, size);
    return take_text(l, out, size);
}

static bool take_field(literal *l, npy_header *h)
{
    char key[24];
    if (!take_text(l, key, sizeof key) || !take(l, ":")) return false;
    if (strcmp(key, "descr") == 0) return take_descr(l, h->descr, DESCR);
    if (strcmp(key, "shape") == 0) return take_shape(l, h);
    if (strcmp(key, "fortran_order") != 0) return false;
    h->fortran = take(l, "True");
    return h->fortran || take(l, "False");
}

static bool take_dict(literal *l, npy_header *h)
{
    if (!take(l, "{")) return false;
    for (int fields = 0; fields < 3; fields++)
        if (!take_field(l, h) || (!take(l, ",") && fields < 2)) return false;
    return take(l, "}");
}

static spx_status read_npy_header(const part *p, const char *name, const unsigned char *data,
                                  size_t size, npy_header *h, spx_error *err)
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
    if (!take_dict(&l, h))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s has an invalid NumPy header", p->path, name);
    return SPX_OK;
}

/* Copies values that are not in C's order or not little-endian. */
static spx_status reorder_values(spx_ckpt *c, size_t i, const npy_header *h, bool swapped,
                                 spx_error *err)
{
    strided from = {.data = h->data,
                    .ndim = h->ndim,
                    .width = dtype_bytes(c->tensor[i].dtype),
                    .swapped = swapped};
    size_t step = from.width;
    memcpy(from.shape, h->shape, sizeof from.shape);
    for (size_t k = 0; k < h->ndim; k++) {
        const size_t axis = h->fortran ? k : h->ndim - 1 - k;
        from.stride[axis] = step;
        step *= h->shape[axis];
    }
    return format_gather(c, i, &from, err);
}

static spx_status fill_tensor(spx_ckpt *c, const part *p, size_t i, const char *name, size_t len,
                              const npy_header *h, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    SPX_TRY(format_name(c, i, name, len, err));
    for (size_t k = 0; k < h->ndim; k++) SPX_TRY(format_axis(p, t, h->shape[k], err));
    const bool number = find_dtype(h, &t->dtype);
    if (!number) SPX_TRY(format_other_type(c, t, h->descr, strlen(h->descr), err));
    SPX_TRY(format_bytes(p, t, &t->bytes, err));
    if (number && t->bytes != h->left)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s has %zu bytes (expected %zu for its shape)",
                  p->path, t->name, h->left, t->bytes);
    t->bytes = h->left;
    t->data = t->bytes > 0 ? h->data : p->map.data;
    const bool swapped = number && h->descr[0] == '>' && dtype_bytes(t->dtype) > 1;
    if (number && t->bytes > 0 && (swapped || (h->fortran && h->ndim > 1)))
        SPX_TRY(reorder_values(c, i, h, swapped, err));
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
    npy_header h;
    size_t i = 0;
    SPX_TRY(read_npy_header(p, base, p->map.data, p->map.size, &h, err));
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

/* What NumPy's archives hold beside numbers: constructor's names, settings. */
static bool is_remark(const npy_header *h)
{
    return h->descr[0] && h->descr[1] && strchr("USO", h->descr[1]);
}

static spx_status add_entry(spx_ckpt *c, const part *p, zip_reader *z, size_t entry, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = zip_reader_name(z, entry);
    const size_t n = stem_length(name);
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t size = 0, i = 0;
    npy_header h;
    if (n == strlen(name))
        SPX_RAISE(err, SPX_EFORMAT,
                  "%s: zip archive of neither PyTorch nor NumPy: entry %s is not a .npy array",
                  p->path, name);
    SPX_TRY(zip_reader_bytes(z, entry, &data, &size, &owned, err));
    SPX_TRY(read_npy_header(p, name, data, size, &h, err));
    if (is_remark(&h)) goto out;
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
