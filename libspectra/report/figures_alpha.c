/* figures_alpha.c: where a change lies on the grid of the base's singular directions, in tenths of
 * them; a panel an arm. */
#include "report/figures.h"

#include "spx/change.h"

#include <math.h>

/* The last row that has a number; v->rows if none has. */
static size_t last_measured_row(const spx_mat *v)
{
    for (size_t s = v->rows; s > 0; s--)
        if (isfinite(v->data[(s - 1) * v->ld])) return s - 1;
    return v->rows;
}

/* The share of a matrix's directions that are dominant, in tenths. */
static spx_status dominant_tenths(const spx_store *s, const char *group, double *out,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat theta = {0}, sigma = {0};
    SPX_TRY(spx_store_get(s, group, "theta_u", &theta, err));
    SPX_TRY(spx_store_get(s, group, "sigma", &sigma, err));
    *out = (double)SPX_DECILES * (double)theta.cols / (double)sigma.cols;
out:
    spx_mat_free(&theta);
    spx_mat_free(&sigma);
    return st;
}

/* The map of an arm's last tensor at the last stage that has one: arm, edits, output, input, % of
 * the change. */
static spx_status put_map(const arms *a, size_t arm, spx_mat *rows, double *tenths, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_store *s = a->store[arm];
    char tensor[FIGURE_TENSOR], group[FIGURE_TENSOR + 40];
    spx_mat map = {0};
    spx_error why = {0};
    double edits = 0;
    SPX_TRY(figures_most_changed(a, arm, tensor, err));
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    st = spx_store_get(s, group, "change_map", &map, &why);
    if (st == SPX_ENOTFOUND) return figures_no_rows(a, arm, tensor, "change_map", err);
    if (st != SPX_OK && err) *err = why;
    if (st != SPX_OK) goto out;
    const size_t stage = last_measured_row(&map);
    if (stage == map.rows || map.cols != rows->rows)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: %s has no map of its change", spx_store_path(s), tensor);
    SPX_TRY(run_file_edits_at(s, stage, &edits, err));
    SPX_TRY(dominant_tenths(s, group, tenths, err));
    for (size_t c = 0; c < rows->rows; c++) {
        const size_t output = c / SPX_DECILES + 1, input = c % SPX_DECILES + 1;
        double *row = rows->data + c * rows->ld;
        row[0] = (double)(arm + 1);
        row[1] = edits;
        row[2] = (double)output;
        row[3] = (double)input;
        row[4] = 100 * map.data[stage * map.ld + c];
    }
out:
    spx_mat_free(&map);
    return st;
}

static spx_status draw_alpha(const figure *f, const arms *a, const sink *to, spx_error *err)
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
        SPX_TRY(put_map(a, i, &part, &tenths, err));
        snprintf(name, sizeof name, "dominant%zu", i + 1);
        spx_plot_set_number(to->plot, name, tenths);
    }
    figures_emit(a, to, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_alpha = {
    .about = {.name = "alpha",
              .summary = "where changes lie on the base's directions (spx-compare --maps)",
              .caption = "Where the most changed matrix's change lies on the grid of the base's "
                         "singular directions. Outlined is what the leading directions touch that "
                         "the arm's filter protects, without a filter those that its measures call "
                         "dominant.",
              .template_file = "alpha.gp"},
    .height = 6.2,
    .row = 4.6,
    .needs = "snapshots/last",
    .stages = 2,
    .reading = FIGURE_OF_MAPS,
    .draw = draw_alpha,
};
