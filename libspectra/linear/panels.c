/* panels.c: one walk along the longer side of what is stored serves every product. */
#include "spx/panels.h"

#include "linear/gram.h"

#include "spx/parallel.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

static const size_t panel_values = (size_t)1 << 21; /* 16 MiB: amortises a pass over the Gram */
static const size_t stripes = 16, stripe_values = 1 << 12; /* of a panel, widened side by side */

static spx_status read_panel(const spx_panels *W, size_t r0, size_t c0, spx_mat *block,
                             spx_error *err)
{
    if (!W->held) return W->read(W->from, r0, c0, block, err);
    const spx_mat part = spx_mat_view(W->held, r0, c0, block->rows, block->cols);
    spx_mat_copy(block, &part);
    return SPX_OK;
}

static spx_status subtract(const spx_panels *base, size_t r0, size_t c0, spx_mat *block,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat other;
    SPX_TRY(spx_mat_scratch(&tmp, &other, block->rows, block->cols, err));
    SPX_TRY(read_panel(base, r0, c0, &other, err));
    spx_mat_subtract(block, block, &other);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status read_rest(const void *from, size_t r0, size_t c0, spx_mat *block, spx_error *err)
{
    const spx_panels_rest *d = from;
    spx_status st = read_panel(d->W, r0, c0, block, err);
    if (st == SPX_OK && d->base) st = subtract(d->base, r0, c0, block, err);
    if (st != SPX_OK || !d->L) return st;
    const spx_mat *down = d->W->trans == SPX_N ? d->L : d->R,
                  *across = d->W->trans == SPX_N ? d->R : d->L;
    const spx_mat l = spx_mat_view(down, r0, 0, block->rows, down->cols);
    const spx_mat r = spx_mat_view(across, c0, 0, block->cols, across->cols);
    spx_gemm(block, -1, &l, SPX_N, &r, SPX_T, 1);
    return SPX_OK;
}

spx_panels spx_panels_minus(const spx_panels_rest *d)
{
    const spx_panels *W = d->W;
    assert(!d->base || (d->base->rows == W->rows && d->base->trans == W->trans));
    return (spx_panels){
        .rows = W->rows, .cols = W->cols, .trans = W->trans, .read = read_rest, .from = d};
}

typedef struct walk {
    const spx_panels *W;
    bool down;             /* panels of whole rows, one below the other; else of whole columns */
    size_t at, step, span; /* along the longer side; the shorter side */
    size_t end;
    spx_mat buffer; /* step x span or span x step; unused if W is held */
} walk;

spx_panels spx_panels_of(const spx_mat *W)
{
    return (spx_panels){.rows = W->rows, .cols = W->cols, .held = W};
}

static spx_status walk_start(walk *w, const spx_panels *W, spx_scratch *tmp, spx_error *err)
{
    const size_t rows = W->trans == SPX_N ? W->rows : W->cols;
    const size_t cols = W->trans == SPX_N ? W->cols : W->rows;
    *w = (walk){.W = W, .down = rows > cols || (rows == cols && W->trans == SPX_T)};
    w->end = w->down ? rows : cols;
    w->span = w->down ? cols : rows;
    w->step = w->end;
    if (W->held || w->span == 0) return SPX_OK;
    const size_t fit = panel_values / w->span / SPX_PANEL_COLS * SPX_PANEL_COLS;
    w->step = fit > SPX_PANEL_COLS ? fit : SPX_PANEL_COLS;
    if (w->step > w->end) w->step = w->end;
    return spx_mat_scratch(tmp, &w->buffer, w->down ? w->step : w->span,
                           w->down ? w->span : w->step, err);
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

/* What is stored from (r0, c0) on, by all threads. */
static spx_status widen(const spx_panels *W, size_t r0, size_t c0, spx_mat *panel, spx_error *err)
{
    if (panel->rows < stripes || panel->rows * panel->cols < stripes * stripe_values)
        return W->read(W->from, r0, c0, panel, err);
    widening all = {W, r0, c0, panel};
    return spx_parallel(stripes, widen_stripe, &all, err);
}

/* The next panel; it begins at *first along the longer side. */
static spx_status walk_next(walk *w, spx_mat *panel, size_t *first, spx_error *err)
{
    const size_t n = w->end - w->at < w->step ? w->end - w->at : w->step;
    const size_t r0 = w->down ? w->at : 0, c0 = w->down ? 0 : w->at;
    const size_t rows = w->down ? n : w->span, cols = w->down ? w->span : n;
    *first = w->at;
    w->at += n;
    *panel = spx_mat_view(w->W->held ? w->W->held : &w->buffer, w->W->held ? r0 : 0,
                          w->W->held ? c0 : 0, rows, cols);
    return w->W->held ? SPX_OK : widen(w->W, r0, c0, panel, err);
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

/* Names a bad entry by its place in W. */
static spx_status check_panel(const walk *w, const spx_mat *panel, size_t first, spx_error *err)
{
    if (all_finite(panel)) return SPX_OK;
    size_t at = 0;
    while (isfinite(panel->data[at / panel->cols * panel->ld + at % panel->cols])) at++;
    const size_t i = at / panel->cols + (w->down ? first : 0);
    const size_t j = at % panel->cols + (w->down ? 0 : first);
    return SPX_FAIL(err, SPX_ENUMERIC, "entry (%zu, %zu) is not finite",
                    w->W->trans == SPX_N ? i : j, w->W->trans == SPX_N ? j : i);
}

/* An entry that is not finite leaves none in the sum of its row's squares. */
static bool finite_diagonal(const spx_mat *G)
{
    double sum = 0;
    for (size_t i = 0; i < G->rows; i++) sum += G->data[i * G->ld + i] - G->data[i * G->ld + i];
    return sum == 0;
}

spx_status spx_panels_gram(const spx_panels *W, spx_mat *G, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    gram_room room = {0};
    walk w;
    SPX_TRY(walk_start(&w, W, &tmp, err));
    assert(G->rows == w.span && G->cols == w.span);
    while (w.at < w.end) {
        spx_mat panel;
        size_t first = 0;
        SPX_TRY(walk_next(&w, &panel, &first, err));
        gram_lower(G, &panel, w.down ? SPX_T : SPX_N, first > 0, &room);
        if (!finite_diagonal(G)) SPX_TRY(check_panel(&w, &panel, first, err));
    }
out:
    gram_room_free(&room);
    spx_scratch_free(&tmp);
    return st;
}

/* Panels along the side that is summed over add to Y; panels along the other fill its rows. */
spx_status spx_panels_times(const spx_panels *W, spx_trans op, const spx_mat *X, spx_mat *Y,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    walk w;
    const spx_trans t = op == W->trans ? SPX_N : SPX_T; /* of what is stored */
    assert(X->rows == (op == SPX_N ? W->cols : W->rows) && X->cols == Y->cols);
    assert(Y->rows == (op == SPX_N ? W->rows : W->cols));
    SPX_TRY(walk_start(&w, W, &tmp, err));
    while (w.at < w.end) {
        spx_mat panel;
        size_t first = 0;
        SPX_TRY(walk_next(&w, &panel, &first, err));
        const size_t n = w.at - first;
        const bool summed = w.down == (t == SPX_T);
        const spx_mat x = summed ? spx_mat_view(X, first, 0, n, X->cols) : *X;
        spx_mat y = summed ? *Y : spx_mat_view(Y, first, 0, n, Y->cols);
        spx_gemm(&y, 1, &panel, t, &x, SPX_N, summed && first > 0);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_panels_there_and_back(const spx_panels *W, const spx_mat *Q, spx_mat *P, spx_mat *R,
                                     spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    walk w;
    SPX_TRY(walk_start(&w, W, &tmp, err));
    assert(Q->rows == w.span && R->rows == w.span && P->rows == w.end);
    while (w.at < w.end) {
        spx_mat panel;
        size_t first = 0;
        SPX_TRY(walk_next(&w, &panel, &first, err));
        spx_mat p = spx_mat_view(P, first, 0, w.at - first, P->cols);
        spx_gemm(&p, 1, &panel, w.down ? SPX_N : SPX_T, Q, SPX_N, 0);
        spx_gemm(R, 1, &panel, w.down ? SPX_T : SPX_N, &p, SPX_N, first > 0);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_panels_square(const spx_panels *W, double *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    walk w;
    *out = 0;
    SPX_TRY(walk_start(&w, W, &tmp, err));
    while (w.at < w.end) {
        spx_mat panel;
        size_t first = 0;
        SPX_TRY(walk_next(&w, &panel, &first, err));
        SPX_TRY(check_panel(&w, &panel, first, err));
        *out += spx_dot(&panel, &panel);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status copy_turned(const spx_panels *W, spx_mat *A, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    walk w;
    SPX_TRY(walk_start(&w, W, &tmp, err));
    while (w.at < w.end) {
        spx_mat panel;
        size_t first = 0;
        SPX_TRY(walk_next(&w, &panel, &first, err));
        const size_t n = w.at - first, span = w.span;
        spx_mat part =
            w.down ? spx_mat_view(A, 0, first, span, n) : spx_mat_view(A, first, 0, n, span);
        spx_mat_transpose(&part, &panel);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_panels_copy(const spx_panels *W, spx_mat *A, spx_error *err)
{
    assert(A->rows == W->rows && A->cols == W->cols);
    if (W->trans == SPX_T) return copy_turned(W, A, err);
    if (!W->held) return widen(W, 0, 0, A, err);
    spx_mat_copy(A, W->held);
    return SPX_OK;
}

spx_status spx_panels_hold(const spx_panels *W, spx_mat *A, spx_panels *out, spx_error *err)
{
    *out = *W;
    *A = (spx_mat){0};
    if (W->held || W->rows * W->cols > panel_values) return SPX_OK;
    spx_status st = spx_mat_alloc(A, W->rows, W->cols, err);
    if (st == SPX_OK) st = spx_panels_copy(W, A, err);
    if (st != SPX_OK) spx_mat_free(A);
    *out = spx_panels_of(A);
    return st;
}
