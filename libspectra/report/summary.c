/* summary.c: the table that compares the arms of a plan, like Table 1 of arXiv 2601.11042. */
#include "report/summary.h"

#include "report/run_file.h"

#include "spx/filter.h"
#include "spx/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *heading;
    bool share; /* of 100; else a perplexity */
} metrics[SUMMARY_METRICS] = {
    {"rewrite_success", "success", true},
    {"rewrite_acc", "argmax", true},
    {"paraphrase_success", "paraphrases", true},
    {"neighborhood_success", "neighbours", true},
    {"perplexity", "perplexity", false},
    {"lambada", "LAMBADA", true},
    {"zsre_efficacy", "zsRE", true},
    {"zsre_generalization", "zsRE rephrased", true},
    {"zsre_specificity", "zsRE others", true},
};

size_t summary_metric(const char *name)
{
    size_t i = 0;
    while (i + 1 < SUMMARY_METRICS && strcmp(metrics[i].name, name) != 0) i++;
    return i;
}

const char *summary_metric_name(size_t i) { return metrics[i].name; }

const char *summary_metric_heading(size_t i) { return metrics[i].heading; }

/* The last stage at which any of the metrics was measured: the end of a run that is not
 * finished. */
static size_t last_measured_stage(const spx_store *s)
{
    for (size_t stage = spx_store_stages(s) - 1; stage > 0; stage--)
        for (size_t i = 0; i < SUMMARY_METRICS; i++)
            if (isfinite(run_file_value(s, "evaluation", metrics[i].name, stage))) return stage;
    return 0;
}

/* What an edit cost: every part of a round but measuring, over all rounds. */
static double seconds_an_edit(const spx_store *s)
{
    static const char *const parts[] = {"seconds_targets", "seconds_keys", "seconds_solves",
                                        "seconds_filter"};
    double sum = 0, edits = 0;
    if (run_file_lacks(run_file_edits_at(s, spx_store_stages(s) - 1, &edits, NULL))) return 0;
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        spx_mat v = {0};
        if (run_file_lacks(spx_store_get(s, "timing", parts[p], &v, NULL))) continue;
        for (size_t i = 0; i < v.rows; i++) sum += isnan(v.data[i * v.ld]) ? 0 : v.data[i * v.ld];
        spx_mat_free(&v);
    }
    return edits > 0 ? sum / edits : 0;
}

/* A metric with its interval at a stage. */
static void read_metric(const spx_store *s, const char *name, size_t stage, double *value,
                        double *lo, double *hi)
{
    char end[64];
    *value = run_file_value(s, "evaluation", name, stage);
    snprintf(end, sizeof end, "%s_lo", name);
    *lo = run_file_value(s, "evaluation", end, stage);
    snprintf(end, sizeof end, "%s_hi", name);
    *hi = run_file_value(s, "evaluation", end, stage);
}

static spx_status read_run(const char *path, const char *name, summary_row *row, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    char items[64];
    *row = (summary_row){.runs = 1};
    snprintf(row->arm, sizeof row->arm, "%s", name);
    SPX_TRY(spx_store_open(path, SPX_STORE_READ, &s, err));
    if (spx_store_stages(s) == 0) SPX_RAISE(err, SPX_EINVAL, "%s: has no stages", path);
    const size_t last = last_measured_stage(s);
    SPX_TRY(run_file_edits_at(s, last, &row->edits, err));
    settings_read(s, &row->of);
    row->seconds = seconds_an_edit(s);
    row->peak = run_file_value(s, "timing", "peak_memory", last) / 1048576;
    for (size_t i = 0; i < SUMMARY_METRICS; i++) {
        read_metric(s, metrics[i].name, last, &row->value[i], &row->lo[i], &row->hi[i]);
        read_metric(s, metrics[i].name, 0, &row->before[i], &row->before_lo[i], &row->before_hi[i]);
        snprintf(items, sizeof items, "%s_items", metrics[i].name);
        row->items[i] = run_file_value(s, "evaluation", items, last);
    }
out:
    spx_store_close(s);
    return st;
}

