/* svd_gram.c: singular values and top triplets through the smaller Gram matrix.
 *
 *     G = W W^T (m <= n, else W^T W),  G = Q diag(w) Q^T,  s = sqrt(w),  other side P = W^T Q / s
 *
 * An error of eps s_1^2 in w is one of eps s_1^2 / (2 s) in s, and P inherits eps (s_1 / s)^2 in
 * the orthonormality of its columns. Both are within a small factor of dgesdd's as long as s is
 * above s_1 / 10. The rest is refined where that is asked for or needed: with Q = [Q_h Q_t], head
 * and tail,
 *
 *     B = Q_t^T W = X S Y^T by dgesdd,  Q_t <- Q_t X,  P_t = Y,
 *
 * whose error is eps ||B||, and which head and tail of the exact decomposition are coupled to only
 * through Q_h^T G Q_t = O(eps s_1^2), so that values move by at most 10 eps s_1. P = [P_h P_t] is
 * then made orthonormal once more: where s is as small as eps s_1, Y is so only within itself. */
#include "spectra/engines.h"

#include "spx/linalg.h"

#include <float.h>
#include <math.h>

static const double head_ratio = 0.1, smallest_ratio = 1e-4;

typedef struct request {
    const spx_svd_opts *opts;
    spx_svd *out;
    double apart;   /* of the matrix that G is of from W */
    size_t k, head; /* wanted; at least s[0] / 10 */
    bool refine;
} request;

static size_t head_of(const spx_svd *f)
{
    size_t h = 0;
    while (h < f->r && f->s[h] >= head_ratio * f->s[0] && f->s[0] > 0) h++;
    return h;
}

/* Turns eigenvalues into singular values, then says how many vectors are needed. */
static size_t choose(const double *w, size_t n, void *arg)
{
    request *q = arg;
    spx_svd *f = q->out;
    const double noise = fmax(svd_rounding(n) * w[0], (double)n * DBL_MIN);
    for (size_t i = 0; i < n; i++) {
        f->s[i] = w[i] > 0 ? sqrt(w[i]) : 0;
        f->error[i] = noise / fmax(f->s[i], sqrt(noise)) + q->apart;
    }
    q->k = svd_choose(q->opts, f->s, n);
    q->head = head_of(f);
    const bool small = q->k > 0 && !(f->s[q->k - 1] > smallest_ratio * f->s[0]);
    q->refine = q->head < n && (q->opts->accurate || small);
    return q->refine ? n : q->k;
}

/* Values from h on; if Yt is not NULL also Q_t X in place of Q_t, and Y. See the top. */
static spx_status refine_tail(const spx_panels *W, const request *q, spx_mat *Q, spx_mat *Y,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_svd *f = q->out;
    const size_t h = q->head, t = f->r - h;
    const bool wide = W->rows <= W->cols;
    spx_mat tail = spx_mat_view(Q, 0, h, Q->rows, t), Bt, Xt, turned;
    SPX_TRY(spx_mat_scratch(&tmp, &Bt, wide ? W->cols : W->rows, t, err));
    SPX_TRY(spx_panels_times(W, wide ? SPX_T : SPX_N, &tail, &Bt, err));
    if (Y) {
        SPX_TRY(spx_mat_alloc(Y, Bt.rows, t, err));
        SPX_TRY(spx_mat_scratch(&tmp, &Xt, t, t, err));
        SPX_TRY(spx_mat_scratch(&tmp, &turned, Q->rows, t, err));
        SPX_TRY(spx_linalg_gesdd(&Bt, Y, f->s + h, &Xt, &tmp, err));
        spx_gemm(&turned, 1, &tail, SPX_N, &Xt, SPX_T, 0);
        spx_mat_copy(&tail, &turned);
    } else
        SPX_TRY(spx_linalg_gesdd(&Bt, NULL, f->s + h, NULL, &tmp, err));
    for (size_t i = h; i < f->r; i++) {
        if (i > 0) f->s[i] = fmin(f->s[i], f->s[i - 1]); /* at the seam, within error */
        f->error[i] = svd_rounding(f->r) * f->s[0] / head_ratio + q->apart;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* other <- [op(W) Q diag(1 / s) for the first h, Y for the rest] */
static spx_status other_side(const spx_panels *W, spx_trans op, const spx_mat *Q, const double *s,
                             size_t h, const spx_mat *Y, spx_mat *other, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const size_t k = other->cols, direct = h < k ? h : k;
    const spx_mat x = spx_mat_view(Q, 0, 0, Q->rows, direct);
    spx_mat head = spx_mat_view(other, 0, 0, other->rows, direct);
    if (direct > 0) SPX_TRY(spx_panels_times(W, op, &x, &head, err));
    for (size_t i = 0; i < other->rows; i++)
        for (size_t j = 0; j < direct; j++) head.data[i * head.ld + j] /= s[j];
    if (direct == k) goto out;
    spx_mat tail = spx_mat_view(other, 0, direct, other->rows, k - direct);
    const spx_mat y = spx_mat_view(Y, 0, 0, other->rows, k - direct);
    spx_mat_copy(&tail, &y);
    SPX_TRY(spx_linalg_orth(other, &tmp, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

static double trace(const spx_mat *G)
{
    double sum = 0;
    for (size_t i = 0; i < G->rows; i++) sum += G->data[i * G->ld + i];
    return sum;
}

/* Triplets out of Q's columns, from head on refined with Y where Y has any. */
static spx_status fill_vectors(const spx_panels *W, const request *q, const spx_mat *Q,
                               const spx_mat *Y, spx_error *err)
{
    spx_svd *f = q->out;
    const bool wide = W->rows <= W->cols;
    const size_t k = svd_choose(q->opts, f->s, f->r), most = Y->cols > 0 ? f->r : Q->cols;
    spx_status st = svd_vectors(f, k < most ? k : most, err);
    if (st != SPX_OK || f->k == 0) return st;
    const spx_mat top = spx_mat_view(Q, 0, 0, Q->rows, f->k);
    spx_mat_copy(wide ? &f->U : &f->V, &top);
    return other_side(W, wide ? SPX_T : SPX_N, Q, f->s, Y->cols > 0 ? q->head : f->k, Y,
                      wide ? &f->V : &f->U, err);
}

spx_status svd_of_gram(const spx_panels *W, spx_mat *G, double apart, const spx_svd_opts *o,
                       spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Q = {0}, Y = {0};
    void *w = NULL;
    request q = {.opts = o, .out = out, .apart = apart};
    SPX_TRY(svd_values(out, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &w, out->r, sizeof(double), err));
    SPX_TRY(svd_check_range(trace(G), out, err));
    out->note = "its Gram matrix's eigenproblem did not converge; full answered";
    SPX_TRY(spx_linalg_syev_top(G, w, choose, &q, &Q, err));
    spx_mat_free(G);
    if (q.refine) SPX_TRY(refine_tail(W, &q, &Q, q.k >= q.head && q.k > 0 ? &Y : NULL, err));
    out->note = NULL;
    SPX_TRY(fill_vectors(W, &q, &Q, &Y, err));
out:
    spx_mat_free(G);
    spx_mat_free(&Q);
    spx_mat_free(&Y);
    spx_scratch_free(&tmp);
    return st;
}

spx_status svd_gram(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    spx_mat G;
    spx_status st = spx_mat_alloc(&G, out->r, out->r, err);
    if (st == SPX_OK) st = spx_panels_gram(W, &G, err);
    if (st == SPX_OK) return svd_of_gram(W, &G, 0, o, out, err);
    spx_mat_free(&G);
    return st;
}
