/* torch.c: PyTorch's zip format (torch.save since 1.6): data.pkl names storages, data/<key> are
 * their bytes.
 *
 * A state_dict, or a dict that holds one under "state_dict" or "model". Values that are no tensors
 * are left out; tensors may share a storage (tied weights). A view that is not contiguous is
 * refused. */
#include "files/archive.h"
#include "files/dtype.h"
#include "files/pickle.h"

#include <stdio.h>
#include <string.h>

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

/* Bytes of one storage, read once however many tensors look into it. */
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
    char folder[256];  /* of data.pkl in the archive, with its slash */
    storage **storage; /* by entry of the archive */
} reader;

static spx_status odd(const reader *r, const char *what, spx_error *err)
{
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s", r->p->path, what);
}

static spx_status load_storage(reader *r, size_t entry, spx_dtype dtype, storage *s, spx_error *err)
{
    void *owned = NULL;
    spx_status st = zip_reader_bytes(r->z, entry, &s->data, &s->size, &owned, err);
    if (st == SPX_OK && owned) {
        spx_free(owned);
        st = SPX_FAIL(err, SPX_EUNSUP, "%s: storage %s is compressed, which torch.save never does",
                      r->p->path, zip_reader_name(r->z, entry));
    }
    s->dtype = dtype;
    return st;
}

/* ("storage", type, key, device, numel) */
static spx_status find_storage(void *arg, const pickle_value *id, pickle_value *out, spx_error *err)
{
    reader *r = arg;
    char path[512];
    void *mem = NULL;
    size_t entry = 0;
    const pickle_value *v = id->kind == PICKLE_TUPLE && id->items->n == 5 ? id->items->at : NULL;
    if (!v || !pickle_text_is(&v[0], "storage") || v[1].kind != PICKLE_GLOBAL ||
        v[1].integer < STORAGES || v[2].kind != PICKLE_TEXT || v[2].len > 200)
        return odd(r, "a storage is described in a way that is not PyTorch's", err);
    snprintf(path, sizeof path, "%sdata/%.*s", r->folder, (int)v[2].len, v[2].text);
    if (!zip_reader_find(r->z, path, &entry))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: there is no %s in it", r->p->path, path);
    const spx_dtype dtype = storage_types[v[1].integer - STORAGES];
    spx_status st = SPX_OK;
    if (!r->storage[entry]) {
        st = spx_scratch_alloc(&r->tmp, &mem, 1, sizeof(storage), err);
        if (st == SPX_OK) st = load_storage(r, entry, dtype, mem, err);
        if (st != SPX_OK) return st;
        r->storage[entry] = mem;
    }
    if (r->storage[entry]->dtype != dtype) return odd(r, "a storage has two types", err);
    *out = (pickle_value){.kind = PICKLE_OBJECT, .object = r->storage[entry], .integer = STORAGES};
    return SPX_OK;
}

static bool extent(const pickle_value *v, size_t *out)
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
        !extent(&v[1], &w->offset) || v[2].kind != PICKLE_TUPLE || v[3].kind != PICKLE_TUPLE ||
        v[2].items->n != v[3].items->n)
        return odd(r, "a tensor is described in a way that is not PyTorch's", err);
    w->from = v[0].object;
    w->ndim = v[2].items->n;
    w->contiguous = true;
    if (w->ndim > SPX_MAX_DIMS)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: a tensor has %zu axes", r->p->path, w->ndim);
    for (size_t k = w->ndim; k-- > 0;) {
        if (!extent(&v[2].items->at[k], &w->shape[k]) || !extent(&v[3].items->at[k], &stride))
            return odd(r, "a tensor has an extent that is no number", err);
        if (w->shape[k] != 1 && stride != expected) w->contiguous = false;
        if (w->shape[k] > 0 && expected > ((size_t)1 << 48) / w->shape[k])
            return odd(r, "a tensor has an absurd shape", err);
        expected *= w->shape[k];
    }
    return SPX_OK;
}

