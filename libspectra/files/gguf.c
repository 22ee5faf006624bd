/* gguf.c: GGUF versions 2 and 3, little-endian.
 *
 * "GGUF", u32 version, u64 tensors, u64 key-values; the key-values (string key, u32 type, value);
 * the tensors (string name, u32 dims, u64 extents fastest first, u32 type, u64 offset); padding to
 * general.alignment (default 32); data, offsets counted from there. A string is u64 length + bytes.
 * A split model says split.count and split.no; its files are NAME-00001-of-00003.gguf and so on. */
#include "files/format.h"

#include <stdio.h>
#include <string.h>

/* What is left to read; every step checks against the end. */
typedef struct cursor {
    spx_ckpt *c;
    part *p;
    const unsigned char *at, *end;
    spx_error *err;
    size_t tensor, tensors; /* this file's: first, number */
    size_t pair, pairs;     /* and its key-values */
} cursor;

static spx_status truncated(const cursor *r, const char *what)
{
    return SPX_FAIL(r->err, SPX_EFORMAT, "%s: file ends within %s", r->p->path, what);
}

static spx_status take(cursor *r, size_t n, const unsigned char **out, const char *what)
{
    if ((size_t)(r->end - r->at) < n) return truncated(r, what);
    *out = r->at;
    r->at += n;
    return SPX_OK;
}

static spx_status whole(cursor *r, size_t bytes, uint64_t *out, const char *what)
{
    const unsigned char *p = NULL;
    const spx_status st = take(r, bytes, &p, what);
    *out = 0;
    for (size_t i = 0; st == SPX_OK && i < bytes; i++) *out |= (uint64_t)p[i] << (8 * i);
    return st;
}

static spx_status text(cursor *r, const char **out, size_t *len, const char *what)
{
    uint64_t n = 0;
    const unsigned char *p = NULL;
    spx_status st = whole(r, 8, &n, what);
    if (st == SPX_OK && n > (size_t)(r->end - r->at)) st = truncated(r, what);
    if (st == SPX_OK) st = take(r, (size_t)n, &p, what);
    *out = (const char *)p;
    *len = (size_t)n;
    return st;
}

enum { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64, VALUE_TYPES };
static const size_t value_bytes[VALUE_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

static double as_number(uint64_t type, const unsigned char *p)
{
    uint64_t bits = 0;
    double d = 0;
    float f = 0;
    for (size_t i = 0; i < value_bytes[type]; i++) bits |= (uint64_t)p[i] << (8 * i);
    switch (type) {
    case I8: return (int8_t)bits;
    case I16: return (int16_t)bits;
    case I32: return (int32_t)bits;
    case I64: return (double)(int64_t)bits;
    case F32: memcpy(&f, p, sizeof f); return (double)f;
    case F64: memcpy(&d, p, sizeof d); return d;
    default: return (double)bits;
    }
}

static spx_status bad_type(const cursor *r, const meta *m, uint64_t type)
{
    return SPX_FAIL(r->err, SPX_EFORMAT, "%s: %s has value type %llu", r->p->path, m->key,
                    (unsigned long long)type);
}

static spx_status array_of_texts(cursor *r, meta *m, size_t n)
{
    void *mem = NULL;
    spx_status st = spx_alloc(&mem, n, sizeof(char *), r->err);
    m->texts = mem;
    if (st == SPX_OK) m->n = n;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        const char *p = NULL;
        size_t len = 0;
        st = text(r, &p, &len, m->key);
        if (st == SPX_OK) st = spx_text_copy(&m->texts[i], p, len, r->err);
    }
    return st;
}

static spx_status array_of_numbers(cursor *r, meta *m, uint64_t type, size_t n)
{
    void *mem = NULL;
    const unsigned char *p = NULL;
    spx_status st = take(r, n * value_bytes[type], &p, m->key);
    if (st == SPX_OK) st = spx_alloc(&mem, n, sizeof(double), r->err);
    m->numbers = mem;
    if (st == SPX_OK) m->n = n;
    for (size_t i = 0; st == SPX_OK && i < n; i++)
        m->numbers[i] = as_number(type, p + i * value_bytes[type]);
    return st;
}

