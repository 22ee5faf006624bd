/* figures.c: the table of figures: what each one reads from run files and hands to its template. */
#include "figures.h"

#include "spx/arch.h"

#include <math.h>
#include <string.h>

/* A panel of a series figure: a quantity of the evaluation, or the mean over tensors of one of
 * theirs. */
typedef struct panel {
    const char *quantity, *title, *axis;
    bool of_tensors, logarithmic, band;
} panel;

enum { MAX_PANELS = 8 };
static const panel collapse_panels[] = {
    {"rewrite_success", "edited facts", "success / %", false, false, true},
    {"rewrite_acc", "edited facts, argmax", "accuracy / %", false, false, true},
    {"paraphrase_success", "paraphrases", "success / %", false, false, true},
    {"neighborhood_success", "neighbours", "success / %", false, false, true},
    {"perplexity", "text", "perplexity", false, true, true},
    {"lambada", "last words", "LAMBADA / %", false, false, true},
    {0},
};
static const panel subspace_panels[] = {
    {"lss_r", "LSS-R", "similarity", true, false, false},
    {"lss_g", "LSS-G", "similarity", true, false, false},
    {"svs", "SVS, equal index", "|cos|", true, false, false},
    {"svs_match", "SVS, matched", "|cos|", true, false, false},
    {"retained_gain", "retained gain", "gain", true, false, false},
    {"spectral_ratio", "spectral norm", "ratio", true, false, false},
    {0},
};

static bool meant(const cli_list *globs, const char *tensor)
{
    for (size_t i = 0; i < globs->n; i++)
        if (spx_glob_match(globs->item[i], tensor)) return true;
    return globs->n == 0;
}

