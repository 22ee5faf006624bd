/* params.c: the one table of what a run may be told. */
#include "spx/params.h"

#include "spx/layer_list.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PLACE(field) offsetof(spx_run_spec, field)
#define IS(GROUP, TYPE, field) \
    .group = SPX_PARAM_##GROUP, .type = SPX_PARAM_##TYPE, .offset = PLACE(field)
#define ROWS(table) (sizeof(table) / sizeof *(table))

/* The rows of this file: before the editors' options, before the filters' numbers, and the rest.
 * Domains and defaults of the editors' options are edit/editors.c's, of the filters' numbers
 * filter/kinds.c's. */
/* clang-format off */
static const spx_param first_rows[] = {
    {.name = "editor", IS(EDITOR, TEXT, editor), .text = "memit", .choices = spx_editor_name,
     .value_name = "NAME", .help = "how facts are written"},
    {.name = "simie", IS(EDITOR, REAL, simie), .detail = true, .max = 1e30,
     .value_name = "LAMBDA",
     .help = "every batch is solved on the original model and carried over (SimIE: 1e4); 0: written "
             "where it is solved [0]"},
};

/* The defaults are those of the public MEMIT code; v_lr, steps and stop as they converge on a small
 * model. */
static const spx_param middle_rows[] = {
    {.name = "targets", IS(SEARCH, TEXT, targets), .choices = spx_target_rule_name, .value_name = "RULE",
     .help = "where targets are searched and how the layers share them [spread]"},
    {.name = "pilot", IS(SEARCH, COUNT, pilot), .detail = true, .min = 1, .max = 1e6,
     .otherwise = 100,
     .value_name = "N", .help = "nas: facts from the first on, which fix the norm of values"},
    {.name = "v_lr", IS(SEARCH, REAL, target.lr), .detail = true, .min = 1e-9,
     .max = 1e9, .otherwise = 0.5,
     .value_name = "RATE", .help = "Adam's rate"},
    {.name = "clamp", IS(SEARCH, REAL, target.clamp), .detail = true, .max = 1e9, .otherwise = 0.75,
     .value_name = "RATIO", .help = "largest |delta| / |h0|"},
    {.name = "weight_decay", IS(SEARCH, REAL, target.weight_decay), .detail = true, .max = 1e9,
     .otherwise = 0.5,
     .value_name = "WEIGHT", .help = "weight of |delta| / |h0|^2 in the loss"},
    {.name = "kl", IS(SEARCH, REAL, target.kl), .detail = true, .max = 1e9, .otherwise = 0.0625,
     .value_name = "WEIGHT", .help = "weight of the KL term in the loss"},
    {.name = "stop", IS(SEARCH, REAL, target.stop), .detail = true, .max = 1e9, .otherwise = 0.05,
     .value_name = "LOSS", .help = "loss at which a fact is done"},
    {.name = "steps", IS(SEARCH, COUNT, target.steps), .detail = true,
     .min = 1, .max = 1e6, .otherwise = 25,
     .value_name = "N", .help = "largest number of passes over a fact"},
    {.name = "contexts", IS(SEARCH, COUNT, contexts), .detail = true, .max = 100, .otherwise = 5,
     .value_name = "N", .help = "prefix sentences used beside the bare prompt"},
    {.name = "search_rows", IS(SEARCH, COUNT, target.rows), .detail = true, .max = 1e6,
     .neutral = true, .value_name = "N",
     .help = "positions searched at once, which bounds the memory; 0: 1024, for FT 512 [0]"},
    {.name = "layers", IS(SEARCH, LAYERS, layer),
     .value_name = "LIST", .help = "blocks that are edited, such as 6-10 or 3,5,8-9"},
    {.name = "filter", IS(FILTER, TEXT, filter.name), .text = "none", .choices = spx_filter_name,
     .value_name = "NAME",
     .help = "what is taken out of a change; spx-filter --list has the names "
             "[none; of spx-filter: revive]"},
    {.name = "basis", IS(FILTER, TEXT, filter.basis), .choices = spx_filter_basis,
     .value_name = "WHICH",
     .help = "singular vectors of the original weight, the current one, their union, or the weight as "
             "the change leaves it, edited [current]"},
    {.name = "energy", IS(FILTER, TEXT, filter.energy), .choices = spx_filter_energy, .detail = true,
     .value_name = "KIND",
     .help = "tau is a share of the sum of singular values or of the squares [the filter's]"},
    {.name = "count", IS(FILTER, TEXT, filter.count), .choices = spx_filter_count, .detail = true,
     .value_name = "RULE", .help = "directions that tau protects, by eq5 or as released [eq5]"},
    {.name = "apply", IS(FILTER, TEXT, filter.apply), .choices = spx_filter_apply_to, .detail = true,
     .value_name = "WHERE",
     .help = "to the change of a batch or to the cumulative one [the filter's]"},
};

