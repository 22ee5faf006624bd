/* remembered.c: keys that sequential editors remember, what a filter's feedback still owes, and the
 * running statistics of editors that follow gradients. */
#include "run/session.h"

#include <math.h>
#include <stdio.h>

/* Where a round's keys of a matrix stand in the run file. */
static void place_keys(const edited_matrix *e, size_t round, char group[600], char name[32])
{
    spx_store_group_of(group, 600, "history", e->name);
    snprintf(name, 32, "r%zu", round);
}

static spx_status keep_matrix(const edited_matrix *e, spx_store *store, size_t round,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    char group[600], name[32], tensor[SPX_STORE_NAME];
    place_keys(e, round, group, name);
    if (e->remembered.data) SPX_TRY(spx_store_put_matrix(store, group, name, &e->remembered, err));
    if (e->debt)
        SPX_TRY(spx_store_put_matrix(store, "debt", spx_store_escape(e->name, tensor),
                                     spx_feedback_debt(e->debt), err));
out:
    return st;
}

static const char running[] = "running";

/* The statistics as they are after a round, in place of those before it. */
static spx_status keep_running(const spx_running *r, spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_put_matrix(store, running, "moments", &r->moments, err));
    if (r->products.data)
        SPX_TRY(spx_store_put_matrix(store, running, "products", &r->products, err));
    SPX_TRY(spx_store_set_number(store, running, "tokens", r->n, err));
out:
    return st;
}

spx_status history_keep(const session *s, spx_store *store, size_t round, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < s->spec->layers; i++) SPX_TRY(keep_matrix(&s->at[i], store, round, err));
    if (s->running.moments.data) SPX_TRY(keep_running(&s->running, store, err));
out:
    return st;
}

static spx_status check_shape(const spx_store *store, const char *group, const char *name,
                              const spx_mat *A, size_t rows, size_t cols, spx_error *err)
{
    if (A->rows == rows && A->cols == cols) return SPX_OK;
    return SPX_FAIL(err, SPX_ESHAPE, "%s: %s/%s is %zu x %zu (expected %zu x %zu)",
                    spx_store_path(store), group, name, A->rows, A->cols, rows, cols);
}

static spx_status restore_round(session *s, edited_matrix *e, const spx_store *store, size_t round,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    char group[600], name[32];
    spx_mat K = {0};
    place_keys(e, round, group, name);
    SPX_TRY(spx_store_get(store, group, name, &K, err));
    SPX_TRY(check_shape(store, group, name, &K, e->W.cols, s->spec->round, err));
    SPX_TRY(spx_edit_remember(e->edit, &K, err));
    if (e->debt) spx_feedback_remember(e->debt, &K);
out:
    spx_mat_free(&K);
    return st;
}

static spx_status restore_debt(edited_matrix *e, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat E = {0};
    char tensor[SPX_STORE_NAME];
    SPX_TRY(spx_store_get(store, "debt", spx_store_escape(e->name, tensor), &E, err));
    SPX_TRY(check_shape(store, "debt", e->name, &E, e->W.rows, e->W.cols, err));
    spx_feedback_restore(e->debt, &E);
out:
    spx_mat_free(&E);
    return st;
}

static spx_status restore_sums(const spx_store *store, const char *name, spx_mat *A, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat kept = {0};
    SPX_TRY(spx_store_get(store, running, name, &kept, err));
    SPX_TRY(check_shape(store, running, name, &kept, A->rows, A->cols, err));
    spx_mat_copy(A, &kept);
out:
    spx_mat_free(&kept);
    return st;
}

static spx_status restore_running(spx_running *r, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    double n = 0;
    SPX_TRY(spx_store_get_number(store, running, "tokens", &n, err));
    if (!(n >= 1 && isfinite(n)))
        SPX_RAISE(err, SPX_EFORMAT, "%s: attribute tokens of %s is %g (expected 1 or more)",
                  spx_store_path(store), running, n);
    SPX_TRY(restore_sums(store, "moments", &r->moments, err));
    if (r->products.data) SPX_TRY(restore_sums(store, "products", &r->products, err));
    r->n = n;
out:
    return st;
}

spx_status history_restore(session *s, const spx_store *store, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t layers = s->editor->remembers ? s->spec->layers : 0;
    for (size_t i = 0; i < layers; i++) {
        for (size_t round = 1; round <= s->done; round++)
            SPX_TRY(restore_round(s, &s->at[i], store, round, err));
        if (s->at[i].debt && s->done > 0) SPX_TRY(restore_debt(&s->at[i], store, err));
    }
    if (s->running.moments.data && s->done > 0) SPX_TRY(restore_running(&s->running, store, err));
out:
    return st;
}
