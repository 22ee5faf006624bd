/* rewrite.c: new values of a checkpoint's tensors, gathered. */
#include "rewrite.h"

spx_status rewrite_open(rewrite *r, const spx_ckpt *c, spx_error *err)
{
    void *mem = NULL;
    *r = (rewrite){0};
    const spx_status st =
        spx_scratch_alloc(&r->memory, &mem, spx_ckpt_count(c), sizeof(spx_replacement), err);
    r->at = mem;
    return st;
}

void rewrite_close(rewrite *r)
{
    spx_scratch_free(&r->memory);
    *r = (rewrite){0};
}

spx_status rewrite_add(rewrite *r, const spx_tensor *t, const spx_mat *W, const char *name,
                       spx_error *err)
{
    void *mem = NULL;
    spx_replacement *to = &r->at[r->n];
    spx_status st = tensors_dtype(t, name, &to->dtype, err);
    if (st == SPX_OK)
        st = spx_scratch_alloc(&r->memory, &mem, W->rows * W->cols, sizeof(float), err);
    if (st != SPX_OK) return st;
    const bool turned = spx_arch_place(t->name).in_out;
    float *out = mem;
    for (size_t i = 0; i < W->rows; i++)
        for (size_t j = 0; j < W->cols; j++)
            out[turned ? j * W->rows + i : i * W->cols + j] = (float)W->data[i * W->ld + j];
    to->name = t->name;
    to->data = out;
    r->n++;
    return SPX_OK;
}
