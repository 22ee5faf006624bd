/* measure_record.c: what was measured of a matrix, put where a run file keeps it. */
#include "spx/measure.h"

#include <stdio.h>

/* Where the numbers go: group "tensors/<tensor>" at a stage. */
typedef struct place {
    spx_store *store;
    size_t stage;
    char group[600];
} place;

static spx_status put_number(const place *p, const spx_quantity *q, double value, spx_error *err)
{
    return spx_store_put(p->store, p->group, q, p->stage, value, err);
}

static spx_status put_row(const place *p, const spx_quantity *q, const char *axis,
                          const double *values, size_t n, spx_error *err)
{
    if (!values) return SPX_OK;
    return spx_store_put_row(p->store, p->group, q, p->stage, axis, values, n, err);
}

enum { SIGMA, RESIDUAL, CHANGE_SIGMA, CHANGE_MAP, OVERLAPS_U, OVERLAPS_V, QUANTITIES };

static const spx_quantity quantity[QUANTITIES] = {
    [SIGMA] = {"sigma", "1", "singular values, descending", "dsterf", "0 and more",
               "large: a direction is amplified much"},
    [RESIDUAL] = {"svd_residual", "1",
                  "largest residual of a triplet / sigma_1, or without any "
                  "|sum sigma^2 - |W|_F^2| / sigma_1^2",
                  "measured", "0 and more", "near 1e-15: the decomposition is right"},
    [CHANGE_SIGMA] = {"change_sigma", "1", "singular values of W - W0, descending", "dsterf",
                      "0 and more", "0: no change"},
    [CHANGE_MAP] = {"change_map", "1",
                    "share of |W - W0|_F^2 by tenths of the base's output directions (rows) and "
                    "input directions (columns), 10 x 10",
                    "spx/change.h", "0 to 1", "0.01: as a change that is not aimed at them"},
    [OVERLAPS_U] = {"overlaps_u", "1",
                    "|U0_k^T U_l|_F^2 / min(k, l) of the base's leading k output directions and "
                    "the stage's leading l, k, l = 1 .. K row by row",
                    "spx/subspace.h", "0 to 1", "1: the smaller lies in the larger"},
    [OVERLAPS_V] = {"overlaps_v", "1", "the same of input directions, |V0_k^T V_l|_F^2 / min(k, l)",
                    "spx/subspace.h", "0 to 1", "1: the smaller lies in the larger"},
};

const spx_quantity *spx_stage_quantity(size_t i) { return i < QUANTITIES ? &quantity[i] : NULL; }

static spx_status record_spectrum(const place *p, const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(put_row(p, &quantity[SIGMA], "sv", n->now->s, n->now->r, err));
    SPX_TRY(put_number(p, &quantity[RESIDUAL], n->now->residual, err));
    for (size_t i = 0; spx_spectrum_metric(i); i++)
        SPX_TRY(put_number(p, spx_spectrum_metric(i), n->spectrum[i], err));
out:
    return st;
}

/* A quantity's null band, under its name with _null. */
typedef struct null_quantity {
    char name[64], text[256];
    spx_quantity q;
} null_quantity;

static const spx_quantity *null_of(const spx_quantity *q, null_quantity *out)
{
    snprintf(out->name, sizeof out->name, "%s_null", q->name);
    snprintf(out->text, sizeof out->text, "rounding alone may give: %s", q->long_name);
    out->q = (spx_quantity){.name = out->name,
                            .units = q->units,
                            .long_name = out->text,
                            .source = "spx/nullband.h",
                            .range = q->range,
                            .reading = "no further from the ideal: nothing but rounding"};
    return &out->q;
}

static spx_status record_subspace(const place *p, const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    null_quantity name;
    for (size_t i = 0; spx_subspace_metric(i); i++) {
        const spx_quantity *q = spx_subspace_metric(i);
        SPX_TRY(put_number(p, q, n->subspace.value[i], err));
        SPX_TRY(put_number(p, null_of(q, &name), n->null.value[i], err));
    }
    for (size_t j = 0; spx_subspace_row(j); j++) {
        const spx_quantity *q = spx_subspace_row(j);
        SPX_TRY(put_row(p, q, "direction", n->subspace.row[j], n->subspace.k, err));
        SPX_TRY(put_row(p, null_of(q, &name), "direction", n->null.row[j], n->null.k, err));
    }
out:
    return st;
}

static spx_status record_change(const place *p, const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; spx_change_metric(i); i++)
        SPX_TRY(put_number(p, spx_change_metric(i), n->change.value[i], err));
    SPX_TRY(put_row(p, &quantity[CHANGE_SIGMA], "sv", n->change.s, n->change.r, err));
out:
    return st;
}

static spx_status record_shuffled(const place *p, const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; spx_shuffled_metric(i); i++)
        SPX_TRY(put_number(p, spx_shuffled_metric(i), n->shuffled[i], err));
out:
    return st;
}

static spx_status record_maps(const place *p, const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(put_row(p, &quantity[CHANGE_MAP], "cell", n->map, sizeof n->map / sizeof *n->map, err));
    for (size_t side = 0; side < 2; side++)
        SPX_TRY(put_row(p, &quantity[OVERLAPS_U + side], "pair", n->overlaps[side].data,
                        n->k * n->k, err));
out:
    return st;
}

static spx_status record_filter(const place *p, const spx_filter_report *r, spx_error *err)
{
    spx_status st = SPX_OK;
    double value[SPX_FILTER_QUANTITIES];
    spx_filter_values(r, value);
    for (size_t i = 0; i < SPX_FILTER_QUANTITIES; i++)
        SPX_TRY(put_number(p, &spx_filter_quantities()[i], value[i], err));
out:
    return st;
}

spx_status spx_stage_record(spx_store *store, const char *tensor, size_t stage,
                            const spx_stage_numbers *n, spx_error *err)
{
    spx_status st = SPX_OK;
    place p = {.store = store, .stage = stage};
    spx_store_group_of(p.group, sizeof p.group, "tensors", tensor);
    if (n->parts & SPX_SPECTRUM) SPX_TRY(record_spectrum(&p, n, err));
    if (n->parts & SPX_SUBSPACE) SPX_TRY(record_subspace(&p, n, err));
    if (n->parts & SPX_CHANGE) SPX_TRY(record_change(&p, n, err));
    if (n->parts & SPX_MAPS) SPX_TRY(record_maps(&p, n, err));
    if (n->parts & SPX_SHUFFLED) SPX_TRY(record_shuffled(&p, n, err));
    if (n->removed) SPX_TRY(record_filter(&p, n->removed, err));
    SPX_TRY(spx_store_say_name(store, "tensors", tensor, err));
out:
    return st;
}
