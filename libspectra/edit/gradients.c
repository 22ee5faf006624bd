/* gradients.c: features and output gradients at the tokens of facts' targets (spx/gradients.h). */
#include "spx/gradients.h"

#include "edit/output_gradients.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The facts of one pass. */
typedef struct pass {
    const spx_prompts *p;
    const spx_gradients_opts *opts;
    spx_mat *H, *G;
    size_t batch;
    size_t *start;  /* batch + 1: where their rows begin */
    int32_t *token; /* of the rows */
    size_t *row;    /* those that are judged */
} pass;

static size_t bare(const spx_prompts *p, size_t i) { return i * (p->contexts + 1); }

static size_t rows_of(const spx_prompts *p, size_t i)
{
    return p->start[bare(p, i) + 1] - p->start[bare(p, i)];
}

/* Most rows, or judged ones, of any pass. */
static void find_largest_pass(const spx_prompts *p, size_t batch, size_t *rows, size_t *judged)
{
    *rows = *judged = 0;
    for (size_t first = 0; first < p->facts; first += batch) {
        const size_t end = p->facts - first < batch ? p->facts : first + batch;
        const size_t here = p->target_start[end] - p->target_start[first];
        size_t sum = 0;
        for (size_t i = first; i < end; i++) sum += rows_of(p, i);
        *rows = sum > *rows ? sum : *rows;
        *judged = here > *judged ? here : *judged;
    }
}

static spx_status pass_new(pass *q, size_t rows, size_t judged, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(tmp, &q->start, q->batch + 1, err));
    SPX_TRY(SPX_SCRATCH(tmp, &q->token, rows, err));
    SPX_TRY(SPX_SCRATCH(tmp, &q->row, judged, err));
out:
    return st;
}

/* Packs facts first .. first + n - 1; the last rows of each predict its target. */
static void pack_facts(pass *q, size_t first, size_t n)
{
    const spx_prompts *p = q->p;
    size_t judged = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t rows = rows_of(p, first + i);
        const size_t m = p->target_start[first + i + 1] - p->target_start[first + i];
        memcpy(q->token + q->start[i], p->token + p->start[bare(p, first + i)],
               rows * sizeof *q->token);
        q->start[i + 1] = q->start[i] + rows;
        for (size_t j = m; j > 0; j--) q->row[judged++] = q->start[i + 1] - j;
    }
}

/* Columns at .. at + n - 1 of A <- rows row[0 .. n) of x. */
static void take_rows(const float *x, const size_t *row, size_t n, spx_mat *A, size_t at)
{
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < A->rows; j++)
            A->data[j * A->ld + at + k] = (double)x[row[k] * A->rows + j];
}

/* Runs facts first .. first + n - 1, and adds their part of the loss's sum over tokens. */
static spx_status run_pass(pass *q, output_gradients *g, size_t first, size_t n, double *sum,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t at = q->p->target_start[first], judged = q->p->target_start[first + n] - at;
    const spx_batch b = {.n = n, .start = q->start, .token = q->token};
    const judged_rows j = {q->row, q->p->target + at, judged, 1 / (double)judged};
    double loss = 0;
    pack_facts(q, first, n);
    SPX_TRY(output_gradients_run(g, &b, &j, &loss, err));
    if (!isfinite(loss))
        SPX_RAISE(err, SPX_ENUMERIC, "facts %zu to %zu: loss is not finite", first + 1, first + n);
    for (size_t i = 0; i < q->opts->layers; i++) {
        const size_t block = q->opts->layer[i] - g->from;
        take_rows(g->inputs[block], q->row, judged, &q->H[i], at);
        take_rows(g->outputs[block], q->row, judged, &q->G[i], at);
    }
    *sum += loss * (double)judged;
out:
    return st;
}

spx_status spx_gradients_of_facts(const spx_model *m, const spx_prompts *p,
                                  const spx_gradients_opts *o, spx_mat *H, spx_mat *G, double *loss,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    output_gradients g = {0};
    pass q = {.p = p, .opts = o, .H = H, .G = G};
    size_t rows = 0, judged = 0;
    double sum = 0;
    assert(o->batch > 0 && o->layers > 0 && p->facts > 0);
    q.batch = o->batch < p->facts ? o->batch : p->facts;
    find_largest_pass(p, q.batch, &rows, &judged);
    SPX_TRY(pass_new(&q, rows, judged, &tmp, err));
    SPX_TRY(output_gradients_open(&g, m, o->layer, o->layers, rows, err));
    for (size_t first = 0, n; first < p->facts; first += n) {
        n = p->facts - first < q.batch ? p->facts - first : q.batch;
        SPX_TRY(run_pass(&q, &g, first, n, &sum, err));
    }
    *loss = sum / (double)p->target_start[p->facts];
out:
    output_gradients_close(&g);
    spx_scratch_free(&tmp);
    return st;
}
