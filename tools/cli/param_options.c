/* param_options.c: options that set parameters of a run, made from the table of params.h. */
#include "param_options.h"

#include "spx/layer_list.h"
#include "spx/names.h"

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
    spx_option_name(p->name, t->name, sizeof t->name);
    spx_param_help(p, t->help, sizeof t->help);
    return (cli_opt){.kind = kind_of(p),
                     .name = t->name,
                     .value = value,
                     .min = p->min,
                     .max = p->max,
                     .value_name = p->value_name,
                     .help = t->help,
                     .given = flag,
                     .choices = p->choices,
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
