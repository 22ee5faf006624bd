/* torch.c: PyTorch's zip format, written by torch.save since PyTorch 1.6. */
#include "formats/torch.h"

#include "formats/archive.h"
#include "formats/dtype.h"

#include "spx/names.h"

#include <stdio.h>
#include <string.h>

/*
 * data.pkl describes tensors and names their storages; data/<key> holds the bytes of a storage. The
 * pickle is a state_dict, a dict that holds one (torch_dict.c), a tensor, or a list of tensors.
 * Values other than tensors are left out; tensors may share a storage (tied weights). A view that
 * is not contiguous is copied into C's order.
 */

/* What a global is good for. */
typedef enum global_kind {
    DICT,       /* called without arguments, it gives a dict */
    VIEW,       /* (storage, offset, size, stride, ...) gives a tensor */
    TYPED_VIEW, /* the same, with a type after six arguments */
    PARAMETER,  /* gives its first argument, a tensor */
    SPARSE,     /* gives a tensor that is left out */
    STORAGE,    /* the type of a storage */
    TYPE,       /* the type of a tensor */
    PLAIN,      /* settings and the like: what calls of it give is not looked at */
} global_kind;

static const struct known_global {
    const char *name;
    global_kind kind;
    torch_type type;
} known[] = {
    {"collections.OrderedDict", DICT, {0}},
    {"collections.defaultdict", DICT, {0}},
    {"torch._utils._rebuild_tensor_v2", VIEW, {0}},
    {"torch._utils._rebuild_tensor", VIEW, {0}},
    {"torch._utils._rebuild_qtensor", VIEW, {0}},
    {"torch._utils._rebuild_tensor_v3", TYPED_VIEW, {0}},
    {"torch._utils._rebuild_parameter", PARAMETER, {0}},
    {"torch._utils._rebuild_parameter_with_state", PARAMETER, {0}},
    {"torch._utils._rebuild_sparse_tensor", SPARSE, {0}},
    {"torch.DoubleStorage", STORAGE, {SPX_F64, NULL, 8}},
    {"torch.FloatStorage", STORAGE, {SPX_F32, NULL, 4}},
    {"torch.HalfStorage", STORAGE, {SPX_F16, NULL, 2}},
    {"torch.BFloat16Storage", STORAGE, {SPX_BF16, NULL, 2}},
    {"torch.LongStorage", STORAGE, {SPX_I64, NULL, 8}},
    {"torch.IntStorage", STORAGE, {SPX_I32, NULL, 4}},
    {"torch.ShortStorage", STORAGE, {SPX_I16, NULL, 2}},
    {"torch.CharStorage", STORAGE, {SPX_I8, NULL, 1}},
    {"torch.ByteStorage", STORAGE, {SPX_U8, NULL, 1}},
    {"torch.BoolStorage", STORAGE, {SPX_BOOL, NULL, 1}},
    {"torch.ComplexFloatStorage", STORAGE, {SPX_OTHER_TYPE, "C64", 8}},
    {"torch.ComplexDoubleStorage", STORAGE, {SPX_OTHER_TYPE, "C128", 16}},
    {"torch.QInt8Storage", STORAGE, {SPX_OTHER_TYPE, "QINT8", 1}},
    {"torch.QUInt8Storage", STORAGE, {SPX_OTHER_TYPE, "QUINT8", 1}},
    {"torch.QInt32Storage", STORAGE, {SPX_OTHER_TYPE, "QINT32", 4}},
    {"torch.storage.UntypedStorage", STORAGE, {SPX_U8, NULL, 0}},
    {"torch.float64", TYPE, {SPX_F64, NULL, 8}},
    {"torch.float32", TYPE, {SPX_F32, NULL, 4}},
    {"torch.float16", TYPE, {SPX_F16, NULL, 2}},
    {"torch.bfloat16", TYPE, {SPX_BF16, NULL, 2}},
    {"torch.float8_e4m3fn", TYPE, {SPX_F8_E4M3, NULL, 1}},
    {"torch.float8_e5m2", TYPE, {SPX_F8_E5M2, NULL, 1}},
    {"torch.int64", TYPE, {SPX_I64, NULL, 8}},
    {"torch.int32", TYPE, {SPX_I32, NULL, 4}},
    {"torch.int16", TYPE, {SPX_I16, NULL, 2}},
    {"torch.int8", TYPE, {SPX_I8, NULL, 1}},
    {"torch.uint64", TYPE, {SPX_U64, NULL, 8}},
    {"torch.uint32", TYPE, {SPX_U32, NULL, 4}},
    {"torch.uint16", TYPE, {SPX_U16, NULL, 2}},
    {"torch.uint8", TYPE, {SPX_U8, NULL, 1}},
    {"torch.bool", TYPE, {SPX_BOOL, NULL, 1}},
    {"torch.float8_e4m3fnuz", TYPE, {SPX_F8_E4M3FNUZ, NULL, 1}},
    {"torch.float8_e5m2fnuz", TYPE, {SPX_F8_E5M2FNUZ, NULL, 1}},
    {"torch.float8_e8m0fnu", TYPE, {SPX_F8_E8M0, NULL, 1}},
    {"torch.float4_e2m1fn_x2", TYPE, {SPX_OTHER_TYPE, "F4_E2M1FN_X2", 1}},
    {"torch.complex32", TYPE, {SPX_OTHER_TYPE, "C32", 4}},
    {"torch.complex64", TYPE, {SPX_OTHER_TYPE, "C64", 8}},
    {"torch.complex128", TYPE, {SPX_OTHER_TYPE, "C128", 16}},
    {"torch.Size", PLAIN, {0}},
    {"torch.device", PLAIN, {0}},
    {"torch.per_tensor_affine", PLAIN, {0}},
    {"torch.per_channel_affine", PLAIN, {0}},
    {"torch.serialization._get_layout", PLAIN, {0}},
    {"argparse.Namespace", PLAIN, {0}},
    {"_codecs.encode", PLAIN, {0}},
    {"builtins.set", PLAIN, {0}},
    {"__builtin__.set", PLAIN, {0}},
    {"builtins.list", PLAIN, {0}},
    {"__builtin__.list", PLAIN, {0}},
    {"builtins.dict", PLAIN, {0}},
    {"__builtin__.dict", PLAIN, {0}},
    {"builtins.int", PLAIN, {0}},
    {"__builtin__.int", PLAIN, {0}},
    {"collections.Counter", PLAIN, {0}},
    {"numpy.dtype", PLAIN, {0}},
    {"numpy.ndarray", PLAIN, {0}},
    {"numpy.core.multiarray.scalar", PLAIN, {0}},
    {"numpy.core.multiarray._reconstruct", PLAIN, {0}},
    {"numpy._core.multiarray.scalar", PLAIN, {0}},
    {"numpy._core.multiarray._reconstruct", PLAIN, {0}},
};
enum { KNOWN = sizeof known / sizeof *known };