/* Feedback is recorded with the filter's name. */
static const spx_param last_rows[] = {
    {.name = "feedback", IS(FILTER, SWITCH, feedback), .detail = true, .max = 1,
     .neutral = true, .value_name = "0|1",
     .help = "1: what the filter takes out is paid in later rounds where the filter lets it pass "
             "(memit-seq, encore)"},
    {.name = "seed", IS(ROUNDS, SEED, filter.seed), .max = 9e15,
     .repeats = true, .value_name = "N", .help = "of the random directions"},
    {.name = "first", IS(ROUNDS, COUNT, first), .max = 1e9,
     .repeats = true, .value_name = "N", .help = "index of the first record"},
    {.name = "round", IS(ROUNDS, COUNT, round), .min = 1, .max = 1e6, .otherwise = 100,
     .value_name = "N", .help = "facts per round"},
    {.name = "rounds", IS(ROUNDS, COUNT, rounds), .max = 1e6, .otherwise = 20,
     .neutral = true, .value_name = "N", .help = "rounds; a finished run may be resumed with more"},
    {.name = "measure_tau", IS(MEASURE, REAL, measure_tau), .min = 1e-9, .max = 1, .otherwise = 0.1,
     .value_name = "SHARE", .help = "share of the singular values that is called dominant"},
    {.name = "alt", IS(MEASURE, SWITCH, alt), .max = 1,
     .help = "zsRE: the target is alt, as EasyEdit edits, instead of answers[0]"},
    {.name = "skip_bad", IS(MEASURE, SWITCH, skip_bad), .max = 1,
     .help = "leave malformed records out and count them"},
    {.name = "neighbors", IS(MEASURE, COUNT, neighbors), .max = 1000,
     .value_name = "N",
     .help = "complete a fact's neighbours to N from other records; 0: as the file has them [0]"},
    {.name = "eval_facts", IS(MEASURE, COUNT, eval_facts), .max = 1e9,
     .value_name = "N", .help = "edited facts tested at a stage; 0: all [0]"},
    {.name = "eval_every", IS(MEASURE, COUNT, eval_every), .min = 1, .max = 1e6, .otherwise = 1,
     .value_name = "N", .help = "rounds between tests of facts"},
    {.name = "tasks_every", IS(MEASURE, COUNT, tasks_every), .max = 1e6,
     .value_name = "N",
     .help = "rounds between tests of perplexity, LAMBADA and tasks; 0: as for facts [0]"},
    {.name = "retention", IS(MEASURE, COUNT, retention), .max = 1e6,
     .value_name = "N",
     .help = "facts of every earlier round tested again at each stage; 0: none [0]"},
};
/* clang-format on */

/* Option i of the editors as a row. */
static spx_param editor_option(size_t i)
{
    const spx_edit_option_row *r = &spx_edit_option_rows()[i];
    return (spx_param){.name = r->name,
                       .group = SPX_PARAM_EDITOR,
                       .type = r->whole ? SPX_PARAM_WHOLE : SPX_PARAM_REAL,
                       .offset = PLACE(edit.value) + i * sizeof(double),
                       .min = r->min,
                       .max = r->max,
                       .otherwise = r->otherwise,
                       .detail = true,
                       .value_name = r->whole ? "N" : "X",
                       .help = r->help};
}

/* A filter's number as a row. Its domain has the default of all filters, which stands for each
 * filter's own; spx_filter_resolve checks what the filter allows. */
