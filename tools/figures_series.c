/* figures_series.c: quantities, a panel each: against edits, or what else the stages are, with a
 * line an arm, or at the last
 * stage with a bar an arm. */
#include "figures.h"
#include "settings.h"

#include "spx/statistics.h"

#include <math.h>
#include <string.h>

enum { MAX_COLUMNS = 2 + 3 * MAX_PANELS };

/* Columns of a panel in the data: the value, and its interval. */
static size_t width_of(const panel *q) { return q->band ? 3 : 1; }

/* band1 .., column1 ..: where each panel's values stand in the data. Fills the columns' names. */
static size_t lay_out(spx_plot *p, const panel *panels, char names[MAX_COLUMNS][64])
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

/* By the second column: a sweep begins with the model as it is, wherever that stands. */
static void sort_rows(spx_mat *rows)
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

/* The rows of one arm: its number, edits, and every panel's values. */
static spx_status arm_rows(const arms *a, size_t arm, const panel *panels, spx_mat *rows,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *mem = NULL;
    size_t column = 2;
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, rows->rows, sizeof(double), err));
    SPX_TRY(figures_edits(a->store[arm], mem, err));
    for (size_t s = 0; s < rows->rows; s++) {
        rows->data[s * rows->ld] = (double)(arm + 1);
        rows->data[s * rows->ld + 1] = ((double *)mem)[s];
    }
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = 0; k < width_of(q); k++)
            SPX_TRY(figures_series(a, arm, q, k, rows->data + column++, rows->ld, err));
    sort_rows(rows);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The last stage of an arm's rows that has numbers. */
static size_t last_measured(const spx_mat *rows)
{
    for (size_t s = rows->rows; s > 1; s--)
        for (size_t j = 2; j < rows->cols; j++)
            if (isfinite(rows->data[(s - 1) * rows->ld + j])) return s - 1;
    return 0;
}

/* Takes out of a column, as wide as the panel's, the values of arm i and its repeats into x. */
static size_t take(spx_mat *rows, size_t column, const panel *q, const settings *s, size_t i,
                   double *x)
{
    size_t n = 0;
    for (size_t j = i; j < rows->rows; j++) {
        double *value = &rows->data[j * rows->ld + column];
        if (isnan(*value) || !settings_repeat(&s[i], &s[j])) continue;
        x[n++] = *value;
        for (size_t k = 0; j > i && k < width_of(q); k++) value[k] = (double)NAN;
    }
    return n;
}

/* Values of arms that differ in the seed alone become their mean with Student's interval, in the
 * row of the first of them; the others' become NaN. s: the arms' settings; x: workspace, as long.
 */
static void average(spx_mat *rows, const panel *panels, const settings *s, double *x)
{
    size_t column = 2;
    for (const panel *q = panels; q->quantity; column += width_of(q), q++)
        for (size_t i = 0; i < rows->rows; i++) {
            const size_t n = take(rows, column, q, s, i, x);
            if (n < 2) continue;
            const spx_mean m = spx_mean_of(x, n);
            const double values[] = {m.mean, m.lo, m.hi};
            memcpy(&rows->data[i * rows->ld + column], values, width_of(q) * sizeof(double));
        }
}

static spx_status average_repeats(const arms *a, spx_mat *rows, const panel *panels, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    void *s = NULL, *x = NULL;
    SPX_TRY(spx_scratch_alloc(&tmp, &s, a->n, sizeof(settings), err));
    SPX_TRY(spx_scratch_alloc(&tmp, &x, a->n, sizeof(double), err));
    for (size_t i = 0; i < a->n; i++) settings_read(a->store[i], (settings *)s + i);
    average(rows, panels, s, x);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Every stage of every arm, or the last stage alone. */
static spx_status draw(const figure *f, const arms *a, const sink *to, bool last, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat all, kept;
    panel panels[MAX_PANELS + 1];
    char text[MAX_COLUMNS][64];
    const char *names[MAX_COLUMNS];
    size_t rows = 0, at = 0;
    SPX_TRY(figures_panels(f->panels, a, panels, err));
    const size_t columns = lay_out(to->plot, panels, text);
    for (size_t j = 0; j < columns; j++) names[j] = text[j];
    for (size_t i = 0; i < a->n; i++) rows += spx_store_stages(a->store[i]);
    SPX_TRY(spx_mat_scratch(&tmp, &all, rows, columns, err));
    SPX_TRY(spx_mat_scratch(&tmp, &kept, a->n, columns, err));
    for (size_t i = 0; i < a->n; i++) {
        const size_t stages = spx_store_stages(a->store[i]);
        spx_mat part = spx_mat_view(&all, at, 0, stages, columns);
        SPX_TRY(arm_rows(a, i, panels, &part, err));
        at += stages;
        const spx_mat end = spx_mat_view(&all, at - stages + last_measured(&part), 0, 1, columns);
        spx_mat row = spx_mat_view(&kept, i, 0, 1, columns);
        spx_mat_copy(&row, &end);
    }
    if (last) SPX_TRY(average_repeats(a, &kept, panels, err));
    figures_describe(to->plot, panels);
    figures_emit(a, to, names, last ? &kept : &all);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status draw_against(const char *name, bool logarithmic, const figure *f, const arms *a,
                               const sink *to, spx_error *err)
{
    spx_plot_set_text(to->plot, "xname", name);
    spx_plot_set_number(to->plot, "xlog", logarithmic);
    return draw(f, a, to, false, err);
}

spx_status figure_series(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw_against("edits", false, f, a, to, err);
}

spx_status figure_reconstruction(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw_against("kept of the spectrum / %", true, f, a, to, err);
}

spx_status figure_groups(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw_against("spectral group, 0: none", false, f, a, to, err);
}

spx_status figure_bars(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    return draw(f, a, to, true, err);
}
