/* panels.c: every product is one walk over panels, along the longer side of what is stored. */
#include "spx/panels.h"

#include "linear/gram.h"

#include "spx/parallel.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

static const size_t panel_values = (size_t)1 << 21; /* 16 MiB: amortises a pass over the Gram */
/* Stripes of a panel that threads widen side by side, and the least values of one. */
static const size_t stripes = 16, stripe_values = 1 << 12;

static spx_status read_block(const spx_panels *W, size_t r0, size_t c0, spx_mat *block,
                             spx_error *err)
{
    if (!W->held) return W->read(W->from, r0, c0, block, err);
    const spx_mat part = spx_mat_view(W->held, r0, c0, block->rows, block->cols);
    spx_mat_copy(block, &part);
    return SPX_OK;
}

static spx_status subtract_base(const spx_panels *base, size_t r0, size_t c0, spx_mat *block,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat other;
    SPX_TRY(spx_mat_scratch(&tmp, &other, block->rows, block->cols, err));
    SPX_TRY(read_block(base, r0, c0, &other, err));
    spx_mat_subtract(block, block, &other);
out:
    spx_scratch_free(&tmp);
    return st;
}

static void subtract_product(const spx_panels_rest *d, size_t r0, size_t c0, spx_mat *block)
{
    const bool stored = d->W->trans == SPX_N; /* as L R^T, else as R L^T */
    const spx_mat *left = stored ? d->L : d->R, *right = stored ? d->R : d->L;
    const spx_mat l = spx_mat_view(left, r0, 0, block->rows, left->cols);
    const spx_mat r = spx_mat_view(right, c0, 0, block->cols, right->cols);
    spx_gemm(block, -1, &l, SPX_N, &r, SPX_T, 1);
}

/* An spx_panel_fn. */
static spx_status read_rest(const void *from, size_t r0, size_t c0, spx_mat *block, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_panels_rest *d = from;
    SPX_TRY(read_block(d->W, r0, c0, block, err));
    if (d->base) SPX_TRY(subtract_base(d->base, r0, c0, block, err));
    if (d->L) subtract_product(d, r0, c0, block);
out:
    return st;
}

spx_panels spx_panels_minus(const spx_panels_rest *d)
{
    const spx_panels *W = d->W;
    assert(!d->base || (d->base->rows == W->rows && d->base->trans == W->trans));
    return (spx_panels){
        .rows = W->rows, .cols = W->cols, .trans = W->trans, .read = read_rest, .from = d};
}

/* An spx_panel_fn. */
static spx_status read_scaled(const void *from, size_t r0, size_t c0, spx_mat *block,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_panels_scaled *d = from;
    SPX_TRY(read_block(d->W, r0, c0, block, err));
    spx_mat_shift(block, d->exponent);
out:
    return st;
}

spx_panels spx_panels_scale(const spx_panels_scaled *d)
{
    const spx_panels *W = d->W;
    return (spx_panels){
        .rows = W->rows, .cols = W->cols, .trans = W->trans, .read = read_scaled, .from = d};
}

spx_panels spx_panels_of(const spx_mat *W)
{
    return (spx_panels){.rows = W->rows, .cols = W->cols, .held = W};
}

typedef struct widening {
    const spx_panels *W;
    size_t r0, c0;
    spx_mat *panel;
} widening;

static spx_status widen_stripe(size_t i, void *arg, spx_error *err)
{
    const widening *w = arg;
    const size_t from = w->panel->rows * i / stripes, to = w->panel->rows * (i + 1) / stripes;
    spx_mat stripe = spx_mat_view(w->panel, from, 0, to - from, w->panel->cols);
    return w->W->read(w->W->from, w->r0 + from, w->c0, &stripe, err);
}

/* Reads what is stored from (r0, c0) on, by all threads. */
static spx_status widen(const spx_panels *W, size_t r0, size_t c0, spx_mat *panel, spx_error *err)
{
    if (panel->rows < stripes || panel->rows * panel->cols < stripes * stripe_values)
        return W->read(W->from, r0, c0, panel, err);
    widening all = {.W = W, .r0 = r0, .c0 = c0, .panel = panel};
    return spx_parallel(stripes, widen_stripe, &all, err);
}

typedef struct walk {
    const spx_panels *W;
    bool down;      /* panels of whole rows, one below the other; else of whole columns */
    size_t length;  /* of the longer side, along which the walk goes */
    size_t span;    /* of the shorter side */
    size_t step;    /* rows or columns of a panel */
    spx_mat buffer; /* a panel; unused if W is held */
} walk;

