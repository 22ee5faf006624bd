/* torch.c: PyTorch's zip format, written by torch.save since PyTorch 1.6. */
#include "files/archive.h"
#include "files/dtype.h"
#include "files/pickle.h"

#include <stdio.h>
#include <string.h>

/*
 * data.pkl describes tensors and names their storages; data/<key> holds the bytes of a storage. The
 * pickle is a state_dict or a dict that holds one under "state_dict", "model_state_dict" or
 * "model". Values other than tensors are left out; tensors may share a storage (tied weights); a
 * view that is not contiguous is rejected.
 */

enum { ORDERED_DICT, TENSOR, PARAMETER, STORAGES };
static const char *const globals[] = {
    [ORDERED_DICT] = "collections.OrderedDict",
    [TENSOR] = "torch._utils._rebuild_tensor_v2",
    [PARAMETER] = "torch._utils._rebuild_parameter",
    [STORAGES] = "torch.DoubleStorage",
    "torch.FloatStorage",
    "torch.HalfStorage",
    "torch.BFloat16Storage",
    "torch.LongStorage",
    "torch.IntStorage",
    "torch.ShortStorage",
    "torch.CharStorage",
    "torch.ByteStorage",
    "torch.BoolStorage",
    NULL,
};
static const spx_dtype storage_types[] = {SPX_F64, SPX_F32, SPX_F16, SPX_BF16, SPX_I64,
                                          SPX_I32, SPX_I16, SPX_I8,  SPX_U8,   SPX_BOOL};

/* Bytes of one storage, read once for all tensors that use it. */
typedef struct storage {
    spx_dtype dtype;
    const unsigned char *data;
    size_t size;
} storage;

typedef struct view {
    const storage *from;
    size_t offset, ndim, shape[SPX_MAX_DIMS];
    bool contiguous;
} view;

typedef struct reader {
    spx_ckpt *c;
    const part *p;
    zip_reader *z;
    spx_scratch tmp;
    char folder[256];  /* path of data.pkl in the archive, up to its last slash */
    storage **storage; /* by entry of the archive; NULL if not read yet */
} reader;

static spx_status unexpected(const reader *r, const char *what, spx_error *err)
{
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s", r->p->path, what);
}

static spx_status load_storage(reader *r, size_t entry, spx_dtype dtype, storage *s, spx_error *err)
{
    spx_status st = SPX_OK;
    void *owned = NULL;
    SPX_TRY(zip_reader_bytes(r->z, entry, &s->data, &s->size, &owned, err));
    if (owned)
        SPX_RAISE(err, SPX_EUNSUP, "%s: storage %s is compressed, which torch.save never does",
                  r->p->path, zip_reader_name(r->z, entry));
    s->dtype = dtype;
out:
    spx_free(owned);
    return st;
}

/* ("storage", type, key, device, numel) */
static spx_status find_storage(void *arg, const pickle_value *id, pickle_value *out, spx_error *err)
{
    spx_status st = SPX_OK;
    reader *r = arg;
    char path[512];
    storage *s = NULL;
    size_t entry = 0;
    const pickle_value *v = id->kind == PICKLE_TUPLE && id->items->n == 5 ? id->items->at : NULL;
    if (!v || !pickle_text_is(&v[0], "storage") || v[1].kind != PICKLE_GLOBAL ||
        v[1].integer < STORAGES || v[2].kind != PICKLE_TEXT || v[2].len > 200)
        return unexpected(r, "invalid description of a storage", err);
    snprintf(path, sizeof path, "%sdata/%.*s", r->folder, (int)v[2].len, v[2].text);
    if (!zip_reader_find(r->z, path, &entry))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: missing entry %s", r->p->path, path);
    const spx_dtype dtype = storage_types[v[1].integer - STORAGES];
    if (!r->storage[entry]) {
        SPX_TRY(SPX_SCRATCH(&r->tmp, &s, 1, err));
        SPX_TRY(load_storage(r, entry, dtype, s, err));
        r->storage[entry] = s;
    }
    if (r->storage[entry]->dtype != dtype)
        SPX_TRY(unexpected(r, "a storage is used with two types", err));
    *out = (pickle_value){.kind = PICKLE_OBJECT, .object = r->storage[entry], .integer = STORAGES};
out:
    return st;
}

