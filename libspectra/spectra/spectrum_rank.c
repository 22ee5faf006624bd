/* spectrum_rank.c: how many directions hold a share of a spectrum, and how separate they are. */
#include "spx/spectrum.h"

size_t spx_spectrum_k(const double *s, size_t r, double tau)
{
    double total = 0, seen = 0;
    for (size_t i = 0; i < r; i++) total += s[i];
    for (size_t k = 0; k < r; k++) {
        seen += s[k];
        if (seen >= tau * total) return k + 1;
    }
    return r;
}

size_t spx_spectrum_k_squared(const double *s, size_t r, double tau)
{
    double total = 0, seen = 0;
    for (size_t i = 0; i < r; i++) total += (s[i] / s[0]) * (s[i] / s[0]);
    for (size_t k = 0; k < r; k++) {
        seen += (s[k] / s[0]) * (s[k] / s[0]);
        if (seen >= tau * total) return k + 1;
    }
    return r;
}

size_t spx_spectrum_k_released(const double *s, size_t r, double tau)
{
    double total = 0, seen = 0;
    for (size_t i = 0; i < r; i++) total += s[i];
    for (size_t k = 0; k < r; k++) {
        seen += s[k];
        if (seen / total > tau) return k;
    }
    return 0; /* as argmax over all False */
}

double spx_spectrum_gap(const double *s, size_t r, size_t k)
{
    return s[k - 1] > 0 ? (s[k - 1] - (k < r ? s[k] : 0)) / s[k - 1] : 0;
}

size_t spx_spectrum_snap(const double *s, size_t r, size_t k)
{
    const size_t reach = 2 + k / 10, first = k > reach ? k - reach : 1;
    size_t best = k;
    for (size_t j = first; j <= k + reach && j < r; j++)
        if (spx_spectrum_gap(s, r, j) > spx_spectrum_gap(s, r, best)) best = j;
    return best;
}
