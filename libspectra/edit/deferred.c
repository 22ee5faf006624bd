/* deferred.c: changes that stand in a weight whole until entries are chosen among them. */
#include "spx/edit.h"

#include <string.h>

spx_status spx_deferred_put(const spx_update *dW, const spx_mat *K, float *w, spx_deferred *out,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_deferred d = {0};
    const size_t cols = spx_update_factored(dW) ? dW->B.rows : dW->A.cols;
    const size_t n = dW->A.rows * cols;
    *out = d;
    SPX_TRY(spx_mat_clone(&d.dW.A, &dW->A, err));
    SPX_TRY(spx_mat_clone(&d.dW.B, &dW->B, err));
    SPX_TRY(spx_mat_clone(&d.K, K, err));
    SPX_TRY(SPX_NEW(&d.before, n, err));
    memcpy(d.before, w, n * sizeof *w);
    spx_update_round(&d.dW);
    SPX_TRY(spx_update_write(&d.dW, w, err));
    *out = d;
    d = (spx_deferred){0};
out:
    if (st != SPX_OK && d.before) memcpy(w, d.before, n * sizeof *w);
    spx_deferred_free(&d);
    return st;
}

spx_status spx_deferred_choose(spx_deferred *d, const spx_edit *s, const spx_mat *W, float *w,
                               spx_update *dW, spx_error *err)
{
    memcpy(w, d->before, W->rows * W->cols * sizeof *w);
    *dW = d->dW;
    d->dW = (spx_update){0};
    return spx_edit_choose(s, W, dW, err);
}

void spx_deferred_free(spx_deferred *d)
{
    spx_update_free(&d->dW);
    spx_mat_free(&d->K);
    spx_free(d->before);
    *d = (spx_deferred){0};
}
