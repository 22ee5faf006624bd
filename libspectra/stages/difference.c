/* difference.c: what separates the tensors of two checkpoints, read panel by panel of rows. */
#include "spx/difference.h"

#include "spx/export.h"
#include "spx/extremes.h"
#include "spx/linalg.h"
#include "spx/rounding.h"
#include "spx/svd.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum {
    PANEL_VALUES = 1 << 20, /* 8 MiB of doubles */
    BLOCK_VALUES = 1 << 24, /* 128 MiB */
};

/* Both tensors in the order of the first, by panels of rows. */
typedef struct pair {
    const spx_ckpt *a, *b;
    const spx_tensor *t, *u;
    spx_tensor_order order;
    size_t rows, cols, height; /* of t; of a panel */
    spx_mat turned;            /* all of u, where one is stored in x out, the other out x in */
    double *A, *B;             /* panels, of values times 2^shift */
    int shift;
} pair;

/* u transposed, as t is stored. */
static spx_status turn_counterpart(pair *p, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat U = {0};
    SPX_TRY(spx_mat_scratch(tmp, &p->turned, p->rows, p->cols, err));
    SPX_TRY(spx_mat_alloc(&U, p->cols, p->rows, err));
    spx_tensor_read(p->u, 0, U.rows, U.data);
    spx_mat_transpose(&p->turned, &U);
out:
    spx_mat_free(&U);
    return st;
}

static spx_status open_pair(pair *p, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    p->rows = spx_tensor_rows(p->t);
    p->cols = spx_tensor_cols(p->t);
    p->height = PANEL_VALUES / p->cols > 0 ? PANEL_VALUES / p->cols : 1;
    if (p->height > p->rows) p->height = p->rows;
    SPX_TRY(SPX_SCRATCH(tmp, &p->A, p->height * p->cols, err));
    SPX_TRY(SPX_SCRATCH(tmp, &p->B, p->height * p->cols, err));
    if (p->order.turned) SPX_TRY(turn_counterpart(p, tmp, err));
out:
    return st;
}

/* Reads rows [r0, r0 + n) into A and B and gives their pages back. The order of values moves a row
 * within its head only, so the pages of the other file are those of the same rows, nearly. */
static void read_panel(pair *p, size_t r0, size_t n)
{
    spx_tensor_read(p->t, r0, n, p->A);
    if (p->turned.data)
        memcpy(p->B, p->turned.data + r0 * p->cols, n * p->cols * sizeof(double));
    else
        spx_tensor_read_like(&p->order, p->u, r0, n, p->B);
    if (p->shift) {
        spx_mat_shift(&(spx_mat){n, p->cols, p->cols, p->A}, p->shift);
        spx_mat_shift(&(spx_mat){n, p->cols, p->cols, p->B}, p->shift);
    }
    spx_ckpt_release(p->a, p->t, r0, n);
    if (!p->turned.data) spx_ckpt_release(p->b, p->u, r0, n);
}

static size_t panel_rows(const pair *p, size_t r0)
{
    return p->rows - r0 < p->height ? p->rows - r0 : p->height;
}

/* Sums of squares over the values of both, and the largest change. */
typedef struct sums {
    double change, base, lost, max_abs;
} sums;

/* b, of values times 2^shift, stored in bfloat16 and read again. */
static double through_bf16(double b, int shift)
{
    if (shift == 0) return (double)spx_round_bf16((float)b);
    return ldexp((double)spx_round_bf16((float)ldexp(b, -shift)), shift);
}

static void add_row(sums *s, const double *a, const double *b, size_t n, int shift)
{
    for (size_t j = 0; j < n; j++) {
        const double d = b[j] - a[j], lost = through_bf16(b[j], shift) - b[j];
        s->change += d * d;
        s->base += a[j] * a[j];
        s->lost += lost * lost;
        s->max_abs = spx_max(s->max_abs, fabs(d));
    }
}

/* The exponent of a power of two by which the values are to be read, so that their squares are
 * doubles; 0 for nearly all. */
