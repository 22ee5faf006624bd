/* run.c: rounds of edits, one after another, until the last one or until it is stopped. */
#include "spx/run.h"

#include "run/session.h"

#include "spx/params.h"

#include <unistd.h>

spx_run_spec spx_run_defaults(void)
{
    spx_run_spec spec = {0};
    spx_params_default(&spec);
    return spec;
}

/* Continues where the run file ends: with its weights and key histories. */
static spx_status restore(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *store = NULL;
    SPX_TRY(spx_store_open(s->control->output, SPX_STORE_READ, &store, err));
    SPX_TRY(provenance_compare(s, store, err));
    for (size_t i = 0; i < s->spec->layers; i++) SPX_TRY(weight_restore(s, &s->at[i], store, err));
    s->done = spx_store_stages(store) - 1;
    s->ledger = spx_ledger_is_kept(store);
    SPX_TRY(history_restore(s, store, err));
    for (size_t i = 0; i < s->spec->layers && s->done > 0; i++) {
        s->at[i].decomposition = NULL;
        if (!s->editor->finish) SPX_TRY(matrix_decompose(s, &s->at[i], err));
    }
out:
    spx_store_close(store);
    return st;
}

spx_status spx_run(const spx_run_spec *spec, const spx_run_control *control, spx_error *err)
{
    spx_status st = SPX_OK;
    session s = {0};
    const bool exists = access(control->output, F_OK) == 0;
    if (exists && !control->resume)
        SPX_RAISE(err, SPX_EINVAL, "%s already exists; resume it or remove it", control->output);
    SPX_TRY(session_open(&s, spec, control, err));
    s.ledger = control->ledger;
    if (exists)
        SPX_TRY(restore(&s, err));
    else
        SPX_TRY(record_stage(&s, 0, NULL, err));
    for (size_t round = s.done + 1; round <= spec->rounds; round++) {
        round_report report = {0};
        if (control->stop && control->stop())
            SPX_RAISE(err, SPX_EINTR, "%s holds %zu of %zu rounds; resume it to continue",
                      control->output, round - 1, spec->rounds);
        SPX_TRY(edit_round(&s, round, &report, err));
        SPX_TRY(record_stage(&s, round, &report, err));
    }
out:
    if (s.spec) session_close(&s);
    return st;
}
