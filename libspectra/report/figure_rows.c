/* figure_rows.c: a row of numbers that one matrix has at every stage, a panel an arm.
 *
 * $data: arm, stage (1 .., of those shown), edits, index, value. */
#include "report/figures.h"

#include <math.h>
#include <string.h>

/* A dataset of every arm. */
typedef struct rows {
    const char *dataset;
    double scale;
    size_t most;
    base_row base;
    char tensor[FIGURE_TENSOR];
    spx_mat *of_arm;      /* stage x index */
    size_t total, stages; /* rows of the data; the most stages shown of any arm */
    double most_edits;
} rows;

static size_t stages_shown(const rows *r, size_t stages)
{
    return stages < r->most ? stages : r->most;
}

/* The i-th of the stages that are shown. */
static size_t stage_of(const rows *r, size_t i, size_t stages)
{
    const size_t n = stages_shown(r, stages);
    return n > 1 ? i * (stages - 1) / (n - 1) : 0;
}

static void free_rows(rows *r, size_t n)
{
    for (size_t i = 0; r->of_arm && i < n; i++) spx_mat_free(&r->of_arm[i]);
}

static bool begins_with_base(const spx_store *s)
{
    char *name = NULL;
    double edits = 0;
    const bool yes =
        !run_file_lacks(spx_store_stage(s, 0, &name, &edits, NULL)) && strcmp(name, "base") == 0;
    spx_free(name);
    return yes;
}

/* True if the base is a row before those of the run file. */
static bool adds_base(const rows *r, const arms *a, size_t arm)
{
    return r->base != BASE_UNKNOWN && figures_lacks_base(a, arm);
}

/* A row more, the first. */
static spx_status make_room(spx_mat *v, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat grown = {0};
    SPX_TRY(spx_mat_alloc(&grown, v->rows + 1, v->cols, err));
    for (size_t j = 0; j < v->cols; j++) grown.data[j] = (double)NAN;
    spx_mat rest = spx_mat_view(&grown, 1, 0, v->rows, v->cols);
    spx_mat_copy(&rest, v);
    spx_mat_free(v);
    *v = grown;
out:
    return st;
}

/* What the base is compared with itself, if the run file does not say it. */
static spx_status put_base(rows *r, const arms *a, size_t arm, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat *v = &r->of_arm[arm];
    const bool adds = adds_base(r, a, arm);
    if (r->base == BASE_UNKNOWN || (!adds && !begins_with_base(a->store[arm]))) return SPX_OK;
    if (adds) SPX_TRY(make_room(v, err));
    for (size_t j = 0; j < v->cols; j++)
        if (isnan(v->data[j])) v->data[j] = r->base == BASE_INDEX ? (double)(j + 1) : 0;
out:
    return st;
}

/* The dataset of the arm's tensor, r->tensor or its own most changed one. */
static spx_status read_arm_rows(rows *r, const arms *a, size_t arm, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error why = {0};
    char group[FIGURE_TENSOR + 40], tensor[FIGURE_TENSOR];
    snprintf(tensor, sizeof tensor, "%s", r->tensor);
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    if (!spx_store_has(a->store[arm], group)) {
        SPX_TRY(figures_most_changed(a, arm, tensor, err));
        spx_store_group_of(group, sizeof group, "tensors", tensor);
    }
    st = spx_store_get(a->store[arm], group, r->dataset, &r->of_arm[arm], &why);
    if (st == SPX_ENOTFOUND) return figures_no_rows(a, arm, tensor, r->dataset, err);
    if (st != SPX_OK && err) *err = why;
out:
    return st;
}

/* Reads the dataset of every arm: of the first arm's most changed tensor, or of its own if that one
 * was not edited there. */
static spx_status read_rows(rows *r, const arms *a, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &r->of_arm, a->n, err));
    SPX_TRY(figures_most_changed(a, 0, r->tensor, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(read_arm_rows(r, a, i, err));
        SPX_TRY(put_base(r, a, i, err));
        const size_t n = stages_shown(r, r->of_arm[i].rows);
        r->total += n * r->of_arm[i].cols;
        if (n > r->stages) r->stages = n;
    }
out:
    return st;
}

/* Rows of one arm from `at` on. */
static spx_status put_arm_rows(rows *r, const arms *a, size_t arm, double *at, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_mat *v = &r->of_arm[arm];
    double *edits = NULL;
    const size_t before = adds_base(r, a, arm);
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, spx_store_stages(a->store[arm]) + before, err));
    SPX_TRY(run_file_edits(a->store[arm], edits + before, err));
    if (before) edits[0] = edits[1] - 1;
    r->most_edits = fmax(r->most_edits, edits[v->rows - 1]);
    for (size_t s = 0; s < stages_shown(r, v->rows); s++)
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

static void set_variables(const rows *r, spx_plot *p)
{
    spx_plot_set_text(p, "tensor", r->tensor);
    spx_plot_set_number(p, "stages", (double)r->stages);
    spx_plot_set_number(p, "most_edits", r->most_edits > 0 ? r->most_edits : 1);
}

/* $null: arm, index, what rounding alone may give at the last stage. The table does not have it: it
 * is in the run file under the same name. band = 0 where a run file does not have it either. */
static spx_status draw_band(const char *dataset, double scale, const arms *a, spx_plot *p,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    rows r = {.dataset = dataset, .scale = scale, .most = 1};
    spx_mat data;
    double *at = NULL;
    spx_plot_set_number(p, "band", 0);
    if (run_file_lacks(read_rows(&r, a, &tmp, NULL))) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &data, r.total, 3, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < r.of_arm[i].cols; j++, at += 3) {
            const spx_mat *v = &r.of_arm[i];
            at[0] = (double)(i + 1);
            at[1] = (double)(j + 1);
            at[2] = scale * v->data[(v->rows - 1) * v->ld + j];
        }
    spx_plot_data(p, "null", &data);
    spx_plot_set_number(p, "band", 1);
out:
    free_rows(&r, a->n);
    spx_scratch_free(&tmp);
    return st;
}

spx_status figures_draw_rows(const stage_rows *what, const arms *a, const sink *to, spx_error *err)
{
    const char *const names[] = {"arm", "stage", "edits", "index", what->value};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    rows r = {
        .dataset = what->dataset, .scale = what->scale, .most = what->most, .base = what->base};
    spx_mat data;
    double *at = NULL;
    if (what->band) SPX_TRY(draw_band(what->band, what->scale, a, to->plot, err));
    SPX_TRY(read_rows(&r, a, &tmp, err));
    SPX_TRY(spx_mat_scratch(&tmp, &data, r.total, 5, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(put_arm_rows(&r, a, i, at, err));
        at += 5 * stages_shown(&r, r.of_arm[i].rows) * r.of_arm[i].cols;
    }
    set_variables(&r, to->plot);
    figures_emit(a, to, names, &data);
out:
    free_rows(&r, a->n);
    spx_scratch_free(&tmp);
    return st;
}
