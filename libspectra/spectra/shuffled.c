/* shuffled.c: the permutation null of a spectrum. */
#include "spx/shuffled.h"

#include "spx/rng.h"

#include <assert.h>
#include <math.h>

enum { WASSERSTEIN, KS, EDGE, SPIKES, METRICS };
_Static_assert(METRICS == SPX_SHUFFLED_METRICS, "the table and value[] have the same length");

#define NULL_MODEL "permutation null, as diffract-core 0.3.1"

static const spx_quantity table[METRICS] = {
    [WASSERSTEIN] = {"shuffled_wasserstein", "1",
                     "W_1 distance of s^2 to that of the shuffled entries, over the mean of s^2",
                     NULL_MODEL, "0 to 2", "near 0: no structure, as of random entries"},
    [KS] = {"shuffled_ks", "1", "Kolmogorov-Smirnov distance of s to that of the shuffled entries",
            NULL_MODEL, "0 to 1", "near 0: no structure, as of random entries"},
    [EDGE] = {"shuffled_edge", "1", "largest singular value of the shuffled entries", NULL_MODEL,
              "0 and more", "values above it are not the entries' distribution alone"},
    [SPIKES] = {"shuffled_spikes", "1", "values above shuffled_edge", NULL_MODEL, "0 to r",
                "0: nothing stands out of shuffled entries"},
};

const spx_quantity *spx_shuffled_metric(size_t i) { return i < METRICS ? &table[i] : NULL; }

/* Of two descending sets of r values. */
static double ks_distance(const double *s, const double *t, size_t r)
{
    size_t i = 0, j = 0;
    double d = 0;
    while (i < r && j < r) {
        const double at = fmax(s[i], t[j]);
        while (i < r && s[i] == at) i++;
        while (j < r && t[j] == at) j++;
        d = fmax(d, fabs((double)i - (double)j) / (double)r);
    }
    return d;
}

static void compare(const double *s, const double *t, size_t r, double *value)
{
    double moved = 0, all = 0;
    for (size_t i = 0; i < r; i++) {
        const double a = s[i] / s[0], b = t[i] / s[0]; /* squares neither over- nor underflow */
        moved += fabs(a * a - b * b);
        all += a * a;
    }
    value[WASSERSTEIN] = moved / all;
    value[KS] = ks_distance(s, t, r);
    value[EDGE] = t[0];
    value[SPIKES] = 0;
    for (size_t i = 0; i < r && s[i] > t[0]; i++) value[SPIKES]++;
}

spx_status spx_shuffled_measure(const spx_mat *W, const spx_svd *now, uint64_t seed,
                                double value[SPX_SHUFFLED_METRICS], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_svd f = {0};
    spx_mat X;
    spx_rng rng = spx_rng_seed(seed);
    const spx_svd_opts o = spx_svd_defaults();
    assert(now->rows == W->rows && now->cols == W->cols);
    for (size_t i = 0; i < METRICS; i++) value[i] = (double)NAN;
    if (now->s[0] == 0) return SPX_OK;
    SPX_TRY(spx_mat_scratch(&tmp, &X, W->rows, W->cols, err));
    spx_mat_copy(&X, W);
    spx_rng_shuffle(&rng, X.data, X.rows * X.cols, sizeof *X.data);
    SPX_TRY(spx_svd_compute(&X, &o, &f, err));
    compare(now->s, f.s, f.r, value);
out:
    spx_svd_free(&f);
    spx_scratch_free(&tmp);
    return st;
}
