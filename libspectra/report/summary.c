/* summary.c: the table that compares the arms of a plan, like Table 1 of arXiv 2601.11042. */
#include "report/summary.h"

#include "spx/statistics.h"
#include "spx/store.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *heading;
} metrics[SUMMARY_METRICS] = {
    {"rewrite_success", "success"},
    {"rewrite_acc", "argmax"},
    {"paraphrase_success", "paraphrases"},
    {"neighborhood_success", "neighbours"},
    {"perplexity", "perplexity"},
    {"lambada", "LAMBADA"},
    {"zsre_efficacy", "zsRE"},
    {"zsre_generalization", "zsRE rephrased"},
    {"zsre_specificity", "zsRE others"},
};

/* A series' value at a stage; NaN if there is none. */
static double value_at(const spx_store *s, const char *group, const char *name, size_t stage)
{
    spx_mat v = {0};
    const spx_status st = spx_store_get(s, group, name, &v, NULL);
    const double out = st == SPX_OK && stage < v.rows ? v.data[stage * v.ld] : (double)NAN;
    spx_mat_free(&v);
    return out;
}

/* The last stage at which any of the metrics was measured: where a run that is not finished is. */
static size_t last_measured(const spx_store *s)
{
    for (size_t stage = spx_store_stages(s) - 1; stage > 0; stage--)
        for (size_t i = 0; i < SUMMARY_METRICS; i++)
            if (isfinite(value_at(s, "evaluation", metrics[i].name, stage))) return stage;
    return 0;
}

/* What an edit cost: every part of a round but measuring, over all rounds. */
static double seconds_an_edit(const spx_store *s)
{
    static const char *const parts[] = {"seconds_targets", "seconds_keys", "seconds_solves",
                                        "seconds_filter"};
    double sum = 0, edits = 0;
    char *name = NULL;
    if (spx_store_stage(s, spx_store_stages(s) - 1, &name, &edits, NULL) != SPX_OK) return 0;
    spx_free(name);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        spx_mat v = {0};
        if (spx_store_get(s, "timing", parts[p], &v, NULL) != SPX_OK) continue;
        for (size_t i = 0; i < v.rows; i++) sum += isnan(v.data[i * v.ld]) ? 0 : v.data[i * v.ld];
        spx_mat_free(&v);
    }
    return edits > 0 ? sum / edits : 0;
}

static spx_status read_run(const char *path, const char *name, summary_row *row, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char *stage = NULL;
    *row = (summary_row){.runs = 1};
    snprintf(row->arm, sizeof row->arm, "%s", name);
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (spx_store_stages(s) == 0) SPX_RAISE(err, SPX_EINVAL, "%s: has no stages", path);
    const size_t last = last_measured(s);
    SPX_TRY(spx_store_stage(s, last, &stage, &row->edits, err));
    settings_read(s, &row->of);
    row->seconds = seconds_an_edit(s);
    row->peak = value_at(s, "timing", "peak_memory", last) / 1048576;
    for (size_t i = 0; i < SUMMARY_METRICS; i++) {
        char end[64];
        row->value[i] = value_at(s, "evaluation", metrics[i].name, last);
        snprintf(end, sizeof end, "%s_lo", metrics[i].name);
        row->lo[i] = value_at(s, "evaluation", end, last);
        snprintf(end, sizeof end, "%s_hi", metrics[i].name);
        row->hi[i] = value_at(s, "evaluation", end, last);
    }
out:
    spx_free(stage);
    spx_store_close(s);
    return st;
}

static bool repeats(const summary_row *a, const summary_row *b)
{
    return settings_repeat(&a->of, &b->of) && a->edits == b->edits;
}

