/* series.c: a stage from the one before it, by the factors of the change. */
#include "spx/series.h"

#include "spectra/engines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t spare_columns = 8, tries = 2;
static const double follow_within = 1e-6; /* ||E||_F by s[0]; floats leave some 1e-7, bf16 1e-2 */

struct spx_series {
    spx_svd_opts opts;
    double tolerance;
    spx_panels base, before; /* W0, whose Gram matrix is kept; the stage before */
    spx_mat G;               /* of W0; {0} before the first stage or where it is not kept */
    spx_svd fresh, followed; /* of W0, while it is needed; of the stage before, if had from W0 */
    spx_svd last;            /* what is shown of one of them */
    char hash[128];
    size_t rank, grown; /* of the last change of W0 that was followed; beyond the one before */
    size_t failures;    /* changes in a row that could not be: after `tries` none is tried */
};

spx_status spx_series_new(const spx_svd_opts *opts, double tolerance, spx_series **out,
                          spx_error *err)
{
    void *mem = NULL;
    const spx_status st = spx_alloc(&mem, 1, sizeof(spx_series), err);
    *out = mem;
    if (st != SPX_OK) return st;
    (*out)->opts = *opts;
    (*out)->tolerance = tolerance;
    return SPX_OK;
}

void spx_series_free(spx_series *s)
{
    if (!s) return;
    spx_mat_free(&s->G);
    spx_svd_free(&s->fresh);
    spx_svd_free(&s->followed);
    spx_free(s);
}

static spx_svd empty(const spx_panels *W, const char *engine)
{
    return (spx_svd){.rows = W->rows,
                     .cols = W->cols,
                     .r = W->rows < W->cols ? W->rows : W->cols,
                     .engine = engine};
}

static spx_status copy_of(const spx_mat *A, spx_mat *out, spx_error *err)
{
    const spx_status st = spx_mat_alloc(out, A->rows, A->cols, err);
    if (st == SPX_OK) spx_mat_copy(out, A);
    return st;
}

static void forget(spx_series *s)
{
    spx_mat_free(&s->G);
    spx_svd_free(&s->fresh);
    spx_svd_free(&s->followed);
}

/* The first k triplets of f, which keeps its memory. */
static void show(spx_series *s, const spx_svd *f, size_t k)
{
    s->last = *f;
    s->last.k = s->last.U.cols = s->last.V.cols = k;
}

/* Twice the triplets asked for: a warm block converges as the values beyond it fall off. Those for
 * which gram would have to refine are not worth it. */
static size_t choose_more(const double *w, size_t r, void *arg)
{
    const size_t k = svd_choose(arg, w, r);
    size_t more = 2 * k < r ? 2 * k : r - 1;
    while (more > k && !(w[more - 1] > 1e-3 * w[0])) more--;
    return more > k ? more : k;
}

/* The stage by itself; keeps its Gram matrix, unless another engine had to answer. */
static spx_status afresh(spx_series *s, const spx_panels *W, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat G = {0};
    spx_error first = {0};
    spx_svd f = empty(W, "gram");
    spx_svd_opts more = s->opts;
    if (s->tolerance > 0) more.choose = choose_more, more.choose_arg = &s->opts;
    forget(s);
    if (s->opts.engine && strcmp(s->opts.engine, "gram") != 0) {
        SPX_TRY(spx_svd_panels(W, &s->opts, &s->fresh, err));
        show(s, &s->fresh, s->fresh.k);
        goto out;
    }
    SPX_TRY(spx_mat_alloc(&s->G, f.r, f.r, err));
    SPX_TRY(spx_panels_gram(W, &s->G, err));
    SPX_TRY(copy_of(&s->G, &G, err));
    st = svd_of_gram(W, &G, 0, &more, &f, &first);
    if (st == SPX_OK) {
        SPX_TRY(svd_finish(W, &f, err));
        s->fresh = f;
        f = (spx_svd){0};
    } else {
        spx_mat_free(&s->G);
        SPX_TRY(spx_svd_panels(W, &s->opts, &s->fresh, err)); /* which falls back and says so */
    }
    const size_t k = svd_choose(&s->opts, s->fresh.s, s->fresh.r);
    show(s, &s->fresh, k < s->fresh.k ? k : s->fresh.k);
    s->base = *W;
    s->rank = s->grown = 0;
out:
    spx_mat_free(&G);
    spx_svd_free(&f);
    return st;
}

/* G <- G0 + M A^T + A M^T, M = op(W0) B + A (B^T B) / 2: the Gram matrix of W0 + change, where the
 * change is A B^T if W is wide and B A^T if it is tall. */
