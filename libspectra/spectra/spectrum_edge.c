/* spectrum_edge.c: where the noise of a spectrum ends: Marchenko and Pastur's law beside all of it,
 * and Tracy and Widom's for its largest value. */
#include "spx/spectrum.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Marchenko and Pastur's distribution of ratio beta at x = s^2 / (sigma^2 max(m, n)). */
static double distribution(double x, double beta)
{
    const double low = (1 - sqrt(beta)) * (1 - sqrt(beta)),
                 high = (1 + sqrt(beta)) * (1 + sqrt(beta)), span = high - low;
    if (x <= low) return 0;
    if (x >= high) return 1;
    const double root = sqrt((x - low) * (high - x));
    const double first = asin((2 * x - low - high) / span);
    const double second = asin(fmax(-1, ((low + high) * x - 2 * low * high) / (x * span)));
    return (root + (1 + beta) * first - (1 - beta) * second + pi * beta) / (2 * pi * beta);
}

double spx_spectrum_bulk_distance(const spx_spectrum *x, double sigma)
{
    const double m = (double)x->rows, n = (double)x->cols, most = fmax(m, n), r = (double)x->r;
    double d = 0;
    if (!(sigma > 0)) return (double)NAN;
    for (size_t i = 0; i < x->r; i++) {
        const double s = x->s[i] / sigma;
        const double above = 1 - distribution(s * s / most, fmin(m, n) / most);
        d = fmax(d, fmax(fabs(above - (double)i / r), fabs(above - (double)(i + 1) / r)));
    }
    return d;
}

spx_edge spx_spectrum_edge(const spx_spectrum *x, double sigma)
{
    const double quantile = 2.0234492814; /* of 0.99: tests/golden/trust.py */
    const double n = (double)(x->rows > x->cols ? x->rows : x->cols), p = (double)x->r;
    spx_edge e = {(double)NAN, (double)NAN, (double)NAN, 0};
    if (!(sigma > 0) || n < 2) return e;
    const double a = sqrt(n - 1), b = sqrt(p);          /* Johnstone's (1.3): */
    const double centre = (a + b) * (a + b);            /* mu_np */
    const double scale = (a + b) * cbrt(1 / a + 1 / b); /* sigma_np */
    const double largest = (x->s[0] / sigma) * (x->s[0] / sigma);
    e.edge = sigma * sqrt(centre + quantile * scale);
    e.statistic = (largest - centre) / scale;
    e.p = spx_tracy_widom_above(e.statistic);
    while (e.spikes < x->r && x->s[e.spikes] > e.edge) e.spikes++;
    return e;
}
