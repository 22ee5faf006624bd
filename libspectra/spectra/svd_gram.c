/* svd_gram.c: singular values and top triplets through the smaller Gram matrix.
 *
 *     G = W W^T (m <= n, else W^T W),  G = Q diag(w) Q^T,  s = sqrt(w),  other side = W^T Q / s
 *
 * Values lose half their digits towards the small end: error about eps s_1^2 / (2 s). A top
 * vector's other side inherits eps (s_1 / s)^2, so columns with s below 1e-6 s_1 would not be
 * orthonormal to 1e-4: such a request is refused here and answered by `full`. */
#include "spectra/engines.h"

#include "spx/linalg.h"

#include <math.h>
#include <stdbool.h>

static const double smallest_ratio = 1e-6;

typedef struct request {
    const spx_svd_opts *opts;
    spx_svd *out;
} request;

/* Turns eigenvalues into singular values, then counts what is asked for. */
static size_t choose(const double *w, size_t n, void *arg)
{
    const request *q = arg;
    for (size_t i = 0; i < n; i++) q->out->s[i] = w[i] > 0 ? sqrt(w[i]) : 0;
    return svd_choose(q->opts, q->out->s, n);
}

/* other <- op(W) Q diag(1 / s) */
static spx_status other_side(const spx_panels *W, spx_trans op, const spx_mat *Q, const double *s,
                             spx_mat *other, spx_error *err)
{
    const spx_status st = spx_panels_times(W, op, Q, other, err);
    for (size_t i = 0; st == SPX_OK && i < other->rows; i++)
        for (size_t j = 0; j < other->cols; j++) other->data[i * other->ld + j] /= s[j];
    return st;
}

spx_status svd_gram(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat G, Q;
    void *w = NULL;
    const bool wide = W->rows <= W->cols;
    request q = {o, out};
    SPX_TRY(svd_values(out, err));
    SPX_TRY(spx_mat_scratch(&tmp, &G, out->r, out->r, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &w, out->r, sizeof(double), err));
    SPX_TRY(spx_panels_gram(W, &G, err));
    SPX_TRY(spx_linalg_syev_top(&G, w, choose, &q, &Q, &tmp, err));
    if (Q.cols > 0 && out->s[Q.cols - 1] < smallest_ratio * out->s[0])
        SPX_RAISE(err, SPX_ENUMERIC, "triplet %zu is below what a Gram matrix resolves", Q.cols);
    SPX_TRY(svd_vectors(out, Q.cols, err));
    if (out->k == 0) goto out;
    spx_mat_copy(wide ? &out->U : &out->V, &Q);
    SPX_TRY(other_side(W, wide ? SPX_T : SPX_N, &Q, out->s, wide ? &out->V : &out->U, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
