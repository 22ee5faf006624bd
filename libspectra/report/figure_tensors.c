/* figure_tensors.c: which tensors of a run a figure shows: those that were changed, or the one that
 * was changed most. */
#include "report/figures.h"

#include <math.h>
#include <string.h>

/* What says how much a tensor was changed, the first that a tensor has. Runs of edits keep the
 * latter only: all of their tensors are edited. */
static const char *const measures[] = {"change_relative", "value_shift"};

/* The largest finite value over the stages of measure m; NaN if there is none. */
static spx_status largest(const spx_store *s, const char *group, const char *measure, double *out,
                          spx_error *err)
{
    spx_error why = {0};
    spx_mat v = {0};
    const spx_status st = spx_store_get(s, group, measure, &v, &why);
    *out = (double)NAN;
    for (size_t i = 0; i < v.rows; i++) *out = fmax(*out, v.data[i * v.ld]);
    spx_mat_free(&v);
    if (st == SPX_OK || st == SPX_ENOTFOUND) return SPX_OK;
    if (err) *err = why;
    return st;
}

/* How much the tensor was changed at most. Where nothing says so NaN. */
static spx_status change_of(const spx_store *s, const char *tensor, double *out, bool *exact,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    char group[FIGURE_TENSOR + 40];
    *out = (double)NAN;
    *exact = false;
    spx_store_group_of(group, sizeof group, "tensors", tensor);
    for (size_t m = 0; isnan(*out) && m < sizeof measures / sizeof *measures; m++) {
        SPX_TRY(largest(s, group, measures[m], out, err));
        *exact = m == 0 && isfinite(*out);
    }
out:
    return st;
}

void figures_free_tensors(figure_tensors *t)
{
    spx_store_names_free(t->name, t->all);
    spx_free(t->counts);
    *t = (figure_tensors){0};
}

/* Marks those that match and, unless none of them was, were changed. */
static spx_status mark_tensors(const arms *a, const spx_store *s, figure_tensors *t, spx_error *err)
{
    spx_status st = SPX_OK;
    double most = -1;
    bool *matches = t->counts;
    for (size_t i = 0; i < t->all; i++) {
        double change = 0;
        bool exact = false;
        if (!spx_names_match(a->tensors, t->name[i])) continue;
        SPX_TRY(change_of(s, t->name[i], &change, &exact, err));
        matches[i] = !exact || change > 0;
        t->matched++;
        t->changed += matches[i];
        if (!isnan(change) ? change >= most : most < 0) t->most = i;
        if (change > most) most = change;
    }
    for (size_t i = 0; t->changed == 0 && i < t->all; i++)
        matches[i] = spx_names_match(a->tensors, t->name[i]);
out:
    return st;
}

spx_status figures_tensors(const arms *a, size_t arm, figure_tensors *out, spx_error *err)
{
    spx_status st = SPX_OK;
    figure_tensors t = {0};
    const spx_store *s = a->store[arm];
    *out = t;
    SPX_TRY(spx_store_tensors(s, "tensors", &t.name, &t.all, err));
    SPX_TRY(SPX_NEW(&t.counts, t.all, err));
    SPX_TRY(mark_tensors(a, s, &t, err));
    *out = t;
    t = (figure_tensors){0};
out:
    figures_free_tensors(&t);
    return st;
}

spx_status figures_most_changed(const arms *a, size_t arm, char out[FIGURE_TENSOR], spx_error *err)
{
    spx_status st = SPX_OK;
    figure_tensors t = {0};
    SPX_TRY(figures_tensors(a, arm, &t, err));
    if (t.matched == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: no tensor matches", spx_store_path(a->store[arm]));
    snprintf(out, FIGURE_TENSOR, "%s", t.name[t.most]);
out:
    figures_free_tensors(&t);
    return st;
}

spx_status figures_no_rows(const arms *a, size_t arm, const char *tensor, const char *dataset,
                           spx_error *err)
{
    static const spx_names every;
    spx_status st = SPX_OK;
    arms all = {.tensors = &every};
    char most[FIGURE_TENSOR];
    const char *path = spx_store_path(a->store[arm]);
    all.store[0] = a->store[arm];
    SPX_TRY(figures_most_changed(&all, 0, most, err));
    if (strcmp(dataset, "change_map") == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: %s has no change_map (spx-compare --maps makes it)",
                  path, tensor);
    if (strcmp(most, tensor) == 0)
        SPX_RAISE(err, SPX_ENOTFOUND, "%s: %s, the most changed tensor, has no %s", path, tensor,
                  dataset);
    SPX_RAISE(err, SPX_ENOTFOUND, "%s: %s has no %s; most changed: -t '%s'", path, tensor, dataset,
              most);
out:
    return st;
}
