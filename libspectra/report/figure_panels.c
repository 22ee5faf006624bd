/* figure_panels.c: the panels of a figure, each of one quantity. */
#include "report/figures.h"

#include <math.h>

const panel figures_abilities[] = {
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

const panel figures_general_abilities[] = {
    {"neighborhood_success", "known facts", "success / %", .band = true},
    {"perplexity", "text", "perplexity", .logarithmic = true, .band = true},
    {"lambada", "last words", "LAMBADA / %", .band = true},
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

spx_status figures_panels(const panel *all, const arms *a, panel out[MAX_PANELS + 1],
                          spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    for (const panel *q = all; q->quantity; q++) {
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
