/* figure_series.c: quantities, a panel each: at every stage, a line an arm, or at the last stage, a
 * bar an arm; repetitions of an arm are averaged.
 *
 * $data, a row a stage of a line:
 *
 *     column    | 1     | 2      | 3 ...
 *     holds     | line  | edits  | of every panel its value, and where it has a band _lo and _hi
 */
#include "report/figures.h"

#include "spx/statistics.h"

#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 2 + 3 * MAX_PANELS };

/* Columns of a panel in the data. */
static size_t width_of(const panel *q) { return q->band ? 3 : 1; }

/* band1 .., column1 ..: where each panel's values stand in the data. Fills the columns' names. */
static size_t lay_out_columns(spx_plot *p, const panel *panels, char names[MAX_COLUMNS][64])
{
    static const char *const endings[] = {"", "_lo", "_hi"};
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
            snprintf(names[column++], 64, "%s%s", q->quantity, endings[k]);
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

/* The rows of one arm: its line's number, edits, and every panel's values. */
static spx_status arm_rows(const arms *a, size_t arm, const panel *panels, spx_mat *rows,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *edits = NULL;
    size_t column = 2;
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, rows->rows, err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    for (size_t s = 0; s < rows->rows; s++) {
        rows->data[s * rows->ld] = (double)(a->line[arm] + 1);
        rows->data[s * rows->ld + 1] = edits[s];
    }
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = 0; k < width_of(q); k++)
            SPX_TRY(figures_series(a, arm, q, k, rows->data + column++, rows->ld, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The first row becomes the mean over all rows that have a number, with Student's interval; where
 * only one has, it is mean and ends. x: workspace of as many values as there are rows. */
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
        const spx_mean m = spx_mean_of(x, n);
        const double values[] = {m.mean, n > 1 ? m.lo : m.mean, n > 1 ? m.hi : m.mean};
        memcpy(&rows->data[column], values, width_of(q) * sizeof(double));
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
        const size_t stages = spx_store_stages(a->store[i]);
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
    for (size_t i = 0; i < a->n; i++) rows += spx_store_stages(a->store[i]);
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
    for (size_t j = 0; j < columns; j++) names[j] = text[j];
    for (size_t i = 0; i < a->n; i++) rows += spx_store_stages(a->store[i]);
    SPX_TRY(spx_mat_scratch(&tmp, &all, rows, columns, err));
    SPX_TRY(all_rows(a, panels, last, &all, err));
    figures_describe(to->plot, panels);
    figures_emit(a, to, names, &all);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status figures_draw_series(const figure *f, const arms *a, const sink *to, const char *axis,
                               bool logarithmic, spx_error *err)
{
    spx_plot_set_text(to->plot, "xname", axis);
    spx_plot_set_number(to->plot, "xlog", logarithmic);
    return draw_panels(f, a, to, false, err);
}

spx_status figures_draw_last(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw_panels(f, a, to, true, err);
}
