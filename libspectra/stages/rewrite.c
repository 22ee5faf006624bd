/* rewrite.c: new values for the tensors of a checkpoint, gathered and then written. */
#include "spx/rewrite.h"

#include <string.h>

spx_status spx_rewrite_open(spx_rewrite *r, const spx_ckpt *into, const char *dtype, spx_error *err)
{
    *r = (spx_rewrite){.into = into, .dtype = dtype};
    return SPX_SCRATCH(&r->memory, &r->at, spx_ckpt_count(into), err);
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
    if (!t) return spx_no_counterpart(r->into, edited, err);
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

/* out <- W, outputs x inputs, as t is stored. */
static void store_values(const spx_tensor *t, const spx_mat *W, float *out)
{
    const bool turned = spx_tensor_in_out(t);
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            out[turned ? j * W->rows + i : i * W->cols + j] = (float)W->data[i * W->ld + j];
}

spx_status spx_rewrite_add(spx_rewrite *r, const spx_tensor *t, const spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    float *values = NULL;
    SPX_TRY(room_for_values(r, t, &values, err));
    store_values(t, W, values);
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
    store_values(t, &W, out);
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
    for (size_t i = 0; i < n; i++) out[i] = (float)x[i];
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
        spx_tensor_read_float(edited, 0, spx_tensor_rows(edited), out);
    else if (edited->ndim == 1)
        SPX_TRY(read_vector(r, t, from, edited, out, err));
    else
        SPX_TRY(read_matrix(r, t, from, edited, out, err));
    r->n++;
out:
    return st;
}

spx_status spx_rewrite_write(const spx_rewrite *r, const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_ckpt_write(r->into, r->at, r->n, output, err));
    SPX_TRY(spx_ckpt_check(r->into, err));
out:
    return st;
}

spx_status spx_rewrite_stage(const char *stage, const char *model, const char *dtype,
                             const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rewrite r = {0};
    spx_ckpt *from = NULL, *into = NULL;
    SPX_TRY(spx_ckpt_open(model, &into, err));
    SPX_TRY(spx_source_open(stage, &from, err));
    SPX_TRY(spx_rewrite_open(&r, into, dtype, err));
    for (size_t i = 0; i < spx_ckpt_count(from); i++)
        SPX_TRY(spx_rewrite_take(&r, from, spx_ckpt_at(from, i), err));
    SPX_TRY(spx_rewrite_write(&r, output, err));
out:
    spx_rewrite_close(&r);
    spx_ckpt_close(from);
    spx_ckpt_close(into);
    return st;
}
