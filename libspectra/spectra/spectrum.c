/* spectrum.c: numbers that describe one spectrum. */
#include "spx/spectrum.h"

#include <math.h>

static double sum(const double *s, size_t r)
{
    double total = 0;
    for (size_t i = 0; i < r; i++) total += s[i];
    return total;
}

static double fro(const double *s, size_t r)
{
    double total = 0;
    for (size_t i = 0; i < r; i++) total += (s[i] / s[0]) * (s[i] / s[0]);
    return s[0] * sqrt(total);
}

static double spectral(const double *s, size_t r)
{
    (void)r;
    return s[0];
}

static double stable_rank(const double *s, size_t r)
{
    const double ratio = fro(s, r) / s[0];
    return ratio * ratio;
}

/* H(p) of p_i = s_i / sum s, 0 log 0 = 0 */
static double entropy(const double *s, size_t r)
{
    const double total = sum(s, r);
    double h = 0;
    for (size_t i = 0; i < r; i++) {
        const double p = s[i] / total;
        if (p > 0) h -= p * log(p);
    }
    return h;
}

static double effective_rank(const double *s, size_t r) { return exp(entropy(s, r)); }

static double condition(const double *s, size_t r)
{
    return s[r - 1] > 0 ? s[0] / s[r - 1] : (double)INFINITY;
}

static const spx_spectrum_metric table[] = {
    {{"fro", "1", "Frobenius norm, sqrt(sum s^2)", "definition"}, fro},
    {{"spectral", "1", "spectral norm, s_1", "definition"}, spectral},
    {{"nuclear", "1", "nuclear norm, sum s", "definition"}, sum},
    {{"stable_rank", "1", "sum s^2 / s_1^2", "Rudelson and Vershynin 2007"}, stable_rank},
    {{"entropy", "nat", "entropy of s / sum s", "Roy and Vetterli 2007"}, entropy},
    {{"effective_rank", "1", "exp of the entropy of s / sum s", "Roy and Vetterli 2007"},
     effective_rank},
    {{"condition", "1", "s_1 / s_r", "definition"}, condition},
};

const spx_spectrum_metric *spx_spectrum_metrics(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

size_t spx_spectrum_k(const double *s, size_t r, double tau)
{
    const double goal = tau * sum(s, r);
    double seen = 0;
    for (size_t k = 0; k < r; k++) {
        seen += s[k];
        if (seen >= goal) return k + 1;
    }
    return r;
}

size_t spx_spectrum_k_released(const double *s, size_t r, double tau)
{
    const double total = sum(s, r);
    double seen = 0;
    for (size_t k = 0; k < r; k++) {
        seen += s[k];
        if (seen / total > tau) return k;
    }
    return 0; /* as argmax over all False */
}
