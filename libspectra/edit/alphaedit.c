/* alphaedit.c: AlphaEdit (Fang et al., ICLR 2025, arXiv 2410.02355, Eq. 13; AlphaEdit_main.py).
 *
 *     [P (K K^T + K_p K_p^T) + L2 I] X = P K R^T,  dW = X^T,  P = U0 U0^T,
 *
 * U0 the eigenvectors of C whose eigenvalues count as zero. X lies in range(P) and P^2 = P = P^T,
 * so this is the key cost B of spx/edit.h with B^{-1} = P / L2: neither P nor the history is f x f.
 * Of U0 and its complement U1 the one with fewer columns is kept. The public code solves the f x f
 * system by LU in float; in exact arithmetic the two are the same. */
#include "edit/editors.h"

#include "spx/linalg.h"

/* How many of the leading eigenvectors, of eigenvalues w, are not written, by the rule that the
 * options name. */
static size_t excluded_directions(const spx_edit_opts *o, const double *w, size_t n)
{
    const double kept = o->value[SPX_NULLSPACE_KEPT], share = o->value[SPX_NULLSPACE_ENERGY];
    double total = 0, sum = 0;
    size_t s = 0;
    if (kept > 0) return kept < (double)n ? n - (size_t)kept : 0;
    for (size_t i = 0; i < n; i++) total += w[i];
    if (share > 0)
        for (; s < n && sum < share * total; s++) sum += w[s];
    else
        while (s < n && w[s] >= o->value[SPX_NULLSPACE_THRESHOLD]) s++;
    return s;
}

typedef struct null_space {
    const spx_edit_opts *o;
    bool outside;    /* keep U1 whichever is the smaller side */
    size_t excluded; /* dimensions outside it */
} null_space;

/* As many vectors as U1 has if it is to be kept, else none. */
static size_t count_outside(const double *w, size_t n, void *arg)
{
    null_space *s = arg;
    s->excluded = excluded_directions(s->o, w, n);
    s->outside = s->outside || 2 * s->excluded <= n;
    return s->outside ? s->excluded : 0;
}

static size_t count_given(const double *w, size_t n, void *arg)
{
    (void)w;
    (void)n;
    return *(const size_t *)arg;
}

/* Q <- U0, the leading eigenvectors of -C. C is destroyed. */
static spx_status find_inside(spx_mat *C, size_t kept, spx_mat *Q, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    double *w = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &w, C->rows, err));
    spx_mat_scale(C, -1);
    SPX_TRY(spx_linalg_syev_top(C, w, kept, count_given, &kept, Q, err));
out:
    spx_scratch_free(&tmp);
    return st;
}

spx_status edit_null_space(const spx_edit_opts *o, spx_mat *C, bool outside, spx_key_cost *out,
                           spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat work;
    null_space s = {.o = o, .outside = outside};
    double *w = NULL;
    const size_t f = C->rows;
    SPX_TRY(spx_mat_scratch(&tmp, &work, f, f, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &w, f, err));
    spx_mat_copy(&work, C);
    SPX_TRY(spx_linalg_syev_top(&work, w, 0, count_outside, &s, &out->Q, err));
    SPX_TRY(spx_linalg_check_moment(w, f, err));
    if (s.excluded == f)
        SPX_RAISE(err, SPX_ENUMERIC,
                  "the null space is empty: eigenvalues of C are %.3g to %.3g, none counts as zero",
                  w[f - 1], w[0]);
    out->scale = 1 / o->value[SPX_L2];
    out->kept = out->room = f - s.excluded;
    out->Q_excluded = s.outside;
    if (!out->Q_excluded) SPX_TRY(find_inside(C, out->kept, &out->Q, err));
out:
    if (st != SPX_OK) spx_mat_free(&out->Q);
    spx_scratch_free(&tmp);
    return st;
}

static spx_status alphaedit_cost(const spx_edit_opts *o, spx_mat *C, spx_key_cost *out,
                                 spx_error *err)
{
    return edit_null_space(o, C, false, out, err);
}

const spx_editor edit_alphaedit = {
    .name = "alphaedit",
    .summary = "writes in the null space of C alone, earlier keys guarded",
    .source = "arXiv 2410.02355, Eq. 13",
    .uses = 1U << SPX_L2 | 1U << SPX_NULLSPACE_THRESHOLD | 1U << SPX_NULLSPACE_ENERGY |
            1U << SPX_NULLSPACE_KEPT,
    .needs_moment = true,
    .remembers = true,
    .cost = alphaedit_cost,
    .solve = edit_ridge_solve,
};
