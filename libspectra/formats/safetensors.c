/* safetensors.c: u64 header length, JSON {name: {dtype, shape, data_offsets}}, the data. */
#include "formats/write.h"

#include "spx/json.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    spx_dtype dtype;
} known_types[] = {
    {"F64", SPX_F64},
    {"F32", SPX_F32},
    {"F16", SPX_F16},
    {"BF16", SPX_BF16},
    {"F8_E4M3", SPX_F8_E4M3},
    {"F8_E5M2", SPX_F8_E5M2},
    {"F8_E4M3FNUZ", SPX_F8_E4M3FNUZ},
    {"F8_E5M2FNUZ", SPX_F8_E5M2FNUZ},
    {"F8_E8M0", SPX_F8_E8M0},
    {"I8", SPX_I8},
    {"I16", SPX_I16},
    {"I32", SPX_I32},
    {"I64", SPX_I64},
    {"U8", SPX_U8},
    {"U16", SPX_U16},
    {"U32", SPX_U32},
    {"U64", SPX_U64},
    {"BOOL", SPX_BOOL},
};

/* Types of the public library's enum Dtype that are not read, and the bits of a value. */
static const struct {
    const char *name;
    size_t bits;
} other_types[] = {
    {"F4", 4},
    {"F6_E2M3", 6},
    {"F6_E3M2", 6},
    {"C64", 64},
};

static spx_status read_type(spx_ckpt *c, const part *p, spx_tensor *t, const spx_json *v,
                            spx_error *err)
{
    const char *name = spx_json_text(spx_json_get(v, "dtype"));
    for (size_t i = 0; name && i < sizeof known_types / sizeof *known_types; i++)
        if (strcmp(known_types[i].name, name) == 0) {
            t->dtype = known_types[i].dtype;
            return SPX_OK;
        }
    if (!name) return SPX_FAIL(err, SPX_EFORMAT, "%s: tensor %s has no dtype", p->path, t->name);
    return format_other_type(c, t, name, strlen(name), err);
}

/* True if v is a whole number of at most 2^53. */
static bool whole_number(const spx_json *v, size_t *out)
{
    double x = 0;
    if (!spx_json_number(v, &x) || !(x >= 0 && x <= 0x1p53) || floor(x) != x) return false;
    *out = (size_t)x;
    return true;
}

static spx_status read_shape(const part *p, spx_tensor *t, const spx_json *v, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *shape = spx_json_get(v, "shape");
    size_t extent = 0;
    if (!spx_json_is_array(shape))
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s has no shape", p->path, t->name);
    for (size_t i = 0; i < spx_json_size(shape); i++) {
        if (!whole_number(spx_json_at(shape, i), &extent))
            SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s: dimension %zu is not a valid size", p->path,
                      t->name, i);
        SPX_TRY(format_axis(p, t, extent, err));
    }
out:
    return st;
}

/* Bytes that type and shape ask for; of a type that the library does not have either, those that
 * the header gives. */
static spx_status expected_bytes(const part *p, const spx_tensor *t, size_t given, size_t *out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(format_bytes(p, t, out, err));
    if (t->dtype != SPX_OTHER_TYPE) return SPX_OK;
    for (size_t i = 0; i < sizeof other_types / sizeof *other_types; i++)
        if (strcmp(other_types[i].name, t->type) == 0) {
            *out = (*out * other_types[i].bits + 7) / 8;
            return SPX_OK;
        }
    *out = given;
out:
    return st;
}

static spx_status read_place(const part *p, spx_tensor *t, const spx_json *v,
                             const unsigned char *data, size_t size, spx_error *err)
{
    const spx_json *offsets = spx_json_get(v, "data_offsets");
    size_t begin = 0, end = 0;
    spx_status st = SPX_OK;
    if (spx_json_size(offsets) != 2 || !whole_number(spx_json_at(offsets, 0), &begin) ||
        !whole_number(spx_json_at(offsets, 1), &end) || begin > end)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s has no valid data_offsets", p->path, t->name);
    if (end > size)
        SPX_RAISE(err, SPX_EFORMAT, "%s: truncated: tensor %s extends past the end of the file",
                  p->path, t->name);
    SPX_TRY(expected_bytes(p, t, end - begin, &t->bytes, err));
    if (t->bytes != end - begin)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tensor %s has %zu bytes (expected %zu for its shape)",
                  p->path, t->name, end - begin, t->bytes);
    t->data = t->bytes > 0 ? data + begin : p->map.data;
