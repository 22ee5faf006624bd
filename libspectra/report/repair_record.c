/* repair_record.c: the rows of a repair in a run file, beside their evaluations. */
#include "report/repair.h"

#include <math.h>
#include <stdio.h>

#define OURS "spx/repair.h"
static const spx_quantity of_sweep = {
    "sweep", "1",        "the sweep that the model is a candidate of",
    OURS,    "0 and up", "0: the unedited or the edited model"};
static const spx_quantity of_value = {"at", "1", "value of the parameter that is swept",
                                      OURS, "",  "of the filter that attribute sweepN names"};
static const spx_quantity of_frontier = {
    "frontier", "1",    "no other model has as many facts, as little perplexity, and more or less",
    OURS,       "0, 1", "1: on the frontier"};
static const spx_quantity of_distance = {
    "distance", "1",         "distance from the chord between the ends of the frontier",
    OURS,       "0 to 0.71", "the largest one is the knee"};
static const spx_quantity of_knee = {"knee", "1", "the largest distance", OURS, "0, 1", "1: it is"};

/* One number of the test of an ability under NAME_`what`. */
static spx_status put_test(spx_store *s, size_t stage, const spx_ability *a, const char *what,
                           const char *definition, double value, spx_error *err)
{
    char name[80];
    snprintf(name, sizeof name, "%s_%s", a->q->name, what);
    const spx_quantity q = {name, "1", definition, "McNemar 1947", "0 and up", ""};
    return spx_store_put(s, "repair", &q, stage, value, err);
}

static spx_status put_tests(spx_store *s, size_t stage, const spx_ability *a, spx_error *err)
{
    spx_status st = SPX_OK;
    if (isnan(a->p)) return SPX_OK;
    SPX_TRY(put_test(s, stage, a, "lost", "items right in the edited model alone", (double)a->lost,
                     err));
    SPX_TRY(
        put_test(s, stage, a, "gained", "items right in this model alone", (double)a->gained, err));
    SPX_TRY(put_test(s, stage, a, "p", "exact two-sided test of the two", a->p, err));
out:
    return st;
}

static spx_status put_row(spx_store *s, size_t stage, const spx_repair_row *r, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_put(s, "repair", &of_sweep, stage, (double)r->sweep, err));
    SPX_TRY(spx_store_put(s, "repair", &of_value, stage, r->at, err));
    SPX_TRY(spx_store_put(s, "repair", &of_frontier, stage, r->frontier, err));
    SPX_TRY(spx_store_put(s, "repair", &of_distance, stage, r->distance, err));
    SPX_TRY(spx_store_put(s, "repair", &of_knee, stage, r->knee, err));
    for (size_t i = 0; i < r->abilities; i++) SPX_TRY(put_tests(s, stage, &r->ability[i], err));
out:
    return st;
}

spx_status repair_record(const spx_repair_opts *o, const spx_repair *r, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < o->sweeps; i++) {
        char name[32], filter[128], text[160];
        spx_filter_spec fixed = o->sweep[i].filter;
        spx_filter_set_number(&fixed, o->sweep[i].param, o->sweep[i].param->otherwise);
        snprintf(name, sizeof name, "sweep%zu", i + 1);
        spx_filter_text(&fixed, filter, sizeof filter);
        snprintf(text, sizeof text, "%s %s", filter, o->sweep[i].param->name);
        SPX_TRY(spx_store_set_text(o->store, "repair", name, text, err));
    }
    SPX_TRY(spx_store_set_text(o->store, "repair", "kept", r->kept, err));
    for (size_t i = 0; i < r->n; i++) SPX_TRY(put_row(o->store, i, &r->row[i], err));
out:
    return st;
}
