/* rewrite.c: new values for the tensors of a checkpoint, gathered and then written. */
#include "spx/rewrite.h"

#include "spx/adapter.h"
#include "spx/sources.h"

#include <assert.h>
#include <math.h>
#include <string.h>

spx_status spx_rewrite_open(spx_rewrite *r, const spx_ckpt *into, const char *dtype,
                            const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    *r = (spx_rewrite){.into = into, .dtype = dtype, .output = output};
    if (output) SPX_TRY(spx_ckpt_check_output(into, output, err));
    SPX_TRY(SPX_SCRATCH(&r->memory, &r->at, spx_ckpt_count(into), err));
out:
    return st;
}

void spx_rewrite_close(spx_rewrite *r)
{
    spx_scratch_free(&r->memory);
    *r = (spx_rewrite){0};
}

/* True if it is known how the values of `edited` lie in t: under another family's names they may
 * lie otherwise, and a run file does not say how. */
static bool known_layout(const spx_ckpt *from, const spx_tensor *edited, const spx_tensor *t)
{
    return strcmp(edited->name, t->name) == 0 || spx_arch_place(t->name).role == SPX_ROLE_FFN_OUT ||
           (from && !spx_ckpt_holds_edits_only(from));
}

spx_status spx_rewrite_target(const spx_rewrite *r, const spx_ckpt *from, const spx_tensor *edited,
                              const spx_tensor **out, spx_error *err)
{
    const char *path = spx_ckpt_path(r->into);
    const spx_tensor *t = spx_counterpart(r->into, edited);
    if (!t) {
        const spx_status st = spx_no_counterpart(r->into, edited, err);
        assert(st != SPX_OK);
        return st;
    }
    if (!spx_tensors_same_shape(edited, t))
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s is %zu x %zu, but %zu x %zu in %s",
                        edited->name, spx_tensor_rows(edited), spx_tensor_cols(edited),
                        spx_tensor_rows(t), spx_tensor_cols(t), path);
    if (!known_layout(from, edited, t))
        return SPX_FAIL(err, SPX_EUNSUP,
                        "tensor %s cannot be written as %s of %s: its layout there is not known",
                        edited->name, t->name, path);
    *out = t;
    return SPX_OK;
}

/* Room for the values of t; they count once r->n does. */
static spx_status room_for_values(spx_rewrite *r, const spx_tensor *t, float **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_replacement *to = &r->at[r->n];
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].name, t->name) == 0)
            SPX_RAISE(err, SPX_EINVAL, "%s: two tensors stand for %s", spx_ckpt_path(r->into),
                      t->name);
    SPX_TRY(spx_tensor_new_dtype(t, r->dtype, &to->dtype, err));
    SPX_TRY(SPX_SCRATCH(&r->memory, out, spx_tensor_rows(t) * spx_tensor_cols(t), err));
    to->name = t->name;
    to->data = *out;
out:
    return st;
}

/* *out <- x, which is value (i, j) of t; SPX_ENUMERIC where a finite x exceeds float. */
static spx_status narrow(const spx_tensor *t, size_t i, size_t j, double x, float *out,
                         spx_error *err)
{
    *out = (float)x;
    if (isfinite(*out) || !isfinite(x)) return SPX_OK;
    return SPX_FAIL(err, SPX_ENUMERIC,
                    "tensor %s: entry (%zu, %zu) is %.9g, which the range of float cannot hold",
                    t->name, i, j, x);
}

/* out <- W, outputs x inputs, as t is stored. */
static spx_status store_values(const spx_tensor *t, const spx_mat *W, float *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool turned = spx_tensor_in_out(t);
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            SPX_TRY(narrow(t, turned ? j : i, turned ? i : j, W->data[i * W->ld + j],
                           &out[turned ? j * W->rows + i : i * W->cols + j], err));
out:
    return st;
}

spx_status spx_rewrite_add(spx_rewrite *r, const spx_tensor *t, const spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    float *values = NULL;
    SPX_TRY(room_for_values(r, t, &values, err));
    SPX_TRY(store_values(t, W, values, err));
    r->n++;
out:
    return st;
}

spx_status spx_rewrite_add_named(spx_rewrite *r, const char *name, const spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = NULL;
    const spx_tensor w = {.name = name,
                          .dtype = SPX_F32,
                          .ndim = 2,
                          .shape = {W->rows, W->cols},
                          .orientation = SPX_OUT_IN};
    SPX_TRY(spx_rewrite_target(r, NULL, &w, &t, err));
    SPX_TRY(spx_rewrite_add(r, t, W, err));
out:
    return st;
}

