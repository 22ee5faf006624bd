/* plan.c: a plan of arms and the command lines it stands for. */
#include "spx/plan.h"

#include "spx/data.h"
#include "spx/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file that the plan names: as it is, beside the plan, or in the cache folder (the fetched
 * model). */
static spx_status find_file(const spx_plan *p, const char *name, char out[SPX_PLAN_PATH],
                            spx_error *err)
{
    const char *slash = strrchr(p->path, '/');
    char cached[SPX_DATA_PATH];
    const int folder = slash ? (int)(slash - p->path) + 1 : 0;
    snprintf(out, SPX_PLAN_PATH, "%.*s%s", name[0] == '/' ? 0 : folder, p->path, name);
    if (access(out, R_OK) == 0) return SPX_OK;
    if (spx_cache_path(name, cached) && access(cached, R_OK) == 0) {
        snprintf(out, SPX_PLAN_PATH, "%s", cached);
        return SPX_OK;
    }
    return SPX_FAIL(err, SPX_EIO, "%s: %s is neither beside it nor in the cache folder", p->path,
                    name);
}

/* How a field becomes an option of a tool. */
typedef enum field_kind { IGNORED, WORD, FILE_NAME, FLAG, TASKS } field_kind;

typedef struct field {
    const char *key, *option;
    field_kind kind;
    const char *help;
} field;

/* The fields of one object of the plan: those listed here up to a row without a key, and the
 * parameters of `groups` (params.h), whose options bear their names. */
typedef struct field_set {
    const field *row;
    unsigned groups;
    bool varies; /* a field that is a list has one value for each arm that it stands for */
} field_set;

static const field plan_rows[] = {
    {"model", NULL, IGNORED, "the model that every arm edits; it may lie in the cache folder"},
    {"text", NULL, IGNORED, "text of which spx-stats measures the second moments of keys"},
    {"text_tokens", NULL, IGNORED, "tokens of it, from the first; without: all"},
    {"arms", NULL, IGNORED, "list of arms"},
    {"evaluate", NULL, IGNORED, "what is tested after a round"},
    {"title", NULL, IGNORED, "title of the report"},
    {"cpu_time", NULL, IGNORED, "what running the plan has taken, in words"},
    {"remark", NULL, IGNORED, "what a reader of the results should know, in words"},
    {"layers", "--layers", WORD, "blocks that are edited, such as 6-10"},
    {"facts", "--facts", FILE_NAME, "records to edit"},
    {"preset", "--preset", FILE_NAME, "parameters of editor, search and filter (JSON)"},
    {"prefixes", "--prefixes", FILE_NAME, "prefix sentences, one a line"},
    {"products", "--products", WORD, "how floats are multiplied: float, split or bf16"},
    {0},
};
static const field arm_rows[] = {
    {"name", NULL, IGNORED, "of the arm and its run file; each arm has its own"},
    {"preset", "--preset", FILE_NAME, "parameters in place of the plan's preset"},
    {"first", "--first", WORD, "index of the first record"},
    {"seed", "--seed", WORD, "of everything random"},
    {0},
};
static const field evaluate_rows[] = {
    {"perplexity", "--perplexity", FILE_NAME, "text whose perplexity is measured"},
    {"tokens", "--tokens", WORD, "tokens of it, from the first; 0: all"},
    {"window", "--window", WORD, "tokens per window"},
    {"stride", "--stride", WORD, "tokens from a window to the next; 0: window"},
    {"lambada", "--lambada", FILE_NAME, "passages whose last word is predicted"},
    {"lambada_items", "--lambada-items", WORD, "passages, from the first; 0: all"},
    {"tasks", "--task", TASKS, "object of families of tasks and their files"},
    {"limit", "--limit", WORD, "records of every task, from the first; 0: all"},
    {"shots", "--shots", WORD, "examples in the prompts of every task"},
    {"facts", "--eval-facts", WORD, "edited facts tested at a stage; 0: all"},
    {"every", "--eval-every", WORD, "rounds between tests of facts"},
    {0},
};
static const field_set sets[SPX_PLAN_OBJECTS] = {
    [SPX_PLAN_TOP] = {.row = plan_rows, .groups = 1U << SPX_PARAM_ROUNDS},
    [SPX_PLAN_EVALUATE] = {.row = evaluate_rows, .groups = 1U << SPX_PARAM_MEASURE},
    [SPX_PLAN_ARM] = {.row = arm_rows,
                      .groups =
                          1U << SPX_PARAM_EDITOR | 1U << SPX_PARAM_SEARCH | 1U << SPX_PARAM_FILTER,
                      .varies = true},
};