/* The runs like all[first], from there on, into one row; x: n doubles of workspace. */
static void gather(const summary_row *all, size_t first, size_t n, double *x, summary_row *row)
{
    *row = all[first];
    row->runs = 0;
    row->seconds = row->peak = 0;
    for (size_t j = first; j < n; j++) {
        if (!repeats(&all[first], &all[j])) continue;
        row->runs++;
        row->seconds += all[j].seconds;
        row->peak += all[j].peak;
    }
    row->seconds /= (double)row->runs;
    row->peak /= (double)row->runs;
    for (size_t i = 0; row->runs > 1 && i < SUMMARY_METRICS; i++) {
        size_t runs = 0;
        for (size_t j = first; j < n; j++)
            if (repeats(&all[first], &all[j])) x[runs++] = all[j].value[i];
        const spx_mean m = spx_mean_of(x, runs);
        row->value[i] = m.mean, row->lo[i] = m.lo, row->hi[i] = m.hi;
    }
}

static void compare(summary_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const summary_row *plain = NULL;
        for (size_t j = 0; j < n && !plain; j++)
            if (strcmp(rows[j].of.filter, "none") == 0 && rows[j].edits == rows[i].edits &&
                strcmp(rows[j].of.editor, rows[i].of.editor) == 0)
                plain = &rows[j];
        for (size_t k = 0; k < SUMMARY_METRICS; k++)
            rows[i].change[k] =
                plain && plain != &rows[i] ? rows[i].value[k] / plain->value[k] - 1 : (double)NAN;
    }
}

spx_status summary_read(const char *const *path, const char *const *name, size_t n,
                        summary_row **out, size_t *count, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *all = NULL, *rows = NULL, *x = NULL;
    *out = NULL;
    *count = 0;
    SPX_TRY(spx_scratch_alloc(&tmp, &all, n, sizeof(summary_row), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &x, n, sizeof(double), err));
    SPX_TRY(spx_alloc(&rows, n, sizeof(summary_row), err));
    const summary_row *run = all;
    for (size_t i = 0; i < n; i++) SPX_TRY(read_run(path[i], name[i], (summary_row *)all + i, err));
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t j = 0; j < i; j++) again |= repeats(&run[j], &run[i]);
        if (!again) gather(all, i, n, x, (summary_row *)rows + (*count)++);
    }
    compare(rows, *count);
    *out = rows;
    rows = NULL;
out:
    spx_free(rows);
    spx_scratch_free(&tmp);
    return st;
}

static void put_number(FILE *to, double v)
{
    if (isfinite(v))
        fprintf(to, "%.4g", v);
    else
        fputs("NaN", to);
}

static void write_tsv(FILE *to, const summary_row *rows, size_t n)
{
    fputs("arm\tedits\teditor\tsetting\truns", to);
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        fprintf(to, "\t%s\t%s_lo\t%s_hi\t%s_change", metrics[i].name, metrics[i].name,
                metrics[i].name, metrics[i].name);
    fputs("\tseconds_an_edit\tpeak_mib\n", to);
    for (const summary_row *r = rows; r < rows + n; r++) {
        fprintf(to, "%s\t%.0f\t%s\t%s\t%zu", r->arm, r->edits, r->of.editor, r->of.filter, r->runs);
        for (size_t i = 0; i < SUMMARY_METRICS; i++) {
            const double cells[] = {r->value[i], r->lo[i], r->hi[i], r->change[i]};
            for (size_t k = 0; k < 4; k++) {
                fputc('\t', to);
                put_number(to, cells[k]);
            }
        }
        fprintf(to, "\t%.3f\t%.0f\n", r->seconds, r->peak);
    }
}

/* How a table for reading is written. A separator stands between cells. */
typedef struct layout {
    const char *begin, *head, *head_cell, *rule, *head_end; /* rule: one a column */
    const char *row, *cell, *separator, *row_end, *end;
    const char *missing, *change, *percent; /* around a relative change */
    const char *within;                     /* before half an interval's width */
} layout;

