/* plan_fields.c: the one table of what a plan may say, and where. */
#include "spx/plan_fields.h"

#include "spx/names.h"
#include "spx/products.h"

#include <stdio.h>
#include <string.h>

/* A field of its own, or one that sets a row of another table under its name there or another. */
typedef struct plan_row {
    const char *name;
    spx_plan_kind kind;
    bool required;
    const char *help, *option, *unit;
    double min, max;
    spx_name_fn *choices;
    const char *param; /* the rest is that of this row of params.h */
} plan_row;

/* The fields of one object: the rows listed here up to one without a name, then those of tasks,
 * then the parameters of `groups`. */
typedef struct field_set {
    const plan_row *row;
    bool tasks;
    unsigned groups;
} field_set;

/* clang-format off */
static const plan_row plan_rows[] = {
    {.name = "title", .kind = SPX_PLAN_WORDS, .help = "title of the report"},
    {.name = "cpu_time", .kind = SPX_PLAN_WORDS, .help = "what running the plan has taken, in words"},
    {.name = "remark", .kind = SPX_PLAN_WORDS, .help = "what a reader of the results should know, in words"},
    {.name = "model", .kind = SPX_PLAN_FILE, .help = "the model that every arm edits: a GGUF file or a folder", .required = true},
    {.name = "facts", .kind = SPX_PLAN_FILE, .help = "records to edit (JSON)", .option = "--facts", .required = true},
    {.name = "text", .kind = SPX_PLAN_FILE, .help = "text of which spx-stats measures the second moments of keys", .required = true},
    {.name = "text_tokens", .kind = SPX_PLAN_WHOLE, .help = "tokens of it, from the first; 0: all [0]", .unit = "tokens", .max = 1e12},
    {.name = "layers", .param = "layers"},
    {.name = "preset", .kind = SPX_PLAN_FILE, .help = "parameters of editor, search and filter (JSON), which fields of an arm override",
     .option = "--preset"},
    {.name = "prefixes", .kind = SPX_PLAN_FILE, .help = "prefix sentences, one a line", .option = "--prefixes"},
    {.name = "products", .kind = SPX_PLAN_TEXT, .help = "how floats are multiplied [float]", .option = "--products",
     .choices = spx_products_kind},
    {.name = "evaluate", .kind = SPX_PLAN_EVALUATION, .help = "what is measured after a round"},
    {.name = "arms", .kind = SPX_PLAN_ARM_LIST, .help = "the runs that are compared, at least one", .required = true},
    {0},
};
static const plan_row arm_rows[] = {
    {.name = "name", .kind = SPX_PLAN_TEXT, .help = "of the arm and its run file; each arm has its own", .required = true},
    {.name = "preset", .kind = SPX_PLAN_FILE, .help = "parameters in place of the plan's preset", .option = "--preset"},
    {.name = "first", .param = "first"},
    {.name = "seed", .param = "seed"},
    {0},
};
static const plan_row evaluate_rows[] = {
    {.name = "tasks", .kind = SPX_PLAN_TASKS, .help = "object of families of tasks, of which spx-eval --task list has the names, and their files",
     .option = "--task"},
    {.name = "facts", .param = "eval_facts"},
    {.name = "every", .param = "eval_every"},
    {0},
};
/* clang-format on */

static const field_set sets[SPX_PLAN_OBJECTS] = {
    [SPX_PLAN_TOP] = {.row = plan_rows, .groups = 1U << SPX_PARAM_ROUNDS},
    [SPX_PLAN_EVALUATE] = {.row = evaluate_rows, .tasks = true, .groups = 1U << SPX_PARAM_MEASURE},
    [SPX_PLAN_ARM] = {.row = arm_rows,
                      .groups =
                          1U << SPX_PARAM_EDITOR | 1U << SPX_PARAM_SEARCH | 1U << SPX_PARAM_FILTER},
};

static void name_option(const char *name, char out[40])
{
    snprintf(out, 40, "--");
    spx_option_name(name, out + 2, 38);
}

static spx_plan_kind kind_of(const spx_param *p)
{
    switch (p->type) {
    case SPX_PARAM_REAL: return SPX_PLAN_REAL;
    case SPX_PARAM_WHOLE:
    case SPX_PARAM_COUNT:
    case SPX_PARAM_SEED: return SPX_PLAN_WHOLE;
    case SPX_PARAM_SWITCH: return SPX_PLAN_SWITCH;
    case SPX_PARAM_LAYERS: return SPX_PLAN_BLOCKS;
    case SPX_PARAM_TEXT: break;
    }
    return SPX_PLAN_TEXT;
}

