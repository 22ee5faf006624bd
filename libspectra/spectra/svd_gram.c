/* svd_gram.c: singular values and top triplets through the smaller Gram matrix.
 *
 *     G = W W^T (m <= n, else W^T W),  G = Q diag(w) Q^T,  s = sqrt(w),  other side P = W^T Q / s
 *
 * An error of eps s_1^2 in w is one of eps s_1^2 / (2 s) in s, and P inherits eps (s_1 / s)^2 in
 * the orthonormality of its columns. Both are within a small factor of dgesdd's as long as s is
 * above s_1 / 10. The rest is refined where that is asked for or needed: with Q = [Q_h Q_t], head
 * and tail, the same is done to B = Q_t^T W = X S Y^T through its much smaller Gram matrix:
 *
 *     Q_t <- Q_t X,  P_t = Y,  error eps s_t^2 / s with s_t the largest value of B,
 *
 * so that the tail of the tail begins where that exceeds 10 eps s_1, at s_t^2 / (10 s_1): after s_1
 * times 1e-1, 1e-3, 1e-7 and 1e-15 nothing is left. Head and tail of the exact decomposition are
 * coupled only through Q_h^T G Q_t = O(eps s_1^2), which moves values by at most 10 eps s_1. At the
 * end P = [P_h P_t] is orthonormalised once more. */
#include "spectra/svd_engines.h"

#include "spx/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const double head_ratio = 0.1, smallest_ratio = 1e-4;
static const size_t small_tail = 32; /* dgesdd decomposes a tail of that many rows or fewer */

typedef struct request {
    const spx_panels *W;
    const spx_svd_opts *opts;
    spx_svd *out;
    const char *note;    /* of values that do not come from the Gram matrix; else NULL */
    spx_status resolved; /* of resolve_values */
    spx_error *err;
    double first;   /* s_1 of the matrix whose tail W is; 0: W is the whole matrix */
    size_t k, head; /* triplets wanted; triplets good enough as they are */
    bool refine;
} request;

/* Number of values with s >= s_t^2 / (10 s_1). */
static size_t head_of(const request *q)
{
    const spx_svd *f = q->out;
    const double least = head_ratio * f->s[0] * (q->first > 0 ? f->s[0] / q->first : 1);
    size_t h = 0;
    while (h < f->r && f->s[h] >= least && f->s[0] > 0) h++;
    return h;
}

/* All values by dgesdd, which does not square them. */
static spx_status resolve_values(request *q)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_error *err = q->err;
    spx_svd *f = q->out;
    const spx_panels *W = q->W;
    spx_mat A;
    double *s = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &A, W->rows, W->cols, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &s, f->r, err));
    SPX_TRY(spx_panels_copy(W, &A, err));
    SPX_TRY(spx_linalg_gesdd(&A, NULL, s, NULL, &tmp, err));
    memcpy(f->s, s, f->r * sizeof *s);
    for (size_t i = 0; i < f->r; i++) f->error[i] = svd_rounding(f->r) * s[0];
    q->note = "its least singular values are lost in a Gram matrix; dgesdd computed all values";
out:
    spx_scratch_free(&tmp);
    return st;
}

/* True if the least value is known to no better than a hundredth. */
static bool loses_values(const spx_svd *f)
{
    const double hundredth = 0.01;
    return f->s[0] > 0 && f->error[f->r - 1] > hundredth * f->s[f->r - 1];
}

/* An spx_choose_fn: turns eigenvalues into singular values and returns how many vectors are
 * needed. */
static size_t take_eigenvalues(const double *w, size_t n, void *arg)
{
    request *q = arg;
    spx_svd *f = q->out;
    const double noise = fmax(svd_rounding(n) * w[0], (double)n * DBL_MIN);
    for (size_t i = 0; i < n; i++) {
        f->s[i] = w[i] > 0 ? sqrt(w[i]) : 0;
        f->error[i] = noise / fmax(f->s[i], sqrt(noise));
    }
    if (q->opts->resolve && q->first == 0 && loses_values(f)) q->resolved = resolve_values(q);
    q->k = svd_choose(q->opts, f->s, n);
    q->head = head_of(q);
    const bool small = q->k > 0 && !(f->s[q->k - 1] > smallest_ratio * f->s[0]);
    q->refine = q->head < n && (q->opts->accurate || small);
    return q->refine ? n : q->k;
}

