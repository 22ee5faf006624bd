/* pairing.c: tensors chosen, and paired with their counterparts in another checkpoint. */
#include "spx/pairing.h"

#include "spx/adapter.h"
#include "spx/export.h"
#include "spx/ledger.h"
#include "spx/row_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

spx_status spx_source_open(const char *path, spx_ckpt **out, spx_error *err)
{
    spx_error why = {0}, again = {0};
    spx_status st = spx_ckpt_open(path, out, &why);
    if (st == SPX_OK) return SPX_OK;
    if (st != SPX_ENOTFOUND || !spx_ckpt_stage(path, NULL, 0))
        return SPX_FAIL(err, st, "%s", why.text);
    st = spx_ledger_open(path, out, &again);
    if (st == SPX_OK) return SPX_OK;
    return SPX_FAIL(err, st, "%s; %s", why.text, again.text);
}

void spx_source_notes(const spx_ckpt *c, spx_notify *notify)
{
    for (size_t i = 0; spx_ckpt_note(c, i); i++) spx_note(notify, "%s", spx_ckpt_note(c, i));
}

/* True for codes that would be passed over though they stand for a weight. */
static bool are_codes_of_weight(const spx_tensor *t)
{
    if (t->unreadable) return true;
    return spx_dtype_is_integer(t->dtype) && t->bytes > 0 &&
           spx_arch_place(t->name).role != SPX_ROLE_OTHER;
}

bool spx_tensor_is_matrix(const spx_tensor *t)
{
    return t->ndim == 2 && (spx_tensor_has_weights(t) || are_codes_of_weight(t));
}

static int by_name(const void *a, const void *b)
{
    return spx_natural_order((*(const spx_tensor *const *)a)->name,
                             (*(const spx_tensor *const *)b)->name);
}

spx_status spx_tensors_sorted(const spx_ckpt *c, spx_tensor_keep *keep, const spx_tensor ***list,
                              size_t *n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    SPX_TRY(SPX_SCRATCH(tmp, list, spx_ckpt_count(c), err));
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (keep(spx_ckpt_at(c, i))) (*list)[(*n)++] = spx_ckpt_at(c, i);
    if (*n > 0) qsort(*list, *n, sizeof **list, by_name);
out:
    return st;
}

bool spx_tensors_chosen(const spx_names *globs, const spx_tensor *t)
{
    const spx_place p = globs->n == 0 ? spx_arch_place(t->name) : (spx_place){0};
    if (globs->n == 0) return p.role == SPX_ROLE_FFN_OUT && p.expert != SPX_EXPERT_ALL && !t->aside;
    return spx_names_match(globs, t->name);
}

/* An spx_name_fn of a checkpoint's tensors. */
static const char *tensor_name(const void *checkpoint, size_t i)
{
    const spx_tensor *t = spx_ckpt_at(checkpoint, i);
    return t ? t->name : NULL;
}

spx_status spx_tensors_some(const spx_names *globs, const spx_ckpt *c, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *other = NULL;
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (!spx_tensors_chosen(globs, t)) continue;
        if (spx_tensor_is_matrix(t)) return SPX_OK;
        other = t;
    }
    if (other && other->ndim == 2) {
        st = spx_tensor_want_weights(other, err);
        spx_prefix(err, "%s", spx_ckpt_path(c));
        return st;
    }
    if (other)
        return SPX_FAIL(err, SPX_ESHAPE, "%s: tensor %s is not a matrix of weights",
                        spx_ckpt_path(c), other->name);
    if (globs->n == 0)
        return SPX_FAIL(err, SPX_ENOTFOUND,
                        "%s: no tensor has the name of an FFN output projection; choose with -t",
                        spx_ckpt_path(c));
    const char *nearest = spx_nearest_match(globs->item[0], tensor_name, c);
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor matches %s%s%s", spx_ckpt_path(c),
                    globs->item[0], nearest ? ", did you mean " : "", nearest ? nearest : "");
}

/* The values of t as rows x cols, transposed if it is stored so. */
static spx_status read_oriented(const spx_tensor *t, bool in_out, spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat stored = {0};
    *out = (spx_mat){0};
    if (t->ndim != 2)
        SPX_RAISE(err, SPX_ESHAPE, "tensor %s has %zu dimensions, not 2", t->name, t->ndim);
    if (!in_out) return spx_tensor_matrix(t, out, err);
    SPX_TRY(spx_tensor_matrix(t, &stored, err));
    SPX_TRY(spx_mat_alloc(out, stored.cols, stored.rows, err));
    spx_mat_transpose(out, &stored);
out:
    spx_mat_free(&stored);
    return st;
}