/* The fields that a set has: its rows, then the parameters of its groups. */
static const char *field_name(const void *set, size_t i)
{
    const field_set *s = set;
    size_t rows = 0;
    for (; s->row[rows].key; rows++)
        if (rows == i) return s->row[i].key;
    return spx_params_name(s->groups, i - rows);
}

bool spx_plan_field_at(spx_plan_object object, size_t i, spx_plan_field *out)
{
    spx_param p;
    size_t rows = 0;
    const char *name = field_name(&sets[object], i);
    if (!name) return false;
    while (sets[object].row[rows].key) rows++;
    *out = (spx_plan_field){.name = name};
    if (i < rows)
        out->help = sets[object].row[i].help;
    else if (spx_param_find(name, &p))
        out->help = p.help;
    return true;
}

/* A field of a plan with its value. */
typedef struct given_field {
    field f;
    char option[40]; /* where f.option is made from a parameter's name */
    const spx_json *v;
} given_field;

/* "--" and the name with '-' for '_'. */
static void option_name(const char *name, char out[40])
{
    snprintf(out, 40, "--%s", name);
    for (char *c = out + 2; *c; c++)
        if (*c == '_') *c = '-';
}

static spx_status unknown_field(const spx_plan *p, const field_set *set, const char *key,
                                spx_error *err)
{
    const spx_status st = spx_unknown_name(SPX_EFORMAT, "field", key, field_name, set, err);
    spx_prefix(err, "%s", p->path);
    return st;
}

/* A number of the plan is one that the parameter may have. */
static spx_status check_value(const spx_plan *p, const spx_param *param, const spx_json *v,
                              spx_error *err)
{
    spx_run_spec unused = {0};
    double number = 0;
    if (!spx_json_number(v, &number) || param->type == SPX_PARAM_LAYERS) return SPX_OK;
    const spx_status st = spx_param_set(param, v, &unused, err);
    if (st != SPX_OK) spx_prefix(err, "%s", p->path);
    return st;
}

/* The field called `key`: a row of the set, or a parameter of its groups. */
static spx_status find_field(const spx_plan *p, const field_set *set, const char *key,
                             given_field *out, spx_error *err)
{
    spx_param param;
    for (const field *r = set->row; r->key; r++)
        if (strcmp(r->key, key) == 0) {
            out->f = *r;
            return SPX_OK;
        }
    if (!spx_param_find(key, &param) || !(set->groups >> param.group & 1))
        return unknown_field(p, set, key, err);
    option_name(param.name, out->option);
    out->f = (field){.key = key, .option = out->option, .kind = param.value_name ? WORD : FLAG};
    return param.value_name ? check_value(p, &param, out->v, err) : SPX_OK;
}

/* As the plan has it, where 15 digits tell it from its neighbours. */
static void print_number(double x, char *out, size_t size)
{
    snprintf(out, size, "%.15g", x);
    if (strtod(out, NULL) != x) snprintf(out, size, "%.17g", x);
}

/* A text or a number as a word. */
static spx_status word_of(const spx_plan *p, const char *key, const spx_json *v,
                          char out[SPX_PLAN_PATH], spx_error *err)
{
    double number = 0;
    if (spx_json_number(v, &number))
        print_number(number, out, SPX_PLAN_PATH);
    else if (spx_json_text(v))
        snprintf(out, SPX_PLAN_PATH, "%s", spx_json_text(v));
    else
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s must be a text or a number", p->path, key);
    return SPX_OK;
}

/* A file's path as a word. */
static spx_status file_of(const spx_plan *p, const char *key, const spx_json *v,
                          char out[SPX_PLAN_PATH], spx_error *err)
{
    spx_status st = SPX_OK;
    char name[SPX_PLAN_PATH];
    SPX_TRY(word_of(p, key, v, name, err));
    SPX_TRY(find_file(p, name, out, err));
out:
    return st;
}

/* {"FAMILY": "FILE", ...} */
static spx_status add_tasks(const spx_plan *p, spx_child *c, const given_field *g, spx_error *err)
{
    spx_status st = SPX_OK;
    if (!spx_json_is_object(g->v))
        SPX_RAISE(err, SPX_EFORMAT, "%s: %s must be an object of families and files", p->path,
                  g->f.key);
    for (size_t i = 0; i < spx_json_size(g->v); i++) {
        const spx_json *file = NULL;
        char path[SPX_PLAN_PATH], word[SPX_PLAN_PATH + 64];
        const char *family = spx_json_key(g->v, i, &file);
        SPX_TRY(file_of(p, family, file, path, err));
        snprintf(word, sizeof word, "%.60s=%s", family, path);
        spx_child_word(c, g->f.option);
        spx_child_word(c, word);
    }
out:
    return st;
}

