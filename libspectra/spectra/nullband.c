/* nullband.c: what rounding to its type alone does to a comparison of a matrix (see nullband.h).
 *
 * The band allows for z standard deviations, and sqrt(2 log k) more for the largest of k numbers. A
 * coupling of variance t turns two directions by arctan sqrt(t), so sin^2 = t / (1 + t): small
 * gaps saturate instead of exceeding a right angle. */
#include "spx/nullband.h"

#include "spectra/subspace_comparison.h"

#include "spx/extremes.h"
#include "spx/rounding.h"

#include <math.h>
#include <stdbool.h>

static const double z = 3;
/* Equal values couple as strongly as anything: bounds where a gap is 0. */
static const double least_gap = 1e-300, most_coupling = 1e30;

/* How one dominant direction of one side may turn. */
typedef struct turning {
    double out;    /* sum of variances towards directions beyond k */
    double square; /* sum of their squares */
    double most;   /* largest of them */
    double all;    /* sum of sin^2 towards every other direction, at z deviations */
    double paired; /* the same, each at most 1/2: what a pairing cannot undo */
} turning;

/* The rounding error of a matrix, and what it does to the directions of the base. */
typedef struct noise {
    const spx_svd *base;
    size_t k;
    spx_rounding r;
    spx_mat A, B;        /* U^T diag(row) U and V^T diag(col) V; their diagonals are a and b */
    turning *u, *v;      /* k each */
    double col_u, col_v; /* largest root sum of squares of couplings towards one direction */
    double extreme;      /* deviations of the largest of k numbers */
} noise;

/* sin^2 of a coupling of variance t. */
static double sin2(double t) { return t / (1 + t); }
/* a_i and b_i of nullband.h. */
static double a(const noise *w, size_t i) { return mat_at(&w->A, i, i); }
static double b(const noise *w, size_t i) { return mat_at(&w->B, i, i); }

/* F <- X^T diag(variance) X, the covariance of the noise in the k vectors. */
static spx_status weight_noise(const spx_mat *X, const double *variance, spx_mat *F,
                               spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat Y;
    SPX_TRY(spx_mat_scratch(tmp, F, X->cols, X->cols, err));
    SPX_TRY(spx_mat_scratch(tmp, &Y, X->rows, X->cols, err));
    for (size_t r = 0; r < X->rows; r++)
        for (size_t i = 0; i < X->cols; i++) Y.data[r * Y.ld + i] = variance[r] * mat_at(X, r, i);
    spx_gemm(F, 1, X, SPX_T, &Y, SPX_N, 0);
out:
    return st;
}

/* Adds the couplings with `count` directions; beyond: they are not among the dominant ones. */
static void couple(turning *t, double variance, bool beyond, double count)
{
    const double s = sin2(z * z * variance);
    t->all += count * s;
    t->paired += count * fmin(s, 0.5);
    if (!beyond) return;
    t->out += count * variance;
    t->square += count * variance * variance;
    t->most = spx_max(t->most, variance);
}

/* Adds the couplings of dominant direction i with every other direction j. */
static void couple_direction(noise *w, size_t i)
{
    const double *s = w->base->s, e2 = w->r.rms * w->r.rms;
    for (size_t j = 0; j < w->base->r; j++) {
        if (j == i) continue;
        const double aj = j < w->k ? a(w, j) : 1, bj = j < w->k ? b(w, j) : 1;
        const double gap = (s[i] - s[j]) * (s[i] + s[j]);
        const bool beyond = j >= w->k;
        const double scale = e2 / fmax(gap * gap, least_gap);
        const double p = a(w, i) * bj, q = aj * b(w, i);
        const double u = fmin(scale * (s[i] * s[i] * q + s[j] * s[j] * p), most_coupling);
        const double v = fmin(scale * (s[i] * s[i] * p + s[j] * s[j] * q), most_coupling);
        couple(&w->u[i], u, beyond, 1);
        couple(&w->v[i], v, beyond, 1);
    }
    const double rows = (double)(w->base->rows - w->base->r),
                 cols = (double)(w->base->cols - w->base->r);
    if (rows > 0) couple(&w->u[i], e2 * b(w, i) / (s[i] * s[i]), true, rows);
    if (cols > 0) couple(&w->v[i], e2 * a(w, i) / (s[i] * s[i]), true, cols);
}

/* max_j sqrt(sum_i variance) over the directions j beyond k: that of the nearest one. */
static void measure_largest_column(noise *w)
{
    const double *s = w->base->s, e2 = w->r.rms * w->r.rms;
    const double next = w->k < w->base->r ? s[w->k] : 0;
    double u = 0, v = 0;
    for (size_t i = 0; i < w->k; i++) {
        const double gap = (s[i] - next) * (s[i] + next), scale = e2 / fmax(gap * gap, least_gap);
        u += fmin(scale * (s[i] * s[i] * b(w, i) + next * next * a(w, i)), most_coupling);
        v += fmin(scale * (s[i] * s[i] * a(w, i) + next * next * b(w, i)), most_coupling);
    }
    w->col_u = sqrt(u);
    w->col_v = sqrt(v);
}

