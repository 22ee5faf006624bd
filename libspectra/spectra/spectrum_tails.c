/* spectrum_tails.c: other laws than the power law on the same tail, and which the data favour.
 *
 * In y = log(x / xmin) >= 0 the power law, the truncated power law and the log-normal law are the
 * exponential families
 *     f(y) = exp(-a y - b g(y)) / Z(a, b),   g = 0,   e^y - 1,   y^2,
 * and log f differs from the density's logarithm in x by -log x, the same for all. The
 * log-likelihood is concave in (a, b), so that Newton's method with halved steps finds its maximum,
 * which is the power law (b = 0) where the derivative by b there is not positive. Moments of f come
 * from one quadrature over y by the trapezoidal rule in w, y = exp(w - e^-w) (double-exponential
 * for half-infinite intervals; Takahasi and Mori, Publ. RIMS 9, 1974). y is in units of its mean,
 * g of its own. */
#include "spx/spectrum.h"

#include <math.h>
#include <stdbool.h>

enum { NODES = 400 };
static const double first_node = -3.6, node_step = 0.02; /* y from 1e-17 to 80 times its mean */

/* A family at the nodes of the quadrature. */
typedef struct family {
    double y[NODES], weight[NODES], g[NODES];
    double least_a; /* a is no less */
} family;

/* Means and covariances of y and g under f, and log Z. */
typedef struct moments {
    double log_z, y, g, yy, yg, gg;
} moments;

/* What is known of the data: values >= xmin, the mean of y and of e^y - 1 and y^2. */
typedef struct tail {
    const double *s;
    size_t n;
    double xmin, y, grown, square;
} tail;

static void place_nodes(family *f)
{
    for (int i = 0; i < NODES; i++) {
        const double w = first_node + node_step * i;
        f->y[i] = exp(w - exp(-w));
        f->weight[i] = node_step * f->y[i] * (1 + exp(-w));
    }
}

static moments moments_of(const family *f, double a, double b)
{
    double p[NODES], sum = 0, top = -(double)INFINITY;
    moments m = {0};
    for (int i = 0; i < NODES; i++) top = fmax(top, -a * f->y[i] - b * f->g[i]);
    for (int i = 0; i < NODES; i++) {
        p[i] = f->weight[i] * exp(-a * f->y[i] - b * f->g[i] - top);
        sum += p[i];
        if (p[i] > 0) m.y += p[i] * f->y[i];
        if (p[i] > 0) m.g += p[i] * f->g[i];
    }
    m.y /= sum;
    m.g /= sum;
    m.log_z = top + log(sum);
    for (int i = 0; i < NODES; i++) {
        const double y = f->y[i] - m.y, g = f->g[i] - m.g;
        if (!(p[i] > 0)) continue;
        m.yy += p[i] / sum * y * y;
        m.yg += p[i] / sum * y * g;
        m.gg += p[i] / sum * g * g;
    }
    return m;
}

/* Mean log-likelihood where both data means are 1. */
static double likelihood(const moments *m, double a, double b) { return -a - b - m->log_z; }

/* One step of Newton's method, halved until the likelihood does not fall; false once it stands. b
 * stays above 0: where it would fall by more than to a 16th it falls to that, and a goes along. */
static bool improve(const family *f, double *a, double *b, moments *m)
{
    const double enough = 1e-13, slope_a = m->y - 1, slope_b = m->g - 1;
    const bool held = *a <= f->least_a && slope_a < 0;
    const double free_b = held ? slope_b : slope_b - m->yg / m->yy * slope_a;
    const double step_b = free_b / (held ? m->gg : m->gg - m->yg / m->yy * m->yg);
    if (!(step_b * free_b + (held ? 0 : slope_a * slope_a / m->yy) > enough)) return false;
    for (int half = 0; half < 20; half++) {
        const double t = ldexp(1, -half);
        const double next_b = fmax(*b + t * step_b, *b / 16);
        const double step_a = held ? 0 : (t * slope_a - m->yg * (next_b - *b)) / m->yy;
        const double next_a = fmax(*a + step_a, f->least_a);
        const moments next = moments_of(f, next_a, next_b);
        if (!(likelihood(&next, next_a, next_b) >= likelihood(m, *a, *b))) continue;
        *a = next_a;
        *b = next_b;
        *m = next;
        return true;
    }
    return false;
}

static void maximise(const family *f, double *a, double *b, moments *m)
{
    const int most = 100;
    *a = 0.5;
    *b = 0.25;
    *m = moments_of(f, *a, *b);
    for (int i = 0; i < most && improve(f, a, b, m); i++) continue;
}

static double log_above(const tail *t, size_t i) { return log(t->s[i] * t->s[i] / t->xmin); }

static tail describe(const double *s, const spx_power_law *fit)
{
    tail t = {.s = s, .n = fit->tail, .xmin = fit->xmin};
    const double n = (double)t.n;
    for (size_t i = 0; i < t.n; i++) {
        const double y = log_above(&t, i);
        t.y += y / n;
        t.grown += expm1(y) / n;
        t.square += y * y / n;
    }
    return t;
}

