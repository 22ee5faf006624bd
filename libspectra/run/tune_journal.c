/* tune_journal.c: what tuning has finished, kept so that nothing is done twice. */
#include "run/tuner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

spx_status tune_recall(tuner *t, size_t item, double *x, size_t n, bool *there, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes bytes = {0};
    *there = spx_journal_has(t->journal, item);
    if (!*there) return SPX_OK;
    SPX_TRY(spx_journal_get(t->journal, item, &bytes, err));
    if (bytes.size != n * sizeof *x)
        SPX_RAISE(err, SPX_EFORMAT, "%s: item %zu has %zu bytes (expected %zu)",
                  spx_journal_path(t->journal), item, bytes.size, n * sizeof *x);
    memcpy(x, bytes.data, bytes.size);
    t->spent += x[0];
out:
    spx_bytes_free(&bytes);
    return st;
}

spx_status tune_keep(tuner *t, size_t item, double *x, size_t n, double began, spx_error *err)
{
    spx_status st = SPX_OK;
    x[0] = spx_seconds() - began;
    SPX_TRY(spx_journal_add(t->journal, item, x, n * sizeof *x, err));
    t->spent += x[0];
    if (t->o->stop && t->o->stop())
        SPX_RAISE(err, SPX_EINTR, "%s holds what is done; give the same command again to continue",
                  spx_journal_path(t->journal));
out:
    return st;
}

void tune_say(const tuner *t, const char *format, ...)
{
    char line[512];
    va_list args;
    if (!t->o->say) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    t->o->say(line);
}
