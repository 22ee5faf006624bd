/* rounding.c: the error that storing a matrix in a float type makes, as independent noise. */
#include "spx/rounding.h"

#include "spx/extremes.h"

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
    for (size_t i = 0; i < n; i++) most = spx_max(most, x[i]);
    return most;
}

spx_status spx_rounding_begin(size_t rows, size_t cols, spx_dtype type, spx_rounding *out,
                              spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    double unit = 0, least = 0;
    *out = (spx_rounding){.rows = rows, .cols = cols};
    if (!spx_dtype_rounding(type, &unit, &least))
        SPX_RAISE(err, SPX_EUNSUP, "type %s does not round entries one by one",
                  spx_dtype_name(type));
    SPX_TRY(SPX_SCRATCH(tmp, &out->row, rows + cols, err));
    out->col = out->row + rows;
    out->ulp = 2 * unit;
    out->least = least;
out:
    return st;
}

/* Adds to the variances of rows and columns; spx_rounding_end divides them by the mean. */
void spx_rounding_rows(spx_rounding *r, size_t r0, const spx_mat *panel)
{
    for (size_t i = 0; i < panel->rows; i++) {
        const double *w = panel->data + i * panel->ld;
        double sum = 0, inner = 0;
        for (size_t j = 0; j < panel->cols; j++) {
            const double spacing = fmax(binade(w[j]) * r->ulp, r->least),
                         v = spacing * spacing / 12;
            sum += v;
            inner += w[j] * w[j] * v;
            r->col[j] += v;
            r->most = v > r->most ? v : r->most;
        }
        r->row[r0 + i] = sum;
        r->inner += inner;
    }
}

void spx_rounding_end(spx_rounding *r)
{
    const double tail = 3; /* standard deviations */
    double total = 0;
    r->edge =
        sqrt(largest(r->row, r->rows)) + sqrt(largest(r->col, r->cols)) + tail * sqrt(r->most);
    for (size_t i = 0; i < r->rows; i++) total += r->row[i];
    const double mean = total / (double)(r->rows * r->cols);
    if (mean == 0) return;
    for (size_t i = 0; i < r->rows; i++) r->row[i] /= mean * (double)r->cols;
    for (size_t j = 0; j < r->cols; j++) r->col[j] /= mean * (double)r->rows;
    r->rms = sqrt(mean);
    r->inner = sqrt(r->inner);
}

spx_status spx_rounding_measure(const spx_mat *W, spx_dtype type, spx_rounding *out,
                                spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_rounding_begin(W->rows, W->cols, type, out, tmp, err));
    spx_rounding_rows(out, 0, W);
    spx_rounding_end(out);
out:
    return st;
}