/* Upper end of a weighted sum of squares of normal numbers, from the sum of the weights, that of
 * their squares, and the largest (Laurent and Massart 2000, Lemma 1). */
static double upper(double sum, double square, double most)
{
    return sum + z * sqrt(2 * square) + z * z * most;
}
static double upper_of(const turning *t) { return upper(t->out, t->square, t->most); }

/* Upper end of a direction's angle with the block it was in. */
static double upper_angle(const turning *t, double column)
{
    return atan(sqrt(t->out) + column + z * sqrt(t->most));
}

static void sort_ascending(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const double next = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > next; j--) x[j] = x[j - 1];
        x[j] = next;
    }
}

/* Metrics of one side: v = 0 for outputs, 1 for inputs, whose rows follow in the table. */
static void fill_side(const noise *w, const turning *t, double column, spx_subspace *out, size_t v)
{
    double *value = out->value, *theta = out->row[SPX_ROW_THETA_U + v];
    const double k = (double)w->k;
    double sines = 0, square = 0, largest = 0, svs = 0, match = 0;
    for (size_t i = 0; i < w->k; i++) {
        theta[i] = upper_angle(&t[i], column);
        sines += sin2(t[i].out);
        square += t[i].square / ((1 + t[i].out) * (1 + t[i].out));
        largest = spx_max(largest, sin2(t[i].most));
        svs += sqrt(fmax(0, 1 - t[i].all)) / k;
        match += sqrt(fmax(0, 1 - t[i].paired)) / k;
    }
    sort_ascending(theta, w->k);
    sines = fmin(k, upper(sines, square, largest));
    const double most = theta[w->k - 1], stretch = most > 0 ? most / sin(most) : 1;
    value[THETA_MAX_U + v] = most;
    value[CHORDAL_U + v] = sqrt(sines);
    value[GEODESIC_U + v] = sqrt(sines) * stretch;
    value[THETA_MEAN_U + v] = fmin(most, sqrt(sines / k) * stretch);
    value[PROJECTION_U + v] = sin(most);
    value[LSS_G_U + v] = 1 - sines / k;
    value[LSS_P_U + v] = 1 - sqrt(sines / k);
    value[SVS_U + v] = svs;
    value[SVS_MATCH_U + v] = match;
}

/* The means of both sides, which precede the sides in the table. */
static void fill_means(double *value)
{
    static const enum metric both[] = {LSS_G, LSS_P, SVS, SVS_MATCH};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        value[both[i]] = 0.5 * (value[both[i] + 1] + value[both[i] + 2]);
}

/* Standard deviation of sum_i c_i u_i^T E v_i, c_i = s_i^power. */
static double deviation(const noise *w, double power)
{
    const double *s = w->base->s;
    double sum = 0;
    for (size_t i = 0; i < w->k; i++)
        for (size_t j = 0; j < w->k; j++)
            sum += pow(s[i], power) * pow(s[j], power) * mat_at(&w->A, i, j) * mat_at(&w->B, i, j);
    return w->r.rms * sqrt(fmax(0, sum));
}

/* Upper end of |x|^2 / rms^2 for x of n independent entries of these variances. */
static double upper_length2(const double *variance, size_t n)
{
    double sum = 0, square = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += variance[i];
        square += variance[i] * variance[i];
        most = spx_max(most, variance[i]);
    }
    return upper(sum, square, most);
}

/* Gains, residuals, turns and ranks of the triplets. */
static void fill_triplets(const noise *w, spx_subspace *out)
{
    const double *s = w->base->s, e = w->r.rms, half_turn = atan(1), exact = 1e-6;
    const double m = sqrt(upper_length2(w->r.row, w->r.rows)),
                 n = sqrt(upper_length2(w->r.col, w->r.cols));
    double *value = out->value;
    value[GAIN_MIN] = 1;
    for (size_t i = 0; i < w->k; i++) {
        const double far = w->extreme * (e * sqrt(a(w, i) * b(w, i)));
        const double residual = e * fmax(sqrt(b(w, i)) * m, sqrt(a(w, i)) * n);
        double *const *row = out->row;
        row[SPX_ROW_GAIN][i] = 1 - far / s[i];
        row[SPX_ROW_RESIDUAL][i] = residual / s[0];
        row[SPX_ROW_TURN][i] = atan2(residual, s[i]);
        size_t above = 0;
        while (above < w->base->r && s[above] > s[i] - sqrt(2) * far) above++;
        row[SPX_ROW_RANK][i] = (double)(above > i + 1 ? above : i + 1);
        value[GAIN_MIN] = spx_min(value[GAIN_MIN], row[SPX_ROW_GAIN][i]);
        value[TRIPLE_RESIDUAL] = spx_max(value[TRIPLE_RESIDUAL], row[SPX_ROW_RESIDUAL][i]);
        value[EXACT_KEPT] += (row[SPX_ROW_RESIDUAL][i] < exact) / (double)w->k;
        value[TURNED] += row[SPX_ROW_TURN][i] >= half_turn;
        value[OVERTAKEN] += row[SPX_ROW_RANK][i] > (double)w->k;
    }
    value[KEPT] = (double)w->k - value[TURNED] - value[OVERTAKEN];
    value[RETAINED_GAIN] = 1 - z * deviation(w, -1) / (double)w->k;
}