typedef struct reader {
    spx_ckpt *c;
    const part *p;
    zip_reader *z;
    spx_scratch tmp;
    char folder[256];        /* path of data.pkl in the archive, up to its last slash */
    torch_storage **storage; /* by entry of the archive; NULL if not read yet */
} reader;

static spx_status unexpected(const reader *r, const char *what, spx_error *err)
{
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s", r->p->path, what);
}

static const struct known_global *global_of(const pickle_value *v, global_kind kind)
{
    const struct known_global *g = v->kind == PICKLE_GLOBAL ? &known[v->integer] : NULL;
    return g && g->kind == kind ? g : NULL;
}

static spx_status load_storage(reader *r, size_t entry, const torch_type *type, torch_storage *s,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    void *owned = NULL;
    SPX_TRY(zip_reader_bytes(r->z, entry, &s->data, &s->size, &owned, err));
    if (owned)
        SPX_RAISE(err, SPX_EUNSUP, "%s: storage %s is compressed, which torch.save never does",
                  r->p->path, zip_reader_name(r->z, entry));
    s->type = type;
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
    torch_storage *s = NULL;
    size_t entry = 0;
    const pickle_value *v = id->kind == PICKLE_TUPLE && id->items->n == 5 ? id->items->at : NULL;
    const struct known_global *g = v ? global_of(&v[1], STORAGE) : NULL;
    if (!g || !pickle_text_is(&v[0], "storage") || v[2].kind != PICKLE_TEXT || v[2].len > 200)
        return unexpected(r, "invalid description of a storage", err);
    snprintf(path, sizeof path, "%sdata/%.*s", r->folder, (int)v[2].len, v[2].text);
    if (!zip_reader_find(r->z, path, &entry))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: missing entry %s", r->p->path, path);
    if (!r->storage[entry]) {
        SPX_TRY(SPX_SCRATCH(&r->tmp, &s, 1, err));
        SPX_TRY(load_storage(r, entry, &g->type, s, err));
        r->storage[entry] = s;
    }
    if (r->storage[entry]->type != &g->type)
        SPX_TRY(unexpected(r, "a storage is used with two types", err));
    *out = (pickle_value){
        .kind = PICKLE_OBJECT, .object = r->storage[entry], .integer = TORCH_STORAGE};
out:
    return st;
}

