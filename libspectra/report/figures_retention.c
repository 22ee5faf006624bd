/* figures_retention.c: facts of every round, tested again later; a panel an arm. */
#include "report/figures.h"

#include <math.h>

enum { COLUMNS = 5 };

/* Values of a stage; how many stages have some is added to *tested. */
static size_t count_values(const spx_mat *v, size_t *tested)
{
    size_t all = 0;
    for (size_t stage = 0; stage < v->rows; stage++) {
        size_t n = 0;
        for (size_t j = 0; j < v->cols; j++) n += isfinite(v->data[stage * v->ld + j]) != 0;
        *tested += n > 0;
        all += n;
    }
    return all;
}

/* Rows of one arm from *at on: arm, stage, edits, round, value. */
static spx_status put_triangle(const spx_store *s, size_t arm, const spx_mat *v, double **at,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t stage = 0; stage < v->rows; stage++) {
        double edits = 0;
        SPX_TRY(run_file_edits_at(s, stage, &edits, err));
        for (size_t j = 0; j < v->cols; j++) {
            const double value = v->data[stage * v->ld + j];
            if (!isfinite(value)) continue;
            const double row[COLUMNS] = {(double)(arm + 1), (double)stage, edits, (double)(j + 1),
                                         value};
            for (size_t k = 0; k < COLUMNS; k++) *(*at)++ = row[k];
        }
    }
out:
    return st;
}

/* The metric of an arm, stage x round. */
static spx_status get_metric(const arms *a, size_t arm, spx_mat *out, spx_error *err)
{
    spx_error why = {0};
    const spx_status st = spx_store_get(a->store[arm], "retention", a->metric, out, &why);
    if (st == SPX_ENOTFOUND) return figures_no_metric(a, arm, "retention", err);
    if (st != SPX_OK && err) *err = why;
    return st;
}

static spx_status draw_retention(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const char *const names[] = {"arm", "stage", "edits", "round", a->metric};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data, *of_arm = NULL;
    size_t total = 0, most = 0;
    double *at = NULL;
    (void)f;
    SPX_TRY(SPX_SCRATCH(&tmp, &of_arm, a->n, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(get_metric(a, i, &of_arm[i], err));
        size_t tested = 0;
        total += count_values(&of_arm[i], &tested);
        if (tested > most) most = tested;
    }
    if (total == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no fact of an earlier round was tested again",
                  spx_store_path(a->store[0]));
    SPX_TRY(spx_mat_scratch(&tmp, &data, total, COLUMNS, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++) SPX_TRY(put_triangle(a->store[i], i, &of_arm[i], &at, err));
    spx_plot_set_number(to->plot, "tested", (double)most);
    figures_set_scale(to->plot, a->metric);
    figures_emit(a, to, names, &data);
out:
    for (size_t i = 0; of_arm && i < a->n; i++) spx_mat_free(&of_arm[i]);
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_retention = {
    .about = {.name = "retention",
              .summary = "facts of every round, tested again later",
              .caption = "Facts of every round, tested again later.",
              .template_file = "retention.gp",
              .picture = "long-10000/retention",
              .metric = "rewrite_success"},
    .height = 7,
    .row = 5,
    .needs = "retention/rewrite_success",
    .stages = 2,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_retention,
};
