/* figures_tuning.c: the trials of spx-tune: what facts gain against what perplexity loses; a point
 * a trial in the last rung that it was in. */
#include "report/figures.h"

#include <math.h>

enum { TRIAL, RUNG, FACTS, GOAL, PERPLEXITY, BASE, LAMBADA, SCORE, SECONDS, COLUMNS };

/* True if no later row is of the same trial. The last two rows are the comparison on facts held
 * apart. */
static bool is_last(const spx_mat *A, size_t row)
{
    for (size_t i = row + 1; i < A->rows - 2; i++)
        if (A->data[i * A->ld + TRIAL] == A->data[row * A->ld + TRIAL]) return false;
    return true;
}

static spx_status read_trials(const spx_store *s, spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!spx_store_has(s, "tune"))
        SPX_RAISE(err, SPX_ENOTFOUND, "%s has no trials (of spx-tune -o --evidence)",
                  spx_store_path(s));
    SPX_TRY(spx_store_get(s, "tune", "trials", out, err));
    if (out->cols != COLUMNS || out->rows < 2)
        SPX_RAISE(err, SPX_EFORMAT, "%s: tune/trials is %zu x %zu (expected %d columns)",
                  spx_store_path(s), out->rows, out->cols, COLUMNS);
out:
    return st;
}

/* Rows of an arm: arm, trial, rung, perplexity over the base's, goal, 1 if it is the start. */
static size_t put_trials(size_t arm, const spx_mat *A, double *row)
{
    size_t n = 0;
    for (size_t i = 0; i + 2 < A->rows; i++) {
        const double *x = A->data + i * A->ld;
        if (!is_last(A, i)) continue;
        const double all[] = {(double)(arm + 1),       x[TRIAL], x[RUNG],
                              x[PERPLEXITY] / x[BASE], x[GOAL],  x[TRIAL] == 0};
        for (size_t k = 0; k < 6; k++) row[6 * n + k] = all[k];
        n++;
    }
    return n;
}

static spx_status draw_tuning(const figure *f, const arms *a, const sink *to, spx_error *err)
{
    static const char *const names[] = {"arm",  "trial", "rung", "perplexity_ratio",
                                        "goal", "start"};
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat *trials = NULL, data;
    size_t most = 0, used = 0;
    (void)f;
    SPX_TRY(SPX_SCRATCH(&tmp, &trials, a->n, err));
    for (size_t i = 0; i < a->n; i++) {
        SPX_TRY(read_trials(a->store[i], &trials[i], err));
        most += trials[i].rows;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &data, most, 6, err));
    for (size_t i = 0; i < a->n; i++) used += put_trials(i, &trials[i], data.data + 6 * used);
    const spx_mat part = spx_mat_view(&data, 0, 0, used, 6);
    figures_emit(a, to, names, &part);
out:
    for (size_t i = 0; trials && i < a->n; i++) spx_mat_free(&trials[i]);
    spx_scratch_free(&tmp);
    return st;
}

const figure figure_tuning = {
    .about = {.name = "tuning",
              .summary = "settings tried: facts against perplexity (spx-tune --evidence)",
              .caption = "Settings tried, each in the last rung that it was in: what facts gain "
                         "against what perplexity loses. Larger marks went further; the ring is "
                         "the start.",
              .template_file = "tuning.gp"},
    .height = 8,
    .needs = "tune/trials",
    .stages = 1,
    .reading = FIGURE_OF_ALL,
    .draw = draw_tuning,
};
