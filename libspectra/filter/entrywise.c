/* entrywise.c: RECT (Gu et al., EMNLP 2024): keeps the entries that change a weight most, relative
 * to it.
 *
 *     filter       ratio of an entry          kept                                      keep
 *     rect         |dW_ij / W_ij|             all but the floor((1 - keep) m n)          0.2
 *                                             smallest ratios
 *     rect-compat  |dW_ij / (W_ij + 1e-8)|    ratios at or above the                     0.4
 *                                             floor((1 - keep) m n)-th smallest
 *
 * rect is the authors' code; rect-compat is AlphaEdit's and ENCORE's MEMIT_rect, where the 1e-8 is
 * signed, so that an entry of about -1e-8 counts as huge. */
#include "filter/parts.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The k-th smallest (k from 0) of n numbers, which are reordered: Hoare's selection. */
static double kth_smallest(double *x, ptrdiff_t n, ptrdiff_t k)
{
    for (ptrdiff_t low = 0, high = n - 1; low < high;) {
        const double pivot = x[k];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (x[i] < pivot) i++;
            while (x[j] > pivot) j--;
            if (i > j) break;
            const double swap = x[i];
            x[i++] = x[j];
            x[j--] = swap;
        }
        if (j < k) low = i;
        if (k < i) high = j;
    }
    return x[k];
}

/* The change of an entry relative to the weight + away; 0 for no change, also where the weight is
 * 0. */
static double ratio(const spx_mat *dW, const spx_mat *W, double away, size_t i, size_t j)
{
    const double change = fabs(dW->data[i * dW->ld + j]);
    return change > 0 ? change / fabs(W->data[i * W->ld + j] + away) : 0;
}

/* Zeroes the entries up to the k-th smallest ratio, k = floor((1 - keep) m n); that one stays if
 * `inclusive`. */
static spx_status keep_largest(const spx_filter *f, double away, bool inclusive, spx_update *u,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat all;
    const spx_mat *W = f->which == ORIGINAL ? &f->W0 : f->W;
    SPX_TRY(spx_update_expand(u, err));
    spx_mat *dW = &u->A;
    const size_t m = dW->rows, n = dW->cols;
    const size_t k = (size_t)((1 - f->spec.keep) * (double)m * (double)n);
    if (k == 0) goto out;
    SPX_TRY(spx_mat_scratch(&tmp, &all, m, n, err));
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) all.data[i * n + j] = ratio(dW, W, away, i, j);
    const double least = kth_smallest(all.data, (ptrdiff_t)(m * n), (ptrdiff_t)k - 1);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            const double r = ratio(dW, W, away, i, j);
            if (!(inclusive ? r >= least : r > least)) dW->data[i * dW->ld + j] = 0;
        }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status apply_rect(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    (void)p;
    return keep_largest(f, 0, false, u, err);
}

spx_status apply_rect_compat(const spx_filter *f, spx_update *u, projection *p, spx_error *err)
{
    (void)p;
    return keep_largest(f, 1e-8, true, u, err);
}
