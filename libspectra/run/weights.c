/* weights.c: the edited matrices, in float in the model and widened beside it. */
#include "run/session.h"

#include "spx/arch.h"
#include "spx/record.h"

#include <string.h>

static size_t entries(const edited *e) { return e->W.rows * e->W.cols; }

void weight_get(const session *s, const edited *e, float *w)
{
    memcpy(w, spx_model_ffn_out(s->model, e->layer), entries(e) * sizeof(float));
}

void weight_set(session *s, edited *e, const float *w)
{
    memcpy(spx_model_ffn_out(s->model, e->layer), w, entries(e) * sizeof(float));
    for (size_t i = 0; i < entries(e); i++) e->W.data[i] = (double)w[i];
}

spx_status weight_add(session *s, edited *e, const spx_update *dW, spx_error *err)
{
    float *w = spx_model_ffn_out(s->model, e->layer);
    const spx_status st = spx_update_write(dW, w, err);
    for (size_t i = 0; st == SPX_OK && i < entries(e); i++) e->W.data[i] = (double)w[i];
    return st;
}

void weights_rewind(session *s)
{
    for (size_t l = 0; l < s->spec->layers; l++) {
        edited *e = &s->at[l];
        float *w = spx_model_ffn_out(s->model, e->layer);
        for (size_t i = 0; i < entries(e); i++) {
            const float now = w[i];
            w[i] = e->origin[i];
            e->origin[i] = now;
        }
    }
}

static spx_status finish_layer(session *s, edited *e, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0};
    spx_update total = {0};
    SPX_TRY(spx_mat_alloc(&W0, e->W.rows, e->W.cols, err));
    SPX_TRY(spx_mat_alloc(&total.A, e->W.rows, e->W.cols, err));
    for (size_t i = 0; i < entries(e); i++) {
        W0.data[i] = (double)e->origin[i];
        total.A.data[i] = e->W.data[i] - W0.data[i];
    }
    SPX_TRY(spx_edit_finish(e->edit, &W0, &total, err));
    weight_set(s, e, e->origin);
    SPX_TRY(weight_add(s, e, &total, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", e->name);
    spx_mat_free(&W0);
    spx_update_free(&total);
    return st;
}

spx_status weights_finish(session *s, float **working, spx_error *err)
{
    spx_status st = SPX_OK;
    *working = NULL;
    if (!s->editor->finishes) return SPX_OK;
    const size_t n = entries(&s->at[0]);
    SPX_TRY(SPX_NEW(working, s->spec->layers * n, err));
    for (size_t l = 0; l < s->spec->layers; l++) {
        weight_get(s, &s->at[l], *working + l * n);
        SPX_TRY(finish_layer(s, &s->at[l], err));
    }
out:
    return st;
}

void weights_resume(session *s, const float *working)
{
    for (size_t l = 0; working && l < s->spec->layers; l++) {
        weight_set(s, &s->at[l], working + l * entries(&s->at[l]));
        s->at[l].known = NULL; /* what was measured is not what the run goes on with */
    }
}

spx_status weight_keep(const session *s, const edited *e, spx_store *store, const char *stage,
                       spx_error *err)
{
    spx_scratch tmp = {0};
    void *turned = NULL;
    const float *w = spx_model_ffn_out(s->model, e->layer);
    if (!spx_arch_place(e->name).in_out)
        return spx_record_weight(store, stage, e->name, w, e->W.rows, e->W.cols, err);
    spx_status st = spx_scratch_alloc(&tmp, &turned, entries(e), sizeof(float), err);
    if (st == SPX_OK) {
        spx_floats_turn(w, e->W.rows, e->W.cols, turned);
        st = spx_record_weight(store, stage, e->name, turned, e->W.cols, e->W.rows, err);
    }
    spx_scratch_free(&tmp);
    return st;
}

spx_status weight_restore(session *s, edited *e, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    float *w = NULL;
    void *mem = NULL;
    spx_scratch tmp = {0};
    size_t rows = 0, cols = 0;
    const bool turned = spx_arch_place(e->name).in_out;
    SPX_TRY(spx_store_get_floats(store, "snapshots/last", e->name, &w, &rows, &cols, err));
    if ((turned ? cols : rows) != e->W.rows || (turned ? rows : cols) != e->W.cols)
        SPX_RAISE(err, SPX_ESHAPE, "%s: snapshot of %s is %zu x %zu", spx_store_path(store),
                  e->name, rows, cols);
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, entries(e), sizeof(float), err));
    if (turned) spx_floats_turn(w, rows, cols, mem);
    weight_set(s, e, turned ? mem : w);
out:
    spx_scratch_free(&tmp);
    spx_free(w);
    return st;
}
