/* spectrum.c: the table of numbers that describe one spectrum. */
#include "spx/spectrum.h"

#include <float.h>
#include <math.h>

/* What several rows are computed from. */
typedef struct work {
    const spx_spectrum *x;
    const double *s;
    size_t r, k, snapped;
    spx_power_law tail;
    spx_bulk bulk;
    spx_edge edge;
    spx_tail_rival rival[SPX_TAIL_RIVALS];
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

static double mp_ks(const work *w) { return spx_spectrum_bulk_distance(w->x, w->bulk.sigma); }

static double tw_edge(const work *w) { return w->edge.edge; }
static double tw_spikes(const work *w)
{
    return isnan(w->edge.edge) ? (double)NAN : (double)w->edge.spikes;
}
static double tw_statistic(const work *w) { return w->edge.statistic; }
static double tw_p(const work *w) { return w->edge.p; }

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

static double truncated_alpha(const work *w) { return w->rival[SPX_TAIL_TRUNCATED].parameter[0]; }
static double truncated_rate(const work *w) { return w->rival[SPX_TAIL_TRUNCATED].parameter[1]; }
static double truncated_ratio(const work *w) { return w->rival[SPX_TAIL_TRUNCATED].ratio; }
static double truncated_p(const work *w) { return w->rival[SPX_TAIL_TRUNCATED].p; }
static double exponential_ratio(const work *w) { return w->rival[SPX_TAIL_EXPONENTIAL].ratio; }
static double exponential_p(const work *w) { return w->rival[SPX_TAIL_EXPONENTIAL].p; }
static double lognormal_ratio(const work *w) { return w->rival[SPX_TAIL_LOGNORMAL].ratio; }
static double lognormal_p(const work *w) { return w->rival[SPX_TAIL_LOGNORMAL].p; }
static double tail_law(const work *w) { return spx_spectrum_favoured(w->rival); }

enum { FIRST_NORMS = 4, MP_KS = 21, TW_SPIKES = 23 }; /* rows */

static const struct {
    spx_quantity q;
    double (*of)(const work *);
} table[] = {
    {{"fro", "1", "Frobenius norm, sqrt(sum s^2)", "definition", "0 and more",
      "large: large entries"},
     fro},
    {{"spectral", "1", "spectral norm, s_1", "definition", "0 and more",
      "large: one direction is amplified much"},
     spectral},
    {{"nuclear", "1", "nuclear norm, sum s", "definition", "0 and more",
      "large: many directions are amplified"},
     nuclear},
    {{"energy", "1", "sum s^2", "definition; WeightWatcher's norm", "0 and more",
      "large: large entries"},
     energy},
    {{"log_norm", "1", "log10 sum s^2", "WeightWatcher", "any", "large: large entries"}, log_norm},
    {{"log_spectral_norm", "1", "log10 s_1^2", "WeightWatcher", "any",
      "large: one direction is amplified much"},
     log_spectral},
    {{"stable_rank", "1", "sum s^2 / s_1^2", "Rudelson and Vershynin 2007", "1 to r",
      "small: few directions hold the energy"},
     stable_rank},
    {{"entropy", "nat", "entropy of s / sum s", "Roy and Vetterli 2007", "0 to log r",
      "small: few directions hold the sum"},
     entropy},
    {{"effective_rank", "1", "exp of the entropy of s / sum s", "Roy and Vetterli 2007", "1 to r",
      "small: few directions hold the sum"},
     effective_rank},
    {{"condition", "1", "s_1 / s_r", "definition", "1 to infinity", "large: close to losing rank"},
     condition},
    {{"rank", "1", "values above 1e-7 s_1", "what a Gram matrix resolves", "0 to r",
      "below r: directions are lost"},
     rank},
    {{"entropy_squared", "1", "entropy of s^2 / sum s^2 over log rank", "WeightWatcher's entropy",
      "0 to 1", "small: few directions hold the energy"},
     entropy_squared},
    {{"k", "1", "least k whose values hold the share tau of sum s", "REVIVE Eq. 5", "1 to r",
      "small: few directions are dominant"},
     k_sum},
    {{"k_released", "1", "index from 0 of the first share of sum s above tau",
      "REVIVE's released code", "0 to r - 1", "small: few directions are dominant"},
     k_released},
    {{"k_squared", "1", "least k whose values hold the share tau of sum s^2",
      "REVIVE Eq. 5 with squares", "1 to r", "small: few directions are dominant"},
     k_squared},
    {{"gap", "1", "(s_k - s_{k+1}) / s_k", "Davis and Kahan 1970", "0 to 1",
      "near 0: the dominant subspace is badly determined"},
     gap},
    {{"k_snapped", "1", "k' within 2 + k / 10 of k where the gap is largest", "this project",
      "1 to r", "a better place than k to cut"},
     k_snapped},
    {{"gap_snapped", "1", "gap at k_snapped", "Davis and Kahan 1970", "0 to 1",
      "near 0: no cut near k is well determined"},
     gap_snapped},
    {{"mp_sigma", "1",
      "standard deviation of entries if the bulk is noise: median value over that of Marchenko and "
      "Pastur's law",
      "Gavish and Donoho 2014, Eq. 5", "0 and more", "large: much noise"},
     mp_sigma},
    {{"mp_edge", "1", "mp_sigma (sqrt(m) + sqrt(n))", "Marchenko and Pastur 1967", "0 and more",
      "larger values cannot be noise of an infinite matrix"},
     mp_edge},
    {{"mp_spikes", "1", "values above mp_edge", "Marchenko and Pastur 1967", "0 to r",
      "0: nothing stands out of the noise"},
     mp_spikes},
    [MP_KS] = {{"mp_ks", "1",
                "Kolmogorov-Smirnov distance of s^2 to Marchenko and Pastur's law with mp_sigma",
                "Marchenko and Pastur 1967", "0 to 1", "near 0: as of random entries"},
               mp_ks},
    {{"tw_edge", "1", "what s_1 of noise of mp_sigma exceeds once in a hundred matrices",
      "Johnstone 2001, Theorem 1.1", "0 and more",
      "larger values are not noise, at the level 0.01"},
     tw_edge},
    [TW_SPIKES] = {{"tw_spikes", "1", "values above tw_edge", "Johnstone 2001", "0 to r",
                    "0: nothing stands out of the noise"},
                   tw_spikes},
    {{"tw_statistic", "1", "s_1^2 / mp_sigma^2, centred and scaled", "Johnstone 2001, Theorem 1.1",
      "any", "noise: -3.9 to 2.0 in 98 of 100 matrices"},
     tw_statistic},
    {{"tw_p", "1", "chance that s_1 of noise of mp_sigma is as large", "Tracy and Widom 1996",
      "0 to 1", "small: s_1 is not noise"},
     tw_p},
    {{"alpha", "1", "exponent of the power law of s^2 >= alpha_xmin",
      "Clauset et al. 2009, Eq. 3.1; WeightWatcher", "1 and more",
      "2 to 6: heavy-tailed as trained layers are, above: nearer to noise; see tail_law"},
     alpha},
    {{"alpha_xmin", "1", "where the power law of s^2 begins", "Clauset et al. 2009; WeightWatcher",
      "0 and more", "large: only the top values belong to the tail"},
     alpha_xmin},
    {{"alpha_d", "1", "Kolmogorov-Smirnov distance of the power law",
      "Clauset et al. 2009; WeightWatcher", "0 to 1", "near 0: a good fit"},
     alpha_d},
    {{"alpha_tail", "1", "values in the power law", "WeightWatcher's num_pl_spikes", "0 to r",
      "small: alpha is uncertain, by about (alpha - 1) / sqrt(alpha_tail)"},
     alpha_tail},
    {{"alpha_weighted", "1", "alpha log10 s_1^2", "WeightWatcher", "any",
      "small: heavier tail or smaller norm"},
     alpha_weighted},
    {{"log_alpha_norm", "1", "log10 sum s^(2 alpha)", "WeightWatcher", "any",
      "small: heavier tail or smaller norm"},
     log_alpha_norm},
    {{"truncated_alpha", "1", "exponent of x^-alpha e^(-rate x), x = s^2 >= alpha_xmin",
      "Clauset et al. 2009, Table 2.1", "1 and more", "as alpha, if tail_law is 1"},
     truncated_alpha},
    {{"truncated_rate", "1", "rate of the same law", "Clauset et al. 2009, Table 2.1", "0 and more",
      "0: the power law itself"},
     truncated_rate},
    {{"truncated_ratio", "1", "log-likelihood of the power law less that of the truncated one",
      "Alstott et al. 2014", "0 and less", "far below 0: the tail is cut off"},
     truncated_ratio},
    {{"truncated_p", "1",
      "p-value of truncated_ratio, nested laws (chi-squared, 1 degree of freedom)",
      "Vuong 1989; Alstott et al. 2014", "0 to 1", "small: the truncated law is better"},
     truncated_p},
    {{"exponential_ratio", "1", "log-likelihood of the power law less that of an exponential law",
      "Alstott et al. 2014", "any", "above 0: for the power law, below: for the exponential"},
     exponential_ratio},
    {{"exponential_p", "1", "p-value of the sign of exponential_ratio", "Vuong 1989", "0 to 1",
      "small: the sign is real"},
     exponential_p},
    {{"lognormal_ratio", "1", "log-likelihood of the power law less that of a log-normal law",
      "Alstott et al. 2014", "0 and less", "far below 0: for the log-normal"},
     lognormal_ratio},
    {{"lognormal_p", "1", "p-value of lognormal_ratio", "Vuong 1989", "0 to 1",
      "small: the log-normal law is better"},
     lognormal_p},
    {{"tail_law", "1", "likeliest of the laws that are better than a power law at p < 0.05",
      "Clauset et al. 2009, section 5", "0 to 3",
      "0: power law (no other is better), 1: truncated, 2: exponential, 3: log-normal"},
     tail_law},
};
enum { ROWS = sizeof table / sizeof *table };
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
    w.edge = spx_spectrum_edge(x, w.bulk.sigma);
    spx_spectrum_rivals(x->s, &w.tail, w.rival);
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

bool spx_spectrum_is_noise(const double value[SPX_SPECTRUM_METRICS], size_t r)
{
    const size_t enough = 64; /* fewer values are like noise even after training */
    const double alike = 5;
    return r >= enough && value[TW_SPIKES] == 0 && value[MP_KS] * (double)r <= alike;
}
