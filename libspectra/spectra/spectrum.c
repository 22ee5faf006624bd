/* spectrum.c: the table of numbers that describe one spectrum. */
#include "spx/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* What several rows are computed from. */
typedef struct work {
    const spx_spectrum *x;
    const double *s;
    size_t r, k, snapped;
    spx_power_law tail;
    spx_bulk bulk;
} work;

static double sum(const double *s, size_t r)
{
    double total = 0;
    for (size_t i = 0; i < r; i++) total += s[i];
    return total;
}

/* sum (s / s_1)^2, which neither overflows nor underflows. */
static double stable_rank_of(const double *s, size_t r)
{
    double total = 0;
    for (size_t i = 0; i < r; i++) total += (s[i] / s[0]) * (s[i] / s[0]);
    return total;
}

/* H(p) = - sum p log p of p_i = s_i^power / sum s^power, with 0 log 0 = 0. */
static double entropy_of(const double *s, size_t r, double power)
{
    double total = 0, h = 0;
    for (size_t i = 0; i < r; i++) total += pow(s[i] / s[0], power);
    for (size_t i = 0; i < r; i++) {
        const double p = pow(s[i] / s[0], power) / total;
        if (p > 0) h -= p * log(p);
    }
    return h;
}

static double nuclear(const work *w) { return sum(w->s, w->r); }
static double spectral(const work *w) { return w->s[0]; }
static double fro(const work *w) { return w->s[0] * sqrt(stable_rank_of(w->s, w->r)); }
static double energy(const work *w)
{
    const double square = fro(w) * fro(w);
    return square >= DBL_MIN && isfinite(square) ? square : (double)NAN;
}
static double log_norm(const work *w) { return 2 * log10(fro(w)); }
static double log_spectral(const work *w) { return 2 * log10(w->s[0]); }
static double stable_rank(const work *w) { return stable_rank_of(w->s, w->r); }
static double entropy(const work *w) { return entropy_of(w->s, w->r, 1); }
static double effective_rank(const work *w) { return exp(entropy(w)); }

static double condition(const work *w)
{
    const double least = w->s[w->r - 1];
    return least > 0 ? w->s[0] / least : (double)INFINITY;
}

static double rank(const work *w)
{
    const double resolved = 1e-7; /* what a Gram matrix tells from zero */
    size_t n = 0;
    while (n < w->r && w->s[n] > resolved * w->s[0]) n++;
    return (double)n;
}

static double entropy_squared(const work *w)
{
    const double n = rank(w);
    return n > 1 ? entropy_of(w->s, w->r, 2) / log(n) : 0;
}

static double k_sum(const work *w) { return (double)w->k; }
static double k_released(const work *w)
{
    return (double)spx_spectrum_k_released(w->s, w->r, w->x->tau);
}
static double k_squared(const work *w)
{
    return (double)spx_spectrum_k_squared(w->s, w->r, w->x->tau);
}
static double gap(const work *w) { return spx_spectrum_gap(w->s, w->r, w->k); }
static double k_snapped(const work *w) { return (double)w->snapped; }
static double gap_snapped(const work *w) { return spx_spectrum_gap(w->s, w->r, w->snapped); }

static double mp_sigma(const work *w) { return w->bulk.sigma; }
static double mp_edge(const work *w) { return w->bulk.edge; }
static double mp_spikes(const work *w) { return (double)w->bulk.spikes; }

static double alpha(const work *w) { return w->tail.alpha; }
static double alpha_xmin(const work *w) { return w->tail.xmin; }
static double alpha_d(const work *w) { return w->tail.d; }
static double alpha_tail(const work *w) { return (double)w->tail.tail; }
static double alpha_weighted(const work *w) { return w->tail.alpha * log_spectral(w); }

static double log_alpha_norm(const work *w)
{
    double total = 0;
    for (size_t i = 0; i < w->r; i++) total += pow(w->s[i] / w->s[0], 2 * w->tail.alpha);
    return 2 * w->tail.alpha * log10(w->s[0]) + log10(total);
}

