/* key_cost_narrow.c: a projector base that loses the directions of keys (edit/key_cost.h). */
#include "edit/key_cost.h"

#include "spx/extremes.h"
#include "spx/linalg.h"

#include <assert.h>
#include <float.h>

/* X <- X - Q Q^T X, twice: what rounding leaves of the range of Q the first time is gone the
 * second. */
static spx_status project_off(const spx_mat *Q, spx_mat *X, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat P;
    if (!Q->data) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &P, Q->cols, X->cols, err));
    for (int pass = 0; pass < 2; pass++) {
        spx_gemm(&P, 1, Q, SPX_T, X, SPX_N, 0);
        spx_gemm(X, -1, Q, SPX_N, &P, SPX_N, 1);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* U <- left singular vectors of Y (destroyed); *r counts those that are directions. */
static spx_status directions_of(spx_mat *Y, spx_mat *U, size_t *r, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat Vt;
    double *s = NULL;
    const size_t k = Y->rows < Y->cols ? Y->rows : Y->cols;
    const double longest = (double)(Y->rows > Y->cols ? Y->rows : Y->cols);
    SPX_TRY(spx_mat_scratch(tmp, U, Y->rows, k, err));
    SPX_TRY(spx_mat_scratch(tmp, &Vt, k, Y->cols, err));
    SPX_TRY(SPX_SCRATCH(tmp, &s, k, err));
    SPX_TRY(spx_linalg_gesdd(Y, U, s, &Vt, tmp, err));
    const double least = spx_max(longest * DBL_EPSILON * s[0], 1e-10);
    *r = 0;
    while (*r < k && s[*r] > least) ++*r;
out:
    return st;
}

/* Q <- [Q U] */
static spx_status append_columns(spx_mat *Q, const spx_mat *U, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat wider = {0};
    const size_t q = Q->data ? Q->cols : 0;
    SPX_TRY(spx_mat_alloc(&wider, U->rows, q + U->cols, err));
    if (q > 0) {
        spx_mat to = spx_mat_view(&wider, 0, 0, U->rows, q);
        spx_mat_copy(&to, Q);
    }
    spx_mat to = spx_mat_view(&wider, 0, q, U->rows, U->cols);
    spx_mat_copy(&to, U);
    spx_mat_free(Q);
    *Q = wider;
out:
    return st;
}

spx_status key_cost_narrow(spx_key_cost *c, const spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Y, U;
    size_t r = 0;
    assert(K->rows == c->f && (c->Q_excluded || !c->Q.data) && !c->L.data);
    SPX_TRY(spx_mat_scratch(&tmp, &Y, c->f, K->cols, err));
    spx_mat_copy(&Y, K);
    SPX_TRY(project_off(&c->Q, &Y, err));
    SPX_TRY(directions_of(&Y, &U, &r, &tmp, err));
    if (r > c->kept) r = c->kept;
    if (r > 0) {
        spx_mat found = spx_mat_view(&U, 0, 0, c->f, r);
        SPX_TRY(project_off(&c->Q, &found, err));
        SPX_TRY(spx_linalg_orth(&found, &tmp, err));
        SPX_TRY(append_columns(&c->Q, &found, err));
    }
    c->Q_excluded = true;
    c->kept -= r;
    c->taken += K->cols;
out:
    spx_scratch_free(&tmp);
    return st;
}
