/* spx/spectrum.h: numbers that describe one spectrum. */
#ifndef SPX_SPECTRUM_H
#define SPX_SPECTRUM_H

#include "spx/base.h"

/* All singular values of a rows x cols matrix; borrowed. */
typedef struct spx_spectrum {
    const double *s; /* r, descending, >= 0 */
    size_t r;        /* min(rows, cols) >= 1 */
    size_t rows, cols;
    double tau; /* share of the values' sum that counts as dominant, in (0, 1] */
} spx_spectrum;

/*
 * The table, a row a number: its name, units, definition and source. NULL from row
 * SPX_SPECTRUM_METRICS on.
 *
 * norms     fro, spectral, nuclear, energy (sum s^2), log_norm, log_spectral_norm, condition
 * ranks     stable_rank, effective_rank, entropy, rank, entropy_squared
 * k         k (Eq. 5), k_released, k_squared; gap at k, and the largest gap nearby
 * bulk      mp_sigma, mp_edge, mp_spikes: Marchenko and Pastur's law fitted through the median
 * tail      alpha, alpha_xmin, alpha_d, alpha_tail: a power law of s^2 as WeightWatcher 0.7.7 fits
 *           it; alpha_weighted, log_alpha_norm
 */
#define SPX_SPECTRUM_METRICS 27
const spx_quantity *spx_spectrum_metric(size_t row);

/* All rows at once. A matrix of zeros has norms 0 and NaN for the rest. Cost O(r^2) at worst, in
 * the fit of the tail; O(r) for everything else. */
void spx_spectrum_measure(const spx_spectrum *x, double value[SPX_SPECTRUM_METRICS]);

/* k(tau) = min{ k : sum_{i<=k} s_i >= tau sum_i s_i } (REVIVE Eq. 5); tau in (0, 1]. */
size_t spx_spectrum_k(const double *s, size_t r, double tau);
/* As REVIVE's released code counts: index of the first share > tau, used as a length: one less. */
size_t spx_spectrum_k_released(const double *s, size_t r, double tau);
/* The same k for squared values: min{ k : sum_{i<=k} s_i^2 >= tau sum_i s_i^2 }. */
size_t spx_spectrum_k_squared(const double *s, size_t r, double tau);

/* (s_k - s_{k+1}) / s_k, k in 1 .. r, s_{r+1} = 0: how well separated the top k directions are. */
double spx_spectrum_gap(const double *s, size_t r, size_t k);
/* The k' with the largest gap among those within 2 + k / 10 of k: a cut at a flat place makes
 * angles arbitrary (Davis and Kahan 1970), so angles at k' say more. */
size_t spx_spectrum_snap(const double *s, size_t r, size_t k);

/**
 * Continuous power law p(x) ~ x^-alpha, x >= xmin, fitted to x = s^2 (Clauset, Shalizi and Newman,
 * SIAM Review 51(4), 2009, section 3): for each candidate xmin the maximum likelihood estimate
 *     alpha = 1 + n / sum_i log(x_i / xmin)                                          (Eq. 3.1)
 * and the candidate with the least Kolmogorov-Smirnov distance d. In WeightWatcher 0.7.7's form,
 * whose numbers it gives: values of s^2 up to 1e-5 are left out, so unlike all else here the fit
 * depends on the scale of the matrix; the empirical distribution is i / n at the i-th value from
 * 0; the largest value is no candidate. NaN (tail 0) for fewer than 20 values, where WeightWatcher
 * goes over to a criterion of its own.
 */
typedef struct spx_power_law {
    double alpha, xmin, d;
    size_t tail; /* values >= xmin */
} spx_power_law;
spx_power_law spx_spectrum_power_law(const double *s, size_t r);

/**
 * The bulk as noise: for independent entries of variance sigma^2 the singular values over
 * sigma sqrt(max(m, n)) follow Marchenko and Pastur's law with ratio beta = r / max(m, n). sigma
 * is the one that gives the median of the values (Gavish and Donoho, IEEE Trans. Inf. Theory
 * 60(8), 2014, Eq. 5), which few outliers do not move; edge = sigma (sqrt(m) + sqrt(n)).
 */
typedef struct spx_bulk {
    double sigma, edge;
    size_t spikes; /* values above the edge */
} spx_bulk;
spx_bulk spx_spectrum_bulk(const spx_spectrum *x);

#endif
