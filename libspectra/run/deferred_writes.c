/* deferred_writes.c: changes that stand in the model whole until every layer is solved. */
#include "run/session.h"

#include <string.h>

static spx_status copy(spx_mat *to, const spx_mat *from, spx_error *err)
{
    const spx_status st = spx_mat_alloc(to, from->rows, from->cols, err);
    if (st == SPX_OK) spx_mat_copy(to, from);
    return st;
}

spx_status pending_add(session *s, edited *e, const spx_update *dW, const spx_mat *K,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    struct pending *p = &e->pending;
    void *mem = NULL;
    const size_t bytes = e->W.rows * e->W.cols * sizeof(float);
    SPX_TRY(copy(&p->dW.A, &dW->A, err));
    SPX_TRY(copy(&p->dW.B, &dW->B, err));
    SPX_TRY(copy(&p->K, K, err));
    SPX_TRY(spx_alloc(&mem, bytes, 1, err));
    p->before = mem;
    memcpy(p->before, spx_model_ffn_out(s->model, e->layer), bytes);
    spx_update_round(&p->dW);
    SPX_TRY(weight_add(s, e, &p->dW, err));
out:
    return st;
}

spx_status pending_choose(session *s, edited *e, spx_update *dW, spx_error *err)
{
    weight_set(s, e, e->pending.before);
    *dW = e->pending.dW;
    e->pending.dW = (spx_update){0};
    return spx_edit_choose(e->edit, &e->W, dW, err);
}

void pending_free(edited *e)
{
    spx_update_free(&e->pending.dW);
    spx_mat_free(&e->pending.K);
    spx_free(e->pending.before);
    e->pending = (struct pending){0};
}