/* True if v is a number that can be a size or an offset. */
static bool take_size(const pickle_value *v, size_t *out)
{
    *out = v->integer > 0 ? (size_t)v->integer : 0;
    return v->kind == PICKLE_INT && v->integer >= 0;
}

static spx_status take_axes(const reader *r, const pickle_items *size, const pickle_items *stride,
                            torch_view *w, spx_error *err)
{
    size_t values = 1; /* of the extents that are not 0 */
    w->ndim = size->n;
    if (w->ndim > FORMAT_AXES)
        return SPX_FAIL(err, SPX_EUNSUP, "%s: a tensor has %zu dimensions (expected at most %d)",
                        r->p->path, w->ndim, FORMAT_AXES);
    for (size_t k = w->ndim; k-- > 0;) {
        if (!take_size(&size->at[k], &w->shape[k]) || !take_size(&stride->at[k], &w->stride[k]))
            return unexpected(r, "a dimension of a tensor is not a valid size", err);
        if (w->shape[k] == 0) continue;
        if (values > ((size_t)1 << 48) / w->shape[k])
            return unexpected(r, "the shape of a tensor is too large", err);
        values *= w->shape[k];
    }
    return SPX_OK;
}

/* True if one of the arguments is a dict that says so: a view of the negated values. */
static bool says_negated(const pickle_items *args)
{
    for (size_t i = 6; i < args->n; i++) {
        const pickle_value *neg = pickle_get(&args->at[i], "neg");
        if (neg && neg->kind == PICKLE_BOOL && neg->integer) return true;
    }
    return false;
}

/* (storage, offset, size, stride, ...) */
static spx_status make_view(reader *r, const pickle_value *args, bool typed, torch_view *w,
                            spx_error *err)
{
    const pickle_value *v = args->items->n >= (typed ? 7 : 4) ? args->items->at : NULL;
    const struct known_global *g = v && typed ? global_of(&v[6], TYPE) : NULL;
    if (!v || v[0].kind != PICKLE_OBJECT || v[0].integer != TORCH_STORAGE || (typed && !g) ||
        !take_size(&v[1], &w->offset) || v[2].kind != PICKLE_TUPLE || v[3].kind != PICKLE_TUPLE ||
        v[2].items->n != v[3].items->n)
        return unexpected(r, "invalid description of a tensor", err);
    w->from = v[0].object;
    w->type = g ? &g->type : w->from->type;
    w->negated = says_negated(args->items);
    if (w->type->width == 0) return unexpected(r, "a tensor has no type", err);
    return take_axes(r, v[2].items, v[3].items, w, err);
}

static spx_status add_view(reader *r, const pickle_value *args, bool typed, pickle_value *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    torch_view *w = NULL;
    SPX_TRY(SPX_SCRATCH(&r->tmp, &w, 1, err));
    SPX_TRY(make_view(r, args, typed, w, err));
    *out = (pickle_value){.kind = PICKLE_OBJECT, .object = w, .integer = TORCH_TENSOR};
out:
    return st;
}

