/* editors.c: the tables of editors and of their options, and what every row is asked through. */
#include "edit/editors.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const spx_editor *const table[] = {
    &edit_memit,        &edit_memit_seq,
    &edit_encore,       &edit_alphaedit,
    &edit_evoedit,      &edit_nse,
    &edit_emmet,        &edit_rome,
    &edit_r_rome,       &edit_rect,
    &edit_rect_compat,  &edit_prune,
    &edit_prune_linear, &edit_prune_compat,
    &edit_prune_encore, &edit_ridge,
    &edit_ft,           &edit_ft_l,
    &edit_ft_m,         &edit_locft_bf,
    &edit_ultraedit,    &edit_ultraedit_compat,
    &edit_stableedit,
};

static const spx_edit_option_row options[SPX_EDIT_OPTIONS] = {
    [SPX_LAMBDA] = {"lambda", 1e-30, 1e30, 15000, false, "weight of the second moment C"},
    [SPX_LAMBDA_N] = {"lambda_n", 0, 1e30, 10, false, "weight of I beside it (ENCORE, EMMET)"},
    [SPX_LAMBDA_E] = {"lambda_e", 0, 1e30, 0.1, false, "how far facts may be missed (EMMET)"},
    [SPX_L2] = {"l2", 1e-30, 1e30, 10, false, "weight of |dW|^2 (AlphaEdit, EvoEdit)"},
    [SPX_NULLSPACE_THRESHOLD] = {"nullspace_threshold", 0, 1e30, 2e-2, false,
                                 "eigenvalues of C below it count as zero (AlphaEdit)"},
    [SPX_NULLSPACE_ENERGY] = {"nullspace_energy", 0, 1, 0, false,
                              "or the share of tr C that is not written"},
    [SPX_NULLSPACE_KEPT] = {"nullspace_kept", 0, 1e9, 0, true,
                            "or how many dimensions may be written"},
    [SPX_RECT_KEEP] = {"rect_keep", 0, 1, 0.2, false, "share of the entries that RECT writes"},
    [SPX_PRUNE_ALPHA] = {"prune_alpha", 1.0001, 1e30, 2.718281828459045, false,
                         "base of PRUNE's logarithm"},
    [SPX_NEURON_THRESHOLD] = {"neuron_threshold", 0, 1, 1, false,
                              "share of sum |k| whose neurons NSE writes"},
    [SPX_RESIDUAL_MIN] = {"residual_min", 0, 1e30, 0, false,
                          "NSE leaves facts with |z - h| up to this alone"},
    [SPX_RESIDUAL_MAX] = {"residual_max", 0, 1e30, 1e30, false, "and those from this on"},
    [SPX_MAX_ITERATIONS] = {"max_iterations", 1, 1000, 2, true, "NSE's passes over a batch"},
    [SPX_ARGMAX_HITS] = {"argmax_hits", 0, 1000, 0, true,
                         "ENCORE ends a search once its target was the argmax this often"},
    [SPX_ARGMAX_PREFIXED] = {"argmax_prefixed", 0, 1, 0, true,
                             "1: leave the bare prompt out of that, as ENCORE's code does"},
    [SPX_MOM2_ADJUSTMENT] = {"mom2_adjustment", 0, 1, 1, true, "0: ROME with I in place of C"},
    [SPX_FT_LR] = {"ft_lr", 1e-12, 1e9, 5e-4, false, "FT: Adam's learning rate"},
    [SPX_FT_EPOCHS] = {"ft_epochs", 1, 1e6, 25, true, "FT: passes over a batch's facts"},
    [SPX_FT_BATCH] = {"ft_batch", 1, 1e6, 64, true, "FT: facts per step"},
    [SPX_FT_STOP] = {"ft_stop", 0, 1e9, 1e-2, false, "FT: loss at which a batch is done"},
    [SPX_FT_CLAMP] = {"ft_clamp", 1e-30, 1e9, 5e-4, false, "FT-L: largest change of an entry"},
    [SPX_FT_SEED] = {"ft_seed", 0, 9e15, 0, true, "LocFT-BF: of the orders of the facts"},
    [SPX_GRADIENT_LR] = {"gradient_lr", 1e-30, 1e9, 1e-6, false,
                         "UltraEdit, StableEdit: rate, multiplied by |h|^2, about d_ff"},
    [SPX_GRADIENT_BATCH] = {"gradient_batch", 1, 1e6, 10, true, "and facts of one backward pass"},
    [SPX_STABLE_RIDGE] = {"stable_ridge", 1e-30, 1e30, 10, false, "StableEdit: weight of |dW|^2"},
};

