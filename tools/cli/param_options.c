/* param_options.c: options that set parameters of a run, made from the table of params.h. */
#include "param_options.h"

#include "topics.h"

#include "spx/layer_list.h"

#include <assert.h>
#include <string.h>

/* Names and help of the options made so far. */
typedef struct option_text {
    char name[32], help[512];
} option_text;
static option_text texts[2 * SPX_PARAMS_MAX];
static size_t texts_used;

static bool given[SPX_PARAMS_MAX];
static const char *layers;

/* The options' names have '-' for '_'. */
static void name_option(const spx_param *p, char *out, size_t size)
{
    snprintf(out, size, "%s", p->name);
    for (char *c = out; *c; c++)
        if (*c == '_') *c = '-';
}

/* The help line, and the default in brackets where it has none; a filter's 0 is its own default. */
static void explain(const spx_param *p, char *out, size_t size)
{
    const bool number = p->type != SPX_PARAM_TEXT && p->type != SPX_PARAM_LAYERS && p->value_name;
    snprintf(out, size, "%s", p->help);
    const size_t used = strlen(out);
    if (strchr(out, '[')) return;
    if (p->text)
        snprintf(out + used, size - used, " [%s]", p->text);
    else if (number && (p->group != SPX_PARAM_FILTER || p->otherwise != 0))
        snprintf(out + used, size - used, " [%g]", p->otherwise);
}

/* The names that the parameter's value may be. */
static spx_name_fn *choices_of(const spx_param *p)
{
    static const struct {
        const char *name;
        const cli_topics *topics;
    } named[] = {
        {"editor", &editor_topics}, {"targets", &target_topics}, {"filter", &filter_topics}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(named[i].name, p->name) == 0) return named[i].topics->name;
    return NULL;
}

static cli_kind kind_of(const spx_param *p)
{
    switch (p->type) {
    case SPX_PARAM_REAL: return CLI_REAL;
    case SPX_PARAM_WHOLE: return CLI_WHOLE;
    case SPX_PARAM_COUNT:
    case SPX_PARAM_SEED: return CLI_SIZE;
    case SPX_PARAM_SWITCH: return p->value_name ? CLI_BOOL : CLI_FLAG;
    case SPX_PARAM_TEXT:
    case SPX_PARAM_LAYERS: break;
    }
    return CLI_STR;
}

static cli_opt make_option(const spx_param *p, void *value, bool *flag)
{
    assert(texts_used < sizeof texts / sizeof *texts);
    option_text *t = &texts[texts_used++];
    name_option(p, t->name, sizeof t->name);
    explain(p, t->help, sizeof t->help);
    return (cli_opt){.kind = kind_of(p),
                     .name = t->name,
                     .value = value,
                     .min = p->min,
                     .max = p->max,
                     .value_name = p->value_name,
                     .help = t->help,
                     .given = flag,
                     .choices = choices_of(p),
                     .more = p->detail};
}

cli_opt param_option(const char *name, void *value)
{
    spx_param p = {0};
    const bool known = spx_param_find(name, &p);
    assert(known);
    return make_option(&p, value, NULL);
}

const cli_opt *param_options(const cli_opt *row)
{
    static const char *const heading[SPX_PARAM_GROUPS] = {
        [SPX_PARAM_EDITOR] = "Editor",        [SPX_PARAM_SEARCH] = "Search for targets",
        [SPX_PARAM_FILTER] = "Filter",        [SPX_PARAM_ROUNDS] = "Rounds",
        [SPX_PARAM_MEASURE] = "Measurements",
    };
    static cli_opt option[SPX_PARAMS_MAX + SPX_PARAM_GROUPS + 1];
    spx_param p;
    if (option[0].kind != CLI_END) return option;
    cli_opt *next = option;
    size_t groups = 0; /* that have begun */
    for (size_t i = 0; spx_param_at(i, &p); i++) {
        if (p.type == SPX_PARAM_SEED) continue; /* an option of every tool */
        if (p.group == groups) *next++ = (cli_opt){.kind = CLI_HEADING, .help = heading[groups++]};
        void *place = (char *)row->value + p.offset;
        *next++ = make_option(&p, p.type == SPX_PARAM_LAYERS ? (void *)&layers : place, &given[i]);
    }
    return option;
}

const bool *param_options_given(void) { return given; }

bool param_options_has(const char *name)
{
    spx_param p;
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (strcmp(p.name, name) == 0) return given[i];
    return false;
}

spx_status param_options_finish(spx_run_spec *spec, spx_error *err)
{
    spec->filter.seed = (uint64_t)cli.seed;
    if (!layers) return SPX_OK;
    return spx_layers_parse(layers, spec->layer, SPX_MAX_LAYERS, &spec->layers, err);
}
