/* by_edit.c: the change of a run's matrix, split over its rounds and edits. */
#include "spx/by_edit.h"

#include "spx/attribution.h"
#include "spx/subspace.h"

#include <math.h>
#include <stdlib.h>

#define FIRST_ORDER "Stewart and Sun 1990, ch. V"

static const spx_quantity columns[SPX_BY_EDIT_COLUMNS] = {
    [SPX_BY_EDIT_ROUND] = {.name = "round",
                           .units = "1",
                           .long_name = "round, from 1; of `without` the one left out",
                           .source = "spx/ledger.h",
                           .range = "1 and more",
                           .reading = "which round"},
    [SPX_BY_EDIT_EDIT] = {.name = "edit",
                          .units = "1",
                          .long_name = "id of the record",
                          .source = "spx/facts.h",
                          .range = "any",
                          .reading = "which record"},
    [SPX_BY_EDIT_SHARE] = {.name = "share",
                           .units = "1",
                           .long_name = "part of the first-order rotation's square, |c|^2",
                           .source = FIRST_ORDER,
                           .range = "0 to 1",
                           .reading = "large: this edit turned the subspace"},
    [SPX_BY_EDIT_SHIFT_1] = {.name = "shift_1",
                             .units = "1",
                             .long_name = "first-order shift of the largest singular value",
                             .source = FIRST_ORDER,
                             .range = "any",
                             .reading = "large: this edit let s_1 grow"},
    [SPX_BY_EDIT_SHIFT_MOST] = {.name = "shift_most",
                                .units = "1",
                                .long_name = "shift of the dominant value that moves most, "
                                             "relative to itself",
                                .source = FIRST_ORDER,
                                .range = "any",
                                .reading = "large: this edit changed a dominant value"},
    [SPX_BY_EDIT_MOST_AT] = {.name = "most_at",
                             .units = "1",
                             .long_name = "direction of shift_most, from 1",
                             .source = FIRST_ORDER,
                             .range = "1 to k",
                             .reading = "which direction"},
    [SPX_BY_EDIT_ROTATION] = {.name = "rotation",
                              .units = "1",
                              .long_name = "first order of "
                                           "sqrt(|sin Theta_U|_F^2 + |sin Theta_V|_F^2)",
                              .source = FIRST_ORDER,
                              .range = "0 and more",
                              .reading = "0: as before"},
    [SPX_BY_EDIT_MEASURED] = {.name = "measured",
                              .units = "1",
                              .long_name = "sqrt(|sin Theta_U|_F^2 + |sin Theta_V|_F^2)",
                              .source = "Bjorck and Golub 1973",
                              .range = "0 to sqrt(2 k)",
                              .reading = "0: as before; far from rotation: beyond first order"},
};

const spx_quantity *spx_by_edit_column(size_t i)
{
    return i < SPX_BY_EDIT_COLUMNS ? &columns[i] : NULL;
}

/* A share of the whole: one edit's, or all of a round's. */
typedef struct part {
    size_t round; /* stage index */
    double edit;  /* id of the record; NaN: the whole round */
    double share; /* of |c|^2 */
    double shift_1, shift_most;
    size_t most_at; /* direction of shift_most, from 1 */
} part;

typedef struct split {
    const char *name;
    size_t rows, cols, rounds;
    spx_mat W0, W, D;         /* W = W0 + D */
    spx_update *change;       /* of round 1, 2, ... */
    spx_ledger_round *ledger; /* the same as it was read */
    spx_attribution a;
    part *part, *whole; /* edits; rounds */
    size_t parts;
    spx_by_edit_fn *each;
    void *arg;
} split;

/* Reads every round and keeps what it did. */
static spx_status read_rounds(const spx_store *s, split *x, float *w, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < x->rounds; i++) {
        spx_ledger_round *r = &x->ledger[i];
        SPX_TRY(spx_ledger_read_at(s, x->name, i + 1, x->rows, x->cols, r, err));
        SPX_TRY(spx_ledger_change(r, w, x->rows, x->cols, &x->change[i], err));
        SPX_TRY(spx_ledger_replay(r, w, x->rows, x->cols, err));
    }
out:
    return st;
}

