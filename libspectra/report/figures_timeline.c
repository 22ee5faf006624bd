/* figures_timeline.c: when each quantity of each arm breaks. */
#include "report/figures.h"

#include "spx/statistics.h"

#include <math.h>

/* $data: arm, quantity (1 ..), knot, lower, upper end of its interval, slopes before and after. */
enum { COLUMNS = 7 };

/* Row of one arm and quantity; the logarithm where it is drawn on a logarithmic axis. */
static spx_status row_of(const arms *a, size_t arm, const panel *q, double *row, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_break b;
    void *mem = NULL;
    const size_t stages = spx_store_stages(a->store[arm]);
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, 2 * stages, sizeof(double), err));
    double *edits = mem, *y = edits + stages;
    SPX_TRY(figures_edits(a->store[arm], edits, err));
    SPX_TRY(figures_series(a, arm, q, 0, y, 1, err));
    for (size_t i = 0; i < stages; i++) {
        if (q->logarithmic) y[i] = log(y[i]);
        if (q->edited && edits[i] == 0) y[i] = (double)NAN;
    }
    SPX_TRY(spx_break_find(edits, y, stages, &b, err));
    const double values[] = {b.at, b.lo, b.hi, b.before, b.after};
    for (size_t i = 0; i < 5; i++) row[2 + i] = values[i];
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status most_edits(const arms *a, double *out, spx_error *err)
{
    *out = 0;
    for (size_t i = 0; i < a->n; i++) {
        char *name = NULL;
        double edits = 0;
        const spx_status st =
            spx_store_stage(a->store[i], spx_store_stages(a->store[i]) - 1, &name, &edits, err);
        spx_free(name);
        if (st != SPX_OK) return st;
        *out = fmax(*out, edits);
    }
    return SPX_OK;
}

spx_status figure_timeline(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[COLUMNS] = {"arm",      "quantity",     "break",      "break_lo",
                                               "break_hi", "slope_before", "slope_after"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    panel panels[MAX_PANELS + 1];
    size_t n = 0;
    double most = 0, *row = NULL;
    SPX_TRY(figures_panels(f->panels, a, panels, err));
    SPX_TRY(most_edits(a, &most, err));
    while (panels[n].quantity) n++;
    SPX_TRY(spx_mat_scratch(&tmp, &data, a->n * n, COLUMNS, err));
    row = data.data;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < n; j++, row += data.ld) {
            row[0] = (double)(i + 1);
            row[1] = (double)(j + 1);
            SPX_TRY(row_of(a, i, &panels[j], row, err));
        }
    figures_describe(to->plot, panels);
    spx_plot_set_number(to->plot, "most_edits", most > 0 ? most : 1);
    const sink named = {to->plot, to->table, panels};
    figures_emit(a, &named, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}
