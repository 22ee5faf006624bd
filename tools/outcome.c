/* outcome.c: tables and the report of what a plan's arms have come to. */
#include "outcome.h"

#include "drawings.h"

#include "spx/file.h"

#include <string.h>

#define PATH_SIZE 4096

static spx_status write_summary(const outcome *o, const summary_row *rows, size_t n,
                                const char *name, summary_form form, spx_error *err)
{
    char path[PATH_SIZE], part[PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s/%s", o->folder, name);
    snprintf(part, sizeof part, "%s.part", path);
    FILE *to = fopen(part, "w");
    if (!to) return spx_fail_path(err, part);
    summary_write(to, form, rows, n);
    const bool bad = ferror(to) != 0;
    if (fclose(to) != 0 || bad) return spx_fail_path(err, part);
    return spx_file_commit(part, path, err);
}

static spx_status write_report(const outcome *o, report *r, spx_error *err)
{
    char path[PATH_SIZE];
    r->title = o->title;
    r->command = cli.command;
    r->run = o->path;
    r->runs = o->n;
    snprintf(path, sizeof path, "%s/report.html", o->folder);
    return report_write(r, path, err);
}

static spx_status write_tables(const outcome *o, const summary_row *rows, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(write_summary(o, rows, n, "summary.tsv", SUMMARY_TSV, err));
    SPX_TRY(write_summary(o, rows, n, "summary.md", SUMMARY_MARKDOWN, err));
    SPX_TRY(write_summary(o, rows, n, "summary.tex", SUMMARY_LATEX, err));
    summary_write(stdout, SUMMARY_TSV, rows, n);
out:
    return st;
}

spx_status outcome_write(const outcome *o, spx_error *err)
{
    spx_status st = SPX_OK, drawn = SPX_OK;
    spx_scratch tmp = {0};
    spx_error failed = {0};
    summary_row *rows = NULL;
    report_figure *figure = NULL;
    report r = {0};
    SPX_TRY(summary_read(o->path, o->name, o->n, &rows, &r.n, err));
    SPX_TRY(write_tables(o, rows, r.n, err));
    drawn = drawings_make(o, &figure, &r.figures, &tmp, &failed);
    r.rows = rows;
    r.figure = figure;
    SPX_TRY(write_report(o, &r, err));
out:
    spx_free(rows);
    spx_scratch_free(&tmp);
    if (st != SPX_OK || drawn == SPX_OK) return st;
    *err = failed;
    return drawn;
}