static spx_status open_split(const spx_store *s, split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    float *w = NULL;
    x->rounds = spx_store_stages(s) - 1;
    SPX_TRY(spx_ledger_base(s, x->name, &w, &x->rows, &x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->W0, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->W, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&x->D, x->rows, x->cols, err));
    SPX_TRY(SPX_NEW(&x->change, x->rounds, err));
    SPX_TRY(SPX_NEW(&x->ledger, x->rounds, err));
    spx_floats_widen(w, &x->W0);
    SPX_TRY(read_rounds(s, x, w, err));
    spx_floats_widen(w, &x->W);
    spx_mat_subtract(&x->D, &x->W, &x->W0);
out:
    spx_free(w);
    return st;
}

static void close_split(split *x)
{
    for (size_t i = 0; i < x->rounds; i++) {
        if (x->change) spx_update_free(&x->change[i]);
        if (x->ledger) spx_ledger_round_free(&x->ledger[i]);
    }
    spx_free(x->change);
    spx_free(x->ledger);
    spx_free(x->part);
    spx_free(x->whole);
    spx_mat_free(&x->W0);
    spx_mat_free(&x->W);
    spx_mat_free(&x->D);
    spx_attribution_free(&x->a);
}

/* The shifts of columns from .. to - 1 together. */
static void note_shifts(const spx_attribution *a, const spx_mat *shift, size_t from, size_t to,
                        part *out)
{
    double most = 0;
    for (size_t i = 0; i < a->k; i++) {
        double sum = 0;
        for (size_t c = from; c < to; c++) sum += shift->data[i * shift->ld + c];
        if (i == 0) out->shift_1 = sum;
        if (i > 0 && fabs(sum / a->base.s[i]) <= most) continue;
        most = fabs(sum / a->base.s[i]);
        out->shift_most = sum;
        out->most_at = i + 1;
    }
}

