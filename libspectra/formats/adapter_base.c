/* adapter_base.c: BASE+ADAPTER: which tensors of the base an adapter changes, and by what. */
#include "formats/adapter.h"

#include "spx/arch.h"
#include "spx/names.h"
#include "spx/row_order.h"

#include <math.h>
#include <stdio.h>

enum { NAME = 1024 };

/* True if `whole` ends in ".end" or is `end`. */
static bool ends_in_part(const char *whole, const char *end)
{
    const size_t n = strlen(whole), m = strlen(end);
    return spx_ends_with(whole, end) && (n == m || whole[n - m - 1] == '.');
}

static spx_status ambiguous(const adapter *a, const spx_ckpt *base, const char *name,
                            const spx_tensor *one, const spx_tensor *other, spx_error *err)
{
    return SPX_FAIL(err, SPX_EUNSUP, "%s: %s fits %s and %s of %s", a->path, name, one->name,
                    other->name, base->path);
}

/* The tensor whose name is `name` but for a prefix that one of the two lacks. */
static spx_status find_by_end(const spx_ckpt *base, const adapter *a, const char *name,
                              const spx_tensor **out, spx_error *err)
{
    for (size_t i = 0; i < base->count; i++) {
        const spx_tensor *t = &base->tensor[i];
        if (!ends_in_part(t->name, name) && !ends_in_part(name, t->name)) continue;
        if (*out) return ambiguous(a, base, name, *out, t, err);
        *out = t;
    }
    return SPX_OK;
}

/* The tensor in the same place of the architecture: in a GGUF, or by a name that is the same from
 * the block on. */
static spx_status find_by_place(const spx_ckpt *base, const adapter *a, const char *name,
                                const spx_tensor **out, spx_error *err)
{
    const spx_tensor wanted = {.name = name}, *rival[2];
    const spx_tensor *t = spx_ckpt_counterpart(base, &wanted, rival);
    if (rival[0]) return ambiguous(a, base, name, rival[0], rival[1], err);
    if (!t || t->of) return SPX_OK;
    const size_t p = spx_arch_place(name).before, q = spx_arch_place(t->name).before;
    if (spx_ckpt_is_gguf(base) || strcmp(name + p, t->name + q) == 0) *out = t;
    return SPX_OK;
}

/* *index <- the tensor of the base that `name` means, or the number of tensors if there is none.
 * SPX_EUNSUP if two fit alike. */
static spx_status find_target(const spx_ckpt *base, const adapter *a, const char *name,
                              size_t *index, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = spx_ckpt_find(base, name);
    if (t && t->of) t = NULL; /* a matrix of a stack, which no module has */
    if (!t) SPX_TRY(find_by_end(base, a, name, &t, err));
    if (!t) SPX_TRY(find_by_place(base, a, name, &t, err));
    *index = t ? (size_t)(t - base->tensor) : base->count;
out:
    return st;
}

static spx_status lacking(const adapter *a, const spx_ckpt *base, const char *name, spx_error *err)
{
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor of %s stands for %s", a->path, base->path,
                    name);
}

/* How values of t lie in a GGUF, if that differs from Hugging Face's file, to which `name` belongs.
 */
static spx_layout layout_of(const spx_ckpt *base, const char *name, const spx_tensor *t)
{
    const char *family = spx_ckpt_text(base, "general.architecture");
    const bool differs = spx_ckpt_is_gguf(base) && family && strcmp(name, t->name) != 0;
    return differs ? spx_arch_gguf_layout(family, t->name) : SPX_LAYOUT_SAME;
}

static spx_status rearranged(const adapter *a, const spx_ckpt *base, const char *name,
                             const spx_tensor *t, spx_error *err)
{
    return SPX_FAIL(err, SPX_EUNSUP,
                    "%s: %s changes %s of %s, whose values llama.cpp's converter has rearranged; "
                    "name the model's safetensors as the base",
                    a->path, name, t->name, base->path);
}

