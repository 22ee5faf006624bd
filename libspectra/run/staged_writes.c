/* staged_writes.c: a round's writes on their way into the ledger. */
#include "run/session.h"

spx_status staged_add(const session *s, edited_matrix *e, const spx_update *dW, const spx_mat *K,
                      const spx_filter_report *removed, const fact_ids *ids, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    if (!s->ledger) return SPX_OK;
    double *id = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &id, ids->n, err));
    for (size_t i = 0; i < ids->n; i++) id[i] = (double)ids->fact[ids->index[i]].id;
    SPX_TRY(spx_ledger_add(&e->staged, dW, K, id, ids->n, removed, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

void staged_clear(session *s)
{
    for (size_t i = 0; i < s->spec->layers; i++) spx_ledger_round_free(&s->at[i].staged);
}

spx_status staged_keep(session *s, spx_store *store, size_t round, const char *stage,
                       const float *working, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; s->ledger && i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        const size_t rows = e->W.rows, cols = e->W.cols;
        const float *now = spx_model_ffn_out(s->model, e->layer);
        const float *weight = working ? working + i * rows * cols : now;
        const spx_ledger_weights w = {weight, working ? now : NULL, rows, cols};
        if (round == 0) {
            SPX_TRY(spx_ledger_begin(store, e->name, now, rows, cols, err));
            continue;
        }
        SPX_TRY(spx_ledger_put(store, e->name, stage, &e->staged, &w, err));
        s->unsaved += spx_ledger_bytes(&e->staged, rows, cols);
    }
out:
    staged_clear(s);
    return st;
}