const spx_editor *const *spx_editors(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

const char *spx_editor_name(const void *unused, size_t i)
{
    (void)unused;
    return i < sizeof table / sizeof *table ? table[i]->name : NULL;
}

spx_status spx_editor_find(const char *name, const spx_editor **out, spx_error *err)
{
    size_t i = 0;
    const spx_status st = spx_find_name("editor", name, spx_editor_name, NULL, &i, err);
    *out = st == SPX_OK ? table[i] : NULL;
    return st;
}

const spx_edit_option_row *spx_edit_option_rows(void) { return options; }

spx_edit_opts spx_edit_defaults(void)
{
    spx_edit_opts o;
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++) o.value[i] = options[i].otherwise;
    return o;
}

static spx_status check_options(const spx_editor *e, const spx_edit_opts *o, spx_error *err)
{
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++) {
        const spx_edit_option_row *r = &options[i];
        const double v = o->value[i];
        if (!(e->uses & 1U << i)) continue;
        if (!(v >= r->min && v <= r->max) || (r->whole && v != floor(v)))
            return SPX_FAIL(err, SPX_EINVAL, "%s is %g, not %s from %g to %g", r->name, v,
                            r->whole ? "a whole number" : "a number", r->min, r->max);
    }
    return SPX_OK;
}

bool spx_editor_needs_moment(const spx_editor *e, const spx_edit_opts *o)
{
    const bool spared = e->uses & 1U << SPX_MOM2_ADJUSTMENT && o->value[SPX_MOM2_ADJUSTMENT] == 0;
    return e->needs_moment && !spared;
}

size_t spx_editor_passes(const spx_editor *e, const spx_edit_opts *o)
{
    return e->uses & 1U << SPX_MAX_ITERATIONS ? (size_t)o->value[SPX_MAX_ITERATIONS] : 1;
}

static const double asymmetric = 1e-3; /* a sum in float is off by about sqrt(count) roundings */

static spx_status check_diagonal(const spx_mat *C, spx_error *err)
{
    for (size_t i = 0; i < C->rows; i++)
        if (C->data[i * C->ld + i] < 0)
            return SPX_FAIL(err, SPX_EFORMAT,
                            "diagonal entry (%zu, %zu) is %g (expected 0 or more)", i, i,
                            C->data[i * C->ld + i]);
    return SPX_OK;
}

/* Entries (i, j) and (j, i), j < i, become their mean. */
static spx_status join_entries(spx_mat *C, size_t i, size_t j, spx_error *err)
{
    double *low = &C->data[i * C->ld + j], *high = &C->data[j * C->ld + i];
    const double own = C->data[i * C->ld + i], other = C->data[j * C->ld + j];
    if (fabs(*low - *high) > asymmetric * sqrt(own * other))
        return SPX_FAIL(err, SPX_EFORMAT, "not symmetric: %g at (%zu, %zu), %g at (%zu, %zu)", *low,
                        i, j, *high, j, i);
    *low = *high = (*low + *high) / 2;
    return SPX_OK;
}