spx_status spx_tensor_oriented(const spx_tensor *t, spx_mat *out, spx_error *err)
{
    return read_oriented(t, spx_tensor_in_out(t), out, err);
}

spx_status spx_tensor_new_dtype(const spx_tensor *t, const char *name, spx_dtype *out,
                                spx_error *err)
{
    while (t->added) t = t->added->to;
    *out = spx_dtype_writable(t->dtype) ? t->dtype : SPX_F16;
    if (!name && t->quantised)
        return SPX_FAIL(
            err, SPX_EUNSUP,
            "tensor %s has type %s, in which values cannot be written; --dtype BF16 writes "
            "it without its companions",
            t->name, spx_tensor_type(t));
    if (!name) return SPX_OK;
    for (int d = 0; d < SPX_DTYPES; d++)
        if (strcmp(spx_dtype_name((spx_dtype)d), name) == 0) {
            *out = (spx_dtype)d;
            return SPX_OK;
        }
    return SPX_FAIL(err, SPX_EINVAL, "unknown type '%s'", name);
}

const spx_tensor *spx_counterpart(const spx_ckpt *c, const spx_tensor *t)
{
    return spx_ckpt_counterpart(c, t, NULL);
}

bool spx_counterparts(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                      const spx_tensor **out)
{
    const spx_tensor *u = spx_counterpart(b, t);
    const bool mutual = u && (strcmp(u->name, t->name) == 0 || spx_counterpart(a, u) == t);
    if (out) *out = mutual ? u : NULL;
    return mutual;
}

spx_status spx_no_counterpart(const spx_ckpt *c, const spx_tensor *t, spx_error *err)
{
    const spx_tensor *rival[2];
    (void)spx_ckpt_counterpart(c, t, rival);
    if (rival[0])
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: %s and %s may both stand for %s", spx_ckpt_path(c),
                        rival[0]->name, rival[1]->name, t->name);
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor stands for %s", spx_ckpt_path(c), t->name);
}

/* True if t is stored as u is beyond doubt, though their files may tell more or less of it: a stage
 * has no norms and no config.json. */
static bool stored_alike(const spx_tensor *t, const spx_tensor *u)
{
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    return strcmp(t->name, u->name) == 0 && rows != cols && rows == spx_tensor_rows(u) &&
           cols == spx_tensor_cols(u);
}

/* An orientation that a tensor's file does not tell is that of the tensor of its name. */
static bool in_out_beside(const spx_tensor *t, const spx_tensor *u)
{
    if (stored_alike(t, u)) return spx_tensor_in_out(u);
    const bool told = t->orientation != SPX_BY_NAME || u->orientation == SPX_BY_NAME;
    return spx_tensor_in_out(told || strcmp(t->name, u->name) != 0 ? t : u);
}

static bool turned(const spx_tensor *t, const spx_tensor *u)
{
    return !stored_alike(t, u) && in_out_beside(t, u) != in_out_beside(u, t);
}

bool spx_tensors_same_shape(const spx_tensor *t, const spx_tensor *u)
{
    const size_t rows = spx_tensor_rows(u), cols = spx_tensor_cols(u);
    if (!turned(t, u)) return spx_tensor_rows(t) == rows && spx_tensor_cols(t) == cols;
    return t->ndim == 2 && u->ndim == 2 && spx_tensor_rows(t) == cols && spx_tensor_cols(t) == rows;
}

static bool is_ffn_out(const spx_tensor *t)
{
    return t->ndim == 2 && spx_arch_place(t->name).role == SPX_ROLE_FFN_OUT;
}

static size_t outputs_of(const spx_tensor *t)
{
    return spx_tensor_in_out(t) ? spx_tensor_cols(t) : spx_tensor_rows(t);
}

/* Blocks, and the width of what goes from one to the next; 0 if no FFN output projection says it.
 */
typedef struct dimensions {
    size_t blocks, width;
} dimensions;

static dimensions dimensions_of(const spx_ckpt *c)
{
    dimensions d = {0};
    for (size_t i = 0; i < spx_ckpt_count(c); i++) {
        const spx_tensor *t = spx_ckpt_at(c, i);
        if (!is_ffn_out(t)) continue;
        const size_t layer = (size_t)spx_arch_place(t->name).layer;
        if (d.width == 0) d.width = outputs_of(t);
        if (layer + 1 > d.blocks) d.blocks = layer + 1;
    }
    return d;
}

static bool any_as_wide(const spx_ckpt *a, const spx_ckpt *b)
{
    for (size_t i = 0; i < spx_ckpt_count(a); i++) {
        const spx_tensor *t = spx_ckpt_at(a, i);
        const spx_tensor *u = is_ffn_out(t) ? spx_counterpart(b, t) : NULL;
        if (u && outputs_of(u) == outputs_of(t)) return true;
    }
    return false;
}

