/* spx/spectrum.h: numbers that describe one spectrum. */
#ifndef SPX_SPECTRUM_H
#define SPX_SPECTRUM_H

#include "spx/base.h"

/* s: r singular values, descending, >= 0, not all zero. */
typedef double spx_spectrum_fn(const double *s, size_t r);
typedef struct spx_spectrum_metric {
    spx_quantity q;
    spx_spectrum_fn *fn;
} spx_spectrum_metric;

/* The table: fro, spectral, nuclear, stable_rank, effective_rank, ...; *n is its length. */
const spx_spectrum_metric *spx_spectrum_metrics(size_t *n);

/* k(tau) = min{ k : sum_{i<=k} s_i >= tau sum_i s_i } (REVIVE Eq. 5); tau in (0, 1]. */
size_t spx_spectrum_k(const double *s, size_t r, double tau);
/* As REVIVE's released code counts: index of the first share > tau, used as a length: one less. */
size_t spx_spectrum_k_released(const double *s, size_t r, double tau);

#endif
