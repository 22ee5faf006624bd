/* update.c: changes of a weight, dW = A B^T or dense. */
#include "spx/update.h"

#include <assert.h>
#include <math.h>
#include <string.h>

spx_status spx_update_alloc(spx_update *u, size_t m, size_t n, size_t r, spx_error *err)
{
    spx_status st = SPX_OK;
    *u = (spx_update){0};
    SPX_TRY(spx_mat_alloc(&u->A, m, r, err));
    SPX_TRY(spx_mat_alloc(&u->B, n, r, err));
out:
    if (st != SPX_OK) spx_update_free(u);
    return st;
}

void spx_update_free(spx_update *u)
{
    spx_mat_free(&u->A);
    spx_mat_free(&u->B);
}

bool spx_update_factored(const spx_update *u) { return u->B.cols > 0; }

spx_status spx_update_expand(spx_update *u, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat dense;
    if (!spx_update_factored(u)) return SPX_OK;
    SPX_TRY(spx_mat_alloc(&dense, u->A.rows, u->B.rows, err));
    spx_gemm(&dense, 1, &u->A, SPX_N, &u->B, SPX_T, 0);
    spx_update_free(u);
    u->A = dense;
out:
    return st;
}

spx_status spx_update_norm2(const spx_update *u, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat GA, GB;
    *out = 0;
    if (!spx_update_factored(u)) {
        *out = spx_dot(&u->A, &u->A);
        return SPX_OK;
    }
    SPX_TRY(spx_mat_scratch(&tmp, &GA, u->A.cols, u->A.cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &GB, u->B.cols, u->B.cols, err));
    spx_syrk(&GA, 1, &u->A, SPX_T, 0);
    spx_syrk(&GB, 1, &u->B, SPX_T, 0);
    *out = fmax(0, spx_dot(&GA, &GB));
out:
    spx_scratch_free(&tmp);
    return st;
}

void spx_update_scale(spx_update *u, double alpha) { spx_mat_scale(&u->A, alpha); }

static void round_matrix(spx_mat *A)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++)
            A->data[i * A->ld + j] = (double)(float)A->data[i * A->ld + j];
}

void spx_update_round(spx_update *u)
{
    round_matrix(&u->A);
    round_matrix(&u->B);
}

/* sum <- row i of dW; Bt = B^T, so that the inner loop runs along memory. */
static void update_row(const spx_update *u, const spx_mat *Bt, size_t i, double *sum, size_t n)
{
    const double *a = u->A.data + i * u->A.ld;
    if (!spx_update_factored(u)) {
        memcpy(sum, a, n * sizeof *sum);
        return;
    }
    memset(sum, 0, n * sizeof *sum);
    for (size_t t = 0; t < u->A.cols; t++) {
        const double *b = Bt->data + t * Bt->ld;
        for (size_t j = 0; j < n; j++) sum[j] += a[t] * b[j];
    }
}

spx_status spx_update_write(const spx_update *u, float *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Bt, sum;
    const size_t n = spx_update_factored(u) ? u->B.rows : u->A.cols;
    SPX_TRY(spx_mat_scratch(&tmp, &Bt, u->B.cols, u->B.rows, err));
    SPX_TRY(spx_mat_scratch(&tmp, &sum, 1, n, err));
    spx_mat_transpose(&Bt, &u->B);
    for (size_t i = 0; i < u->A.rows; i++) {
        update_row(u, &Bt, i, sum.data, n);
        for (size_t j = 0; j < n; j++) {
            const float new = (float)((double)w[i * n + j] + sum.data[j]);
            if (!isfinite(new))
                SPX_RAISE(err, SPX_ENUMERIC, "entry (%zu, %zu) is not finite", i, j);
            w[i * n + j] = new;
        }
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