/* Moves the rows of an outputs x rank factor to where the GGUF has them. */
static spx_status move_rows(const adapter *a, const spx_ckpt *base, const char *name,
                            const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_added *added = t->added;
    const size_t rows = spx_tensor_rows(t), rank = added->rank;
    spx_row_order order = {.layout = layout_of(base, name, t), .to_gguf = true};
    float *left = a->pair[added - a->added].left, *before = NULL;
    if (order.layout == SPX_LAYOUT_SAME) return SPX_OK;
    if (!spx_row_order_heads(base, rows, &order)) return rearranged(a, base, name, t, err);
    SPX_TRY(SPX_SCRATCH(&tmp, &before, rows * rank, err));
    memcpy(before, left, rows * rank * sizeof *left);
    for (size_t r = 0; r < rows; r++)
        memcpy(left + r * rank, before + spx_row_from(&order, r) * rank, rank * sizeof *left);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* True if B A lies in t as it is, false if transposed; SPX_ESHAPE if neither fits. */
static spx_status orient(const adapter *a, const lora_pair *p, const spx_ckpt *base,
                         const spx_tensor *t, bool *turned, spx_error *err)
{
    const size_t outputs = p->B->shape[0], inputs = p->A->shape[1];
    const bool as_is = t->ndim == 2 && t->shape[0] == outputs && t->shape[1] == inputs;
    const bool other = t->ndim == 2 && t->shape[0] == inputs && t->shape[1] == outputs;
    const bool declared = a->config.has_conv1d ? a->config.conv1d : spx_tensor_in_out(t);
    *turned = p->embedding || (other && !(as_is && (spx_ckpt_is_gguf(base) || !declared)));
    if (p->embedding ? other : as_is || other) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE,
                    "%s: module %s changes %zu x %zu values, but tensor %s of %s is %zu x %zu",
                    a->path, p->module, outputs, inputs, t->name, base->path, spx_tensor_rows(t),
                    spx_tensor_cols(t));
}

/* *out <- the values of t or, turned, of its transpose; SPX_ENUMERIC unless all are finite. */
static spx_status read_factor(const adapter *a, const spx_tensor *t, bool turned, float **out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t rows = t->shape[0], cols = t->shape[1];
    float *stored = NULL;
    SPX_TRY(SPX_NEW(out, rows * cols, err));
    if (turned)
        SPX_TRY(SPX_SCRATCH(&tmp, &stored, rows * cols, err));
    else
        stored = *out;
    spx_tensor_read_float(t, 0, rows, stored);
    for (size_t i = 0; i < rows * cols; i++)
        if (!isfinite(stored[i]))
            SPX_RAISE(err, SPX_ENUMERIC, "%s: tensor %s: value (%zu, %zu) is not finite",
                      spx_ckpt_path(a->file), t->name, i / cols, i % cols);
    if (turned) spx_floats_turn(stored, rows, cols, *out);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* A tensor with the name, shape and place of t, and values of its own. */
static spx_tensor computed(const spx_tensor *t, const spx_added *added)
{
    spx_tensor out = {.name = t->name,
                      .dtype = t->dtype == SPX_F64 ? SPX_F64 : SPX_F32,
                      .ndim = t->ndim,
                      .added = added,
                      .orientation = t->orientation,
                      .aside = t->aside};
    memcpy(out.shape, t->shape, sizeof out.shape);
    out.bytes = spx_tensor_rows(t) * spx_tensor_cols(t) * (t->dtype == SPX_F64 ? 8 : 4);
    return out;
}

/* Makes tensor i of c the base's (or what took its place) with pair p added. */
static spx_status add_pair(spx_ckpt *c, size_t i, lora_pair *p, spx_added *added, spx_error *err)
{
    spx_status st = SPX_OK;
    const adapter *a = c->adapter;
    spx_tensor *t = &c->tensor[i];
    bool turned = false;
    if (t->added && t->added >= a->added && t->added < a->added + a->pairs)
        SPX_RAISE(err, SPX_EUNSUP, "%s: two modules change tensor %s of %s", a->path, t->name,
                  c->under->path);
    st = spx_tensor_want_weights(t, err);
    if (st != SPX_OK) spx_prefix(err, "%s: module %s: %s", a->path, p->module, c->under->path);
    SPX_TRY(st);
    SPX_TRY(orient(a, p, c->under, t, &turned, err));
    SPX_TRY(read_factor(a, turned ? p->A : p->B, turned, &p->left, err));
    SPX_TRY(read_factor(a, turned ? p->B : p->A, turned, &p->right, err));
    SPX_TRY(SPX_SCRATCH(&c->adapter->memory, &p->before, 1, err));
    *p->before = *t;
    added->to = p->before;
    added->left = p->left;
    added->right = p->right;
    *t = computed(p->before, added);
out:
    return st;
}

/* A head of its own in place of one that was tied to the embedding. c->tensor may move. */
static spx_status add_head(spx_ckpt *c, const spx_tensor *whole, const char *name, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t at = 0;
    SPX_TRY(format_tensors(c, 1, &at, err));
    c->tensor[at] = *whole;
    SPX_TRY(format_name(c, at, name, strlen(name), err));
out:
    return st;
}

/* PEFT's model uses the embedding as it was for a head that is tied to it; a head of its own says
 * so. */
static spx_status untie_head(spx_ckpt *c, const spx_tensor *embedding, spx_error *err)
{
    const spx_tensor as_it_was = *embedding;
    const char *name = spx_ckpt_is_gguf(c->under) ? "output.weight" : "lm_head.weight";
    for (size_t i = 0; i < c->count; i++)
        if (spx_arch_place(c->tensor[i].name).role == SPX_ROLE_HEAD) return SPX_OK;
    return add_head(c, &as_it_was, name, err);
}

static spx_status add_pairs(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    adapter *a = c->adapter;
    char name[NAME];
    size_t at = 0;
    for (size_t i = 0; i < a->pairs; i++) {
        snprintf(name, sizeof name, "%s.weight", a->pair[i].module);
        SPX_TRY(find_target(c->under, a, name, &at, err));
        if (at == c->under->count) SPX_TRY(lacking(a, c->under, name, err));
        if (spx_arch_place(c->tensor[at].name).role == SPX_ROLE_EMBED)
            SPX_TRY(untie_head(c, &c->tensor[at], err));
        SPX_TRY(add_pair(c, at, &a->pair[i], &a->added[i], err));
        SPX_TRY(move_rows(a, c->under, name, &c->tensor[at], err));
    }
out:
    return st;
}

/* Removes `what` from text, and, with `next`, the component after it unless it is the last. */
static void remove_part(char *text, const char *what, bool next)
{
    char *at = strstr(text, what);
    if (!at) return;
    const char *rest = at + strlen(what);
    const char *dot = *rest == '.' ? strchr(rest + 1, '.') : NULL;
    if (next && dot) rest = dot;
    memmove(at, rest, strlen(rest) + 1);
}

/* The name in the base of a tensor that the adapter holds whole. */
static void whole_name(const char *name, char out[NAME])
{
    static const char prefix[] = "base_model.model.";
    const size_t skip = strncmp(name, prefix, sizeof prefix - 1) == 0 ? sizeof prefix - 1 : 0;
    snprintf(out, NAME, "%s", name + skip);
    remove_part(out, ".modules_to_save", true);
    remove_part(out, ".base_layer", false);
}

static bool same_extents(const spx_tensor *t, const spx_tensor *u)
{
    bool same = t->ndim == u->ndim;
    for (size_t i = 0; same && i < t->ndim; i++) same = t->shape[i] == u->shape[i];
    return same;
}

static spx_status put_whole(spx_ckpt *c, const spx_tensor *whole, spx_error *err)
{
    spx_status st = SPX_OK;
    const adapter *a = c->adapter;
    char name[NAME];
    size_t at = 0;
    whole_name(whole->name, name);
    SPX_TRY(find_target(c->under, a, name, &at, err));
    if (at == c->under->count && spx_arch_place(name).role == SPX_ROLE_HEAD)
        return add_head(c, whole, name, err);
    if (at == c->under->count) SPX_TRY(lacking(a, c->under, whole->name, err));
    spx_tensor *t = &c->tensor[at];
    if (layout_of(c->under, name, t) != SPX_LAYOUT_SAME)
        SPX_TRY(rearranged(a, c->under, name, t, err));
    if (!same_extents(t, whole))
        SPX_RAISE(err, SPX_ESHAPE, "%s: tensor %s is %zu x %zu, but %zu x %zu in %s", a->path,
                  whole->name, spx_tensor_rows(whole), spx_tensor_cols(whole), spx_tensor_rows(t),
                  spx_tensor_cols(t), c->under->path);
    const char *own = t->name;
    *t = *whole;
    t->name = own;
out:
    return st;
}

static bool is_factor(const adapter *a, const spx_tensor *t)
{
    for (size_t i = 0; i < a->pairs; i++)
        if (a->pair[i].A == t || a->pair[i].B == t) return true;
    return false;
}

static spx_status put_wholes(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_ckpt_count(c->adapter->file); i++) {
        const spx_tensor *t = spx_ckpt_at(c->adapter->file, i);
        if (!is_factor(c->adapter, t)) SPX_TRY(put_whole(c, t, err));
    }
out:
    return st;
}

