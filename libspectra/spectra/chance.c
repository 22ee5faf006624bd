/* chance.c: the comparison of a matrix with one whose directions are drawn at random (see
 * chance.h). */
#include "spx/chance.h"

#include "spectra/subspace_comparison.h"

#include "spx/rng.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Mean |cos| of two random vectors of d dimensions. */
static double cosine(double d) { return exp(lgamma(d / 2) - lgamma((d + 1) / 2)) / sqrt(pi); }

/* Means of theta and theta^2 over the k principal angles of random subspaces. With x = l sin^2 phi
 * the density is that of phi, l cos^2(phi) / (pi p (1 - l sin^2 phi)), p = k / d; for p > 1/2 the
 * remaining share of angles is 0. Midpoint rule. */
static void mean_angles(double p, double *first, double *second)
{
    enum { STEPS = 512 };
    const double l = 4 * p * (1 - p);
    *first = *second = 0;
    for (int i = 0; i < STEPS; i++) {
        const double phi = (i + 0.5) * pi / (2 * STEPS), x = l * sin(phi) * sin(phi);
        const double part = l * cos(phi) * cos(phi) / (2 * STEPS * p * (1 - x));
        const double theta = acos(sqrt(x));
        *first += part * theta;
        *second += part * theta * theta;
    }
}

/* cos of the largest of k principal angles in d dimensions. */
static double least_cosine(double k, double d)
{
    const double limit = sqrt(pi / 2) * exp(0.5) * erfc(sqrt(0.5));
    return k < d ? fmin(1, limit / sqrt(k * (d - k))) : 1;
}

/* cos of the least of k principal angles in d dimensions: logit cos^2 is about mu + sigma times a
 * variable of the Tracy-Widom law (Johnstone, Theorem 1, with p = n = k, m = d - k). */
static double largest_cosine(double k, double d)
{
    const double mean = -1.2065335745820; /* of the law for beta = 1 */
    if (2 * k >= d) return 1;
    const double phi = 2 * asin(sqrt((k - 0.5) / (d - 1))), s = sin(phi), both = sin(2 * phi);
    const double sigma = cbrt(16 / ((d - 1) * (d - 1)) / (both * both * s * s));
    const double x = 2 * log(tan(phi)) + mean * sigma;
    return sqrt(1 / (1 + exp(-x)));
}

/* Metrics of one side of d dimensions: v = 0 for outputs, 1 for inputs. */
static void fill_side(double k, double d, double *value, size_t v)
{
    double theta = 0, square = 0;
    const double least = least_cosine(k, d), sines = 1 - k / d;
    mean_angles(k / d, &theta, &square);
    value[THETA_MAX_U + v] = acos(least);
    value[THETA_MEAN_U + v] = theta;
    value[GEODESIC_U + v] = sqrt(k * square);
    value[CHORDAL_U + v] = sqrt(k * sines);
    value[COSINE_MAX_U + v] = largest_cosine(k, d);
    value[PROJECTION_U + v] = sqrt(1 - least * least);
    value[LSS_G_U + v] = k / d;
    value[LSS_P_U + v] = 1 - sqrt(sines);
    value[SVS_U + v] = cosine(d);
    value[SHARE_U + v] = k / d;
}

static void fill_means(double *value)
{
    static const enum metric both[] = {LSS_G, LSS_P, SVS, COSINE_MAX, NEAREST};
    for (size_t i = 0; i < sizeof both / sizeof *both; i++)
        value[both[i]] = 0.5 * (value[both[i] + 1] + value[both[i] + 2]);
}

/* Energy left in the base's dominant block, over what it holds. */
static void fill_retention(const spx_svd *base, size_t k, double *value)
{
    double whole = 0, block = 0;
    for (size_t i = 0; i < base->r; i++) {
        const double s = base->s[i] / base->s[0];
        whole += s * s;
        if (i + 1 == k) block = whole;
    }
    value[RETENTION_U] = whole / block * value[SHARE_U];
    value[RETENTION_V] = whole / block * value[SHARE_V];
    value[RETENTION] = value[RETENTION_U] * value[SHARE_V];
}

/* The nearest of the first k columns of C to each row, which are cosines; v as in fill_side. */
static void fill_nearest(const spx_mat *C, size_t v, double *value)
{
    double sum = 0, least = 1;
    for (size_t i = 0; i < C->rows; i++) {
        double most = 0;
        for (size_t j = 0; j < C->rows; j++) most = fmax(most, mat_at(C, i, j));
        sum += most;
        least = fmin(least, most);
    }
    value[NEAREST_U + v] = fmin(1, sum / (double)C->rows);
    value[NEAREST_MIN_U + v] = least;
}

/* svs_match and nearest of k directions among l, of Gaussian cosines of both sides. */
static spx_status draw_match(const spx_svd *base, size_t k, double *value, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_rng rng = spx_rng_seed(0);
    spx_mat M, N, S;
    size_t *pair = NULL;
    const size_t l = spx_subspace_reach(k, base->r);
    const double u = 1 / sqrt((double)base->rows), v = 1 / sqrt((double)base->cols);
    double sum_u = 0, sum_v = 0;
    SPX_TRY(spx_mat_scratch(&tmp, &M, k, l, err));
    SPX_TRY(spx_mat_scratch(&tmp, &N, k, l, err));
    SPX_TRY(spx_mat_scratch(&tmp, &S, k, l, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &pair, k, err));
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < l; j++) {
            M.data[i * M.ld + j] = u * fabs(spx_rng_normal(&rng));
            N.data[i * N.ld + j] = v * fabs(spx_rng_normal(&rng));
            S.data[i * S.ld + j] = mat_at(&M, i, j) + mat_at(&N, i, j);
        }
    SPX_TRY(spx_subspace_assign(&S, pair, err));
    for (size_t i = 0; i < k; i++) {
        sum_u += mat_at(&M, i, pair[i]);
        sum_v += mat_at(&N, i, pair[i]);
    }
    value[SVS_MATCH_U] = fmin(1, sum_u / (double)k);
    value[SVS_MATCH_V] = fmin(1, sum_v / (double)k);
    fill_nearest(&M, 0, value);
    fill_nearest(&N, 1, value);
    value[SVS_MATCH] = 0.5 * (value[SVS_MATCH_U] + value[SVS_MATCH_V]);
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_chance_subspace(const spx_svd *base, size_t k, double value[SPX_SUBSPACE_METRICS],
                               spx_error *err)
{
    spx_status st = SPX_OK;
    double x[METRICS];
    for (size_t i = 0; i < METRICS; i++) x[i] = (double)NAN;
    SPX_TRY(draw_match(base, k, x, err));
    fill_side((double)k, (double)base->rows, x, 0);
    fill_side((double)k, (double)base->cols, x, 1);
    fill_means(x);
    fill_retention(base, k, x);
    x[LSS_R] = x[RETAINED_GAIN] = 0;
    for (size_t i = 0; i < METRICS; i++) value[i] = x[i];
out:
    return st;
}

void spx_chance_change(size_t rows, size_t cols, size_t k, double value[SPX_CHANGE_METRICS])
{
    const double u = (double)k / (double)rows, v = (double)k / (double)cols;
    for (size_t i = 0; i < SPX_CHANGE_METRICS; i++) value[i] = (double)NAN;
    value[SPX_CHANGE_SHARE_U] = u;
    value[SPX_CHANGE_SHARE_V] = v;
    value[SPX_CHANGE_SHARE_BLOCK] = u * v;
}
