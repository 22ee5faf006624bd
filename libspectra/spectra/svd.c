/* svd.c: one call, engines behind a table; no result is believed unmeasured. */
#include "spx/svd.h"

#include "spectra/engines.h"

#include "spx/spectrum.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    svd_engine *compute;
} engines[] = {
    {"gram", svd_gram},             /* W W^T reduced once: all values, vectors of the top k */
    {"full", svd_full},             /* dgesdd: Gu and Eisenstat 1995 */
    {"randomized", svd_randomized}, /* Halko, Martinsson and Tropp 2011, Alg. 4.4 and 5.1 */
};
enum { ENGINES = sizeof engines / sizeof *engines };

spx_svd_opts spx_svd_defaults(void) { return (spx_svd_opts){.engine = "gram", .power = 2}; }

double svd_rounding(size_t r) { return 4 * sqrt((double)r) * DBL_EPSILON; }

spx_status svd_check_range(double square, spx_svd *out, spx_error *err)
{
    const bool fits = square > DBL_MIN / DBL_EPSILON && square < DBL_MAX;
    if (fits || square == 0) return SPX_OK;
    out->note = "squares of its entries leave the range of doubles; full answered";
    return SPX_FAIL(err, SPX_ENUMERIC, "squares of entries leave the range of doubles");
}

size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r)
{
    if (!o->choose && o->tau > 0) return s[0] > 0 ? spx_spectrum_k(s, r, o->tau) : 0;
    const size_t k = o->choose ? o->choose(s, r, o->choose_arg) : o->k;
    return k < r ? k : r;
}

spx_status svd_values(spx_svd *f, spx_error *err)
{
    void *mem = NULL;
    spx_status st = spx_alloc(&mem, f->r, sizeof(double), err);
    f->s = mem;
    if (st == SPX_OK) st = spx_alloc(&mem, f->r, sizeof(double), err);
    if (st == SPX_OK) f->error = mem;
    return st;
}

spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err)
{
    f->k = k;
    if (k == 0) return SPX_OK;
    const spx_status st = spx_mat_alloc(&f->U, f->rows, k, err);
    return st == SPX_OK ? spx_mat_alloc(&f->V, f->cols, k, err) : st;
}

static void scale_columns(spx_mat *A, const double *by)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) A->data[i * A->ld + j] *= by[j];
}

/* In each u the entry of largest magnitude becomes positive; v follows. */
static spx_status fix_signs(spx_svd *f, spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    const spx_status st = spx_scratch_alloc(&tmp, &mem, f->k, sizeof(double), err);
    if (st != SPX_OK) return st;
    double *most = mem;
    for (size_t i = 0; i < f->U.rows; i++)
        for (size_t j = 0; j < f->k; j++) {
            const double u = f->U.data[i * f->U.ld + j];
            if (fabs(u) > fabs(most[j])) most[j] = u;
        }
    for (size_t j = 0; j < f->k; j++) most[j] = most[j] < 0 ? -1 : 1;
    scale_columns(&f->U, most);
    scale_columns(&f->V, most);
    spx_scratch_free(&tmp);
    return SPX_OK;
}

void svd_divide_columns(spx_mat *A, const double *by)
{
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) A->data[i * A->ld + j] /= by[j];
}

spx_status svd_worst_column(const spx_mat *X, const spx_mat *Y, const double *s, double *worst,
                            spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, X->cols, sizeof(double), err);
    if (st != SPX_OK) return st;
    double *sum = mem;
    for (size_t i = 0; i < X->rows; i++)
        for (size_t j = 0; j < X->cols; j++) {
            const double e = (X->data[i * X->ld + j] - s[j] * Y->data[i * Y->ld + j]) / s[0];
            sum[j] += e * e;
        }
    for (size_t j = 0; j < X->cols; j++) *worst = fmax(*worst, sqrt(sum[j]));
    spx_free(mem);
    return SPX_OK;
}

