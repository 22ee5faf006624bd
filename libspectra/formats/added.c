/* added.c: the values of a tensor to which a product of two factors is added. */
#include "formats/adapter.h"
#include "formats/dtype.h"

enum { PIECE = 512 };

/* At most PIECE values of one row, from column col on. */
static void add_piece(const spx_tensor *t, size_t row, size_t col, size_t n, double *out)
{
    const spx_added *a = t->added;
    const size_t cols = spx_tensor_cols(t);
    double sum[PIECE] = {0};
    for (size_t k = 0; k < a->rank; k++) {
        const double left = (double)a->left[row * a->rank + k];
        const float *right = a->right + k * cols + col;
        for (size_t j = 0; j < n; j++) sum[j] += left * (double)right[j];
    }
    for (size_t j = 0; j < n; j++) out[j] += a->scale * sum[j];
    for (size_t j = 0; t->dtype == SPX_F32 && j < n; j++) out[j] = (double)(float)out[j];
}

void added_read(const spx_tensor *t, size_t first, size_t n, double *out)
{
    const size_t cols = spx_tensor_cols(t);
    dtype_widen(t->added->to, first, n, out);
    for (size_t at = 0, some = 0; at < n; at += some) {
        const size_t col = (first + at) % cols, left = n - at;
        some = cols - col < PIECE ? cols - col : PIECE;
        if (some > left) some = left;
        add_piece(t, (first + at) / cols, col, some, out + at);
    }
}