/* Rows, or columns, [first, first + n) of what is stored. */
typedef struct panel {
    size_t first, n;
    spx_mat A;
} panel;

typedef spx_status panel_fn(const walk *w, const panel *p, void *arg, spx_error *err);

static spx_status start_walk(walk *w, const spx_panels *W, spx_scratch *tmp, spx_error *err)
{
    const size_t rows = W->trans == SPX_N ? W->rows : W->cols;
    const size_t cols = W->trans == SPX_N ? W->cols : W->rows;
    *w = (walk){.W = W, .down = rows > cols || (rows == cols && W->trans == SPX_T)};
    w->length = w->down ? rows : cols;
    w->span = w->down ? cols : rows;
    w->step = w->length;
    if (W->held || w->span == 0) return SPX_OK;
    const size_t fit = panel_values / w->span / SPX_PANEL_COLS * SPX_PANEL_COLS;
    w->step = fit > SPX_PANEL_COLS ? fit : SPX_PANEL_COLS;
    if (w->step > w->length) w->step = w->length;
    return spx_mat_scratch(tmp, &w->buffer, w->down ? w->step : w->span,
                           w->down ? w->span : w->step, err);
}

static spx_status read_panel(const walk *w, size_t first, panel *p, spx_error *err)
{
    const size_t left = w->length - first, n = left < w->step ? left : w->step;
    const size_t r0 = w->down ? first : 0, c0 = w->down ? 0 : first;
    const size_t rows = w->down ? n : w->span, cols = w->down ? w->span : n;
    const spx_mat *held = w->W->held;
    p->first = first;
    p->n = n;
    p->A =
        held ? spx_mat_view(held, r0, c0, rows, cols) : spx_mat_view(&w->buffer, 0, 0, rows, cols);
    return held ? SPX_OK : widen(w->W, r0, c0, &p->A, err);
}