static spx_param filter_number(const spx_filter_param *r)
{
    return (spx_param){.name = r->name,
                       .group = SPX_PARAM_FILTER,
                       .type = r->whole ? SPX_PARAM_COUNT : SPX_PARAM_REAL,
                       .offset = PLACE(filter) + r->offset,
                       .detail = !r->common,
                       .min = fmin(r->min, r->otherwise),
                       .max = fmin(r->max, 1e30),
                       .otherwise = r->otherwise,
                       .value_name = r->value_name,
                       .help = r->help};
}

/* True if *i is a row of a part of n rows; else it becomes the index in the parts after it. */
static bool in_part(size_t *i, size_t n)
{
    if (*i < n) return true;
    *i -= n;
    return false;
}

bool spx_param_at(size_t i, spx_param *out)
{
    size_t numbers = 0;
    const spx_filter_param *number = spx_filter_params(&numbers);
    if (in_part(&i, ROWS(first_rows)))
        *out = first_rows[i];
    else if (in_part(&i, SPX_EDIT_OPTIONS))
        *out = editor_option(i);
    else if (in_part(&i, ROWS(middle_rows)))
        *out = middle_rows[i];
    else if (in_part(&i, numbers))
        *out = filter_number(&number[i]);
    else if (in_part(&i, ROWS(last_rows)))
        *out = last_rows[i];
    else
        return false;
    return true;
}

bool spx_param_find(const char *name, spx_param *out)
{
    for (size_t i = 0; spx_param_at(i, out); i++)
        if (strcmp(out->name, name) == 0) return true;
    return false;
}

bool spx_param_read_by(const spx_param *p, const spx_editor *e)
{
    const size_t begin = PLACE(edit.value), end = begin + sizeof(spx_edit_opts);
    if (p->offset < begin || p->offset >= end) return true;
    return e->uses >> (p->offset - begin) / sizeof(double) & 1;
}

/* A filter's 0 is its own default, which its help names. */
void spx_param_help(const spx_param *p, char *out, size_t size)
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

static void set_number(const spx_param *p, spx_run_spec *spec, double x)
{
    char *at = (char *)spec + p->offset;
    switch (p->type) {
    case SPX_PARAM_REAL:
    case SPX_PARAM_WHOLE: memcpy(at, &x, sizeof x); break;
    case SPX_PARAM_COUNT: memcpy(at, &(size_t){(size_t)x}, sizeof(size_t)); break;
    case SPX_PARAM_SEED: memcpy(at, &(uint64_t){(uint64_t)x}, sizeof(uint64_t)); break;
    case SPX_PARAM_SWITCH: memcpy(at, &(bool){x != 0}, sizeof(bool)); break;
    case SPX_PARAM_TEXT:
    case SPX_PARAM_LAYERS: break;
    }
}

bool spx_param_number(const spx_param *p, const spx_run_spec *spec, double *out)
{
    const char *at = (const char *)spec + p->offset;
    size_t count = 0;
    uint64_t seed = 0;
    bool on = false;
    switch (p->type) {
    case SPX_PARAM_REAL:
    case SPX_PARAM_WHOLE: memcpy(out, at, sizeof *out); return true;
    case SPX_PARAM_COUNT: memcpy(&count, at, sizeof count); break;
    case SPX_PARAM_SEED: memcpy(&seed, at, sizeof seed); break;
    case SPX_PARAM_SWITCH: memcpy(&on, at, sizeof on); break;
    case SPX_PARAM_TEXT:
    case SPX_PARAM_LAYERS: return false;
    }
    *out = p->type == SPX_PARAM_COUNT  ? (double)count
           : p->type == SPX_PARAM_SEED ? (double)seed
                                       : on;
    return true;
}

static void set_text(const spx_param *p, spx_run_spec *spec, const char *text)
{
    memcpy((char *)spec + p->offset, &text, sizeof text);
}

void spx_params_default(spx_run_spec *spec)
{
    spx_param p;
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (p.type == SPX_PARAM_TEXT)
            set_text(&p, spec, p.text);
        else
            set_number(&p, spec, p.otherwise);
}

