/* outcome.c: tables and the report of what a plan's arms have come to. */
#include "spx/outcome.h"

#include "report/conclusion.h"
#include "report/figure_set.h"
#include "report/stage_tables.h"

#include "spx/output.h"

#include <string.h>

/* Markdown has the pairs too, under the table; TSV has them in its rows. */
static spx_status write_summary(const spx_outcome *o, const summary_row *rows, size_t n,
                                const char *name, table_form form, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[RUN_FILE_PATH];
    spx_output file = {0};
    snprintf(path, sizeof path, "%s/%s", o->folder, name);
    SPX_TRY(spx_output_open(&file, path, err));
    summary_write(file.to, form, rows, n);
    if (form == TABLE_MARKDOWN && summary_has_pairs(rows, n)) {
        fprintf(file.to,
                "\nBeside %s on the same items: McNemar's exact p (items lost, gained)\n\n",
                rows->arm);
        summary_write_pairs(file.to, form, rows, n);
    }
    SPX_TRY(spx_output_finish(&file, err));
out:
    return st;
}

static spx_status write_alarms(const spx_outcome *o, const alarm_count *alarms, size_t n,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    char path[RUN_FILE_PATH];
    spx_output file = {0};
    snprintf(path, sizeof path, "%s/alarms.tsv", o->folder);
    SPX_TRY(spx_output_open(&file, path, err));
    alarm_table_write_counts(file.to, TABLE_TSV, alarms, n);
    SPX_TRY(spx_output_finish(&file, err));
out:
    return st;
}

static void print_table(const spx_outcome *o, const html_page *page)
{
    char text[2048];
    if (!o->for_people) {
        summary_write(o->print, TABLE_TSV, page->rows, page->n);
        return;
    }
    conclusion_table(o->print, page->rows, page->n);
    conclusion_sentence(page->rows, page->n, text, sizeof text);
    if (*text) fprintf(o->print, "\n%s\n", text);
    if (o->remark) fprintf(o->print, "%s\n", o->remark);
}

static spx_status write_tables(const spx_outcome *o, const html_page *page, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(write_summary(o, page->rows, page->n, "summary.tsv", TABLE_TSV, err));
    SPX_TRY(write_summary(o, page->rows, page->n, "summary.md", TABLE_MARKDOWN, err));
    SPX_TRY(write_summary(o, page->rows, page->n, "summary.tex", TABLE_LATEX, err));
    print_table(o, page);
    if (page->alarms) SPX_TRY(write_alarms(o, page->alarm, page->alarms, err));
    SPX_TRY(stage_tables_write(o, err));
out:
    return st;
}

/* The page is written with the figures that could be drawn; the first that failed is the error. */
spx_status spx_outcome_write(const spx_outcome *o, spx_error *err)
{
    spx_status st = SPX_OK, drawn = SPX_OK;
    spx_scratch tmp = {0};
    spx_error failed = {0};
    summary_row *rows = NULL;
    alarm_count *alarms = NULL;
    html_figure *figures = NULL;
    html_page page = {.title = o->title,
                      .remark = o->remark,
                      .command = o->command,
                      .run = o->path,
                      .runs = o->n};
    char path[RUN_FILE_PATH];
    SPX_TRY(summary_read(o->path, o->name, o->n, &rows, &page.n, err));
    SPX_TRY(alarm_table_of_outcome(o, &alarms, &page.alarms, &tmp, err));
    page.rows = rows;
    page.alarm = alarms;
    SPX_TRY(write_tables(o, &page, err));
    drawn = figure_set_draw(o, page.alarms > 0, &figures, &page.figures, &tmp, &failed);
    page.figure = figures;
    snprintf(path, sizeof path, "%s/report.html", o->folder);
    SPX_TRY(html_write(&page, path, err));
out:
    for (size_t i = 0; i < page.figures; i++) html_figure_tidy(page.figure[i].path);
    spx_free(rows);
    spx_scratch_free(&tmp);
    if (st != SPX_OK || drawn == SPX_OK) return st;
    if (err) *err = failed;
    return drawn;
}
