/* nse.c: Neuron-level Sequential Editing (Jiang et al., ACL 2025, arXiv 2410.04045, Eq. 9-11;
 * nse/nse_main.py).
 *
 * Of the f neurons only a set S is written: in descending order of score = sum over facts of |k|,
 * as many as hold at most the share p of all scores, and one more. With B = lambda C + K_p K_p^T
 *
 *     dW[:, S] = R [(B_SS + K_S K_S^T)^{-1} K_S]^T,    0 elsewhere.
 *
 * p = 1 writes all and is MEMIT-seq's solve. Otherwise B is kept as f x f and B_SS factored for
 * every batch, |S|^3 / 3 flops. Targets are those of the original model, and a batch is gone over
 * max_iterations times: each pass writes the facts whose |z - h| lies between residual_min, where a
 * fact counts as written, and residual_max, from where it counts as out of reach. */
#include "edit/editors.h"

#include "spx/extremes.h"

#include <math.h>
#include <stdlib.h>

static spx_status nse_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out, spx_error *err)
{
    if (o->value[SPX_NEURON_THRESHOLD] >= 1) return edit_memit_cost(o, C, out, err);
    spx_mat_scale(C, o->value[SPX_LAMBDA]);
    out->B = *C;
    *C = (spx_mat){0};
    return SPX_OK;
}

static size_t nse_facts(const spx_edit_opts *o, const spx_mat *R, size_t *fact)
{
    size_t n = 0;
    for (size_t i = 0; i < R->cols; i++) {
        const spx_mat column = spx_mat_view(R, 0, i, R->rows, 1);
        const double size = spx_norm_fro(&column);
        if (size > o->value[SPX_RESIDUAL_MIN] && size < o->value[SPX_RESIDUAL_MAX]) fact[n++] = i;
    }
    return n;
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

/* Fills all (one a row of K) and brings S to its front, ascending by index; returns |S|. */
static size_t choose_neurons(const spx_mat *K, double p, neuron *all)
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

/* Row at_to of `to` <- row at_from of `from`. */
static void copy_row(spx_mat *to, size_t at_to, const spx_mat *from, size_t at_from)
{
    const spx_mat row = spx_mat_view(from, at_from, 0, 1, from->cols);
    spx_mat place = spx_mat_view(to, at_to, 0, 1, to->cols);
    spx_mat_copy(&place, &row);
}

/* The factor B of dW for the n neurons of S; its other rows stay 0. */
static spx_status factor_of_neurons(const spx_edit *s, const spx_mat *K, const neuron *in, size_t n,
                                    spx_mat *B, double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat B_SS = {0}, K_S, factor;
    spx_key_cost cost = key_cost_identity(n);
    const spx_mat *whole = &s->cost.B;
    SPX_TRY(spx_mat_scratch(&tmp, &K_S, n, K->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &factor, n, K->cols, err));
    SPX_TRY(spx_mat_alloc(&B_SS, n, n, err));
    for (size_t i = 0; i < n; i++) {
        copy_row(&K_S, i, K, in[i].index);
        for (size_t j = 0; j < n; j++)
            B_SS.data[i * n + j] = whole->data[in[i].index * whole->ld + in[j].index];
    }
    SPX_TRY(key_cost_from_matrix(&B_SS, &cost, err));
    *rcond = spx_min(*rcond, cost.rcond);
    SPX_TRY(edit_ridge_factor(&cost, &K_S, 1, &factor, rcond, err));
    for (size_t i = 0; i < n; i++) copy_row(B, in[i].index, &factor, i);
out:
    key_cost_free(&cost);
    spx_mat_free(&B_SS);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status nse_solve(const spx_edit *s, const spx_bundle *b, spx_mat *A, spx_mat *B,
                            double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    neuron *all = NULL;
    const double p = s->opts.value[SPX_NEURON_THRESHOLD];
    if (p >= 1) return edit_ridge_solve(s, b, A, B, rcond, err);
    SPX_TRY(SPX_NEW(&all, b->K->rows, err));
    const size_t n = choose_neurons(b->K, p, all);
    SPX_TRY(factor_of_neurons(s, b->K, all, n, B, rcond, err));
out:
    spx_free(all);
    return st;
}

const spx_editor edit_nse = {
    .name = "nse",
    .summary = "MEMIT-seq on chosen neurons, targets from the original model, facts retried",
    .source = "arXiv 2410.04045, Eq. 9-11",
    .uses = 1U << SPX_LAMBDA | 1U << SPX_NEURON_THRESHOLD | 1U << SPX_RESIDUAL_MIN |
            1U << SPX_RESIDUAL_MAX | 1U << SPX_MAX_ITERATIONS,
    .needs_moment = true,
    .remembers = true,
    .original_targets = true,
    .cost = nse_cost,
    .solve = nse_solve,
    .choose_facts = nse_facts,
};
