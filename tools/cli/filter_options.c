/* filter_options.c: the options with which a tool asks for a filter. */
#include "filter_options.h"

#include <math.h>

long filters_rank;

void filters_fill(spx_filter_spec *spec)
{
    spec->k = (size_t)filters_rank;
    spec->seed = (uint64_t)cli.seed;
}

static void print_default(const char *name, double value)
{
    if (isnan(value))
        printf(" %s", name);
    else if (value != 0)
        printf(" %s=%g", name, value);
}

void filters_list(void)
{
    printf("name\tfamily\tsummary\tsource\tparameters\n");
    for (size_t i = 0; spx_filter_at(i); i++) {
        const spx_filter_row *r = spx_filter_at(i);
        const spx_filter_spec *d = &r->defaults;
        printf("%s\t%s\t%s\t%s\t", r->name, r->family, r->summary, *r->source ? r->source : "-");
        printf("apply=%s", d->apply ? d->apply : "batch");
        if (d->energy) printf(" energy=%s", d->energy);
        print_default("tau", d->tau);
        print_default("weight", d->weight);
        print_default("threshold", d->threshold);
        print_default("alpha", d->alpha);
        print_default("keep", d->keep);
        print_default("noise", d->noise);
        print_default("cap", d->cap);
        printf("\n");
    }
}
