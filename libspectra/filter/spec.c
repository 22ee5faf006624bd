/* spec.c: what a user may ask of a filter. */
#include "filter/parts.h"

#include <math.h>
#include <string.h>

const char *spx_filter_name(const void *unused, size_t i)
{
    (void)unused;
    const spx_filter_row *row = spx_filter_at(i);
    return row ? row->name : NULL;
}

const char *spx_filter_basis(const void *unused, size_t i)
{
    static const char *const names[] = {"current", "original", "union", "edited"};
    (void)unused;
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *spx_filter_energy(const void *unused, size_t i)
{
    static const char *const names[] = {"sum", "squares"};
    (void)unused;
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *spx_filter_count(const void *unused, size_t i)
{
    static const char *const names[] = {"eq5", "released"};
    (void)unused;
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

const char *spx_filter_apply_to(const void *unused, size_t i)
{
    static const char *const names[] = {"batch", "cumulative"};
    (void)unused;
    return i < sizeof names / sizeof *names ? names[i] : NULL;
}

/* Sets parameter i to its default where it is not given; checks its domain otherwise. */
static spx_status settle_number(const kind *k, size_t i, spx_filter_spec *out, spx_error *err)
{
    size_t n = 0;
    const spx_filter_param *p = &spx_filter_params(&n)[i];
    const double otherwise = spx_filter_number(&k->row.defaults, p);
    const double given = spx_filter_number(out, p);
    if (given == p->otherwise) {
        if (!p->whole && !isnan(otherwise))
            memcpy((char *)out + p->offset, &otherwise, sizeof otherwise);
        return SPX_OK;
    }
    if (!(k->row.uses >> i & 1) && !p->common)
        return SPX_FAIL(err, SPX_EINVAL, "filter %s has no parameter %s", out->name, p->name);
    if (!(given > p->min && given <= p->max))
        return SPX_FAIL(err, SPX_EINVAL, "filter %s: %s is %g, not in (%g, %g]", out->name, p->name,
                        given, p->min, p->max);
    return SPX_OK;
}

/* The text given, else the filter's default, else the first choice; it must be one of them. */
static spx_status settle_text(const char *what, const char *own, spx_name_fn *choices,
                              const char **text, spx_error *err)
{
    size_t i = 0;
    if (!*text) *text = own ? own : choices(NULL, 0);
    return spx_find_name(what, *text, choices, NULL, &i, err);
}

spx_status filter_settle(const spx_filter_spec *spec, const kind **k, spx_filter_spec *out,
                         spx_error *err)
{
    spx_status st = SPX_OK;
    size_t i = 0;
    *out = *spec;
    SPX_TRY(
        spx_find_name("filter", spec->name ? spec->name : "none", spx_filter_name, NULL, &i, err));
    *k = filter_kind(i);
    const spx_filter_row *row = &(*k)->row;
    out->name = row->name;
    SPX_TRY(settle_text("basis", NULL, spx_filter_basis, &out->basis, err));
    SPX_TRY(settle_text("energy", row->defaults.energy, spx_filter_energy, &out->energy, err));
    SPX_TRY(settle_text("count", NULL, spx_filter_count, &out->count, err));
    SPX_TRY(settle_text("way to apply a filter", row->defaults.apply, spx_filter_apply_to,
                        &out->apply, err));
    for (i = 0; i < PARAMS; i++) SPX_TRY(settle_number(*k, i, out, err));
    if (strcmp(out->basis, "union") == 0 && (*k)->one_basis)
        SPX_RAISE(err, SPX_EINVAL, "filter %s cannot use basis 'union'", out->name);
    if (strcmp(out->basis, "edited") == 0 && (*k)->reads_weight)
        SPX_RAISE(err, SPX_EINVAL, "filter %s cannot use basis 'edited'", out->name);
out:
    return st;
}

spx_status spx_filter_resolve(const spx_filter_spec *spec, spx_filter_spec *out, spx_error *err)
{
    const kind *k = NULL;
    spx_filter_spec settled;
    const spx_status st = filter_settle(spec, &k, &settled, err);
    if (st == SPX_OK && out) *out = settled;
    return st;
}

size_t spx_filter_reach(const spx_filter_spec *spec, const double *s, size_t r)
{
    const kind *k = NULL;
    spx_filter_spec settled;
    if (filter_settle(spec, &k, &settled, NULL) != SPX_OK) return 0;
    return basis_reach(&settled, k->from, s, r);
}