static const layout layouts[] = {
    [SUMMARY_MARKDOWN] = {"", "| ", "", "---|", "\n", "| ", "", " | ", " |\n", "", "", " (", " %)",
                          " ± "},
    [SUMMARY_LATEX] = {"% needs booktabs\n\\begin{tabular}{llrrrrrrrrrrr}\n\\toprule\n", "", "", "",
                       " \\\\\n\\midrule\n", "", "", " & ", " \\\\\n",
                       "\\bottomrule\n\\end{tabular}\n", "--", " {\\scriptsize (", "\\,\\%)}",
                       "\\,$\\pm$\\,"},
    [SUMMARY_HTML] = {"<table class=\"sortable\">\n<thead>", "<tr>", "<th>", "",
                      "</tr></thead>\n<tbody>\n", "<tr>", "<td>", "", "</tr>\n",
                      "</tbody>\n</table>\n", "", " <small>", " %</small>", " ± "},
};

static void put_cell(FILE *to, const layout *l, const char *before, const char *text, bool first)
{
    fprintf(to, "%s%s%s", first ? "" : l->separator, before, text);
}

/* A name, with what LaTeX would read as its own taken literally. */
static void put_name(FILE *to, const layout *l, const char *text, bool first)
{
    char out[256];
    size_t n = 0;
    for (; *text && n + 2 < sizeof out; text++) {
        if (l == &layouts[SUMMARY_LATEX] && strchr("_&%#$", *text)) out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = '\0';
    put_cell(to, l, l->cell, out, first);
}

/* Has any row a number of it? */
static bool known(const summary_row *rows, size_t n, size_t metric)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(rows[i].value[metric])) return true;
    return false;
}

static void write_head(FILE *to, const layout *l, const bool *shown)
{
    static const char *const left[] = {"editor", "filter", "edits", "runs"};
    size_t columns = 4;
    fprintf(to, "%s%s", l->begin, l->head);
    for (size_t i = 0; i < 4; i++) put_cell(to, l, l->head_cell, left[i], i == 0);
    for (size_t i = 0; i < SUMMARY_METRICS; i++) {
        if (!shown[i]) continue;
        put_cell(to, l, l->head_cell, metrics[i].heading, false);
        columns++;
    }
    if (*l->rule) fputs(" |\n|", to);
    for (size_t i = 0; i < columns; i++) fputs(l->rule, to);
    fputs(l->head_end, to);
}

/* A value, half of its interval, its change against the unfiltered editor. */
static void metric_text(const layout *l, const summary_row *r, size_t i, char *out, size_t size)
{
    char change[32] = "", half[32] = "";
    const double width = r->hi[i] - r->lo[i];
    if (isfinite(r->change[i])) snprintf(change, sizeof change, "%+.1f", 100 * r->change[i]);
    if (isfinite(width)) snprintf(half, sizeof half, "%s%.1f", l->within, width / 2);
    if (!isfinite(r->value[i]))
        snprintf(out, size, "%s", l->missing);
    else
        snprintf(out, size, "%.1f%s%s%s%s", r->value[i], half, *change ? l->change : "", change,
                 *change ? l->percent : "");
}

static void write_row(FILE *to, const layout *l, const summary_row *r, const bool *shown)
{
    char text[128];
    fputs(l->row, to);
    put_name(to, l, r->of.editor, true);
    put_name(to, l, r->of.filter, false);
    snprintf(text, sizeof text, "%.0f", r->edits);
    put_cell(to, l, l->cell, text, false);
    snprintf(text, sizeof text, "%zu", r->runs);
    put_cell(to, l, l->cell, text, false);
    for (size_t i = 0; i < SUMMARY_METRICS; i++) {
        if (!shown[i]) continue;
        metric_text(l, r, i, text, sizeof text);
        put_cell(to, l, l->cell, text, false);
    }
    fputs(l->row_end, to);
}

void summary_write(FILE *to, summary_form form, const summary_row *rows, size_t n)
{
    bool shown[SUMMARY_METRICS];
    if (form == SUMMARY_TSV) {
        write_tsv(to, rows, n);
        return;
    }
    for (size_t i = 0; i < SUMMARY_METRICS; i++) shown[i] = known(rows, n, i);
    write_head(to, &layouts[form], shown);
    for (size_t i = 0; i < n; i++) write_row(to, &layouts[form], &rows[i], shown);
    fputs(layouts[form].end, to);
}
