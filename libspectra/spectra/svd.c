/* svd.c: one call, engines behind a table; no result is believed unmeasured. */
#include "spx/svd.h"

#include "spectra/engines.h"

#include "spx/spectrum.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    svd_engine *compute;
} engines[] = {
    {"gram", svd_gram}, /* dsytrd, dsterf, dstemr on W W^T: all values, vectors of the top k */
    {"full", svd_full}, /* dgesdd: Gu and Eisenstat 1995 */
};

spx_svd_opts spx_svd_defaults(void) { return (spx_svd_opts){.engine = "gram"}; }

size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r)
{
    if (!o->choose && o->tau > 0) return s[0] > 0 ? spx_spectrum_k(s, r, o->tau) : 0;
    const size_t k = o->choose ? o->choose(s, r, o->choose_arg) : o->k;
    return k < r ? k : r;
}

spx_status svd_values(spx_svd *f, spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, f->r, sizeof(double), err);
    f->s = mem;
    return st;
}

spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err)
{
    f->k = k;
    if (k == 0) return SPX_OK;
    const spx_status st = spx_mat_alloc(&f->U, f->rows, k, err);
    return st == SPX_OK ? spx_mat_alloc(&f->V, f->cols, k, err) : st;
}

/* In each u the entry of largest magnitude becomes positive; v follows. */
static void fix_signs(spx_svd *f)
{
    for (size_t j = 0; j < f->k; j++) {
        double most = 0;
        for (size_t i = 0; i < f->rows; i++) {
            const double u = f->U.data[i * f->U.ld + j];
            if (fabs(u) > fabs(most)) most = u;
        }
        if (most >= 0) continue;
        spx_mat u = spx_mat_view(&f->U, 0, j, f->rows, 1),
                v = spx_mat_view(&f->V, 0, j, f->cols, 1);
        spx_mat_scale(&u, -1);
        spx_mat_scale(&v, -1);
    }
}

/* The largest column norm of X - Y diag(s); X is overwritten. */
static double worst_column(spx_mat *X, const spx_mat *Y, const double *s)
{
    double worst = 0;
    for (size_t j = 0; j < X->cols; j++) {
        double sum = 0;
        for (size_t i = 0; i < X->rows; i++) {
            const double e = X->data[i * X->ld + j] - s[j] * Y->data[i * Y->ld + j];
            sum += e * e;
        }
        worst = fmax(worst, sqrt(sum));
    }
    return worst;
}

/* max over triplets of ||W v - s u|| and ||W^T u - s v||, by s[0]. */
static spx_status measure(const spx_panels *W, spx_svd *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat WV, WtU;
    if (f->k == 0 || f->s[0] == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &WV, f->rows, f->k, err));
    SPX_TRY(spx_mat_scratch(&tmp, &WtU, f->cols, f->k, err));
    SPX_TRY(spx_panels_times(W, SPX_N, &f->V, &WV, err));
    SPX_TRY(spx_panels_times(W, SPX_T, &f->U, &WtU, err));
    f->residual = fmax(worst_column(&WV, &f->U, f->s), worst_column(&WtU, &f->V, f->s)) / f->s[0];
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status run_engine(const spx_panels *W, const spx_svd_opts *o, size_t engine,
                             spx_svd *out, spx_error *err)
{
    *out = (spx_svd){.rows = W->rows, .cols = W->cols, .engine = engines[engine].name};
    out->r = W->rows < W->cols ? W->rows : W->cols;
    const spx_status st = engines[engine].compute(W, o, out, err);
    if (st != SPX_OK) spx_svd_free(out);
    return st;
}

/* The engine asked for; where it does not converge, full. */
static spx_status run_with_fallback(const spx_panels *W, const spx_svd_opts *o, size_t engine,
                                    spx_svd *out, spx_error *err)
{
    spx_error first = {0};
    spx_status st = run_engine(W, o, engine, out, &first);
    if (st == SPX_ENUMERIC && engine == 0) {
        st = run_engine(W, o, 1, out, err);
        out->note = "gram failed; full answered";
    } else if (st != SPX_OK)
        (void)SPX_FAIL(err, st, "%s", first.text);
    return st;
}

static spx_status find_engine(const char *name, size_t *out, spx_error *err)
{
    const size_t n = sizeof engines / sizeof *engines;
    for (*out = 0; *out < n; (*out)++)
        if (!name || strcmp(engines[*out].name, name) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "no SVD engine '%s'; there are: gram, full", name);
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
    spx_svd f = {0};
    size_t engine = 0;
    *out = (spx_svd){0};
    if (W->rows == 0 || W->cols == 0)
        SPX_RAISE(err, SPX_ESHAPE, "matrix is %zu x %zu", W->rows, W->cols);
    if (!(opts->tau >= 0 && opts->tau <= 1)) SPX_RAISE(err, SPX_EINVAL, "tau is %g", opts->tau);
    SPX_TRY(find_engine(opts->engine, &engine, err));
    SPX_TRY(run_with_fallback(W, opts, engine, &f, err));
    fix_signs(&f);
    SPX_TRY(measure(W, &f, err));
    *out = f;
    f = (spx_svd){0};
out:
    spx_svd_free(&f);
    return st;
}

void spx_svd_free(spx_svd *f)
{
    spx_mat_free(&f->U);
    spx_mat_free(&f->V);
    spx_free(f->s);
    *f = (spx_svd){0};
}