/* Sums over the dominant block, and everything that depends on values only. */
static void fill_energy(const noise *w, spx_subspace *out)
{
    const double *s = w->base->s, e2 = w->r.rms * w->r.rms, k = (double)w->k;
    const double m = (double)w->base->rows, n = (double)w->base->cols;
    double *value = out->value, whole = 0, block = 0, lost = 0;
    for (size_t i = 0; i < w->base->r; i++) {
        whole += s[i] * s[i];
        if (i >= w->k) continue;
        block += s[i] * s[i];
        lost += s[i] * s[i] * (sin2(upper_of(&w->u[i])) + sin2(upper_of(&w->v[i])));
    }
    const double swing = 2 * z * deviation(w, 1) / block;
    value[LSS_R] = fmax(0, 1 - 0.5 * (lost + k * k * e2) / block);
    value[RETENTION] = 1 - swing - k * k * e2 / block;
    value[RETENTION_U] = 1 - swing - k * n * e2 / block;
    value[RETENTION_V] = 1 - swing - k * m * e2 / block;
    const double drift = 2 * z * w->r.inner / whole + m * n * e2 / whole;
    value[SHARE_U] = block / whole * (value[RETENTION_U] - drift);
    value[SHARE_V] = block / whole * (value[RETENTION_V] - drift);
    value[FRO_RATIO] = 1 + 0.5 * drift;
    value[VALUE_SHIFT] = w->r.edge / s[0];
    value[SPECTRAL_RATIO] =
        1 + z * sqrt(e2 * a(w, 0) * b(w, 0)) / s[0] + (m + n) * e2 / (2 * s[0] * s[0]);
    const double next = w->k < w->base->r ? s[w->k] : 0, last = s[w->k - 1];
    const double ends = sqrt(a(w, w->k - 1) * b(w, w->k - 1)) + 1;
    value[GAP_BASE] = (last - next) / last;
    value[GAP_NOW] = fmax(0, last - next - z * ends * sqrt(e2)) / last;
}

/* Directions that rounding alone may move out of where they were. */
static void count_lost(const noise *w, spx_subspace *out)
{
    for (size_t i = 0; i < w->k; i++) {
        out->value[OVERTAKERS] += upper_of(&w->u[i]) > 1 && upper_of(&w->v[i]) > 1;
        out->value[INTRUDERS_PEFT] += w->u[i].all > 0.75;
    }
}

static void fill_nan(spx_subspace *out)
{
    for (size_t i = 0; i < METRICS; i++) out->value[i] = (double)NAN;
    for (size_t i = 0; i < SPX_SUBSPACE_ROWS * out->k; i++) out->row[0][i] = (double)NAN;
}

static spx_status measure_noise(noise *w, const spx_subspace_pair *p, spx_dtype type,
                                spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_mat U = spx_mat_view(&p->base->U, 0, 0, p->base->rows, p->k),
                  V = spx_mat_view(&p->base->V, 0, 0, p->base->cols, p->k);
    SPX_TRY(spx_rounding_measure(p->W, type, &w->r, tmp, err));
    SPX_TRY(SPX_SCRATCH(tmp, &w->u, 2 * p->k, err));
    w->v = w->u + p->k;
    SPX_TRY(weight_noise(&U, w->r.row, &w->A, tmp, err));
    SPX_TRY(weight_noise(&V, w->r.col, &w->B, tmp, err));
    for (size_t i = 0; i < p->k; i++) couple_direction(w, i);
    measure_largest_column(w);
out:
    return st;
}

spx_status spx_nullband(const spx_subspace_pair *p, spx_dtype type, spx_subspace *out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_subspace s = {0};
    noise w = {.base = p->base, .k = p->k, .extreme = z + sqrt(2 * log((double)p->k))};
    double unit = 0, least = 0;
    *out = (spx_subspace){0};
    SPX_TRY(subspace_alloc(&s, p->k, err));
    if (spx_dtype_rounding(type, &unit, &least)) {
        SPX_TRY(measure_noise(&w, p, type, &tmp, err));
        fill_side(&w, w.u, w.col_u, &s, 0);
        fill_side(&w, w.v, w.col_v, &s, 1);
        fill_means(s.value);
        fill_triplets(&w, &s);
        fill_energy(&w, &s);
        count_lost(&w, &s);
    } else
        fill_nan(&s);
    *out = s;
    s = (spx_subspace){0};
out:
    spx_subspace_free(&s);
    spx_scratch_free(&tmp);
    return st;
}
