/* adam.c: Adam (edit/adam.h). */
#include "edit/adam.h"

#include <math.h>

static const double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;

void adam_step(double *x, double *mean, double *square, const double *g, size_t n, double lr,
               size_t t)
{
    const double correct1 = 1 - pow(beta1, (double)t), correct2 = 1 - pow(beta2, (double)t);
#pragma omp parallel for schedule(static) if (n > 65536)
    for (size_t j = 0; j < n; j++) {
        mean[j] = beta1 * mean[j] + (1 - beta1) * g[j];
        square[j] = beta2 * square[j] + (1 - beta2) * g[j] * g[j];
        x[j] -= lr * (mean[j] / correct1) / (sqrt(square[j] / correct2) + eps);
    }
}