static spx_status array(cursor *r, meta *m)
{
    uint64_t type = 0, n = 0;
    spx_status st = whole(r, 4, &type, m->key);
    if (st == SPX_OK) st = whole(r, 8, &n, m->key);
    if (st != SPX_OK) return st;
    if (type >= VALUE_TYPES || type == ARRAY) return bad_type(r, m, type);
    const size_t each = type == STRING ? 8 : value_bytes[type];
    if (n > (size_t)(r->end - r->at) / each) return truncated(r, m->key);
    return type == STRING ? array_of_texts(r, m, (size_t)n)
                          : array_of_numbers(r, m, type, (size_t)n);
}

static spx_status key_value(cursor *r, meta *m)
{
    const char *p = NULL;
    const unsigned char *v = NULL;
    size_t len = 0;
    uint64_t type = 0;
    spx_status st = text(r, &p, &len, "a key");
    if (st == SPX_OK) st = spx_text_copy(&m->key, p, len, r->err);
    if (st == SPX_OK) st = whole(r, 4, &type, m->key);
    if (st != SPX_OK) return st;
    if (type >= VALUE_TYPES) return bad_type(r, m, type);
    if (type == ARRAY) return array(r, m);
    if (type == STRING) {
        st = text(r, &p, &len, m->key);
        return st == SPX_OK ? spx_text_copy(&m->text, p, len, r->err) : st;
    }
    st = take(r, value_bytes[type], &v, m->key);
    m->is_number = st == SPX_OK;
    if (st == SPX_OK) m->number = as_number(type, v);
    return st;
}

/* ggml's type numbers that are read here. */
static const struct {
    uint64_t number;
    spx_dtype dtype;
} known_types[] = {
    {0, SPX_F32},   {1, SPX_F16},   {2, SPX_Q4_0},  {3, SPX_Q4_1},    {6, SPX_Q5_0},
    {7, SPX_Q5_1},  {8, SPX_Q8_0},  {10, SPX_Q2_K}, {11, SPX_Q3_K},   {12, SPX_Q4_K},
    {13, SPX_Q5_K}, {14, SPX_Q6_K}, {15, SPX_Q8_K}, {20, SPX_IQ4_NL}, {24, SPX_I8},
    {25, SPX_I16},  {26, SPX_I32},  {27, SPX_I64},  {28, SPX_F64},    {30, SPX_BF16},
};

uint32_t format_gguf_type(spx_dtype t)
{
    for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++)
        if (known_types[i].dtype == t) return (uint32_t)known_types[i].number;
    return 0;
}

static spx_status find_type(const cursor *r, spx_tensor *t, uint64_t number)
{
    for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++)
        if (known_types[i].number == number) {
            t->dtype = known_types[i].dtype;
            return SPX_OK;
        }
    return SPX_FAIL(r->err, SPX_EUNSUP, "%s: tensor %s has ggml type %llu, which is not read here",
                    r->p->path, t->name, (unsigned long long)number);
}

/* Name, shape and type of tensor i; its offset goes to *offset. */
static spx_status tensor_info(cursor *r, size_t i, uint64_t *offset)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &r->c->tensor[r->tensor + i];
    const char *p = NULL;
    size_t len = 0;
    uint64_t dims = 0, extent = 0, type = 0;
    SPX_TRY(text(r, &p, &len, "a tensor's name"));
    SPX_TRY(format_name(r->c, r->tensor + i, p, len, r->err));
    SPX_TRY(whole(r, 4, &dims, t->name));
    if (dims == 0 || dims > SPX_MAX_DIMS)
        SPX_RAISE(r->err, SPX_EFORMAT, "%s: tensor %s has %llu dimensions", r->p->path, t->name,
                  (unsigned long long)dims);
    t->ndim = (size_t)dims;
    for (size_t k = t->ndim; k > 0; k--) {
        SPX_TRY(whole(r, 8, &extent, t->name));
        t->shape[k - 1] = (size_t)extent;
    }
    SPX_TRY(whole(r, 4, &type, t->name));
    SPX_TRY(find_type(r, t, type));
    SPX_TRY(format_bytes(r->p, t, &t->bytes, r->err));
    SPX_TRY(whole(r, 8, offset, t->name));
out:
    return st;
}

/* A number among this file's own key-values. */
static double own_number(const cursor *r, const char *key, double otherwise)
{
    for (size_t i = r->pair; i < r->pair + r->pairs; i++)
        if (r->c->meta[i].is_number && strcmp(r->c->meta[i].key, key) == 0)
            return r->c->meta[i].number;
    return otherwise;
}

