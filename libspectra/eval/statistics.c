/* statistics.c: a mean's interval; a broken line fitted to a curve (Hinkley, J. Am. Stat. Assoc.
 * 66, 1971).
 *
 * For a given knot t the model is linear in (a, b, c): columns 1, x, max(0, x - t). With 1 and x
 * projected out of the third column, leaving h, and out of y, leaving r, the broken line's residual
 * is S(t) = r'r - (h'r)^2 / h'h, and c = h'r / h'h. */
#include "spx/statistics.h"

#include <float.h>
#include <math.h>

enum { KNOTS = 32 }; /* between neighbouring points */

/* Takes the regression on 1 and x out of v. Returns its slope. */
static double detrend(const double *x, double *v, size_t n)
{
    double mx = 0, mv = 0, xx = 0, xv = 0;
    for (size_t i = 0; i < n; i++) mx += x[i] / (double)n, mv += v[i] / (double)n;
    for (size_t i = 0; i < n; i++) xx += (x[i] - mx) * (x[i] - mx), xv += (x[i] - mx) * v[i];
    const double slope = xx > 0 ? xv / xx : 0;
    for (size_t i = 0; i < n; i++) v[i] -= mv + slope * (x[i] - mx);
    return slope;
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* A broken line's fit at one knot. */
typedef struct fit {
    double knot, square, bend, hinge_slope; /* S, c, slope of 1 and x in the hinge */
} fit;

/* n points: x, and in r their y without its trend; h is workspace. */
typedef struct curve {
    size_t n;
    double *x, *r, *h;
    double noise; /* the least r'r that the rounding of weights to float leaves */
} curve;

static fit fit_at(const curve *v, double knot)
{
    for (size_t i = 0; i < v->n; i++) v->h[i] = fmax(0, v->x[i] - knot);
    fit f = {
        .knot = knot, .hinge_slope = detrend(v->x, v->h, v->n), .square = dot(v->r, v->r, v->n)};
    const double hh = dot(v->h, v->h, v->n), hr = dot(v->h, v->r, v->n);
    if (hh > 0) f.bend = hr / hh, f.square = fmax(0, f.square - hr * hr / hh);
    return f;
}

static double knot_at(const double *x, size_t j)
{
    const size_t i = j / KNOTS;
    return x[i] + (x[i + 1] - x[i]) * (double)(j % KNOTS) / KNOTS;
}

/* 97.5 % point of Student's t with m degrees of freedom: exact for 1 and 2, then Cornish and
 * Fisher's series (Abramowitz and Stegun 26.7.5), within 0.2 % at m = 3 and less from there on. */
static double student(double m)
{
    if (m < 1.5) return 12.706204736432095;
    if (m < 2.5) return 4.302652729911275;
    const double z = 1.959963984540054, z2 = z * z;
    const double g[] = {(z2 + 1) / 4, ((5 * z2 + 16) * z2 + 3) / 96,
                        (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
                        ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160};
    return z * (1 + (g[0] + (g[1] + (g[2] + g[3] / m) / m) / m) / m);
}

/* The interval around the best knot: from the first to the last of those nearly as good. */
static void knot_interval(const curve *v, const fit *best, spx_break *out)
{
    const size_t n = v->n;
    const double t = student((double)(n - 4));
    const double most = fmax(best->square, v->noise) * (1 + t * t / (double)(n - 4));
    out->lo = out->hi = best->knot;
    for (size_t j = 1; j < (n - 1) * KNOTS; j++) {
        const fit f = fit_at(v, knot_at(v->x, j));
        if (f.square > most) continue;
        out->lo = fmin(out->lo, f.knot);
        out->hi = fmax(out->hi, f.knot);
    }
}

static void search_knot(const curve *v, double slope, spx_break *out)
{
    const size_t n = v->n;
    const double straight = dot(v->r, v->r, n), count = (double)n;
    fit best = {.square = (double)INFINITY};
    for (size_t j = 1; j < (n - 1) * KNOTS; j++) {
        const fit f = fit_at(v, knot_at(v->x, j));
        if (f.square < best.square) best = f;
    }
    const double left = fmax(best.square, v->noise);
    out->found = straight > v->noise && count * log(straight / left) > 2 * log(count);
    if (!out->found) return;
    out->at = best.knot;
    out->before = slope - best.bend * best.hinge_slope;
    out->after = out->before + best.bend;
    knot_interval(v, &best, out);
}

spx_status spx_break_find(const double *x, const double *y, size_t n, spx_break *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    curve v = {0};
    const double none = (double)NAN;
    *out = (spx_break){false, none, none, none, none, none};
    SPX_TRY(SPX_SCRATCH(&tmp, &v.x, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &v.r, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &v.h, n, err));
    for (size_t i = 0; i < n; i++)
        if (isfinite(y[i])) v.x[v.n] = x[i], v.r[v.n++] = y[i];
    v.noise = (double)FLT_EPSILON * (double)FLT_EPSILON * dot(v.r, v.r, v.n);
    if (v.n >= 2) out->before = out->after = detrend(v.x, v.r, v.n);
    if (v.n >= 6) search_knot(&v, out->before, out);
out:
    spx_scratch_free(&tmp);
    return st;
}

static double itself(double x) { return x; }

/* Of f of the values. */
static spx_mean mean_of(const double *x, size_t n, double (*f)(double))
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) sum += f(x[i]);
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) square += (f(x[i]) - mean) * (f(x[i]) - mean);
    if (n < 2) return (spx_mean){mean, (double)NAN, (double)NAN};
    const double error = sqrt(square / (double)(n - 1) / (double)n);
    const double half = student((double)(n - 1)) * error;
    return (spx_mean){mean, mean - half, mean + half};
}

spx_mean spx_mean_of(const double *x, size_t n) { return mean_of(x, n, itself); }

spx_mean spx_mean_of_logs(const double *x, size_t n)
{
    const spx_mean m = mean_of(x, n, log);
    return (spx_mean){exp(m.mean), exp(m.lo), exp(m.hi)};
}
