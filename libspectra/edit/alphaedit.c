/* alphaedit.c: AlphaEdit (Fang et al., ICLR 2025, arXiv 2410.02355, Eq. 13; AlphaEdit_main.py).
 *
 *     [P (K K^T + K_p K_p^T) + L2 I] X = P K R^T,  dW = X^T,  P = U0 U0^T,
 *
 * U0 the eigenvectors of C whose eigenvalues count as zero. X lies in range(P) and P^2 = P = P^T,
 * so this is the cost B of spx/edit.h with B^{-1} = P / L2: neither P nor the history is f x f. Of
 * U0 and its complement U1 the one with fewer columns is kept. The public code solves the f x f
 * system by LU in float; in exact arithmetic the two are the same. */
#include "edit/editors.h"

#include "spx/linalg.h"

/* How many of the leading directions are not to be written, by the rule that the options name. */
static size_t excluded(const spx_edit_opts *o, const double *w, size_t n)
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

typedef struct cut {
    const spx_edit_opts *o;
    size_t excluded;
} cut;

/* Vectors of U1 if it is the smaller side, else none. */
static size_t smaller_side(const double *w, size_t n, void *arg)
{
    cut *c = arg;
    c->excluded = excluded(c->o, w, n);
    return 2 * c->excluded <= n ? c->excluded : 0;
}

static size_t fixed_number(const double *w, size_t n, void *arg)
{
    (void)w;
    (void)n;
    return *(const size_t *)arg;
}

/* U0 itself: the leading eigenvectors of -C. C is destroyed. */
static spx_status keep_inside(spx_mat *C, size_t kept, prior *out, spx_scratch *tmp, spx_error *err)
{
    void *w = NULL;
    const spx_status st = spx_scratch_alloc(tmp, &w, C->rows, sizeof(double), err);
    if (st != SPX_OK) return st;
    spx_mat_scale(C, -1);
    return spx_linalg_syev_top(C, w, kept, fixed_number, &kept, &out->Q, err);
}

static spx_status alphaedit_prior(const spx_edit_opts *o, spx_mat *C, prior *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat work;
    cut c = {.o = o};
    void *w = NULL;
    const size_t f = C->rows;
    SPX_TRY(spx_mat_scratch(&tmp, &work, f, f, err));
    SPX_TRY(spx_scratch_alloc(&tmp, &w, f, sizeof(double), err));
    spx_mat_copy(&work, C);
    SPX_TRY(spx_linalg_syev_top(&work, w, 0, smaller_side, &c, &out->Q, err));
    SPX_TRY(spx_linalg_check_moment(w, f, err));
    if (c.excluded == f)
        SPX_RAISE(err, SPX_ENUMERIC,
                  "the null space is empty: eigenvalues of C are %.3g to %.3g, none counts as zero",
                  ((const double *)w)[f - 1], ((const double *)w)[0]);
    out->scale = 1 / o->value[SPX_L2];
    out->kept = f - c.excluded;
    out->outside = 2 * c.excluded <= f;
    if (!out->outside) SPX_TRY(keep_inside(C, out->kept, out, &tmp, err));
out:
    if (st != SPX_OK) spx_mat_free(&out->Q);
    spx_scratch_free(&tmp);
    return st;
}

static const struct spx_editor_code code = {alphaedit_prior, edit_ridge_solve, NULL, NULL};
const spx_editor edit_alphaedit = {
    .name = "alphaedit",
    .summary = "writes in the null space of C alone, earlier keys guarded",
    .source = "arXiv 2410.02355, Eq. 13",
    .uses = 1U << SPX_L2 | 1U << SPX_NULLSPACE_THRESHOLD | 1U << SPX_NULLSPACE_ENERGY |
            1U << SPX_NULLSPACE_KEPT,
    .moment = true,
    .history = true,
    .code = &code,
};
