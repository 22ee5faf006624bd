/* diagnosis.c: the numbers of a diagnosis: changed matrices by following the base's, the other
 * tensors by comparing their values. */
#include "report/diagnosis.h"

#include "spx/difference.h"
#include "spx/follow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OURS "this project"
#define LSS  "after arXiv 2601.11042"
/* clang-format off */
static const spx_quantity quantities[SPX_DIAGNOSED_NUMBERS] = {
    [SPX_DIAGNOSED_RELATIVE] = {"change_relative", "1", "|W - W0|_F / |W0|_F", "definition",
        "0 and up", "0: unchanged"},
    [SPX_DIAGNOSED_RANK] = {"change_rank", "1", "singular values of W - W0 above what rounding W explains", OURS,
        "0 to r", "of an edit at most the number of its facts; NaN where W is quantised"},
    [SPX_DIAGNOSED_LSS] = {"lss_g", "1", "mean cos^2 of the principal angles between dominant subspaces, both sides", LSS,
        "0 to 1", "1: as before; at lss_g_chance: gone"},
    [SPX_DIAGNOSED_LSS_NULL] = {"lss_g_null", "1", "lss_g that rounding alone gives", OURS,
        "0 to 1", "what an unchanged matrix would show"},
    [SPX_DIAGNOSED_LSS_CHANCE] = {"lss_g_chance", "1", "lss_g of random subspaces: (k / m + k / n) / 2", "expected mean cos^2",
        "0 to 1", "what subspaces that have nothing in common show"},
    [SPX_DIAGNOSED_SVS] = {"svs", "1", "mean |cos| of singular vectors of equal index, both sides", LSS,
        "0 to 1", "1: as before; falls also where directions change places only"},
    [SPX_DIAGNOSED_SVS_NULL] = {"svs_null", "1", "svs that rounding alone gives", OURS,
        "0 to 1", "what an unchanged matrix would show"},
    [SPX_DIAGNOSED_TURNED] = {"turned", "1", "dominant directions turned by 45 degrees or more", OURS,
        "0 to k", "0: none"},
    [SPX_DIAGNOSED_OVERTAKEN] = {"overtaken", "1", "dominant directions not turned, but no longer among the k largest", OURS,
        "0 to k", "0: none"},
    [SPX_DIAGNOSED_S1] = {"spectral_ratio", "1", "s'_1 / s_1", "definition",
        "0 and up", "1: as before; well above 1: the change outgrows the weight"},
    [SPX_DIAGNOSED_D1] = {"change_s1", "1", "|W - W0|_2 / s_1", "Weyl 1912",
        "0 and up", "above 1: a direction of the change is larger than any of the weight"},
    [SPX_DIAGNOSED_NOISE] = {"change_noise", "1", "|W - W0|_2 / (|W - W0|_F (1 / sqrt m + 1 / sqrt n))", "Geman 1980",
        "about 1 and up", "1: as of independent random entries; well above: the change has leading directions"},
    [SPX_DIAGNOSED_REMOVED] = {"removed", "1", "share of |W - W0|_F^2 that REVIVE takes out of the change at once", LSS,
        "0 to 1", "at removed_chance: not aimed at the dominant directions"},
    [SPX_DIAGNOSED_REMOVED_CHANCE] = {"removed_chance", "1", "the same of a random change: 1 - (1 - k / m) (1 - k / n)", "expected value",
        "0 to 1", "what a change that knows nothing of the weight shows"},
};
/* clang-format on */

const spx_quantity *spx_diagnosed_quantity(size_t i)
{
    return i < SPX_DIAGNOSED_NUMBERS ? &quantities[i] : NULL;
}

void spx_diagnosis_free(spx_diagnosis *d)
{
    for (size_t i = 0; i < d->n; i++) spx_free(d->matrix[i].tensor);
    spx_free(d->matrix);
    spx_scratch_free(&d->memory);
    *d = (spx_diagnosis){0};
}

/* The value of the row of a table called `name`; every name asked for here is in its table. */
static double value_of(const spx_quantity *(*row)(size_t), const double *value, const char *name)
{
    for (size_t i = 0; row(i); i++)
        if (strcmp(row(i)->name, name) == 0) return value[i];
    return (double)NAN;
}

static double subspace_value(const double *value, const char *name)
{
    return value_of(spx_subspace_metric, value, name);
}

static double change_value(const double *value, const char *name)
{
    return value_of(spx_change_metric, value, name);
}

