/* gguf_write.c: a file of a GGUF again: version and key-values as they are, new tensor infos, data
 * in the order of the infos. A split model's count and number are among the key-values. */
#include "files/write.h"

static void pad(output *o, size_t align)
{
    while (o->at % align) output_whole(o, 0, 1);
}

static void put_info(output *o, const edits *e, const spx_tensor *t, size_t offset)
{
    output_whole(o, strlen(t->name), 8);
    output_put(o, t->name, strlen(t->name));
    output_whole(o, t->ndim, 4);
    for (size_t k = t->ndim; k-- > 0;) output_whole(o, t->shape[k], 8);
    output_whole(o, format_gguf_type(edits_dtype(e, t)), 4);
    output_whole(o, offset, 8);
}

spx_status write_gguf(const edits *e, const part *p, const char *path, spx_error *err)
{
    output o;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0, offset = 0;
    spx_status st = edits_tensors(e, p, &list, &n, &tmp, err);
    if (st == SPX_OK) st = output_open(&o, e, path, err);
    if (st == SPX_OK) {
        output_put(&o, p->map.data, p->head);
        for (size_t i = 0; i < n; i++) {
            put_info(&o, e, list[i], offset);
            offset += (edits_bytes(e, list[i]) + p->align - 1) / p->align * p->align;
        }
        pad(&o, p->align);
        for (size_t i = 0; st == SPX_OK && i < n; i++) {
            st = output_tensor(&o, e, p, list[i], err);
            pad(&o, p->align);
        }
        st = output_close(&o, st, err);
    }
    spx_scratch_free(&tmp);
    return st;
}
