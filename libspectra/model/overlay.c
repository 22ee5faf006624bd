/* overlay.c: edited weights laid over a model. */
#include "spx/model.h"

#include <string.h>

static spx_status lay(spx_model *m, const spx_tensor *t, spx_error *err)
{
    const spx_model_config *c = spx_model_shape(m);
    for (size_t l = 0; l < c->layers; l++) {
        if (strcmp(spx_model_ffn_out_name(m, l), t->name) != 0) continue;
        if (spx_tensor_rows(t) != c->d_model || spx_tensor_cols(t) != c->d_ff)
            return SPX_FAIL(err, SPX_ESHAPE, "tensor %s is %zu x %zu, the model's %zu x %zu",
                            t->name, spx_tensor_rows(t), spx_tensor_cols(t), c->d_model, c->d_ff);
        spx_tensor_read_float(t, 0, c->d_model, spx_model_ffn_out(m, l));
        return SPX_OK;
    }
    return SPX_FAIL(err, SPX_ENOTFOUND, "tensor %s is no FFN output of the model", t->name);
}

spx_status spx_model_overlay(spx_model *m, const spx_ckpt *edited, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < spx_ckpt_count(edited); i++)
        st = lay(m, spx_ckpt_at(edited, i), err);
    if (st != SPX_OK) spx_prefix(err, "%s", spx_ckpt_path(edited));
    return st;
}
