/*
 * restart.c: the weights with which a run continues.
 *
 * snapshots/last has them after every round. Beside a ledger, once the run file lies in parts, they
 * are kept as restart/STAGE only when the rounds since have filled the ledger with RESTART times
 * their bytes, and after the last round; snapshots/last is another name for that group, whose
 * attribute `stage` says whose weights it has. Resuming replays the rounds after it (ledger.h),
 * which gives the same bits.
 */
#include "run/session.h"

#include <stdio.h>
#include <string.h>

enum { RESTART = 4 };

static const char last[] = "snapshots/last";

spx_status weights_keep(const session *s, spx_store *store, const char *group, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < s->spec->layers; i++)
        SPX_TRY(weight_keep(s, &s->at[i], store, group, err));
out:
    return st;
}

static size_t bytes_of_weights(const session *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->spec->layers; i++)
        n += s->at[i].W.rows * s->at[i].W.cols * sizeof(float);
    return n;
}

/* True if snapshots/last has weights of an earlier stage under another name. */
static spx_status is_alias(const spx_store *store, bool *out, spx_error *err)
{
    char *stage = NULL;
    const spx_status st = spx_store_find_text(store, last, "stage", &stage, err);
    *out = stage;
    spx_free(stage);
    return st;
}

/* Keeps them as themselves, and nothing to be replayed. */
static spx_status keep_last(const session *s, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    bool alias = false;
    SPX_TRY(is_alias(store, &alias, err));
    if (alias) SPX_TRY(spx_store_remove(store, last, err));
    SPX_TRY(spx_store_remove(store, "restart", err));
    SPX_TRY(weights_keep(s, store, last, err));
out:
    return st;
}

spx_status restart_keep(session *s, spx_store *store, size_t round, const char *stage,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    char group[80];
    bool alias = false;
    const bool replayed = s->ledger && spx_store_is_parted(store) && round < s->spec->rounds;
    if (!replayed) return keep_last(s, store, err);
    SPX_TRY(is_alias(store, &alias, err));
    if (alias && s->unsaved < RESTART * bytes_of_weights(s)) return SPX_OK;
    snprintf(group, sizeof group, "restart/%s", stage);
    SPX_TRY(spx_store_remove(store, "restart", err));
    SPX_TRY(spx_store_set_text(store, group, "stage", stage, err));
    SPX_TRY(weights_keep(s, store, group, err));
    snprintf(group, sizeof group, "/restart/%s", stage);
    SPX_TRY(spx_store_alias(store, last, group, err));
    s->unsaved = 0;
out:
    return st;
}

/* The stage whose weights snapshots/last has. */
static spx_status find_stage(const spx_store *store, size_t *stage, spx_error *err)
{
    spx_status st = SPX_OK;
    char *name = NULL;
    bool alias = false;
    *stage = spx_store_stages(store) - 1;
    SPX_TRY(is_alias(store, &alias, err));
    if (!alias) return SPX_OK;
    SPX_TRY(spx_store_get_text(store, last, "stage", &name, err));
    SPX_TRY(spx_store_find_stage(store, name, stage, err));
out:
    spx_free(name);
    return st;
}

static spx_status replay_matrix(session *s, edited_matrix *e, const spx_store *store, size_t round,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ledger_round r = {0};
    float *w = spx_model_ffn_out(s->model, e->layer);
    SPX_TRY(spx_ledger_read_at(store, e->name, round, e->W.rows, e->W.cols, &r, err));
    SPX_TRY(spx_ledger_replay(&r, w, e->W.rows, e->W.cols, err));
    s->unsaved += spx_ledger_bytes(&r, e->W.rows, e->W.cols);
out:
    spx_ledger_round_free(&r);
    return st;
}

spx_status restart_restore(session *s, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t stage = 0;
    SPX_TRY(find_stage(store, &stage, err));
    for (size_t i = 0; i < s->spec->layers; i++) {
        edited_matrix *e = &s->at[i];
        SPX_TRY(weight_restore(s, e, store, err));
        for (size_t round = stage + 1; round < spx_store_stages(store); round++)
            SPX_TRY(replay_matrix(s, e, store, round, err));
        weight_widen(s, e);
    }
out:
    return st;
}
