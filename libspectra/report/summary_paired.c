/* summary_paired.c: the arms of a summary beside the first one, item by item. */
#include "report/paired_arms.h"
#include "report/summary.h"

#include <math.h>

/* The run files of one row. */
static spx_status open_runs(const char *const *path, const size_t *row_of, size_t n, size_t row,
                            spx_store **run, size_t *runs, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < n; i++) {
        if (row_of[i] != row) continue;
        SPX_TRY(spx_store_open(path[i], SPX_STORE_READ, &run[*runs], err));
        ++*runs;
    }
out:
    return st;
}

static void close_runs(spx_store **run, size_t n)
{
    for (size_t i = 0; i < n; i++) spx_store_close(run[i]);
}

static spx_status pair_row(const arm_runs *reference, const arm_runs *arm, summary_row *row,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t k = 0; k < SUMMARY_METRICS; k++)
        SPX_TRY(paired_arms_test(reference, arm, summary_metric_name(k), row->edits,
                                 &row->paired[k], err));
out:
    return st;
}

spx_status summary_pair(const char *const *path, const size_t *row_of, size_t n, summary_row *rows,
                        size_t count, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_store **first = NULL, **run = NULL;
    size_t firsts = 0, runs = 0;
    for (size_t r = 0; r < count; r++)
        for (size_t k = 0; k < SUMMARY_METRICS; k++) rows[r].paired[k].p = (double)NAN;
    SPX_TRY(SPX_SCRATCH(&tmp, &first, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &run, n, err));
    SPX_TRY(open_runs(path, row_of, n, 0, first, &firsts, err));
    const arm_runs reference = {first, firsts};
    for (size_t r = 1; r < count; r++) {
        SPX_TRY(open_runs(path, row_of, n, r, run, &runs, err));
        SPX_TRY(pair_row(&reference, &(arm_runs){run, runs}, &rows[r], err));
        close_runs(run, runs);
        runs = 0;
    }
out:
    close_runs(first, firsts);
    close_runs(run, runs);
    spx_scratch_free(&tmp);
    return st;
}

/* True if some row was paired on the metric. */
static bool is_paired(const summary_row *rows, size_t n, size_t metric)
{
    for (size_t r = 1; r < n; r++)
        if (rows[r].paired[metric].items > 0) return true;
    return false;
}

bool summary_has_pairs(const summary_row *rows, size_t n)
{
    for (size_t k = 0; k < SUMMARY_METRICS; k++)
        if (is_paired(rows, n, k)) return true;
    return false;
}

static void put_paired_row(table *t, const summary_row *row, const bool *shown)
{
    table_text(t, row->arm);
    for (size_t k = 0; k < SUMMARY_METRICS; k++) {
        const spx_discordance *d = &row->paired[k];
        if (shown[k]) table_paired(t, d->p, d->lost, d->gained, d->items);
    }
}

void summary_write_pairs(FILE *to, table_form form, const summary_row *rows, size_t n)
{
    bool shown[SUMMARY_METRICS];
    size_t columns = 1;
    for (size_t k = 0; k < SUMMARY_METRICS; k++) columns += shown[k] = is_paired(rows, n, k);
    table t = table_open(to, form, columns, 1);
    table_text(&t, "arm");
    for (size_t k = 0; k < SUMMARY_METRICS; k++)
        if (shown[k]) table_text(&t, summary_metric_heading(k));
    for (size_t r = 1; r < n; r++) put_paired_row(&t, &rows[r], shown);
    table_close(&t);
}
