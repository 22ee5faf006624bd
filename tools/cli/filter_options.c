/* filter_options.c: the options with which a tool asks for a filter, and the list of filters. */
#include "filter_options.h"

#include "param_options.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MOST_NUMBERS = 16 };
static const char *given[MOST_NUMBERS]; /* the text of each row of spx_filter_params */

/* The option of a parameter; of a number it is a text, which may be a list. */
static cli_opt make_option(const spx_param *p, void *value)
{
    size_t n = 0;
    const spx_filter_param *numbers = spx_filter_params(&n);
    cli_opt o = param_option(p->name, value);
    assert(n <= MOST_NUMBERS);
    for (size_t i = 0; i < n; i++)
        if (strcmp(numbers[i].name, p->name) == 0) {
            o.kind = CLI_STR;
            o.value = &given[i];
        }
    return o;
}

const cli_opt *filter_options(const cli_opt *row)
{
    static cli_opt option[SPX_PARAMS_MAX + 1];
    spx_param p;
    if (option[0].kind != CLI_END) return option;
    cli_opt *next = option;
    const size_t begin = offsetof(spx_run_spec, filter), end = begin + sizeof(spx_filter_spec);
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (p.offset >= begin && p.offset < end && p.type != SPX_PARAM_SEED)
            *next++ = make_option(&p, (char *)row->value + p.offset - begin);
    return option;
}

bool filters_given(void)
{
    for (size_t i = 0; i < MOST_NUMBERS; i++)
        if (given[i]) return true;
    return false;
}

/* The values of a list; CLI_USAGE says what it may be. */
static int read_values(const spx_filter_param *p, const char *text, double *value, size_t *n)
{
    char most[64] = "";
    *n = spx_filter_values_read(p, text, value);
    if (*n > 0) return CLI_OK;
    if (isfinite(p->max)) snprintf(most, sizeof most, " and up to %g", p->max);
    return cli_usage("invalid --%s '%s' (expected at most %d %snumbers above %g%s, such as %s)",
                     p->name, text, SPX_FILTER_VALUES, p->whole ? "whole " : "", p->min, most,
                     p->whole      ? "8,16"
                     : p->max == 1 ? "0.1,0.2; 0.2 for 20 %"
                                   : "0.2 or 0.2,0.5");
}

/* Puts the values of parameter p in place: one into the filter, several into the sweep. */
static int take_values(const spx_filter_param *p, const char *text, spx_filter_sweep *out)
{
    double value[SPX_FILTER_VALUES];
    size_t n = 0;
    const int code = read_values(p, text, value, &n);
    if (code != CLI_OK) return code;
    if (n == 1) {
        spx_filter_set_number(&out->filter, p, value[0]);
        return CLI_OK;
    }
    if (out->param)
        return cli_usage("--%s and --%s are both lists (expected one)", out->param->name, p->name);
    out->param = p;
    out->n = n;
    memcpy(out->value, value, sizeof value);
    return CLI_OK;
}

/* The one parameter that has a text; the filter's main one if none or several have. */
static const spx_filter_param *choose_param(const char *filter, const char *const *text)
{
    size_t n = 0, count = 0;
    const spx_filter_param *p = spx_filter_params(&n), *last = NULL;
    for (size_t i = 0; i < n; i++)
        if (text[i]) {
            count++;
            last = &p[i];
        }
    return count == 1 ? last : spx_filter_main_param(filter);
}

/* Puts the texts of all numbers, one a row of spx_filter_params, in place. */
static int take_numbers(const char *const *text, spx_filter_sweep *out)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    out->filter.seed = (uint64_t)cli.seed;
    for (size_t i = 0; i < n; i++) {
        const int code = text[i] ? take_values(&p[i], text[i], out) : CLI_OK;
        if (code != CLI_OK) return code;
    }
    if (out->param) return CLI_OK;
    out->param = choose_param(out->filter.name, text);
    out->value[0] = spx_filter_number(&out->filter, out->param);
    out->n = 1;
    return CLI_OK;
}

int filters_collect(const spx_filter_spec *spec, const char *otherwise, spx_filter_sweep *out)
{
    *out = (spx_filter_sweep){.filter = *spec};
    if (!spec->name) out->filter.name = otherwise;
    return take_numbers(given, out);
}

/* Where the text of a parameter goes: a number's to its row of `number`, a name's into the filter.
 * NULL: a filter has no such parameter. */
static const char **find_place(const char *name, const char **number, spx_filter_spec *filter)
{
    size_t n = 0;
    spx_param p;
    const spx_filter_param *numbers = spx_filter_params(&n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(numbers[i].name, name) == 0) return &number[i];
    if (!spx_param_find(name, &p) || p.group != SPX_PARAM_FILTER || p.type != SPX_PARAM_TEXT)
        return NULL;
    return (const char **)((char *)filter + p.offset - offsetof(spx_run_spec, filter));
}

int filters_read(const char *option, char *text, spx_filter_sweep *out)
{
    const char *number[MOST_NUMBERS] = {0};
    char *rest = NULL;
    *out = (spx_filter_sweep){.filter.name = strtok_r(text, " ", &rest)};
    if (!out->filter.name) return cli_usage("empty --%s (expected FILTER NAME=VALUE ..)", option);
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
        char *equals = strchr(word, '=');
        if (!equals)
            return cli_usage("invalid --%s: '%s' (expected NAME=VALUE, as cap=0.2,0.5)", option,
                             word);
        *equals = '\0';
        const char **place = find_place(word, number, &out->filter);
        if (!place)
            return cli_usage(
                "invalid --%s: unknown parameter '%s' of %s (see spx-filter --help=%s)", option,
                word, out->filter.name, out->filter.name);
        *place = equals + 1;
    }
    return take_numbers(number, out);
}

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