static void set_numbers(const spx_stage_numbers *n, const spx_svd *base, spx_diagnosed *m)
{
    const double *sub = n->subspace.value, *null = n->null.value, *change = n->change.value;
    const double km = (double)m->k / (double)m->rows, kn = (double)m->k / (double)m->cols;
    double *v = m->value;
    v[SPX_DIAGNOSED_RELATIVE] = change_value(change, "change_relative");
    v[SPX_DIAGNOSED_RANK] = change[SPX_CHANGE_RANK];
    v[SPX_DIAGNOSED_LSS] = subspace_value(sub, "lss_g");
    v[SPX_DIAGNOSED_LSS_NULL] = subspace_value(null, "lss_g");
    v[SPX_DIAGNOSED_LSS_CHANCE] = (km + kn) / 2;
    v[SPX_DIAGNOSED_SVS] = subspace_value(sub, "svs");
    v[SPX_DIAGNOSED_SVS_NULL] = subspace_value(null, "svs");
    v[SPX_DIAGNOSED_TURNED] = subspace_value(sub, "turned");
    v[SPX_DIAGNOSED_OVERTAKEN] = subspace_value(sub, "overtaken");
    v[SPX_DIAGNOSED_S1] = subspace_value(sub, "spectral_ratio");
    v[SPX_DIAGNOSED_D1] = change_value(change, "change_spectral") / base->s[0];
    v[SPX_DIAGNOSED_NOISE] = change_value(change, "change_spectral") /
                             (change_value(change, "change_fro") *
                              (1 / sqrt((double)m->rows) + 1 / sqrt((double)m->cols)));
    v[SPX_DIAGNOSED_REMOVED] = change_value(change, "share_change_u") +
                               change_value(change, "share_change_v") -
                               change_value(change, "share_change_block");
    v[SPX_DIAGNOSED_REMOVED_CHANCE] = 1 - (1 - km) * (1 - kn);
}

/* What following the matrices tells. Any thread may be told, and HDF5 belongs to one: the numbers
 * are remembered, and put into the store at the end. */
typedef struct told {
    const spx_diagnosis_opts *o;
    spx_diagnosis *out;
    const spx_ckpt *base;
    spx_store *log; /* NULL: no store */
} told;

/* The base's own numbers, as those of an unchanged matrix with its spectrum. */
static spx_status measure_base(const told *t, const spx_followed *x, spx_stage_numbers *out,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_stage_opts all = {.parts = SPX_SUBSPACE | SPX_CHANGE, .dominant = t->o->dominant};
    const spx_svd *b = x->beside;
    const spx_spectrum s = {.s = b->s,
                            .r = b->r,
                            .rows = b->rows,
                            .cols = b->cols,
                            .error = b->error,
                            .tau = t->o->dominant.tau};
    spx_stage_unchanged(&all, out);
    out->parts |= SPX_SPECTRUM;
    out->now = b;
    SPX_TRY(spx_spectrum_measure(&s, out->spectrum, out->vague, err));
out:
    return st;
}

/* True if an earlier stage changed the tensor, so that its base's numbers are there. */
static bool changed_before(const told *t, const spx_followed *x)
{
    for (size_t i = 0; i < x->at; i++)
        for (size_t j = 0; j < t->out[i].n; j++)
            if (strcmp(t->out[i].matrix[j].tensor, x->tensor) == 0) return true;
    return false;
}

/* The base's numbers go to stage 0. */
static spx_status record_matrix(const told *t, const spx_followed *x, const spx_stage_numbers *base,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    if (!t->log) return SPX_OK;
    if (!changed_before(t, x)) SPX_TRY(spx_stage_record(t->log, x->tensor, 0, base, err));
    SPX_TRY(spx_stage_record(t->log, x->tensor, x->at + 1, x->numbers, err));
out:
    return st;
}

static spx_status add_matrix(const spx_followed *x, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    const told *t = arg;
    spx_diagnosis *d = &t->out[x->at];
    spx_stage_numbers base = {0};
    d->matrices++;
    if (!(x->numbers->change.value[0] > 0)) return SPX_OK;
    spx_diagnosed *m = &d->matrix[d->n];
    *m = (spx_diagnosed){.place = spx_arch_place(x->tensor),
                         .rows = x->beside->rows,
                         .cols = x->beside->cols,
                         .k = x->numbers->k};
    SPX_TRY(spx_text_dup(&m->tensor, x->tensor, err));
    d->n++;
    set_numbers(x->numbers, x->beside, m);
    SPX_TRY(measure_base(t, x, &base, err));
    d->base_fresh += spx_spectrum_is_noise(base.spectrum, x->beside->r);
    d->fresh += spx_spectrum_is_noise(x->numbers->spectrum, x->numbers->now->r);
    SPX_TRY(record_matrix(t, x, &base, err));
out:
    spx_stage_numbers_free(&base);
    return st;
}

