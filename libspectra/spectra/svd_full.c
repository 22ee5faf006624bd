/* svd_full.c: all triplets by dgesdd on a copy of W; the top k are kept. */
#include "spectra/svd_engines.h"

#include "spx/linalg.h"

#include <math.h>

/* ||A||_F, also where squares leave the range of doubles. */
static double scaled_norm(const spx_mat *A)
{
    const double most = spx_mat_largest(A);
    double sum = 0;
    for (size_t i = 0; i < A->rows && most > 0; i++)
        for (size_t j = 0; j < A->cols; j++)
            sum += (A->data[i * A->ld + j] / most) * (A->data[i * A->ld + j] / most);
    return most * sqrt(sum);
}

/* A, U and Vt have their shapes. W is copied a second time only if dgesdd fails. */
static spx_status decompose_copy(const spx_panels *W, spx_mat *A, spx_mat *U, spx_svd *out,
                                 spx_mat *Vt, spx_error *err)
{
    spx_scratch tmp = {0};
    spx_error first = {0};
    spx_status st = spx_linalg_gesdd(A, U, out->s, Vt, &tmp, &first);
    if (st == SPX_ENUMERIC) {
        out->note = "dgesdd did not converge; dgesvd answered";
        SPX_TRY(spx_panels_copy(W, A, err));
        SPX_TRY(spx_linalg_gesvd(A, U, out->s, Vt, &tmp, err));
    } else if (st != SPX_OK)
        (void)SPX_FAIL(err, st, "%s", first.text);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status svd_full(const spx_panels *W, const spx_svd_opts *o, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat A, U, Vt;
    SPX_TRY(svd_values(out, err));
    SPX_TRY(spx_mat_scratch(&tmp, &A, W->rows, W->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &U, W->rows, out->r, err));
    SPX_TRY(spx_mat_scratch(&tmp, &Vt, out->r, W->cols, err));
    SPX_TRY(spx_panels_copy(W, &A, err));
    SPX_TRY(spx_mat_check_finite(&A, err));
    const double norm = scaled_norm(&A);
    SPX_TRY(decompose_copy(W, &A, &U, out, &Vt, err));
    for (size_t i = 0; i < out->r; i++) out->error[i] = svd_rounding(out->r) * out->s[0];
    SPX_TRY(svd_vectors(out, svd_choose(o, out->s, out->r), err));
    if (out->k == 0) {
        out->residual = svd_trace_defect(out, norm);
        goto out;
    }
    const spx_mat top_u = spx_mat_view(&U, 0, 0, W->rows, out->k);
    const spx_mat top_v = spx_mat_view(&Vt, 0, 0, out->k, W->cols);
    spx_mat_copy(&out->U, &top_u);
    spx_mat_transpose(&out->V, &top_v);
out:
    spx_scratch_free(&tmp);
    return st;
}
