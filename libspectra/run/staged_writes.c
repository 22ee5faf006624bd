/* staged_writes.c: a round's writes on their way into the ledger. */
#include "run/session.h"

#include <stdio.h>

spx_status changes_note(const session *s, edited *e, const spx_update *dW, const spx_mat *K,
                        const spx_filter_report *removed, const fact_ids *ids, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    if (!s->ledger) return SPX_OK;
    double *id = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &id, ids->n, err));
    for (size_t i = 0; i < ids->n; i++) id[i] = (double)ids->fact[ids->index[i]].id;
    SPX_TRY(spx_ledger_add(&e->changes, dW, K, id, ids->n, removed, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

void changes_forget(session *s)
{
    for (size_t i = 0; i < s->spec->layers; i++) spx_ledger_round_free(&s->at[i].changes);
}

spx_status changes_keep(session *s, spx_store *store, size_t round, const char *stage,
                        const float *working, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; s->ledger && st == SPX_OK && i < s->spec->layers; i++) {
        edited *e = &s->at[i];
        const size_t rows = e->W.rows, cols = e->W.cols;
        const float *now = spx_model_ffn_out(s->model, e->layer);
        const float *weight = working ? working + i * rows * cols : now;
        const spx_ledger_weights w = {weight, working ? now : NULL, rows, cols};
        st = round == 0 ? spx_ledger_begin(store, e->name, now, rows, cols, err)
                        : spx_ledger_put(store, e->name, stage, &e->changes, &w, err);
    }
    changes_forget(s);
    return st;
}