/* Fits the adapter of c to the tensors of c->under. */
static spx_status put_on(spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t first = 0;
    SPX_TRY(format_tensors(c, c->under->count, &first, err));
    memcpy(c->tensor, c->under->tensor, c->under->count * sizeof *c->tensor);
    c->shared = true;
    SPX_TRY(put_wholes(c, err));
    SPX_TRY(add_pairs(c, err));
    SPX_TRY(format_check(c, err));
out:
    return st;
}

spx_status adapter_open(const char *path, size_t base_size, const char *adapter_path,
                        spx_ckpt **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *c = NULL;
    char *base = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&c, 1, err));
    c->format = &format_adapter;
    SPX_TRY(spx_text_dup(&c->path, path, err));
    SPX_TRY(spx_text_copy(&base, path, base_size, err));
    SPX_TRY(spx_ckpt_open(base, &c->under, err));
    SPX_TRY(adapter_read(adapter_path, &c->adapter, err));
    SPX_TRY(put_on(c, err));
    *out = c;
    c = NULL;
out:
    spx_free(base);
    spx_ckpt_close(c);
    return st;
}

static bool never(const char *path, const unsigned char *head, size_t n)
{
    (void)path, (void)head, (void)n;
    return false;
}

const format format_adapter = {.name = "adapter", .probe = never};
