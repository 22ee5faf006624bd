/* maps.c: filters that map the singular values of a change and keep its singular vectors.
 *
 * Of factors, dW = A B^T = Q_A (R_A R_B^T) Q_B^T with Q_A, Q_B orthonormal: the r x r middle has
 * the singular values of dW, so a map costs O((m + n) r^2 + r^3) and the change stays factored. */
#include "filter/parts.h"

#include "spx/linalg.h"
#include "spx/svd.h"

#include <math.h>

/* PRUNE (Ma et al. 2024; authors' code bi_editor_loadw.py), for values from s_1(W0) on. */
spx_status map_prune(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err)
{
    (void)all, (void)err;
    const double least = f->spectral0;
    for (size_t i = 0; i < r && least > 0 && s[i] >= least; i++)
        s[i] = log(s[i] / least) / log(f->spec.alpha) + least;
    return SPX_OK;
}

spx_status map_prune_linear(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err)
{
    (void)all, (void)err;
    for (size_t i = 0; i < r && s[i] >= f->spectral0; i++) s[i] = (s[i] + f->spectral0) / 2;
    return SPX_OK;
}

static void cap_values(double *s, size_t r, double most)
{
    for (size_t i = 0; i < r; i++) s[i] = fmin(s[i], most);
}

spx_status map_cap(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err)
{
    (void)all, (void)err;
    cap_values(s, r, f->spec.cap * f->spectral0);
    return SPX_OK;
}

/* Marchenko and Pastur 1967: independent entries of ||W0||_F's mean square have no singular value
 * above sigma (sqrt m + sqrt n), m, n to infinity. */
spx_status map_edge(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err)
{
    const double m = (double)f->W->rows, n = (double)f->W->cols;
    const double edge = f->fro0 * (1 / sqrt(m) + 1 / sqrt(n));
    (void)all, (void)err;
    cap_values(s, r, f->spec.cap * edge);
    return SPX_OK;
}

/* Value i of all, of which those from r on are 0. */
static double value_at(const double *s, size_t r, size_t i) { return i < r ? s[i] : 0; }

/* Gavish and Donoho 2014: Eq. 11 with known noise, Eq. 5 of their code note (the cubic fit of
 * omega(beta)) with the median; beta = smaller / larger side. */
spx_status map_hard(const spx_filter *f, double *s, size_t r, size_t all, spx_error *err)
{
    const double larger = (double)(f->W->rows > f->W->cols ? f->W->rows : f->W->cols);
    const double b = (double)all / larger;
    double least = f->spec.noise * sqrt(larger) *
                   sqrt(2 * (b + 1) + 8 * b / ((b + 1) + sqrt(b * b + 14 * b + 1)));
    if (f->spec.noise == 0) {
        const double median = (value_at(s, r, all / 2) + value_at(s, r, (all - 1) / 2)) / 2;
        if (!(median > 1e-12 * s[0])) /* rounding alone */
            return SPX_FAIL(err, SPX_EINVAL,
                            "filter dg-hard: the median singular value of the change is 0; filter "
                            "the cumulative change of many rounds, or set noise");
        least = (0.56 * b * b * b - 0.95 * b * b + 1.82 * b + 1.43) * median;
    }
    for (size_t i = 0; i < r; i++)
        if (s[i] < least) s[i] = 0;
    return SPX_OK;
}

/* Q <- an orthonormal basis of X's range; R <- Q^T X, so that X = Q R. */
static spx_status factor_qr(const spx_mat *X, spx_mat *Q, spx_mat *R, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_scratch(tmp, Q, X->rows, X->cols, err));
    SPX_TRY(spx_mat_scratch(tmp, R, X->cols, X->cols, err));
    spx_mat_copy(Q, X);
    SPX_TRY(spx_linalg_orth(Q, tmp, err));
    spx_gemm(R, 1, Q, SPX_T, X, SPX_N, 0);
out:
    return st;
}

static spx_status map_factored(const spx_filter *f, spx_update *u, size_t all, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat RA, RB, core, QA, QB;
    spx_svd d = {0};
    const size_t r = u->A.cols;
    const spx_svd_opts o = {.engine = "full", .k = r};
    SPX_TRY(factor_qr(&u->A, &QA, &RA, &tmp, err));
    SPX_TRY(factor_qr(&u->B, &QB, &RB, &tmp, err));
    SPX_TRY(spx_mat_scratch(&tmp, &core, r, r, err));
    spx_gemm(&core, 1, &RA, SPX_N, &RB, SPX_T, 0);
    SPX_TRY(spx_svd_compute(&core, &o, &d, err));
    SPX_TRY(f->kind->map(f, d.s, d.r, all, err));
    spx_mat_scale_columns(&d.U, d.s);
    spx_gemm(&u->A, 1, &QA, SPX_N, &d.U, SPX_N, 0);
    spx_gemm(&u->B, 1, &QB, SPX_N, &d.V, SPX_N, 0);
out:
    spx_svd_free(&d);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status map_dense(const spx_filter *f, spx_mat *dW, size_t all, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd d = {0};
    const spx_svd_opts o = {.engine = "full", .k = all};
    SPX_TRY(spx_svd_compute(dW, &o, &d, err));
    SPX_TRY(f->kind->map(f, d.s, d.r, all, err));
    spx_mat_scale_columns(&d.U, d.s);
    spx_gemm(dW, 1, &d.U, SPX_N, &d.V, SPX_T, 0);
out:
    spx_svd_free(&d);
    return st;
}

spx_status apply_map(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    (void)p;
    spx_status st = SPX_OK;
    const size_t m = u->A.rows, n = spx_update_factored(u) ? u->B.rows : u->A.cols;
    const size_t all = m < n ? m : n;
    if (spx_update_factored(u) && u->A.cols <= all)
        SPX_TRY(map_factored(f, u, all, err));
    else {
        SPX_TRY(spx_update_expand(u, err));
        SPX_TRY(map_dense(f, &u->A, all, err));
    }
out:
    return st;
}

/* dW' = keep dW */
spx_status apply_scale(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    (void)p;
    (void)err;
    spx_update_scale(u, f->spec.keep);
    return SPX_OK;
}

/* dW' = dW min(1, cap |W0|_F / |dW|_F): every singular value by the same factor. */
spx_status apply_norm_cap(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    (void)p;
    spx_status st = SPX_OK;
    double norm2 = 0;
    const double most = f->spec.cap * f->fro0;
    SPX_TRY(spx_update_norm2(u, &norm2, err));
    if (sqrt(norm2) > most) spx_update_scale(u, most / sqrt(norm2));
out:
    return st;
}
