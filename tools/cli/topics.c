/* topics.c: editors, rules for targets and filters as topics of --help. */
#include "topics.h"

#include "spx/edit.h"
#include "spx/filter.h"
#include "spx/params.h"

#include <math.h>

static const spx_editor *editor_at(size_t i)
{
    size_t n = 0;
    return spx_editors(&n)[i];
}

static void print_editor(size_t i)
{
    const spx_editor *e = editor_at(i);
    printf("%s, an editor: %s\nSource: %s\n", e->name, e->summary, e->source);
}

/* The names of an option and of a parameter, which has '_' for '-'. */
static bool same_name(const char *option, const char *param)
{
    for (; *option && (*option == *param || (*option == '-' && *param == '_')); option++) param++;
    return *option == *param;
}

static bool editor_reads(size_t i, const char *option)
{
    const spx_editor *e = editor_at(i);
    for (size_t o = 0; o < SPX_EDIT_OPTIONS; o++)
        if (same_name(option, spx_edit_option_rows()[o].name)) return e->uses >> o & 1;
    return false;
}

static const spx_target_rule *rule_at(size_t i)
{
    size_t n = 0;
    return &spx_target_rules(&n)[i];
}

static void print_rule(size_t i)
{
    const spx_target_rule *r = rule_at(i);
    printf("%s, a rule for targets: %s\nSource: %s\n", r->name, r->summary, r->source);
}

static bool rule_reads(size_t i, const char *option)
{
    return rule_at(i)->normed && same_name(option, "pilot");
}

static void print_filter(size_t i)
{
    size_t n = 0, shown = 0;
    const spx_filter_row *r = spx_filter_at(i);
    const spx_filter_param *p = spx_filter_params(&n);
    printf("%s, a filter (%s): %s\n", r->name, r->family, r->summary);
    if (*r->source) printf("Source: %s\n", r->source);
    printf("Applied to the %s change", r->defaults.apply ? r->defaults.apply : "batch's");
    for (size_t j = 0; j < n; j++) {
        const double x = spx_filter_number(&r->defaults, &p[j]);
        if (x != 0 && !isnan(x)) printf("%s%s %g", shown++ ? ", " : "; defaults: ", p[j].name, x);
    }
    printf("\n");
}

static bool filter_reads(size_t i, const char *option)
{
    size_t n = 0;
    const spx_filter_param *p = spx_filter_params(&n);
    for (size_t j = 0; j < n; j++)
        if (same_name(option, p[j].name)) return spx_filter_at(i)->uses >> j & 1;
    return false;
}

const cli_topics editor_topics = {"Editors", spx_editor_name, print_editor, editor_reads};
const cli_topics target_topics = {"Targets", spx_target_rule_name, print_rule, rule_reads};
const cli_topics filter_topics = {"Filters", spx_filter_name, print_filter, filter_reads};
