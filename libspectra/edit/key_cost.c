/* key_cost.c: M = B^{-1} applied and kept up to date.
 *
 * For a batch of keys K (f x m), (B + K K^T)^{-1} = M - Y S^{-1} Y^T with Y = M K and
 * S = I + K^T Y = T T^T, so G gains the m columns Y T^{-T} (Sherman-Morrison-Woodbury). */
#include "edit/key_cost.h"

#include "spx/extremes.h"
#include "spx/linalg.h"

#include <assert.h>
#include <math.h>

spx_key_cost key_cost_identity(size_t f)
{
    return (spx_key_cost){.f = f, .scale = 1, .rcond = 1, .kept = f, .room = f};
}

spx_status key_cost_from_matrix(spx_mat *B, spx_key_cost *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const double norm = spx_norm1(B);
    SPX_TRY(spx_linalg_cholesky(B, err));
    SPX_TRY(spx_linalg_cholesky_rcond(B, norm, &out->rcond, err));
    out->L = *B;
    *B = (spx_mat){0};
out:
    if (st == SPX_ENUMERIC) spx_prefix(err, "C was measured on too few keys");
    return st;
}

void key_cost_free(spx_key_cost *c)
{
    spx_mat_free(&c->L);
    spx_mat_free(&c->Q);
    spx_mat_free(&c->G);
    spx_mat_free(&c->B);
    *c = (spx_key_cost){0};
}

static spx_mat used_columns(const spx_key_cost *c)
{
    return spx_mat_view(&c->G, 0, 0, c->f, c->used);
}

/* Y <- scale (I - Q Q^T) X or scale Q Q^T X */
static spx_status apply_projector(const spx_key_cost *c, const spx_mat *X, spx_mat *Y,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat P;
    SPX_TRY(spx_mat_scratch(&tmp, &P, c->Q.cols, X->cols, err));
    spx_gemm(&P, 1, &c->Q, SPX_T, X, SPX_N, 0);
    spx_mat_copy(Y, X);
    if (c->Q_excluded) spx_mat_scale(Y, c->scale);
    spx_gemm(Y, c->Q_excluded ? -c->scale : c->scale, &c->Q, SPX_N, &P, SPX_N, c->Q_excluded);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status apply_base(const spx_key_cost *c, const spx_mat *X, spx_mat *Y, spx_error *err)
{
    if (c->Q.data) return apply_projector(c, X, Y, err);
    spx_mat_copy(Y, X);
    if (c->L.data) return spx_linalg_cholesky_solve(&c->L, Y, err);
    spx_mat_scale(Y, c->scale);
    return SPX_OK;
}

spx_status key_cost_solve(const spx_key_cost *c, const spx_mat *X, spx_mat *Y, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat P;
    assert(X->rows == c->f && Y->rows == c->f && X->cols == Y->cols);
    SPX_TRY(apply_base(c, X, Y, err));
    if (c->used == 0) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &P, c->used, X->cols, err));
    const spx_mat G = used_columns(c);
    spx_gemm(&P, 1, &G, SPX_T, X, SPX_N, 0);
    spx_gemm(Y, -1, &G, SPX_N, &P, SPX_N, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status key_cost_inner(const spx_mat *K, const spx_mat *Y, double shift, spx_mat *S,
                          double *rcond, spx_error *err)
{
    spx_status st = SPX_OK;
    double found = 0;
    spx_gemm(S, 1, K, SPX_T, Y, SPX_N, 0);
    for (size_t i = 0; i < S->rows; i++) {
        S->data[i * S->ld + i] += shift;
        for (size_t j = 0; j < i; j++) {
            const double mean = 0.5 * (S->data[i * S->ld + j] + S->data[j * S->ld + i]);
            S->data[i * S->ld + j] = S->data[j * S->ld + i] = mean;
        }
    }
    const double norm = spx_norm1(S);
    SPX_TRY(spx_linalg_cholesky(S, err));
    SPX_TRY(spx_linalg_cholesky_rcond(S, norm, &found, err));
    *rcond = spx_min(*rcond, found);
out:
    if (st != SPX_OK) spx_prefix(err, "system of the batch's %zu keys", S->rows);
    return st;
}

/* G <- G Q with orthonormal Q (used x f) whose range contains that of G^T, so G G^T is the same.
 * Some 12 f^3 flops, so it is done once for f columns. */
static spx_status compress_columns(spx_key_cost *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Q, fewer = {0};
    const spx_mat G = used_columns(c);
    SPX_TRY(spx_mat_scratch(&tmp, &Q, c->used, c->f, err));
    SPX_TRY(spx_mat_alloc(&fewer, c->f, c->f, err));
    spx_mat_transpose(&Q, &G);
    SPX_TRY(spx_linalg_orth(&Q, &tmp, err));
    spx_gemm(&fewer, 1, &G, SPX_N, &Q, SPX_N, 0);
    spx_mat_free(&c->G);
    c->G = fewer;
    c->used = c->f;
    fewer = (spx_mat){0};
out:
    spx_mat_free(&fewer);
    spx_scratch_free(&tmp);
    return st;
}

/* Room for m more columns; twice the columns in use where it must grow, but at most 2 f + m. */
static spx_status reserve_columns(spx_key_cost *c, size_t m, spx_error *err)
{
    spx_mat larger;
    if (c->used + m <= c->G.cols) return SPX_OK;
    const size_t room = 2 * (c->used < c->f ? c->used : c->f) + m;
    const spx_status st = spx_mat_alloc(&larger, c->f, room, err);
    if (st != SPX_OK) return st;
    if (c->used > 0) {
        spx_mat to = spx_mat_view(&larger, 0, 0, c->f, c->used);
        const spx_mat from = used_columns(c);
        spx_mat_copy(&to, &from);
    }
    spx_mat_free(&c->G);
    c->G = larger;
    return SPX_OK;
}

spx_status key_cost_remember(spx_key_cost *c, const spx_mat *K, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Y, S, T;
    const size_t m = K->cols;
    double rcond = 1;
    if (c->B.data) {
        spx_syrk(&c->B, 1, K, SPX_N, 1);
        return SPX_OK;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &Y, c->f, m, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, m, m, err));
    SPX_TRY(spx_mat_scratch(&tmp, &T, m, c->f, err));
    SPX_TRY(key_cost_solve(c, K, &Y, err));
    SPX_TRY(key_cost_inner(K, &Y, 1, &S, &rcond, err));
    SPX_TRY(reserve_columns(c, m, err));
    spx_mat_transpose(&T, &Y);
    spx_trsm(&S, &T);
    spx_mat to = spx_mat_view(&c->G, 0, c->used, c->f, m);
    spx_mat_transpose(&to, &T);
    c->used += m;
    if (c->used > 2 * c->f) SPX_TRY(compress_columns(c, err));
out:
    spx_scratch_free(&tmp);
    return st;
}
