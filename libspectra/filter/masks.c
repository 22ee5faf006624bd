/* masks.c: the masked operator of spx/filter.h in its thin form, and the masks.
 *
 *     dW' = dW - U (diag(a) L + X V^T) - R diag(b) V^T
 *
 *     L = U^T dW     R = dW V     X_ij = (c_ij - a_i - b_j) (U^T R)_ij
 *
 * where a_i, b_j and c_ij are the shares removed from the strips (i, outside), (outside, j) and
 * from the block. It follows from splitting dW by U U^T and V V^T into the block, two strips and
 * the rest: diag(a) (L - U^T R V^T) and (R - U U^T R) diag(b) are removed from the strips. */
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

double gone_crisp(const basis *b, size_t i, size_t j)
{
    return inside(i) && inside(j) && b->s[i] * b->t[j] >= b->cut;
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

/* The share of the term (i, j) that the filter removes. */
static double removed(const spx_filter *f, size_t i, size_t j)
{
    return f->spec.weight * f->kind->gone(f->in_force, i, j);
}

/* True if M is an outer product: then the block keeps (1 - a_i) (1 - b_j). */
static bool separable(const spx_filter *f)
{
    const double rounding = 0x1p-50;
    const size_t k = f->in_force->U.cols, l = f->in_force->V.cols;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < l; j++) {
            const double both = (1 - removed(f, i, OUTSIDE)) * (1 - removed(f, OUTSIDE, j));
            if (fabs(both - (1 - removed(f, i, j))) > rounding) return false;
        }
    return true;
}

static spx_status project_dense(const basis *b, const spx_mat *dW, projection *p, spx_scratch *tmp,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, &p->left, b->U.cols, dW->cols, err));
    SPX_TRY(spx_mat_scratch(tmp, &p->right, dW->rows, b->V.cols, err));
    SPX_TRY(spx_mat_scratch(tmp, &p->block, b->U.cols, b->V.cols, err));
    spx_gemm(&p->left, 1, &b->U, SPX_T, dW, SPX_N, 0);
    spx_gemm(&p->right, 1, dW, SPX_N, &b->V, SPX_N, 0);
    spx_gemm(&p->block, 1, &b->U, SPX_T, &p->right, SPX_N, 0);
out:
    return st;
}

static spx_status project_factors(const basis *b, const spx_update *u, projection *p,
                                  spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, &p->left, b->U.cols, u->A.cols, err));
    SPX_TRY(spx_mat_scratch(tmp, &p->right, b->V.cols, u->B.cols, err));
    spx_gemm(&p->left, 1, &b->U, SPX_T, &u->A, SPX_N, 0);
    spx_gemm(&p->right, 1, &b->V, SPX_T, &u->B, SPX_N, 0);
out:
    return st;
}

spx_status mask_project(const basis *b, const spx_update *u, projection *p, spx_scratch *tmp,
                        spx_error *err)
{
    *p = (projection){0};
    return spx_update_factored(u) ? project_factors(b, u, p, tmp, err)
                                  : project_dense(b, &u->A, p, tmp, err);
}

/* Of factors, with a = U^T A and b = V^T B: U^T dW = a B^T, dW V = A b^T, U^T dW V = a b^T. */
spx_status mask_shares(const projection *p, const spx_update *u, spx_filter_report *r,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    if (!spx_update_factored(u)) {
        r->left = spx_dot(&p->left, &p->left);
        r->right = spx_dot(&p->right, &p->right);
        r->block = spx_dot(&p->block, &p->block);
        return SPX_OK;
    }
    const spx_update left = {p->left, u->B}, right = {u->A, p->right}, block = {p->left, p->right};
    SPX_TRY(spx_update_norm2(&left, &r->left, err));
    SPX_TRY(spx_update_norm2(&right, &r->right, err));
    SPX_TRY(spx_update_norm2(&block, &r->block, err));
out:
    return st;
}

/* Row i of L by the share removed from the strip (i, outside). */
static void scale_left(const spx_filter *f, spx_mat *L)
{
    for (size_t i = 0; i < L->rows; i++) {
        spx_mat row = spx_mat_view(L, i, 0, 1, L->cols);
        spx_mat_scale(&row, removed(f, i, OUTSIDE));
    }
}

/* A - U diag(a) U^T A and B - V diag(b) V^T B; destroys p. */
static void mask_factors(const spx_filter *f, projection *p, spx_update *u)
{
    scale_left(f, &p->left);
    spx_gemm(&u->A, -1, &f->in_force->U, SPX_N, &p->left, SPX_N, 1);
    for (size_t j = 0; j < p->right.rows; j++) {
        spx_mat row = spx_mat_view(&p->right, j, 0, 1, p->right.cols);
        spx_mat_scale(&row, removed(f, OUTSIDE, j));
    }
    spx_gemm(&u->B, -1, &f->in_force->V, SPX_N, &p->right, SPX_N, 1);
}

/* Destroys p. */
static void mask_dense(const spx_filter *f, projection *p, spx_mat *dW)
{
    spx_mat *L = &p->left, *R = &p->right, *X = &p->block;
    const spx_mat *U = &f->in_force->U, *V = &f->in_force->V;
    for (size_t i = 0; i < X->rows; i++)
        for (size_t j = 0; j < X->cols; j++)
            X->data[i * X->ld + j] *=
                removed(f, i, j) - removed(f, i, OUTSIDE) - removed(f, OUTSIDE, j);
    scale_left(f, L);
    for (size_t j = 0; j < R->cols; j++) {
        spx_mat column = spx_mat_view(R, 0, j, R->rows, 1);
        spx_mat_scale(&column, removed(f, OUTSIDE, j));
    }
    spx_gemm(L, 1, X, SPX_N, V, SPX_T, 1);
    spx_gemm(dW, -1, U, SPX_N, L, SPX_N, 1);
    spx_gemm(dW, -1, R, SPX_N, V, SPX_T, 1);
}

spx_status apply_mask(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    projection dense;
    if (spx_update_factored(u) && separable(f)) {
        mask_factors(f, p, u);
        return SPX_OK;
    }
    if (spx_update_factored(u)) {
        SPX_TRY(spx_update_expand(u, err));
        SPX_TRY(mask_project(f->in_force, u, &dense, &tmp, err));
        p = &dense;
    }
    mask_dense(f, p, &u->A);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* dW ||revive(dW)||_F / ||dW||_F */
spx_status apply_matched(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_update filtered = {0};
    double before = 0, after = 0;
    SPX_TRY(spx_mat_clone(&filtered.A, &u->A, err));
    SPX_TRY(spx_mat_clone(&filtered.B, &u->B, err));
    SPX_TRY(apply_mask(f, &filtered, p, err));
    SPX_TRY(spx_update_norm2(u, &before, err));
    SPX_TRY(spx_update_norm2(&filtered, &after, err));
    if (before > 0) spx_update_scale(u, sqrt(after / before));
out:
    spx_update_free(&filtered);
    return st;
}
