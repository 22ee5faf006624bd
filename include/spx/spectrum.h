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
 * is in libspectra/spectra/spectrum.c; ranks and gaps in spectrum_rank.c, laws in spectrum_laws.c,
 * spectrum_edge.c and spectrum_tails.c.
 *
 * norms     fro, spectral, nuclear, energy (sum s^2), log_norm, log_spectral_norm, condition
 * ranks     stable_rank, effective_rank, entropy, rank, entropy_squared
 * k         k (Eq. 5), k_released, k_squared; gap at k, and the largest gap nearby
 * bulk      mp_sigma, mp_edge, mp_spikes: Marchenko and Pastur's law fitted through the median
 *           mp_ks, how far the whole spectrum is from that law
 * edge      tw_edge, tw_spikes, tw_statistic, tw_p: what the largest value of noise may be
 * tail      alpha, alpha_xmin, alpha_d, alpha_tail: a power law of s^2 as WeightWatcher 0.7.7 fits
 *           it; alpha_weighted, log_alpha_norm
 * rivals    truncated_, exponential_ and lognormal_ratio and _p: other laws on the same tail;
 *           truncated_alpha, truncated_rate; tail_law, the one that the data favour
 */
#define SPX_SPECTRUM_METRICS 41
#define SPX_SPECTRUM_ENERGY  3 /* row of energy */
const spx_quantity *spx_spectrum_metric(size_t row);

/**
 * All rows at once. A matrix of zeros has norms 0 and NaN for the rest; energy is NaN where it
 * leaves the range of doubles.
 *
 * A number may rest on values that are not told from rounding errors. Where some value is known to
 * no better than a hundredth, every row is computed again with all values raised by their errors,
 * and with all of them lowered; a row that one of these moves by more than a tenth is NaN, and
 * vague.
 *
 * @param[out] value  one number a row.
 * @param[out] vague  true for the rows that are NaN for that reason; may be NULL.
 * @return SPX_OK; SPX_ENOMEM.
 * Cost O(r), and at worst O(r^2) for the fit of the tail.
 */
SPX_CHECKED spx_status spx_spectrum_measure(const spx_spectrum *x,
                                            double value[SPX_SPECTRUM_METRICS],
                                            bool vague[SPX_SPECTRUM_METRICS], spx_error *err);

/* True if nothing in those numbers, of r >= 64 values, tells the matrix from one of independent
 * random entries, as it is after initialisation: no value above the Tracy-Widom edge, and a
 * Kolmogorov-Smirnov distance to Marchenko and Pastur's law of at most 5 / r, which normal entries
 * exceed in less than 5 of 100 matrices of up to 1024 values. The trained ones of SmolLM2-135M have
 * at least 6.4 / r. */
bool spx_spectrum_is_noise(const double value[SPX_SPECTRUM_METRICS], size_t r);

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

/* Laws that a tail may follow instead of a power law, x >= xmin. */
enum {
    SPX_TAIL_TRUNCATED,   /* x^-alpha e^(-lambda x), alpha >= 1, lambda >= 0 */
    SPX_TAIL_EXPONENTIAL, /* e^(-lambda x) */
    SPX_TAIL_LOGNORMAL,   /* log x normal of mean mu and deviation sigma, cut at xmin */
    SPX_TAIL_RIVALS
};
typedef struct spx_tail_rival {
    double parameter[2]; /* alpha, lambda; lambda, NaN; mu, sigma (NaN if both are infinite) */
    double ratio;        /* log-likelihood of the power law less that of the rival */
    double p;            /* of so large a |ratio| by chance; small: the sign of ratio is real */
} spx_tail_rival;
/**
 * Fits each rival by maximum likelihood to the tail of a fitted power law, and compares them as
 * powerlaw does (Alstott, Bullmore and Plenz, PLoS ONE 9(1), 2014; Clauset, Shalizi and Newman
 * 2009, section 5): p is Vuong's, erfc(|R| / sqrt(2 n v)) with v the variance of a value's
 * log-likelihood ratio, for the exponential and the log-normal law, and for the truncated one that
 * of the likelihood-ratio test of nested laws, chi-squared with one degree of freedom. ratio is 0
 * and p is 1 where the best member of a family is the power law; powerlaw then runs into underflow
 * and may report a log-normal law that is better than it can be. All NaN if the fit has no tail or
 * squares overflow. Cost: six logarithms for each value, and about 10^4 exponentials.
 */
void spx_spectrum_rivals(const double *s, const spx_power_law *fit,
                         spx_tail_rival out[SPX_TAIL_RIVALS]);
/* 1 + the index of the likeliest of the rivals that are better at p < 0.05; 0, the power law, if
 * none is; NaN if nothing was fitted. */
double spx_spectrum_favoured(const spx_tail_rival rival[SPX_TAIL_RIVALS]);

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

/* Kolmogorov-Smirnov distance between all values and Marchenko and Pastur's law for entries of
 * standard deviation sigma; NaN unless sigma > 0. */
double spx_spectrum_bulk_distance(const spx_spectrum *x, double sigma);

/* 1 - F_1(x), the upper tail of the Tracy-Widom law of order 1: to 1e-8 of its value, below -4 to
 * 1e-6; 1 below -8. */
double spx_tracy_widom_above(double x);

/**
 * The largest value as noise. For independent normal entries of standard deviation sigma, with
 * n = max, p = min of rows and columns, a = sqrt(n - 1) and b = sqrt(p),
 *     statistic = (s_1^2 / sigma^2 - (a + b)^2) / ((a + b) (1 / a + 1 / b)^(1/3))
 * has the Tracy-Widom law of order 1 as n and p grow (Johnstone, Ann. Statist. 29(2), 2001,
 * Theorem 1.1). p = 1 - F_1(statistic); the edge is where p is 0.01. NaN unless sigma > 0.
 */
typedef struct spx_edge {
    double edge, statistic, p;
    size_t spikes; /* values above the edge */
} spx_edge;
spx_edge spx_spectrum_edge(const spx_spectrum *x, double sigma);

#endif