static spx_status call_torch(void *arg, int64_t global, const pickle_value *args, pickle_value *out,
                             spx_error *err)
{
    reader *r = arg;
    switch (known[global].kind) {
    case DICT:
        if (args->items->n > 1) return unexpected(r, "a dict is called with arguments", err);
        return pickle_new_items(out, PICKLE_DICT, &r->tmp, err);
    case VIEW: return add_view(r, args, false, out, err);
    case TYPED_VIEW: return add_view(r, args, true, out, err);
    case PARAMETER:
        if (args->items->n == 0 || args->items->at[0].kind != PICKLE_OBJECT)
            return unexpected(r, "a parameter has no tensor", err);
        *out = args->items->at[0];
        return SPX_OK;
    case SPARSE:
    case PLAIN:
        *out = (pickle_value){.kind = PICKLE_OBJECT,
                              .integer = known[global].kind == SPARSE ? TORCH_SPARSE : TORCH_PLAIN};
        return SPX_OK;
    default: return unexpected(r, "a type is called", err);
    }
}

static bool is_contiguous(const torch_view *w)
{
    size_t expected = 1;
    for (size_t k = w->ndim; k-- > 0;) {
        if (w->shape[k] != 1 && w->stride[k] != expected) return false;
        expected *= w->shape[k];
    }
    return true;
}

/* True if all values of w, which has some, lie in its storage. */
static bool fits_storage(const torch_view *w)
{
    const size_t room = w->from->size / w->type->width;
    size_t last = w->offset;
    for (size_t k = 0; k < w->ndim && last < room; k++) {
        const size_t steps = w->shape[k] - 1;
        if (steps > 0 && w->stride[k] > (room - 1 - last) / steps) return false;
        last += steps * w->stride[k];
    }
    return last < room;
}

static spx_status gather_view(reader *r, size_t i, const torch_view *w, spx_error *err)
{
    strided from = {.data = w->from->data + w->offset * w->type->width,
                    .ndim = w->ndim,
                    .width = w->type->width};
    memcpy(from.shape, w->shape, sizeof from.shape);
    for (size_t k = 0; k < w->ndim; k++) from.stride[k] = w->stride[k] * w->type->width;
    return format_gather(r->c, i, &from, err);
}

static spx_status set_type(reader *r, spx_tensor *t, const torch_view *w, spx_error *err)
{
    char negated[80];
    const char *name = w->type->name ? w->type->name : spx_dtype_name(w->type->dtype);
    t->dtype = w->type->dtype;
    if (!w->negated && !w->type->name) return SPX_OK;
    snprintf(negated, sizeof negated, "%s%s", name, w->negated ? " negated" : "");
    return format_other_type(r->c, t, negated, strlen(negated), err);
}

static spx_status add_tensor(reader *r, size_t i, const char *name, size_t len, const torch_view *w,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_tensor *t = &r->c->tensor[i];
    SPX_TRY(format_name(r->c, i, name, len, err));
    for (size_t k = 0; k < w->ndim; k++) SPX_TRY(format_axis(r->p, t, w->shape[k], err));
    SPX_TRY(set_type(r, t, w, err));
    SPX_TRY(format_bytes(r->p, t, &t->bytes, err));
    if (t->dtype == SPX_OTHER_TYPE) t->bytes *= w->type->width;
    t->data = r->p->map.data;
    if (t->bytes == 0) goto out;
    if (!fits_storage(w))
        SPX_RAISE(err, SPX_EFORMAT, "%s: truncated: tensor %s extends past the end of its storage",
                  r->p->path, t->name);
    t->data = w->from->data + w->offset * w->type->width;
    if (!is_contiguous(w)) SPX_TRY(gather_view(r, i, w, err));
out:
    return st;
}

/* The tensor of a state_dict's member, or NULL; what cannot be read as one is noted. */
static spx_status member_tensor(reader *r, const pickle_value *key, const torch_view **out,
                                spx_error *err)
{
    const pickle_value *v = key + 1;
    *out = torch_is_key(key) ? torch_tensor_of(v) : NULL;
    if (key->kind == PICKLE_TEXT && v->kind == PICKLE_OBJECT && v->integer == TORCH_SPARSE)
        return format_note(r->c, err, "%s: %.*s is a sparse tensor and is left out", r->p->path,
                           (int)(key->len < 200 ? key->len : 200), key->text);
    return SPX_OK;
}

