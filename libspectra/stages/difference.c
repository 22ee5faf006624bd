/* difference.c: what separates a tensor from its counterpart in another checkpoint, panel by panel of
 * rows: neither tensor is ever in memory as a whole, but for a change with fewer rows than columns
 * (two blocks of it) and for orientations that differ (one of the two). */
#include "spx/difference.h"

#include "spx/export.h"
#include "spx/linalg.h"
#include "spx/rounding.h"

#include <math.h>
#include <string.h>

enum {
    PANEL_VALUES = 1 << 20, /* 8 MiB of doubles */
    BLOCK_VALUES = 1 << 24, /* 128 MiB */
};

/* Both tensors in the order of the first one, by panels of rows. */
typedef struct pair {
    const spx_ckpt *a, *b;
    const spx_tensor *t, *u;
    spx_tensor_order order;
    size_t rows, cols, height; /* of t; of a panel */
    spx_mat turned;            /* all of u, where one is stored in x out, the other out x in */
    double *A, *B;             /* panels */
} pair;

/* u transposed, as t is stored. */
static spx_status turn(pair *p, spx_scratch *tmp, spx_error *err)
{
    spx_mat U = {0};
    spx_status st = spx_mat_scratch(tmp, &p->turned, p->rows, p->cols, err);
    if (st == SPX_OK) st = spx_mat_alloc(&U, p->cols, p->rows, err);
    if (st == SPX_OK) {
        spx_tensor_read(p->u, 0, U.rows, U.data);
        spx_mat_transpose(&p->turned, &U);
    }
    spx_mat_free(&U);
    return st;
}

static spx_status open_pair(pair *p, spx_scratch *tmp, spx_error *err)
{
    void *A = NULL, *B = NULL;
    p->rows = spx_tensor_rows(p->t);
    p->cols = spx_tensor_cols(p->t);
    p->height = PANEL_VALUES / p->cols > 0 ? PANEL_VALUES / p->cols : 1;
    if (p->height > p->rows) p->height = p->rows;
    spx_status st = spx_scratch_alloc(tmp, &A, p->height * p->cols, sizeof(double), err);
    if (st == SPX_OK) st = spx_scratch_alloc(tmp, &B, p->height * p->cols, sizeof(double), err);
    p->A = A;
    p->B = B;
    return st == SPX_OK && p->order.turned ? turn(p, tmp, err) : st;
}

/* Rows [r0, r0 + n) into A and B, whose pages are then given back; a row's place in a file does not
 * depend on its order but within heads, which are small. */
static void read_panel(pair *p, size_t r0, size_t n)
{
    spx_tensor_read(p->t, r0, n, p->A);
    if (p->turned.data)
        memcpy(p->B, p->turned.data + r0 * p->cols, n * p->cols * sizeof(double));
    else
        spx_tensor_read_like(&p->order, p->u, r0, n, p->B);
    spx_ckpt_release(p->a, p->t, r0, n);
    if (!p->turned.data) spx_ckpt_release(p->b, p->u, r0, n);
}

static size_t panel_rows(const pair *p, size_t r0)
{
    return p->rows - r0 < p->height ? p->rows - r0 : p->height;
}

/* Sums over values of both; of squares but for max_abs. */
typedef struct sums {
    double change, base, lost, max_abs;
} sums;

static void add_row(sums *s, const double *a, const double *b, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        const double d = b[j] - a[j], lost = (double)spx_round_bf16((float)b[j]) - b[j];
        s->change += d * d;
        s->base += a[j] * a[j];
        s->lost += lost * lost;
        s->max_abs = isnan(d) ? d : fmax(s->max_abs, fabs(d));
    }
}

static void conclude(const sums *s, double n, spx_difference *out)
{
    out->max_abs = s->max_abs;
    out->rms = sqrt(s->change / n);
    out->relative = sqrt(s->change / s->base);
    out->bf16_loss = s->change == 0 ? 0 : sqrt(s->lost / s->change);
    if (s->change != 0) out->what = "values";
}

/* B - A into D. */
static void read_change(pair *p, size_t r0, size_t rows, double *D)
{
    for (size_t r = r0; r < r0 + rows; r += p->height) {
        const size_t left = r0 + rows - r, n = left < p->height ? left : p->height;
        read_panel(p, r, n);
        for (size_t i = 0; i < n * p->cols; i++) D[(r - r0) * p->cols + i] = p->B[i] - p->A[i];
    }
}

/* G = D^T D, D the change. */
static void gram_of_columns(pair *p, spx_mat *G)
{
    for (size_t r = 0; r < p->rows; r += p->height) {
        const spx_mat D = {panel_rows(p, r), p->cols, p->cols, p->B};
        read_change(p, r, D.rows, D.data);
        spx_syrk(G, 1, &D, SPX_T, 1);
    }
}

