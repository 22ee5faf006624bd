/* loss.c: softmax losses of one row of logits (edit/loss.h). */
#include "edit/loss.h"

#include "spx/exp.h"

#include <math.h>

static float largest(const float *z, size_t v)
{
    float most = z[0];
    for (size_t j = 1; j < v; j++) most = z[j] > most ? z[j] : most;
    return most;
}

/* z <- exp(z - most) entry by entry, in pieces that stay in cache for their sum; returns it. */
static SPX_WIDE double exp_terms(float *z, size_t v, float most)
{
    enum { PIECE = 1024 };
    double sum = 0;
    for (size_t at = 0; at < v; at += PIECE) {
        const size_t end = at + PIECE < v ? at + PIECE : v;
        double piece[4] = {0}; /* four chains of additions instead of one */
        size_t j = at;
        for (size_t k = at; k < end; k++) z[k] = spx_exp(z[k] - most);
        for (; j + 4 <= end; j += 4)
            for (size_t c = 0; c < 4; c++) piece[c] += (double)z[j + c];
        for (; j < end; j++) piece[0] += (double)z[j];
        sum += (piece[0] + piece[1]) + (piece[2] + piece[3]);
    }
    return sum;
}

static SPX_WIDE void scale(float *z, size_t v, float factor)
{
    for (size_t j = 0; j < v; j++) z[j] *= factor;
}

static double log_sum(const float *z, size_t v, float most)
{
    double sum = 0;
    for (size_t j = 0; j < v; j++) sum += (double)spx_exp(z[j] - most);
    return log(sum);
}

void loss_log_softmax(float *z, size_t v)
{
    const float most = largest(z, v);
    const float shift = most + (float)log_sum(z, v, most);
    for (size_t j = 0; j < v; j++) z[j] -= shift;
}

double loss_nll(float *z, size_t v, const int32_t *target, size_t n, double weight, bool *argmax)
{
    const float most = largest(z, v);
    double of_targets = 0;
    for (size_t i = 0; i < n; i++) of_targets += (double)z[target[i]] - (double)most;
    if (argmax) *argmax = z[target[0]] >= most;
    const double sum = exp_terms(z, v, most);
    scale(z, v, (float)(weight * (double)n / sum));
    for (size_t i = 0; i < n; i++) z[target[i]] -= (float)weight;
    return (double)n * log(sum) - of_targets;
}

double loss_kl(float *z, const float *log_p0, size_t v, double weight)
{
    double kl = 0;
    loss_log_softmax(z, v);
    for (size_t j = 0; j < v; j++) kl += (double)(spx_exp(z[j]) * (z[j] - log_p0[j]));
    for (size_t j = 0; j < v; j++)
        z[j] = (float)weight * spx_exp(z[j]) * (z[j] - log_p0[j] - (float)kl);
    return kl;
}
