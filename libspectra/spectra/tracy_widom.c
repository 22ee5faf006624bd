/* tracy_widom.c: the upper tail of the Tracy-Widom law of order 1.
 *
 * With q the Hastings-McLeod solution of Painleve II, q'' = x q + 2 q^3, q ~ Ai at infinity,
 *     F_1(x) = exp(-(I + J) / 2),   I = int_x^inf (t - x) q^2 dt,   J = int_x^inf q dt
 * (Tracy and Widom, Comm. Math. Phys. 177, 1996, Eqs. 52 and 53). From x = 8, where q is Ai to
 * 1e-15, Taylor's series of q is followed to the left; its coefficients follow from the equation.
 * Above 8, F_1 = exp(-J / 2) with q = Ai. Airy's function is
 *     Ai(x) = sqrt(x / 3) K_{1/3}(z) / pi,   z = 2/3 x^{3/2}   (DLMF 9.6.2). */
#include "spx/spectrum.h"

#include <math.h>

static const double pi = 3.14159265358979323846;
static const double airy_from = 8, certain = -8; /* 1 - F_1 is 1 to 1e-9 below the latter */
enum { ORDER = 28 };
static const double step = 0.25; /* q has no pole within 2 of the real axis */

/* The solution at x: q, q', and the integrals from x to infinity of q, q^2 and (t - x) q^2. */
typedef struct painleve {
    double x, q, slope, J, K, I;
} painleve;

/* int_0^inf exp(-z cosh v) cosh(nu v) cosh(v)^power dv by the trapezoidal rule, which converges
 * exponentially here; K_nu(z) for power 0 (DLMF 10.32.9). */
static double bessel(double nu, double z, int power)
{
    const double h = 1.0 / 32;
    double sum = 0.5 * exp(-z);
    for (int i = 1; z * (cosh(i * h) - 1) < 50; i++)
        sum += exp(-z * cosh(i * h)) * cosh(nu * i * h) * pow(cosh(i * h), power);
    return h * sum;
}

static double airy_argument(double x) { return 2.0 / 3 * x * sqrt(x); }

/* int_x^inf Ai(t) dt, x > 0: t = (3 z / 2)^{2/3} gives int_z^inf K_{1/3}(y) dy / (pi sqrt 3). */
static double airy_tail(double x) { return bessel(1.0 / 3, airy_argument(x), -1) / (pi * sqrt(3)); }

/* The integrals of Ai^2 have closed forms (DLMF 9.11.4 and its like with a factor t). */
static painleve begin(double x)
{
    const double z = airy_argument(x), q = sqrt(x / 3) * bessel(1.0 / 3, z, 0) / pi,
                 d = -x / sqrt(3) * bessel(2.0 / 3, z, 0) / pi;
    return (painleve){.x = x,
                      .q = q,
                      .slope = d,
                      .J = airy_tail(x),
                      .K = d * d - x * q * q,
                      .I = (2 * x * x * q * q - 2 * x * d * d - q * d) / 3};
}

/* a: Taylor's coefficients of q about s->x; b: those of q^2. */
static void expand(const painleve *s, double *a, double *b)
{
    a[0] = s->q;
    a[1] = s->slope;
    for (int n = 0; n < ORDER; n++) {
        double cube = 0;
        b[n] = 0;
        for (int i = 0; i <= n; i++) b[n] += a[i] * a[n - i];
        for (int i = 0; i <= n; i++) cube += b[i] * a[n - i];
        if (n + 2 < ORDER)
            a[n + 2] = (s->x * a[n] + (n > 0 ? a[n - 1] : 0) + 2 * cube) / ((n + 1) * (n + 2));
    }
}

/* Moves to x + h. */
static void advance(painleve *s, double h)
{
    double a[ORDER], b[ORDER], power = 1;
    expand(s, a, b);
    painleve t = {.x = s->x + h, .J = s->J, .K = s->K, .I = s->I - h * s->K};
    for (int n = 0; n < ORDER; n++) {
        t.q += a[n] * power;
        if (n + 1 < ORDER) t.slope += (n + 1) * a[n + 1] * power;
        t.J -= a[n] * power * h / (n + 1);
        t.K -= b[n] * power * h / (n + 1);
        t.I += b[n] * power * h * h / ((n + 1) * (n + 2));
        power *= h;
    }
    *s = t;
}

double spx_tracy_widom_above(double x)
{
    if (isnan(x)) return x;
    if (x <= certain) return 1;
    if (x >= airy_from) return -expm1(-0.5 * airy_tail(x));
    painleve s = begin(airy_from);
    while (s.x - step > x) advance(&s, -step);
    advance(&s, x - s.x);
    return -expm1(-0.5 * (s.I + s.J));
}
