/* masks.c: the masked operator of spx/filter.h in its thin form, and the masks.
 *
 *     dW' = dW - U (diag(a) L + X V^T) - R diag(b) V^T,   L = U^T dW, R = dW V, X_ij = (c_ij - a_i
 *     - b_j) (U^T R)_ij,
 *
 * where a_i, b_j and c_ij are the shares taken out of the strips (i, outside), (outside, j) and of
 * the block. It follows from splitting dW by U U^T and V V^T into block, two strips and the rest,
 * the strips being diag(a) (L - U^T R V^T) and (R - U U^T R) diag(b). */
#include "filter/parts.h"

#include <math.h>
#include <stdbool.h>

static bool inside(size_t i) { return i != OUTSIDE; }

double gone_revive(const basis *b, size_t i, size_t j)
{
    (void)b;
    return inside(i) || inside(j);
}

double gone_left(const basis *b, size_t i, size_t j)
{
    (void)b, (void)j;
    return inside(i);
}

double gone_right(const basis *b, size_t i, size_t j)
{
    (void)b, (void)i;
    return inside(j);
}

double gone_block(const basis *b, size_t i, size_t j)
{
    (void)b;
    return inside(i) && inside(j);
}

double gone_diagonal(const basis *b, size_t i, size_t j)
{
    (void)b;
    return inside(i) && i == j;
}

double gone_product(const basis *b, size_t i, size_t j)
{
    return inside(i) && inside(j) && b->s[i] * b->s[j] >= b->cut;
}

/* s^2 / (s^2 + c^2), the Tikhonov filter factor: 1/2 at the cut, 0 in the null space */
static double tikhonov(const basis *b, size_t i)
{
    if (!inside(i) || b->s[i] == 0) return 0;
    const double ratio = b->cut / b->s[i];
    return 1 / (1 + ratio * ratio);
}

double gone_taper(const basis *b, size_t i, size_t j)
{
    return 1 - (1 - tikhonov(b, i)) * (1 - tikhonov(b, j));
}

static double taken(const spx_filter *f, size_t i, size_t j)
{
    return f->spec.weight * f->kind->gone(f->in_force, i, j);
}

/* Is M an outer product? Then (1 - a_i) (1 - b_j) is what the block keeps. */
static bool separable(const spx_filter *f)
{
    const double rounding = 0x1p-50;
    const size_t k = f->in_force->U.cols, l = f->in_force->V.cols;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < l; j++) {
            const double both = (1 - taken(f, i, OUTSIDE)) * (1 - taken(f, OUTSIDE, j));
            if (fabs(both - (1 - taken(f, i, j))) > rounding) return false;
        }
    return true;
}

/* X <- X - Q diag(share) Q^T X; share(i) of the left side or the right one. */
static spx_status reduce(const spx_filter *f, bool left, spx_mat *X, spx_error *err)
{
    spx_mat C;
    const spx_mat *Q = left ? &f->in_force->U : &f->in_force->V;
    const spx_status st = spx_mat_alloc(&C, Q->cols, X->cols, err);
    if (st != SPX_OK) return st;
    spx_gemm(&C, 1, Q, SPX_T, X, SPX_N, 0);
    for (size_t i = 0; i < C.rows; i++) {
        spx_mat row = spx_mat_view(&C, i, 0, 1, C.cols);
        spx_mat_scale(&row, left ? taken(f, i, OUTSIDE) : taken(f, OUTSIDE, i));
    }
    spx_gemm(X, -1, Q, SPX_N, &C, SPX_N, 1);
    spx_mat_free(&C);
    return SPX_OK;
}