static spx_status follow_matrices(told *t, spx_error *err)
{
    const spx_diagnosis_opts *o = t->o;
    size_t odd = 0;
    const spx_follow_opts f = {
        .base = o->base,
        .stages = o->stages,
        .n = o->n,
        .keep = o->keep,
        .measure = {.parts = SPX_SPECTRUM | SPX_SUBSPACE | SPX_CHANGE, .dominant = o->dominant},
        .host = o->host,
        .told = add_matrix,
        .arg = t,
        .notify = o->notify};
    return spx_follow(&f, &odd, err);
}

/* The tensors that are not followed, and those that only one checkpoint has. */

static bool is_other(const spx_tensor *t)
{
    return !spx_tensor_is_matrix(t) && !spx_dtype_is_integer(t->dtype);
}

static void count_other(const spx_tensor *t, const spx_tensor *u, const spx_difference *x,
                        void *arg)
{
    spx_diagnosis *d = arg;
    (void)t;
    (void)u;
    if (strcmp(x->what, "values") == 0) d->others_changed++;
}

static bool is_stored_in_blocks(spx_dtype t)
{
    double unit = 0, least = 0;
    return !spx_dtype_is_integer(t) && !spx_dtype_rounding(t, &unit, &least);
}

static void count_tensors(const spx_ckpt *base, const spx_ckpt *later, spx_diagnosis *d)
{
    for (size_t i = 0; i < spx_ckpt_count(base); i++) {
        const spx_tensor *t = spx_ckpt_at(base, i), *u = NULL;
        const spx_place p = spx_arch_place(t->name);
        if (p.layer + 1 > (long)d->blocks) d->blocks = (size_t)(p.layer + 1);
        if (!spx_counterparts(base, t, later, &u)) {
            d->missing += !spx_ckpt_holds_edits_only(later);
            continue;
        }
        d->others += is_other(t);
        d->quantised |= is_stored_in_blocks(u->dtype) && !is_stored_in_blocks(t->dtype);
    }
    for (size_t i = 0; i < spx_ckpt_count(later); i++)
        d->added += !spx_counterparts(later, spx_ckpt_at(later, i), base, NULL);
}

static spx_status look_at_others(const told *t, size_t stage, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *later = NULL;
    spx_diagnosis *d = &t->out[stage];
    size_t found = 0;
    SPX_TRY(spx_source_open(t->o->stages[stage].path, &later, err));
    count_tensors(t->base, later, d);
    SPX_TRY(spx_differences_find(t->base, later, is_other, NULL, count_other, d, &found, err));
out:
    spx_ckpt_close(later);
    return st;
}

/* Worst first: the least LSS-G; of equals, the larger change. */
static int by_harm(const void *a, const void *b)
{
    const double *x = ((const spx_diagnosed *)a)->value, *y = ((const spx_diagnosed *)b)->value;
    const double by_lss = x[SPX_DIAGNOSED_LSS] - y[SPX_DIAGNOSED_LSS];
    const double by_size = y[SPX_DIAGNOSED_RELATIVE] - x[SPX_DIAGNOSED_RELATIVE];
    const double d = by_lss != 0 ? by_lss : by_size;
    return d < 0 ? -1 : d > 0;
}

static spx_status begin(const spx_diagnosis_opts *o, const spx_ckpt *base, spx_diagnosis *out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    if (o->store) SPX_TRY(spx_store_add_stage(o->store, "base", 0, err));
    for (size_t i = 0; i < o->n; i++) {
        out[i].base = o->base->stage;
        out[i].stage = o->stages[i].stage;
        SPX_TRY(SPX_NEW(&out[i].matrix, spx_ckpt_count(base), err));
        if (o->store)
            SPX_TRY(spx_store_add_stage(o->store, o->stages[i].stage, (double)(i + 1), err));
    }
out:
    return st;
}

spx_status spx_diagnose(const spx_diagnosis_opts *o, spx_diagnosis *out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_ckpt *base = NULL;
    told t = {.o = o, .out = out};
    SPX_TRY(spx_source_open(o->base->path, &base, err));
    t.base = base;
    SPX_TRY(begin(o, base, out, err));
    if (o->store) SPX_TRY(spx_store_open_log(&t.log, err));
    SPX_TRY(follow_matrices(&t, err));
    if (o->store)
        SPX_TRY(spx_store_replay(o->store, spx_store_log(t.log)->data, spx_store_log(t.log)->size,
                                 err));
    for (size_t i = 0; i < o->n; i++) SPX_TRY(look_at_others(&t, i, err));
    for (size_t i = 0; i < o->n; i++)
        qsort(out[i].matrix, out[i].n, sizeof *out[i].matrix, by_harm);
    SPX_TRY(diagnosis_map(o, &out[o->n - 1], err));
    SPX_TRY(diagnosis_behaviour(o, out, err));
    for (size_t i = 0; i < o->n; i++) spx_diagnosis_conclude(&out[i]);
out:
    spx_store_close(t.log);
    spx_ckpt_close(base);
    return st;
}
