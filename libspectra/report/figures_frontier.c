/* figures_frontier.c: two abilities against each other at the last stage. */
#include "report/figures.h"

#include <math.h>
#include <stdlib.h>

/* The last stage's value k (itself, lower, upper end) of a quantity; NaN if there is none. */
static spx_status last_value(const arms *a, size_t arm, const panel *q, size_t k, double *out,
                             spx_error *err)
{
    void *mem = NULL;
    const size_t stages = spx_store_stages(a->store[arm]);
    spx_status st = spx_alloc(&mem, stages, sizeof(double), err);
    if (st == SPX_OK) st = figures_series(a, arm, q, k, mem, 1, err);
    *out = st == SPX_OK ? ((double *)mem)[stages - 1] : (double)NAN;
    spx_free(mem);
    return st;
}

/* Value, lower and upper end; the value itself where no interval is kept. */
static spx_status last_interval(const arms *a, size_t arm, const panel *q, double out[3],
                                spx_error *err)
{
    for (size_t k = 0; k < 3; k++) {
        const spx_status st = last_value(a, arm, q, k, &out[k], err);
        if (st != SPX_OK) return st;
        if (isnan(out[k])) out[k] = out[0];
    }
    return SPX_OK;
}

/* What of the run is protected, for a label: tau; 0 without a filter. */
static double protected_share(const spx_store *s)
{
    char *filter = NULL, *tau = NULL;
    double share = 0;
    if (spx_store_get_text(s, "", "filter", &filter, NULL) == SPX_OK && filter[0] != 'n' &&
        spx_store_get_text(s, "", "tau", &tau, NULL) == SPX_OK)
        share = strtod(tau, NULL);
    spx_free(filter);
    spx_free(tau);
    return share;
}

/* $data: arm, tau, neighbours (value, lo, hi), paraphrases (value, lo, hi). An arm whose facts have
 * no paraphrases is not drawn. */
spx_status figure_frontier(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[] = {"arm",
                                        "tau",
                                        "neighborhood_success",
                                        "neighborhood_success_lo",
                                        "neighborhood_success_hi",
                                        "paraphrase_success",
                                        "paraphrase_success_lo",
                                        "paraphrase_success_hi"};
    static const panel x = {.quantity = "neighborhood_success"},
                       y = {.quantity = "paraphrase_success"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat data;
    size_t shown = 0;
    (void)f;
    SPX_TRY(spx_mat_scratch(&tmp, &data, a->n, 8, err));
    for (size_t i = 0; i < a->n; i++) {
        double *row = data.data + i * data.ld;
        row[0] = (double)(i + 1);
        row[1] = protected_share(a->store[i]);
        SPX_TRY(last_interval(a, i, &x, row + 2, err));
        SPX_TRY(last_interval(a, i, &y, row + 5, err));
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
