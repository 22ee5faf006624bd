/* figure_paired.c: lines of a figure beside the first one on the items that they share, two columns
 * a panel at the end of $data: METRIC_pairs, how many items; METRIC_p, of McNemar's exact test. */
#include "report/figures.h"
#include "report/paired_arms.h"

#include <math.h>
#include <stdio.h>

/* The arms of a line; run: room for as many as there are arms. */
static arm_runs runs_of(const arms *a, size_t line, spx_store **run)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->line[i] == line) run[n++] = a->store[i];
    return (arm_runs){run, n};
}

static spx_status test_line(const arms *a, const arm_runs *reference, const panel *q, double *row,
                            size_t column, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_store **run = NULL;
    spx_discordance d;
    const size_t line = (size_t)row[0] - 1;
    row[column] = 0;
    row[column + 1] = (double)NAN;
    if (line == 0 || line >= a->shown_lines) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &run, a->n, err));
    const arm_runs of_line = runs_of(a, line, run);
    SPX_TRY(paired_arms_test(reference, &of_line, q->quantity, row[1], &d, err));
    row[column] = (double)d.items;
    row[column + 1] = d.p;
out:
    spx_scratch_free(&tmp);
    return st;
}

static bool is_shared(const spx_mat *data, size_t column)
{
    for (size_t i = 0; i < data->rows; i++)
        if (data->data[i * data->ld + column] > 0) return true;
    return false;
}

/* paired_with: what the first line is called; "": nothing is paired. */
static void name_reference(const arms *a, bool any, spx_plot *p)
{
    char label[FIGURE_LABEL];
    figures_label(a, 0, label);
    spx_plot_set_text(p, "paired_with", any ? label : "");
    spx_plot_set_number(p, "paired_level", PAIRED_LEVEL);
}

spx_status figures_pair(const arms *a, const panel *panels, spx_plot *p, char names[][64],
                        spx_mat *data, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_store **run = NULL;
    size_t n = 0, column = data->cols;
    SPX_TRY(SPX_SCRATCH(&tmp, &run, a->n, err));
    const arm_runs reference = runs_of(a, 0, run);
    for (const panel *q = panels; q->quantity; q++) {
        char name[32];
        for (size_t i = 0; i < data->rows; i++)
            SPX_TRY(test_line(a, &reference, q, data->data + i * data->ld, column, err));
        const bool shared = is_shared(data, column);
        snprintf(name, sizeof name, "paired%zu", ++n);
        spx_plot_set_number(p, name, shared ? (double)(column + 2) : 0);
        if (!shared) continue;
        snprintf(names[column++], 64, "%s_pairs", q->quantity);
        snprintf(names[column++], 64, "%s_p", q->quantity);
    }
    name_reference(a, column > data->cols, p);
    data->cols = column;
out:
    spx_scratch_free(&tmp);
    return st;
}
