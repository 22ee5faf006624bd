/* figures_rows.c: a row of numbers that one matrix has at every stage: its singular values, its
 * principal angles, the ranks its base's triples hold now; a panel an arm. */
#include "report/figures.h"

#include <math.h>
#include <stdint.h>

/* What of the run files is drawn. */
typedef struct rows {
    const char *dataset, *value; /* its name in the run file, and in the table */
    double scale;
    size_t most; /* stages shown at most, evenly spread over all */
    char tensor[600];
    spx_mat of_arm[SPX_NAMES_MAX]; /* stage x index */
    size_t total, stages;          /* rows of the data; the most stages shown of any arm */
    double most_edits;
} rows;

static size_t shown(const rows *r, size_t stages) { return stages < r->most ? stages : r->most; }

/* The i-th of the stages that are shown. */
static size_t stage_of(const rows *r, size_t i, size_t stages)
{
    const size_t n = shown(r, stages);
    return n > 1 ? i * (stages - 1) / (n - 1) : 0;
}

/* Reads the dataset of every arm: of the first arm's last tensor, or of its own last if that one
 * was not edited there. */
static spx_status read_rows(rows *r, const arms *a, spx_error *err)
{
    char group[640], tensor[600];
    spx_status st = figures_last_tensor(a, 0, r->tensor, err);
    for (size_t i = 0; st == SPX_OK && i < a->n; i++) {
        snprintf(group, sizeof group, "tensors/%s", r->tensor);
        if (!spx_store_has(a->store[i], group)) {
            st = figures_last_tensor(a, i, tensor, err);
            snprintf(group, sizeof group, "tensors/%s", tensor);
        }
        if (st == SPX_OK) st = spx_store_get(a->store[i], group, r->dataset, &r->of_arm[i], err);
        const size_t n = shown(r, r->of_arm[i].rows);
        r->total += n * r->of_arm[i].cols;
        if (n > r->stages) r->stages = n;
    }
    return st;
}

/* Rows of one arm from `at` on: arm, stage, edits, index, value. */
static spx_status fill_arm(rows *r, const arms *a, size_t arm, double *at, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_mat *v = &r->of_arm[arm];
    double *edits = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, spx_store_stages(a->store[arm]), err));
    SPX_TRY(figures_edits(a->store[arm], edits, err));
    r->most_edits = fmax(r->most_edits, edits[v->rows - 1]);
    for (size_t s = 0; s < shown(r, v->rows); s++)
        for (size_t j = 0; j < v->cols; j++, at += 5) {
            const size_t stage = stage_of(r, s, v->rows);
            at[0] = (double)(arm + 1);
            at[1] = (double)(s + 1);
            at[2] = edits[stage];
            at[3] = (double)(j + 1);
            at[4] = r->scale * v->data[stage * v->ld + j];
        }
out:
    spx_scratch_free(&tmp);
    return st;
}

static void set_variables(const rows *r, const arms *a, spx_plot *p)
{
    spx_plot_set_text(p, "tensor", r->tensor);
    spx_plot_set_number(p, "stages", (double)r->stages);
    spx_plot_set_number(p, "most_edits", r->most_edits > 0 ? r->most_edits : 1);
    spx_plot_set_number(p, "columns", (double)a->columns);
}

static spx_status draw_rows(rows *r, const arms *a, const sink *to, spx_error *err)
{
    const char *const names[] = {"arm", "stage", "edits", "index", r->value};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    double *at = NULL;
    SPX_TRY(read_rows(r, a, err));
    SPX_TRY(spx_mat_scratch(&tmp, &data, r->total, 5, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(fill_arm(r, a, i, at, err));
        at += 5 * shown(r, r->of_arm[i].rows) * r->of_arm[i].cols;
    }
    set_variables(r, a, to->plot);
    figures_emit(a, to, names, &data);
out:
    for (size_t i = 0; i < a->n; i++) spx_mat_free(&r->of_arm[i]);
    spx_scratch_free(&tmp);
    return st;
}

/* $null: arm, index, what rounding alone may give at the last stage; none where nothing is known.
 * The table has no room for it: it is in the run file under the same name. */
static spx_status draw_band(rows *r, const arms *a, spx_plot *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    double *at = NULL;
    spx_plot_set_number(p, "band", 0);
    if (read_rows(r, a, NULL) != SPX_OK) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &data, r->total, 3, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < r->of_arm[i].cols; j++, at += 3) {
            const spx_mat *v = &r->of_arm[i];
            at[0] = (double)(i + 1);
            at[1] = (double)(j + 1);
            at[2] = r->scale * v->data[(v->rows - 1) * v->ld + j];
        }
    spx_plot_data(p, "null", &data);
    spx_plot_set_number(p, "band", 1);
out:
    for (size_t i = 0; i < a->n; i++) spx_mat_free(&r->of_arm[i]);
    spx_scratch_free(&tmp);
    return st;
}

spx_status figure_spectrum(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    rows r = {.dataset = "sigma", .value = "sigma", .scale = 1, .most = 6};
    (void)f;
    return draw_rows(&r, a, to, err);
}

spx_status figure_angles(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const double degree = 45 / atan(1);
    rows r = {.dataset = "theta_u", .value = "degrees", .scale = degree, .most = 6};
    rows null = {.dataset = "theta_u_null", .scale = degree, .most = 1};
    (void)f;
    const spx_status st = draw_band(&null, a, to->plot, err);
    return st == SPX_OK ? draw_rows(&r, a, to, err) : st;
}

spx_status figure_overtaking(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    rows r = {.dataset = "rank_held", .value = "rank_held", .scale = 1, .most = SIZE_MAX};
    (void)f;
    return draw_rows(&r, a, to, err);
}
