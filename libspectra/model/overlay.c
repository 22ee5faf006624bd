/* overlay.c: replaces weights of a model by edited ones. */
#include "spx/arch.h"
#include "spx/model.h"

#include <string.h>

/* Reads t, in the orientation of the checkpoint, into the FFN output projection of block l. */
static spx_status read_tensor(spx_model *m, size_t l, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    float *stored = NULL;
    const size_t d = spx_model_shape(m)->d_model, f = spx_model_shape(m)->d_ff;
    const bool turned = spx_tensor_in_out(t);
    const size_t rows = turned ? f : d, cols = turned ? d : f;
    if (spx_tensor_rows(t) != rows || spx_tensor_cols(t) != cols)
        SPX_RAISE(err, SPX_ESHAPE, "tensor %s is %zu x %zu (expected %zu x %zu)", t->name,
                  spx_tensor_rows(t), spx_tensor_cols(t), rows, cols);
    SPX_TRY(spx_tensor_want_weights(t, err));
    SPX_TRY(spx_model_widen(m, l, err));
    float *w = spx_model_ffn_out(m, l);
    if (!turned) {
        spx_tensor_read_float(t, 0, d, w);
        goto out;
    }
    SPX_TRY(SPX_SCRATCH(&tmp, &stored, rows * cols, err));
    spx_tensor_read_float(t, 0, rows, stored);
    spx_floats_turn(stored, rows, cols, w);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The block whose FFN output projection has that name; the number of blocks if none has. */
static size_t find_block(const spx_model *m, const char *name)
{
    size_t l = 0;
    while (l < spx_model_shape(m)->layers && strcmp(spx_model_ffn_out_name(m, l), name) != 0) l++;
    return l;
}

static spx_status overlay_tensor(spx_model *m, const spx_tensor *t, spx_error *err)
{
    const size_t l = find_block(m, t->name);
    if (l < spx_model_shape(m)->layers) return read_tensor(m, l, t, err);
    return SPX_FAIL(err, SPX_ENOTFOUND, "tensor %s is not an FFN output projection of the model",
                    t->name);
}

spx_status spx_model_put_ffn_out(spx_model *m, const char *name, const spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t d = spx_model_shape(m)->d_model, f = spx_model_shape(m)->d_ff;
    const size_t l = find_block(m, name);
    if (l == spx_model_shape(m)->layers)
        SPX_RAISE(err, SPX_EUNSUP, "not an FFN output projection of the model");
    if (W->rows != d || W->cols != f)
        SPX_RAISE(err, SPX_ESHAPE, "%zu x %zu (expected %zu x %zu)", W->rows, W->cols, d, f);
    SPX_TRY(spx_model_widen(m, l, err));
    SPX_TRY(spx_mat_narrow(W, spx_model_ffn_out(m, l), err));
out:
    return st;
}

spx_status spx_model_overlay(spx_model *m, const spx_ckpt *edited, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_ckpt_count(edited); i++)
        SPX_TRY(overlay_tensor(m, spx_ckpt_at(edited, i), err));
out:
    if (st != SPX_OK) spx_prefix(err, "%s", spx_ckpt_path(edited));
    return st;
}
