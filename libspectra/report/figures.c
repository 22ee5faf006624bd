/* figures.c: the table of figures, and what they all read in the same way. */
#include "report/figures.h"

#include "spx/arch.h"

#include <math.h>
#include <string.h>

static const panel collapse_panels[] = {
    {"rewrite_success", "edited facts", "success / %", .band = true},
    {"rewrite_acc", "facts, argmax", "accuracy / %", .band = true},
    {"paraphrase_success", "paraphrases", "success / %", .band = true},
    {"neighborhood_success", "neighbours", "success / %", .band = true},
    {"zsre_efficacy", "edited questions", "tokens / %", .band = true},
    {"zsre_generalization", "rephrased", "tokens / %", .band = true},
    {"zsre_specificity", "other questions", "tokens / %", .band = true},
    {"perplexity", "text", "perplexity", .logarithmic = true, .band = true},
    {"lambada", "last words", "LAMBADA / %", .band = true},
    {0},
};
static const panel subspace_panels[] = {
    {"lss_r", "LSS-R", "similarity", .of_tensors = true},
    {"lss_g", "LSS-G", "similarity", .of_tensors = true},
    {"svs", "SVS, equal index", "|cos|", .of_tensors = true},
    {"svs_match", "SVS, matched", "|cos|", .of_tensors = true},
    {"retained_gain", "retained gain", "gain", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "ratio", .of_tensors = true},
    {0},
};
static const panel norm_panels[] = {
    {"fro_ratio", "Frobenius norm", "ratio to the base", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "ratio to the base", .of_tensors = true},
    {"nuclear", "nuclear norm", "sum of values", .of_tensors = true},
    {"stable_rank", "stable rank", "|W|_F^2 / s_1^2", .of_tensors = true},
    {"effective_rank", "effective rank", "exp H", .of_tensors = true},
    {"condition", "condition", "s_1 / s_r", .of_tensors = true, .logarithmic = true},
    {0},
};

static const panel sweep_panels[] = {
    {"neighborhood_success", "known facts", "success / %", .band = true},
    {"perplexity", "text", "perplexity", .logarithmic = true, .band = true},
    {"lambada", "last words", "LAMBADA / %", .band = true},
    {0},
};
static const panel timeline_panels[] = {
    {"rewrite_success", "edited facts", "", .band = true, .edited = true},
    {"neighborhood_success", "neighbours", "", .band = true},
    {"perplexity", "log perplexity", "", .logarithmic = true, .band = true},
    {"lambada", "last words", "", .band = true},
    {"lss_g", "LSS-G", "", .of_tensors = true},
    {"svs", "SVS", "", .of_tensors = true},
    {"spectral_ratio", "spectral norm", "", .of_tensors = true},
    {"fro_ratio", "Frobenius norm", "", .of_tensors = true},
    {0},
};

static const figure table[] = {
    /* abilities against edits; dominant subspaces; norms and ranks */
    {"collapse", "series.gp", collapse_panels, 10, 0, NULL, figure_series, true},
    {"subspace", "series.gp", subspace_panels, 10, 0, NULL, figure_series, true},
    {"norm", "series.gp", norm_panels, 10, 0, NULL, figure_series, true},
    /* singular values, principal angles, ranks held by the base's triples: a line each */
    {"spectrum", "spectrum.gp", NULL, 7, 5, NULL, figure_spectrum, false},
    {"angles", "angles.gp", NULL, 7, 5, NULL, figure_angles, false},
    {"overtaking", "overtaking.gp", NULL, 7, 5, NULL, figure_overtaking, false},
    /* a metric of layers x stages; facts of every round tested again; where the change lies */
    {"layers", "layers.gp", NULL, 6, 4.5, "svs", figure_heat, false},
    {"retention", "retention.gp", NULL, 7, 5, "rewrite_success", figure_retention, false},
    {"alpha", "alpha.gp", NULL, 7, 5, NULL, figure_alpha, false},
    /* of tools/sweep.sh: abilities against what is kept, or disturbed, of the spectrum */
    {"reconstruction", "series.gp", sweep_panels, 6, 0, NULL, figure_reconstruction, false},
    {"groups", "series.gp", sweep_panels, 6, 0, NULL, figure_groups, false},
    /* what arms end with; when what breaks; paraphrases x neighbours */
    {"bars", "bars.gp", collapse_panels, 10, 0, NULL, figure_bars, true},
    {"timeline", "timeline.gp", timeline_panels, 8, 0, NULL, figure_timeline, false},
    {"frontier", "frontier.gp", NULL, 9, 0, NULL, figure_frontier, false},
    /* rounds from each number's alarm to the break of behaviour */
    {"warning", "warning.gp", NULL, 8, 0, NULL, figure_warning, false},
};

