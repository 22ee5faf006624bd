/* tensors.c: which checkpoints and which of their tensors a tool works on. */
#include "tensors.h"

#include "spx/store.h"

#include <string.h>

bool tensors_chosen(const cli_list *globs, const spx_tensor *t)
{
    if (globs->n == 0) return spx_arch_place(t->name).role == SPX_ROLE_FFN_OUT;
    for (size_t i = 0; i < globs->n; i++)
        if (spx_glob_match(globs->item[i], t->name)) return true;
    return false;
}

spx_status tensors_some(const cli_list *globs, const spx_ckpt *c, spx_error *err)
{
    for (size_t i = 0; i < spx_ckpt_count(c); i++)
        if (tensors_chosen(globs, spx_ckpt_at(c, i))) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor %s%s", spx_ckpt_path(c),
                    globs->n ? "matches "
                             : "has the name of an FFN output projection; choose with -t",
                    globs->n ? globs->item[0] : "");
}

spx_status tensors_matrix(const spx_tensor *t, spx_mat *out, spx_error *err)
{
    spx_mat stored;
    *out = (spx_mat){0};
    if (t->ndim != 2)
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s has %zu axes, not 2", t->name, t->ndim);
    if (!spx_arch_place(t->name).in_out) return spx_tensor_matrix(t, out, err);
    spx_status st = spx_tensor_matrix(t, &stored, err);
    if (st != SPX_OK) return st;
    st = spx_mat_alloc(out, stored.cols, stored.rows, err);
    if (st == SPX_OK) spx_mat_transpose(out, &stored);
    spx_mat_free(&stored);
    return st;
}

const spx_tensor *tensors_counterpart(const spx_ckpt *c, const spx_tensor *t)
{
    const spx_tensor *same = spx_ckpt_find(c, t->name);
    for (size_t i = 0; !same && i < spx_ckpt_count(c); i++)
        if (spx_arch_same(spx_ckpt_at(c, i)->name, t->name)) same = spx_ckpt_at(c, i);
    return same;
}

/* Head size of a GGUF whose q and k are stored in pairs; 0 for any other checkpoint. */
static size_t paired_head(const spx_ckpt *c)
{
    const char *family = spx_ckpt_text(c, "general.architecture");
    double width = 0, heads = 0, size = 0;
    if (strcmp(spx_ckpt_format(c), "gguf") != 0 || !family || strcmp(family, "llama") != 0)
        return 0;
    if (spx_ckpt_number(c, "llama.attention.key_length", &size)) return (size_t)size;
    if (!spx_ckpt_number(c, "llama.embedding_length", &width) ||
        !spx_ckpt_number(c, "llama.attention.head_count", &heads) || !(heads >= 1) ||
        !(width >= heads))
        return 0;
    return (size_t)(width / heads);
}

/* Rows of heads of that size: pairs (2i, 2i + 1) become halves (i, i + size / 2), or back. */
static spx_status reorder(spx_mat *W, size_t size, bool to_halves, spx_error *err)
{
    spx_mat out;
    const spx_status st = spx_mat_alloc(&out, W->rows, W->cols, err);
    if (st != SPX_OK) return st;
    for (size_t r = 0; r < W->rows; r++) {
        const size_t head = r / size * size, i = r % size, half = size / 2;
        const size_t paired =
            head + i % half * 2 + i / half; /* where row r of halves lies in pairs */
        const size_t from = to_halves ? paired : r, to = to_halves ? r : paired;
        memcpy(out.data + to * out.ld, W->data + from * W->ld, W->cols * sizeof(double));
    }
    spx_mat_free(W);
    *W = out;
    return SPX_OK;
}

spx_status tensors_matrix_like(const spx_ckpt *c, const spx_tensor *t, const spx_ckpt *base_file,
                               const spx_tensor *base, spx_mat *out, spx_error *err)
{
    const spx_role role = spx_arch_place(t->name).role;
    const size_t here = paired_head(c), there = paired_head(base_file), size = here ? here : there;
    spx_status st = tensors_matrix(t, out, err);
    const bool turned = strcmp(t->name, base->name) != 0 && (here == 0) != (there == 0) &&
                        (role == SPX_ROLE_ATTN_Q || role == SPX_ROLE_ATTN_K);
    if (st != SPX_OK || !turned || size < 2 || size % 2 || out->rows % size) return st;
    st = reorder(out, size, here != 0, err);
    if (st != SPX_OK) spx_mat_free(out);
    return st;
}

void source_of(const char *argument, source *out)
{
    const char *mark = strstr(argument, ".h5#"), *slash = strrchr(argument, '/');
    snprintf(out->path, sizeof out->path, "%s", argument);
    snprintf(out->stage, sizeof out->stage, "%s",
             mark                ? mark + 4
             : slash && slash[1] ? slash + 1
                                 : argument);
}

/* Where one argument's sources are put; `last` repeats a stage where others are kept too. */
static spx_status add_stages(const char *path, source *out, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char **names = NULL;
    size_t stages = 0;
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (!spx_store_has(s, "snapshots"))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no weights are kept of any stage", path);
    SPX_TRY(spx_store_names(s, "snapshots", &names, &stages, err));
    for (size_t i = 0; i < stages; i++) {
        if (stages > 1 && strcmp(names[i], "last") == 0) continue;
        if (*n == SOURCES_MAX) SPX_RAISE(err, SPX_EINVAL, "more than %d stages", SOURCES_MAX);
        snprintf(out[*n].path, sizeof out->path, "%s#%s", path, names[i]);
        snprintf(out[*n].stage, sizeof out->stage, "%s", names[i]);
        (*n)++;
    }
out:
    spx_store_names_free(names, stages);
    spx_store_close(s);
    return st;
}

spx_status sources_expand(const cli_list *arguments, source **out, size_t *n, spx_error *err)
{
    void *mem = NULL;
    *n = 0;
    *out = NULL;
    spx_status st = spx_alloc(&mem, SOURCES_MAX, sizeof(source), err);
    source *all = mem;
    for (size_t i = 0; st == SPX_OK && i < arguments->n; i++) {
        if (cli_names_run_file(arguments->item[i]))
            st = add_stages(arguments->item[i], all, n, err);
        else
            source_of(arguments->item[i], &all[(*n)++]);
    }
    if (st == SPX_OK)
        *out = all;
    else
        spx_free(all);
    return st;
}