/* G = D D^T by pairs of blocks of rows. */
static spx_status gram_of_rows(pair *p, spx_mat *G, spx_scratch *tmp, spx_error *err)
{
    spx_mat I, J = {0};
    const size_t fit = BLOCK_VALUES / p->cols, most = fit > 0 ? fit : 1;
    const size_t block = most < p->rows ? most : p->rows;
    spx_status st = spx_mat_scratch(tmp, &I, block, p->cols, err);
    if (st == SPX_OK && block < p->rows) st = spx_mat_scratch(tmp, &J, block, p->cols, err);
    for (size_t i = 0; st == SPX_OK && i < p->rows; i += block) {
        I.rows = p->rows - i < block ? p->rows - i : block;
        read_change(p, i, I.rows, I.data);
        spx_mat own = spx_mat_view(G, i, i, I.rows, I.rows);
        spx_syrk(&own, 1, &I, SPX_N, 0);
        for (size_t j = 0; j < i; j += block) {
            spx_mat low = spx_mat_view(G, i, j, I.rows, block);
            spx_mat high = spx_mat_view(G, j, i, block, I.rows);
            read_change(p, j, block, J.data);
            spx_gemm(&low, 1, &I, SPX_N, &J, SPX_T, 0);
            spx_mat_transpose(&high, &low);
        }
    }
    return st;
}

/* How many singular values of B - A lie above the edge of what rounding B to its type makes, and
 * above what a Gram matrix resolves. */
static spx_status change_rank(pair *p, double edge, spx_difference *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat G, none;
    const size_t n = p->rows < p->cols ? p->rows : p->cols;
    SPX_TRY(spx_mat_scratch(&tmp, &G, n, n, err));
    double *w = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &w, n, err));
    if (p->rows >= p->cols)
        gram_of_columns(p, &G);
    else
        SPX_TRY(gram_of_rows(p, &G, &tmp, err));
    SPX_TRY(spx_linalg_syev_top(&G, w, 0, NULL, NULL, &none, err));
    const double least = fmax(edge, 1e-7 * sqrt(fmax(w[0], 0)));
    out->rank = 0;
    for (size_t i = 0; i < n; i++) out->rank += w[i] > least * least;
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status differ_values(pair *p, spx_difference *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    sums s = {0};
    spx_rounding rounding = {0};
    double unit = 0, least = 0;
    const bool ranked =
        p->t->ndim == 2 && p->u->ndim == 2 && spx_dtype_rounding(p->u->dtype, &unit, &least);
    SPX_TRY(open_pair(p, &tmp, err));
    if (ranked) SPX_TRY(spx_rounding_begin(p->rows, p->cols, p->u->dtype, &rounding, &tmp, err));
    for (size_t r = 0; r < p->rows; r += p->height) {
        const spx_mat B = {panel_rows(p, r), p->cols, p->cols, p->B};
        read_panel(p, r, B.rows);
        for (size_t i = 0; i < B.rows; i++)
            add_row(&s, p->A + i * p->cols, p->B + i * p->cols, p->cols);
        if (ranked) spx_rounding_rows(&rounding, r, &B);
    }
    conclude(&s, (double)p->rows * (double)p->cols, out);
    if (!ranked || !(s.change > 0 && isfinite(s.change))) goto out;
    spx_rounding_end(&rounding);
    SPX_TRY(change_rank(p, rounding.edge, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Chunks that memory need not hold at once. */
static bool same_bytes(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                       const spx_tensor *u)
{
    const size_t rows = spx_tensor_rows(t), row = t->bytes / rows;
    const size_t height = PANEL_VALUES / row + 1;
    bool same = t->dtype == u->dtype && t->bytes == u->bytes && rows == spx_tensor_rows(u);
    for (size_t r = 0; same && r < rows; r += height) {
        const size_t n = rows - r < height ? rows - r : height;
        same = memcmp(t->data + r * row, u->data + r * row, n * row) == 0;
        spx_ckpt_release(a, t, r, n);
        spx_ckpt_release(b, u, r, n);
    }
    return same;
}

static bool same_shape(const pair *p)
{
    const size_t rows = spx_tensor_rows(p->u), cols = spx_tensor_cols(p->u);
    if (p->order.turned && (p->t->ndim != 2 || p->u->ndim != 2)) return false;
    return spx_tensor_rows(p->t) == (p->order.turned ? cols : rows) &&
           spx_tensor_cols(p->t) == (p->order.turned ? rows : cols);
}

spx_status spx_difference_measure(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                                  const spx_tensor *u, spx_notify *notify, spx_difference *out,
                                  spx_error *err)
{
    const double none = (double)NAN;
    pair p = {.a = a, .b = b, .t = t, .u = u, .order = spx_tensor_order_like(b, u, a, t, notify)};
    *out = (spx_difference){.what = t->dtype == u->dtype ? "same" : "dtype",
                            .max_abs = none,
                            .rms = none,
                            .relative = none,
                            .rank = none,
                            .bf16_loss = none};
    if (!same_shape(&p)) {
        out->what = "shape";
        return SPX_OK;
    }
    if (p.order.layout == SPX_LAYOUT_SAME && !p.order.turned && same_bytes(a, t, b, u)) {
        out->max_abs = out->rms = out->relative = out->bf16_loss = out->rank = 0;
        return SPX_OK;
    }
    return differ_values(&p, out, err);
}