const figure *figures_all(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

size_t figures_columns(size_t n, double width)
{
    if (width < FIGURES_NARROW) return n < 2 ? n : 2;
    return n <= 3 ? n : n == 4 ? 2 : 3;
}

static void print_cell(FILE *to, double v)
{
    if (isfinite(v))
        fprintf(to, "\t%.9g", v);
    else
        fputs("\tNaN", to);
}

void figures_emit(const arms *a, const sink *to, const char *const *names, const spx_mat *data)
{
    spx_plot_data(to->plot, "data", data);
    if (!to->table) return;
    for (size_t j = 0; j < data->cols; j++)
        fprintf(to->table, "%s%c", names[j], j + 1 < data->cols ? '\t' : '\n');
    for (size_t i = 0; i < data->rows; i++) {
        const double *row = data->data + i * data->ld;
        char label[160];
        if ((size_t)row[0] > a->shown_lines) continue;
        figures_label(a, (size_t)row[0] - 1, label);
        fputs(label, to->table);
        if (to->quantity) fprintf(to->table, "\t%s", to->quantity[(size_t)row[1] - 1].quantity);
        for (size_t j = to->quantity ? 2 : 1; j < data->cols; j++) print_cell(to->table, row[j]);
        fputc('\n', to->table);
    }
}

bool figures_meant(const arms *a, const char *tensor)
{
    for (size_t i = 0; i < a->tensors->n; i++)
        if (spx_glob_match(a->tensors->item[i], tensor)) return true;
    return a->tensors->n == 0;
}

spx_status figures_last_tensor(const arms *a, size_t arm, char out[600], spx_error *err)
{
    char **tensor = NULL;
    size_t n = 0;
    *out = '\0';
    const spx_status st = spx_store_names(a->store[arm], "tensors", &tensor, &n, err);
    for (size_t i = 0; i < n; i++)
        if (figures_meant(a, tensor[i])) snprintf(out, 600, "%s", tensor[i]);
    spx_store_names_free(tensor, n);
    if (st != SPX_OK || *out) return st;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no tensor matches", spx_store_path(a->store[arm]));
}

spx_status figures_edits(const spx_store *s, double *out, spx_error *err)
{
    for (size_t i = 0; i < spx_store_stages(s); i++) {
        char *name = NULL;
        const spx_status st = spx_store_stage(s, i, &name, &out[i], err);
        spx_free(name);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

static void read_evaluation(const spx_store *s, const char *name, double *out, size_t stride)
{
    spx_mat v = {0};
    const bool there = spx_store_get(s, "evaluation", name, &v, NULL) == SPX_OK;
    for (size_t i = 0; i < spx_store_stages(s); i++)
        if (isnan(out[i * stride]) && there && i < v.rows) out[i * stride] = v.data[i * v.ld];
    spx_mat_free(&v);
}

static void evaluation_series(const spx_store *s, const char *quantity, size_t k, double *out,
                              size_t stride)
{
    static const char *const endings[] = {"", "_lo", "_hi"};
    char name[64];
    for (size_t i = 0; i < spx_store_stages(s); i++) out[i * stride] = (double)NAN;
    snprintf(name, sizeof name, "%s%s", quantity, endings[k]);
    read_evaluation(s, name, out, stride);
    if (k > 0) read_evaluation(s, quantity, out, stride);
}

/* The mean over the run's tensors that are meant. */
static spx_status tensor_series(const arms *a, const spx_store *s, const char *name, double *out,
                                size_t stride, spx_error *err)
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
        if (!figures_meant(a, tensor[t]) || spx_store_get(s, group, name, &v, NULL) != SPX_OK)
            continue;
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

spx_status figures_series(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                          size_t stride, spx_error *err)
{
    if (q->of_tensors) return tensor_series(a, a->store[arm], q->quantity, out, stride, err);
    evaluation_series(a->store[arm], q->quantity, k, out, stride);
    return SPX_OK;
}

/* Has any arm that is shown a number of it? */
static spx_status has_numbers(const panel *q, const arms *a, bool *out, spx_error *err)
{
    *out = false;
    for (size_t i = 0; i < a->shown && !*out; i++) {
        void *mem = NULL;
        const size_t stages = spx_store_stages(a->store[i]);
        if (q->of_tensors && !spx_store_has(a->store[i], "tensors")) continue;
        spx_status st = spx_alloc(&mem, stages, sizeof(double), err);
        if (st == SPX_OK) st = figures_series(a, i, q, 0, mem, 1, err);
        for (size_t s = 0; st == SPX_OK && s < stages; s++) *out |= isfinite(((double *)mem)[s]);
        spx_free(mem);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

spx_status figures_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                          spx_error *err)
{
    size_t n = 0;
    for (const panel *q = all; q->quantity; q++) {
        bool any = false;
        const spx_status st = has_numbers(q, a, &any, err);
        if (st != SPX_OK) return st;
        if (any) out[n++] = *q;
    }
    out[n] = (panel){0};
    if (n > 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOTFOUND, "%s: holds nothing that this figure shows",
                    spx_store_path(a->store[0]));
}

void figures_describe(spx_plot *p, const panel *panels)
{
    char name[32];
    size_t n = 0;
    for (const panel *q = panels; q->quantity; q++) {
        n++;
        snprintf(name, sizeof name, "name%zu", n);
        spx_plot_set_text(p, name, q->title);
        snprintf(name, sizeof name, "axis%zu", n);
        spx_plot_set_text(p, name, q->axis);
        snprintf(name, sizeof name, "log%zu", n);
        spx_plot_set_number(p, name, q->logarithmic);
    }
    spx_plot_set_number(p, "panels", (double)n);
}
