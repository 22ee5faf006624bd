/* safetensors_write.c: a file of safetensors written again, and the index of its shards. */
#include "formats/dtype.h"
#include "formats/write.h"

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

/* True if file p loses a companion of a weight that is replaced. */
static bool loses_tensors(const edits *e, const part *p)
{
    size_t all = 0;
    const spx_tensor *stored = format_stored(e->c, &all);
    for (size_t i = 0; i < all; i++)
        if (format_inside(p, &stored[i]) && edits_drops(e, &stored[i])) return true;
    return false;
}

static bool keeps_types(const edits *e, const part *p, const spx_tensor **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (edits_dtype(e, list[i]) != list[i]->dtype || edits_weight(e, list[i])) return false;
    return !loses_tensors(e, p);
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

/* True if file p holds a tensor of this name that is written. */
static bool written_here(const edits *e, const part *p, const char *name)
{
    size_t all = 0;
    const spx_tensor *stored = format_stored(e->c, &all);
    for (size_t i = 0; i < all; i++)
        if (strcmp(stored[i].name, name) == 0 && format_inside(p, &stored[i]))
            return !edits_drops(e, &stored[i]);
    return false;
}

/* Takes tensors out of the header that are not written here: those for which the index names
 * another shard, and companions of replaced weights. n are left. */
static void drop_others(const edits *e, const part *p, spx_json *root, size_t n)
{
    const size_t others = spx_json_get(root, "__metadata__") ? 1 : 0;
    for (size_t i = 0; spx_json_size(root) > n + others;) {
        const char *name = spx_json_key(root, i, NULL);
        if (!name) return;
        if (strcmp(name, "__metadata__") == 0 || written_here(e, p, name))
            i++;
        else
            spx_json_remove(root, name);
    }
}

/* Type, shape and name of a tensor in the header: a quantised weight takes the place of its codes.
 */
static spx_status put_entry(const edits *e, spx_json *root, const spx_tensor *t, const char **name,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_tensor *w = edits_weight(e, t);
    *name = w ? w->name : t->name;
    if (w) {
        spx_json_remove(root, t->name);
        SPX_TRY(spx_json_put_object(root, *name, err));
        SPX_TRY(spx_json_put_wholes(root, *name, "shape", w->shape, w->ndim, err));
    }
    SPX_TRY(spx_json_put_text(root, *name, "dtype", spx_dtype_name(edits_dtype(e, t)), err));
out:
    return st;
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
        const char *name = NULL;
        if (edits_dtype(e, s[i].t) != s[i].t->dtype || edits_weight(e, s[i].t))
            SPX_TRY(put_entry(e, root, s[i].t, &name, err));
        SPX_TRY(
            spx_json_put_wholes(root, name ? name : s[i].t->name, "data_offsets", place, 2, err));
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

spx_status write_safetensors(const edits *e, const part *p, spx_output *to, spx_error *err)
{
    spx_status st = SPX_OK;
    output o;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    SPX_TRY(edits_tensors(e, p, &list, &n, &tmp, err));
    output_open(&o, to);
    if (n > 0) qsort(list, n, sizeof *list, by_place_in_file);
    st = keeps_types(e, p, list, n) ? put_in_place(&o, e, p, list, n, err)
                                    : put_anew(&o, e, p, list, n, err);
    st = output_close(&o, st, err);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The bytes that edits add to what the files hold. */
static double bytes_added(const edits *e)
{
    size_t all = 0;
    double added = 0;
    const spx_tensor *stored = format_stored(e->c, &all);
    for (size_t i = 0; i < all; i++)
        added += (double)edits_bytes(e, &stored[i]) - (double)stored[i].bytes;
    return added;
}

/* In weight_map, a replaced quantised weight takes the place of its codes and companions. */
static spx_status change_weight_map(const edits *e, spx_json *root, spx_error *err)
{
    spx_status st = SPX_OK;
    static const char map[] = "weight_map";
    size_t all = 0;
    char *file = NULL;
    const spx_tensor *stored = format_stored(e->c, &all);
    for (size_t i = 0; i < all; i++) {
        const char *name = stored[i].name;
        const spx_tensor *w = edits_weight(e, &stored[i]);
        const char *shard = spx_json_text(spx_json_get(spx_json_get(root, map), name));
        if (!shard || (!w && !edits_drops(e, &stored[i]))) continue;
        SPX_TRY(spx_text_dup(&file, shard, err));
        spx_json_remove_from(root, map, name);
        if (w) SPX_TRY(spx_json_put_text(root, map, w->name, file, err));
        spx_free(file);
        file = NULL;
    }
out:
    spx_free(file);
    return st;
}

/* The index with the new metadata.total_size and the names of weights; *text stays NULL where
 * neither is in it. */
static spx_status make_index(const edits *e, const part *p, char **text, size_t *len,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    double total = 0;
    SPX_TRY(spx_json_parse((const char *)p->map.data, p->map.size, p->path, &root, err));
    const bool sized =
        spx_json_number(spx_json_get(spx_json_get(root, "metadata"), "total_size"), &total);
    if (!sized && !edits_joined(e)) goto out; /* nothing in it changes */
    if (sized)
        SPX_TRY(spx_json_put_whole(root, "metadata", "total_size",
                                   (size_t)fmax(total + bytes_added(e), 0), err));
    SPX_TRY(change_weight_map(e, root, err));
    SPX_TRY(spx_json_write(root, 2, text, len, err));
out:
    spx_json_free(root);
    return st;
}

spx_status write_index(const edits *e, const part *p, spx_output *to, spx_error *err)
{
    spx_status st = SPX_OK;
    output o;
    char *text = NULL;
    size_t len = 0;
    if (bytes_added(e) != 0 || edits_joined(e)) SPX_TRY(make_index(e, p, &text, &len, err));
    output_open(&o, to);
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
