/* svd.c: one call for every engine of a table; every result is measured before it is returned. */
#include "spx/svd.h"

#include "spectra/svd_engines.h"

#include "spx/extremes.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    svd_engine *compute;
    engine_id fallback; /* answers where this one cannot; full has none: itself */
    bool needs_k;       /* computes k triplets and no other values, so it cannot choose k */
} engines[ENGINES] = {
    [ENGINE_GRAM] = {.name = "gram", .compute = svd_gram, .fallback = ENGINE_FULL},
    [ENGINE_FULL] = {.name = "full", .compute = svd_full, .fallback = ENGINE_FULL},
    [ENGINE_RANDOMIZED] = {.name = "randomized",
                           .compute = svd_randomized,
                           .fallback = ENGINE_FULL,
                           .needs_k = true},
    [ENGINE_SKETCH] = {.name = "randomized",
                       .compute = svd_sketch,
                       .fallback = ENGINE_FULL,
                       .needs_k = true},
};

spx_svd_opts spx_svd_defaults(void) { return (spx_svd_opts){.engine = "gram", .resolve = true}; }

double svd_rounding(size_t r) { return 4 * sqrt((double)r) * DBL_EPSILON; }

int spx_range_shift(double largest)
{
    const int far = 400; /* |log2| of an entry, whose square has 200 binades left on either side */
    const int e = largest > 0 ? ilogb(largest) : 0;
    return e > far || e < -far ? -e : 0;
}

spx_status svd_check_range(const spx_panels *W, double square, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    double most = 0;
    if (square > DBL_MIN / DBL_EPSILON && square < DBL_MAX) return SPX_OK;
    SPX_TRY(spx_panels_largest(W, &most, err));
    if (most == 0) return SPX_OK;
    out->note = "squares of its entries leave the range of doubles; full answered";
    SPX_RAISE(err, SPX_ENUMERIC, "squares of entries leave the range of doubles");
out:
    return st;
}

size_t svd_choose(const spx_svd_opts *o, const double *s, size_t r)
{
    const size_t k = o->choose ? o->choose(s, r, o->choose_arg) : o->k;
    return k < r ? k : r;
}

spx_status svd_values(spx_svd *f, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&f->s, f->r, err));
    SPX_TRY(SPX_NEW(&f->error, f->r, err));
out:
    return st;
}

spx_status svd_vectors(spx_svd *f, size_t k, spx_error *err)
{
    spx_status st = SPX_OK;
    f->k = k;
    if (k == 0) return SPX_OK;
    SPX_TRY(spx_mat_alloc(&f->U, f->rows, k, err));
    SPX_TRY(spx_mat_alloc(&f->V, f->cols, k, err));
out:
    return st;
}

/* Makes the entry of largest magnitude in each u positive; v follows. */
static spx_status fix_signs(spx_svd *f, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *most = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &most, f->k, err));
    for (size_t i = 0; i < f->U.rows; i++)
        for (size_t j = 0; j < f->k; j++) {
            const double u = f->U.data[i * f->U.ld + j];
            if (fabs(u) > fabs(most[j])) most[j] = u;
        }
    for (size_t j = 0; j < f->k; j++) most[j] = most[j] < 0 ? -1 : 1;
    spx_mat_scale_columns(&f->U, most);
    spx_mat_scale_columns(&f->V, most);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status svd_worst_column(const spx_mat *X, const spx_mat *Y, const double *s, double *worst,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    double *sum = NULL;
    SPX_TRY(SPX_NEW(&sum, X->cols, err));
    for (size_t i = 0; i < X->rows; i++)
        for (size_t j = 0; j < X->cols; j++) {
            const double e = (X->data[i * X->ld + j] - s[j] * Y->data[i * Y->ld + j]) / s[0];
            sum[j] += e * e;
        }
    for (size_t j = 0; j < X->cols; j++) *worst = spx_max(*worst, sqrt(sum[j]));
out:
    spx_free(sum);
    return st;
}

/* residual = max over triplets of ||W v - s u|| and ||W^T u - s v||, over s[0]. */
static spx_status measure_residual(const spx_panels *W, spx_svd *f, spx_error *err)
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

/* Bounds of the nuclear norm that follow from `error`, where the engine knew no better ones. */
static void bracket_nuclear_norm(spx_svd *f)
{
    if (f->nuclear_hi > 0) return;
    for (size_t i = 0; i < f->r; i++) {
        f->nuclear_lo += fmax(f->s[i] - f->error[i], 0);
        f->nuclear_hi += f->s[i] + f->error[i];
    }
}