static spx_status call(void *arg, int64_t global, const pickle_value *args, pickle_value *out,
                       spx_error *err)
{
    reader *r = arg;
    void *mem = NULL;
    spx_status st = SPX_OK;
    switch (global) {
    case ORDERED_DICT:
        if (args->items->n > 0) return odd(r, "an OrderedDict is made from arguments", err);
        return pickle_new_items(out, PICKLE_DICT, &r->tmp, err);
    case TENSOR:
        st = spx_scratch_alloc(&r->tmp, &mem, 1, sizeof(view), err);
        if (st == SPX_OK) st = make_view(r, args, mem, err);
        *out = (pickle_value){.kind = PICKLE_OBJECT, .object = mem, .integer = TENSOR};
        return st;
    case PARAMETER:
        if (args->items->n == 0 || args->items->at[0].kind != PICKLE_OBJECT)
            return odd(r, "a parameter of nothing", err);
        *out = args->items->at[0];
        return SPX_OK;
    default: return odd(r, "a storage type is called", err);
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
        SPX_RAISE(err, SPX_EFORMAT, "%s: truncated: tensor %s ends behind its storage", r->p->path,
                  t->name);
    t->data = w->from->data + w->offset * bytes;
out:
    return st;
}

static spx_status add_all(reader *r, const pickle_value *dict, spx_error *err)
{
    size_t n = 0, at = 0;
    const pickle_items *items = dict->items;
    for (size_t i = 0; i + 1 < items->n; i += 2)
        n += is_tensor(&items->at[i + 1]) && items->at[i].kind == PICKLE_TEXT;
    if (n == 0) return odd(r, "holds no tensors by name", err);
    spx_status st = format_tensors(r->c, n, &at, err);
    for (size_t i = 0; st == SPX_OK && i + 1 < items->n; i += 2)
        if (is_tensor(&items->at[i + 1]) && items->at[i].kind == PICKLE_TEXT)
            st = add_tensor(r, at++, &items->at[i], items->at[i + 1].object, err);
    r->c->shared = true;
    return st;
}

/* data.pkl and the folder that it is in. */
static spx_status find_pickle(reader *r, const unsigned char **data, size_t *size, void **owned,
                              spx_error *err)
{
    size_t i = 0;
    if (!zip_reader_find_base(r->z, "data.pkl", &i)) return odd(r, "has no data.pkl", err);
    const char *name = zip_reader_name(r->z, i);
    const size_t n = (size_t)(spx_base_name(name) - name);
    if (n >= sizeof r->folder) return odd(r, "data.pkl has an absurd path", err);
    memcpy(r->folder, name, n);
    return zip_reader_bytes(r->z, i, data, size, owned, err);
}

static spx_status check_byte_order(reader *r, spx_error *err)
{
    char path[300];
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t i = 0, size = 0;
    snprintf(path, sizeof path, "%sbyteorder", r->folder);
    if (!zip_reader_find(r->z, path, &i)) return SPX_OK; /* files from before 2.1 do not say */
    spx_status st = zip_reader_bytes(r->z, i, &data, &size, &owned, err);
    if (st == SPX_OK && (size != 6 || memcmp(data, "little", 6) != 0))
        st = SPX_FAIL(err, SPX_EUNSUP, "%s: numbers are not little-endian", r->p->path);
    spx_free(owned);
    return st;
}

static const pickle_value *state_dict(const pickle_value *top)
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
    const pickle_rules rules = {globals, call, find_storage, &r, p->path};
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t size = 0;
    pickle_value top = {0};
    SPX_TRY(SPX_SCRATCH(&r.tmp, &r.storage, zip_reader_count(z), err));
    SPX_TRY(find_pickle(&r, &data, &size, &owned, err));
    SPX_TRY(check_byte_order(&r, err));
    SPX_TRY(pickle_load(data, size, &rules, &top, &r.tmp, err));
    const pickle_value *dict = state_dict(&top);
    if (dict->kind != PICKLE_DICT) SPX_RAISE(err, SPX_EFORMAT, "%s: is no state_dict", p->path);
    SPX_TRY(add_all(&r, dict, err));
out:
    spx_free(owned);
    spx_scratch_free(&r.tmp);
    return st;
}
