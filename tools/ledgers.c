/* ledgers.c: a run's stages out of its ledger, and into checkpoints. */
#include "ledgers.h"

#include "tensors.h"

#include "spx/export.h"
#include "spx/ledger.h"

#include <stdio.h>
#include <string.h>

bool ledgers_chosen(const cli_list *globs, const char *tensor)
{
    for (size_t i = 0; i < globs->n; i++)
        if (spx_glob_match(globs->item[i], tensor)) return true;
    return globs->n == 0;
}

spx_status ledgers_some(const spx_store *s, const cli_list *globs, char ***names, size_t *n,
                        spx_error *err)
{
    const spx_status st = spx_ledger_tensors(s, names, n, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < *n; i++)
        if (ledgers_chosen(globs, (*names)[i])) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: the ledger has no tensor %s", spx_store_path(s),
                    globs->n ? globs->item[0] : "");
}

void ledgers_widen(const float *w, spx_mat *W)
{
    for (size_t i = 0; i < W->rows * W->cols; i++) W->data[i] = (double)w[i];
}

/* w (rows x cols) <- w^T */
static spx_status turn(float *w, size_t rows, size_t cols, spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, rows * cols, sizeof(float), err);
    if (st != SPX_OK) return st;
    spx_floats_turn(w, rows, cols, mem);
    memcpy(w, mem, rows * cols * sizeof(float));
    spx_free(mem);
    return SPX_OK;
}

spx_status ledgers_replacement(const spx_ckpt *model, const char *dtype, const char *tensor,
                               float *w, size_t rows, size_t cols, spx_replacement *out,
                               spx_error *err)
{
    const spx_tensor *t = spx_ckpt_find(model, tensor);
    const bool turned = spx_arch_place(tensor).in_out;
    const size_t r = turned ? cols : rows, c = turned ? rows : cols;
    if (!t)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: there is no tensor %s", spx_ckpt_path(model),
                        tensor);
    if (spx_tensor_rows(t) != r || spx_tensor_cols(t) != c)
        return SPX_FAIL(err, SPX_ESHAPE, "tensor %s is %zu x %zu, in %s %zu x %zu", tensor, r, c,
                        spx_ckpt_path(model), spx_tensor_rows(t), spx_tensor_cols(t));
    *out = (spx_replacement){.name = t->name, .data = w};
    const spx_status st = tensors_dtype(t, dtype, &out->dtype, err);
    return st == SPX_OK && turned ? turn(w, rows, cols, err) : st;
}

static spx_status rebuild_all(const spx_store *s, size_t stage, char *const *names, size_t n,
                              const spx_ckpt *model, const char *dtype, float **w,
                              spx_replacement *r, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; st == SPX_OK && i < n; i++) {
        size_t rows = 0, cols = 0;
        st = spx_ledger_rebuild(s, names[i], stage, &w[i], &rows, &cols, err);
        if (st == SPX_OK)
            st = ledgers_replacement(model, dtype, names[i], w[i], rows, cols, &r[i], err);
        if (st != SPX_OK) spx_prefix(err, "%s", names[i]);
    }
    return st;
}

spx_status ledgers_write_stage(const char *path, const ledgers_target *to, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_store *s = NULL;
    spx_ckpt *model = NULL;
    char file[4096], **names = NULL;
    void *w = NULL, *r = NULL;
    size_t n = 0, stage = 0;
    const char *name = spx_ckpt_stage(path, file, sizeof file);
    SPX_TRY(spx_store_open(file, SPX_STORE_READ, &s, err));
    SPX_TRY(spx_ledger_tensors(s, &names, &n, err));
    SPX_TRY(spx_store_find_stage(s, name, &stage, err));
    SPX_TRY(spx_ckpt_open(to->model, &model, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &w, n, sizeof(float *), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &r, n, sizeof(spx_replacement), err));
    SPX_TRY(rebuild_all(s, stage, names, n, model, to->dtype, w, r, err));
    SPX_TRY(spx_ckpt_write(model, r, n, cli.output, err));
    SPX_TRY(spx_ckpt_check(model, err));
out:
    for (size_t i = 0; w && i < n; i++) spx_free(((float **)w)[i]);
    spx_scratch_free(&tmp);
    spx_store_names_free(names, n);
    spx_ckpt_close(model);
    spx_store_close(s);
    return st;
}
