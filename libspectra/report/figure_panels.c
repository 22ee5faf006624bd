/* figure_panels.c: the panels of a figure, each of one quantity. */
#include "report/figures.h"

#include "spx/change.h"
#include "spx/metrics.h"
#include "spx/spectrum.h"
#include "spx/subspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const panel figures_abilities[] = {
    {"rewrite_success", "edited facts", "success / %", .band = true, .range = RANGE_SHARE},
    {"rewrite_acc", "facts, argmax", "accuracy / %", .band = true, .range = RANGE_SHARE},
    {"paraphrase_success", "paraphrases", "success / %", .band = true, .range = RANGE_SHARE},
    {"neighborhood_success", "neighbours", "success / %", .band = true, .range = RANGE_SHARE},
    {"zsre_efficacy", "edited questions", "tokens / %", .band = true, .range = RANGE_SHARE},
    {"zsre_generalization", "rephrased", "tokens / %", .band = true, .range = RANGE_SHARE},
    {"zsre_specificity", "other questions", "tokens / %", .band = true, .range = RANGE_SHARE},
    {"perplexity", "WikiText perplexity", "perplexity", .logarithmic = true, .band = true},
    {"lambada", "LAMBADA", "correct / %", .band = true, .range = RANGE_SHARE},
    {0},
};

const panel figures_general_abilities[] = {
    {"neighborhood_success", "known facts", "success / %", .band = true, .range = RANGE_SHARE},
    {"perplexity", "WikiText perplexity", "perplexity", .logarithmic = true, .band = true},
    {"lambada", "LAMBADA", "correct / %", .band = true, .range = RANGE_SHARE},
    {0},
};

/* True if the arm has a number of the quantity at some stage. */
static spx_status arm_has_numbers(const panel *q, const arms *a, size_t arm, bool *out,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *series = NULL;
    const size_t stages = spx_store_stages(a->store[arm]);
    *out = false;
    if (q->of_tensors && !spx_store_has(a->store[arm], "tensors")) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &series, stages, err));
    SPX_TRY(figures_series(a, arm, q, 0, series, 1, err));
    for (size_t s = 0; s < stages; s++) *out |= isfinite(series[s]);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* "0 to 1"; false for "0 and more". */
static bool read_range(const char *text, double *low, double *high)
{
    char *end = NULL;
    *low = strtod(text, &end);
    if (end == text || strncmp(end, " to ", 4) != 0) return false;
    text = end + 4;
    *high = strtod(text, &end);
    return end != text && *end == '\0';
}

/* The two ends of a quantity's range, where both are numbers. */
static bool known_range(const char *quantity, double *low, double *high, const char **reading)
{
    static const spx_quantity *(*const tables[])(size_t) = {
        spx_subspace_metric, spx_spectrum_metric, spx_change_metric, spx_eval_metric};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (size_t i = 0; tables[t](i); i++) {
            const spx_quantity *q = tables[t](i);
            *reading = q->reading;
            if (strcmp(q->name, quantity) == 0) return read_range(q->range, low, high);
        }
    *reading = "";
    return false;
}

void figures_set_scale(spx_plot *p, const char *quantity)
{
    double low = 0, high = 0;
    const char *reading = NULL;
    char label[160];
    const size_t room = 16; /* letters that the height of a figure has beside the name */
    const bool known = known_range(quantity, &low, &high, &reading);
    const size_t clause = strcspn(reading, ",;");
    const int first = clause <= room ? (int)clause : 0;
    snprintf(label, sizeof label, "%s%s%.*s%s", quantity, first ? " (" : "", first, reading,
             first ? ")" : "");
    spx_plot_set_text(p, "metric", label);
    spx_plot_set_number(p, "scaled", known);
    spx_plot_set_number(p, "scale_low", low);
    spx_plot_set_number(p, "scale_high", high);
}

static const char *panel_at(const void *all, size_t i) { return ((const panel *)all)[i].quantity; }

/* The next name of a list at *at, which moves on. False at its end. */
static bool next_name(const char **at, char out[64])
{
    *at += strspn(*at, ", \t");
    const size_t n = strcspn(*at, ", \t");
    snprintf(out, 64, "%.*s", (int)n, *at);
    *at += n;
    return n > 0;
}

spx_status figures_check_style(const panel *all, const spx_figure_style *s, spx_error *err)
{
    static const panel nothing[] = {{0}};
    spx_status st = SPX_OK;
    size_t found = 0;
    char name[64];
    if (!s) return SPX_OK;
    const panel *of = all ? all : nothing;
    if (!all && (*s->panels || s->limited))
        SPX_RAISE(err, SPX_EINVAL, "style: this figure has no panels of quantities to choose");
    for (const char *at = s->panels; next_name(&at, name);)
        SPX_TRY(spx_find_name("panel", name, panel_at, of, &found, err));
    for (size_t i = 0; i < s->limited; i++)
        SPX_TRY(spx_find_name("panel", s->limits[i].quantity, panel_at, of, &found, err));
out:
    return st;
}

/* The panels in the order in which the style names them; all of them if it names none. */
static spx_status choose_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                                spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0, found = 0;
    char name[64];
    const char *at = a->style ? a->style->panels : "";
    while (n < MAX_PANELS && next_name(&at, name)) {
        SPX_TRY(spx_find_name("panel", name, panel_at, all, &found, err));
        out[n++] = all[found];
    }
    for (const panel *q = all; (!a->style || !*a->style->panels) && q->quantity; q++) out[n++] = *q;
    out[n] = (panel){0};
out:
    return st;
}

spx_status figures_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                          spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    panel chosen[MAX_PANELS + 1];
    SPX_TRY(choose_panels(all, a, chosen, err));
    for (const panel *q = chosen; q->quantity; q++) {
        bool any = false;
        for (size_t i = 0; i < a->shown && !any; i++) SPX_TRY(arm_has_numbers(q, a, i, &any, err));
        if (any) out[n++] = *q;
    }
    out[n] = (panel){0};
    if (n == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: holds nothing that this figure shows",
                  spx_store_path(a->store[0]));
out:
    return st;
}

static void set_text(spx_plot *p, const char *stem, size_t i, const char *text)
{
    char name[32];
    snprintf(name, sizeof name, "%s%zu", stem, i);
    spx_plot_set_text(p, name, text);
}

static void set_number(spx_plot *p, const char *stem, size_t i, double value)
{
    char name[32];
    snprintf(name, sizeof name, "%s%zu", stem, i);
    spx_plot_set_number(p, name, value);
}

void figures_describe(spx_plot *p, const arms *a, const panel *panels)
{
    size_t n = 0;
    for (const panel *q = panels; q->quantity; q++) {
        n++;
        set_text(p, "name", n, q->title);
        set_text(p, "axis", n, q->axis);
        set_number(p, "log", n, q->logarithmic);
        set_number(p, "range", n, q->range);
        for (size_t i = 0; a->style && i < a->style->limited; i++) {
            if (strcmp(a->style->limits[i].quantity, q->quantity) != 0) continue;
            set_number(p, "from", n, a->style->limits[i].low);
            set_number(p, "to", n, a->style->limits[i].high);
        }
    }
    spx_plot_set_number(p, "panels", (double)n);
}
