/* filter.c: filters by name: which basis they protect, and what they do with an update. */
#include "spx/filter.h"

#include "filter/projector.h"

#include "spx/linalg.h"
#include "spx/rng.h"
#include "spx/svd.h"

#include <assert.h>
#include <math.h>
#include <string.h>

typedef enum kind { NONE, REVIVE, RANDOM, NORM_MATCHED } kind;
static const struct {
    const char *name;
    kind kind;
} filters[] = {
    {"none", NONE}, {"revive", REVIVE}, {"random", RANDOM}, {"norm-matched", NORM_MATCHED}};

typedef enum basis { ORIGINAL, CURRENT, UNION } basis;
static const struct {
    const char *name;
    basis basis;
} bases[] = {{"original", ORIGINAL}, {"current", CURRENT}, {"union", UNION}};

struct spx_filter {
    kind kind;
    basis basis;
    spx_svd_opts dominant;
    spx_mat U0, V0; /* the original's, or the random control's */
    spx_mat U, V;   /* in force */
};

static spx_status find(const spx_filter_spec *spec, kind *k, basis *b, spx_error *err)
{
    const char *want = spec->basis ? spec->basis : "current";
    size_t i = 0;
    const size_t n = sizeof filters / sizeof *filters, m = sizeof bases / sizeof *bases;
    while (i < n && strcmp(filters[i].name, spec->name) != 0) i++;
    if (i == n)
        return SPX_FAIL(err, SPX_EINVAL,
                        "no filter '%s'; there are: none, revive, random, norm-matched",
                        spec->name);
    *k = filters[i].kind;
    for (i = 0; i < m && strcmp(bases[i].name, want) != 0;) i++;
    if (i == m)
        return SPX_FAIL(err, SPX_EINVAL, "no basis '%s'; there are: original, current, union",
                        want);
    *b = bases[i].basis;
    return SPX_OK;
}

spx_status spx_filter_check(const spx_filter_spec *spec, spx_error *err)
{
    kind k = NONE;
    basis b = CURRENT;
    const spx_status st = find(spec, &k, &b, err);
    if (st == SPX_OK && k != NONE && spec->k == 0 && !(spec->tau > 0 && spec->tau <= 1))
        return SPX_FAIL(err, SPX_EINVAL, "filter %s: tau is %g, not in (0, 1]", spec->name,
                        spec->tau);
    return st;
}

static spx_status copy(spx_mat *dst, const spx_mat *src, spx_error *err)
{
    spx_mat_free(dst);
    const spx_status st = spx_mat_alloc(dst, src->rows, src->cols, err);
    if (st == SPX_OK) spx_mat_copy(dst, src);
    return st;
}

/* Dominant subspaces of W by the filter's rule. */
static spx_status dominant(const spx_filter *f, const spx_mat *W, spx_mat *U, spx_mat *V,
                           spx_error *err)
{
    spx_svd d;
    spx_status st = spx_svd_compute(W, &f->dominant, &d, err);
    if (st == SPX_OK) st = copy(U, &d.U, err);
    if (st == SPX_OK) st = copy(V, &d.V, err);
    spx_svd_free(&d);
    return st;
}

