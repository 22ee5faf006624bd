/* loss.c: softmax losses of one row of logits (edit/loss.h). */
#include "edit/loss.h"

#include "linear/exp.h"

#include <math.h>

enum { PIECE = 1024 }; /* numbers that stay in cache between a loop and their sum */

static SPX_WIDE float largest(const float *z, size_t v) { return spx_row_max(z, v); }

/* Sum in double, by four chains of additions instead of one. */
static inline double sum_of(const float *z, size_t n)
{
    double chain[4] = {0};
    size_t j = 0;
    for (; j + 4 <= n; j += 4)
        for (size_t c = 0; c < 4; c++) chain[c] += (double)z[j + c];
    for (; j < n; j++) chain[0] += (double)z[j];
    return (chain[0] + chain[1]) + (chain[2] + chain[3]);
}

/* sum exp(z - most); the terms go to `terms`, which may be z, unless it is NULL. */
static SPX_WIDE double exp_terms(const float *z, size_t v, float most, float *terms)
{
    float own[PIECE];
    double sum = 0;
    for (size_t at = 0; at < v; at += PIECE) {
        const size_t n = v - at < PIECE ? v - at : PIECE;
        float *to = terms ? terms + at : own;
        for (size_t k = 0; k < n; k++) to[k] = spx_exp(z[at + k] - most);
        sum += sum_of(to, n);
    }
    return sum;
}

static SPX_WIDE void scale(float *z, size_t v, float factor)
{
    for (size_t j = 0; j < v; j++) z[j] *= factor;
}

void loss_log_softmax(float *z, size_t v)
{
    const float most = largest(z, v);
    const float shift = most + (float)log(exp_terms(z, v, most, NULL));
    for (size_t j = 0; j < v; j++) z[j] -= shift;
}

double loss_nll(float *z, size_t v, const int32_t *target, size_t n, double weight, bool *argmax)
{
    const float most = largest(z, v);
    double of_targets = 0;
    for (size_t i = 0; i < n; i++) of_targets += (double)z[target[i]] - (double)most;
    if (argmax) *argmax = z[target[0]] >= most;
    const double sum = exp_terms(z, v, most, z);
    scale(z, v, (float)(weight * (double)n / sum));
    for (size_t i = 0; i < n; i++) z[target[i]] -= (float)weight;
    return (double)n * log(sum) - of_targets;
}

/* sum p (log p - log p0), with log p in z. */
static SPX_WIDE double divergence(const float *z, const float *log_p0, size_t v)
{
    float term[PIECE];
    double kl = 0;
    for (size_t at = 0; at < v; at += PIECE) {
        const size_t n = v - at < PIECE ? v - at : PIECE;
        for (size_t k = 0; k < n; k++) term[k] = spx_exp(z[at + k]) * (z[at + k] - log_p0[at + k]);
        kl += sum_of(term, n);
    }
    return kl;
}

static SPX_WIDE void divergence_gradient(float *z, const float *log_p0, size_t v, float kl,
                                         float weight)
{
    for (size_t j = 0; j < v; j++) z[j] = weight * spx_exp(z[j]) * (z[j] - log_p0[j] - kl);
}

double loss_kl(float *z, const float *log_p0, size_t v, double weight)
{
    loss_log_softmax(z, v);
    const double kl = divergence(z, log_p0, v);
    divergence_gradient(z, log_p0, v, (float)kl, (float)weight);
    return kl;
}
