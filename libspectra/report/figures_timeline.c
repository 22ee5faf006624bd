/* figures_timeline.c: when each quantity of each arm breaks. */
#include "report/figures.h"

#include "spx/statistics.h"

#include <math.h>

static const panel panels_of_timeline[] = {
    {"rewrite_success", "edited facts", "", .band = true, .edited = true},
    {"neighborhood_success", "neighbours", "", .band = true},
    {"perplexity", "log perplexity", "", .logarithmic = true, .band = true},
    {"lambada", "LAMBADA", "", .band = true},
    {"lss_g", "LSS-G", "", .of_tensors = true},
    {"svs", "SVS", "", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "", .of_tensors = true},
    {"fro_ratio", "Frobenius norm", "", .of_tensors = true},
    {0},
};

/* $data: arm, quantity (1 ..), knot, lower and upper end of its interval, slopes before and
 * after. */
enum { COLUMNS = 7 };

/* Row of one arm and quantity; the logarithm where it is drawn on a logarithmic axis. */
static spx_status put_break(const arms *a, size_t arm, const panel *q, double *row, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_break b;
    double *edits = NULL, *y = NULL;
    const size_t stages = spx_store_stages(a->store[arm]);
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, stages, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &y, stages, err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    SPX_TRY(figures_series(a, arm, q, 0, y, 1, err));
    for (size_t i = 0; i < stages; i++) {
        if (q->logarithmic) y[i] = log(y[i]);
        if (q->edited && edits[i] == 0) y[i] = (double)NAN;
    }
    SPX_TRY(spx_break_find(edits, y, stages, &b, err));
    row[2] = b.at;
    row[3] = b.lo;
    row[4] = b.hi;
    row[5] = b.before;
    row[6] = b.after;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status most_edits(const arms *a, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = 0;
    for (size_t i = 0; i < a->n; i++) {
        const spx_store *s = a->store[i];
        double edits = 0;
        SPX_TRY(run_file_edits_at(s, spx_store_stages(s) - 1, &edits, err));
        *out = fmax(*out, edits);
    }
out:
    return st;
}

static spx_status draw_timeline(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[COLUMNS] = {"arm",      "quantity",     "break",      "break_lo",
                                               "break_hi", "slope_before", "slope_after"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    panel panels[MAX_PANELS + 1];
    size_t n = 0, found = 0;
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
            SPX_TRY(put_break(a, i, &panels[j], row, err));
            found += i < a->shown && isfinite(row[2]);
        }
    if (found == 0)
        SPX_RAISE(err, SPX_ENOTFOUND,
                  "%s: no quantity breaks, or fewer than 6 stages were measured",
                  spx_store_path(a->store[0]));
    figures_describe(to->plot, a, panels);
    spx_plot_set_number(to->plot, "most_edits", most > 0 ? most : 1);
    const sink named = {.plot = to->plot, .table = to->table, .quantity = panels};
    figures_emit(a, &named, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_timeline = {
    .about = {.name = "timeline",
              .summary = "when each quantity breaks",
              .caption = "When each quantity breaks: the knot of a broken line and its 95 % "
                         "interval.",
              .template_file = "timeline.gp",
              .picture = "analysis/timeline"},
    .panels = panels_of_timeline,
    .height = 8,
    .needs = "tensors",
    .stages = 7,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_timeline,
};