/* Calls use(panel, arg) for each panel of W in turn. */
static spx_status for_each_panel(const spx_panels *W, panel_fn *use, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    walk w;
    panel p;
    SPX_TRY(start_walk(&w, W, &tmp, err));
    for (size_t first = 0; first < w.length; first += p.n) {
        SPX_TRY(read_panel(&w, first, &p, err));
        SPX_TRY(use(&w, &p, arg, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* x - x is zero for every finite x and NaN for the others: a sum that vectorises. */
static bool all_finite(const spx_mat *A)
{
    double sum = 0;
#pragma omp parallel for reduction(+ : sum) schedule(static) if (A->rows > stripes)
    for (size_t i = 0; i < A->rows; i++)
        for (size_t j = 0; j < A->cols; j++) sum += A->data[i * A->ld + j] - A->data[i * A->ld + j];
    return sum == 0;
}

/* Names the first entry that is not finite by its place in W. */
static spx_status check_panel(const walk *w, const panel *p, spx_error *err)
{
    const spx_mat *A = &p->A;
    if (all_finite(A)) return SPX_OK;
    size_t at = 0;
    while (isfinite(A->data[at / A->cols * A->ld + at % A->cols])) at++;
    const size_t i = at / A->cols + (w->down ? p->first : 0);
    const size_t j = at % A->cols + (w->down ? 0 : p->first);
    return SPX_FAIL(err, SPX_ENUMERIC, "entry (%zu, %zu) is not finite",
                    w->W->trans == SPX_N ? i : j, w->W->trans == SPX_N ? j : i);
}

/* An entry that is not finite makes its row's sum of squares not finite. */
static bool finite_diagonal(const spx_mat *G)
{
    double sum = 0;
    for (size_t i = 0; i < G->rows; i++) sum += G->data[i * G->ld + i] - G->data[i * G->ld + i];
    return sum == 0;
}

typedef struct gram_sum {
    spx_mat *G;
    gram_room room;
} gram_sum;

static spx_status add_to_gram(const walk *w, const panel *p, void *arg, spx_error *err)
{
    gram_sum *s = arg;
    gram_lower(s->G, &p->A, w->down ? SPX_T : SPX_N, p->first > 0, &s->room);
    return finite_diagonal(s->G) ? SPX_OK : check_panel(w, p, err);
}

static size_t shorter(const spx_panels *W) { return W->rows < W->cols ? W->rows : W->cols; }
static size_t longer(const spx_panels *W) { return W->rows < W->cols ? W->cols : W->rows; }

spx_status spx_panels_gram(const spx_panels *W, spx_mat *G, spx_error *err)
{
    gram_sum s = {.G = G};
    assert(G->rows == shorter(W) && G->cols == shorter(W));
    const spx_status st = for_each_panel(W, add_to_gram, &s, err);
    gram_room_free(&s.room);
    return st;
}

/* Y <- op(what is stored) X */
typedef struct product {
    spx_trans op;
    const spx_mat *X;
    spx_mat *Y;
} product;

/* Panels along the side that is summed over add to Y; panels along the other fill its rows. */
static spx_status multiply_panel(const walk *w, const panel *p, void *arg, spx_error *err)
{
    const product *y = arg;
    const bool summed = w->down == (y->op == SPX_T);
    const spx_mat X = summed ? spx_mat_view(y->X, p->first, 0, p->n, y->X->cols) : *y->X;
    spx_mat Y = summed ? *y->Y : spx_mat_view(y->Y, p->first, 0, p->n, y->Y->cols);
    (void)err;
    spx_gemm(&Y, 1, &p->A, y->op, &X, SPX_N, summed && p->first > 0);
    return SPX_OK;
}

spx_status spx_panels_times(const spx_panels *W, spx_trans op, const spx_mat *X, spx_mat *Y,
                            spx_error *err)
{
    product y = {.op = op == W->trans ? SPX_N : SPX_T, .X = X, .Y = Y};
    assert(X->rows == (op == SPX_N ? W->cols : W->rows) && X->cols == Y->cols);
    assert(Y->rows == (op == SPX_N ? W->rows : W->cols));
    return for_each_panel(W, multiply_panel, &y, err);
}

typedef struct round_trip {
    const spx_mat *Q;
    spx_mat *P, *R;
} round_trip;

/* These rows of P, and what they add to R. */
static spx_status go_there_and_back(const walk *w, const panel *p, void *arg, spx_error *err)
{
    const round_trip *t = arg;
    spx_mat P = spx_mat_view(t->P, p->first, 0, p->n, t->P->cols);
    (void)err;
    spx_gemm(&P, 1, &p->A, w->down ? SPX_N : SPX_T, t->Q, SPX_N, 0);
    spx_gemm(t->R, 1, &p->A, w->down ? SPX_T : SPX_N, &P, SPX_N, p->first > 0);
    return SPX_OK;
}

spx_status spx_panels_there_and_back(const spx_panels *W, const spx_mat *Q, spx_mat *P, spx_mat *R,
                                     spx_error *err)
{
    round_trip t = {.Q = Q, .P = P, .R = R};
    assert(Q->rows == shorter(W) && R->rows == shorter(W) && P->rows == longer(W));
    return for_each_panel(W, go_there_and_back, &t, err);
}

static spx_status add_square(const walk *w, const panel *p, void *arg, spx_error *err)
{
    double *sum = arg;
    const spx_status st = check_panel(w, p, err);
    if (st == SPX_OK) *sum += spx_dot(&p->A, &p->A);
    return st;
}

spx_status spx_panels_square(const spx_panels *W, double *out, spx_error *err)
{
    *out = 0;
    return for_each_panel(W, add_square, out, err);
}

static spx_status raise_largest(const walk *w, const panel *p, void *arg, spx_error *err)
{
    double *most = arg;
    const spx_status st = check_panel(w, p, err);
    if (st == SPX_OK) *most = fmax(*most, spx_mat_largest(&p->A));
    return st;
}

spx_status spx_panels_largest(const spx_panels *W, double *out, spx_error *err)
{
    *out = 0;
    return for_each_panel(W, raise_largest, out, err);
}

static spx_status copy_transposed(const walk *w, const panel *p, void *arg, spx_error *err)
{
    spx_mat *A = arg;
    spx_mat part = w->down ? spx_mat_view(A, 0, p->first, w->span, p->n)
                           : spx_mat_view(A, p->first, 0, p->n, w->span);
    (void)err;
    spx_mat_transpose(&part, &p->A);
    return SPX_OK;
}

spx_status spx_panels_copy(const spx_panels *W, spx_mat *A, spx_error *err)
{
    assert(A->rows == W->rows && A->cols == W->cols);
    if (W->trans == SPX_T) return for_each_panel(W, copy_transposed, A, err);
    if (!W->held) return widen(W, 0, 0, A, err);
    spx_mat_copy(A, W->held);
    return SPX_OK;
}

spx_status spx_panels_hold(const spx_panels *W, spx_mat *A, spx_panels *out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = *W;
    *A = (spx_mat){0};
    if (W->held || W->rows * W->cols > panel_values) return SPX_OK;
    SPX_TRY(spx_mat_alloc(A, W->rows, W->cols, err));
    SPX_TRY(spx_panels_copy(W, A, err));
out:
    if (st != SPX_OK) spx_mat_free(A);
    *out = spx_panels_of(A);
    return st;
}
