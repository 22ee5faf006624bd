/* confusion.c: confusion tables and their statistics. */
#include "eval/confusion.h"

#include <math.h>

/* Row gold, column predicted, both shifted by one for INVALID. */
typedef struct confusion {
    double at[MOST_CLASSES + 1][MOST_CLASSES + 1];
    double gold[MOST_CLASSES + 1], predicted[MOST_CLASSES + 1];
} confusion;

static confusion confusion_of(const classes *c, const size_t *pick, size_t n)
{
    confusion t = {0};
    for (size_t i = 0; i < n; i++) {
        const int g = c->gold[pick[i]] + 1, p = c->predicted[pick[i]] + 1;
        t.at[g][p]++;
        t.gold[g]++;
        t.predicted[p]++;
    }
    return t;
}

int likeliest(const score *s, size_t choices)
{
    size_t best = 0;
    for (size_t k = 1; k < choices; k++)
        if (s[k].nll < s[best].nll) best = k;
    return (int)best;
}

double weighted_f1(const void *data, const size_t *pick, size_t n)
{
    const confusion t = confusion_of(data, pick, n);
    double sum = 0;
    for (size_t k = 0; k <= MOST_CLASSES; k++)
        if (t.gold[k] > 0) sum += t.gold[k] * 2 * t.at[k][k] / (t.gold[k] + t.predicted[k]);
    return sum / (double)n;
}

/* (n c - sum_k g_k p_k) / sqrt((n^2 - sum p_k^2) (n^2 - sum g_k^2)), c items right. */
double matthews(const void *data, const size_t *pick, size_t n)
{
    const confusion t = confusion_of(data, pick, n);
    double right = 0, both = 0, gold = 0, predicted = 0;
    for (size_t k = 0; k <= MOST_CLASSES; k++) {
        right += t.at[k][k];
        both += t.gold[k] * t.predicted[k];
        gold += t.gold[k] * t.gold[k];
        predicted += t.predicted[k] * t.predicted[k];
    }
    const double m = (double)n, spread = sqrt((m * m - gold) * (m * m - predicted));
    return spread > 0 ? (m * right - both) / spread : 0;
}
