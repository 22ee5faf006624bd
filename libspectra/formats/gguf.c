/* gguf.c: GGUF versions 2 and 3, little-endian; big-endian files are named as such. */
#include "formats/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Layout:
 *   "GGUF"  u32 version  u64 tensors  u64 pairs
 *   pairs    x { string key, u32 type, value }
 *   tensors  x { string name, u32 dims, dims x u64 extent (fastest first), u32 type, u64 offset }
 *   padding to general.alignment (default 32)
 *   data; offsets are counted from here
 * A string is a u64 length and its bytes. A split model says split.count and split.no; its files
 * are NAME-00001-of-00003.gguf and so on.
 */

/* What is left to read; every step checks against the end. */
typedef struct cursor {
    spx_ckpt *c;
    part *p;
    const unsigned char *at, *end;
    spx_error *err;
    size_t tensor, tensors; /* this file's tensors: index of the first, number */
    size_t pair, pairs;     /* and its key-values */
} cursor;

static spx_status truncated(const cursor *r, const char *what)
{
    return SPX_FAIL(r->err, SPX_EFORMAT, "%s: truncated: file ends within %s", r->p->path, what);
}

static spx_status take_bytes(cursor *r, size_t n, const unsigned char **out, const char *what)
{
    if ((size_t)(r->end - r->at) < n) return truncated(r, what);
    *out = r->at;
    r->at += n;
    return SPX_OK;
}

static spx_status take_whole(cursor *r, size_t bytes, uint64_t *out, const char *what)
{
    spx_status st = SPX_OK;
    const unsigned char *p = NULL;
    *out = 0;
    SPX_TRY(take_bytes(r, bytes, &p, what));
    for (size_t i = 0; i < bytes; i++) *out |= (uint64_t)p[i] << (8 * i);
out:
    return st;
}

static spx_status take_text(cursor *r, const char **out, size_t *len, const char *what)
{
    spx_status st = SPX_OK;
    uint64_t n = 0;
    const unsigned char *p = NULL;
    SPX_TRY(take_whole(r, 8, &n, what));
    if (n > (size_t)(r->end - r->at)) SPX_TRY(truncated(r, what));
    SPX_TRY(take_bytes(r, (size_t)n, &p, what));
out:
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

static spx_status bad_value_type(const cursor *r, const meta *m, uint64_t type)
{
    return SPX_FAIL(r->err, SPX_EFORMAT, "%s: key %s has unsupported value type %llu", r->p->path,
                    m->key, (unsigned long long)type);
}

static spx_status read_texts(cursor *r, meta *m, size_t n)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&m->texts, n, r->err));
    m->n = n;
    for (size_t i = 0; i < n; i++) {
        const char *p = NULL;
        size_t len = 0;
        SPX_TRY(take_text(r, &p, &len, m->key));
        SPX_TRY(spx_text_copy(&m->texts[i], p, len, r->err));
    }
out:
    return st;
}

static spx_status read_numbers(cursor *r, meta *m, uint64_t type, size_t n)
{
    spx_status st = SPX_OK;
    const unsigned char *p = NULL;
    SPX_TRY(take_bytes(r, n * value_bytes[type], &p, m->key));
    SPX_TRY(SPX_NEW(&m->numbers, n, r->err));
    m->n = n;
    for (size_t i = 0; i < n; i++) m->numbers[i] = as_number(type, p + i * value_bytes[type]);
out:
    return st;
}

enum { DEEPEST = 16, ARRAY_HEAD = 12 };

/* Skips n arrays, whose elements may be arrays again: GGUF has no key that needs one. */
static spx_status skip_arrays(cursor *r, const meta *m, uint64_t n, size_t depth)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    const unsigned char *p = NULL;
    if (depth == DEEPEST)
        SPX_RAISE(r->err, SPX_EFORMAT, "%s: arrays of key %s are nested more than %d deep",
                  r->p->path, m->key, DEEPEST);
    if (n > (size_t)(r->end - r->at) / ARRAY_HEAD) SPX_TRY(truncated(r, m->key));
    for (uint64_t i = 0; i < n; i++) {
        uint64_t type = 0, count = 0;
        size_t len = 0;
        SPX_TRY(take_whole(r, 4, &type, m->key));
        SPX_TRY(take_whole(r, 8, &count, m->key));
        if (type >= VALUE_TYPES) SPX_TRY(bad_value_type(r, m, type));
        const size_t each = value_bytes[type];
        if (type == ARRAY) SPX_TRY(skip_arrays(r, m, count, depth + 1));
        for (uint64_t k = 0; type == STRING && k < count; k++)
            SPX_TRY(take_text(r, &text, &len, m->key));
        if (each == 0) continue;
        if (count > (size_t)(r->end - r->at) / each) SPX_TRY(truncated(r, m->key));
        SPX_TRY(take_bytes(r, (size_t)count * each, &p, m->key));
    }
