/* ledger_replay.c: the weights of a run's stages, made again from its changes. */
#include "spx/arch.h"
#include "spx/ledger.h"

#include <assert.h>
#include <string.h>

spx_status spx_ledger_replay(const spx_ledger_round *r, float *w, size_t rows, size_t cols,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    if (r->dense) memcpy(w, r->weight, rows * cols * sizeof *w);
    for (size_t i = 0, at = 0; i < r->n_writes; i++) {
        const size_t n = (size_t)r->writes[i];
        const spx_update one = {.A = spx_mat_view(&r->dW.A, 0, at, rows, n),
                                .B = spx_mat_view(&r->dW.B, 0, at, cols, n)};
        SPX_TRY(spx_update_write(&one, w, err));
        at += n;
    }
out:
    return st;
}

spx_status spx_ledger_change(const spx_ledger_round *r, const float *before, size_t rows,
                             size_t cols, spx_update *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (spx_update){0};
    if (r->dense) {
        SPX_TRY(spx_mat_alloc(&out->A, rows, cols, err));
        for (size_t i = 0; i < rows * cols; i++)
            out->A.data[i] = (double)r->weight[i] - (double)before[i];
        return SPX_OK;
    }
    if (r->n_writes == 0) return SPX_OK;
    SPX_TRY(spx_update_alloc(out, rows, cols, r->dW.A.cols, err));
    spx_mat_copy(&out->A, &r->dW.A);
    spx_mat_copy(&out->B, &r->dW.B);
out:
    return st;
}

/* Replays the round that led to a stage; after the last one w is the stage's own weight. */
static spx_status replay_stage(const spx_store *s, const char *tensor, size_t stage, bool last,
                               spx_floats *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    SPX_TRY(spx_ledger_read_at(s, tensor, stage, w->rows, w->cols, &r, err));
    SPX_TRY(spx_ledger_replay(&r, w->data, w->rows, w->cols, err));
    if (last && r.finished) memcpy(w->data, r.finished, w->rows * w->cols * sizeof *w->data);
out:
    spx_ledger_round_free(&r);
    return st;
}

/* The weight after all rounds up to a stage, as the stage has it or as the run went on with it. */
static spx_status rebuild(const spx_store *s, size_t stage, bool finished, spx_floats *m,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    assert(stage < spx_store_stages(s));
    m->data = NULL;
    SPX_TRY(spx_ledger_base(s, m->name, &m->data, &m->rows, &m->cols, err));
    for (size_t i = 1; i <= stage; i++)
        SPX_TRY(replay_stage(s, m->name, i, finished && i == stage, m, err));
out:
    if (st != SPX_OK) {
        spx_free(m->data);
        m->data = NULL;
    }
    return st;
}

spx_status spx_ledger_rebuild(const spx_store *s, const char *tensor, size_t stage, float **w,
                              size_t *rows, size_t *cols, spx_error *err)
{
    spx_floats m = {.name = tensor};
    const spx_status st = rebuild(s, stage, true, &m, err);
    *w = m.data;
    *rows = m.rows;
    *cols = m.cols;
    return st;
}

/* A tensor of a stage as its checkpoint has it: inputs x outputs where that is its orientation. */
static spx_status rebuild_stored(const spx_store *s, size_t stage, bool finished, spx_floats *m,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_floats w = {.name = m->name};
    SPX_TRY(rebuild(s, stage, finished, &w, err));
    if (!spx_arch_place(m->name).in_out) {
        *m = w;
        return SPX_OK;
    }
    SPX_TRY(SPX_NEW(&m->data, w.rows * w.cols, err));
    m->rows = w.cols;
    m->cols = w.rows;
    spx_floats_turn(w.data, w.rows, w.cols, m->data);
out:
    spx_free(w.data);
    return st;
}

/* "last" is what the run goes on with, unless a stage bears that name. */
static spx_status find_stage(const spx_store *s, const char *name, size_t *stage, bool *finished,
                             spx_error *err)
{
    const spx_status st = spx_store_find_stage(s, name, stage, err);
    *finished = st == SPX_OK;
    if (st != SPX_ENOTFOUND || strcmp(name, "last") != 0 || spx_store_stages(s) == 0) return st;
    *stage = spx_store_stages(s) - 1;
    return SPX_OK;
}

spx_status spx_ledger_open(const char *path, spx_ckpt **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char file[4096], **names = NULL;
    spx_floats *all = NULL;
    size_t n = 0, stage = 0;
    bool finished = true;
    const char *name = spx_ckpt_stage(path, file, sizeof file);
    *out = NULL;
    assert(name);
    SPX_TRY(spx_store_open(file, SPX_STORE_READ, &s, err));
    SPX_TRY(find_stage(s, name, &stage, &finished, err));
    SPX_TRY(spx_ledger_tensors(s, &names, &n, err));
    SPX_TRY(SPX_NEW(&all, n, err));
    for (size_t i = 0; i < n; i++) {
        all[i].name = names[i];
        SPX_TRY(rebuild_stored(s, stage, finished, &all[i], err));
    }
    SPX_TRY(spx_ckpt_from_floats(path, all, n, out, err));
out:
    for (size_t i = 0; all && i < n; i++) spx_free(all[i].data);
    spx_free(all);
    spx_store_names_free(names, n);
    spx_store_close(s);
    return st;
}