static void take_param(const spx_param *p, spx_plan_field *f)
{
    f->param = p->name;
    f->kind = kind_of(p);
    f->min = p->min;
    f->max = p->max;
    f->unit = p->value_name;
    f->choices = p->choices;
    name_option(p->name, f->option);
    spx_param_help(p, f->help, sizeof f->help);
}

static void take_row(const plan_row *r, spx_plan_field *f)
{
    spx_param p = {0};
    *f = (spx_plan_field){.kind = r->kind,
                          .min = r->min,
                          .max = r->max,
                          .unit = r->unit,
                          .choices = r->choices,
                          .required = r->required};
    snprintf(f->help, sizeof f->help, "%s", r->help ? r->help : "");
    snprintf(f->option, sizeof f->option, "%s", r->option ? r->option : "");
    if (r->param && spx_param_find(r->param, &p)) take_param(&p, f);
    f->name = r->name;
}

static void take_task(const spx_task_option *o, spx_plan_field *f)
{
    *f = (spx_plan_field){.name = o->name,
                          .kind = o->file ? SPX_PLAN_FILE : SPX_PLAN_WHOLE,
                          .min = o->min,
                          .max = o->max,
                          .unit = o->value_name,
                          .row = o};
    snprintf(f->help, sizeof f->help, "%s", o->help);
    name_option(o->name, f->option);
}

/* A parameter that a row of the set already sets, under whatever name, is no field again. */
static bool is_listed(const field_set *s, const char *param)
{
    for (const plan_row *r = s->row; r->name; r++)
        if (r->param && strcmp(r->param, param) == 0) return true;
    return false;
}

static bool param_of_set(const field_set *s, size_t i, spx_plan_field *out)
{
    spx_param p;
    for (size_t row = 0; spx_param_at(row, &p); row++) {
        if (!(s->groups >> p.group & 1) || is_listed(s, p.name) || i-- > 0) continue;
        *out = (spx_plan_field){.name = p.name};
        take_param(&p, out);
        return true;
    }
    return false;
}

bool spx_plan_field_at(spx_plan_object object, size_t i, spx_plan_field *out)
{
    const field_set *s = &sets[object];
    size_t tasks = 0;
    const spx_task_option *task = spx_task_options(&tasks);
    const plan_row *r = s->row;
    for (; r->name; r++)
        if (i-- == 0) {
            take_row(r, out);
            return true;
        }
    if (s->tasks && i < tasks) {
        take_task(&task[i], out);
        return true;
    }
    return param_of_set(s, s->tasks ? i - tasks : i, out);
}

bool spx_plan_field_find(spx_plan_object object, const char *name, spx_plan_field *out)
{
    for (size_t i = 0; spx_plan_field_at(object, i, out); i++)
        if (strcmp(out->name, name) == 0) return true;
    return false;
}

const char *spx_plan_field_name(const void *object, size_t i)
{
    spx_plan_field f;
    return spx_plan_field_at(*(const spx_plan_object *)object, i, &f) ? f.name : NULL;
}

void spx_plan_expected(const spx_plan_field *f, char *out, size_t size)
{
    static const char *const words[] = {
        [SPX_PLAN_WORDS] = "a text",
        [SPX_PLAN_TEXT] = "a text",
        [SPX_PLAN_REAL] = "a number",
        [SPX_PLAN_WHOLE] = "a whole number",
        [SPX_PLAN_SWITCH] = "true or false",
        [SPX_PLAN_BLOCKS] = "a list of blocks such as \"6-10\"",
        [SPX_PLAN_FILE] = "the name of a file",
        [SPX_PLAN_TASKS] = "an object of families and files",
        [SPX_PLAN_EVALUATION] = "an object",
        [SPX_PLAN_ARM_LIST] = "a list of objects, at least one",
    };
    const bool number = f->kind == SPX_PLAN_REAL || f->kind == SPX_PLAN_WHOLE;
    snprintf(out, size, "%s", words[f->kind]);
    const size_t used = strlen(out);
    if (number && used < size) snprintf(out + used, size - used, " from %g to %g", f->min, f->max);
}

bool spx_plan_is_comment(const char *name) { return strncmp(name, "//", 2) == 0; }