static spx_status set_from_number(const spx_param *p, const spx_json *v, spx_run_spec *spec,
                                  spx_error *err)
{
    double x = 0;
    bool on = false;
    const bool whole = p->type != SPX_PARAM_REAL;
    if (p->type == SPX_PARAM_SWITCH && spx_json_bool(v, &on))
        x = on;
    else if (!spx_json_number(v, &x))
        return SPX_FAIL(err, SPX_EFORMAT, "%s is not a number (expected %s from %g to %g)", p->name,
                        whole ? "a whole number" : "a number", p->min, p->max);
    if (!(x >= p->min && x <= p->max) || (whole && floor(x) != x))
        return SPX_FAIL(err, SPX_EFORMAT, "%s is %g (expected %s from %g to %g)", p->name, x,
                        whole ? "a whole number" : "a number", p->min, p->max);
    set_number(p, spec, x);
    return SPX_OK;
}

spx_status spx_param_set(const spx_param *p, const spx_json *v, spx_run_spec *spec, spx_error *err)
{
    const char *text = spx_json_text(v);
    if (p->type != SPX_PARAM_TEXT && p->type != SPX_PARAM_LAYERS)
        return set_from_number(p, v, spec, err);
    if (!text) return SPX_FAIL(err, SPX_EFORMAT, "%s is not a text", p->name);
    if (p->type == SPX_PARAM_LAYERS)
        return spx_layers_parse(text, spec->layer, SPX_MAX_LAYERS, &spec->layers, err);
    set_text(p, spec, text);
    return SPX_OK;
}

void spx_param_text(const spx_param *p, const spx_run_spec *spec, char *out, size_t size)
{
    const char *text = NULL;
    double x = 0;
    if (p->type == SPX_PARAM_LAYERS)
        spx_layers_text(spec->layer, spec->layers, out, size);
    else if (spx_param_number(p, spec, &x))
        snprintf(out, size, "%.17g", x);
    else {
        memcpy(&text, (const char *)spec + p->offset, sizeof text);
        snprintf(out, size, "%s", text ? text : "");
    }
}

const char *spx_params_name(unsigned groups, size_t i)
{
    spx_param p;
    for (size_t row = 0; spx_param_at(row, &p); row++)
        if (groups >> p.group & 1 && i-- == 0) return p.name;
    return NULL;
}

enum { PRESETS = 1U << SPX_PARAM_EDITOR | 1U << SPX_PARAM_SEARCH | 1U << SPX_PARAM_FILTER };

/* The fields of a preset: what it is for (presets.h), and the parameters. */
static const char *const about[] = {"model", "source", "kind", "fingerprint", "editors"};

static const char *preset_field(const void *unused, size_t i)
{
    (void)unused;
    return i < ROWS(about) ? about[i] : spx_params_name(PRESETS, i - ROWS(about));
}

static bool is_about(const char *key)
{
    for (size_t i = 0; i < ROWS(about); i++)
        if (strcmp(about[i], key) == 0) return true;
    return false;
}

static spx_status set_field(const char *key, const spx_json *v, const bool *given,
                            spx_run_spec *spec, spx_error *err)
{
    spx_param p;
    spx_run_spec ignored = *spec;
    for (size_t i = 0; spx_param_at(i, &p); i++)
        if (PRESETS >> p.group & 1 && strcmp(p.name, key) == 0)
            return spx_param_set(&p, v, given && given[i] ? &ignored : spec, err);
    if (!is_about(key)) return spx_unknown_name(SPX_EFORMAT, "field", key, preset_field, NULL, err);
    if (!spx_json_text(v)) return SPX_FAIL(err, SPX_EFORMAT, "%s is not a text", key);
    return SPX_OK;
}

spx_status spx_preset_read(const char *path, const bool *given, spx_run_spec *spec,
                           spx_json **document, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    spx_run_spec read = *spec;
    *document = NULL;
    SPX_TRY(spx_json_read(path, &root, err));
    if (!spx_json_is_object(root)) SPX_RAISE(err, SPX_EFORMAT, "%s is not an object", path);
    for (size_t i = 0; i < spx_json_size(root); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(root, i, &v);
        st = set_field(key, v, given, &read, err);
        if (st != SPX_OK) spx_prefix(err, "%s", path);
        SPX_TRY(st);
    }
    *spec = read;
    *document = root;
    root = NULL;
out:
    spx_json_free(root);
    return st;
}
