/* band.c: a symmetric matrix to a band, and vectors back. See twostage.h.
 *
 * Panel p, the columns from j = p BAND on, has the block P = A(j + BAND .., j .. j + BAND) = Q R
 * below its band. The part of A to its right becomes Q^T A Q. With
 *
 *     Q = I - V T V^T,  X = A V T,  S = T^T V^T X,  W = X - V S / 2,
 *
 *     Q^T A Q = A - V W^T - W V^T.
 *
 * Everything is held transposed, V^T and W^T as BAND rows. */
#include "linear/twostage.h"

#include <string.h>

typedef struct panel {
    size_t j;     /* first column */
    size_t rows;  /* below the band */
    size_t width; /* number of reflectors, at most BAND */
} panel;

static panel panel_at(size_t n, size_t p)
{
    const size_t j = p * BAND, rows = n - j - BAND;
    return (panel){.j = j, .rows = rows, .width = rows < BAND ? rows : BAND};
}

/* Number of panels that reach below the band; the last has at least two rows there. */
static size_t panel_count(size_t n) { return n > BAND + 1 ? (n - BAND - 2) / BAND + 1 : 0; }

typedef struct buffers {
    spx_mat V, X, W; /* BAND x n, transposed */
    spx_mat S, M;    /* BAND x BAND */
} buffers;

/* R of the panel goes to B; V, completed by its ones and zeros, goes to A and stays in V. */
static void keep_panel(const twostage *t, const panel *p, spx_mat *V, const spx_mat *P)
{
    const size_t first = p->j + BAND;
    for (size_t c = 0; c < BAND; c++) {
        const double *column = P->data + c * P->ld;
        double *band = t->B.data + (p->j + c) * t->B.ld;
        for (size_t r = 0; r <= c && r < p->rows; r++) band[BAND + r - c] = column[r];
        if (c >= p->width) continue;
        double *v = V->data + c * V->ld;
        memset(v, 0, c * sizeof *v);
        v[c] = 1;
        memcpy(v + c + 1, column + c + 1, (p->rows - c - 1) * sizeof *v);
    }
    spx_mat below = spx_mat_view(t->A, first, p->j, p->rows, p->width);
    spx_mat_transpose(&below, V);
}

/* A <- Q^T A Q */
static void update_rest(const spx_mat *A, const spx_mat *V, const spx_mat *T, const buffers *w)
{
    const size_t k = V->rows, n = V->cols;
    spx_mat rest = *A, X = spx_mat_view(&w->X, 0, 0, k, n), W = spx_mat_view(&w->W, 0, 0, k, n);
    spx_mat S = spx_mat_view(&w->S, 0, 0, k, k), M = spx_mat_view(&w->M, 0, 0, k, k);
    spx_symm_lower(&X, V, A);
    spx_gemm(&W, 1, T, SPX_N, &X, SPX_N, 0);
    spx_gemm(&M, 1, V, SPX_N, &W, SPX_T, 0);
    spx_gemm(&S, 1, T, SPX_N, &M, SPX_N, 0);
    spx_gemm(&W, -0.5, &S, SPX_N, V, SPX_N, 1);
    spx_syr2k_lower(&rest, -1, V, &W);
}

static void copy_diagonal(const twostage *t, size_t j, size_t width)
{
    for (size_t c = 0; c < width; c++)
        for (size_t r = c; r < width; r++)
            t->B.data[(j + c) * t->B.ld + r - c] = t->A->data[(j + r) * t->A->ld + j + c];
}

static spx_status reduce_panel(const twostage *t, size_t at, buffers *w, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t n = t->A->rows;
    const panel p = panel_at(n, at);
    const size_t first = p.j + BAND;
    const spx_mat block = spx_mat_view(t->A, first, p.j, p.rows, BAND);
    spx_mat P = spx_mat_view(&w->X, 0, 0, BAND, p.rows);
    spx_mat V = spx_mat_view(&w->V, 0, 0, p.width, p.rows);
    spx_mat T = spx_mat_view(&t->T, at * BAND, 0, p.width, p.width);
    spx_mat_transpose(&P, &block);
    SPX_TRY(linalg_qr_block(&P, &T, w->S.data, err));
    copy_diagonal(t, p.j, BAND);
    keep_panel(t, &p, &V, &P);
    const spx_mat rest = spx_mat_view(t->A, first, first, p.rows, p.rows);
    update_rest(&rest, &V, &T, w);
out:
    return st;
}

/* The columns that no panel covers are already within the band. */
static void copy_rest(const twostage *t)
{
    const size_t n = t->A->rows, from = panel_count(n) * BAND;
    for (size_t j = from; j < n; j++)
        for (size_t i = j; i < n && i <= j + BAND; i++)
            t->B.data[j * t->B.ld + i - j] = t->A->data[i * t->A->ld + j];
}

spx_status band_reduce(twostage *t, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch own = {0};
    buffers w;
    const size_t n = t->A->rows, count = panel_count(n);
    SPX_TRY(spx_mat_scratch(tmp, &t->B, n, (size_t)2 * BAND, err));
    SPX_TRY(spx_mat_scratch(tmp, &t->T, count * BAND, BAND, err));
    SPX_TRY(spx_mat_scratch(&own, &w.V, BAND, n, err));
    SPX_TRY(spx_mat_scratch(&own, &w.X, BAND, n, err));
    SPX_TRY(spx_mat_scratch(&own, &w.W, BAND, n, err));
    SPX_TRY(spx_mat_scratch(&own, &w.S, BAND, BAND, err));
    SPX_TRY(spx_mat_scratch(&own, &w.M, BAND, BAND, err));
    for (size_t p = 0; p < count; p++) SPX_TRY(reduce_panel(t, p, &w, err));
    copy_rest(t);
out:
    spx_scratch_free(&own);
    return st;
}

/* Z <- Z Q1^T: the reflectors of the last panel come first. */
spx_status band_back(const twostage *t, spx_mat *Z, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat Y, YT;
    const size_t n = t->A->rows, k = Z->rows;
    SPX_TRY(spx_mat_scratch(&tmp, &Y, k, BAND, err));
    SPX_TRY(spx_mat_scratch(&tmp, &YT, k, BAND, err));
    for (size_t at = panel_count(n); at-- > 0;) {
        const panel p = panel_at(n, at);
        const spx_mat V = spx_mat_view(t->A, p.j + BAND, p.j, p.rows, p.width);
        const spx_mat T = spx_mat_view(&t->T, at * BAND, 0, p.width, p.width);
        spx_mat z = spx_mat_view(Z, 0, p.j + BAND, k, p.rows);
        spx_mat y = spx_mat_view(&Y, 0, 0, k, p.width), yt = spx_mat_view(&YT, 0, 0, k, p.width);
        spx_gemm(&y, 1, &z, SPX_N, &V, SPX_N, 0);
        spx_gemm(&yt, 1, &y, SPX_N, &T, SPX_N, 0);
        spx_gemm(&z, -1, &yt, SPX_N, &V, SPX_T, 1);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
