/* basis.c: the directions that a filter protects: how many, and which. */
#include "filter/parts.h"

#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/svd.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void basis_free(basis *b)
{
    spx_mat_free(&b->U);
    spx_mat_free(&b->V);
    spx_free(b->s);
    spx_free(b->t);
    *b = (basis){0};
}

/* How directions are counted, and the result. */
typedef struct rule {
    const spx_filter_spec *spec;
    basis_from from;
    size_t dominant; /* the number of dominant directions */
    double cut;      /* as in basis */
} rule;

/* The number of dominant directions. Eq. 5: one more than the shares below tau. Released code: the
 * shares up to tau, none if that is all of them. SPHERE: one more than the shares up to eta. */
static size_t count_dominant(const rule *q, const double *s, size_t r)
{
    const spx_filter_spec *spec = q->spec;
    const bool squares = strcmp(spec->energy, "squares") == 0,
               released = strcmp(spec->count, "released") == 0;
    double total = 0, seen = 0;
    size_t below = 0;
    if (spec->k > 0) return spec->k < r ? spec->k : r;
    if (!(s[0] > 0)) return 0;
    for (size_t i = 0; i < r; i++) total += squares ? s[i] * s[i] : s[i];
    for (; below < r; below++) {
        seen += squares ? s[below] * s[below] : s[below];
        const bool counts =
            released || q->from == FROM_ROWS ? seen / total <= spec->tau : seen < spec->tau * total;
        if (!counts) break;
    }
    if (released) return below < r ? below : 0;
    return below < r ? below + 1 : r;
}

/* The number of directions i with s_i s_1 at or above the threshold: those that take part in any
 * product that is. */
static size_t count_in_products(rule *q, const double *s, size_t r)
{
    size_t n = 0;
    q->cut = q->spec->threshold * s[0] * s[0];
    if (q->spec->threshold == 0 && q->dominant == 0) return 0;
    if (q->spec->threshold == 0) q->cut = s[q->dominant - 1] * s[q->dominant - 1];
    while (n < r && s[n] > 0 && s[n] * s[0] >= q->cut) n++;
    return n;
}

/* An spx_choose_fn: the number of leading triplets that the directions come from. */
static size_t choose_directions(const double *s, size_t r, void *arg)
{
    rule *q = arg;
    q->dominant = count_dominant(q, s, r);
    if (q->from == FROM_PRODUCT) return count_in_products(q, s, r);
    if (q->from == FROM_TAIL) return r;
    if (q->from != FROM_ALL) return q->dominant;
    q->cut = q->dominant ? s[q->dominant - 1] : 0;
    return q->dominant ? r : 0;
}

size_t basis_reach(const spx_filter_spec *spec, basis_from from, const double *s, size_t r)
{
    rule q = {.spec = spec, .from = from};
    return from == FROM_TOP ? choose_directions(s, r, &q) : 0;
}

spx_status basis_copy_columns(const spx_mat *Q, size_t rows, size_t from, size_t n, spx_mat *out,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_alloc(out, rows, n, err));
    if (n == 0) goto out;
    const spx_mat some = spx_mat_view(Q, 0, from, rows, n);
    spx_mat_copy(out, &some);
out:
    return st;
}

/* The first n directions of a decomposition made elsewhere. */
static spx_status take_known(const spx_svd *known, size_t n, basis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&out->s, known->r, err));
    memcpy(out->s, known->s, known->r * sizeof *out->s);
    SPX_TRY(basis_copy_columns(&known->U, known->rows, 0, n, &out->U, err));
    SPX_TRY(basis_copy_columns(&known->V, known->cols, 0, n, &out->V, err));
out:
    return st;
}

/* The singular vectors of W that the rule counts, on both sides or on the right one only. */
static spx_status decompose_weight(rule *q, const spx_mat *W, basis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd d = {0};
    spx_svd_opts o = spx_svd_defaults();
    o.choose = choose_directions;
    o.choose_arg = q;
    SPX_TRY(spx_svd_compute(W, &o, &d, err));
    const bool tail = q->from == FROM_TAIL;
    const size_t n = tail ? q->dominant : d.k, from = d.k - n;
    SPX_TRY(basis_copy_columns(&d.U, W->rows, from, q->from == FROM_ROWS ? 0 : n, &out->U, err));
    SPX_TRY(basis_copy_columns(&d.V, W->cols, from, n, &out->V, err));
    out->cut = q->cut;
    out->s = d.s;
    d.s = NULL;
out:
    spx_svd_free(&d);
    return st;
}

