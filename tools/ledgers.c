/* ledger_names.c: which tensors of a run's ledger are meant. */
#include "replay.h"

#include "spx/arch.h"
#include "spx/ledger.h"

bool spx_ledger_chosen(const spx_names *globs, const char *tensor)
{
    for (size_t i = 0; i < globs->n; i++)
        if (spx_glob_match(globs->item[i], tensor)) return true;
    return globs->n == 0;
}

spx_status spx_ledger_some(const spx_store *s, const spx_names *globs, char ***names, size_t *n,
                           spx_error *err)
{
    const spx_status st = spx_ledger_tensors(s, names, n, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < *n; i++)
        if (spx_ledger_chosen(globs, (*names)[i])) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: the ledger has no tensor %s", spx_store_path(s),
                    globs->n ? globs->item[0] : "");
}

void ledgers_widen(const float *w, spx_mat *W)
{
    for (size_t i = 0; i < W->rows * W->cols; i++) W->data[i] = (double)w[i];
}