static spx_status edits_of(const spx_store *s, double *out, spx_error *err)
{
    for (size_t i = 0; i < spx_store_stages(s); i++) {
        char *name = NULL;
        const spx_status st = spx_store_stage(s, i, &name, &out[i], err);
        spx_free(name);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

/* A series of the evaluation into out[stride * stage]; NaN where there is none. */
static void evaluation_series(const spx_store *s, const char *name, double *out, size_t stride)
{
    spx_mat v = {0};
    const bool there = spx_store_get(s, "evaluation", name, &v, NULL) == SPX_OK;
    for (size_t i = 0; i < spx_store_stages(s); i++)
        out[i * stride] = there && i < v.rows ? v.data[i * v.ld] : (double)NAN;
    spx_mat_free(&v);
}

/* The mean over the run's tensors that are meant. */
static spx_status tensor_series(const spx_store *s, const cli_list *globs, const char *name,
                                double *out, size_t stride, spx_error *err)
{
    char **tensor = NULL;
    size_t n = 0, used = 0;
    const size_t stages = spx_store_stages(s);
    const spx_status st = spx_store_names(s, "tensors", &tensor, &n, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < stages; i++) out[i * stride] = 0;
    for (size_t t = 0; t < n; t++) {
        char group[600];
        spx_mat v = {0};
        snprintf(group, sizeof group, "tensors/%s", tensor[t]);
        if (!meant(globs, tensor[t]) || spx_store_get(s, group, name, &v, NULL) != SPX_OK) continue;
        for (size_t i = 0; i < stages; i++)
            out[i * stride] += i < v.rows ? v.data[i * v.ld] : (double)NAN;
        used++;
        spx_mat_free(&v);
    }
    for (size_t i = 0; i < stages; i++)
        out[i * stride] = used ? out[i * stride] / (double)used : (double)NAN;
    spx_store_names_free(tensor, n);
    return SPX_OK;
}

/* Columns of a panel in the data: the value, and its interval. */
static size_t width_of(const panel *q) { return q->band ? 3 : 1; }

static spx_status arm_series(const spx_store *s, const cli_list *globs, const panel *panels,
                             double *row, size_t stride, spx_error *err)
{
    static const char *const endings[] = {"", "_lo", "_hi"};
    for (const panel *q = panels; q->quantity; q++)
        for (size_t k = 0; k < width_of(q); k++, row++) {
            char name[64];
            snprintf(name, sizeof name, "%s%s", q->quantity, endings[k]);
            if (!q->of_tensors) {
                evaluation_series(s, name, row, stride);
                continue;
            }
            const spx_status st = tensor_series(s, globs, name, row, stride, err);
            if (st != SPX_OK) return st;
        }
    return SPX_OK;
}

static void describe_panels(spx_plot *p, const panel *panels)
{
    char name[32];
    size_t n = 0, column = 3;
    for (const panel *q = panels; q->quantity; q++) {
        n++;
        snprintf(name, sizeof name, "name%zu", n);
        spx_plot_set_text(p, name, q->title);
        snprintf(name, sizeof name, "axis%zu", n);
        spx_plot_set_text(p, name, q->axis);
        snprintf(name, sizeof name, "log%zu", n);
        spx_plot_set_number(p, name, q->logarithmic);
        snprintf(name, sizeof name, "band%zu", n);
        spx_plot_set_number(p, name, q->band);
        snprintf(name, sizeof name, "column%zu", n);
        spx_plot_set_number(p, name, (double)column);
        column += width_of(q);
    }
    spx_plot_set_number(p, "panels", (double)n);
    spx_plot_set_number(p, "columns", 3);
}

static void print_cell(FILE *table, double v)
{
    if (isfinite(v))
        fprintf(table, "\t%.9g", v);
    else
        fprintf(table, "\tNaN");
}

static void write_series(FILE *table, const arms *a, const panel *panels, const spx_mat *data)
{
    fprintf(table, "arm\tedits");
    for (const panel *q = panels; q->quantity; q++)
        fprintf(table, q->band ? "\t%s\t%s_lo\t%s_hi" : "\t%s", q->quantity, q->quantity,
                q->quantity);
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        fprintf(table, "\n%s", a->label[(size_t)row[0] - 1]);
        for (size_t j = 1; j < data->cols; j++) print_cell(table, row[j]);
    }
    fputc('\n', table);
}

/* The panels that some arm has numbers for; out ends with {0}. */
static spx_status panels_there(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                               spx_error *err)
{
    size_t n = 0;
    for (const panel *q = all; q->quantity; q++)
        for (size_t i = 0; i < a->n; i++) {
            char path[128];
            snprintf(path, sizeof path, q->of_tensors ? "tensors" : "evaluation/%s", q->quantity);
            if (!spx_store_has(a->store[i], path)) continue;
            out[n++] = *q;
            break;
        }
    out[n] = (panel){0};
    if (n > 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: holds nothing that this figure shows",
                    spx_store_path(a->store[0]));
}

static spx_status draw_series(const figure *f, const arms *a, spx_plot *p, FILE *table,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    panel panels[MAX_PANELS + 1];
    size_t rows = 0, cols = 2, at = 0;
    void *mem = NULL;
    SPX_TRY(panels_there(f->panels, a, panels, err));
    for (size_t i = 0; i < a->n; i++) rows += spx_store_stages(a->store[i]);
    for (const panel *q = panels; q->quantity; q++) cols += width_of(q);
    SPX_TRY(spx_mat_scratch(&tmp, &data, rows, cols, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &mem, rows, sizeof(double), err));
    for (size_t i = 0; i < a->n; i++) {
        double *row = data.data + at * cols;
        SPX_TRY(edits_of(a->store[i], mem, err));
        SPX_TRY(arm_series(a->store[i], a->tensors, panels, row + 2, cols, err));
        for (size_t s = 0; s < spx_store_stages(a->store[i]); s++) {
            row[s * cols] = (double)(i + 1);
            row[s * cols + 1] = ((double *)mem)[s];
        }
        at += spx_store_stages(a->store[i]);
    }
    describe_panels(p, panels);
    spx_plot_data(p, "data", &data);
    if (table) write_series(table, a, panels, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* The last tensor that is meant: of edited layers, the one that carries the target. */
static spx_status last_tensor(const spx_store *s, const cli_list *globs, char out[600],
                              spx_error *err)
{
    char **tensor = NULL;
    size_t n = 0;
    *out = '\0';
    const spx_status st = spx_store_names(s, "tensors", &tensor, &n, err);
    for (size_t i = 0; i < n; i++)
        if (meant(globs, tensor[i])) snprintf(out, 600, "%s", tensor[i]);
    spx_store_names_free(tensor, n);
    if (st != SPX_OK || *out) return st;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor matches", spx_store_path(s));
}

#define SHOWN 6 /* stages of a spectrum figure, evenly spread over all */
static size_t shown(size_t stages) { return stages < SHOWN ? stages : SHOWN; }

/* Rows of one arm: arm, stage, edits, index, value. */
static void spectrum_rows(const spx_mat *sigma, const double *edits, size_t stages, size_t arm,
                          double *row)
{
    for (size_t s = 0; s < shown(stages); s++) {
        const size_t stage = shown(stages) > 1 ? s * (stages - 1) / (shown(stages) - 1) : 0;
        for (size_t j = 0; j < sigma->cols; j++, row += 5) {
            row[0] = (double)(arm + 1);
            row[1] = (double)(s + 1);
            row[2] = edits[stage];
            row[3] = (double)(j + 1);
            row[4] = sigma->data[stage * sigma->ld + j];
        }
    }
}

static void write_spectrum(FILE *table, const arms *a, const char *tensor, const spx_mat *data)
{
    fprintf(table, "arm\ttensor\tedits\tindex\tsigma\n");
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        fprintf(table, "%s\t%s\t%.9g\t%.0f\t%.9g\n", a->label[(size_t)row[0] - 1], tensor, row[2],
                row[3], row[4]);
    }
}

static spx_status draw_spectrum(const figure *f, const arms *a, spx_plot *p, FILE *table,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat sigma[CLI_MAX_LIST] = {{0}}, data = {0};
    char tensor[600], group[640];
    double edits[4096] = {0}, most = 0;
    size_t rows = 0, stages = 0, at = 0;
    (void)f;
    SPX_TRY(last_tensor(a->store[0], a->tensors, tensor, err));
    snprintf(group, sizeof group, "tensors/%s", tensor);
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(spx_store_get(a->store[i], group, "sigma", &sigma[i], err));
        if (sigma[i].rows > sizeof edits / sizeof *edits)
            SPX_RAISE(err, SPX_EUNSUP, "%s: too many stages", spx_store_path(a->store[i]));
        rows += shown(sigma[i].rows) * sigma[i].cols;
        stages = shown(sigma[i].rows) > stages ? shown(sigma[i].rows) : stages;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &data, rows, 5, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(edits_of(a->store[i], edits, err));
        most = fmax(most, edits[sigma[i].rows - 1]);
        spectrum_rows(&sigma[i], edits, sigma[i].rows, i, data.data + 5 * at);
        at += shown(sigma[i].rows) * sigma[i].cols;
    }
    spx_plot_set_text(p, "tensor", tensor);
    spx_plot_set_number(p, "stages", (double)stages);
    spx_plot_set_number(p, "most_edits", most > 0 ? most : 1);
    spx_plot_set_number(p, "columns", (double)figures_columns(a->n));
    spx_plot_data(p, "data", &data);
    if (table) write_spectrum(table, a, tensor, &data);
out:
    for (size_t i = 0; i < a->n; i++) spx_mat_free(&sigma[i]);
    spx_scratch_free(&tmp);
    return st;
}

static const figure table_of_figures[] = {
    {"collapse", "series.gp", collapse_panels, 16, 10, 0, draw_series},
    {"subspace", "series.gp", subspace_panels, 16, 10, 0, draw_series},
    {"spectrum", "spectrum.gp", NULL, 16, 7, 5, draw_spectrum},
};

const figure *figures_all(size_t *n)
{
    *n = sizeof table_of_figures / sizeof *table_of_figures;
    return table_of_figures;
}

size_t figures_columns(size_t n) { return n <= 3 ? n : n == 4 ? 2 : 3; }
