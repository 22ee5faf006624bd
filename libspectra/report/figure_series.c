/* figure_series.c: quantities, a panel each: at every stage, a line an arm, or at the last stage, a
 * bar an arm; repetitions of an arm are averaged.
 *
 * $data, a row a stage of a line:
 *
 *     column    | 1     | 2      | 3 ...
 *     holds     | line  | edits  | of every panel its value, and where it has a band _lo and _hi
 */
#include "report/arm_settings.h"
#include "report/figures.h"

#include "spx/filter.h"
#include "spx/statistics.h"

#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 2 + 3 * MAX_PANELS + 2 * MAX_PANELS }; /* and those of figure_paired.c */

/* Rows of an arm: its stages, after the base where that is not one of them. */
static size_t rows_of(const arms *a, size_t arm)
{
    return spx_store_stages(a->store[arm]) + figures_lacks_base(a, arm);
}

/* Columns of a panel in the data. */
static size_t width_of(const panel *q) { return q->band ? 3 : 1; }

/* band1 .., column1 ..: where each panel's values stand in the data. Fills the columns' names. */
static size_t lay_out_columns(spx_plot *p, const panel *panels, char names[MAX_COLUMNS][64])
{
    static const char *const endings[2][3] = {{"", "_lo", "_hi"}, {"", "_min", "_max"}};
    char name[32];
    size_t n = 0, column = 2;
    snprintf(names[0], sizeof names[0], "arm");
    snprintf(names[1], sizeof names[1], "edits");
    for (const panel *q = panels; q->quantity; q++) {
        n++;
        snprintf(name, sizeof name, "band%zu", n);
        spx_plot_set_number(p, name, q->band);
        snprintf(name, sizeof name, "column%zu", n);
        spx_plot_set_number(p, name, (double)(column + 1));
        for (size_t k = 0; k < width_of(q); k++)
            snprintf(names[column++], 64, "%s%s%s", q->quantity, q->to_base ? "_ratio" : "",
                     endings[q->of_tensors][k]);
    }
    return column;
}

/* Sorts by edits: a sweep begins with the unchanged model, wherever its place on the axis is. */
static void sort_by_edits(spx_mat *rows)
{
    for (size_t i = 1; i < rows->rows; i++)
        for (size_t j = i; j > 0; j--) {
            double *a = rows->data + (j - 1) * rows->ld, *b = a + rows->ld;
            if (a[1] <= b[1]) break;
            for (size_t c = 0; c < rows->cols; c++) {
                const double t = a[c];
                a[c] = b[c], b[c] = t;
            }
        }
}

/* What is known of the base though it is not in the run file: it is like itself. */
static void put_base(const panel *panels, double place, double *row)
{
    size_t column = 2;
    row[1] = place - 1;
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = 0; k < width_of(q); k++)
            row[column++] =
                q->range == RANGE_SIMILARITY || q->range == RANGE_RATIO ? 1 : (double)NAN;
}