static spx_status add_change(const spx_panels *W0, const spx_mat *A, const spx_mat *B, spx_mat *G,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat M, BtB;
    SPX_TRY(spx_mat_scratch(&tmp, &M, A->rows, A->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &BtB, A->cols, A->cols, err));
    SPX_TRY(spx_panels_times(W0, W0->rows <= W0->cols ? SPX_N : SPX_T, B, &M, err));
    spx_syrk(&BtB, 0.5, B, SPX_T, 0);
    spx_gemm(&M, 1, A, SPX_N, &BtB, SPX_N, 1);
    spx_gemm(G, 1, &M, SPX_N, A, SPX_T, 1);
    spx_gemm(G, 1, A, SPX_N, &M, SPX_T, 1);
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Within what rounding and E allow, trace(G) = ||W||_F^2. */
static bool trace_holds(const spx_mat *G, double square, double apart)
{
    double trace = 0;
    for (size_t i = 0; i < G->rows; i++) trace += G->data[i * G->ld + i];
    const double norm = sqrt(square), rounding = svd_rounding(G->rows) * square;
    return fabs(trace - square) <= 2 * apart * norm + apart * apart + rounding;
}

/* Columns of the range that the change fills: the others hold a part of what was missed. */
static size_t rank_of(const svd_range *change)
{
    size_t n = 0;
    for (size_t j = 0; j < change->Bt.cols; j++) {
        const spx_mat y = spx_mat_view(&change->Bt, 0, j, change->Bt.rows, 1);
        n += spx_norm_fro(&y) > 2 * sqrt(change->missed);
    }
    return n;
}

static void range_free(svd_range *d)
{
    spx_mat_free(&d->Q);
    spx_mat_free(&d->Bt);
}

/* The change's factors: as many columns as the last one makes likely, then twice as many, and again
 * while all tries together cost less than a Gram matrix; of a first change as many as may be, since
 * reading it costs more than columns. d->missed says what came of it. */
static spx_status find_factors(const spx_series *s, const spx_panels *change, svd_range *d,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t most = s->last.r / 16;
    const size_t likely = s->rank > 0 ? s->rank + s->grown + spare_columns : most;
    d->missed = (double)INFINITY;
    for (size_t b = likely < most ? likely : most; b > 0 && b <= most; b *= 2) {
        range_free(d);
        SPX_TRY(spx_mat_alloc(&d->Q, change->rows, b, err));
        SPX_TRY(spx_mat_alloc(&d->Bt, change->cols, b, err));
        SPX_TRY(svd_find_range(change, 0, s->opts.seed, d, err));
        if (sqrt(d->missed) <= follow_within * s->last.s[0]) break;
    }
out:
    return st;
}

/* Values and triplets by the Gram matrix of W0 + change; *done is false if its trace is wrong. */
static spx_status update(const spx_series *s, const spx_panels *W, const svd_range *d, spx_svd *f,
                         bool *done, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat G = {0};
    double square = 0;
    const bool wide = W->rows <= W->cols;
    const double apart = sqrt(d->missed);
    *f = empty(W, "update");
    SPX_TRY(copy_of(&s->G, &G, err));
    SPX_TRY(add_change(&s->base, wide ? &d->Q : &d->Bt, wide ? &d->Bt : &d->Q, &G, err));
    SPX_TRY(spx_panels_square(W, &square, err));
    *done = trace_holds(&G, square, apart);
    if (*done) SPX_TRY(svd_of_gram(W, &G, apart, &s->opts, f, err));
out:
    spx_mat_free(&G);
    return st;
}

static void remember(spx_series *s, const svd_range *d, const spx_svd *f)
{
    const size_t rank = rank_of(d);
    s->grown = rank > s->rank ? rank - s->rank : 0;
    s->rank = rank;
    spx_svd_free(&s->followed);
    if (s->tolerance == 0) spx_svd_free(&s->fresh);
    s->followed = *f;
    show(s, &s->followed, f->k);
}

/* *done says whether W could be had from W0; else nothing has changed but the count of failures. */
static spx_status follow(spx_series *s, const spx_panels *W, const spx_panels *change, bool *done,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    svd_range d = {0};
    spx_svd f = empty(W, "warm");
    const svd_followed from = {&s->opts, &s->fresh, &d, s->tolerance};
    *done = false;
    SPX_TRY(find_factors(s, change, &d, err));
    if (sqrt(d.missed) > follow_within * s->last.s[0]) goto out;
    if (s->tolerance > 0) SPX_TRY(svd_warm(W, &from, &f, done, err));
    if (!*done) SPX_TRY(update(s, W, &d, &f, done, err));
    if (!*done) goto out;
    SPX_TRY(svd_finish(W, &f, err));
    remember(s, &d, &f);
    f = (spx_svd){0};
out:
    s->failures = *done ? 0 : s->failures + 1;
    range_free(&d);
    spx_svd_free(&f);
    return st;
}

static spx_status changed(spx_series *s, const spx_panels *W, spx_error *err)
{
    spx_status st = SPX_OK;
    double square = 0;
    bool done = false;
    const spx_panels_rest since = {.W = W, .base = &s->before}, all = {.W = W, .base = &s->base};
    const spx_panels step = spx_panels_minus(&since), change = spx_panels_minus(&all);
    if (W->rows != s->last.rows || W->cols != s->last.cols)
        SPX_RAISE(err, SPX_ESHAPE, "matrix is %zu x %zu, the stage before %zu x %zu", W->rows,
                  W->cols, s->last.rows, s->last.cols);
    SPX_TRY(spx_panels_square(&step, &square, err));
    if (square == 0) {
        s->last.engine = "same";
        goto out;
    }
    if (s->G.data && s->failures < tries) SPX_TRY(follow(s, W, &change, &done, err));
    if (!done) SPX_TRY(afresh(s, W, err));
out:
    return st;
}

spx_status spx_series_next(spx_series *s, const spx_panels *W, const char *hash,
                           const spx_svd **out, spx_error *err)
{
    spx_status st = SPX_OK;
    *out = NULL;
    if (W->rows == 0 || W->cols == 0)
        SPX_RAISE(err, SPX_ESHAPE, "matrix is %zu x %zu", W->rows, W->cols);
    if (s->last.s && hash && hash[0] && strcmp(hash, s->hash) == 0)
        s->last.engine = "same";
    else
        SPX_TRY(s->last.s ? changed(s, W, err) : afresh(s, W, err));
    snprintf(s->hash, sizeof s->hash, "%s", hash ? hash : "");
    s->before = *W;
    *out = &s->last;
out:
    return st;
}