static spx_status apply_dense(const spx_filter *f, spx_mat *dW, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat L, R, X;
    const spx_mat *U = &f->in_force->U, *V = &f->in_force->V;
    SPX_TRY(spx_mat_scratch(&tmp, &L, U->cols, dW->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &R, dW->rows, V->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &X, U->cols, V->cols, err));
    spx_gemm(&L, 1, U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&R, 1, dW, SPX_N, V, SPX_N, 0);
    spx_gemm(&X, 1, U, SPX_T, &R, SPX_N, 0);
    for (size_t i = 0; i < X.rows; i++)
        for (size_t j = 0; j < X.cols; j++)
            X.data[i * X.ld + j] *= taken(f, i, j) - taken(f, i, OUTSIDE) - taken(f, OUTSIDE, j);
    for (size_t i = 0; i < L.rows; i++) {
        spx_mat row = spx_mat_view(&L, i, 0, 1, L.cols);
        spx_mat_scale(&row, taken(f, i, OUTSIDE));
    }
    for (size_t j = 0; j < R.cols; j++) {
        spx_mat column = spx_mat_view(&R, 0, j, R.rows, 1);
        spx_mat_scale(&column, taken(f, OUTSIDE, j));
    }
    spx_gemm(&L, 1, &X, SPX_N, V, SPX_T, 1);
    spx_gemm(dW, -1, U, SPX_N, &L, SPX_N, 1);
    spx_gemm(dW, -1, &R, SPX_N, V, SPX_T, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status apply_mask(const spx_filter *f, spx_update *u, spx_error *err)
{
    spx_status st = SPX_OK;
    if (spx_update_factored(u) && separable(f)) {
        st = reduce(f, true, &u->A, err);
        return st == SPX_OK ? reduce(f, false, &u->B, err) : st;
    }
    st = spx_update_expand(u, err);
    return st == SPX_OK ? apply_dense(f, &u->A, err) : st;
}

static spx_status duplicate(const spx_update *u, spx_update *out, spx_error *err)
{
    *out = (spx_update){0};
    spx_status st = spx_mat_alloc(&out->A, u->A.rows, u->A.cols, err);
    if (st == SPX_OK) st = spx_mat_alloc(&out->B, u->B.rows, u->B.cols, err);
    if (st != SPX_OK) return st;
    spx_mat_copy(&out->A, &u->A);
    spx_mat_copy(&out->B, &u->B);
    return st;
}

/* dW ||revive(dW)||_F / ||dW||_F */
spx_status apply_matched(const spx_filter *f, spx_update *u, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update filtered = {0};
    double before = 0, after = 0;
    SPX_TRY(duplicate(u, &filtered, err));
    SPX_TRY(apply_mask(f, &filtered, err));
    SPX_TRY(spx_update_norm2(u, &before, err));
    SPX_TRY(spx_update_norm2(&filtered, &after, err));
    if (before > 0) spx_update_scale(u, sqrt(after / before));
out:
    spx_update_free(&filtered);
    return st;
}

static spx_status dense_shares(const basis *b, const spx_mat *dW, spx_filter_report *r,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat L, R, block;
    SPX_TRY(spx_mat_scratch(&tmp, &L, b->U.cols, dW->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &R, dW->rows, b->V.cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &block, b->U.cols, b->V.cols, err));
    spx_gemm(&L, 1, &b->U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&R, 1, dW, SPX_N, &b->V, SPX_N, 0);
    spx_gemm(&block, 1, &b->U, SPX_T, &R, SPX_N, 0);
    r->left = spx_dot(&L, &L);
    r->right = spx_dot(&R, &R);
    r->block = spx_dot(&block, &block);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* With a = U^T A and b = V^T B: U^T dW = a B^T, dW V = A b^T, U^T dW V = a b^T. The last two need
 * the products of the small factors only, the first goes through Gram matrices. */
static spx_status factored_shares(const basis *b, const spx_update *u, spx_filter_report *r,
                                  spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat left, right;
    SPX_TRY(spx_mat_scratch(&tmp, &left, b->U.cols, u->A.cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &right, b->V.cols, u->B.cols, err));
    spx_gemm(&left, 1, &b->U, SPX_T, &u->A, SPX_N, 0);
    spx_gemm(&right, 1, &b->V, SPX_T, &u->B, SPX_N, 0);
    const spx_update L = {left, u->B}, R = {u->A, right}, block = {left, right};
    SPX_TRY(spx_update_norm2(&L, &r->left, err));
    SPX_TRY(spx_update_norm2(&R, &r->right, err));
    SPX_TRY(spx_update_norm2(&block, &r->block, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status mask_shares(const basis *b, const spx_update *u, spx_filter_report *r, spx_error *err)
{
    return spx_update_factored(u) ? factored_shares(b, u, r, err) : dense_shares(b, &u->A, r, err);
}
