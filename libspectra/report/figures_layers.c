/* figures_layers.c: a metric of every layer at every stage, as a heat map; a panel an arm. */
#include "report/figures.h"

#include "spx/arch.h"

#include <string.h>

/* Tensors of one run that count and have the metric. */
static spx_status count_tensors(const arms *a, size_t arm, char ***names, size_t *all, size_t *used,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    char path[FIGURE_TENSOR + 100];
    const char *chosen = NULL;
    *used = 0;
    SPX_TRY(spx_store_tensors(a->store[arm], "tensors", names, all, err));
    for (size_t t = 0; t < *all; t++) {
        if (!spx_names_match(a->tensors, (*names)[t])) continue;
        chosen = (*names)[t];
        spx_store_group_of(path, sizeof path, "tensors", chosen);
        const size_t end = strlen(path);
        snprintf(path + end, sizeof path - end, "/%s", a->metric);
        *used += spx_store_has(a->store[arm], path);
    }
    if (!chosen)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor matches", spx_store_path(a->store[arm]));
    spx_store_group_of(path, sizeof path, "tensors", chosen);
    if (*used == 0) SPX_TRY(figures_no_metric(a, arm, path, err));
out:
    return st;
}

/* Rows of one tensor: arm, stage, edits, layer, value. */
static spx_status put_tensor(const arms *a, size_t arm, const char *tensor, const double *edits,
                             double **at, spx_error *err)
{
    char group[FIGURE_TENSOR + 40];
    spx_mat v = {0};
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    if (!spx_names_match(a->tensors, tensor)) return SPX_OK;
    const spx_status st = spx_store_get(a->store[arm], group, a->metric, &v, NULL);
    if (st == SPX_ENOTFOUND) return SPX_OK;
    if (st != SPX_OK) return SPX_FAIL(err, st, "%s: %s of %s", group, a->metric, tensor);
    for (size_t s = 0; s < v.rows; s++, *at += 5) {
        (*at)[0] = (double)(arm + 1);
        (*at)[1] = (double)s;
        (*at)[2] = edits[s];
        (*at)[3] = (double)spx_arch_place(tensor).layer;
        (*at)[4] = v.data[s * v.ld];
    }
    spx_mat_free(&v);
    return SPX_OK;
}

static spx_status put_arm(const arms *a, size_t arm, double **at, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    char **names = NULL;
    size_t all = 0, used = 0;
    double *edits = NULL;
    SPX_TRY(count_tensors(a, arm, &names, &all, &used, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &edits, spx_store_stages(a->store[arm]), err));
    SPX_TRY(run_file_edits(a->store[arm], edits, err));
    for (size_t t = 0; t < all; t++) SPX_TRY(put_tensor(a, arm, names[t], edits, at, err));
out:
    spx_store_names_free(names, all);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status count_rows(const arms *a, size_t *rows, spx_error *err)
{
    spx_status st = SPX_OK;
    *rows = 0;
    for (size_t i = 0; i < a->n; i++) {
        char **names = NULL;
        size_t all = 0, used = 0;
        st = count_tensors(a, i, &names, &all, &used, err);
        spx_store_names_free(names, all);
        if (st != SPX_OK) break;
        *rows += used * spx_store_stages(a->store[i]);
    }
    return st;
}

static spx_status draw_layers(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const char *const columns[] = {"arm", "stage", "edits", "layer", a->metric};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    size_t rows = 0;
    double *at = NULL;
    (void)f;
    SPX_TRY(count_rows(a, &rows, err));
    SPX_TRY(spx_mat_scratch(&tmp, &data, rows, 5, err));
    at = data.data;
    for (size_t i = 0; i < a->n; i++) SPX_TRY(put_arm(a, i, &at, err));
    figures_set_scale(to->plot, a->metric);
    figures_emit(a, to, columns, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_layers = {
    .about = {.name = "layers",
              .summary = "a metric of every layer at every stage",
              .caption =
                  "SVS of every layer at every stage, from 0 to 1: as before. Directions that are "
                  "overtaken keep their places no more though they need not have turned.",
              .template_file = "layers.gp",
              .metric = "svs"},
    .height = 6,
    .row = 4.5,
    .needs = "tensors",
    .stages = 1,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_layers,
};