/* max over triplets of ||W v - s u|| and ||W^T u - s v||, by s[0]. */
static spx_status measure(const spx_panels *W, spx_svd *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat WV, WtU;
    if (f->k == 0 || f->s[0] == 0 || f->residual > 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &WV, f->rows, f->k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &WtU, f->cols, f->k, err));
    SPX_TRY(spx_panels_times(W, SPX_N, &f->V, &WV, err));
    SPX_TRY(spx_panels_times(W, SPX_T, &f->U, &WtU, err));
    SPX_TRY(svd_worst_column(&WV, &f->U, f->s, &f->residual, err));
    SPX_TRY(svd_worst_column(&WtU, &f->V, f->s, &f->residual, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

double svd_trace_defect(const spx_svd *f, double norm)
{
    double sum = 0;
    if (f->s[0] == 0) return 0;
    for (size_t i = 0; i < f->r; i++) sum += (f->s[i] / f->s[0]) * (f->s[i] / f->s[0]);
    return fabs(sum - (norm / f->s[0]) * (norm / f->s[0]));
}

/* What error says of the sum, where the engine knew no better. */
static void bracket(spx_svd *f)
{
    if (f->nuclear_hi > 0) return;
    for (size_t i = 0; i < f->r; i++) {
        f->nuclear_lo += fmax(f->s[i] - f->error[i], 0);
        f->nuclear_hi += f->s[i] + f->error[i];
    }
}

spx_status svd_finish(const spx_panels *W, spx_svd *f, spx_error *err)
{
    spx_status st = fix_signs(f, err);
    if (st == SPX_OK) st = measure(W, f, err);
    if (st == SPX_OK) bracket(f);
    return st;
}

/* One engine's answer. On failure *note is why `full` should be asked instead, or NULL. */
static spx_status run_engine(const spx_panels *W, const spx_svd_opts *o, size_t engine,
                             spx_svd *out, const char **note, spx_error *err)
{
    *out = (spx_svd){.rows = W->rows, .cols = W->cols, .engine = engines[engine].name};
    out->r = W->rows < W->cols ? W->rows : W->cols;
    spx_status st = engines[engine].compute(W, o, out, err);
    *note = out->note;
    if (st == SPX_OK) st = svd_finish(W, out, err);
    if (st != SPX_OK) spx_svd_free(out);
    return st;
}

static spx_status run_with_fallback(const spx_panels *W, const spx_svd_opts *o, size_t engine,
                                    spx_svd *out, spx_error *err)
{
    spx_error first = {0};
    const char *why = NULL, *none = NULL;
    spx_status st = run_engine(W, o, engine, out, &why, &first);
    if (st == SPX_ENUMERIC && why && engines[engine].compute != svd_full) {
        st = run_engine(W, o, 1, out, &none, err);
        if (st == SPX_OK) out->note = why;
    } else if (st != SPX_OK)
        (void)SPX_FAIL(err, st, "%s", first.text);
    return st;
}

static const char *name_of(const void *table, size_t i)
{
    (void)table;
    return i < ENGINES ? engines[i].name : NULL;
}

spx_status spx_svd_compute(const spx_mat *W, const spx_svd_opts *opts, spx_svd *out, spx_error *err)
{
    const spx_panels panels = spx_panels_of(W);
    return spx_svd_panels(&panels, opts, out, err);
}

spx_status spx_svd_panels(const spx_panels *W, const spx_svd_opts *opts, spx_svd *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat held = {0};
    spx_panels once;
    size_t engine = 0;
    *out = (spx_svd){0};
    if (W->rows == 0 || W->cols == 0)
        SPX_RAISE(err, SPX_ESHAPE, "matrix is %zu x %zu", W->rows, W->cols);
    if (!(opts->tau >= 0 && opts->tau <= 1)) SPX_RAISE(err, SPX_EINVAL, "tau is %g", opts->tau);
    if (opts->engine)
        SPX_TRY(spx_find_name("SVD engine", opts->engine, name_of, NULL, &engine, err));
    SPX_TRY(spx_panels_hold(W, &held, &once, err));
    SPX_TRY(run_with_fallback(&once, opts, engine, out, err));
out:
    spx_mat_free(&held);
    return st;
}

void spx_svd_free(spx_svd *f)
{
    spx_mat_free(&f->U);
    spx_mat_free(&f->V);
    spx_free(f->s);
    spx_free(f->error);
    *f = (spx_svd){0};
}