static bool repeats(const summary_row *a, const summary_row *b)
{
    return settings_repeat(&a->of, &b->of) && a->edits == b->edits;
}

/* The runs like all[first], from there on, as one row. x: workspace of n values. */
static void join_runs(const summary_row *all, size_t first, size_t n, double *x, summary_row *row)
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
        row->items[i] = 0;
        for (size_t j = first; j < n; j++) {
            if (!repeats(&all[first], &all[j])) continue;
            x[runs++] = all[j].value[i];
            row->items[i] += all[j].items[i];
        }
        const spx_mean m = metrics[i].share ? spx_mean_of(x, runs) : spx_mean_of_logs(x, runs);
        row->value[i] = m.mean, row->lo[i] = m.lo, row->hi[i] = m.hi;
    }
}

/* The row of the same editor without a filter, after as many edits; NULL if there is none. */
static const summary_row *find_unfiltered(const summary_row *rows, size_t n, const summary_row *of)
{
    for (const summary_row *r = rows; r < rows + n; r++)
        if (spx_filter_is_none(r->of.filter) && r->edits == of->edits &&
            strcmp(r->of.editor, of->of.editor) == 0)
            return r;
    return NULL;
}

static bool too_few(const summary_row *row, size_t metric)
{
    return row->items[metric] < SUMMARY_ITEMS;
}

static void compare_with_unfiltered(summary_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const summary_row *plain = find_unfiltered(rows, n, &rows[i]);
        for (size_t k = 0; k < SUMMARY_METRICS; k++)
            rows[i].change[k] =
                plain && plain != &rows[i] && !too_few(plain, k) && !too_few(&rows[i], k)
                    ? rows[i].value[k] / plain->value[k] - 1
                    : (double)NAN;
    }
}

spx_status summary_read(const char *const *path, const char *const *name, size_t n,
                        summary_row **out, size_t *count, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    summary_row *run = NULL, *rows = NULL;
    double *x = NULL;
    size_t *row_of = NULL;
    *out = NULL;
    *count = 0;
    SPX_TRY(SPX_SCRATCH(&tmp, &run, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &x, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &row_of, n, err));
    SPX_TRY(SPX_NEW(&rows, n, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(read_run(path[i], name[i], &run[i], err));
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < i && !repeats(&run[j], &run[i])) j++;
        row_of[i] = j < i ? row_of[j] : *count;
        if (j == i) join_runs(run, i, n, x, &rows[(*count)++]);
    }
    compare_with_unfiltered(rows, *count);
    SPX_TRY(summary_pair(path, row_of, n, rows, *count, err));
    *out = rows;
    rows = NULL;
out:
    spx_free(rows);
    spx_scratch_free(&tmp);
    return st;
}

/* What a row is beside the first one, last in its line. */
enum { PAIRED_COLUMNS = 4 };
static const char *const paired_endings[PAIRED_COLUMNS] = {"pairs", "lost", "gained", "p"};

static void put_tsv_headings(table *t)
{
    static const char *const first[] = {"arm", "edits", "editor", "setting", "runs"},
                             *const endings[] = {"", "_lo", "_hi", "_change"};
    table_headings(t, first, 5);
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        for (size_t k = 0; k < 4; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s", metrics[i].name, endings[k]);
            table_text(t, name);
        }
    table_text(t, "seconds_an_edit");
    table_text(t, "peak_mib");
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        for (size_t k = 0; metrics[i].share && k < PAIRED_COLUMNS; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s_%s", metrics[i].name, paired_endings[k]);
            table_text(t, name);
        }
}

