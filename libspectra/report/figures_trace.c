/* figures_trace.c: what restoring the states of a layer and token brings back, of spx-tune's run
 * files; a panel an arm. */
#include "report/figures.h"

#include "spx/trace.h"

/* The table of an arm: layers x places. */
static spx_status read_table(const arms *a, size_t arm, spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_error why = {0};
    if (!spx_store_has(a->store[arm], "trace"))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s has no trace (of spx-tune --evidence)",
                  spx_store_path(a->store[arm]));
    st = spx_store_get(a->store[arm], "trace", a->metric, out, &why);
    if (st == SPX_ENOTFOUND) return figures_no_metric(a, arm, "trace", err);
    if (st != SPX_OK && err) *err = why;
    if (st == SPX_OK && out->cols != SPX_PLACES)
        SPX_RAISE(err, SPX_EFORMAT, "%s: trace/%s has %zu columns (expected %d)",
                  spx_store_path(a->store[arm]), a->metric, out->cols, SPX_PLACES);
out:
    return st;
}

/* Rows of an arm: arm, layer, place (1 ..), effect. */
static void put_table(size_t arm, const spx_mat *A, double *row)
{
    for (size_t l = 0; l < A->rows; l++)
        for (size_t k = 0; k < A->cols; k++, row += 4) {
            row[0] = (double)(arm + 1);
            row[1] = (double)l;
            row[2] = (double)(k + 1);
            row[3] = A->data[l * A->ld + k];
        }
}

static void name_places(spx_plot *p)
{
    char name[32];
    for (int k = 0; k < SPX_PLACES; k++) {
        snprintf(name, sizeof name, "place%d", k + 1);
        spx_plot_set_text(p, name, spx_trace_place_name((spx_trace_place)k));
    }
    spx_plot_set_number(p, "places", SPX_PLACES);
}

static spx_status draw_trace(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    const char *const names[] = {"arm", "layer", "place", a->metric};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat *table = NULL, data;
    size_t rows = 0, at = 0;
    (void)f;
    SPX_TRY(SPX_SCRATCH(&tmp, &table, a->n, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(read_table(a, i, &table[i], err));
        rows += table[i].rows * table[i].cols;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &data, rows, 4, err));
    for (size_t i = 0; i < a->n; at += table[i].rows * table[i].cols, i++)
        put_table(i, &table[i], data.data + at * 4);
    name_places(to->plot);
    spx_plot_set_text(to->plot, "metric", a->metric);
    figures_emit(a, to, names, &data);
out:
    for (size_t i = 0; table && i < a->n; i++) spx_mat_free(&table[i]);
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_trace = {
    .about = {.name = "trace",
              .summary = "where a fact passes: layer and token (of spx-tune --evidence)",
              .caption = "What restoring the FFNs around a layer, at one token of a corrupted "
                         "prompt, brings back of the answer's probability; means over facts that "
                         "the model knows.",
              .template_file = "trace.gp",
              .metric = "ffn"},
    .height = 6,
    .row = 4.5,
    .needs = "trace/ffn",
    .stages = 1,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_trace,
};