static spx_status add_member(reader *r, size_t i, const pickle_value *key, const torch_view *w,
                             spx_error *err)
{
    char number[24];
    if (key->kind == PICKLE_TEXT) return add_tensor(r, i, key->text, key->len, w, err);
    const int n = snprintf(number, sizeof number, "%lld", (long long)key->integer);
    return add_tensor(r, i, number, (size_t)n, w, err);
}

static spx_status add_tensors(reader *r, const pickle_value *dict, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0, at = 0;
    const torch_view *w = NULL;
    const pickle_items *items = dict->items;
    for (size_t i = 0; i + 1 < items->n; i += 2)
        n += torch_is_key(&items->at[i]) && torch_tensor_of(&items->at[i + 1]);
    if (n == 0) return unexpected(r, "state_dict contains no tensors", err);
    SPX_TRY(format_tensors(r->c, n, &at, err));
    for (size_t i = 0; i + 1 < items->n; i += 2) {
        SPX_TRY(member_tensor(r, &items->at[i], &w, err));
        if (w) SPX_TRY(add_member(r, at++, &items->at[i], w, err));
    }
out:
    return st;
}

/* A tensor that was saved alone is named after its file; those of a list by their numbers. */
static spx_status add_unnamed(reader *r, const pickle_value *top, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *base = spx_base_name(r->p->path), *dot = strrchr(base, '.');
    const size_t len = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char number[24];
    size_t at = 0;
    if (torch_tensor_of(top)) {
        SPX_TRY(format_tensors(r->c, 1, &at, err));
        SPX_TRY(add_tensor(r, at, base, len, torch_tensor_of(top), err));
        return SPX_OK;
    }
    for (size_t i = 0; i < top->items->n; i++) {
        const torch_view *w = torch_tensor_of(&top->items->at[i]);
        if (!w) SPX_TRY(unexpected(r, "a list holds other things than tensors", err));
        SPX_TRY(format_tensors(r->c, 1, &at, err));
        const int n = snprintf(number, sizeof number, "%zu", i);
        SPX_TRY(add_tensor(r, at, number, (size_t)n, w, err));
    }
out:
    return st;
}

static spx_status add_all(reader *r, const pickle_value *top, spx_error *err)
{
    spx_status st = SPX_OK;
    const pickle_value *dict = NULL;
    r->c->shared = true;
    const bool list = (top->kind == PICKLE_LIST || top->kind == PICKLE_TUPLE) && top->items->n > 0;
    if (list || torch_tensor_of(top)) return add_unnamed(r, top, err);
    if (top->kind != PICKLE_DICT) return unexpected(r, "not a state_dict", err);
    SPX_TRY(torch_state_dict(r->c, r->p, top, &dict, err));
    SPX_TRY(add_tensors(r, dict, err));
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

spx_status archive_torch(spx_ckpt *c, const part *p, zip_reader *z, spx_error *err)
{
    spx_status st = SPX_OK;
    reader r = {.c = c, .p = p, .z = z};
    const char *names[KNOWN + 1] = {NULL};
    const pickle_rules rules = {.globals = names,
                                .call = call_torch,
                                .persistent = find_storage,
                                .arg = &r,
                                .name = p->path};
    const unsigned char *data = NULL;
    void *owned = NULL;
    size_t size = 0, entry = 0;
    pickle_value top = {0};
    for (size_t i = 0; i < KNOWN; i++) names[i] = known[i].name;
    if (spx_ends_with(p->path, "_optim_states.pt"))
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: DeepSpeed's optimizer state of one rank; the weights are in "
                  "mp_rank_*_model_states.pt, or are joined with zero_to_fp32.py",
                  p->path);
    if (zip_reader_find_base(z, "constants.pkl", &entry))
        SPX_RAISE(err, SPX_EUNSUP,
                  "%s: TorchScript program, not a state_dict; load it and save its state_dict()",
                  p->path);
    SPX_TRY(SPX_SCRATCH(&r.tmp, &r.storage, zip_reader_count(z), err));
    SPX_TRY(find_pickle(&r, &data, &size, &owned, err));
    SPX_TRY(check_byte_order(&r, err));
    SPX_TRY(pickle_load(data, size, &rules, &top, &r.tmp, err));
    SPX_TRY(add_all(&r, &top, err));
out:
    spx_free(owned);
    spx_scratch_free(&r.tmp);
    return st;
}