/* Random orthonormal columns in place: Gaussian entries, then QR. */
static spx_status randomise(spx_mat *Q, spx_rng *rng, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    for (size_t i = 0; i < Q->rows * Q->cols; i++) Q->data[i] = spx_rng_normal(rng);
    if (Q->cols > 0) SPX_TRY(spx_linalg_orth(Q, &tmp, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

/* A copy of W with every row scaled to length 1; rows of zeros stay zero. */
static spx_status unit_rows(const spx_mat *W, spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_clone(out, W, err));
    for (size_t i = 0; i < W->rows; i++) {
        spx_mat row = spx_mat_view(out, i, 0, 1, W->cols);
        const double norm = spx_norm_fro(&row);
        if (norm > 0) spx_mat_scale(&row, 1 / norm);
    }
out:
    return st;
}

/* An spx_choose_fn: the number of eigenvalues at or above the threshold, or spec->k. */
static size_t choose_by_threshold(const double *w, size_t n, void *arg)
{
    const spx_filter_spec *spec = arg;
    size_t k = 0;
    if (spec->k > 0) return spec->k < n ? spec->k : n;
    while (k < n && w[k] >= spec->threshold) k++;
    return k;
}

/* The leading eigenvectors of the second moment of keys, as inputs. */
static spx_status decompose_moment(const spx_filter_spec *spec, const spx_mat *W, basis *out,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C, Q = {0};
    double *w = NULL;
    spx_filter_spec copy = *spec;
    const size_t n = W->cols;
    if (!spec->covariance)
        SPX_RAISE(err, SPX_EINVAL, "filter %s needs a second moment of keys", spec->name);
    if (spec->covariance->rows != n || spec->covariance->cols != n)
        SPX_RAISE(
            err, SPX_ESHAPE,
            "the second moment of keys is %zu x %zu (expected %zu x %zu, the weight's inputs)",
            spec->covariance->rows, spec->covariance->cols, n, n);
    SPX_TRY(spx_mat_check_finite(spec->covariance, err));
    SPX_TRY(spx_mat_scratch(&tmp, &C, n, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w, n, err));
    spx_mat_copy(&C, spec->covariance);
    SPX_TRY(spx_linalg_syev_top(&C, w, 0, choose_by_threshold, &copy, &Q, err));
    SPX_TRY(spx_linalg_check_moment(w, n, err));
    SPX_TRY(spx_mat_alloc(&out->U, W->rows, 0, err));
    SPX_TRY(basis_copy_columns(&Q, n, 0, Q.cols, &out->V, err));
out:
    spx_mat_free(&Q);
    spx_scratch_free(&tmp);
    return st;
}

spx_status basis_find(const spx_filter_spec *spec, basis_from from, const spx_mat *W,
                      const spx_svd *known, basis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat rows = {0};
    basis b = {0};
    rule q = {.spec = spec, .from = from};
    spx_rng rng = spx_rng_seed(spec->seed);
    if (from == FROM_KEYS)
        SPX_TRY(decompose_moment(spec, W, &b, err));
    else if (from == FROM_KFAC)
        SPX_TRY(basis_of_curvature(spec, W->rows, W->cols, &b, err));
    else if (known && from == FROM_TOP && choose_directions(known->s, known->r, &q) <= known->k)
        SPX_TRY(take_known(known, q.dominant, &b, err));
    else {
        if (from == FROM_ROWS) SPX_TRY(unit_rows(W, &rows, err));
        SPX_TRY(decompose_weight(&q, from == FROM_ROWS ? &rows : W, &b, err));
    }
    if (from == FROM_RANDOM) {
        SPX_TRY(randomise(&b.U, &rng, err));
        SPX_TRY(randomise(&b.V, &rng, err));
    }
    basis_free(out);
    *out = b;
    b = (basis){0};
out:
    basis_free(&b);
    spx_mat_free(&rows);
    return st;
}

/* R <- (I - Q Q^T) R; twice is enough (Kahan, Parlett). */
static spx_status project_out(const spx_mat *Q, spx_mat *R, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat C;
    SPX_TRY(spx_mat_scratch(tmp, &C, Q->cols, R->cols, err));
    for (int pass = 0; pass < 2; pass++) {
        spx_gemm(&C, 1, Q, SPX_T, R, SPX_N, 0);
        spx_gemm(R, -1, Q, SPX_N, &C, SPX_N, 1);
    }
out:
    return st;
}

/* *out <- Q0 followed by an orthonormal basis of the part of X outside range(Q0). Directions of X
 * that Q0 already holds (squared sine up to `new_enough`) are dropped. */
static spx_status join_side(const spx_mat *Q0, const spx_mat *X, spx_mat *out, spx_error *err)
{
    const double new_enough = 1e-12;
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat R;
    spx_svd_opts o = {.engine = "full", .k = X->cols};
    spx_svd d = {0};
    size_t fresh = 0;
    const size_t room = Q0->rows - Q0->cols;
    if (X->cols == 0) return basis_copy_columns(Q0, Q0->rows, 0, Q0->cols, out, err);
    SPX_TRY(spx_mat_scratch(&tmp, &R, X->rows, X->cols, err));
    spx_mat_copy(&R, X);
    SPX_TRY(project_out(Q0, &R, &tmp, err));
    SPX_TRY(spx_svd_compute(&R, &o, &d, err));
    while (fresh < d.k && fresh < room && d.s[fresh] * d.s[fresh] > new_enough) fresh++;
    SPX_TRY(spx_mat_alloc(out, Q0->rows, Q0->cols + fresh, err));
    spx_mat left = spx_mat_view(out, 0, 0, Q0->rows, Q0->cols);
    spx_mat right = spx_mat_view(out, 0, Q0->cols, Q0->rows, fresh);
    const spx_mat found = spx_mat_view(&d.U, 0, 0, Q0->rows, fresh);
    spx_mat_copy(&left, Q0);
    spx_mat_copy(&right, &found);
    SPX_TRY(spx_linalg_orth(out, &tmp, err));
out:
    spx_svd_free(&d);
    spx_scratch_free(&tmp);
    return st;
}

spx_status basis_join(const basis *a, const basis *b, basis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    basis both = {0};
    SPX_TRY(join_side(&a->U, &b->U, &both.U, err));
    SPX_TRY(join_side(&a->V, &b->V, &both.V, err));
    basis_free(out);
    *out = both;
    both = (basis){0};
out:
    basis_free(&both);
    return st;
}
