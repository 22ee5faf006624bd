/* sweep.c: a filter at several values of one parameter. */
#include "filter/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void spx_filter_set_number(spx_filter_spec *spec, const spx_filter_param *p, double x)
{
    char *at = (char *)spec + p->offset;
    const size_t n = p->whole ? (size_t)x : 0;
    if (p->whole)
        memcpy(at, &n, sizeof n);
    else
        memcpy(at, &x, sizeof x);
}

size_t spx_filter_values_read(const spx_filter_param *p, const char *text,
                              double value[SPX_FILTER_VALUES])
{
    size_t n = 0;
    char *end = NULL;
    for (const char *at = text; n < SPX_FILTER_VALUES; at = end + 1) {
        const double x = strtod(at, &end);
        if (end == at || !isfinite(x) || !(x > p->min && x <= p->max)) return 0;
        if (p->whole && floor(x) != x) return 0;
        value[n++] = x;
        if (*end == '\0') return n;
        if (*end != ',') return 0;
    }
    return 0;
}

const spx_filter_param *spx_filter_main_param(const char *filter)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    const spx_filter_row *row = spx_filter_find(filter);
    for (size_t i = 0; row && i < n; i++)
        if (!p[i].whole && row->uses >> i & 1) return &p[i];
    return &p[TAU];
}

spx_status spx_filter_resolve_swept(const spx_filter_sweep *s, size_t i, spx_filter_spec *out,
                                    spx_error *err)
{
    spx_filter_spec one = s->filter;
    spx_filter_set_number(&one, s->param, s->value[i]);
    return spx_filter_resolve(&one, out, err);
}

static size_t add_text(const char *name, const char *value, char *out, size_t room, size_t at)
{
    const int n = value && at < room ? snprintf(out + at, room - at, " %s=%s", name, value) : 0;
    return at + (size_t)n;
}

void spx_filter_text(const spx_filter_spec *spec, char *out, size_t room)
{
    char number[32];
    size_t n = 0, at = (size_t)snprintf(out, room, "%s", spec->name ? spec->name : "none");
    const spx_filter_param *p = spx_filter_params(&n);
    at = add_text("basis", spec->basis, out, room, at);
    at = add_text("energy", spec->energy, out, room, at);
    at = add_text("count", spec->count, out, room, at);
    at = add_text("apply", spec->apply, out, room, at);
    for (size_t i = 0; i < n; i++) {
        const double x = spx_filter_number(spec, &p[i]);
        snprintf(number, sizeof number, "%g", x);
        at = add_text(p[i].name, x == p[i].otherwise ? NULL : number, out, room, at);
    }
}