out:
    return st;
}

static spx_status read_array(cursor *r, meta *m)
{
    spx_status st = SPX_OK;
    uint64_t type = 0, n = 0;
    SPX_TRY(take_whole(r, 4, &type, m->key));
    SPX_TRY(take_whole(r, 8, &n, m->key));
    if (type == ARRAY) return skip_arrays(r, m, n, 0);
    if (type >= VALUE_TYPES) SPX_TRY(bad_value_type(r, m, type));
    const size_t each = type == STRING ? 8 : value_bytes[type];
    if (n > (size_t)(r->end - r->at) / each) SPX_TRY(truncated(r, m->key));
    if (type == STRING)
        SPX_TRY(read_texts(r, m, (size_t)n));
    else
        SPX_TRY(read_numbers(r, m, type, (size_t)n));
out:
    return st;
}

static spx_status read_text(cursor *r, meta *m)
{
    spx_status st = SPX_OK;
    const char *p = NULL;
    size_t len = 0;
    SPX_TRY(take_text(r, &p, &len, m->key));
    SPX_TRY(spx_text_copy(&m->text, p, len, r->err));
out:
    return st;
}

static spx_status read_number(cursor *r, meta *m, uint64_t type)
{
    spx_status st = SPX_OK;
    const unsigned char *p = NULL;
    SPX_TRY(take_bytes(r, value_bytes[type], &p, m->key));
    m->is_number = true;
    m->number = as_number(type, p);
out:
    return st;
}

static spx_status read_pair(cursor *r, meta *m)
{
    spx_status st = SPX_OK;
    const char *p = NULL;
    size_t len = 0;
    uint64_t type = 0;
    SPX_TRY(take_text(r, &p, &len, "a key"));
    SPX_TRY(spx_text_copy(&m->key, p, len, r->err));
    SPX_TRY(take_whole(r, 4, &type, m->key));
    if (type >= VALUE_TYPES) SPX_TRY(bad_value_type(r, m, type));
    if (type == ARRAY)
        SPX_TRY(read_array(r, m));
    else if (type == STRING)
        SPX_TRY(read_text(r, m));
    else
        SPX_TRY(read_number(r, m, type));
out:
    return st;
}

/* The types that are read, by ggml's numbers. */
static const struct {
    uint64_t number;
    spx_dtype dtype;
} known_types[] = {
    {0, SPX_F32},      {1, SPX_F16},     {2, SPX_Q4_0},     {3, SPX_Q4_1},    {6, SPX_Q5_0},
    {7, SPX_Q5_1},     {8, SPX_Q8_0},    {10, SPX_Q2_K},    {11, SPX_Q3_K},   {12, SPX_Q4_K},
    {13, SPX_Q5_K},    {14, SPX_Q6_K},   {15, SPX_Q8_K},    {20, SPX_IQ4_NL}, {24, SPX_I8},
    {25, SPX_I16},     {26, SPX_I32},    {27, SPX_I64},     {28, SPX_F64},    {30, SPX_BF16},
    {16, SPX_IQ2_XXS}, {17, SPX_IQ2_XS}, {18, SPX_IQ3_XXS}, {19, SPX_IQ1_S},  {21, SPX_IQ3_S},
    {22, SPX_IQ2_S},   {23, SPX_IQ4_XS}, {29, SPX_IQ1_M},   {34, SPX_TQ1_0},  {35, SPX_TQ2_0},
    {39, SPX_MXFP4},   {40, SPX_NVFP4},
};

static const char other_type[] = "ggml type "; /* and its number */

uint32_t format_gguf_type(const spx_tensor *t, spx_dtype dtype)
{
    if (dtype == SPX_OTHER_TYPE) return (uint32_t)strtoul(t->type + strlen(other_type), NULL, 10);
    for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++)
        if (known_types[i].dtype == dtype) return (uint32_t)known_types[i].number;
    return 0;
}