/* The rows of one arm: its line's number, edits, and every panel's values. */
static spx_status arm_rows(const arms *a, size_t arm, const panel *panels, spx_mat *rows,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *edits = NULL;
    size_t column = 2;
    const size_t before = figures_lacks_base(a, arm), stages = rows->rows - before;
    double *first = rows->data + before * rows->ld;
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, stages, err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    for (size_t i = 0; i < rows->rows; i++) rows->data[i * rows->ld] = (double)(a->line[arm] + 1);
    for (size_t s = 0; s < stages; s++) first[s * rows->ld + 1] = edits[s];
    if (before) put_base(panels, edits[0], rows->data);
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = 0; k < width_of(q); k++)
            SPX_TRY(figures_series(a, arm, q, k, first + column++, rows->ld, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The ends of what several runs have over tensors: the least and the largest of all. */
static void widen_rows(spx_mat *rows, size_t column)
{
    double *first = rows->data;
    for (size_t i = 1; i < rows->rows; i++) {
        const double *row = rows->data + i * rows->ld;
        first[column + 1] = fmin(first[column + 1], row[column + 1]);
        first[column + 2] = fmax(first[column + 2], row[column + 2]);
    }
}

/* The first row becomes the mean over all rows that have a number, the geometric one on a
 * logarithmic axis, with Student's interval, of tensors with the range of all; where only one has,
 * it is mean and ends. x: workspace of as many values as there are rows. */
static void average_rows(spx_mat *rows, const panel *panels, double *x)
{
    size_t column = 2;
    for (const panel *q = panels; q->quantity; column += width_of(q), q++) {
        size_t n = 0;
        for (size_t i = 0; i < rows->rows; i++) {
            const double value = rows->data[i * rows->ld + column];
            if (!isnan(value)) x[n++] = value;
        }
        if (n == 0) continue;
        const spx_mean m = q->logarithmic ? spx_mean_of_logs(x, n) : spx_mean_of(x, n);
        const double values[] = {m.mean, n > 1 ? m.lo : m.mean, n > 1 ? m.hi : m.mean};
        memcpy(&rows->data[column], values, (q->of_tensors ? 1 : width_of(q)) * sizeof(double));
        if (q->of_tensors && q->band) widen_rows(rows, column);
    }
}

/* Rows of several arms, sorted by edits, become one for each number of edits. Returns how many. */
static size_t average_arms(spx_mat *rows, const panel *panels, double *x)
{
    size_t kept = 0, next = 0;
    for (size_t i = 0; i < rows->rows; i = next) {
        const double edits = rows->data[i * rows->ld + 1];
        for (next = i + 1; next < rows->rows; next++)
            if (rows->data[next * rows->ld + 1] != edits) break;
        spx_mat same = spx_mat_view(rows, i, 0, next - i, rows->cols);
        average_rows(&same, panels, x);
        memmove(&rows->data[kept++ * rows->ld], same.data, rows->cols * sizeof(double));
    }
    return kept;
}

/* The rows of one line into the first of `rows`; *used: how many. */
static spx_status line_rows(const arms *a, size_t line, const panel *panels, spx_mat *rows,
                            size_t *used, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *x = NULL;
    size_t n = 0;
    *used = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (a->line[i] != line) continue;
        const size_t stages = rows_of(a, i);
        spx_mat part = spx_mat_view(rows, *used, 0, stages, rows->cols);
        SPX_TRY(arm_rows(a, i, panels, &part, err));
        *used += stages;
        n++;
    }
    spx_mat all = spx_mat_view(rows, 0, 0, *used, rows->cols);
    sort_by_edits(&all);
    if (n < 2) goto out;
    SPX_TRY(SPX_SCRATCH(&tmp, &x, *used, err));
    *used = average_arms(&all, panels, x);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The last stage of a line's rows that has numbers. */
static size_t last_measured(const spx_mat *rows)
{
    for (size_t s = rows->rows; s > 1; s--)
        for (size_t j = 2; j < rows->cols; j++)
            if (isfinite(rows->data[(s - 1) * rows->ld + j])) return s - 1;
    return 0;
}

/* The rows of all lines, or of each line the last one. */
static spx_status all_rows(const arms *a, const panel *panels, bool last, spx_mat *all,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    size_t at = 0, used = 0;
    for (size_t line = 0; line < a->lines; line++) {
        spx_mat rows = spx_mat_view(all, at, 0, all->rows - at, all->cols);
        SPX_TRY(line_rows(a, line, panels, &rows, &used, err));
        const spx_mat of_line = spx_mat_view(&rows, 0, 0, used, all->cols);
        if (last)
            memmove(rows.data, &rows.data[last_measured(&of_line) * rows.ld],
                    all->cols * sizeof(double));
        at += last ? 1 : used;
    }
    all->rows = at;
out:
    return st;
}

/* Takes out the panels that no row of an arm that is shown has a value for. */
static void drop_empty_panels(const arms *a, const spx_mat *all, panel *panels)
{
    size_t n = 0, column = 2;
    for (const panel *q = panels; q->quantity; q++) {
        const panel this = *q;
        bool any = false;
        for (size_t i = 0; i < all->rows; i++) {
            const double *row = all->data + i * all->ld;
            any |= (size_t)row[0] <= a->shown_lines && isfinite(row[column]);
        }
        if (any) panels[n++] = this;
        column += width_of(&this);
    }
    panels[n] = (panel){0};
}

/* The panels that have something at the last stages. */
static spx_status last_panels(const arms *a, panel *panels, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat all;
    size_t columns = 2, rows = 0;
    for (const panel *q = panels; q->quantity; q++) columns += width_of(q);
    for (size_t i = 0; i < a->n; i++) rows += rows_of(a, i);
    SPX_TRY(spx_mat_scratch(&tmp, &all, rows, columns, err));
    SPX_TRY(all_rows(a, panels, true, &all, err));
    drop_empty_panels(a, &all, panels);
    if (!panels->quantity)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: nothing was evaluated at the last stage",
                  spx_store_path(a->store[0]));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* What the mean of tensors is over, for a line under the panels: "mean of the 5 of 30 matrices
 * that changed; band: least to largest". */
static spx_status set_note(const arms *a, const panel *panels, spx_plot *p, spx_error *err)
{
    spx_status st = SPX_OK;
    figure_tensors t = {0};
    char text[160] = "";
    size_t changed = 0, of = 0;
    bool same = true;
    for (size_t i = 0; panels->of_tensors && i < a->shown; i++) {
        SPX_TRY(figures_tensors(a, i, &t, err));
        same = same && (i == 0 || (t.changed == changed && t.matched == of));
        changed = t.changed, of = t.matched;
        figures_free_tensors(&t);
    }
    if (panels->of_tensors && !same)
        snprintf(text, sizeof text, "mean of the changed matrices; band: least to largest");
    else if (changed > 0 && changed < of)
        snprintf(text, sizeof text,
                 "mean of the %zu of %zu matrices that changed; band: least to largest", changed,
                 of);
    else if (of > 1)
        snprintf(text, sizeof text, "mean of %zu matrices; band: least to largest", of);
    spx_plot_set_text(p, "note", text);
out:
    figures_free_tensors(&t);
    return st;
}

/* reference1 ..: the line without a filter of each line's editor; itself if there is none. */
static void set_references(const arms *a, spx_plot *p, const settings *s)
{
    for (size_t i = 0; i < a->shown_lines; i++) {
        char name[32];
        size_t of = i;
        for (size_t j = 0; of == i && j < a->shown_lines; j++)
            if (strcmp(s[j].editor, s[i].editor) == 0 && spx_filter_is_none(s[j].filter)) of = j;
        snprintf(name, sizeof name, "reference%zu", i + 1);
        spx_plot_set_number(p, name, (double)(of + 1));
    }
}

static spx_status find_references(const arms *a, spx_plot *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    settings *s = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &s, a->shown_lines, err));
    for (size_t i = 0; i < a->shown_lines; i++) settings_read(a->store[figures_first(a, i)], &s[i]);
    set_references(a, p, s);
    spx_plot_set_number(p, "matrix", FIGURE_MATRIX);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status draw_panels(const figure *f, const arms *a, const sink *to, bool last,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat all;
    panel panels[MAX_PANELS + 1];
    char text[MAX_COLUMNS][64];
    const char *names[MAX_COLUMNS];
    size_t rows = 0;
    SPX_TRY(figures_panels(f->panels, a, panels, err));
    for (panel *q = panels; q->quantity; q++) q->band |= a->lines < a->n;
    if (last) SPX_TRY(last_panels(a, panels, err));
    const size_t columns = lay_out_columns(to->plot, panels, text);
    for (size_t i = 0; i < a->n; i++) rows += rows_of(a, i);
    SPX_TRY(spx_mat_scratch(&tmp, &all, rows, MAX_COLUMNS, err));
    all.cols = columns;
    SPX_TRY(all_rows(a, panels, last, &all, err));
    if (last) SPX_TRY(figures_pair(a, panels, to->plot, text, &all, err));
    for (size_t j = 0; j < all.cols; j++) names[j] = text[j];
    figures_describe(to->plot, a, panels);
    SPX_TRY(set_note(a, panels, to->plot, err));
    if (last) SPX_TRY(find_references(a, to->plot, err));
    figures_emit(a, to, names, &all);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status figures_draw_series(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    spx_plot_set_text(to->plot, "xname", f->axis ? f->axis : a->named ? "" : "edits");
    spx_plot_set_number(to->plot, "xlog", f->share_axis);
    return draw_panels(f, a, to, false, err);
}

spx_status figures_draw_last(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw_panels(f, a, to, true, err);
}
