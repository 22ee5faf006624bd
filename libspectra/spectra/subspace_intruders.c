/* subspace_intruders.c: later dominant directions that the base did not have.
 *
 * Shuttleworth et al. 2024 (arXiv 2410.21228) call a direction an intruder if its cosine with every
 * vector of the base is small. Vectors inside a cluster of nearly equal values are arbitrary: a
 * harmless turn of the cluster spreads one direction over many vectors and would make all of them
 * intruders. So a direction that lies in the span of a cluster is not an intruder either, if its
 * value is among the cluster's. (The span of any cluster would be too lenient: the bulk is one, and
 * holds nearly everything.) */
#include "spectra/subspace_comparison.h"

#include <math.h>
#include <stdbool.h>

static const double near_enough = 0.25; /* a cosine of 1/2, squared */

/* The number of triplets whose value is not zero; the vectors of zero values are arbitrary. */
static size_t nonzero_triplets(const spx_svd *f)
{
    size_t n = 0;
    while (n < f->k && f->s[n] > 1e-7 * f->s[0]) n++;
    return n;
}

/* True if vector j has a cosine of at least 1/2 to a vector of the base. */
static bool near_vector(const comparison *c, const spx_mat *X, size_t j)
{
    for (size_t i = 0; i < nonzero_triplets(c->base); i++)
        if (mat_at(X, i, j) * mat_at(X, i, j) >= near_enough) return true;
    return false;
}

/* True if half of vector j lies in the span of a cluster among whose values its value is. Clusters
 * are chains of base values at most `reach` apart. */
static bool in_cluster(const comparison *c, const spx_mat *X, size_t j, double reach)
{
    const double *s = c->base->s, value = c->now->s[j];
    double share = 0, top = s[0];
    for (size_t i = 0; i < nonzero_triplets(c->base); i++) {
        if (i > 0 && s[i - 1] - s[i] > reach) {
            share = 0;
            top = s[i];
        }
        share += mat_at(X, i, j) * mat_at(X, i, j);
        const bool among = value <= top + reach && value >= s[i] - reach;
        if (among && share >= near_enough) return true;
    }
    return false;
}

/* The share of vector j in the span of the base's leading k. */
static double share_in_leading(const spx_mat *X, size_t j, size_t k)
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
        value[OVERTAKERS] +=
            share_in_leading(&c->M, j, c->k) < 0.5 && share_in_leading(&c->N, j, c->k) < 0.5;
    }
}