static spx_status find_ggml_type(const cursor *r, spx_tensor *t, uint64_t number)
{
    char name[40];
    for (size_t i = 0; i < sizeof known_types / sizeof *known_types; i++)
        if (known_types[i].number == number) {
            t->dtype = known_types[i].dtype;
            return SPX_OK;
        }
    snprintf(name, sizeof name, "%s%llu", other_type, (unsigned long long)number);
    return format_other_type(r->c, t, name, strlen(name), r->err);
}

/* Name, shape and type of tensor i of the file; its offset goes to *offset. */
static spx_status read_tensor_info(cursor *r, size_t i, uint64_t *offset)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &r->c->tensor[r->tensor + i];
    const char *p = NULL;
    size_t len = 0;
    uint64_t dims = 0, extent = 0, type = 0;
    SPX_TRY(take_text(r, &p, &len, "a tensor's name"));
    SPX_TRY(format_name(r->c, r->tensor + i, p, len, r->err));
    SPX_TRY(take_whole(r, 4, &dims, t->name));
    if (dims > SPX_MAX_DIMS)
        SPX_RAISE(r->err, SPX_EFORMAT, "%s: tensor %s has %llu dimensions (expected at most %d)",
                  r->p->path, t->name, (unsigned long long)dims, SPX_MAX_DIMS);
    t->ndim = (size_t)dims;
    for (size_t k = t->ndim; k > 0; k--) {
        SPX_TRY(take_whole(r, 8, &extent, t->name));
        t->shape[k - 1] = (size_t)extent;
    }
    SPX_TRY(take_whole(r, 4, &type, t->name));
    SPX_TRY(find_ggml_type(r, t, type));
    SPX_TRY(format_bytes(r->p, t, &t->bytes, r->err));
    SPX_TRY(take_whole(r, 8, offset, t->name));
out:
    return st;
}

/* A number among the key-values of this file; `otherwise` where it has none. */
static double own_number(const cursor *r, const char *key, double otherwise)
{
    for (size_t i = r->pair; i < r->pair + r->pairs; i++)
        if (r->c->meta[i].is_number && strcmp(r->c->meta[i].key, key) == 0)
            return r->c->meta[i].number;
    return otherwise;
}

static spx_status read_alignment(const cursor *r, size_t *out)
{
    const double a = own_number(r, "general.alignment", 32);
    *out = a >= 1 && a <= 1048576 ? (size_t)a : 0;
    if (*out && (*out & (*out - 1)) == 0) return SPX_OK;
    return SPX_FAIL(r->err, SPX_EFORMAT,
                    "%s: invalid alignment %g (expected a power of two, at most 1048576)",
                    r->p->path, a);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The first of n sorted offsets that is larger; `size` if none is. */
static uint64_t next_offset(const uint64_t *sorted, size_t n, uint64_t offset, uint64_t size)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] > offset)
            high = middle;
        else
            low = middle + 1;
    }
    return low < n && sorted[low] < size ? sorted[low] : size;
}

