/* loss.c: softmax losses of one row of logits (edit/loss.h). */
#include "edit/loss.h"

#include <math.h>

float loss_log_softmax(float *z, size_t v)
{
    float most = z[0];
    for (size_t j = 1; j < v; j++) most = z[j] > most ? z[j] : most;
    double sum = 0;
    for (size_t j = 0; j < v; j++) sum += (double)expf(z[j] - most);
    const float shift = most + (float)log(sum);
    for (size_t j = 0; j < v; j++) z[j] -= shift;
    return most - shift;
}

double loss_nll(float *z, size_t v, const int32_t *target, size_t n, double weight, bool *argmax)
{
    const float most = loss_log_softmax(z, v);
    double nll = 0;
    if (argmax) *argmax = most <= z[target[0]];
    for (size_t i = 0; i < n; i++) nll -= (double)z[target[i]];
    const float factor = (float)(weight * (double)n);
    for (size_t j = 0; j < v; j++) z[j] = factor * expf(z[j]);
    for (size_t i = 0; i < n; i++) z[target[i]] -= (float)weight;
    return nll;
}

double loss_kl(float *z, const float *log_p0, size_t v, double weight)
{
    (void)loss_log_softmax(z, v);
    double kl = 0;
    for (size_t j = 0; j < v; j++) kl += (double)(expf(z[j]) * (z[j] - log_p0[j]));
    for (size_t j = 0; j < v; j++)
        z[j] = (float)weight * expf(z[j]) * (z[j] - log_p0[j] - (float)kl);
    return kl;
}
