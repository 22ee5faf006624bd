/* test_loss.c: softmax losses of a row and their gradients, against their definitions in double. */
#include "check.h"
#include "edit/loss.h"

#include "spx/rng.h"

#include <string.h>

static const double eps = (double)FLT_EPSILON;
enum { V = 3001 }; /* no multiple of any piece that sums run over */

/* Logits as wide as a language model's: p spans 1 to e^-60. */
static void logits(float *z, uint64_t seed)
{
    spx_rng rng = spx_rng_seed(seed);
    for (size_t j = 0; j < V; j++) z[j] = (float)(8 * spx_rng_normal(&rng));
}

static void log_p(const float *z, double *out)
{
    double most = (double)z[0], sum = 0;
    for (size_t j = 0; j < V; j++) most = fmax(most, (double)z[j]);
    for (size_t j = 0; j < V; j++) sum += exp((double)z[j] - most);
    for (size_t j = 0; j < V; j++) out[j] = (double)z[j] - most - log(sum);
}

static void test_nll_and_gradient_of_several_targets(void **state)
{
    (void)state;
    static const int32_t target[] = {5, V - 1, 5};
    static float z[V], row[V];
    static double want[V];
    bool argmax = true;
    logits(z, 1);
    log_p(z, want);
    for (size_t n = 1; n <= 3; n++) {
        const double weight = 0.25;
        double nll = 0;
        for (size_t i = 0; i < n; i++) nll -= want[target[i]];
        memcpy(row, z, sizeof row);
        /* float logits of size 60 hold log p to 60 eps / 2 */
        check_leq(fabs(loss_nll(row, V, target, n, weight, &argmax) / nll - 1), 4 * eps);
        assert_false(argmax);
        for (size_t j = 0; j < V; j++) {
            double g = weight * (double)n * exp(want[j]);
            for (size_t i = 0; i < n; i++) g -= weight * (double)((size_t)target[i] == j);
            check_leq(fabs((double)row[j] - g), 8 * eps * weight * (double)n);
        }
    }
    size_t best = 0;
    for (size_t j = 0; j < V; j++) best = z[j] > z[best] ? j : best;
    const int32_t winner = (int32_t)best;
    memcpy(row, z, sizeof row);
    (void)loss_nll(row, V, &winner, 1, 1, &argmax);
    assert_true(argmax);
}

static void test_kl_and_gradient(void **state)
{
    (void)state;
    static float z[V], before[V];
    static double p[V], p0[V];
    const double weight = 0.0625;
    double kl = 0;
    logits(z, 2);
    logits(before, 3);
    for (size_t j = 0; j < V; j++) before[j] = z[j] + 0.1F * before[j];
    log_p(z, p);
    log_p(before, p0);
    for (size_t j = 0; j < V; j++) kl += exp(p[j]) * (p[j] - p0[j]);
    loss_log_softmax(before, V);
    for (size_t j = 0; j < V; j++) check_leq(fabs((double)before[j] - p0[j]), 64 * eps);
    check_leq(fabs(loss_kl(z, before, V, weight) - kl), 64 * eps);
    for (size_t j = 0; j < V; j++)
        check_leq(fabs((double)z[j] - weight * exp(p[j]) * (p[j] - p0[j] - kl)), 64 * eps * weight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nll_and_gradient_of_several_targets),
        cmocka_unit_test(test_kl_and_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
