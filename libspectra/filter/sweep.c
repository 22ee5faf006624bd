/* sweep.c: a filter at several values of one parameter. */
#include "filter/parts.h"

#include <math.h>
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
