/* subspace_triplets.c: what became of each dominant triplet of the base (gain, residual, turn,
 * rank), and of the energy that the dominant block held.
 *
 * A triplet that the later matrix keeps exactly has residual 0 and gain 1 whatever its rank is now.
 * Turning and being overtaken are two events; a comparison of top-k subspaces mixes them. */
#include "spectra/subspace_comparison.h"

#include "spx/extremes.h"
#include "spx/spectrum.h"

#include <math.h>

/* ||x - a y|| of column j. */
static double column_distance(const spx_mat *X, double a, const spx_mat *Y, size_t j)
{
    double sum = 0;
    for (size_t i = 0; i < X->rows; i++) {
        const double e = mat_at(X, i, j) - a * mat_at(Y, i, j);
        sum += e * e;
    }
    return sqrt(sum);
}

static double column_norm(const spx_mat *X, size_t j) { return column_distance(X, 0, X, j); }

/* The place, from 1, of the later value nearest to x. */
static size_t place_of(const spx_svd *f, double x)
{
    size_t n = 0;
    while (n + 1 < f->r && fabs(f->s[n + 1] - x) <= fabs(f->s[n] - x)) n++;
    return n + 1;
}

/* A triplet turned by angles p and q has |W v| = s cos q, |W^T u| = s cos p and gain s cos p cos q;
 * so its value s follows from the three. */
static void measure_triplet(const comparison *c, size_t i)
{
    const double s = c->base->s[i];
    double g = 0;
    for (size_t r = 0; r < c->W->rows; r++) g += mat_at(&c->U, r, i) * mat_at(&c->WV, r, i);
    const double left = column_distance(&c->WV, g, &c->U, i),
                 right = column_distance(&c->WtU, g, &c->V, i);
    const double e =
        spx_max(column_distance(&c->WV, s, &c->U, i), column_distance(&c->WtU, s, &c->V, i)) /
        c->base->s[0];
    const double value = g > 0 ? column_norm(&c->WV, i) / g * column_norm(&c->WtU, i) : 0;
    c->out->row[SPX_ROW_GAIN][i] = g / s;
    c->out->row[SPX_ROW_RESIDUAL][i] = e;
    c->out->row[SPX_ROW_TURN][i] = atan2(spx_max(left, right), g);
    c->out->row[SPX_ROW_RANK][i] = (double)place_of(c->now, value);
}

static double largest_shift(const comparison *c)
{
    double most = 0;
    for (size_t i = 0; i < c->base->r; i++)
        most = spx_max(most, fabs(c->now->s[i] - c->base->s[i]));
    return most / c->base->s[0];
}

void compare_triplets(const comparison *c)
{
    const double exact = 1e-6; /* far above a float weight's rounding, far below any edit */
    const double half_turn = atan(1), k = (double)c->k;
    double *value = c->out->value, *const *row = c->out->row;
    value[GAIN_MIN] = (double)INFINITY;
    for (size_t i = 0; i < c->k; i++) {
        measure_triplet(c, i);
        const double gain = row[SPX_ROW_GAIN][i], e = row[SPX_ROW_RESIDUAL][i];
        const int turned = row[SPX_ROW_TURN][i] >= half_turn;
        const int overtaken = !turned && row[SPX_ROW_RANK][i] > k;
        value[RETAINED_GAIN] += gain / k;
        value[GAIN_MIN] = spx_min(value[GAIN_MIN], gain);
        value[TRIPLE_RESIDUAL] = spx_max(value[TRIPLE_RESIDUAL], e);
        value[EXACT_KEPT] += (e < exact) / k;
        value[TURNED] += turned;
        value[OVERTAKEN] += overtaken;
        value[KEPT] += !turned && !overtaken;
    }
    value[SPECTRAL_RATIO] = c->now->s[0] / c->base->s[0];
    value[VALUE_SHIFT] = largest_shift(c);
    value[GAP_BASE] = spx_spectrum_gap(c->base->s, c->base->r, c->k);
    value[GAP_NOW] = spx_spectrum_gap(c->now->s, c->now->r, c->k);
}

spx_status compare_energy(const comparison *c, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat block;
    double before = 0, whole = 0, *value = c->out->value;
    SPX_TRY(spx_mat_scratch(c->tmp, &block, c->k, c->k, err));
    for (size_t i = 0; i < c->base->r; i++) {
        whole += c->base->s[i] * c->base->s[i];
        if (i + 1 == c->k) before = whole;
    }
    const double left = spx_dot(&c->WtU, &c->WtU), right = spx_dot(&c->WV, &c->WV);
    const double now = spx_dot(c->W, c->W);
    spx_gemm(&block, 1, &c->U, SPX_T, &c->WV, SPX_N, 0);
    value[RETENTION] = spx_dot(&block, &block) / before;
    value[RETENTION_U] = left / before;
    value[RETENTION_V] = right / before;
    value[SHARE_U] = left / now;
    value[SHARE_V] = right / now;
    value[FRO_RATIO] = sqrt(now / whole);
out:
    return st;
}
