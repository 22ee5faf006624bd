/* filter.c: a matrix's filter is made, brought up to date and applied. */
#include "spx/filter.h"

#include "filter/parts.h"

#include "spx/svd.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

void spx_filter_report_add(spx_filter_report *sum, const spx_filter_report *r)
{
    sum->k = r->k;
    sum->before += r->before;
    sum->after += r->after;
    sum->left += r->left;
    sum->right += r->right;
    sum->block += r->block;
}

static const spx_quantity quantities[SPX_FILTER_QUANTITIES] = {
    {"filter_k", "1", "directions protected on each side", "filter", "0 to r",
     "0: nothing is protected"},
    {"update_norm", "1", "Frobenius norm of the change before the filter", "filter", "0 and more",
     "0: no change"},
    {"written_norm", "1", "Frobenius norm of the change after the filter", "filter", "0 and more",
     "update_norm: nothing was taken out"},
    {"share_left", "1", "share of the change's squared norm in the protected outputs",
     "arXiv 2601.11042", "0 to 1", "filter_k / outputs: not aimed at them, 1: inside them"},
    {"share_right", "1", "share in the protected inputs", "arXiv 2601.11042", "0 to 1",
     "filter_k / inputs: not aimed at them, 1: inside them"},
    {"share_block", "1", "share in both", "arXiv 2601.11042", "0 to 1",
     "the product of those chances: not aimed at them"},
};

const spx_quantity *spx_filter_quantities(void) { return quantities; }

void spx_filter_values(const spx_filter_report *r, double value[SPX_FILTER_QUANTITIES])
{
    const double total = r->before > 0 ? r->before : 1;
    value[0] = (double)r->k;
    value[1] = sqrt(r->before);
    value[2] = sqrt(r->after);
    value[3] = r->left / total;
    value[4] = r->right / total;
    value[5] = r->block / total;
}

static spx_status measure_original(spx_filter *f, const spx_mat *W0, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_svd d = {0};
    const spx_svd_opts values = spx_svd_defaults();
    f->fro0 = spx_norm_fro(W0);
    if (f->kind->needs_spectral_norm) {
        SPX_TRY(spx_svd_compute(W0, &values, &d, err));
        f->spectral0 = d.s[0];
    }
    if (f->cumulative || f->kind->then || (f->kind->reads_weight && f->which == ORIGINAL))
        SPX_TRY(spx_mat_clone(&f->W0, W0, err));
out:
    spx_svd_free(&d);
    return st;
}

static which_basis which_basis_of(const char *name)
{
    if (strcmp(name, "original") == 0) return ORIGINAL;
    if (strcmp(name, "union") == 0) return UNION;
    return strcmp(name, "edited") == 0 ? EDITED : CURRENT;
}

/* True if the directions are the same whatever the weight is. */
static bool is_fixed(const spx_filter *f)
{
    const basis_from from = f->kind->from;
    return from == FROM_NOTHING || from == FROM_RANDOM || from == FROM_KEYS || from == FROM_KFAC;
}

/* True if the directions are those of W + dW, found when the change is there. */
static bool follows_change(const spx_filter *f) { return f->which == EDITED && !is_fixed(f); }

spx_status spx_filter_new(const spx_filter_spec *spec, const spx_mat *W0, spx_filter **out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_filter *f = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&f, 1, err));
    f->in_force = &f->first;
    f->W = W0;
    SPX_TRY(filter_settle(spec, &f->kind, &f->spec, err));
    f->which = which_basis_of(f->spec.basis);
    f->cumulative = strcmp(f->spec.apply, "cumulative") == 0;
    SPX_TRY(measure_original(f, W0, err));
    if (f->kind->from != FROM_NOTHING && !follows_change(f))
        SPX_TRY(basis_find(&f->spec, f->kind->from, W0, spec->decomposition, &f->first, err));
    *out = f;
    f = NULL;
out:
    spx_filter_free(f);
    return st;
}

void spx_filter_free(spx_filter *f)
{
    if (!f) return;
    basis_free(&f->first);
    basis_free(&f->later);
    spx_mat_free(&f->W0);
    spx_free(f);
}

spx_status spx_filter_refresh(spx_filter *f, const spx_mat *W, const spx_svd *known, spx_error *err)
{
    spx_status st = SPX_OK;
    basis now = {0};
    f->W = W;
    if (f->which == ORIGINAL || f->which == EDITED || is_fixed(f)) return SPX_OK;
    SPX_TRY(basis_find(&f->spec, f->kind->from, W, known, &now, err));
    if (f->which == UNION)
        SPX_TRY(basis_join(&f->first, &now, &f->later, err));
    else {
        basis_free(&f->later);
        f->later = now;
        now = (basis){0};
    }
    f->in_force = &f->later;
out:
    basis_free(&now);
    return st;
}

