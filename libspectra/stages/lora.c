/* lora.c: a change of a matrix as a product of two factors of least rank. */
#include "spx/lora.h"

#include "spx/svd.h"

#include <float.h>
#include <math.h>
#include <string.h>

void spx_lora_free(spx_lora *f)
{
    spx_free(f->B);
    spx_free(f->A);
    *f = (spx_lora){0};
}

/* What decides how many singular values are kept. */
typedef struct cut {
    double edge;
    size_t most;
} cut;

static size_t count_kept(const double *s, size_t n, void *arg)
{
    const cut *c = arg;
    const double least = n > 0 ? fmax(c->edge, (double)FLT_EPSILON * s[0]) : 0;
    size_t k = 0;
    while (k < n && s[k] > least && (c->most == 0 || k < c->most)) k++;
    return k;
}

static spx_status room_for(spx_lora *f, size_t rank, spx_error *err)
{
    spx_status st = SPX_OK;
    f->rank = rank;
    SPX_TRY(SPX_NEW(&f->B, f->rows * rank, err));
    SPX_TRY(SPX_NEW(&f->A, rank * f->cols, err));
out:
    return st;
}

/* B <- L diag(sqrt s), A <- (R diag(sqrt s))^T; s NULL: 1. */
static spx_status store(spx_lora *f, const spx_mat *L, const spx_mat *R, const double *s,
                        size_t rank, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(room_for(f, rank, err));
    for (size_t k = 0; k < rank; k++) {
        const double root = s ? sqrt(s[k]) : 1;
        for (size_t i = 0; i < f->rows; i++)
            f->B[i * rank + k] = (float)(L->data[i * L->ld + k] * root);
        for (size_t j = 0; j < f->cols; j++)
            f->A[k * f->cols + j] = (float)(R->data[j * R->ld + k] * root);
    }
out:
    return st;
}

static spx_status factor_dense(const spx_mat *D, cut c, spx_lora *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd svd = {0};
    spx_svd_opts o = spx_svd_defaults();
    o.choose = count_kept;
    o.choose_arg = &c;
    SPX_TRY(spx_svd_compute(D, &o, &svd, err));
    SPX_TRY(store(f, &svd.U, &svd.V, svd.s, count_kept(svd.s, svd.r, &c), err));
out:
    spx_svd_free(&svd);
    return st;
}

/* Q_L U, s and Q_R V of L R^T = Q_L (Q_L^T L) (Q_R^T R)^T Q_R^T, with U diag(s) V^T the core's. */
typedef struct thin {
    spx_mat L, R;
    double *s;
} thin;

static spx_status orthogonal_part(const spx_mat *X, spx_mat *Q, spx_mat *coefficients,
                                  spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, Q, X->rows, X->cols, err));
    SPX_TRY(spx_mat_scratch(tmp, coefficients, X->cols, X->cols, err));
    spx_mat_copy(Q, X);
    SPX_TRY(spx_linalg_orth(Q, tmp, err));
    spx_gemm(coefficients, 1, Q, SPX_T, X, SPX_N, 0);
out:
    return st;
}

static spx_status decompose(const spx_update *u, thin *t, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = u->A.cols;
    spx_mat QL, QR, CL, CR, core, U, Vt;
    SPX_TRY(orthogonal_part(&u->A, &QL, &CL, tmp, err));
    SPX_TRY(orthogonal_part(&u->B, &QR, &CR, tmp, err));
    SPX_TRY(spx_mat_scratch(tmp, &core, n, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &U, n, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &Vt, n, n, err));
    SPX_TRY(SPX_SCRATCH(tmp, &t->s, n, err));
    spx_gemm(&core, 1, &CL, SPX_N, &CR, SPX_T, 0);
    SPX_TRY(spx_linalg_gesdd(&core, &U, t->s, &Vt, tmp, err));
    SPX_TRY(spx_mat_scratch(tmp, &t->L, QL.rows, n, err));
    SPX_TRY(spx_mat_scratch(tmp, &t->R, QR.rows, n, err));
    spx_gemm(&t->L, 1, &QL, SPX_N, &U, SPX_N, 0);
    spx_gemm(&t->R, 1, &QR, SPX_N, &Vt, SPX_T, 0);
out:
    return st;
}

static spx_status factor_product(const spx_update *u, cut c, spx_lora *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    thin t;
    SPX_TRY(decompose(u, &t, &tmp, err));
    const size_t rank = count_kept(t.s, u->A.cols, &c);
    if (rank == u->A.cols)
        SPX_TRY(store(f, &u->A, &u->B, NULL, rank, err));
    else
        SPX_TRY(store(f, &t.L, &t.R, t.s, rank, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Norm of D, and of D - B A. */
static spx_status measure(const spx_mat *D, spx_lora *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat rest, B, A;
    f->norm = spx_norm_fro(D);
    f->error = 1;
    if (f->rank == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &rest, f->rows, f->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &B, f->rows, f->rank, err));
    SPX_TRY(spx_mat_scratch(&tmp, &A, f->rank, f->cols, err));
    spx_mat_copy(&rest, D);
    spx_floats_widen(f->B, &B);
    spx_floats_widen(f->A, &A);
    spx_gemm(&rest, -1, &B, SPX_N, &A, SPX_N, 1);
    f->error = spx_norm_fro(&rest) / f->norm;
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_lora_factor(const spx_mat *D, const spx_update *u, double edge, size_t most,
                           spx_lora *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const cut c = {.edge = edge, .most = most};
    spx_lora f = {.rows = D->rows, .cols = D->cols};
    if (u)
        SPX_TRY(factor_product(u, c, &f, err));
    else
        SPX_TRY(factor_dense(D, c, &f, err));
    SPX_TRY(measure(D, &f, err));
    *out = f;
    f = (spx_lora){0};
out:
    spx_lora_free(&f);
    return st;
}
