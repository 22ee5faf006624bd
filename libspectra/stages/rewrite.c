/* rewrite.c: new values of a checkpoint's tensors, gathered and written. */
#include "spx/rewrite.h"

#include <string.h>

spx_status spx_rewrite_open(spx_rewrite *r, const spx_ckpt *into, const char *dtype, spx_error *err)
{
    void *mem = NULL;
    *r = (spx_rewrite){.into = into, .dtype = dtype};
    const spx_status st =
        spx_scratch_alloc(&r->memory, &mem, spx_ckpt_count(into), sizeof(spx_replacement), err);
    r->at = mem;
    return st;
}

void spx_rewrite_close(spx_rewrite *r)
{
    spx_scratch_free(&r->memory);
    *r = (spx_rewrite){0};
}

static bool same_shape(const spx_tensor *a, const spx_tensor *b)
{
    const bool turned = spx_arch_place(a->name).in_out != spx_arch_place(b->name).in_out;
    const size_t rows = spx_tensor_rows(b), cols = spx_tensor_cols(b);
    return spx_tensor_rows(a) == (turned ? cols : rows) &&
           spx_tensor_cols(a) == (turned ? rows : cols);
}

/* Under another family's names the values may lie otherwise; a run file does not say how. */
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
    if (!t) return SPX_FAIL(err, SPX_ENOTFOUND, "%s: there is no tensor %s", path, edited->name);
    if (!same_shape(edited, t))
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s is %zu x %zu, in %s %zu x %zu", edited->name,
                        spx_tensor_rows(edited), spx_tensor_cols(edited), path, spx_tensor_rows(t),
                        spx_tensor_cols(t));
    if (!known_layout(from, edited, t))
        return SPX_FAIL(err, SPX_EUNSUP, "tensor %s cannot be written as %s of %s", edited->name,
                        t->name, path);
    *out = t;
    return SPX_OK;
}

/* Room for the values of t; they count once r->n does. */
static spx_status make_room(spx_rewrite *r, const spx_tensor *t, float **out, spx_error *err)
{
    void *mem = NULL;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].name, t->name) == 0)
            return SPX_FAIL(err, SPX_EINVAL, "%s: two tensors stand for %s", spx_ckpt_path(r->into),
                            t->name);
    spx_replacement *to = &r->at[r->n];
    spx_status st = spx_tensor_new_dtype(t, r->dtype, &to->dtype, err);
    if (st == SPX_OK)
        st = spx_scratch_alloc(&r->memory, &mem, spx_tensor_rows(t) * spx_tensor_cols(t),
                               sizeof(float), err);
    to->name = t->name;
    to->data = *out = mem;
    return st;
}

/* out <- W, outputs x inputs, as t is stored. */
static void lay_out(const spx_tensor *t, const spx_mat *W, float *out)
{
    const bool turned = spx_arch_place(t->name).in_out;
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            out[turned ? j * W->rows + i : i * W->cols + j] = (float)W->data[i * W->ld + j];
}

spx_status spx_rewrite_add(spx_rewrite *r, const spx_tensor *t, const spx_mat *W, spx_error *err)
{
    float *out = NULL;
    const spx_status st = make_room(r, t, &out, err);
    if (st != SPX_OK) return st;
    lay_out(t, W, out);
    r->n++;
    return SPX_OK;
}

/* Values of another family's tensor as t has them. */
static spx_status read_matrix(const spx_rewrite *r, const spx_tensor *t, const spx_ckpt *from,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    spx_mat W = {0};
    const spx_status st = spx_tensor_oriented_like(from, edited, r->into, t, &W, err);
    if (st == SPX_OK) lay_out(t, &W, out);
    spx_mat_free(&W);
    return st;
}

static spx_status read_vector(const spx_rewrite *r, const spx_tensor *t, const spx_ckpt *from,
                              const spx_tensor *edited, float *out, spx_error *err)
{
    void *mem = NULL;
    const size_t n = spx_tensor_cols(edited);
    const spx_tensor_order o = spx_tensor_order_like(from, edited, r->into, t, r->notify);
    const spx_status st = spx_alloc(&mem, n, sizeof(double), err);
    if (st == SPX_OK) spx_tensor_read_like(&o, edited, 0, 1, mem);
    for (size_t i = 0; st == SPX_OK && i < n; i++) out[i] = (float)((const double *)mem)[i];
    spx_free(mem);
    return st;
}

spx_status spx_rewrite_take(spx_rewrite *r, const spx_ckpt *from, const spx_tensor *edited,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *t = NULL;
    float *out = NULL;
    SPX_TRY(spx_rewrite_target(r, from, edited, &t, err));
    SPX_TRY(make_room(r, t, &out, err));
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
    const spx_status st = spx_ckpt_write(r->into, r->at, r->n, output, err);
    return st == SPX_OK ? spx_ckpt_check(r->into, err) : st;
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