out:
    return st;
}

static spx_status read_tensor(spx_ckpt *c, const part *p, size_t i, const char *name,
                              const spx_json *v, size_t header, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &c->tensor[i];
    SPX_TRY(format_name(c, i, name, strlen(name), err));
    SPX_TRY(read_type(c, p, t, v, err));
    SPX_TRY(read_shape(p, t, v, err));
    SPX_TRY(read_place(p, t, v, p->map.data + 8 + header, p->map.size - 8 - header, err));
out:
    return st;
}

static spx_status read_metadata(spx_ckpt *c, const part *p, const spx_json *v, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t first = 0;
    const size_t n = spx_json_size(v);
    SPX_TRY(format_metas(c, n, &first, err));
    for (size_t i = 0; i < n; i++) {
        const spx_json *value = NULL;
        const char *key = spx_json_key(v, i, &value), *text = spx_json_text(value);
        meta *m = &c->meta[first + i];
        if (!text)
            SPX_RAISE(err, SPX_EFORMAT, "%s: value of __metadata__ %s is not a text", p->path, key);
        SPX_TRY(spx_text_dup(&m->key, key, err));
        SPX_TRY(spx_text_dup(&m->text, text, err));
    }
out:
    return st;
}

/* The tensor that the next member of the header describes. */
typedef struct header_reader {
    spx_ckpt *c;
    const part *p;
    size_t at, header;
    spx_error *err;
} header_reader;

static spx_status read_member(void *arg, const char *name, const spx_json *v)
{
    header_reader *r = arg;
    if (strcmp(name, "__metadata__") == 0) return SPX_OK;
    return read_tensor(r->c, r->p, r->at++, name, v, r->header, r->err);
}

static spx_status read_safetensors_header(spx_ckpt *c, const part *p, const spx_json *root,
                                          size_t header, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *metadata = spx_json_get(root, "__metadata__");
    const size_t n = spx_json_size(root), tensors = n - (metadata ? 1 : 0);
    size_t at = 0;
    if (!spx_json_is_object(root))
        SPX_RAISE(err, SPX_EFORMAT, "%s: header is not an object", p->path);
    SPX_TRY(format_tensors(c, tensors, &at, err));
    if (metadata) SPX_TRY(read_metadata(c, p, metadata, err));
    header_reader r = {.c = c, .p = p, .at = at, .header = header, .err = err};
    SPX_TRY(spx_json_each(root, read_member, &r));
out:
    return st;
}

static spx_status open_safetensors(spx_ckpt *c, part *p, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = (const char *)p->map.data + 8;
    uint64_t header = 0;
    spx_json *root = NULL;
    for (size_t i = 0; i < 8; i++) header |= (uint64_t)p->map.data[i] << (8 * i);
    if (header > p->map.size - 8 || header > 100u << 20)
        SPX_RAISE(err, SPX_EFORMAT,
                  "%s: header of %llu bytes in a file of %zu bytes; if it is safetensors, download "
                  "it again",
                  p->path, (unsigned long long)header, p->map.size);
    p->head = 8 + (size_t)header;
    SPX_TRY(spx_json_parse(text, (size_t)header, p->path, &root, err));
    SPX_TRY(read_safetensors_header(c, p, root, (size_t)header, err));
out:
    spx_json_free(root);
    return st;
}

/* Eight bytes of header length, then JSON; not JSON from the first byte on. */
static bool is_safetensors(const char *path, const unsigned char *head, size_t n)
{
    (void)path;
    return n >= 9 && head[8] == '{' && !(head[0] == '{' && head[1] == '"');
}

const format format_safetensors = {
    .name = "safetensors",
    .probe = is_safetensors,
    .open = open_safetensors,
    .write = write_safetensors,
    .needs_folder = true,
    .single_end = ".safetensors",
};