static spx_status alignment(const cursor *r, size_t *out)
{
    const double a = own_number(r, "general.alignment", 32);
    *out = a >= 1 && a <= 1048576 ? (size_t)a : 0;
    if (*out && (*out & (*out - 1)) == 0) return SPX_OK;
    return SPX_FAIL(r->err, SPX_EFORMAT, "%s: alignment is %g", r->p->path, a);
}

static spx_status place(const cursor *r, const uint64_t *offset)
{
    size_t align = 0;
    const spx_status st = alignment(r, &align);
    if (st != SPX_OK) return st;
    r->p->align = align;
    const size_t used = (size_t)(r->at - r->p->map.data);
    const size_t base = (used + align - 1) / align * align;
    const size_t size = r->p->map.size > base ? r->p->map.size - base : 0;
    for (size_t i = 0; i < r->tensors; i++) {
        spx_tensor *t = &r->c->tensor[r->tensor + i];
        if (offset[i] % align)
            return SPX_FAIL(r->err, SPX_EFORMAT, "%s: tensor %s is not aligned", r->p->path,
                            t->name);
        if (offset[i] > size || t->bytes > size - offset[i])
            return SPX_FAIL(r->err, SPX_EFORMAT, "%s: truncated: tensor %s ends behind the file",
                            r->p->path, t->name);
        t->data = r->p->map.data + base + offset[i];
    }
    return SPX_OK;
}

static spx_status header(cursor *r, uint64_t *tensors, uint64_t *pairs)
{
    uint64_t magic = 0, version = 0;
    spx_status st = whole(r, 4, &magic, "the header");
    if (st == SPX_OK) st = whole(r, 4, &version, "the header");
    if (st == SPX_OK && (version < 2 || version > 3))
        st = SPX_FAIL(r->err, SPX_EUNSUP, "%s: GGUF version %llu", r->p->path,
                      (unsigned long long)version);
    if (st == SPX_OK) st = whole(r, 8, tensors, "the header");
    if (st == SPX_OK) st = whole(r, 8, pairs, "the header");
    /* a tensor takes 32 bytes at least, a pair 13: no more than fit may be announced */
    const size_t left = (size_t)(r->end - r->at);
    if (st == SPX_OK && (*tensors > left / 32 || *pairs > left / 13))
        st = truncated(r, "the header");
    return st;
}

/* The other files of a split model, which the first one stands for. */
static spx_status add_siblings(const cursor *r)
{
    char name[4096], path[4096];
    const double count = own_number(r, "split.count", 1), own = own_number(r, "split.no", 0);
    const char *base = spx_base_name(r->p->path);
    if (!(count > 1 && count <= FORMAT_PARTS)) return SPX_OK;
    if (own != (double)(r->c->parts - 1))
        return SPX_FAIL(r->err, SPX_EFORMAT, "%s: is file %g of %g of a split model, not %zu",
                        r->p->path, own + 1, count, r->c->parts);
    if (r->c->parts > 1) return SPX_OK;
    const char *mark = strstr(base, "-00001-of-");
    if (!mark)
        return SPX_FAIL(r->err, SPX_EFORMAT,
                        "%s: a split model is not named ...-00001-of-%05.0f.gguf", r->p->path,
                        count);
    for (int k = 2; k <= (int)count; k++) {
        snprintf(name, sizeof name, "%.*s-%05d%s", (int)(mark - base), base, k,
                 mark + strlen("-00001"));
        spx_status st = format_beside(r->p, name, path, sizeof path, r->err);
        if (st == SPX_OK) st = format_add(r->c, path, "gguf", r->err);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

spx_status format_open_gguf(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    cursor r = {.c = c, .p = p, .at = p->map.data, .end = p->map.data + p->map.size, .err = err};
    uint64_t tensors = 0, pairs = 0;
    void *mem = NULL;
    SPX_TRY(header(&r, &tensors, &pairs));
    r.tensors = (size_t)tensors;
    r.pairs = (size_t)pairs;
    SPX_TRY(format_metas(c, r.pairs, &r.pair, err));
    for (size_t i = 0; i < r.pairs; i++) SPX_TRY(key_value(&r, &c->meta[r.pair + i]));
    p->head = (size_t)(r.at - p->map.data);
    SPX_TRY(format_tensors(c, r.tensors, &r.tensor, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, r.tensors, sizeof(uint64_t), err));
    for (size_t i = 0; i < r.tensors; i++) SPX_TRY(tensor_info(&r, i, (uint64_t *)mem + i));
    SPX_TRY(place(&r, mem));
    SPX_TRY(add_siblings(&r));
out:
    spx_scratch_free(&tmp);
    return st;
}
