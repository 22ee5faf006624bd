/* subspace_angles.c: principal angles between subspaces (Bjorck and Golub 1973), the distances made
 * of them, and overlaps of leading subspaces of every size. */
#include "spectra/subspace_comparison.h"

#include "spx/linalg.h"

#include <assert.h>
#include <math.h>

/* Singular values of M, descending; M is destroyed. */
static spx_status singular_values(spx_mat *M, double *s, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat U, Vt;
    const size_t k = M->rows < M->cols ? M->rows : M->cols;
    SPX_TRY(spx_mat_scratch(tmp, &U, M->rows, k, err));
    SPX_TRY(spx_mat_scratch(tmp, &Vt, k, M->cols, err));
    SPX_TRY(spx_linalg_gesdd(M, &U, s, &Vt, tmp, err));
out:
    return st;
}

static double clip(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

spx_status spx_subspace_angles(const spx_mat *A, const spx_mat *B, double *theta, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C, S;
    double *cosine = NULL, *sine = NULL;
    const size_t k = A->cols;
    assert(A->rows == B->rows && B->cols == k && k <= A->rows);
    if (k == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &C, k, k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, A->rows, k, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &cosine, k, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &sine, k, err));
    spx_gemm(&C, 1, A, SPX_T, B, SPX_N, 0);
    spx_mat_copy(&S, B);
    spx_gemm(&S, -1, A, SPX_N, &C, SPX_N, 1); /* (I - A A^T) B */
    SPX_TRY(singular_values(&C, cosine, &tmp, err));
    SPX_TRY(singular_values(&S, sine, &tmp, err));
    for (size_t i = 0; i < k; i++) { /* cosines descend as sines ascend */
        const double c = cosine[i], s = sine[k - 1 - i];
        theta[i] = c * c >= 0.5 ? asin(clip(s)) : acos(clip(c));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Metrics of one side: v = 0 for outputs, 1 for inputs, whose rows follow in the table. */
static void fill_distances(const double *theta, size_t k, double *value, size_t v)
{
    double sum = 0, squares = 0, sines = 0;
    for (size_t i = 0; i < k; i++) {
        sum += theta[i];
        squares += theta[i] * theta[i];
        sines += sin(theta[i]) * sin(theta[i]);
    }
    value[THETA_MAX_U + v] = theta[k - 1];
    value[COSINE_MAX_U + v] = cos(theta[0]);
    value[THETA_MEAN_U + v] = sum / (double)k;
    value[GEODESIC_U + v] = sqrt(squares);
    value[CHORDAL_U + v] = sqrt(sines);
    value[PROJECTION_U + v] = sin(theta[k - 1]);
    value[LSS_G_U + v] = 1 - sines / (double)k;
    value[LSS_P_U + v] = 1 - sqrt(sines / (double)k); /* |P0 - P|_F^2 = 2 sum sin^2 */
}

spx_status compare_angles(const comparison *c, spx_error *err)
{
    spx_status st = SPX_OK;
    double *value = c->out->value;
    double *u = c->out->row[SPX_ROW_THETA_U], *v = c->out->row[SPX_ROW_THETA_V];
    SPX_TRY(spx_subspace_angles(&c->U, &c->Uk, u, err));
    SPX_TRY(spx_subspace_angles(&c->V, &c->Vk, v, err));
    fill_distances(u, c->k, value, 0);
    fill_distances(v, c->k, value, 1);
    value[LSS_G] = 0.5 * (value[LSS_G_U] + value[LSS_G_V]);
    value[COSINE_MAX] = 0.5 * (value[COSINE_MAX_U] + value[COSINE_MAX_V]);
    value[LSS_P] = 0.5 * (value[LSS_P_U] + value[LSS_P_V]);
out:
    return st;
}

void spx_subspace_overlaps(const spx_mat *A, const spx_mat *B, spx_mat *out)
{
    assert(A->rows == B->rows && out->rows == A->cols && out->cols == B->cols);
    spx_gemm(out, 1, A, SPX_T, B, SPX_N, 0);
    for (size_t i = 0; i < out->rows; i++) {
        double *row = out->data + i * out->ld, sum = 0;
        for (size_t j = 0; j < out->cols; j++) {
            sum += row[j] * row[j];
            row[j] = sum + (i > 0 ? row[j - out->ld] : 0);
        }
    }
    for (size_t i = 0; i < out->rows; i++)
        for (size_t j = 0; j < out->cols; j++)
            out->data[i * out->ld + j] /= (double)((i < j ? i : j) + 1);
}
