/* weights.c: the edited matrices, in float in the model and widened beside it. */
#include "run/session.h"

#include "spx/arch.h"

#include <string.h>

static size_t entries(const edited_matrix *e) { return e->W.rows * e->W.cols; }

void weight_get(const session *s, const edited_matrix *e, float *w)
{
    memcpy(w, spx_model_ffn_out(s->model, e->layer), entries(e) * sizeof(float));
}

void weight_set(session *s, edited_matrix *e, const float *w)
{
    memcpy(spx_model_ffn_out(s->model, e->layer), w, entries(e) * sizeof(float));
    spx_floats_widen(w, &e->W);
}

void weight_widen(const session *s, edited_matrix *e)
{
    spx_floats_widen(spx_model_ffn_out(s->model, e->layer), &e->W);
}

spx_status weight_add(session *s, edited_matrix *e, const spx_update *dW, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_update_write(dW, spx_model_ffn_out(s->model, e->layer), err));
    weight_widen(s, e);
out:
    return st;
}

void weights_rewind(session *s)
{
    for (size_t l = 0; l < s->spec->layers; l++) {
        edited_matrix *e = &s->at[l];
        float *w = spx_model_ffn_out(s->model, e->layer);
        for (size_t i = 0; i < entries(e); i++) {
            const float now = w[i];
            w[i] = e->origin[i];
            e->origin[i] = now;
        }
    }
}

static spx_status finish_layer(session *s, edited_matrix *e, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W0 = {0};
    spx_update total = {0};
    SPX_TRY(spx_mat_alloc(&W0, e->W.rows, e->W.cols, err));
    SPX_TRY(spx_mat_alloc(&total.A, e->W.rows, e->W.cols, err));
    spx_floats_widen(e->origin, &W0);
    spx_mat_subtract(&total.A, &e->W, &W0);
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
    if (!s->editor->finish) return SPX_OK;
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
        s->at[l].decomposition = NULL; /* what was measured is not what the run continues with */
    }
}

spx_status weight_keep(const session *s, const edited_matrix *e, spx_store *store,
                       const char *group, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    float *turned = NULL;
    const float *w = spx_model_ffn_out(s->model, e->layer);
    if (!spx_arch_place(e->name).in_out)
        return spx_store_put_floats(store, group, e->name, w, e->W.rows, e->W.cols, err);
    SPX_TRY(SPX_SCRATCH(&tmp, &turned, entries(e), err));
    spx_floats_turn(w, e->W.rows, e->W.cols, turned);
    SPX_TRY(spx_store_put_floats(store, group, e->name, turned, e->W.cols, e->W.rows, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status weight_restore(session *s, edited_matrix *e, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    float *w = NULL, *turned = NULL;
    spx_scratch tmp = {0};
    char tensor[SPX_STORE_NAME];
    size_t rows = 0, cols = 0;
    const bool in_out = spx_arch_place(e->name).in_out;
    const size_t want_rows = in_out ? e->W.cols : e->W.rows;
    const size_t want_cols = in_out ? e->W.rows : e->W.cols;
    SPX_TRY(spx_store_get_floats(store, "snapshots/last", spx_store_escape(e->name, tensor), &w,
                                 &rows, &cols, err));
    if (rows != want_rows || cols != want_cols)
        SPX_RAISE(err, SPX_ESHAPE, "%s: snapshot of %s is %zu x %zu, not %zu x %zu",
                  spx_store_path(store), e->name, rows, cols, want_rows, want_cols);
    if (in_out) {
        SPX_TRY(SPX_SCRATCH(&tmp, &turned, entries(e), err));
        spx_floats_turn(w, rows, cols, turned);
    }
    weight_set(s, e, in_out ? turned : w);
out:
    spx_scratch_free(&tmp);
    spx_free(w);
    return st;
}
