/* figures_frontier.c: paraphrases against neighbours at the last stage, a point an arm. */
#include "report/figures.h"

#include <math.h>
#include <stdlib.h>

/* Value, lower and upper end of a quantity at the last stage; the value itself where no interval is
 * kept, NaN where there is no value. series: workspace of as many values as the arm has stages. */
static spx_status last_interval(const arms *a, size_t arm, const panel *q, double *series,
                                double out[3], spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t k = 0; k < 3; k++) {
        SPX_TRY(figures_series(a, arm, q, k, series, 1, err));
        out[k] = series[spx_store_stages(a->store[arm]) - 1];
        if (isnan(out[k])) out[k] = out[0];
    }
out:
    return st;
}

/* What share of the spectrum the run protects, for a label: tau; 0 without a filter. */
static double protected_share(const spx_store *s)
{
    char tau[64] = "0";
    if (run_file_unfiltered(s)) return 0;
    run_file_text(s, "tau", tau, sizeof tau);
    return strtod(tau, NULL);
}

/* A row: arm, tau, neighbours (value, lo, hi), paraphrases (value, lo, hi). */
static spx_status put_point(const arms *a, size_t arm, double *row, spx_error *err)
{
    static const panel neighbours = {.quantity = "neighborhood_success"},
                       paraphrases = {.quantity = "paraphrase_success"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *series = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &series, spx_store_stages(a->store[arm]), err));
    row[0] = (double)(arm + 1);
    row[1] = protected_share(a->store[arm]);
    SPX_TRY(last_interval(a, arm, &neighbours, series, row + 2, err));
    SPX_TRY(last_interval(a, arm, &paraphrases, series, row + 5, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* An arm whose facts have no paraphrases is not drawn. */
static spx_status draw_frontier(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[] = {"arm",
                                        "tau",
                                        "neighborhood_success",
                                        "neighborhood_success_lo",
                                        "neighborhood_success_hi",
                                        "paraphrase_success",
                                        "paraphrase_success_lo",
                                        "paraphrase_success_hi"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    size_t shown = 0;
    (void)f;
    SPX_TRY(spx_mat_scratch(&tmp, &data, a->n, 8, err));
    for (size_t i = 0; i < a->n; i++) {
        double *row = data.data + i * data.ld;
        SPX_TRY(put_point(a, i, row, err));
        if (isfinite(row[2]) && isfinite(row[5])) shown++;
    }
    if (shown == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: paraphrases and neighbours were not both evaluated",
                  spx_store_path(a->store[0]));
    figures_emit(a, to, names, &data);
out:
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_frontier = {
    .about = {.name = "frontier",
              .summary = "paraphrases against neighbours at the last stage",
              .caption =
                  "Paraphrases against neighbours at the last stage; numbers, of six arms or "
                  "fewer, are tau.",
              .template_file = "frontier.gp",
              .picture = "tau/frontier"},
    .height = 9,
    .needs = "evaluation/paraphrase_success evaluation/neighborhood_success",
    .stages = 1,
    .reading = FIGURE_OF_ALL,
    .draw = draw_frontier,
};
