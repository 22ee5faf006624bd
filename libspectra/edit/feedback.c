/* feedback.c: error feedback around a filter (spx/feedback.h).
 *
 * (Q C Q)^+ is applied through the Cholesky factor of Q C Q + c V V^T, whose inverse equals it on
 * the range of Q, where E lies, and is 1/c on that of V. */
#include "spx/feedback.h"

#include "edit/editors.h"

#include "spx/extremes.h"
#include "spx/linalg.h"

#include <assert.h>
#include <math.h>

struct spx_feedback {
    spx_mat B; /* f x f: the key cost with all keys remembered */
    spx_mat E; /* d x f: the debt */
    bool owed; /* E may differ from 0 */
};

spx_status spx_feedback_open(const spx_edit *e, size_t d, const spx_filter *f, spx_feedback **out,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_feedback *b = NULL;
    const spx_key_cost *cost = &e->cost;
    spx_mat U, V;
    *out = NULL;
    if (!e->editor->feedback)
        SPX_RAISE(err, SPX_EUNSUP, "editor %s takes no error feedback", e->editor->name);
    assert(cost->L.data);
    SPX_TRY(spx_filter_excluded(f, &U, &V, err));
    SPX_TRY(SPX_NEW(&b, 1, err));
    SPX_TRY(spx_mat_alloc(&b->B, cost->f, cost->f, err));
    SPX_TRY(spx_mat_alloc(&b->E, d, cost->f, err));
    spx_syrk(&b->B, 1, &cost->L, SPX_N, 0);
    *out = b;
    b = NULL;
out:
    spx_feedback_close(b);
    return st;
}

void spx_feedback_close(spx_feedback *b)
{
    if (!b) return;
    spx_mat_free(&b->B);
    spx_mat_free(&b->E);
    spx_free(b);
}

/* X <- X - Q Q^T X, or X <- X - X Q Q^T where !left. */
static spx_status project_out(const spx_mat *Q, bool left, spx_mat *X, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C;
    if (Q->cols == 0) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &C, left ? Q->cols : X->rows, left ? X->cols : Q->cols, err));
    spx_gemm(&C, 1, left ? Q : X, left ? SPX_T : SPX_N, left ? X : Q, SPX_N, 0);
    spx_gemm(X, -1, left ? Q : &C, SPX_N, left ? &C : Q, left ? SPX_N : SPX_T, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* E <- P E Q */
static spx_status project_debt(spx_feedback *b, const spx_mat *U, const spx_mat *V, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(project_out(U, true, &b->E, err));
    SPX_TRY(project_out(V, false, &b->E, err));
out:
    return st;
}

/* S <- Q (B + K K^T) Q + c V V^T, symmetric to the last bit. */
static spx_status restricted_cost(const spx_feedback *b, const spx_mat *K, const spx_mat *V,
                                  spx_mat *S, spx_error *err)
{
    spx_status st = SPX_OK;
    double trace = 0;
    spx_mat_copy(S, &b->B);
    spx_syrk(S, 1, K, SPX_N, 1);
    SPX_TRY(project_out(V, true, S, err));
    SPX_TRY(project_out(V, false, S, err));
    for (size_t i = 0; i < S->rows; i++) trace += S->data[i * S->ld + i];
    if (V->cols > 0) spx_gemm(S, trace / (double)S->rows, V, SPX_N, V, SPX_T, 1);
    for (size_t i = 0; i < S->rows; i++)
        for (size_t j = 0; j < i; j++)
            S->data[j * S->ld + i] = S->data[i * S->ld + j] =
                0.5 * (S->data[i * S->ld + j] + S->data[j * S->ld + i]);
out:
    return st;
}

/* X (f x d) <- S^{-1} E^T; S is destroyed. */
static spx_status solve_debt(const spx_feedback *b, spx_mat *S, spx_mat *X, double *rcond,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    double found = 0;
    const double norm = spx_norm1(S);
    SPX_TRY(spx_linalg_cholesky(S, err));
    SPX_TRY(spx_linalg_cholesky_rcond(S, norm, &found, err));
    *rcond = spx_min(*rcond, found);
    spx_mat_transpose(X, &b->E);
    SPX_TRY(spx_linalg_cholesky_solve(S, X, err));
out:
    if (st != SPX_OK) spx_prefix(err, "key cost of the debt");
    return st;
}

spx_status spx_feedback_pay(spx_feedback *b, const spx_filter *f, const spx_mat *K, spx_update *dW,
                            double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat U, V, S, X;
    if (!b->owed) return SPX_OK;
    SPX_TRY(spx_filter_excluded(f, &U, &V, err));
    SPX_TRY(project_debt(b, &U, &V, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, b->B.rows, b->B.cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &X, b->E.cols, b->E.rows, err));
    SPX_TRY(restricted_cost(b, K, &V, &S, err));
    SPX_TRY(solve_debt(b, &S, &X, rcond, err));
    SPX_TRY(spx_update_expand(dW, err));
    for (size_t i = 0; i < dW->A.rows; i++)
        for (size_t j = 0; j < dW->A.cols; j++)
            dW->A.data[i * dW->A.ld + j] -= X.data[j * X.ld + i];
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Y <- dW X + beta Y */
static spx_status multiply_update(const spx_update *dW, const spx_mat *X, double beta, spx_mat *Y,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat T;
    if (!spx_update_factored(dW)) {
        spx_gemm(Y, 1, &dW->A, SPX_N, X, SPX_N, beta);
        return SPX_OK;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &T, dW->B.cols, X->cols, err));
    spx_gemm(&T, 1, &dW->B, SPX_T, X, SPX_N, 0);
    spx_gemm(Y, 1, &dW->A, SPX_N, &T, SPX_N, beta);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* E + dW (B + K K^T) - R K^T = E + dW B + (dW K - R) K^T */
spx_status spx_feedback_settle(spx_feedback *b, const spx_filter *f, const spx_mat *K,
                               const spx_mat *R, const spx_update *written, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat U, V, Y;
    SPX_TRY(spx_filter_excluded(f, &U, &V, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Y, R->rows, R->cols, err));
    spx_mat_copy(&Y, R);
    SPX_TRY(multiply_update(written, K, -1, &Y, err));
    SPX_TRY(multiply_update(written, &b->B, 1, &b->E, err));
    spx_gemm(&b->E, 1, &Y, SPX_N, K, SPX_T, 1);
    SPX_TRY(project_debt(b, &U, &V, err));
    b->owed = true;
out:
    spx_scratch_free(&tmp);
    return st;
}

void spx_feedback_remember(spx_feedback *b, const spx_mat *K) { spx_syrk(&b->B, 1, K, SPX_N, 1); }

const spx_mat *spx_feedback_debt(const spx_feedback *b) { return &b->E; }

void spx_feedback_restore(spx_feedback *b, const spx_mat *E)
{
    spx_mat_copy(&b->E, E);
    b->owed = true;
}
