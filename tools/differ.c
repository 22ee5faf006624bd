/* differ.c: what separates a tensor from its counterpart in another checkpoint. */
#include "differ.h"

#include "spx/export.h"
#include "spx/svd.h"

#include <math.h>
#include <string.h>

/* Unit roundoff of a float type; NaN for integers and blocks. */
static double roundoff(spx_dtype t)
{
    switch (t) {
    case SPX_F64: return 0x1p-53;
    case SPX_F32: return 0x1p-24;
    case SPX_F16: return 0x1p-11;
    case SPX_BF16: return 0x1p-8;
    case SPX_F8_E4M3: return 0x1p-4;
    case SPX_F8_E5M2: return 0x1p-3;
    default: return (double)NAN;
    }
}

/* Sums over values of both. */
typedef struct sums {
    double change, base, lost, max_abs;
} sums;

static void add(sums *s, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double d = b[i] - a[i], lost = (double)spx_round_bf16((float)b[i]) - b[i];
        s->change += d * d;
        s->base += a[i] * a[i];
        s->lost += lost * lost;
        s->max_abs = isnan(d) ? d : fmax(s->max_abs, fabs(d));
    }
}

static void conclude(const sums *s, double n, difference *out)
{
    out->max_abs = s->max_abs;
    out->rms = sqrt(s->change / n);
    out->relative = sqrt(s->change / s->base);
    out->bf16_loss = s->change > 0 ? sqrt(s->lost / s->change) : 0;
    if (s->change != 0) out->what = "values";
}

/* max_i |row i| + max_j |column j|: what the norm of a matrix of independent entries stays below,
 * whose sizes are as those of B (Bandeira and van Handel 2016). */
static spx_status spread(const spx_mat *B, double *out, spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    double row = 0, column = 0;
    const spx_status st = spx_scratch_alloc(&tmp, &mem, B->cols, sizeof(double), err);
    double *sum = mem;
    for (size_t i = 0; st == SPX_OK && i < B->rows; i++) {
        double own = 0;
        for (size_t j = 0; j < B->cols; j++) {
            const double x = B->data[i * B->ld + j];
            own += x * x;
            sum[j] += x * x;
        }
        row = fmax(row, own);
    }
    for (size_t j = 0; st == SPX_OK && j < B->cols; j++) column = fmax(column, sum[j]);
    *out = sqrt(row) + sqrt(column);
    spx_scratch_free(&tmp);
    return st;
}

/* How many singular values of B - A rounding alone would not make: those above u / sqrt(3) (max row
 * norm + max column norm of B), u the type's unit roundoff. B becomes the change. */
static spx_status change_rank(const spx_mat *A, spx_mat *B, spx_dtype type, difference *out,
                              spx_error *err)
{
    spx_svd f;
    double size = 0;
    const spx_svd_opts o = spx_svd_defaults();
    if (isnan(roundoff(type))) return SPX_OK;
    spx_status st = spread(B, &size, err);
    for (size_t i = 0; i < B->rows * B->cols; i++) B->data[i] -= A->data[i];
    if (st == SPX_OK) st = spx_svd_compute(B, &o, &f, err);
    if (st != SPX_OK) return st;
    const double edge = roundoff(type) / sqrt(3) * size;
    const double floor = 1e-7 * f.s[0]; /* of the Gram engine */
    out->rank = 0;
    for (size_t i = 0; i < f.r; i++) out->rank += f.s[i] > fmax(edge, floor);
    spx_svd_free(&f);
    return SPX_OK;
}

static spx_status differ_matrices(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                                  const spx_tensor *u, difference *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat A = {0}, B = {0};
    sums s = {0};
    SPX_TRY(tensors_matrix(t, &A, err));
    SPX_TRY(tensors_matrix_like(b, u, a, t, &B, err));
    if (A.rows != B.rows || A.cols != B.cols) {
        out->what = "shape";
        goto out;
    }
    add(&s, A.data, B.data, A.rows * A.cols);
    conclude(&s, (double)(A.rows * A.cols), out);
    if (s.change > 0) SPX_TRY(change_rank(&A, &B, u->dtype, out, err));
out:
    spx_mat_free(&A);
    spx_mat_free(&B);
    return st;
}

static spx_status differ_values(const spx_tensor *t, const spx_tensor *u, difference *out,
                                spx_error *err)
{
    spx_scratch tmp = {0};
    void *mem = NULL;
    sums s = {0};
    const size_t rows = spx_tensor_rows(t), cols = spx_tensor_cols(t);
    if (rows != spx_tensor_rows(u) || cols != spx_tensor_cols(u)) {
        out->what = "shape";
        return SPX_OK;
    }
    const spx_status st = spx_scratch_alloc(&tmp, &mem, 2 * cols, sizeof(double), err);
    double *row = mem;
    for (size_t r = 0; st == SPX_OK && r < rows; r++) {
        spx_tensor_read(t, r, 1, row);
        spx_tensor_read(u, r, 1, row + cols);
        add(&s, row, row + cols, cols);
    }
    conclude(&s, (double)(rows * cols), out);
    spx_scratch_free(&tmp);
    return st;
}

spx_status differ(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b, const spx_tensor *u,
                  difference *out, spx_error *err)
{
    const double none = (double)NAN;
    const bool weights = t->ndim == 2 && u->ndim == 2 && !spx_dtype_is_integer(t->dtype) &&
                         !spx_dtype_is_integer(u->dtype);
    *out = (difference){.what = t->dtype == u->dtype ? "same" : "dtype",
                        .max_abs = none,
                        .rms = none,
                        .relative = none,
                        .rank = none,
                        .bf16_loss = none};
    const bool same_bytes =
        t->dtype == u->dtype && t->bytes == u->bytes && memcmp(t->data, u->data, t->bytes) == 0;
    if (same_bytes && strcmp(t->name, u->name) == 0) {
        out->max_abs = out->rms = out->relative = out->bf16_loss = out->rank = 0;
        return SPX_OK;
    }
    return weights ? differ_matrices(a, t, b, u, out, err) : differ_values(t, u, out, err);
}