spx_status spx_models_alike(const spx_ckpt *a, const spx_ckpt *b, spx_error *err)
{
    const dimensions x = dimensions_of(a), y = dimensions_of(b);
    if (!x.width || !y.width || x.width == y.width || any_as_wide(a, b)) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE,
                    "%s and %s are two different models: %zu blocks of %zu against %zu of %zu",
                    spx_ckpt_path(a), spx_ckpt_path(b), x.blocks, x.width, y.blocks, y.width);
}

bool spx_tensors_identical(const spx_tensor *t, const spx_tensor *u)
{
    return strcmp(t->name, u->name) == 0 && spx_tensor_same_bytes(t, u);
}

/* The heads in the rows of t; false if they do not fit. */
static bool count_heads(const spx_ckpt *gguf, const spx_tensor *t, spx_tensor_order *o)
{
    spx_row_order rows = {.layout = o->layout};
    if (o->layout == SPX_LAYOUT_ONE_ADDED) return true;
    if (!spx_row_order_heads(gguf, t->ndim == 1 ? t->shape[0] : spx_tensor_rows(t), &rows))
        return false;
    o->heads = rows.heads;
    o->head_width = rows.head_width;
    return true;
}

static void say_once(spx_layout layout, spx_notify *notify)
{
    static const char *const what[SPX_LAYOUTS] = {
        [SPX_LAYOUT_ROPE_PAIRS] = "rows of q and k lie in pairs for rope in the GGUF, in halves in "
                                  "the other: compared in one order",
        [SPX_LAYOUT_QKV_APART] = "q, k and v lie one after another in the GGUF, head by head in "
                                 "the other: compared in one order",
        [SPX_LAYOUT_ONE_ADDED] = "norms of the GGUF have 1 added: compared without it",
    };
    if (what[layout]) spx_note_once(notify, 1U << layout, "%s", what[layout]);
}

spx_tensor_order spx_tensor_order_like(const spx_ckpt *c, const spx_tensor *t,
                                       const spx_ckpt *base_file, const spx_tensor *base,
                                       spx_notify *notify)
{
    const bool here = spx_ckpt_is_gguf(c);
    const bool there = spx_ckpt_is_gguf(base_file);
    const spx_ckpt *gguf = here ? c : base_file;
    const char *family = spx_ckpt_text(gguf, "general.architecture");
    spx_tensor_order o = {.to_gguf = there, .turned = turned(t, base)};
    if (here == there || !family || strcmp(t->name, base->name) == 0) return o;
    o.layout = spx_arch_gguf_layout(family, t->name);
    if (o.layout != SPX_LAYOUT_SAME && !count_heads(gguf, t, &o)) o.layout = SPX_LAYOUT_SAME;
    say_once(o.layout, notify);
    return o;
}

/* The row of the tensor that becomes row r. */
static size_t row_from(const spx_tensor_order *o, size_t r)
{
    const spx_row_order rows = {o->layout, o->to_gguf, o->heads, o->head_width};
    return spx_row_from(&rows, r);
}

void spx_tensor_read_like(const spx_tensor_order *o, const spx_tensor *t, size_t r0, size_t rows,
                          double *out)
{
    const bool moved = o->layout == SPX_LAYOUT_ROPE_PAIRS || o->layout == SPX_LAYOUT_QKV_APART;
    const double added = o->layout == SPX_LAYOUT_ONE_ADDED ? (o->to_gguf ? 1 : -1) : 0;
    const size_t n = rows * spx_tensor_cols(t);
    spx_tensor column = *t; /* a bias has a row's one value in each row */
    if (moved && t->ndim == 1) {
        column.ndim = 2;
        column.shape[1] = 1;
        rows = t->shape[0];
    }
    const size_t cols = spx_tensor_cols(&column);
    for (size_t r = 0; moved && r < rows; r++)
        spx_tensor_read(&column, row_from(o, r0 + r), 1, out + r * cols);
    if (!moved) spx_tensor_read(t, r0, rows, out);
    for (size_t i = 0; added != 0 && i < n; i++) out[i] += added;
}

spx_status spx_tensor_oriented_like(const spx_ckpt *c, const spx_tensor *t,
                                    const spx_ckpt *base_file, const spx_tensor *base, spx_mat *out,
                                    spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor_order o = spx_tensor_order_like(c, t, base_file, base, NULL);
    SPX_TRY(read_oriented(t, in_out_beside(t, base), out, err));
    if (o.layout != SPX_LAYOUT_SAME) spx_tensor_read_like(&o, t, 0, out->rows, out->data);
out:
    return st;
}
