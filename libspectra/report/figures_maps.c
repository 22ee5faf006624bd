/* figures_maps.c: matrices that a run file keeps row by row at every stage: facts of every round
 * tested again, where the change lies on the base's grid of singular directions; a panel an arm. */
#include "report/figures.h"

#include "spx/change.h"

#include <math.h>

/* The last row that has a number; rows if none has. */
static size_t last_row(const spx_mat *v)
{
    for (size_t s = v->rows; s > 0; s--)
        if (isfinite(v->data[(s - 1) * v->ld])) return s - 1;
    return v->rows;
}

static spx_status edits_at(const spx_store *s, size_t stage, double *out, spx_error *err)
{
    char *name = NULL;
    const spx_status st = spx_store_stage(s, stage, &name, out, err);
    spx_free(name);
    return st;
}

/* Rows of one arm's triangle from `at` on: arm, stage, edits, round, value. */
static spx_status fill_triangle(const spx_store *s, size_t arm, const spx_mat *v, double *at,
                                spx_error *err)
{
    for (size_t stage = 0; stage < v->rows; stage++) {
        double edits = 0;
        const spx_status st = edits_at(s, stage, &edits, err);
        if (st != SPX_OK) return st;
        for (size_t j = 0; j < v->cols; j++, at += 5) {
            const double row[] = {(double)(arm + 1), (double)stage, edits, (double)(j + 1),
                                  v->data[stage * v->ld + j]};
            for (size_t c = 0; c < 5; c++) at[c] = row[c];
        }
    }
    return SPX_OK;
}

spx_status figure_retention(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const char *const names[] = {"arm", "stage", "edits", "round", a->metric};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data, of_arm[SPX_NAMES_MAX] = {{0}};
    size_t total = 0;
    double *at = NULL;
    (void)f;
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(spx_store_get(a->store[i], "retention", a->metric, &of_arm[i], err));
        total += of_arm[i].rows * of_arm[i].cols;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &data, total, 5, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(fill_triangle(a->store[i], i, &of_arm[i], at, err));
        at += 5 * of_arm[i].rows * of_arm[i].cols;
    }
    spx_plot_set_text(to->plot, "metric", a->metric);
    spx_plot_set_number(to->plot, "columns", (double)a->columns);
    figures_emit(a, to, names, &data);
out:
    for (size_t i = 0; i < a->n; i++) spx_mat_free(&of_arm[i]);
    spx_scratch_free(&tmp);
    return st;
}

/* The share of a matrix's directions that are dominant, in tenths. */
static spx_status dominant_tenths(const spx_store *s, const char *group, double *out,
                                  spx_error *err)
{
    spx_mat theta = {0}, sigma = {0};
    spx_status st = spx_store_get(s, group, "theta_u", &theta, err);
    if (st == SPX_OK) st = spx_store_get(s, group, "sigma", &sigma, err);
    if (st == SPX_OK) *out = (double)SPX_DECILES * (double)theta.cols / (double)sigma.cols;
    spx_mat_free(&theta);
    spx_mat_free(&sigma);
    return st;
}

/* The map of an arm's last tensor at the last stage that has one: arm, edits, output, input, % of
 * the change. */
static spx_status fill_map(const arms *a, size_t arm, spx_mat *rows, double *tenths, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_store *s = a->store[arm];
    char tensor[600], group[640];
    spx_mat map = {0};
    double edits = 0;
    SPX_TRY(figures_last_tensor(a, arm, tensor, err));
    snprintf(group, sizeof group, "tensors/%s", tensor);
    SPX_TRY(spx_store_get(s, group, "change_map", &map, err));
    const size_t stage = last_row(&map);
    if (stage == map.rows || map.cols != rows->rows)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: %s has no map of its change", spx_store_path(s), tensor);
    SPX_TRY(edits_at(s, stage, &edits, err));
    SPX_TRY(dominant_tenths(s, group, tenths, err));
    for (size_t c = 0; c < rows->rows; c++) {
        const size_t output = c / SPX_DECILES + 1, input = c % SPX_DECILES + 1;
        const double row[] = {(double)(arm + 1), edits, (double)output, (double)input,
                              100 * map.data[stage * map.ld + c]};
        for (size_t j = 0; j < 5; j++) rows->data[c * rows->ld + j] = row[j];
    }
out:
    spx_mat_free(&map);
    return st;
}

spx_status figure_alpha(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[] = {"arm", "edits", "output", "input", "percent"};
    const size_t cells = (size_t)SPX_DECILES * SPX_DECILES;
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    (void)f;
    SPX_TRY(spx_mat_scratch(&tmp, &data, a->n * cells, 5, err));
    for (size_t i = 0; i < a->n; i++) {
        char name[32];
        double tenths = 0;
        spx_mat part = spx_mat_view(&data, i * cells, 0, cells, 5);
        SPX_TRY(fill_map(a, i, &part, &tenths, err));
        snprintf(name, sizeof name, "dominant%zu", i + 1);
        spx_plot_set_number(to->plot, name, tenths);
    }
    spx_plot_set_number(to->plot, "columns", (double)a->columns);
    figures_emit(a, to, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}
