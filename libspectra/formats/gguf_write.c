/* gguf_write.c: a file of a GGUF written again. */
#include "formats/write.h"

/* Version and key-values stay as they are, a split model's count and number among them; the tensor
 * infos are made anew, and the data follow in their order. */

static void put_padding(output *o, size_t align)
{
    while (o->at % align) output_whole(o, 0, 1);
}

static void put_tensor_info(output *o, const edits *e, const spx_tensor *t, size_t offset)
{
    output_whole(o, strlen(t->name), 8);
    output_put(o, t->name, strlen(t->name));
    output_whole(o, t->ndim, 4);
    for (size_t k = t->ndim; k-- > 0;) output_whole(o, t->shape[k], 8);
    output_whole(o, format_gguf_type(t, edits_dtype(e, t)), 4);
    output_whole(o, offset, 8);
}

static spx_status put_gguf(output *o, const edits *e, const part *p, const spx_tensor **list,
                           size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t offset = 0;
    output_put(o, p->map.data, p->head);
    for (size_t i = 0; i < n; i++) {
        put_tensor_info(o, e, list[i], offset);
        offset += (edits_bytes(e, list[i]) + p->align - 1) / p->align * p->align;
    }
    put_padding(o, p->align);
    for (size_t i = 0; i < n; i++) {
        SPX_TRY(output_tensor(o, e, p, list[i], err));
        put_padding(o, p->align);
    }
out:
    return st;
}

spx_status write_gguf(const edits *e, const part *p, spx_output *to, spx_error *err)
{
    spx_status st = SPX_OK;
    output o;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    SPX_TRY(edits_tensors(e, p, &list, &n, &tmp, err));
    output_open(&o, to);
    st = output_close(&o, put_gguf(&o, e, p, list, n, err), err);
out:
    spx_scratch_free(&tmp);
    return st;
}