static int shift_of(const sums *s)
{
    const int down = -600; /* squares of anything are then doubles, and so are their sums */
    if (!isfinite(s->max_abs)) return 0;
    if (!isfinite(s->change) || !isfinite(s->base)) return down;
    return s->change < DBL_MIN / DBL_EPSILON ? spx_range_shift(s->max_abs) : 0;
}

static void set_numbers(const sums *s, double n, int shift, spx_difference *out)
{
    out->max_abs = ldexp(s->max_abs, -shift);
    out->rms = ldexp(sqrt(s->change / n), -shift);
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
    spx_status st = SPX_OK;
    spx_mat I, J = {0};
    const size_t fit = BLOCK_VALUES / p->cols, most = fit > 0 ? fit : 1;
    const size_t block = most < p->rows ? most : p->rows;
    SPX_TRY(spx_mat_scratch(tmp, &I, block, p->cols, err));
    if (block < p->rows) SPX_TRY(spx_mat_scratch(tmp, &J, block, p->cols, err));
    for (size_t i = 0; i < p->rows; i += block) {
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
out:
    return st;
}

/* Counts the singular values of B - A above the edge of what rounding B to its type makes and above
 * what a Gram matrix resolves. */
static spx_status change_rank(pair *p, double edge, spx_difference *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat G, none;
    const size_t n = p->rows < p->cols ? p->rows : p->cols;
    double *w = NULL;
    SPX_TRY(spx_mat_scratch(&tmp, &G, n, n, err));
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

/* One pass over the panels. */
static void add_panels(pair *p, sums *s, spx_rounding *rounding)
{
    *s = (sums){0};
    for (size_t r = 0; r < p->rows; r += p->height) {
        const spx_mat B = {panel_rows(p, r), p->cols, p->cols, p->B};
        read_panel(p, r, B.rows);
        for (size_t i = 0; i < B.rows; i++)
            add_row(s, p->A + i * p->cols, p->B + i * p->cols, p->cols, p->shift);
        if (rounding) spx_rounding_rows(rounding, r, &B);
    }
}

static spx_status compare_values(pair *p, spx_difference *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    sums s = {0};
    spx_rounding rounding = {0};
    double unit = 0, least = 0;
    const bool ranked =
        p->t->ndim == 2 && p->u->ndim == 2 && spx_dtype_rounding(p->u->dtype, &unit, &least);
    SPX_TRY(open_pair(p, &tmp, err));
    do {
        if (ranked)
            SPX_TRY(spx_rounding_begin(p->rows, p->cols, p->u->dtype, &rounding, &tmp, err));
        add_panels(p, &s, ranked ? &rounding : NULL);
    } while (p->shift == 0 && (p->shift = shift_of(&s)) != 0);
    set_numbers(&s, (double)p->rows * (double)p->cols, p->shift, out);
    if (!ranked || !(s.change > 0 && isfinite(s.change))) goto out;
    spx_rounding_end(&rounding);
    SPX_TRY(change_rank(p, rounding.edge, out, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* True if both hold the same bytes; by chunks, as memory need not hold them at once. */
static bool same_bytes(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                       const spx_tensor *u)
{
    const size_t rows = spx_tensor_rows(t), row = rows > 0 ? t->bytes / rows : 0;
    const size_t height = PANEL_VALUES / (row + 1) + 1;
    bool same = t->dtype == u->dtype && t->bytes == u->bytes && rows == spx_tensor_rows(u);
    if (t->added || u->added) return false;
    if (t->bytes == 0) return same;
    if (t->quantised || u->quantised) return same && spx_tensor_same_bytes(t, u);
    for (size_t r = 0; same && r < rows; r += height) {
        const size_t n = rows - r < height ? rows - r : height;
        same = memcmp(t->data + r * row, u->data + r * row, n * row) == 0;
        spx_ckpt_release(a, t, r, n);
        spx_ckpt_release(b, u, r, n);
    }
    return same;
}

static spx_difference without_numbers(const char *what)
{
    const double none = (double)NAN;
    return (spx_difference){.what = what,
                            .max_abs = none,
                            .rms = none,
                            .relative = none,
                            .rank = none,
                            .bf16_loss = none};
}

spx_status spx_difference_measure(const spx_ckpt *a, const spx_tensor *t, const spx_ckpt *b,
                                  const spx_tensor *u, spx_notify *notify, spx_difference *out,
                                  spx_error *err)
{
    pair p = {.a = a, .b = b, .t = t, .u = u, .order = spx_tensor_order_like(b, u, a, t, notify)};
    const bool one_type = strcmp(spx_tensor_type(t), spx_tensor_type(u)) == 0;
    *out = without_numbers(one_type ? "same" : "dtype");
    if (!spx_tensors_same_shape(t, u)) {
        out->what = "shape";
        return SPX_OK;
    }
    if (t->dtype == SPX_OTHER_TYPE || u->dtype == SPX_OTHER_TYPE) {
        if (strcmp(spx_tensor_type(t), spx_tensor_type(u)) != 0)
            out->what = "dtype";
        else if (t->bytes != u->bytes || memcmp(t->data, u->data, t->bytes) != 0)
            out->what = "values";
        return SPX_OK;
    }
    if (p.order.layout == SPX_LAYOUT_SAME && !p.order.turned && same_bytes(a, t, b, u)) {
        out->max_abs = out->rms = out->relative = out->bf16_loss = out->rank = 0;
        return SPX_OK;
    }
    if (t->unreadable || u->unreadable) {
        const spx_tensor *which = t->unreadable ? t : u;
        out->what = "unreadable";
        spx_warn(notify, "%s: tensor %s: %s", spx_ckpt_path(t->unreadable ? a : b), which->name,
                 which->unreadable);
        return SPX_OK;
    }
    return compare_values(&p, out, err);
}

/* What a search for differences goes by. */
typedef struct search {
    spx_tensor_keep *keep;
    spx_difference_fn *told;
    void *arg;
    size_t *found;
} search;

static bool is_ambiguous(const spx_ckpt *c, const spx_tensor *t)
{
    const spx_tensor *rival[2];
    (void)spx_ckpt_counterpart(c, t, rival);
    return rival[0] != NULL;
}

/* Tensors of `from` that `in` lacks. */
static spx_status find_only_in(const spx_ckpt *from, const spx_ckpt *in, const char *what,
                               const search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL;
    size_t n = 0;
    const spx_difference d = without_numbers(what);
    if (spx_ckpt_holds_edits_only(in)) return SPX_OK;
    SPX_TRY(spx_tensors_sorted(from, s->keep, &list, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) {
        if (spx_counterparts(from, list[i], in, NULL)) continue;
        if (strcmp(what, "missing") == 0 && is_ambiguous(in, list[i])) continue;
        s->told(list[i], NULL, &d, s->arg);
        (*s->found)++;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status find_in_both(const spx_ckpt *a, const spx_ckpt *b, spx_notify *notify,
                               const search *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    const spx_tensor **list = NULL, *u = NULL;
    size_t n = 0;
    SPX_TRY(spx_tensors_sorted(a, s->keep, &list, &n, &tmp, err));
    for (size_t i = 0; i < n; i++) {
        spx_difference d;
        if (is_ambiguous(b, list[i])) {
            d = without_numbers("ambiguous");
            s->told(list[i], NULL, &d, s->arg);
            (*s->found)++;
        }
        if (!spx_counterparts(a, list[i], b, &u)) continue;
        st = spx_difference_measure(a, list[i], b, u, notify, &d, err);
        if (st != SPX_OK) spx_prefix(err, "%s: tensor %s", spx_ckpt_path(b), u->name);
        SPX_TRY(st);
        if (strcmp(d.what, "same") == 0) continue;
        s->told(list[i], u, &d, s->arg);
        (*s->found)++;
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_differences_find(const spx_ckpt *a, const spx_ckpt *b, spx_tensor_keep *keep,
                                spx_notify *notify, spx_difference_fn *told, void *arg,
                                size_t *found, spx_error *err)
{
    spx_status st = SPX_OK;
    const search s = {.keep = keep, .told = told, .arg = arg, .found = found};
    SPX_TRY(find_in_both(a, b, notify, &s, err));
    SPX_TRY(find_only_in(a, b, "missing", &s, err));
    SPX_TRY(find_only_in(b, a, "added", &s, err));
out:
    return st;
}