/* Random orthonormal columns in place: Gaussian entries, then QR. */
static spx_status randomise(spx_mat *Q, spx_rng *rng, spx_error *err)
{
    spx_scratch tmp = {0};
    for (size_t i = 0; i < Q->rows * Q->cols; i++) Q->data[i] = spx_rng_normal(rng);
    const spx_status st = spx_linalg_orth(Q, &tmp, err);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status start(spx_filter *f, const spx_filter_spec *spec, const spx_mat *W0,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    spx_rng rng = spx_rng_seed(spec->seed);
    f->dominant = spx_svd_defaults();
    f->dominant.tau = spec->k ? 0 : spec->tau;
    f->dominant.k = spec->k;
    if (f->kind == NONE) return SPX_OK;
    SPX_TRY(dominant(f, W0, &f->U0, &f->V0, err));
    if (f->kind == RANDOM) {
        SPX_TRY(randomise(&f->U0, &rng, err));
        SPX_TRY(randomise(&f->V0, &rng, err));
    }
    SPX_TRY(copy(&f->U, &f->U0, err));
    SPX_TRY(copy(&f->V, &f->V0, err));
out:
    return st;
}

spx_status spx_filter_new(const spx_filter_spec *spec, const spx_mat *W0, spx_filter **out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    void *mem = NULL;
    *out = NULL;
    SPX_TRY(spx_filter_check(spec, err));
    SPX_TRY(spx_alloc(&mem, 1, sizeof *f, err));
    f = mem;
    SPX_TRY(find(spec, &f->kind, &f->basis, err));
    SPX_TRY(start(f, spec, W0, err));
    *out = f;
    f = NULL;
out:
    spx_filter_free(f);
    return st;
}

void spx_filter_free(spx_filter *f)
{
    if (!f) return;
    spx_mat_free(&f->U0);
    spx_mat_free(&f->V0);
    spx_mat_free(&f->U);
    spx_mat_free(&f->V);
    spx_free(f);
}

/* The part of X outside range(Q0), orthonormalised, behind Q0. Directions of X that Q0 already
 * holds (squared sine below `new_enough`) are dropped. */
static spx_status join(const spx_mat *Q0, const spx_mat *X, spx_mat *out, spx_error *err)
{
    const double new_enough = 1e-12;
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat C, R, all;
    spx_svd_opts o = {.engine = "full", .k = X->cols};
    spx_svd d = {0};
    size_t fresh = 0;
    SPX_TRY(spx_mat_scratch(&tmp, &C, Q0->cols, X->cols, err));
    SPX_TRY(spx_mat_scratch(&tmp, &R, X->rows, X->cols, err));
    spx_mat_copy(&R, X);
    for (int pass = 0; pass < 2; pass++) { /* twice is enough (Kahan, Parlett) */
        spx_gemm(&C, 1, Q0, SPX_T, &R, SPX_N, 0);
        spx_gemm(&R, -1, Q0, SPX_N, &C, SPX_N, 1);
    }
    SPX_TRY(spx_svd_compute(&R, &o, &d, err));
    const size_t room = Q0->rows - Q0->cols;
    while (fresh < d.k && fresh < room && d.s[fresh] * d.s[fresh] > new_enough) fresh++;
    SPX_TRY(spx_mat_scratch(&tmp, &all, Q0->rows, Q0->cols + fresh, err));
    spx_mat left = spx_mat_view(&all, 0, 0, Q0->rows, Q0->cols);
    spx_mat right = spx_mat_view(&all, 0, Q0->cols, Q0->rows, fresh);
    const spx_mat found = spx_mat_view(&d.U, 0, 0, Q0->rows, fresh);
    spx_mat_copy(&left, Q0);
    spx_mat_copy(&right, &found);
    SPX_TRY(spx_linalg_orth(&all, &tmp, err));
    SPX_TRY(copy(out, &all, err));
out:
    spx_svd_free(&d);
    spx_scratch_free(&tmp);
    return st;
}

spx_status spx_filter_refresh(spx_filter *f, const spx_mat *W, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat U = {0}, V = {0};
    if (f->kind == NONE || f->kind == RANDOM || f->basis == ORIGINAL) return SPX_OK;
    SPX_TRY(dominant(f, W, &U, &V, err));
    if (f->basis == UNION) {
        SPX_TRY(join(&f->U0, &U, &f->U, err));
        SPX_TRY(join(&f->V0, &V, &f->V, err));
    } else {
        SPX_TRY(copy(&f->U, &U, err));
        SPX_TRY(copy(&f->V, &V, err));
    }
out:
    spx_mat_free(&U);
    spx_mat_free(&V);
    return st;
}

/* alpha ||dW|| = ||dW'||: what the norm-matched control scales by. */
static double matching_scale(const spx_filter_report *r)
{
    return r->before > 0 ? sqrt(r->after / r->before) : 1;
}

static void untouched(double norm2, spx_filter_report *r)
{
    *r = (spx_filter_report){.before = norm2, .after = norm2};
}

spx_status spx_filter_apply(const spx_filter *f, spx_mat *dW, spx_filter_report *report,
                            spx_error *err)
{
    spx_filter_report r;
    spx_status st = SPX_OK;
    if (f->kind == NONE)
        untouched(spx_dot(dW, dW), &r);
    else
        st = project_dense(&f->U, &f->V, dW, f->kind != NORM_MATCHED, &r, err);
    if (st != SPX_OK) return st;
    if (f->kind == NORM_MATCHED) spx_mat_scale(dW, matching_scale(&r));
    if (report) *report = r;
    return st;
}

spx_status spx_filter_apply_factored(const spx_filter *f, spx_mat *A, spx_mat *B,
                                     spx_filter_report *report, spx_error *err)
{
    spx_filter_report r;
    double norm2 = 0;
    assert(A->cols == B->cols);
    spx_status st = project_norm2(A, B, &norm2, err);
    if (st != SPX_OK) return st;
    untouched(norm2, &r);
    if (f->kind != NONE)
        st = project_factored(&f->U, &f->V, A, B, f->kind != NORM_MATCHED, &r, err);
    if (st != SPX_OK) return st;
    if (f->kind == NORM_MATCHED) spx_mat_scale(A, matching_scale(&r));
    if (report) *report = r;
    return st;
}
