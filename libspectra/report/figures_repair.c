/* figures_repair.c: facts kept against perplexity, of the rows of a repair. */
#include "report/figures.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 12 };

/* A row: arm, stage, sweep, at, perplexity (value, lo, hi), facts kept (value, lo, hi), frontier,
 * knee. */
static void put_row(const spx_store *s, const char *kept, size_t stage, double *row)
{
    static const char *const ends[] = {"", "_lo", "_hi"};
    char name[80];
    row[1] = (double)stage;
    row[2] = run_file_value(s, "repair", "sweep", stage);
    row[3] = run_file_value(s, "repair", "at", stage);
    for (size_t k = 0; k < 3; k++) {
        snprintf(name, sizeof name, "perplexity%s", ends[k]);
        row[4 + k] = run_file_value(s, "evaluation", name, stage);
        snprintf(name, sizeof name, "%s%s", kept, ends[k]);
        row[7 + k] = run_file_value(s, "evaluation", name, stage);
    }
    row[10] = run_file_value(s, "repair", "frontier", stage);
    row[11] = run_file_value(s, "repair", "knee", stage);
}

/* A text of group "repair". */
static spx_status read_text(const spx_store *s, const char *name, char *out, size_t room,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    SPX_TRY(spx_store_get_text(s, "repair", name, &text, err));
    snprintf(out, room, "%s", text);
out:
    spx_free(text);
    return st;
}

static spx_status count_rows(const arms *a, size_t *out, spx_error *err)
{
    *out = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (!spx_store_has(a->store[i], "repair/sweep"))
            return SPX_FAIL(err, SPX_ENOTFOUND,
                            "%s: no filters were tested (spx-filter BASE EDITED --eval -o RUN.h5)",
                            spx_store_path(a->store[i]));
        *out += spx_store_stages(a->store[i]);
    }
    return SPX_OK;
}

static bool has_scaling(const spx_mat *data)
{
    for (size_t i = 0; i < data->rows; i++)
        if (data->data[i * data->ld + 2] == 2) return true;
    return false;
}

static spx_status draw_repair(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[COLUMNS] = {
        "arm",           "stage", "sweep",   "at",      "perplexity", "perplexity_lo",
        "perplexity_hi", "kept",  "kept_lo", "kept_hi", "frontier",   "knee"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    char kept[64];
    size_t n = 0, at = 0;
    (void)f;
    SPX_TRY(count_rows(a, &n, err));
    SPX_TRY(spx_mat_scratch(&tmp, &data, n, COLUMNS, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(read_text(a->store[i], "kept", kept, sizeof kept, err));
        for (size_t s = 0; s < spx_store_stages(a->store[i]); s++) {
            double *row = data.data + at++ * data.ld;
            row[0] = (double)(i + 1);
            put_row(a->store[i], kept, s, row);
        }
    }
    spx_plot_set_number(to->plot, "scaled", has_scaling(&data));
    spx_plot_set_text(to->plot, "kept", strstr(kept, "success") ? "success" : "argmax");
    figures_emit(a, to, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_repair = {
    .about = {.name = "repair",
              .summary = "facts kept against perplexity, a point a filter of a change",
              .caption = "Facts kept against perplexity when the change of an edited model is "
                         "filtered afterwards; a ring marks the knee of each frontier.",
              .template_file = "repair.gp"},
    .height = 9,
    .needs = "repair/frontier",
    .stages = 2,
    .reading = FIGURE_OF_GROUP,
    .draw = draw_repair,
};
