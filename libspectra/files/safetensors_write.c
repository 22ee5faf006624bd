/* safetensors_write.c: a file of safetensors written again, and the index of its shards. */
#include "files/dtype.h"
#include "files/write.h"

#include "spx/json.h"

#include <math.h>
#include <stdlib.h>

/*
 * Where every tensor keeps its type, header and layout stay as they are, holes included, and only
 * the bytes of replaced tensors differ. Where one changes its type, the data are laid out anew
 * without holes, wider types first so that each is aligned to its size (as the public library
 * does, whose reader rejects holes); in the header only `dtype` and `data_offsets` change.
 */

static int by_place_in_file(const void *a, const void *b)
{
    const unsigned char *x = (*(const spx_tensor *const *)a)->data;
    const unsigned char *y = (*(const spx_tensor *const *)b)->data;
    return (x > y) - (x < y);
}

static bool keeps_types(const edits *e, const spx_tensor **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (edits_dtype(e, list[i]) != list[i]->dtype) return false;
    return true;
}

static spx_status put_in_place(output *o, const edits *e, const part *p, const spx_tensor **list,
                               size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    const unsigned char *at = p->map.data, *end = at + p->map.size;
    for (size_t i = 0; i < n; i++) {
        if (!edits_replaces(e, list[i])) continue;
        output_copy(o, p, at, (size_t)(list[i]->data - at));
        SPX_TRY(output_tensor(o, e, p, list[i], err));
        at = list[i]->data + list[i]->bytes;
    }
    output_copy(o, p, at, (size_t)(end - at));
out:
    return st;
}

/* A tensor, the size of its values as written, and its rank in the file as it is. */
typedef struct slot {
    const spx_tensor *t;
    size_t width, rank;
} slot;

static int by_width(const void *a, const void *b)
{
    const slot *x = a, *y = b;
    if (x->width != y->width) return x->width < y->width ? 1 : -1;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

/* Takes tensors out of the header that the checkpoint does not have here: those for which its index
 * names another shard. n are left. */
static void drop_others(const edits *e, const part *p, spx_json *root, size_t n)
{
    const size_t others = spx_json_get(root, "__metadata__") ? 1 : 0;
    for (size_t i = 0; spx_json_size(root) > n + others;) {
        const char *name = spx_json_key(root, i, NULL);
        const spx_tensor *t = name ? spx_ckpt_find(e->c, name) : NULL;
        if (!name) return;
        if ((t && format_inside(p, t)) || strcmp(name, "__metadata__") == 0)
            i++;
        else
            spx_json_remove(root, name);
    }
}

static spx_status put_header(output *o, const edits *e, const part *p, const slot *s, size_t n,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    char *text = NULL;
    size_t len = 0, at = 0;
    SPX_TRY(spx_json_parse((const char *)p->map.data + 8, p->head - 8, p->path, &root, err));
    drop_others(e, p, root, n);
    for (size_t i = 0; i < n; i++) {
        const size_t place[2] = {at, at + edits_bytes(e, s[i].t)};
        const char *type = spx_dtype_name(edits_dtype(e, s[i].t));
        SPX_TRY(spx_json_put_text(root, s[i].t->name, "dtype", type, err));
        SPX_TRY(spx_json_put_wholes(root, s[i].t->name, "data_offsets", place, 2, err));
        at = place[1];
    }
    SPX_TRY(spx_json_write(root, 0, &text, &len, err));
    const size_t padded = (len + 7) / 8 * 8;
    output_whole(o, padded, 8);
    output_put(o, text, len);
    output_put(o, "        ", padded - len);
out:
    spx_free(text);
    spx_json_free(root);
    return st;
}

static spx_status put_anew(output *o, const edits *e, const part *p, const spx_tensor **list,
                           size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    slot *s = NULL;
    SPX_TRY(SPX_NEW(&s, n, err));
    for (size_t i = 0; i < n; i++) s[i] = (slot){list[i], dtype_bytes(edits_dtype(e, list[i])), i};
    qsort(s, n, sizeof *s, by_width);
    SPX_TRY(put_header(o, e, p, s, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(output_tensor(o, e, p, s[i].t, err));
out:
    spx_free(s);
    return st;
}

spx_status write_safetensors(const edits *e, const part *p, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    output o;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    SPX_TRY(edits_tensors(e, p, &list, &n, &tmp, err));
    SPX_TRY(output_open(&o, e, path, err));
    if (n > 0) qsort(list, n, sizeof *list, by_place_in_file);
    st = keeps_types(e, list, n) ? put_in_place(&o, e, p, list, n, err)
                                 : put_anew(&o, e, p, list, n, err);
    st = output_close(&o, st, err);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The index with the new metadata.total_size; *text stays NULL where the index does not give it. */
static spx_status make_index(const edits *e, const part *p, char **text, size_t *len,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    double total = 0;
    SPX_TRY(spx_json_parse((const char *)p->map.data, p->map.size, p->path, &root, err));
    if (!spx_json_number(spx_json_get(spx_json_get(root, "metadata"), "total_size"), &total))
        goto out;
    for (size_t i = 0; i < e->c->count; i++) {
        const spx_tensor *t = &e->c->tensor[i];
        total += (double)edits_bytes(e, t) - (double)t->bytes;
    }
    SPX_TRY(spx_json_put_whole(root, "metadata", "total_size", (size_t)fmax(total, 0), err));
    SPX_TRY(spx_json_write(root, 2, text, len, err));
out:
    spx_json_free(root);
    return st;
}

spx_status write_index(const edits *e, const part *p, const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    output o;
    char *text = NULL;
    size_t len = 0;
    bool same = true;
    for (size_t i = 0; i < e->c->count; i++)
        same = same && edits_bytes(e, &e->c->tensor[i]) == e->c->tensor[i].bytes;
    if (!same) SPX_TRY(make_index(e, p, &text, &len, err));
    SPX_TRY(output_open(&o, e, path, err));
    if (text) {
        output_put(&o, text, len);
        output_put(&o, "\n", 1);
    } else
        output_put(&o, p->map.data, p->map.size);
    st = output_close(&o, st, err);
out:
    spx_free(text);
    return st;
}