static spx_status decompose_gram(const spx_panels *W, spx_mat *G, request *q, spx_error *err);

/* All values and k triplets of B, t x n and stored as its transpose, through its Gram matrix. */
static spx_status decompose_tail(const spx_mat *Bt, double first, size_t k, spx_svd *f,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat G;
    const size_t t = Bt->cols;
    const spx_panels B = {.rows = t, .cols = Bt->rows, .trans = SPX_T, .held = Bt};
    const spx_svd_opts o = {.k = k, .accurate = true};
    request q = {.opts = &o, .out = f, .first = first};
    *f = (spx_svd){.rows = t, .cols = Bt->rows, .r = t};
    SPX_TRY(spx_mat_alloc(&G, t, t, err));
    SPX_TRY(spx_panels_gram(&B, &G, err));
    SPX_TRY(decompose_gram(&B, &G, &q, err));
out:
    spx_mat_free(&G);
    return st;
}

/* The same by dgesdd, which leaves no tail; all triplets if k > 0. Destroys Bt. */
static spx_status decompose_small_tail(spx_mat *Bt, size_t k, spx_svd *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Xt;
    const size_t t = Bt->cols;
    *f = (spx_svd){.rows = t, .cols = Bt->rows, .r = t};
    SPX_TRY(svd_values(f, err));
    if (k == 0) {
        SPX_TRY(spx_linalg_gesdd(Bt, NULL, f->s, NULL, &tmp, err));
        goto out;
    }
    SPX_TRY(svd_vectors(f, t, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Xt, t, t, err));
    SPX_TRY(spx_linalg_gesdd(Bt, &f->V, f->s, &Xt, &tmp, err));
    spx_mat_transpose(&f->U, &Xt);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Replaces the values after the head by the tail's. At the seam they may be out of order by their
 * errors. */
static void take_tail_values(const request *q, const double *s)
{
    spx_svd *f = q->out;
    const size_t h = q->head;
    /* h = 0: the squares of W's entries were zero */
    const double first = h == 0 ? s[0] : q->first > 0 ? q->first : f->s[0];
    for (size_t i = h; i < f->r; i++) {
        f->s[i] = i > 0 ? fmin(s[i - h], f->s[i - 1]) : s[0];
        f->error[i] = svd_rounding(f->r) * first / head_ratio;
    }
}

/* Refines the values after the head and, as far as triplets after it are needed, replaces Q_t by
 * Q_t X and sets Y. See the top. */
static spx_status refine_tail(const spx_panels *W, const request *q, spx_mat *Q, spx_mat *Y,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_svd *f = q->out, tail = {0};
    const size_t h = q->head, t = f->r - h, k = q->k > h ? q->k - h : 0;
    const bool wide = W->rows <= W->cols;
    spx_mat Qt = spx_mat_view(Q, 0, h, Q->rows, t), Bt, turned;
    SPX_TRY(spx_mat_scratch(&tmp, &Bt, wide ? W->cols : W->rows, t, err));
    SPX_TRY(spx_panels_times(W, wide ? SPX_T : SPX_N, &Qt, &Bt, err));
    if (t <= small_tail || h == 0)
        SPX_TRY(decompose_small_tail(&Bt, k, &tail, err));
    else
        SPX_TRY(decompose_tail(&Bt, q->first > 0 ? q->first : f->s[0], k, &tail, err));
    if (!q->note) take_tail_values(q, tail.s);
    if (tail.k == 0) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &turned, Q->rows, tail.k, err));
    spx_gemm(&turned, 1, &Qt, SPX_N, &tail.U, SPX_N, 0);
    spx_mat wanted = spx_mat_view(&Qt, 0, 0, Qt.rows, tail.k);
    spx_mat_copy(&wanted, &turned);
    *Y = tail.V;
    tail.V = (spx_mat){0};
out:
    spx_svd_free(&tail);
    spx_scratch_free(&tmp);
    return st;
}

/* A <- A diag(s)^-1 */
static void divide_columns(spx_mat *A, const double *s)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) A->data[i * A->ld + j] /= s[j];
}

