/* subspace_intruders.c: later dominant directions that the base did not have.
 *
 * Shuttleworth et al. 2024 (arXiv 2410.21228) call a direction an intruder if its cosine with every
 * vector of the base is small. Vectors inside a cluster of nearly equal values are arbitrary: a
 * harmless turn of the cluster spreads one direction over many vectors and would make intruders
 * of all. So a direction is at home, too, in the span of a cluster among whose values its own
 * is. (In the span of any cluster would say too much: the bulk is one, and holds nearly all.) */
#include "spectra/subspace_comparison.h"

#include <math.h>
#include <stdbool.h>

static const double half = 0.25; /* a cosine of 1/2, squared */

/* Vectors of values that are zero are arbitrary and of no meaning. */
static size_t directions(const spx_svd *f)
{
    size_t n = 0;
    while (n < f->k && f->s[n] > 1e-7 * f->s[0]) n++;
    return n;
}

static bool near_vector(const comparison *c, const spx_mat *X, size_t j)
{
    for (size_t i = 0; i < directions(c->base); i++)
        if (mat_at(X, i, j) * mat_at(X, i, j) >= half) return true;
    return false;
}

/* Clusters are chains of base values at most `reach` apart. */
static bool in_cluster(const comparison *c, const spx_mat *X, size_t j, double reach)
{
    const double *s = c->base->s, own = c->now->s[j];
    double share = 0, top = s[0];
    for (size_t i = 0; i < directions(c->base); i++) {
        if (i > 0 && s[i - 1] - s[i] > reach) {
            share = 0;
            top = s[i];
        }
        share += mat_at(X, i, j) * mat_at(X, i, j);
        const bool among = own <= top + reach && own >= s[i] - reach;
        if (among && share >= half) return true;
    }
    return false;
}

static double in_leading(const spx_mat *X, size_t j, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++) sum += mat_at(X, i, j) * mat_at(X, i, j);
    return sum;
}

void compare_intruders(const comparison *c)
{
    double *value = c->out->value;
    const double reach = value[TRIPLE_RESIDUAL] * c->base->s[0];
    for (size_t j = 0; j < c->k; j++) {
        const bool near = near_vector(c, &c->M, j);
        const bool u = !near && !in_cluster(c, &c->M, j, reach);
        const bool v = !near_vector(c, &c->N, j) && !in_cluster(c, &c->N, j, reach);
        value[INTRUDERS_U] += u;
        value[INTRUDERS_V] += v;
        value[INTRUDERS] += u && v;
        value[INTRUDERS_PEFT] += !near;
        value[OVERTAKERS] += in_leading(&c->M, j, c->k) < 0.5 && in_leading(&c->N, j, c->k) < 0.5;
    }
}