/* True if v is a number that can be a size or an offset. */
static bool take_size(const pickle_value *v, size_t *out)
{
    *out = v->integer > 0 ? (size_t)v->integer : 0;
    return v->kind == PICKLE_INT && v->integer >= 0;
}

/* (storage, offset, size, stride, ...) */
static spx_status make_view(reader *r, const pickle_value *args, view *w, spx_error *err)
{
    const pickle_value *v = args->items->n >= 4 ? args->items->at : NULL;
    size_t expected = 1, stride = 0;
    if (!v || v[0].kind != PICKLE_OBJECT || v[0].integer != STORAGES ||
        !take_size(&v[1], &w->offset) || v[2].kind != PICKLE_TUPLE || v[3].kind != PICKLE_TUPLE ||
        v[2].items->n != v[3].items->n)
        return unexpected(r, "invalid description of a tensor", err);
    w->from = v[0].object;
    w->ndim = v[2].items->n;
    w->contiguous = true;
    if (w->ndim > SPX_MAX_DIMS)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: a tensor has %zu dimensions (expected at most %d)",
                        r->p->path, w->ndim, SPX_MAX_DIMS);
    for (size_t k = w->ndim; k-- > 0;) {
        if (!take_size(&v[2].items->at[k], &w->shape[k]) || !take_size(&v[3].items->at[k], &stride))
            return unexpected(r, "a dimension of a tensor is not a valid size", err);
        if (w->shape[k] != 1 && stride != expected) w->contiguous = false;
        if (w->shape[k] > 0 && expected > ((size_t)1 << 48) / w->shape[k])
            return unexpected(r, "the shape of a tensor is too large", err);
        expected *= w->shape[k];
    }
    return SPX_OK;
}

static spx_status add_view(reader *r, const pickle_value *args, pickle_value *out, spx_error *err)
{
    spx_status st = SPX_OK;
    view *w = NULL;
    SPX_TRY(SPX_SCRATCH(&r->tmp, &w, 1, err));
    SPX_TRY(make_view(r, args, w, err));
    *out = (pickle_value){.kind = PICKLE_OBJECT, .object = w, .integer = TENSOR};
out:
    return st;
}

static spx_status call_torch(void *arg, int64_t global, const pickle_value *args, pickle_value *out,
                             spx_error *err)
{
    reader *r = arg;
    switch (global) {
    case ORDERED_DICT:
        if (args->items->n > 0) return unexpected(r, "OrderedDict is called with arguments", err);
        return pickle_new_items(out, PICKLE_DICT, &r->tmp, err);
    case TENSOR: return add_view(r, args, out, err);
    case PARAMETER:
        if (args->items->n == 0 || args->items->at[0].kind != PICKLE_OBJECT)
            return unexpected(r, "a parameter has no tensor", err);
        *out = args->items->at[0];
        return SPX_OK;
    default: return unexpected(r, "a storage type is called", err);
    }
}

static bool is_tensor(const pickle_value *v)
{
    return v->kind == PICKLE_OBJECT && v->integer == TENSOR;
}

