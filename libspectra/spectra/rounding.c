/* rounding.c: the error that storing a matrix in a float type makes, as independent noise.
 *
 * With v_ij the variance of entry (i, j), independent entries of mean 0 (Bandeira and van Handel,
 * Annals of Probability 44(4), 2016, Theorem 1.1; Corollary 3.9 for the tail):
 *     ||E||_2 <= max_i sqrt(sum_j v_ij) + max_j sqrt(sum_i v_ij) + c max_ij sqrt(v_ij) */
#include "spectra/rounding.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* 2^floor(log2 |x|); 0 for 0. */
static double binade(double x)
{
    uint64_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    bits &= UINT64_C(0x7ff0000000000000);
    memcpy(&x, &bits, sizeof bits);
    return x;
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, x[i]);
    return most;
}

/* Adds up variances by row and column; returns the largest single one. */
static double add_up(const spx_mat *W, double ulp, double least, rounding *r)
{
    double most = 0;
    for (size_t i = 0; i < W->rows; i++) {
        const double *w = W->data + i * W->ld;
        double own = 0, inner = 0;
        for (size_t j = 0; j < W->cols; j++) {
            const double spacing = fmax(binade(w[j]) * ulp, least), v = spacing * spacing / 12;
            own += v;
            inner += w[j] * w[j] * v;
            r->col[j] += v;
            most = v > most ? v : most;
        }
        r->row[i] = own;
        r->inner += inner;
    }
    return most;
}

spx_status rounding_measure(const spx_mat *W, spx_dtype type, rounding *out, spx_scratch *tmp,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    void *mem = NULL;
    double unit = 0, least = 0, total = 0;
    const double tail = 3; /* standard deviations */
    *out = (rounding){.rows = W->rows, .cols = W->cols};
    if (!spx_dtype_rounding(type, &unit, &least))
        SPX_RAISE(err, SPX_EUNSUP, "%s has no rounding error of its own", spx_dtype_name(type));
    SPX_TRY(spx_scratch_alloc(tmp, &mem, W->rows + W->cols, sizeof(double), err));
    out->row = mem;
    out->col = out->row + W->rows;
    const double most = add_up(W, 2 * unit, least, out);
    out->edge =
        sqrt(largest(out->row, W->rows)) + sqrt(largest(out->col, W->cols)) + tail * sqrt(most);
    for (size_t i = 0; i < W->rows; i++) total += out->row[i];
    const double mean = total / (double)(W->rows * W->cols);
    if (mean == 0) goto out;
    for (size_t i = 0; i < W->rows; i++) out->row[i] /= mean * (double)W->cols;
    for (size_t j = 0; j < W->cols; j++) out->col[j] /= mean * (double)W->rows;
    out->rms = sqrt(mean);
    out->inner = sqrt(out->inner);
out:
    return st;
}
