/* outcome.c: tables and the report of what a plan's arms have come to. */
#include "spx/outcome.h"

#include "report/alarm_table.h"
#include "report/figure_set.h"

#include "spx/file.h"

#include <string.h>

#define PATH_SIZE 4096

/* Opens FOLDER/NAME.part, which close_table puts in place. */
static spx_status open_table(const spx_outcome *o, const char *name, char part[PATH_SIZE],
                             FILE **out, spx_error *err)
{
    snprintf(part, PATH_SIZE, "%s/%s.part", o->folder, name);
    *out = fopen(part, "w");
    return *out ? SPX_OK : spx_fail_path(err, part);
}

static spx_status close_table(FILE *to, const char *part, spx_error *err)
{
    char path[PATH_SIZE];
    const bool bad = ferror(to) != 0;
    if (fclose(to) != 0 || bad) return spx_fail_path(err, part);
    snprintf(path, sizeof path, "%.*s", (int)(strlen(part) - strlen(".part")), part);
    return spx_file_commit(part, path, err);
}

static spx_status write_summary(const spx_outcome *o, const summary_row *rows, size_t n,
                                const char *name, summary_form form, spx_error *err)
{
    char part[PATH_SIZE];
    FILE *to = NULL;
    const spx_status st = open_table(o, name, part, &to, err);
    if (st != SPX_OK) return st;
    summary_write(to, form, rows, n);
    return close_table(to, part, err);
}

static spx_status write_alarms(const spx_outcome *o, const warning_count *alarms, size_t n,
                               spx_error *err)
{
    char part[PATH_SIZE];
    FILE *to = NULL;
    const spx_status st = open_table(o, "alarms.tsv", part, &to, err);
    if (st != SPX_OK) return st;
    warnings_write_counts(to, alarms, n);
    return close_table(to, part, err);
}

static spx_status write_report(const spx_outcome *o, report *r, spx_error *err)
{
    char path[PATH_SIZE];
    r->title = o->title;
    r->command = o->command;
    r->run = o->path;
    r->runs = o->n;
    snprintf(path, sizeof path, "%s/report.html", o->folder);
    return report_write(r, path, err);
}

static spx_status write_tables(const spx_outcome *o, const summary_row *rows, size_t n,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(write_summary(o, rows, n, "summary.tsv", SUMMARY_TSV, err));
    SPX_TRY(write_summary(o, rows, n, "summary.md", SUMMARY_MARKDOWN, err));
    SPX_TRY(write_summary(o, rows, n, "summary.tex", SUMMARY_LATEX, err));
    summary_write(o->print, SUMMARY_TSV, rows, n);
out:
    return st;
}

spx_status spx_outcome_write(const spx_outcome *o, spx_error *err)
{
    spx_status st = SPX_OK, drawn = SPX_OK;
    spx_scratch tmp = {0};
    spx_error failed = {0};
    summary_row *rows = NULL;
    warning_count *alarms = NULL;
    report_figure *pictures = NULL;
    report r = {0};
    SPX_TRY(summary_read(o->path, o->name, o->n, &rows, &r.n, err));
    SPX_TRY(write_tables(o, rows, r.n, err));
    SPX_TRY(warnings_of_outcome(o, &alarms, &r.alarms, &tmp, err));
    if (r.alarms) SPX_TRY(write_alarms(o, alarms, r.alarms, err));
    r.alarm = alarms;
    drawn = drawings_make(o, r.alarms > 0, &pictures, &r.figures, &tmp, &failed);
    r.rows = rows;
    r.figure = pictures;
    SPX_TRY(write_report(o, &r, err));
out:
    spx_free(rows);
    spx_scratch_free(&tmp);
    if (st != SPX_OK || drawn == SPX_OK) return st;
    *err = failed;
    return drawn;
}
