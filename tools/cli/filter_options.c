/* filter_options.c: the options with which a tool asks for a filter, and the list of filters. */
#include "filter_options.h"

#include "param_options.h"

#include <math.h>
#include <string.h>

const cli_opt *filter_options_but_tau(const cli_opt *row)
{
    static cli_opt option[SPX_PARAMS_MAX + 1];
    spx_param p;
    if (option[0].kind != CLI_END) return option;
    cli_opt *next = option;
    const size_t begin = offsetof(spx_run_spec, filter), end = begin + sizeof(spx_filter_spec);
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (p.offset >= begin && p.offset < end && p.type != SPX_PARAM_SEED &&
            strcmp(p.name, "tau") != 0)
            *next++ = param_option(p.name, (char *)row->value + p.offset - begin);
    return option;
}

void filters_fill(spx_filter_spec *spec) { spec->seed = (uint64_t)cli.seed; }

/* A parameter with the filter's default, by name alone where another rule stands for it. */
static void print_parameter(const char *name, double otherwise)
{
    if (isnan(otherwise))
        fprintf(cli.out, " %s", name);
    else if (otherwise != 0)
        fprintf(cli.out, " %s=%g", name, otherwise);
}

void filters_list(void)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    fprintf(cli.out, "name\tfamily\tsummary\tsource\tparameters\n");
    for (size_t i = 0; spx_filter_at(i); i++) {
        const spx_filter_row *r = spx_filter_at(i);
        fprintf(cli.out, "%s\t%s\t%s\t%s\t", r->name, r->family, r->summary,
                *r->source ? r->source : "-");
        fprintf(cli.out, "apply=%s", r->defaults.apply ? r->defaults.apply : "batch");
        if (r->defaults.energy) fprintf(cli.out, " energy=%s", r->defaults.energy);
        for (size_t j = 0; j < n; j++)
            print_parameter(p[j].name, spx_filter_number(&r->defaults, &p[j]));
        fprintf(cli.out, "\n");
    }
}