/* log f(y) = c - a y - b g(y) in the data's own units, g = e^y - 1 or y^2. */
typedef struct law {
    double a, b, c;
    bool squared;
} law;

static double log_density(const law *l, double y)
{
    return l->c - l->a * y - l->b * (l->squared ? y * y : expm1(y));
}

/* The fitted member of a family, whose g has the mean `scale` over the data. */
static law fit_family(family *f, const tail *t, const law *power, double scale, bool squared)
{
    moments m;
    law l = {.squared = squared};
    for (int i = 0; i < NODES; i++) {
        const double y = f->y[i] * t->y;
        f->g[i] = (squared ? y * y : expm1(fmin(y, 700))) / scale;
    }
    f->least_a =
        squared ? -(double)INFINITY : 0; /* alpha >= 1, as powerlaw asks of a truncated one */
    const double rest = power->a - 1;    /* int (e^y - 1) f dy = 1 / rest, infinite if <= 0 */
    const bool limit = squared ? scale >= 2 * t->y * t->y : rest > 0 && scale * rest >= 1;
    if (!limit) maximise(f, &l.a, &l.b, &m);
    if (limit || likelihood(&m, l.a, l.b) <= -1) { /* the power law's, a = 1, b = 0 */
        l.a = power->a;
        l.b = 0;
        l.c = power->c;
        return l;
    }
    l.a /= t->y;
    l.b /= scale;
    l.c = -m.log_z - log(t->y);
    return l;
}

/* Fills ratio and p of the power law beside the other: Vuong's test, or of nested laws the
 * chi-squared one with one degree of freedom (powerlaw's loglikelihood_ratio). */
static void compare_laws(const tail *t, const law *power, const law *other, bool nested,
                         spx_tail_rival *out)
{
    const double n = (double)t->n;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < t->n; i++)
        sum += log_density(power, log_above(t, i)) - log_density(other, log_above(t, i));
    for (size_t i = 0; i < t->n; i++) {
        const double d =
            log_density(power, log_above(t, i)) - log_density(other, log_above(t, i)) - sum / n;
        squares += d * d;
    }
    out->ratio = sum;
    if (nested)
        out->p = erfc(sqrt(fabs(sum)));
    else
        out->p = squares > 0 ? erfc(fabs(sum) / sqrt(2 * squares)) : 1;
}

static void find_parameters(const tail *t, const law *l, spx_tail_rival *out)
{
    if (l->squared && l->b == 0) return; /* a power law has neither mu nor sigma */
    out->parameter[0] = l->squared ? log(t->xmin) - l->a / (2 * l->b) : 1 + l->a;
    out->parameter[1] = l->squared ? 1 / sqrt(2 * l->b) : l->b / t->xmin;
}

void spx_spectrum_rivals(const double *s, const spx_power_law *fit,
                         spx_tail_rival out[SPX_TAIL_RIVALS])
{
    family f;
    for (size_t i = 0; i < SPX_TAIL_RIVALS; i++)
        out[i] = (spx_tail_rival){{(double)NAN, (double)NAN}, (double)NAN, (double)NAN};
    if (fit->tail == 0 || isinf(s[0] * s[0])) return;
    const tail t = describe(s, fit);
    const law power = {.a = fit->alpha - 1, .c = log(fit->alpha - 1)};
    const double rate = 1 / t.grown; /* of the exponential law, in units of xmin */
    const law exponential = {.a = -1, .b = rate, .c = log(rate)};
    place_nodes(&f);
    const law truncated = fit_family(&f, &t, &power, t.grown, false);
    const law lognormal = fit_family(&f, &t, &power, t.square, true);
    compare_laws(&t, &power, &truncated, true, &out[SPX_TAIL_TRUNCATED]);
    compare_laws(&t, &power, &exponential, false, &out[SPX_TAIL_EXPONENTIAL]);
    compare_laws(&t, &power, &lognormal, false, &out[SPX_TAIL_LOGNORMAL]);
    find_parameters(&t, &truncated, &out[SPX_TAIL_TRUNCATED]);
    find_parameters(&t, &lognormal, &out[SPX_TAIL_LOGNORMAL]);
    out[SPX_TAIL_EXPONENTIAL].parameter[0] = rate / t.xmin;
}

double spx_spectrum_favoured(const spx_tail_rival rival[SPX_TAIL_RIVALS])
{
    const double significant = 0.05;
    double favoured = 0, least = 0;
    if (isnan(rival[0].ratio)) return (double)NAN;
    for (size_t i = 0; i < SPX_TAIL_RIVALS; i++)
        if (rival[i].p < significant && rival[i].ratio < least) {
            least = rival[i].ratio;
            favoured = (double)(i + 1);
        }
    return favoured;
}
