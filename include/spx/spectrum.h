/* spx/spectrum.h: numbers that describe one spectrum: norms, ranks, gaps, fitted laws. */
#ifndef SPX_SPECTRUM_H
#define SPX_SPECTRUM_H

#include "spx/base.h"

#include <stdbool.h>

/* All singular values of a rows x cols matrix. Borrowed. */
typedef struct spx_spectrum {
    const double *s; /* r, descending, >= 0 */
    size_t r;        /* min(rows, cols) >= 1 */
    size_t rows, cols;
    const double *error; /* r: |s[i] - sigma_i| <= error[i], as spx_svd has it; NULL: exact */
    double tau;          /* the share of the sum of values that is dominant, in (0, 1] */
} spx_spectrum;

/*
 * Name, unit, definition and source of a number; NULL from row SPX_SPECTRUM_METRICS on. The table
 * is in libspectra/spectra/spectrum.c, ranks and gaps in spectrum_rank.c, laws in spectrum_laws.c.
 *
 * norms     fro, spectral, nuclear, energy (sum s^2), log_norm, log_spectral_norm, condition
 * ranks     stable_rank, effective_rank, entropy, rank, entropy_squared
 * k         k (Eq. 5), k_released, k_squared; gap at k, and the largest gap nearby
 * bulk      mp_sigma, mp_edge, mp_spikes: Marchenko and Pastur's law fitted through the median
 * tail      alpha, alpha_xmin, alpha_d, alpha_tail: a power law of s^2 as WeightWatcher 0.7.7 fits
 *           it; alpha_weighted, log_alpha_norm
 */
#define SPX_SPECTRUM_METRICS 27
#define SPX_SPECTRUM_ENERGY  3 /* row of energy */
const spx_quantity *spx_spectrum_metric(size_t row);

/**
 * All rows at once. A matrix of zeros has norms 0 and NaN for the rest; energy is NaN where it leaves
 * the range of doubles.
 *
 * A number may rest on values that are not told from rounding errors. Where some value is known to
 * no better than a hundredth, every row is computed again with all values raised by their errors,
 * and with all of them lowered; a row that one of these moves by more than a tenth is NaN, and vague.
 *
 * @param[out] value  one number a row.
 * @param[out] vague  true for the rows that are NaN for that reason; may be NULL.
 * @return SPX_OK; SPX_ENOMEM.
 * Cost O(r), and at worst O(r^2) for the fit of the tail.
 */
SPX_CHECKED spx_status spx_spectrum_measure(const spx_spectrum *x,
                                            double value[SPX_SPECTRUM_METRICS],
                                            bool vague[SPX_SPECTRUM_METRICS], spx_error *err);

/* k(tau) = min{ k : sum_{i<=k} s_i >= tau sum_i s_i } (REVIVE Eq. 5); tau in (0, 1]. */
size_t spx_spectrum_k(const double *s, size_t r, double tau);
/* As REVIVE's released code counts: the index from 0 of the first share > tau, used as a length, so
 * in general one less than k(tau); 0 if no share is. */
size_t spx_spectrum_k_released(const double *s, size_t r, double tau);
/* The same k for squared values: min{ k : sum_{i<=k} s_i^2 >= tau sum_i s_i^2 }. */
size_t spx_spectrum_k_squared(const double *s, size_t r, double tau);

/* (s_k - s_{k+1}) / s_k with k in 1 .. r and s_{r+1} = 0: how well separated the top k directions
 * are. 0 where s_k is 0. */
double spx_spectrum_gap(const double *s, size_t r, size_t k);
/* The k' with the largest gap among those within 2 + k / 10 of k. Where the spectrum is flat at k,
 * angles are arbitrary (Davis and Kahan 1970); those at k' are better determined. */
size_t spx_spectrum_snap(const double *s, size_t r, size_t k);

/**
 * Continuous power law p(x) ~ x^-alpha, x >= xmin, fitted to x = s^2 (Clauset, Shalizi and Newman,
 * SIAM Review 51(4), 2009, section 3): for each candidate xmin the maximum likelihood estimate
 *     alpha = 1 + n / sum_i log(x_i / xmin)                                          (Eq. 3.1)
 * and the candidate with the least Kolmogorov-Smirnov distance d. As in WeightWatcher 0.7.7, whose
 * numbers it reproduces, values of s^2 up to 1e-5 are left out, so that unlike everything else here
 * the fit depends on the scale of the matrix; the empirical distribution is i / n at the value of
 * index i from 0; the largest value is not a candidate. NaN (tail 0) for fewer than 20 values,
 * where WeightWatcher changes to another criterion.
 */
typedef struct spx_power_law {
    double alpha, xmin, d;
    size_t tail; /* values >= xmin */
} spx_power_law;
spx_power_law spx_spectrum_power_law(const double *s, size_t r);

/**
 * The bulk as noise. The singular values of a matrix of independent entries of variance sigma^2,
 * over sigma sqrt(max(m, n)), follow Marchenko and Pastur's law with ratio beta = r / max(m, n).
 * sigma is chosen to give the median of the values (Gavish and Donoho, IEEE Trans. Inf. Theory
 * 60(8), 2014, Eq. 5), which a few outliers do not move; edge = sigma (sqrt(m) + sqrt(n)).
 */
typedef struct spx_bulk {
    double sigma, edge;
    size_t spikes; /* values above the edge */
} spx_bulk;
spx_bulk spx_spectrum_bulk(const spx_spectrum *x);

#endif