/* P <- W^T Q / s, whose residuals W P - Q s are measured in the same pass; ||W^T u - s v|| is
 * rounding alone. */
static spx_status direct_side(const spx_panels *W, spx_svd *f, const spx_mat *Q, spx_mat *P,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat R;
    SPX_TRY(spx_mat_scratch(&tmp, &R, Q->rows, Q->cols, err));
    SPX_TRY(spx_panels_there_and_back(W, Q, P, &R, err));
    divide_columns(P, f->s);
    divide_columns(&R, f->s);
    SPX_TRY(svd_worst_column(&R, Q, f->s, &f->residual, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* P <- [op(W) Q / s for the first h of more than h columns, Y for the rest], orthonormalised. */
static spx_status refined_side(const spx_panels *W, spx_trans op, const spx_mat *Q, const double *s,
                               size_t h, const spx_mat *Y, spx_mat *P, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_mat x = spx_mat_view(Q, 0, 0, Q->rows, h);
    const spx_mat y = spx_mat_view(Y, 0, 0, P->rows, P->cols - h);
    spx_mat head = spx_mat_view(P, 0, 0, P->rows, h);
    spx_mat tail = spx_mat_view(P, 0, h, P->rows, P->cols - h);
    if (h > 0) SPX_TRY(spx_panels_times(W, op, &x, &head, err));
    divide_columns(&head, s);
    spx_mat_copy(&tail, &y);
    SPX_TRY(spx_linalg_orth(P, &tmp, err));
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

/* Both sides' vectors from Q's columns; after the head from Y, where Y has any. */
static spx_status fill_vectors(const spx_panels *W, const request *q, const spx_mat *Q,
                               const spx_mat *Y, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd *f = q->out;
    const bool wide = W->rows <= W->cols;
    const size_t k = svd_choose(q->opts, f->s, f->r);
    const size_t most = q->refine ? q->head + Y->cols : Q->cols;
    SPX_TRY(svd_vectors(f, k < most ? k : most, err));
    if (f->k == 0) goto out;
    const spx_mat top = spx_mat_view(Q, 0, 0, Q->rows, f->k);
    spx_mat *P = wide ? &f->V : &f->U;
    spx_mat_copy(wide ? &f->U : &f->V, &top);
    if (Y->cols == 0 || f->k <= q->head)
        SPX_TRY(direct_side(W, f, &top, P, err));
    else
        SPX_TRY(refined_side(W, wide ? SPX_T : SPX_N, Q, f->s, q->head, Y, P, err));
out:
    return st;
}

/* The decomposition of W given its Gram matrix, which is freed. */
static spx_status decompose_gram(const spx_panels *W, spx_mat *G, request *q, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Q = {0}, Y = {0};
    spx_svd *out = q->out;
    double *w = NULL;
    SPX_TRY(svd_values(out, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w, out->r, err));
    const double square = trace(G);
    SPX_TRY(svd_check_range(W, square, out, err));
    out->note = "its Gram matrix's eigenproblem did not converge; full answered";
    const size_t likely = q->opts->choose ? 0 : svd_choose(q->opts, NULL, G->rows);
    SPX_TRY(spx_linalg_syev_top(G, w, likely, take_eigenvalues, q, &Q, err));
    if (q->resolved == SPX_ENUMERIC) out->note = "dgesdd of it did not converge; full answered";
    SPX_TRY(q->resolved);
    spx_mat_free(G);
    if (q->refine) SPX_TRY(refine_tail(W, q, &Q, &Y, err));
    out->note = q->note;
    SPX_TRY(fill_vectors(W, q, &Q, &Y, err));
    if (out->k == 0 && square > 0) out->residual = svd_trace_defect(out, sqrt(square));
out:
    spx_mat_free(G);
    spx_mat_free(&Q);
    spx_mat_free(&Y);
    spx_scratch_free(&tmp);
    return st;
}

spx_status svd_gram(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat G;
    request q = {.W = W, .opts = o, .out = out, .err = err};
    SPX_TRY(spx_mat_alloc(&G, out->r, out->r, err));
    SPX_TRY(spx_panels_gram(W, &G, err));
    SPX_TRY(decompose_gram(W, &G, &q, err));
out:
    spx_mat_free(&G);
    return st;
}
