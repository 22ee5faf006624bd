/* run.c: rounds of edits, one after another, until the last one or until it is stopped. */
#include "spx/run.h"

#include "run/session.h"

#include "spx/params.h"

#include <stdio.h>
#include <unistd.h>

spx_run_spec spx_run_defaults(void)
{
    spx_run_spec spec = {0};
    spx_params_default(&spec);
    return spec;
}

static void name_first(void *arg, const char *path, const char *what)
{
    char *first = arg;
    if (!*first) snprintf(first, 512, "%.200s is %.250s", path, what);
}

/* What rounds will copy without reading it must be whole. */
static spx_status check_file(const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    char first[512] = "";
    size_t found = 0;
    SPX_TRY(spx_store_check(path, name_first, first, &found, err));
    if (found) SPX_RAISE(err, SPX_EFORMAT, "%s: %s", path, first);
out:
    return st;
}

/* Continues where the run file ends: with its weights and key histories. */
static spx_status restore(session *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *store = NULL;
    SPX_TRY(check_file(s->control->output, err));
    SPX_TRY(spx_store_open(s->control->output, SPX_STORE_READ, &store, err));
    SPX_TRY(provenance_compare(s, store, err));
    s->done = spx_store_stages(store) - 1;
    s->ledger = spx_ledger_is_kept(store);
    SPX_TRY(restart_restore(s, store, err));
    SPX_TRY(history_restore(s, store, err));
    SPX_TRY(simie_restore(s, err));
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
    SPX_TRY(session_open(&s, spec, control, NULL, err));
    s.ledger = control->ledger;
    if (exists)
        SPX_TRY(restore(&s, err));
    else
        SPX_TRY(record_stage(&s, 0, NULL, err));
    s.begun = spx_seconds();
    for (size_t round = s.done + 1; round <= spec->rounds; round++) {
        round_report report = {0};
        if (control->stop && control->stop())
            SPX_RAISE(err, SPX_EINTR, "%s holds %zu of %zu rounds; resume it to continue",
                      control->output, round - 1, spec->rounds);
        SPX_TRY(edit_round(&s, round, &report, err));
        SPX_TRY(record_stage(&s, round, &report, err));
    }
    SPX_TRY(spx_store_join(control->output, err));
out:
    if (s.spec) session_close(&s);
    return st;
}
