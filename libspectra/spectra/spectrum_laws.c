/* spectrum_laws.c: the laws fitted to a spectrum: a power law to its tail, Marchenko and Pastur's
 * law to its bulk. */
#include "spx/spectrum.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* The n largest values of s^2 in ascending order: x_i = s_{n-1-i}^2, i < n. */
typedef struct sample {
    const double *s;
    size_t n;
} sample;

static double square_at(const sample *x, size_t i)
{
    return x->s[x->n - 1 - i] * x->s[x->n - 1 - i];
}

/* sup |F(x_j) - (j - i) / n|, j >= i, of the law that begins at x_i. Returns early once it exceeds
 * `limit`, as it does for most candidates after a few values: every 16th is looked at first. */
static double ks_distance(const sample *x, size_t i, double alpha, double limit)
{
    const size_t n = x->n - i, stride = 16;
    const double from = log(square_at(x, i));
    double d = 0;
    for (size_t start = 0; start < stride && d <= limit; start++)
        for (size_t j = start; j < n && d <= limit; j += stride) {
            const double above = log(square_at(x, i + j)) - from;
            d = fmax(d, fabs(1 - exp((1 - alpha) * above) - (double)j / (double)n));
        }
    return d;
}

spx_power_law spx_spectrum_power_law(const double *s, size_t r)
{
    const double least = 1e-5; /* as WeightWatcher */
    sample x = {s, 0};
    while (x.n < r && s[x.n] * s[x.n] > least) x.n++;
    spx_power_law best = {(double)NAN, (double)NAN, (double)INFINITY, 0};
    if (!isfinite(s[0] * s[0])) x.n = 0;
    double logs = 0; /* of the values from i on */
    for (size_t i = x.n; x.n >= 20 && i-- > 0;) {
        const double log_x = log(square_at(&x, i)), n = (double)(x.n - i);
        logs += log_x;
        const double above = logs - n * log_x;
        if (i + 1 == x.n || !(above > 0)) continue;
        const double alpha = 1 + n / above, d = ks_distance(&x, i, alpha, best.d);
        if (d <= best.d) best = (spx_power_law){alpha, square_at(&x, i), d, x.n - i};
    }
    if (best.tail == 0) best.d = (double)NAN;
    return best;
}

/* Median of Marchenko and Pastur's law of ratio beta, as a singular value over
 * sigma sqrt(max(m, n)). With l = 1 + beta + 2 sqrt(beta) cos(a) its density in a is
 * 2 sin^2(a) / (pi l), a in (0, pi), from the upper edge down: half of it lies before the median
 * (midpoint rule, 1e-6). */
static double median_of_law(double beta)
{
    enum { STEPS = 2048 };
    const double h = pi / STEPS;
    double seen = 0;
    for (size_t i = 0; i < STEPS; i++) {
        const double a = ((double)i + 0.5) * h;
        const double l = 1 + beta + 2 * sqrt(beta) * cos(a);
        const double part = 2 * sin(a) * sin(a) / (pi * l) * h;
        if (seen + part >= 0.5) {
            const double at = ((double)i + (0.5 - seen) / part) * h;
            return sqrt(1 + beta + 2 * sqrt(beta) * cos(at));
        }
        seen += part;
    }
    return sqrt(1 + beta);
}

spx_bulk spx_spectrum_bulk(const spx_spectrum *x)
{
    const double m = (double)x->rows, n = (double)x->cols, most = fmax(m, n);
    const size_t half = x->r / 2;
    const double median = x->r % 2 ? x->s[half] : 0.5 * (x->s[half - 1] + x->s[half]);
    spx_bulk b = {.sigma = median / (sqrt(most) * median_of_law(fmin(m, n) / most))};
    b.edge = b.sigma * (sqrt(m) + sqrt(n));
    while (b.spikes < x->r && x->s[b.spikes] > b.edge) b.spikes++;
    return b;
}