static spx_status add_tensor(reader *r, size_t i, const pickle_value *key, const view *w,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &r->c->tensor[i];
    SPX_TRY(format_name(r->c, i, key->text, key->len, err));
    t->dtype = w->from->dtype;
    t->ndim = w->ndim;
    memcpy(t->shape, w->shape, sizeof t->shape);
    SPX_TRY(format_bytes(r->p, t, &t->bytes, err));
    const size_t bytes = dtype_bytes(t->dtype);
    if (!w->contiguous)
        SPX_RAISE(err, SPX_EUNSUP, "%s: tensor %s is a view that is not contiguous", r->p->path,
                  t->name);
    if (w->offset > w->from->size / bytes || t->bytes > w->from->size - w->offset * bytes)
        SPX_RAISE(err, SPX_EFORMAT, "%s: truncated: tensor %s extends past the end of its storage",
                  r->p->path, t->name);
    t->data = w->from->data + w->offset * bytes;
out:
    return st;
}

static spx_status add_tensors(reader *r, const pickle_value *dict, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0, at = 0;
    const pickle_items *items = dict->items;
    for (size_t i = 0; i + 1 < items->n; i += 2)
        n += is_tensor(&items->at[i + 1]) && items->at[i].kind == PICKLE_TEXT;
    if (n == 0) return unexpected(r, "state_dict contains no tensors", err);
    SPX_TRY(format_tensors(r->c, n, &at, err));
    for (size_t i = 0; i + 1 < items->n; i += 2)
        if (is_tensor(&items->at[i + 1]) && items->at[i].kind == PICKLE_TEXT)
            SPX_TRY(add_tensor(r, at++, &items->at[i], items->at[i + 1].object, err));
    r->c->shared = true;
out:
    return st;
}

/* Reads data.pkl and keeps the folder that it lies in. */
static spx_status find_pickle(reader *r, const unsigned char **data, size_t *size, void **owned,
                              spx_error *err)
{
    size_t i = 0;
    if (!zip_reader_find_base(r->z, "data.pkl", &i))
        return unexpected(r, "archive has no data.pkl", err);
    const char *name = zip_reader_name(r->z, i);
    const size_t n = (size_t)(spx_base_name(name) - name);
    if (n >= sizeof r->folder) return unexpected(r, "path of data.pkl is too long", err);
    memcpy(r->folder, name, n);
    return zip_reader_bytes(r->z, i, data, size, owned, err);
}

static spx_status check_byte_order(reader *r, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[300];
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t i = 0, size = 0;
    snprintf(path, sizeof path, "%sbyteorder", r->folder);
    if (!zip_reader_find(r->z, path, &i)) return SPX_OK; /* not given before PyTorch 2.1 */
    SPX_TRY(zip_reader_bytes(r->z, i, &data, &size, &owned, err));
    if (size != 6 || memcmp(data, "little", 6) != 0)
        SPX_RAISE(err, SPX_EUNSUP, "%s: byte order is not little-endian", r->p->path);
out:
    spx_free(owned);
    return st;
}

static const pickle_value *find_state_dict(const pickle_value *top)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const pickle_value *inner = pickle_get(top, keys[i]);
        if (inner && inner->kind == PICKLE_DICT) return inner;
    }
    return top;
}

spx_status archive_torch(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err)
{
    spx_status st = SPX_OK;
    reader r = {.c = c, .p = p, .z = z};
    const pickle_rules rules = {.globals = globals,
                                .call = call_torch,
                                .persistent = find_storage,
                                .arg = &r,
                                .name = p->path};
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t size = 0;
    pickle_value top = {0};
    SPX_TRY(SPX_SCRATCH(&r.tmp, &r.storage, zip_reader_count(z), err));
    SPX_TRY(find_pickle(&r, &data, &size, &owned, err));
    SPX_TRY(check_byte_order(&r, err));
    SPX_TRY(pickle_load(data, size, &rules, &top, &r.tmp, err));
    const pickle_value *dict = find_state_dict(&top);
    if (dict->kind != PICKLE_DICT) SPX_RAISE(err, SPX_EFORMAT, "%s: not a state_dict", p->path);
    SPX_TRY(add_tensors(&r, dict, err));
out:
    spx_free(owned);
    spx_scratch_free(&r.tmp);
    return st;
}