static spx_status add_flag(const spx_plan *p, spx_child *c, const given_field *g, spx_error *err)
{
    bool set = false;
    if (!spx_json_bool(g->v, &set))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s must be true or false", p->path, g->f.key);
    if (set) spx_child_word(c, g->f.option);
    return SPX_OK;
}

static spx_status add_option(const spx_plan *p, spx_child *c, const given_field *g, spx_error *err)
{
    spx_status st = SPX_OK;
    char text[SPX_PLAN_PATH];
    if (g->f.kind == IGNORED) return SPX_OK;
    if (g->f.kind == TASKS) return add_tasks(p, c, g, err);
    if (g->f.kind == FLAG) return add_flag(p, c, g, err);
    SPX_TRY((g->f.kind == FILE_NAME ? file_of : word_of)(p, g->f.key, g->v, text, err));
    spx_child_word(c, g->f.option);
    spx_child_word(c, text);
out:
    return st;
}

/* The value that field v has in a combination, which is reduced to the combination of the fields
 * after it. */
static const spx_json *chosen_value(const spx_json *v, size_t *combination)
{
    const size_t n = spx_json_is_array(v) ? spx_json_size(v) : 0;
    if (n == 0) return v;
    const spx_json *chosen = spx_json_at(v, *combination % n);
    *combination /= n;
    return chosen;
}

/* Every field of an object as options. */
static spx_status add_options(const spx_plan *p, spx_child *c, const field_set *set,
                              const spx_json *object, size_t combination, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t i = 0; i < spx_json_size(object); i++) {
        given_field g = {.v = NULL};
        const char *key = spx_json_key(object, i, &g.v);
        if (set->varies) g.v = chosen_value(g.v, &combination);
        SPX_TRY(find_field(p, set, key ? key : "?", &g, err));
        SPX_TRY(add_option(p, c, &g, err));
    }
out:
    return st;
}

static spx_status need_text(const spx_plan *p, const spx_json *object, const char *key,
                            const char **out, spx_error *err)
{
    *out = spx_json_text(spx_json_get(object, key));
    if (*out) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is missing", p->path, key);
}

static size_t combinations(const spx_json *fields)
{
    size_t n = 1;
    for (size_t i = 0; i < spx_json_size(fields); i++) {
        const spx_json *v = NULL;
        (void)spx_json_key(fields, i, &v);
        if (spx_json_is_array(v) && spx_json_size(v) > 0) n *= spx_json_size(v);
    }
    return n;
}

/* NAME, followed by the values that this combination chose. */
static spx_status name_arm(const spx_plan *p, spx_plan_arm *a, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = NULL;
    size_t left = a->combination;
    SPX_TRY(need_text(p, a->fields, "name", &name, err));
    size_t used = (size_t)snprintf(a->name, sizeof a->name, "%.200s", name);
    for (size_t i = 0; i < spx_json_size(a->fields) && used < sizeof a->name; i++) {
        const spx_json *v = NULL;
        char word[SPX_PLAN_PATH];
        const char *key = spx_json_key(a->fields, i, &v);
        if (!spx_json_is_array(v)) continue;
        SPX_TRY(word_of(p, key, chosen_value(v, &left), word, err));
        used += (size_t)snprintf(a->name + used, sizeof a->name - used, "-%.20s", word);
    }
    if (strchr(a->name, '/') || *a->name == '.' || used >= sizeof a->name)
        SPX_RAISE(err, SPX_EFORMAT, "%s: invalid name of an arm '%s'", p->path, a->name);
out:
    return st;
}

static spx_status add_arm(spx_plan *p, const char *folder, const spx_json *fields,
                          size_t combination, spx_error *err)
{
    spx_status st = SPX_OK;
    char path[SPX_PLAN_PATH];
    spx_plan_arm a = {.fields = fields, .combination = combination};
    if (p->arms == SPX_PLAN_ARMS)
        SPX_RAISE(err, SPX_EFORMAT, "%s: more than %d arms", p->path, SPX_PLAN_ARMS);
    SPX_TRY(name_arm(p, &a, err));
    for (size_t i = 0; i < p->arms; i++)
        if (strcmp(p->arm[i].name, a.name) == 0)
            SPX_RAISE(err, SPX_EFORMAT, "%s: two arms are called '%s'", p->path, a.name);
    snprintf(path, sizeof path, "%s/%s.h5", folder, a.name);
    memcpy(a.path, path, sizeof path);
    p->arm[p->arms++] = a;
out:
    return st;
}

static spx_status read_arms(spx_plan *p, const char *folder, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *arms = spx_json_get(p->root, "arms");
    if (spx_json_size(arms) == 0)
        SPX_RAISE(err, SPX_EFORMAT, "%s has no arms (expected 1 to %d)", p->path, SPX_PLAN_ARMS);
    for (size_t i = 0; i < spx_json_size(arms); i++) {
        const spx_json *fields = spx_json_at(arms, i);
        for (size_t k = 0; k < combinations(fields); k++)
            SPX_TRY(add_arm(p, folder, fields, k, err));
    }
out:
    return st;
}