static void put_tsv_pairs(table *t, const summary_row *r)
{
    for (size_t i = 0; i < SUMMARY_METRICS; i++) {
        const spx_discordance *d = &r->paired[i];
        if (!metrics[i].share) continue;
        table_count(t, d->items);
        table_count(t, d->lost);
        table_count(t, d->gained);
        table_number(t, d->p, 4);
    }
}

static void write_tsv(FILE *to, const summary_row *rows, size_t n)
{
    size_t columns = 5 + 4 * SUMMARY_METRICS + 2;
    for (size_t i = 0; i < SUMMARY_METRICS; i++) columns += metrics[i].share ? PAIRED_COLUMNS : 0;
    table t = table_open(to, TABLE_TSV, columns, 1);
    put_tsv_headings(&t);
    for (const summary_row *r = rows; r < rows + n; r++) {
        table_text(&t, r->arm);
        table_fixed(&t, r->edits, 0);
        table_text(&t, r->of.editor);
        table_text(&t, r->of.filter);
        table_count(&t, r->runs);
        for (size_t i = 0; i < SUMMARY_METRICS; i++) {
            table_number(&t, r->value[i], 4);
            table_number(&t, r->lo[i], 4);
            table_number(&t, r->hi[i], 4);
            table_number(&t, r->change[i], 4);
        }
        table_fixed(&t, r->seconds, 3);
        table_fixed(&t, r->peak, 0);
        put_tsv_pairs(&t, r);
    }
    table_close(&t);
}

/* True if some row has a number of the metric. */
static bool has_metric(const summary_row *rows, size_t n, size_t metric)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(rows[i].value[metric])) return true;
    return false;
}

/* An end of an interval as it can be: Student's over few runs may reach past what a share can. */
static double bound(size_t metric, double x)
{
    return metrics[metric].share ? fmin(fmax(x, 0), 100) : fmax(x, 0);
}

/* The editor, and the arm too where another row has the same editor, filter and edits. */
static void put_editor(table *t, const summary_row *rows, size_t n, const summary_row *r)
{
    char both[sizeof r->of.editor + sizeof r->arm + 4];
    bool told = true;
    for (const summary_row *x = rows; x < rows + n; x++)
        told = told && (x == r || x->edits != r->edits || strcmp(x->of.editor, r->of.editor) != 0 ||
                        strcmp(x->of.filter, r->of.filter) != 0);
    snprintf(both, sizeof both, "%s (%s)", r->of.editor, r->arm);
    table_text(t, told ? r->of.editor : both);
}

static void put_reading_row(table *t, const summary_row *rows, size_t n, const summary_row *r,
                            const bool *shown)
{
    const double no = (double)NAN;
    put_editor(t, rows, n, r);
    table_text(t, r->of.filter);
    table_fixed(t, r->edits, 0);
    table_count(t, r->runs);
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        if (shown[i])
            table_measured(t, r->value[i], isnan(r->lo[i]) ? no : bound(i, r->lo[i]),
                           isnan(r->hi[i]) ? no : bound(i, r->hi[i]),
                           t->form == TABLE_LATEX ? no : 100 * r->change[i]);
}

static void write_for_reading(FILE *to, table_form form, const summary_row *rows, size_t n)
{
    static const char *const first[] = {"editor", "filter", "edits", "runs"};
    bool shown[SUMMARY_METRICS];
    size_t columns = 4;
    for (size_t i = 0; i < SUMMARY_METRICS; i++) columns += shown[i] = has_metric(rows, n, i);
    table t = table_open(to, form, columns, 2);
    table_headings(&t, first, 4);
    for (size_t i = 0; i < SUMMARY_METRICS; i++)
        if (shown[i]) table_text(&t, metrics[i].heading);
    for (size_t i = 0; i < n; i++) put_reading_row(&t, rows, n, &rows[i], shown);
    table_close(&t);
}

void summary_write(FILE *to, table_form form, const summary_row *rows, size_t n)
{
    if (form == TABLE_TSV)
        write_tsv(to, rows, n);
    else
        write_for_reading(to, form, rows, n);
}
