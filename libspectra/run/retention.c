/* retention.c: facts of every earlier round tested again at a stage: what further edits make the
 * model forget. */
#include "run/session.h"

#include <math.h>
#include <string.h>

enum { MOST_METRICS = 32 };

/* The triangle's row at one stage: a metric's values by the round that was edited. */
typedef struct row {
    const spx_quantity *q;
    double *by_round;
} row;

/* `count` facts of a round, evenly spread over it. */
static void spread_over_round(const session *s, size_t round, size_t count, size_t *index)
{
    for (size_t i = 0; i < count; i++)
        index[i] = (round - 1) * s->spec->round + i * s->spec->round / count;
}

/* The row of a metric, made on first use. */
static spx_status row_of(row *rows, size_t *n, const spx_quantity *q, size_t rounds,
                         spx_scratch *tmp, row **out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = NULL;
    for (size_t i = 0; i < *n && !*out; i++)
        if (rows[i].q == q) *out = &rows[i];
    if (*out) return SPX_OK;
    if (*n == MOST_METRICS)
        SPX_RAISE(err, SPX_EUNSUP, "more than %d metrics of facts", MOST_METRICS);
    rows[*n] = (row){.q = q};
    SPX_TRY(SPX_SCRATCH(tmp, &rows[*n].by_round, rounds, err));
    for (size_t r = 0; r < rounds; r++) rows[*n].by_round[r] = (double)NAN;
    *out = &rows[(*n)++];
out:
    return st;
}

static spx_status test_round(const session *s, size_t round, size_t rounds, size_t *index,
                             row *rows, size_t *n, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_results r = {0};
    const size_t count = s->spec->retention < s->spec->round ? s->spec->retention : s->spec->round;
    spread_over_round(s, round, count, index);
    SPX_TRY(spx_eval_facts(s->fact_eval, s->model, index, count, &r, err));
    for (size_t i = 0; i < r.metrics; i++) {
        row *at = NULL;
        SPX_TRY(row_of(rows, n, r.metric[i].q, rounds, tmp, &at, err));
        at->by_round[round - 1] = r.metric[i].value;
    }
out:
    spx_results_free(&r);
    return st;
}

spx_status retention_record(const session *s, spx_store *store, size_t stage, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    row rows[MOST_METRICS];
    size_t *index = NULL, n = 0;
    if (s->spec->retention == 0 || stage == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &index, s->spec->round, err));
    for (size_t round = 1; round <= stage; round++)
        SPX_TRY(test_round(s, round, stage, index, rows, &n, &tmp, err));
    for (size_t i = 0; i < n; i++)
        SPX_TRY(spx_store_put_row(store, "retention", rows[i].q, stage, "round", rows[i].by_round,
                                  stage, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