/* A type that is not read does not tell its size: its data end where the next tensor begins. */
static spx_status bound_other_types(const cursor *r, const uint64_t *offset, size_t size)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    uint64_t *sorted = NULL;
    if (r->tensors == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &sorted, r->tensors, r->err));
    memcpy(sorted, offset, r->tensors * sizeof *sorted);
    qsort(sorted, r->tensors, sizeof *sorted, by_size);
    for (size_t i = 0; i < r->tensors; i++) {
        spx_tensor *t = &r->c->tensor[r->tensor + i];
        if (t->dtype == SPX_OTHER_TYPE && offset[i] <= size)
            t->bytes = (size_t)(next_offset(sorted, r->tensors, offset[i], size) - offset[i]);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Finds the data of all tensors by their offsets, once the infos have been read. */
static spx_status place_tensors(const cursor *r, const uint64_t *offset)
{
    spx_status st = SPX_OK;
    size_t align = 0;
    SPX_TRY(read_alignment(r, &align));
    r->p->align = align;
    const size_t used = (size_t)(r->at - r->p->map.data);
    const size_t base = (used + align - 1) / align * align;
    const size_t size = r->p->map.size > base ? r->p->map.size - base : 0;
    SPX_TRY(bound_other_types(r, offset, size));
    for (size_t i = 0; i < r->tensors; i++) {
        spx_tensor *t = &r->c->tensor[r->tensor + i];
        if (offset[i] % align)
            SPX_RAISE(r->err, SPX_EFORMAT, "%s: tensor %s is not aligned to %zu bytes", r->p->path,
                      t->name, align);
        if (offset[i] > size || t->bytes > size - offset[i])
            SPX_RAISE(r->err, SPX_EFORMAT,
                      "%s: truncated: tensor %s extends past the end of the file", r->p->path,
                      t->name);
        t->data = r->p->map.data + (t->bytes > 0 ? base + offset[i] : 0);
    }
out:
    return st;
}

static spx_status read_gguf_header(cursor *r, uint64_t *tensors, uint64_t *pairs)
{
    spx_status st = SPX_OK;
    uint64_t magic = 0, version = 0;
    SPX_TRY(take_whole(r, 4, &magic, "the header"));
    SPX_TRY(take_whole(r, 4, &version, "the header"));
    if (version == (uint64_t)2 << 24 || version == (uint64_t)3 << 24)
        SPX_RAISE(r->err, SPX_EUNSUP,
                  "%s: big-endian GGUF (version %llu); convert it with gguf-py's "
                  "gguf_convert_endian.py",
                  r->p->path, (unsigned long long)version >> 24);
    if (version < 2 || version > 3)
        SPX_RAISE(r->err, SPX_EUNSUP, "%s: unsupported GGUF version %llu (expected 2 or 3)",
                  r->p->path, (unsigned long long)version);
    SPX_TRY(take_whole(r, 8, tensors, "the header"));
    SPX_TRY(take_whole(r, 8, pairs, "the header"));
    /* A tensor takes at least 25 bytes, a pair 13: no more than fit can have been announced. */
    const size_t left = (size_t)(r->end - r->at);
    if (*tensors > left / 25 || *pairs > left / 13) SPX_TRY(truncated(r, "the header"));
out:
    return st;
}

/* Adds the other files of a split model, which the first one stands for. */
static spx_status add_siblings(const cursor *r)
{
    spx_status st = SPX_OK;
    char name[4096], path[4096];
    const double count = own_number(r, "split.count", 1), own = own_number(r, "split.no", 0);
    const char *base = spx_base_name(r->p->path), *mark = strstr(base, "-00001-of-");
    if (!(count > 1 && count <= FORMAT_PARTS)) return SPX_OK;
    if (own != (double)(r->c->parts - 1))
        SPX_RAISE(r->err, SPX_EFORMAT, "%s: is file %g of %g of a split model (expected file %zu)",
                  r->p->path, own + 1, count, r->c->parts);
    if (r->c->parts > 1) return SPX_OK;
    if (!mark)
        SPX_RAISE(r->err, SPX_EFORMAT,
                  "%s: invalid file name of a split model (expected ...-00001-of-%05.0f.gguf)",
                  r->p->path, count);
    for (int k = 2; k <= (int)count; k++) {
        snprintf(name, sizeof name, "%.*s-%05d%s", (int)(mark - base), base, k,
                 mark + strlen("-00001"));
        SPX_TRY(format_beside(r->p, name, path, sizeof path, r->err));
        SPX_TRY(format_add(r->c, path, &format_gguf, r->err));
    }
out:
    return st;
}

static spx_status open_gguf(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    cursor r = {.c = c, .p = p, .at = p->map.data, .end = p->map.data + p->map.size, .err = err};
    uint64_t tensors = 0, pairs = 0, *offset = NULL;
    SPX_TRY(read_gguf_header(&r, &tensors, &pairs));
    r.tensors = (size_t)tensors;
    r.pairs = (size_t)pairs;
    SPX_TRY(format_metas(c, r.pairs, &r.pair, err));
    for (size_t i = 0; i < r.pairs; i++) SPX_TRY(read_pair(&r, &c->meta[r.pair + i]));
    p->head = (size_t)(r.at - p->map.data);
    SPX_TRY(format_tensors(c, r.tensors, &r.tensor, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &offset, r.tensors, err));
    for (size_t i = 0; i < r.tensors; i++) SPX_TRY(read_tensor_info(&r, i, &offset[i]));
    SPX_TRY(place_tensors(&r, offset));
    SPX_TRY(add_siblings(&r));
out:
    spx_scratch_free(&tmp);
    return st;
}

static bool is_gguf(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 4 && memcmp(head, "GGUF", 4) == 0;
}

const format format_gguf = {
    .name = "gguf",
    .probe = is_gguf,
    .open = open_gguf,
    .write = write_gguf,
    .llama_cpp = true,
    .blocks = true,
    .split_end = ".gguf",
};
