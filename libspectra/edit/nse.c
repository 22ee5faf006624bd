/* nse.c: Neuron-level Sequential Editing (Jiang et al., ACL 2025, arXiv 2410.04045, Eq. 9-11;
 * nse/nse_main.py).
 *
 * Of the f neurons only S is written: in the order of score = sum over facts of |k|, as many as
 * hold at most the share p of all scores, and one more. With B = lambda C + K_p K_p^T
 *
 *     dW[:, S] = R [(B_SS + K_S K_S^T)^{-1} K_S]^T,    0 elsewhere.
 *
 * p = 1 writes all and is MEMIT-seq's solve. Otherwise B is kept as f x f and B_SS factored for
 * every batch, |S|^3 / 3 flops. Rewound targets and retries are the driver's. */
#include "edit/editors.h"

#include <math.h>
#include <stdlib.h>

static spx_status nse_prior(const spx_edit_opts *o, spx_mat *C, prior *out, spx_error *err)
{
    if (o->value[SPX_NEURON_THRESHOLD] >= 1) return edit_memit_prior(o, C, out, err);
    spx_mat_scale(C, o->value[SPX_LAMBDA]);
    out->B = *C;
    *C = (spx_mat){0};
    return SPX_OK;
}

typedef struct neuron {
    double score;
    size_t index;
} neuron;

static int by_score(const void *a, const void *b)
{
    const neuron *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

static int by_index(const void *a, const void *b)
{
    const neuron *x = a, *y = b;
    return x->index < y->index ? -1 : 1;
}

/* The chosen ones stand first, in the order of their indices. */
static size_t choose(const spx_mat *K, double p, neuron *all)
{
    double total = 0, sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < K->rows; i++) {
        all[i] = (neuron){0, i};
        for (size_t j = 0; j < K->cols; j++) all[i].score += fabs(K->data[i * K->ld + j]);
        total += all[i].score;
    }
    qsort(all, K->rows, sizeof *all, by_score);
    while (n < K->rows && (sum += all[n].score) <= p * total) n++;
    if (n < K->rows) n++;
    qsort(all, n, sizeof *all, by_index);
    return n;
}

static spx_status solve_some(const spx_edit *s, const spx_mat *K, const neuron *in, size_t n,
                             spx_mat *B, double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat part = {0}, KS, BS;
    prior sub = {.f = n, .scale = 1, .rcond = 1};
    const spx_mat *whole = &s->prior.B;
    SPX_TRY(spx_mat_scratch(&tmp, &KS, n, K->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &BS, n, K->cols, err));
    SPX_TRY(spx_mat_alloc(&part, n, n, err));
    for (size_t i = 0; i < n; i++) {
        const spx_mat row = spx_mat_view(K, in[i].index, 0, 1, K->cols);
        spx_mat to = spx_mat_view(&KS, i, 0, 1, K->cols);
        spx_mat_copy(&to, &row);
        for (size_t j = 0; j < n; j++)
            part.data[i * n + j] = whole->data[in[i].index * whole->ld + in[j].index];
    }
    SPX_TRY(prior_from_matrix(&part, &sub, err));
    *rcond = fmin(*rcond, sub.rcond);
    SPX_TRY(edit_gain(&sub, &KS, 1, &BS, rcond, err));
    for (size_t i = 0; i < n; i++) {
        const spx_mat row = spx_mat_view(&BS, i, 0, 1, K->cols);
        spx_mat to = spx_mat_view(B, in[i].index, 0, 1, K->cols);
        spx_mat_copy(&to, &row);
    }
out:
    prior_free(&sub);
    spx_mat_free(&part);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status nse_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                            double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    void *all = NULL;
    const double p = s->opts.value[SPX_NEURON_THRESHOLD];
    (void)A;
    if (p >= 1) return edit_gain(&s->prior, b->K, 1, B, rcond, err);
    SPX_TRY(spx_alloc(&all, b->K->rows, sizeof(neuron), err));
    const size_t n = choose(b->K, p, all);
    SPX_TRY(solve_some(s, b->K, all, n, B, rcond, err));
out:
    spx_free(all);
    return st;
}

static const struct spx_editor_code code = {nse_prior, nse_solve, NULL, NULL};
const spx_editor edit_nse = {
    .name = "nse",
    .summary = "MEMIT-seq on chosen neurons, targets from the original model, facts retried",
    .source = "arXiv 2410.04045, Eq. 9-11",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_NEURON_THRESHOLD | 1U << SPX_RESIDUAL_MIN |
            1U << SPX_RESIDUAL_MAX | 1U << SPX_MAX_ITERATIONS,
    .moment = true,
    .history = true,
    .rewinds = true,
    .code = &code,
};