/* The values of another family's tensor, as t stores them. */
static spx_status read_matrix(const spx_rewrite *r, const spx_tensor *t, const spx_ckpt *from,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0};
    SPX_TRY(spx_tensor_oriented_like(from, edited, r->into, t, &W, err));
    SPX_TRY(store_values(t, &W, out, err));
out:
    spx_mat_free(&W);
    return st;
}

static spx_status read_vector(const spx_rewrite *r, const spx_tensor *t, const spx_ckpt *from,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *x = NULL;
    const size_t n = spx_tensor_cols(edited);
    const spx_tensor_order o = spx_tensor_order_like(from, edited, r->into, t, r->notify);
    SPX_TRY(SPX_SCRATCH(&tmp, &x, n, err));
    spx_tensor_read_like(&o, edited, 0, 1, x);
    for (size_t i = 0; i < n; i++) SPX_TRY(narrow(t, 0, i, x[i], &out[i], err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The values of a tensor of the same name, row by row. */
static spx_status read_rows(const spx_tensor *t, const spx_tensor *edited, float *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *row = NULL;
    const size_t cols = spx_tensor_cols(edited);
    SPX_TRY(SPX_SCRATCH(&tmp, &row, cols, err));
    for (size_t i = 0; i < spx_tensor_rows(edited); i++) {
        spx_tensor_read(edited, i, 1, row);
        for (size_t j = 0; j < cols; j++) SPX_TRY(narrow(t, i, j, row[j], &out[i * cols + j], err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_rewrite_take(spx_rewrite *r, const spx_ckpt *from, const spx_tensor *edited,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = NULL;
    float *out = NULL;
    SPX_TRY(spx_rewrite_target(r, from, edited, &t, err));
    SPX_TRY(spx_tensor_want_weights(edited, err));
    SPX_TRY(room_for_values(r, t, &out, err));
    if (strcmp(edited->name, t->name) == 0)
        SPX_TRY(read_rows(t, edited, out, err));
    else if (edited->ndim == 1)
        SPX_TRY(read_vector(r, t, from, edited, out, err));
    else
        SPX_TRY(read_matrix(r, t, from, edited, out, err));
    r->n++;
out:
    return st;
}

spx_status spx_rewrite_write(const spx_rewrite *r, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!r->output) return SPX_OK;
    SPX_TRY(spx_ckpt_fit(r->into, r->at, r->n, r->notify, err));
    SPX_TRY(spx_ckpt_write(r->into, r->at, r->n, r->output, err));
    SPX_TRY(spx_ckpt_check(r->into, err));
out:
    return st;
}

/* The model with an adapter of its own in it. Unless a type is asked for, what changes is computed
 * as it is written. */
static spx_status merge_adapter(const char *adapter, const char *model, const char *dtype,
                                const char *output, spx_notify *notify, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rewrite r = {0};
    spx_source s;
    spx_ckpt *merged = NULL;
    SPX_TRY(spx_source_beside(model, adapter, &s, err));
    SPX_TRY(spx_ckpt_open(s.path, &merged, err));
    SPX_TRY(spx_rewrite_open(&r, merged, dtype, output, err));
    r.notify = notify;
    for (size_t i = 0; dtype && i < spx_ckpt_count(merged); i++)
        if (spx_ckpt_at(merged, i)->added)
            SPX_TRY(spx_rewrite_take(&r, merged, spx_ckpt_at(merged, i), err));
    SPX_TRY(spx_rewrite_write(&r, err));
out:
    spx_rewrite_close(&r);
    spx_ckpt_close(merged);
    return st;
}

spx_status spx_rewrite_stage(const char *stage, const char *model, const char *dtype,
                             const char *output, spx_notify *notify, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rewrite r = {0};
    if (spx_adapter_is(stage)) return merge_adapter(stage, model, dtype, output, notify, err);
    spx_ckpt *from = NULL, *into = NULL;
    SPX_TRY(spx_ckpt_open(model, &into, err));
    SPX_TRY(spx_source_open(stage, &from, err));
    SPX_TRY(spx_rewrite_open(&r, into, dtype, output, err));
    r.notify = notify;
    for (size_t i = 0; i < spx_ckpt_count(from); i++)
        SPX_TRY(spx_rewrite_take(&r, from, spx_ckpt_at(from, i), err));
    SPX_TRY(spx_rewrite_write(&r, err));
out:
    spx_rewrite_close(&r);
    spx_ckpt_close(from);
    spx_ckpt_close(into);
    return st;
}
