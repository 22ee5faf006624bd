/* outcome.c: figures, tables and the report of a plan whose arms are done. */
#include "outcome.h"

#include "command.h"
#include "report.h"

#include "spx/file.h"
#include "spx/store.h"

#include <string.h>

#define PATH_SIZE 4096

/* Figures of spx-plot in the order of the report. The first arm must have the series `needs` and so
 * many stages. */
static const struct {
    const char *name, *caption, *needs;
    size_t stages;
} figures[] = {
    {"collapse", "Abilities against edits, with 95 % intervals.", NULL, 1},
    {"subspace", "Dominant subspaces against edits, means over the edited matrices.", NULL, 1},
    {"timeline", "When each quantity breaks: the knot of a broken line and its 95 % interval.",
     NULL, 7},
    {"norm", "Norms and ranks against edits, means over the edited matrices.", NULL, 1},
    {"spectrum", "Singular values of the last edited matrix, a line a stage.", NULL, 1},
    {"angles",
     "Principal angles between the last edited matrix's dominant subspace and the base's.", NULL,
     1},
    {"overtaking",
     "The rank that each dominant triple of the base holds in the last edited matrix now.", NULL,
     2},
    {"layers", "SVS of every edited layer at every stage.", NULL, 1},
    {"bars", "Abilities at the last stage, with 95 % intervals.", NULL, 1},
    {"frontier", "Paraphrases against neighbours at the last stage; numbers are tau.",
     "evaluation/paraphrase_success", 1},
};
enum { FIGURES = sizeof figures / sizeof *figures };

/* Which of the figures the arms can show. */
static spx_status find_figures(const outcome *o, bool *drawn, spx_error *err)
{
    spx_store *s = NULL;
    const spx_status st = spx_store_open(o->path[0], SPX_STORE_READ, &s, err);
    for (size_t i = 0; st == SPX_OK && i < FIGURES; i++)
        drawn[i] = spx_store_stages(s) >= figures[i].stages &&
                   (!figures[i].needs || spx_store_has(s, figures[i].needs));
    spx_store_close(s);
    return st;
}

static spx_status draw(const outcome *o, const char *figure, const char *ending, spx_error *err)
{
    command c = {0};
    char path[PATH_SIZE];
    command_tool(&c, "spx-plot");
    command_word(&c, figure);
    for (size_t i = 0; i < o->n; i++) command_word(&c, o->path[i]);
    snprintf(path, sizeof path, "%s/%s.%s", o->folder, figure, ending);
    command_word(&c, "-o");
    command_word(&c, path);
    const spx_status st = command_run(&c, err);
    command_free(&c);
    return st;
}

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

/* drawn: which of the figures there are. */
static spx_status write_report(const outcome *o, const summary_row *rows, size_t n,
                               const bool *drawn, spx_error *err)
{
    char paths[FIGURES][PATH_SIZE], path[PATH_SIZE];
    report_figure shown[FIGURES];
    report r = {.title = o->title,
                .command = cli.command,
                .rows = rows,
                .n = n,
                .figure = shown,
                .run = o->path,
                .runs = o->n};
    for (size_t i = 0; i < FIGURES; i++) {
        snprintf(paths[i], PATH_SIZE, "%s/%s.svg", o->folder, figures[i].name);
        if (drawn[i]) shown[r.figures++] = (report_figure){paths[i], figures[i].caption};
    }
    snprintf(path, sizeof path, "%s/report.html", o->folder);
    return report_write(&r, path, err);
}

spx_status outcome_write(const outcome *o, spx_error *err)
{
    static const char *const endings[] = {"pdf", "png", "svg"};
    spx_status st = SPX_OK;
    summary_row *rows = NULL;
    size_t n = 0;
    bool drawn[FIGURES] = {false};
    SPX_TRY(find_figures(o, drawn, err));
    for (size_t f = 0; f < FIGURES; f++)
        for (size_t e = 0; drawn[f] && e < 3; e++)
            SPX_TRY(draw(o, figures[f].name, endings[e], err));
    SPX_TRY(summary_read(o->path, o->name, o->n, &rows, &n, err));
    SPX_TRY(write_summary(o, rows, n, "summary.tsv", SUMMARY_TSV, err));
    SPX_TRY(write_summary(o, rows, n, "summary.md", SUMMARY_MARKDOWN, err));
    SPX_TRY(write_summary(o, rows, n, "summary.tex", SUMMARY_LATEX, err));
    SPX_TRY(write_report(o, rows, n, drawn, err));
    summary_write(stdout, SUMMARY_TSV, rows, n);
out:
    spx_free(rows);
    return st;
}