/* A text for readers; *out stays NULL where there is none. */
static spx_status words_of(const spx_plan *p, const char *name, const char **out, spx_error *err)
{
    const spx_json *x = spx_json_get(p->root, name);
    *out = x ? spx_json_text(x) : NULL;
    if (x && !*out) return SPX_FAIL(err, SPX_EFORMAT, "%s: %s must be a text", p->path, name);
    return SPX_OK;
}

spx_status spx_plan_open(const char *path, const char *folder, spx_plan *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *model = NULL;
    *out = (spx_plan){.path = path, .rounds = 20};
    SPX_TRY(spx_json_read(path, &out->root, err));
    if (!spx_json_is_object(out->root)) SPX_RAISE(err, SPX_EFORMAT, "%s is not an object", path);
    const char *title = spx_json_text(spx_json_get(out->root, "title"));
    out->title = title ? title : path;
    SPX_TRY(words_of(out, "cpu_time", &out->cpu_time, err));
    SPX_TRY(words_of(out, "remark", &out->remark, err));
    (void)spx_json_number(spx_json_get(out->root, "rounds"), &out->rounds);
    SPX_TRY(need_text(out, out->root, "model", &model, err));
    SPX_TRY(find_file(out, model, out->model, err));
    snprintf(out->stats, sizeof out->stats, "%s/stats.h5", folder);
    SPX_TRY(read_arms(out, folder, err));
out:
    if (st != SPX_OK) spx_plan_close(out);
    return st;
}

void spx_plan_close(spx_plan *p)
{
    spx_json_free(p->root);
    p->root = NULL;
}

static void add_threads(const spx_plan *p, spx_child *c)
{
    char text[32];
    if (p->threads <= 0) return;
    snprintf(text, sizeof text, "%ld", p->threads);
    spx_child_word(c, "-j");
    spx_child_word(c, text);
}

/* True if a filter that an object names, or one of its list, asks for moments of gradients. */
static bool names_curvature(const spx_json *object)
{
    const spx_json *v = spx_json_get(object, "filter");
    const size_t n = spx_json_is_array(v) ? spx_json_size(v) : 1;
    for (size_t i = 0; v && i < n; i++) {
        const char *name = spx_json_text(spx_json_is_array(v) ? spx_json_at(v, i) : v);
        const spx_filter_row *row = name ? spx_filter_find(name) : NULL;
        if (row && row->needs_gradient_moment) return true;
    }
    return false;
}

static bool asks_for_gradients(const spx_plan *p)
{
    bool asks = names_curvature(p->root);
    for (size_t i = 0; i < p->arms; i++) asks = asks || names_curvature(p->arm[i].fields);
    return asks;
}

spx_status spx_plan_stats_command(const spx_plan *p, spx_child *c, spx_error *err)
{
    static const field rows[] = {{.key = "layers", .option = "--layers", .kind = WORD},
                                 {.key = "text_tokens", .option = "--tokens", .kind = WORD},
                                 {.key = "products", .option = "--products", .kind = WORD}};
    spx_status st = SPX_OK;
    const char *text = NULL;
    char path[SPX_PLAN_PATH];
    SPX_TRY(need_text(p, p->root, "text", &text, err));
    SPX_TRY(find_file(p, text, path, err));
    const char *const fixed[] = {p->model, "--text", path, "-o", p->stats};
    spx_child_tool(c, "spx-stats");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const given_field g = {.f = rows[i], .v = spx_json_get(p->root, rows[i].key)};
        if (g.v) SPX_TRY(add_option(p, c, &g, err));
    }
    if (asks_for_gradients(p)) spx_child_word(c, "--gradients");
    add_threads(p, c);
out:
    return st;
}

spx_status spx_plan_arm_command(const spx_plan *p, const spx_plan_arm *a, spx_child *c,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    const char *const fixed[] = {p->model, "--stats", p->stats, "-o", a->path, "--resume"};
    const spx_json *evaluate = spx_json_get(p->root, "evaluate");
    spx_child_tool(c, "spx-edit");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    SPX_TRY(add_options(p, c, &sets[SPX_PLAN_TOP], p->root, 0, err));
    SPX_TRY(add_options(p, c, &sets[SPX_PLAN_EVALUATE], evaluate, 0, err));
    SPX_TRY(add_options(p, c, &sets[SPX_PLAN_ARM], a->fields, a->combination, err));
    add_threads(p, c);
out:
    return st;
}