static spx_status split_round(split *x, size_t i, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_mat shift;
    double *share = NULL;
    part *whole = &x->whole[i];
    const spx_update *u = &x->change[i];
    const spx_ledger_round *r = &x->ledger[i];
    const size_t n = u->A.rows ? spx_attribution_parts(u) : 0;
    *whole = (part){.round = i + 1, .edit = (double)NAN};
    SPX_TRY(spx_mat_scratch(&tmp, &shift, x->a.k, n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &share, n, err));
    if (n > 0) SPX_TRY(spx_attribution_split(&x->a, u, &shift, share, err));
    note_shifts(&x->a, &shift, 0, n, whole);
    for (size_t c = 0; c < n; c++) {
        whole->share += share[c];
        if (r->dense || c >= r->n_edits) continue;
        part *p = &x->part[x->parts++];
        *p = (part){.round = i + 1, .edit = r->edits[c], .share = share[c]};
        note_shifts(&x->a, &shift, c, c + 1, p);
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

static int by_share(const void *a, const void *b)
{
    const double x = ((const part *)a)->share, y = ((const part *)b)->share;
    return (x < y) - (x > y);
}

static spx_status split_rounds(split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t n = 0;
    for (size_t i = 0; i < x->rounds; i++) n += x->change[i].B.cols;
    SPX_TRY(SPX_NEW(&x->part, n, err));
    SPX_TRY(SPX_NEW(&x->whole, x->rounds, err));
    for (size_t i = 0; i < x->rounds; i++) SPX_TRY(split_round(x, i, err));
    qsort(x->part, x->parts, sizeof(part), by_share);
out:
    return st;
}

/* sqrt(|sin Theta_U|^2 + |sin Theta_V|^2) between the base's top k and W's. */
static spx_status measure_rotation(const spx_attribution *a, const spx_mat *W, double *out,
                                   spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_svd now = {0};
    double *theta = NULL;
    spx_svd_opts o = spx_svd_defaults();
    o.k = a->k;
    const spx_mat U = spx_mat_view(&a->base.U, 0, 0, a->base.rows, a->k),
                  V = spx_mat_view(&a->base.V, 0, 0, a->base.cols, a->k);
    *out = 0;
    SPX_TRY(spx_svd_compute(W, &o, &now, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &theta, 2 * a->k, err));
    SPX_TRY(spx_subspace_angles(&U, &now.U, theta, err));
    SPX_TRY(spx_subspace_angles(&V, &now.V, theta + a->k, err));
    for (size_t i = 0; i < 2 * a->k; i++) *out = hypot(*out, sin(theta[i]));
out:
    spx_svd_free(&now);
    spx_scratch_free(&tmp);
    return st;
}

static spx_by_edit_line new_line(const split *x, const char *kind)
{
    spx_by_edit_line line = {.part = kind, .k = x->a.k};
    for (size_t i = 0; i < SPX_BY_EDIT_COLUMNS; i++) line.value[i] = (double)NAN;
    return line;
}

static void tell_part(const split *x, const char *kind, const part *p)
{
    spx_by_edit_line line = new_line(x, kind);
    line.value[SPX_BY_EDIT_ROUND] = (double)p->round;
    line.value[SPX_BY_EDIT_EDIT] = p->edit;
    line.value[SPX_BY_EDIT_SHARE] = p->share;
    line.value[SPX_BY_EDIT_SHIFT_1] = p->shift_1;
    line.value[SPX_BY_EDIT_SHIFT_MOST] = p->shift_most;
    line.value[SPX_BY_EDIT_MOST_AT] = (double)p->most_at;
    x->each(&line, x->arg);
}

static spx_status tell_total(const split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_by_edit_line line = new_line(x, "total");
    double explained = 0;
    SPX_TRY(measure_rotation(&x->a, &x->W, &line.value[SPX_BY_EDIT_MEASURED], err));
    for (size_t i = 0; i < x->rounds; i++) explained += x->whole[i].share;
    line.value[SPX_BY_EDIT_SHARE] = explained;
    line.value[SPX_BY_EDIT_ROTATION] = sqrt(x->a.rotation2);
    x->each(&line, x->arg);
out:
    return st;
}

/* The round of the largest share left out: what the first order says, and what is measured. */
static spx_status tell_without(split *x, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_attribution rest = {0};
    spx_mat D = {0}, W = {0};
    size_t worst = 0;
    spx_by_edit_line line = new_line(x, "without");
    for (size_t i = 1; i < x->rounds; i++)
        if (x->whole[i].share > x->whole[worst].share) worst = i;
    spx_update *u = &x->change[worst];
    if (u->A.rows == 0) return SPX_OK;
    SPX_TRY(spx_update_expand(u, err)); /* its columns are not needed any more */
    SPX_TRY(spx_mat_alloc(&D, x->rows, x->cols, err));
    SPX_TRY(spx_mat_alloc(&W, x->rows, x->cols, err));
    spx_mat_subtract(&D, &x->D, &u->A);
    spx_mat_subtract(&W, &x->W, &u->A);
    SPX_TRY(spx_attribution_new(&x->W0, x->a.k, 0, &D, &rest, err));
    SPX_TRY(measure_rotation(&x->a, &W, &line.value[SPX_BY_EDIT_MEASURED], err));
    line.value[SPX_BY_EDIT_ROUND] = (double)worst + 1;
    line.value[SPX_BY_EDIT_ROTATION] = sqrt(rest.rotation2);
    x->each(&line, x->arg);
out:
    spx_attribution_free(&rest);
    spx_mat_free(&D);
    spx_mat_free(&W);
    return st;
}

spx_status spx_by_edit(const spx_store *run, const char *tensor, const spx_by_edit_opts *o,
                       spx_by_edit_fn *each, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    split x = {.name = tensor, .each = each, .arg = arg};
    if (spx_store_stages(run) < 2)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s has no round yet", spx_store_path(run));
    SPX_TRY(open_split(run, &x, err));
    SPX_TRY(spx_attribution_new(&x.W0, o->k, o->tau, &x.D, &x.a, err));
    SPX_TRY(split_rounds(&x, err));
    SPX_TRY(tell_total(&x, err));
    for (size_t i = 0; i < x.rounds; i++) tell_part(&x, "round", &x.whole[i]);
    for (size_t i = 0; i < x.parts && i < o->worst; i++) tell_part(&x, "edit", &x.part[i]);
    SPX_TRY(tell_without(&x, err));
out:
    if (st != SPX_OK) spx_prefix(err, "tensor %s", tensor);
    close_split(&x);
    return st;
}
