/* linear.c: products with weights in float, or widened panel by panel. */
#include "model/linear.h"

#include <string.h>

void linear_close(linear *l)
{
    for (size_t i = 0; i < l->pieces; i++) spx_free(l->piece[i].data);
    spx_free(l->w);
    spx_free(l->b);
    spx_free(l->name);
    *l = (linear){0};
}

spx_status linear_keep(linear *l, const spx_tensor *t, spx_error *err)
{
    spx_status st = SPX_OK;
    linear_piece *p = &l->piece[l->pieces];
    SPX_TRY(spx_alloc(&p->data, t->bytes, 1, err));
    memcpy(p->data, t->data, t->bytes);
    p->t = *t;
    p->t.data = p->data;
    p->t.name = l->name;
    l->pieces++;
out:
    return st;
}

/* Widens rows [r0, r0 + n) of a piece, on all threads. */
static void widen_rows(const spx_tensor *t, size_t r0, size_t n, float *out)
{
    const size_t cols = spx_tensor_cols(t);
#pragma omp parallel for schedule(static) if (n > 16)
    for (size_t r = 0; r < n; r++) spx_tensor_read_float(t, r0 + r, 1, out + r * cols);
}

spx_status linear_widen(linear *l, spx_error *err)
{
    spx_status st = SPX_OK;
    if (l->w) return SPX_OK;
    SPX_TRY(SPX_NEW(&l->w, l->out * l->in, err));
    for (size_t i = 0, row = 0; i < l->pieces; i++) {
        const size_t n = spx_tensor_rows(&l->piece[i].t);
        widen_rows(&l->piece[i].t, 0, n, l->w + row * l->in);
        spx_free(l->piece[i].data);
        row += n;
    }
    l->pieces = 0;
out:
    return st;
}

void linear_row(const linear *l, size_t r, float *out)
{
    size_t i = 0;
    if (l->w) {
        memcpy(out, l->w + r * l->in, l->in * sizeof(float));
        return;
    }
    for (; r >= spx_tensor_rows(&l->piece[i].t); i++) r -= spx_tensor_rows(&l->piece[i].t);
    spx_tensor_read_float(&l->piece[i].t, r, 1, out);
}

/* A product, computed for panels of n rows of w from row `row` on. */
typedef struct product {
    const linear *l;
    const float *from;
    float *to;
    size_t rows;
    float beta;
} product;
typedef void panel_fn(const product *p, const float *w, size_t row, size_t n);

static void each_panel(const product *p, float *panel, panel_fn *f)
{
    for (size_t i = 0, row = 0; i < p->l->pieces; i++) {
        const spx_tensor *t = &p->l->piece[i].t;
        const size_t all = spx_tensor_rows(t);
        for (size_t r = 0; r < all; r += LINEAR_PANEL) {
            const size_t n = all - r < LINEAR_PANEL ? all - r : LINEAR_PANEL;
            widen_rows(t, r, n, panel);
            f(p, panel, row + r, n);
        }
        row += all;
    }
}

static void panel_forward(const product *p, const float *w, size_t row, size_t n)
{
    const linear *l = p->l;
    spx_sgemm(p->rows, n, l->in, p->from, l->in, SPX_N, w, l->in, SPX_T, p->beta, p->to + row,
              l->out);
}

void linear_forward(const linear *l, const float *x, size_t rows, float beta, float *y,
                    float *panel)
{
    const product p = {.l = l, .from = x, .to = y, .rows = rows, .beta = beta};
    if (l->w)
        panel_forward(&p, l->w, 0, l->out);
    else
        each_panel(&p, panel, panel_forward);
    for (size_t r = 0; l->b && r < rows; r++)
        for (size_t j = 0; j < l->out; j++) y[r * l->out + j] += l->b[j];
}

static void panel_back(const product *p, const float *w, size_t row, size_t n)
{
    const linear *l = p->l;
    spx_sgemm(p->rows, l->in, n, p->from + row, l->out, SPX_N, w, l->in, SPX_N,
              row == 0 ? p->beta : 1, p->to, l->in);
}

void linear_back(const linear *l, const float *dy, size_t rows, float beta, float *dx, float *panel)
{
    const product p = {.l = l, .from = dy, .to = dx, .rows = rows, .beta = beta};
    if (l->w)
        panel_back(&p, l->w, 0, l->out);
    else
        each_panel(&p, panel, panel_back);
}