/* One engine's answer. On failure *note is why its fallback should be asked, or NULL. */
static spx_status run_engine(const spx_panels *W, const spx_svd_opts *o, engine_id engine,
                             spx_svd *out, const char **note, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = (spx_svd){.rows = W->rows, .cols = W->cols, .engine = engines[engine].name};
    out->r = W->rows < W->cols ? W->rows : W->cols;
    SPX_TRY(engines[engine].compute(W, o, out, err));
    SPX_TRY(fix_signs(out, err));
    SPX_TRY(measure_residual(W, out, err));
    bracket_nuclear_norm(out);
out:
    *note = out->note;
    if (st != SPX_OK) spx_svd_free(out);
    return st;
}

static spx_status scale_back(spx_svd *f, int e, spx_error *err)
{
    for (size_t i = 0; i < f->r; i++) {
        f->s[i] = ldexp(f->s[i], e);
        f->error[i] = ldexp(f->error[i], e);
    }
    f->nuclear_lo = ldexp(f->nuclear_lo, e);
    f->nuclear_hi = ldexp(f->nuclear_hi, e);
    if (isfinite(f->s[0])) return SPX_OK;
    spx_svd_free(f);
    return SPX_FAIL(err, SPX_ENUMERIC, "singular values exceed the range of doubles");
}

/* Asks again where an engine could not answer, and said `why`: itself, if squares left the range of
 * doubles, of 2^e W; else its fallback. */
static spx_status ask_again(const spx_panels *W, const spx_svd_opts *o, engine_id engine,
                            const char *why, spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *none = NULL;
    double most = 0;
    SPX_TRY(spx_panels_largest(W, &most, err));
    const spx_panels_scaled scaled = {W, spx_range_shift(most)};
    const spx_panels V = spx_panels_scale(&scaled);
    if (scaled.exponent) {
        SPX_TRY(run_engine(&V, o, engine, out, &none, err));
        SPX_TRY(scale_back(out, -scaled.exponent, err));
        goto out;
    }
    SPX_TRY(run_engine(W, o, engines[engine].fallback, out, &none, err));
    out->note = why;
out:
    return st;
}

static spx_status run_with_fallback(const spx_panels *W, const spx_svd_opts *o, engine_id engine,
                                    spx_svd *out, spx_error *err)
{
    spx_error first = {0};
    const char *why = NULL;
    const spx_status st = run_engine(W, o, engine, out, &why, &first);
    if (st == SPX_ENUMERIC && why && engines[engine].fallback != engine)
        return ask_again(W, o, engine, why, out, err);
    return st == SPX_OK ? st : SPX_FAIL(err, st, "%s", first.text);
}

static spx_status compute(const spx_panels *W, const spx_svd_opts *o, engine_id engine,
                          spx_svd *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat held = {0};
    spx_panels once;
    *out = (spx_svd){0};
    if (W->rows == 0 || W->cols == 0)
        SPX_RAISE(err, SPX_ESHAPE, "matrix is %zu x %zu", W->rows, W->cols);
    if (o->choose && engines[engine].needs_k)
        SPX_RAISE(err, SPX_EINVAL, "the %s engine needs a given k: it does not compute all values",
                  engines[engine].name);
    SPX_TRY(spx_panels_hold(W, &held, &once, err));
    SPX_TRY(run_with_fallback(&once, o, engine, out, err));
out:
    spx_mat_free(&held);
    return st;
}

spx_status svd_by_engine(const spx_mat *W, const spx_svd_opts *o, engine_id engine, spx_svd *out,
                         spx_error *err)
{
    const spx_panels panels = spx_panels_of(W);
    return compute(&panels, o, engine, out, err);
}

/* The rows that users may name: all before the sketch. */
_Static_assert(ENGINE_SKETCH + 1 == ENGINES,
               "the sketch, which users may not name, is the last row");
static const char *engine_name(const void *table, size_t i)
{
    (void)table;
    return i < ENGINE_SKETCH ? engines[i].name : NULL;
}

const char *spx_svd_whole_engine(size_t i)
{
    for (size_t row = 0; engine_name(NULL, row); row++)
        if (!engines[row].needs_k && i-- == 0) return engines[row].name;
    return NULL;
}

spx_status spx_svd_panels(const spx_panels *W, const spx_svd_opts *opts, spx_svd *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    size_t engine = ENGINE_GRAM;
    *out = (spx_svd){0};
    if (opts->engine)
        SPX_TRY(spx_find_name("SVD engine", opts->engine, engine_name, NULL, &engine, err));
    SPX_TRY(compute(W, opts, (engine_id)engine, out, err));
out:
    return st;
}

spx_status spx_svd_compute(const spx_mat *W, const spx_svd_opts *opts, spx_svd *out, spx_error *err)
{
    const spx_panels panels = spx_panels_of(W);
    return spx_svd_panels(&panels, opts, out, err);
}

void spx_svd_free(spx_svd *f)
{
    spx_mat_free(&f->U);
    spx_mat_free(&f->V);
    spx_free(f->s);
    spx_free(f->error);
    *f = (spx_svd){0};
}
