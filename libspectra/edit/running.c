/* running.c: running statistics of features and gradients (spx/gradients.h).
 *
 * Chan, Golub and LeVeque 1979 for the merge of two samples; UltraEdit (arXiv 2505.14679) and its
 * public code for the rule SPX_RUNNING_UNBIASED, StableEdit (arXiv 2605.11836) and its public code
 * for SPX_RUNNING_WHITENED. */
#include "spx/gradients.h"
#include "spx/linalg.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static const double least_eigenvalue = 1e-6; /* StableEdit's clamp; absolute */

spx_status spx_running_new(spx_running_rule rule, size_t f, size_t d, spx_running *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_running r = {.rule = rule, .f = f, .d = d};
    SPX_TRY(spx_mat_alloc(&r.moments, f + d, 2, err));
    if (rule == SPX_RUNNING_WHITENED) SPX_TRY(spx_mat_alloc(&r.products, d, d, err));
    *out = r;
    r = (spx_running){0};
out:
    spx_running_free(&r);
    return st;
}

void spx_running_free(spx_running *r)
{
    spx_mat_free(&r->moments);
    spx_mat_free(&r->products);
    spx_mat_free(&r->whitener);
    *r = (spx_running){0};
}

/* Mean of n numbers and the sum of their squared deviations from it. */
static double mean_of(const double *x, size_t n, double *squares)
{
    double mean = 0;
    *squares = 0;
    for (size_t t = 0; t < n; t++) mean += x[t] / (double)n;
    for (size_t t = 0; t < n; t++) *squares += (x[t] - mean) * (x[t] - mean);
    return mean;
}

/* Merges the rows of X (entries x T) into mu and S of entries from `first` on; delta receives what
 * the means were apart. */
static void merge_rows(spx_running *r, const spx_mat *X, size_t first, double *delta)
{
    const double T = (double)X->cols, n = r->n + T;
    const double factor = r->rule == SPX_RUNNING_UNBIASED ? T / (T - 1) : 1;
    for (size_t j = 0; j < X->rows; j++) {
        double *at = r->moments.data + (first + j) * r->moments.ld, squares = 0;
        delta[j] = mean_of(X->data + j * X->ld, X->cols, &squares) - at[0];
        at[0] += T * delta[j] / n;
        at[1] += factor * squares + r->n * T * delta[j] * delta[j] / n;
    }
}

/* Adds the outer products of g; delta: how far the mean of G lies from mu before G. */
static spx_status merge_products(spx_running *r, const spx_mat *G, const double *delta,
                                 const spx_mat *before, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat centred;
    const double T = (double)G->cols, factor = r->n * T / (r->n + T);
    SPX_TRY(spx_mat_scratch(&tmp, &centred, r->d, G->cols, err));
    for (size_t j = 0; j < r->d; j++) {
        const double mean = before->data[j] + delta[j];
        for (size_t t = 0; t < G->cols; t++)
            centred.data[j * centred.ld + t] = G->data[j * G->ld + t] - mean;
    }
    spx_syrk(&r->products, 1, &centred, SPX_N, 1);
    for (size_t i = 0; i < r->d; i++)
        for (size_t j = 0; j < r->d; j++)
            r->products.data[i * r->products.ld + j] += factor * delta[i] * delta[j];
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_running_add(spx_running *r, const spx_mat *H, const spx_mat *G, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *delta = NULL;
    spx_mat before;
    assert(H->rows == r->f && G->rows == r->d && H->cols == G->cols && H->cols > 0);
    if (r->rule == SPX_RUNNING_UNBIASED && H->cols == 1)
        SPX_RAISE(err, SPX_ENUMERIC,
                  "a batch of one target token has no unbiased variance (expected 2 or more)");
    SPX_TRY(spx_mat_check_finite(H, err));
    SPX_TRY(spx_mat_check_finite(G, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &delta, r->f + r->d, err));
    SPX_TRY(spx_mat_scratch(&tmp, &before, r->d, 1, err));
    for (size_t j = 0; j < r->d; j++) before.data[j] = r->moments.data[(r->f + j) * r->moments.ld];
    merge_rows(r, H, 0, delta);
    merge_rows(r, G, r->f, delta + r->f);
    if (r->products.data) SPX_TRY(merge_products(r, G, delta + r->f, &before, err));
    r->n += (double)H->cols;
out:
    spx_scratch_free(&tmp);
    return st;
}

/* An spx_choose_fn. */
static size_t all_vectors(const double *w, size_t n, void *arg)
{
    (void)w, (void)arg;
    return n;
}

/* W <- Q diag(max(w, least) ^ -1/2) Q^T of the covariance. */
static spx_status invert_root(const spx_running *r, spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C, scaled, Q = {0};
    double *w = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &C, r->d, r->d, err));
    SPX_TRY(spx_mat_scratch(&tmp, &scaled, r->d, r->d, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w, r->d, err));
    spx_mat_copy(&C, &r->products);
    spx_mat_scale(&C, 1 / (r->n - (double)r->d - 1 + (double)FLT_EPSILON));
    SPX_TRY(spx_linalg_syev_top(&C, w, 0, all_vectors, NULL, &Q, err));
    for (size_t i = 0; i < r->d; i++) w[i] = 1 / sqrt(fmax(w[i], least_eigenvalue));
    spx_mat_copy(&scaled, &Q);
    spx_mat_scale_columns(&scaled, w);
    spx_gemm(W, 1, &scaled, SPX_N, &Q, SPX_T, 0);
out:
    spx_mat_free(&Q);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_running_settle(spx_running *r, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!r->products.data || !(r->n > (double)r->d + 1)) goto out;
    if (!r->whitener.data) SPX_TRY(spx_mat_alloc(&r->whitener, r->d, r->d, err));
    SPX_TRY(invert_root(r, &r->whitener, err));
out:
    return st;
}

/* X <- (X - mu) / spread, for the entries from `first` on; only centred where scaled is false. */
static void standardise_rows(const spx_running *r, size_t first, bool scaled, spx_mat *X)
{
    for (size_t j = 0; j < X->rows; j++) {
        const double *at = r->moments.data + (first + j) * r->moments.ld;
        const double sigma = sqrt(at[1] / (r->n - 1 + (double)FLT_EPSILON));
        const double by = scaled ? 1 / (sigma + (double)FLT_EPSILON) : 1;
        for (size_t t = 0; t < X->cols; t++)
            X->data[j * X->ld + t] = (X->data[j * X->ld + t] - at[0]) * by;
    }
}

spx_status spx_running_standardise(const spx_running *r, spx_mat *H, spx_mat *G, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat centred;
    standardise_rows(r, 0, true, H);
    standardise_rows(r, r->f, !r->whitener.data, G);
    if (!r->whitener.data) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &centred, G->rows, G->cols, err));
    spx_mat_copy(&centred, G);
    spx_gemm(G, 1, &r->whitener, SPX_N, &centred, SPX_N, 0);
out:
    spx_scratch_free(&tmp);
    return st;
}
