/* run_file.c: what the report reads of a run file. */
#include "report/run_file.h"

#include "spx/file.h"
#include "spx/filter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool run_file_lacks(spx_status st)
{
    if (st == SPX_ENOMEM) spx_file_trouble("memory", ENOMEM);
    return st != SPX_OK;
}

void run_file_text(const spx_store *s, const char *attribute, char *out, size_t size)
{
    char *text = NULL;
    if (!run_file_lacks(spx_store_get_text(s, "", attribute, &text, NULL)))
        snprintf(out, size, "%s", text);
    spx_free(text);
}

/* The first word counts: a run with feedback records "none with feedback". */
bool run_file_unfiltered(const spx_store *s)
{
    char filter[64] = "none";
    run_file_text(s, "filter", filter, sizeof filter);
    filter[strcspn(filter, " ")] = '\0';
    return spx_filter_is_none(filter);
}

double run_file_value(const spx_store *s, const char *group, const char *name, size_t stage)
{
    spx_mat v = {0};
    const bool lacks = run_file_lacks(spx_store_get(s, group, name, &v, NULL));
    const double out = !lacks && stage < v.rows ? v.data[stage * v.ld] : (double)NAN;
    spx_mat_free(&v);
    return out;
}

spx_status run_file_edits_at(const spx_store *s, size_t stage, double *out, spx_error *err)
{
    char *name = NULL;
    const spx_status st = spx_store_stage(s, stage, &name, out, err);
    spx_free(name);
    return st;
}

spx_status run_file_edits(const spx_store *s, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_store_stages(s); i++) SPX_TRY(run_file_edits_at(s, i, &out[i], err));
out:
    return st;
}