static const struct {
    spx_quantity q;
    double (*of)(const work *);
} table[] = {
    {{"fro", "1", "Frobenius norm, sqrt(sum s^2)", "definition"}, fro},
    {{"spectral", "1", "spectral norm, s_1", "definition"}, spectral},
    {{"nuclear", "1", "nuclear norm, sum s", "definition"}, nuclear},
    {{"energy", "1", "sum s^2", "definition; WeightWatcher's norm"}, energy},
    {{"log_norm", "1", "log10 sum s^2", "WeightWatcher"}, log_norm},
    {{"log_spectral_norm", "1", "log10 s_1^2", "WeightWatcher"}, log_spectral},
    {{"stable_rank", "1", "sum s^2 / s_1^2", "Rudelson and Vershynin 2007"}, stable_rank},
    {{"entropy", "nat", "entropy of s / sum s", "Roy and Vetterli 2007"}, entropy},
    {{"effective_rank", "1", "exp of the entropy of s / sum s", "Roy and Vetterli 2007"},
     effective_rank},
    {{"condition", "1", "s_1 / s_r", "definition"}, condition},
    {{"rank", "1", "values above 1e-7 s_1", "what a Gram matrix resolves"}, rank},
    {{"entropy_squared", "1", "entropy of s^2 / sum s^2 over log rank", "WeightWatcher's entropy"},
     entropy_squared},
    {{"k", "1", "least k whose values hold the share tau of sum s", "REVIVE Eq. 5"}, k_sum},
    {{"k_released", "1", "index from 0 of the first share of sum s above tau",
      "REVIVE's released code"},
     k_released},
    {{"k_squared", "1", "least k whose values hold the share tau of sum s^2",
      "REVIVE Eq. 5 with squares"},
     k_squared},
    {{"gap", "1", "(s_k - s_{k+1}) / s_k", "Davis and Kahan 1970"}, gap},
    {{"k_snapped", "1", "k' within 2 + k / 10 of k where the gap is largest", "this project"},
     k_snapped},
    {{"gap_snapped", "1", "gap at k_snapped", "Davis and Kahan 1970"}, gap_snapped},
    {{"mp_sigma", "1",
      "standard deviation of entries if the bulk is noise: median value over that of "
      "Marchenko and Pastur's law",
      "Gavish and Donoho 2014, Eq. 5"},
     mp_sigma},
    {{"mp_edge", "1", "mp_sigma (sqrt(m) + sqrt(n))", "Marchenko and Pastur 1967"}, mp_edge},
    {{"mp_spikes", "1", "values above mp_edge", "Marchenko and Pastur 1967"}, mp_spikes},
    {{"alpha", "1", "exponent of the power law of s^2 >= alpha_xmin",
      "Clauset et al. 2009, Eq. 3.1; WeightWatcher"},
     alpha},
    {{"alpha_xmin", "1", "where the power law of s^2 begins", "Clauset et al. 2009; WeightWatcher"},
     alpha_xmin},
    {{"alpha_d", "1", "Kolmogorov-Smirnov distance of the power law",
      "Clauset et al. 2009; WeightWatcher"},
     alpha_d},
    {{"alpha_tail", "1", "values in the power law", "WeightWatcher's num_pl_spikes"}, alpha_tail},
    {{"alpha_weighted", "1", "alpha log10 s_1^2", "WeightWatcher"}, alpha_weighted},
    {{"log_alpha_norm", "1", "log10 sum s^(2 alpha)", "WeightWatcher"}, log_alpha_norm},
};
enum { ROWS = sizeof table / sizeof *table, FIRST_NORMS = 4 };
_Static_assert(SPX_SPECTRUM_ENERGY == FIRST_NORMS - 1, "energy is the last of the norms");
_Static_assert(ROWS == SPX_SPECTRUM_METRICS, "the table and value[] have the same length");

const spx_quantity *spx_spectrum_metric(size_t row) { return row < ROWS ? &table[row].q : NULL; }

static void measure_exact(const spx_spectrum *x, double *value)
{
    for (size_t i = 0; i < ROWS; i++) value[i] = i < FIRST_NORMS ? 0 : (double)NAN;
    if (x->s[0] == 0) return;
    work w = {.x = x, .s = x->s, .r = x->r, .k = spx_spectrum_k(x->s, x->r, x->tau)};
    w.snapped = spx_spectrum_snap(x->s, x->r, w.k);
    w.tail = spx_spectrum_power_law(x->s, x->r);
    w.bulk = spx_spectrum_bulk(x);
    for (size_t i = 0; i < ROWS; i++) value[i] = table[i].of(&w);
}

/* True if some value is known to no better than a hundredth. */
static bool loses_values(const spx_spectrum *x)
{
    const double hundredth = 0.01;
    for (size_t i = x->r; x->error && i-- > 0;)
        if (x->error[i] > hundredth * x->s[i]) return true;
    return false;
}

/* s + sign error, in descending order and not below 0. */
static void move_values(const spx_spectrum *x, double sign, double *s)
{
    for (size_t i = 0; i < x->r; i++) s[i] = fmax(x->s[i] + sign * x->error[i], 0);
    for (size_t i = x->r - 1; sign > 0 && i-- > 0;) s[i] = fmax(s[i], s[i + 1]);
    for (size_t i = 1; sign < 0 && i < x->r; i++) s[i] = fmin(s[i], s[i - 1]);
}

static bool moves(double from, double to)
{
    const double tenth = 0.1;
    if (isnan(from) || isnan(to)) return isnan(from) != isnan(to);
    return from != to && (isinf(from) || !(fabs(to - from) <= tenth * fabs(from)));
}

spx_status spx_spectrum_measure(const spx_spectrum *x, double value[SPX_SPECTRUM_METRICS],
                                bool vague[SPX_SPECTRUM_METRICS], spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *s = NULL, moved[2][ROWS];
    measure_exact(x, value);
    for (size_t i = 0; vague && i < ROWS; i++) vague[i] = false;
    if (x->s[0] == 0 || !loses_values(x)) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&tmp, &s, x->r, err));
    spx_spectrum y = *x;
    y.s = s;
    for (int way = 0; way < 2; way++) {
        move_values(x, way == 0 ? 1 : -1, s);
        measure_exact(&y, moved[way]);
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (!moves(value[i], moved[0][i]) && !moves(value[i], moved[1][i])) continue;
        value[i] = (double)NAN;
        if (vague) vague[i] = true;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