/* Block by block, as one of the two entries is a row away from the one before it. */
spx_status spx_moment_check(spx_mat *C, spx_error *err)
{
    enum { BLOCK = 32 };
    spx_status st = SPX_OK;
    const size_t n = C->rows;
    SPX_TRY(spx_mat_check_finite(C, err));
    SPX_TRY(check_diagonal(C, err));
    for (size_t i0 = 0; i0 < n; i0 += BLOCK)
        for (size_t j0 = 0; j0 <= i0; j0 += BLOCK)
            for (size_t i = i0; i < n && i < i0 + BLOCK; i++)
                for (size_t j = j0; j < i && j < j0 + BLOCK; j++)
                    SPX_TRY(join_entries(C, i, j, err));
out:
    return st;
}

/* *out <- C, checked; freed by the caller whatever is returned. */
static spx_status copy_moment(const spx_mat *C, spx_mat *out, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_mat_clone(out, C, err));
    st = spx_moment_check(out, err);
    if (st != SPX_OK) spx_prefix(err, "C");
out:
    return st;
}

spx_status spx_edit_open(const spx_editor *e, const spx_edit_opts *o, const spx_mat *C, size_t f,
                         spx_edit **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_edit *s = NULL;
    spx_mat own = {0};
    *out = NULL;
    SPX_TRY(check_options(e, o, err));
    SPX_TRY(SPX_NEW(&s, 1, err));
    *s = (spx_edit){.editor = e, .opts = *o, .cost = key_cost_identity(f)};
    if (spx_editor_needs_moment(e, o)) {
        assert(C && C->rows == f && C->cols == f);
        SPX_TRY(copy_moment(C, &own, err));
    }
    if (e->cost) SPX_TRY(e->cost(o, &own, &s->cost, err));
    *out = s;
    s = NULL;
out:
    spx_mat_free(&own);
    spx_edit_close(s);
    return st;
}

void spx_edit_close(spx_edit *s)
{
    if (!s) return;
    key_cost_free(&s->cost);
    spx_free(s);
}

spx_status spx_edit_solve(const spx_edit *s, const spx_bundle *b, spx_update *dW,
                          spx_edit_report *report, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_editor *e = s->editor;
    spx_update u = {0};
    double rcond = s->cost.rcond;
    assert(e->solve && b->K->rows == s->cost.f && b->R->cols == b->K->cols);
    *dW = (spx_update){0};
    if (e->choose_entries && !b->W)
        SPX_RAISE(err, SPX_EINVAL, "editor %s needs the weight W", e->name);
    SPX_TRY(spx_update_alloc(&u, b->R->rows, b->K->rows, b->K->cols, err));
    spx_mat_copy(&u.A, b->R);
    SPX_TRY(e->solve(s, b, &u.A, &u.B, &rcond, err));
    if (!b->whole) SPX_TRY(spx_edit_choose(s, b->W, &u, err));
    if (report) *report = (spx_edit_report){.rcond = rcond, .kept = s->cost.kept};
    *dW = u;
    u = (spx_update){0};
out:
    spx_update_free(&u);
    return st;
}

spx_status spx_edit_choose(const spx_edit *s, const spx_mat *W, spx_update *dW, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!s->editor->choose_entries) goto out;
    SPX_TRY(spx_update_expand(dW, err));
    SPX_TRY(s->editor->choose_entries(&s->opts, W, dW, err));
out:
    return st;
}

spx_status spx_edit_remember(spx_edit *s, const spx_mat *K, spx_error *err)
{
    spx_edit_remember_fn *remember = s->editor->remember;
    return remember ? remember(&s->cost, K, err) : key_cost_remember(&s->cost, K, err);
}

size_t spx_edit_kept(const spx_edit *s) { return s->cost.kept; }

spx_status spx_edit_finish(const spx_edit *s, const spx_mat *W0, spx_update *total, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_update_expand(total, err));
    if (s->editor->finish) SPX_TRY(s->editor->finish(&s->opts, W0, total, err));
out:
    return st;
}