/* dW += alpha (W - W0) */
static void add_so_far(const spx_filter *f, double alpha, spx_mat *dW)
{
    for (size_t i = 0; i < dW->rows; i++)
        for (size_t j = 0; j < dW->cols; j++)
            dW->data[i * dW->ld + j] +=
                alpha * (f->W->data[i * f->W->ld + j] - f->W0.data[i * f->W0.ld + j]);
}

/* F(W + dW - W0) - (W - W0) */
static spx_status apply_cumulative(const spx_filter *f, apply_fn *apply, spx_update *u,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    projection whole = {0};
    SPX_TRY(spx_update_expand(u, err));
    add_so_far(f, 1, &u->A);
    if (f->kind->from != FROM_NOTHING && apply != f->kind->then)
        SPX_TRY(mask_project(f->in_force, u, &whole, &tmp, err));
    SPX_TRY(apply(f, u, &whole, err));
    add_so_far(f, -1, &u->A);
out:
    spx_scratch_free(&tmp);
    return st;
}

static spx_status apply_in_force(const spx_filter *f, spx_update *u, spx_filter_report *report,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_filter_report r = {0};
    projection p = {0};
    const basis *b = f->in_force;
    SPX_TRY(spx_update_norm2(u, &r.before, err));
    if (f->kind->from != FROM_NOTHING) {
        r.k = b->U.cols > b->V.cols ? b->U.cols : b->V.cols;
        SPX_TRY(mask_project(b, u, &p, &tmp, err));
        SPX_TRY(mask_shares(&p, u, &r, err));
    }
    if (f->kind->apply && f->cumulative)
        SPX_TRY(apply_cumulative(f, f->kind->apply, u, err));
    else if (f->kind->apply)
        SPX_TRY(f->kind->apply(f, u, &p, err));
    if (f->kind->then) SPX_TRY(apply_cumulative(f, f->kind->then, u, err));
    SPX_TRY(spx_update_norm2(u, &r.after, err));
    if (report) *report = r;
out:
    spx_scratch_free(&tmp);
    return st;
}

/* *out <- the directions of W + dW. */
static spx_status find_edited(const spx_filter *f, const spx_update *u, basis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_mat W = {0};
    SPX_TRY(spx_mat_clone(&W, f->W, err));
    if (spx_update_factored(u))
        spx_gemm(&W, 1, &u->A, SPX_N, &u->B, SPX_T, 1);
    else
        for (size_t i = 0; i < W.rows; i++)
            for (size_t j = 0; j < W.cols; j++) W.data[i * W.ld + j] += u->A.data[i * u->A.ld + j];
    SPX_TRY(basis_find(&f->spec, f->kind->from, &W, NULL, out, err));
out:
    spx_mat_free(&W);
    return st;
}

spx_status spx_filter_apply(const spx_filter *f, spx_update *u, spx_filter_report *report,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    basis edited = {0};
    spx_filter then = *f;
    if (!follows_change(f)) return apply_in_force(f, u, report, err);
    then.in_force = &edited;
    SPX_TRY(find_edited(f, u, &edited, err));
    SPX_TRY(apply_in_force(&then, u, report, err));
out:
    basis_free(&edited);
    return st;
}

spx_status spx_filter_excluded(const spx_filter *f, spx_mat *U, spx_mat *V, spx_error *err)
{
    const basis *b = f->in_force;
    const unsigned excludes = f->spec.weight == 1 ? f->kind->excludes : 0;
    *U = (spx_mat){.rows = f->W->rows};
    *V = (spx_mat){.rows = f->W->cols};
    if (follows_change(f))
        return SPX_FAIL(err, SPX_EUNSUP, "basis 'edited' has no directions before a change");
    if (excludes & TERMS)
        return SPX_FAIL(err, SPX_EUNSUP, "filter %s excludes terms, not directions of a side",
                        f->spec.name);
    if (excludes & LEFT) *U = spx_mat_view(&b->U, 0, 0, b->U.rows, b->U.cols);
    if (excludes & RIGHT) *V = spx_mat_view(&b->V, 0, 0, b->V.rows, b->V.cols);
    return SPX_OK;
}
