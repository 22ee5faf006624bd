/* plan.c: a plan of arms and the command lines it stands for. */
#include "spx/plan.h"

#include "spx/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file of the plan: as it is, beside the plan, or in the cache folder (the fetched model). */
static spx_status find_file(const spx_plan *p, const char *name, char out[SPX_PLAN_PATH],
                            spx_error *err)
{
    const char *slash = strrchr(p->path, '/'), *cache = getenv("XDG_CACHE_HOME");
    const int folder = slash ? (int)(slash - p->path) + 1 : 0;
    snprintf(out, SPX_PLAN_PATH, "%.*s%s", name[0] == '/' ? 0 : folder, p->path, name);
    if (access(out, R_OK) == 0) return SPX_OK;
    if (cache)
        snprintf(out, SPX_PLAN_PATH, "%s/spx/%s", cache, name);
    else
        snprintf(out, SPX_PLAN_PATH, "%s/.cache/spx/%s", getenv("HOME") ? getenv("HOME") : "",
                 name);
    if (access(out, R_OK) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: %s is neither beside it nor in the cache folder", p->path,
                    name);
}

typedef enum kind { IGNORED, TEXT, FILE_NAME, FLAG, TASKS } kind;
/* How a field of the plan becomes an option of a tool. */
typedef struct row {
    const char *key, *option;
    kind kind;
} row;

static const row plan_rows[] = {
    {"model", NULL, IGNORED},
    {"text", NULL, IGNORED},
    {"text_tokens", NULL, IGNORED},
    {"arms", NULL, IGNORED},
    {"evaluate", NULL, IGNORED},
    {"title", NULL, IGNORED},
    {"cpu_time", NULL, IGNORED},
    {"layers", "--layers", TEXT},
    {"facts", "--facts", FILE_NAME},
    {"preset", "--preset", FILE_NAME},
    {"prefixes", "--prefixes", FILE_NAME},
    {"first", "--first", TEXT},
    {"round", "--round", TEXT},
    {"rounds", "--rounds", TEXT},
    {"seed", "--seed", TEXT},
    {"products", "--products", TEXT},
    {NULL, NULL, IGNORED},
};
static const row arm_rows[] = {
    {"name", NULL, IGNORED},
    {"editor", "--editor", TEXT},
    {"filter", "--filter", TEXT},
    {"basis", "--basis", TEXT},
    {"tau", "--tau", TEXT},
    {"rank", "--rank", TEXT},
    {"layers", "--layers", TEXT},
    {"seed", "--seed", TEXT},
    {"preset", "--preset", FILE_NAME},
    {"first", "--first", TEXT},
    {"feedback", "--feedback", TEXT},
    {NULL, NULL, IGNORED},
};
/* An arm may also override these of the preset, beside the editors' options. */
static const char *const search_fields[] = {"v_lr", "clamp", "weight_decay", "kl",
                                            "stop", "steps", "contexts"};
static const row evaluate_rows[] = {
    {"perplexity", "--perplexity", FILE_NAME},
    {"tokens", "--tokens", TEXT},
    {"window", "--window", TEXT},
    {"lambada", "--lambada", FILE_NAME},
    {"lambada_items", "--lambada-items", TEXT},
    {"stride", "--stride", TEXT},
    {"tasks", "--task", TASKS},
    {"limit", "--limit", TEXT},
    {"shots", "--shots", TEXT},
    {"alt", "--alt", FLAG},
    {"skip_bad", "--skip-bad", FLAG},
    {"neighbors", "--neighbors", TEXT},
    {"facts", "--eval-facts", TEXT},
    {"every", "--eval-every", TEXT},
    {"tasks_every", "--tasks-every", TEXT},
    {"retention", "--retention", TEXT},
    {"measure_tau", "--measure-tau", TEXT},
    {NULL, NULL, IGNORED},
};

/* Is it a hyperparameter of spx-edit? option becomes "--" and its name with '-' for '_'. */
static bool hyperparameter(const char *key, char option[40])
{
    bool known = false;
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++)
        known |= strcmp(key, spx_edit_option_rows()[i].name) == 0;
    for (size_t i = 0; i < sizeof search_fields / sizeof *search_fields; i++)
        known |= strcmp(key, search_fields[i]) == 0;
    snprintf(option, 40, "--%s", key);
    for (char *at = option + 2; *at; at++)
        if (*at == '_') *at = '-';
    return known;
}

static const row *find_row(const row *rows, const char *key)
{
    for (; rows->key; rows++)
        if (strcmp(rows->key, key) == 0) return rows;
    return NULL;
}

/* As the plan has it, where 15 digits tell it from its neighbours. */
static void number_text(double x, char *out, size_t size)
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
        number_text(number, out, SPX_PLAN_PATH);
    else if (spx_json_text(v))
        snprintf(out, SPX_PLAN_PATH, "%s", spx_json_text(v));
    else
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s must be a text or a number", p->path, key);
    return SPX_OK;
}

/* A file's place as a word. */
static spx_status file_of(const spx_plan *p, const char *key, const spx_json *v,
                          char out[SPX_PLAN_PATH], spx_error *err)
{
    char name[SPX_PLAN_PATH];
    const spx_status st = word_of(p, key, v, name, err);
    return st == SPX_OK ? find_file(p, name, out, err) : st;
}

/* {"FAMILY": "FILE", ...} */
static spx_status add_tasks(const spx_plan *p, spx_child *c, const row *r, const spx_json *v,
                            spx_error *err)
{
    if (!spx_json_is_object(v))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is no object of families and files", p->path,
                        r->key);
    for (size_t i = 0; i < spx_json_size(v); i++) {
        const spx_json *file = NULL;
        char path[SPX_PLAN_PATH], word[SPX_PLAN_PATH + 64];
        const char *family = spx_json_key(v, i, &file);
        const spx_status st = file_of(p, family, file, path, err);
        if (st != SPX_OK) return st;
        snprintf(word, sizeof word, "%.60s=%s", family, path);
        spx_child_word(c, r->option);
        spx_child_word(c, word);
    }
    return SPX_OK;
}

static spx_status add_flag(const spx_plan *p, spx_child *c, const row *r, const spx_json *v,
                           spx_error *err)
{
    bool set = false;
    if (!spx_json_bool(v, &set))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is neither true nor false", p->path, r->key);
    if (set) spx_child_word(c, r->option);
    return SPX_OK;
}

static spx_status add_option(const spx_plan *p, spx_child *c, const row *r, const spx_json *v,
                             spx_error *err)
{
    char text[SPX_PLAN_PATH];
    if (r->kind == IGNORED) return SPX_OK;
    if (r->kind == TASKS) return add_tasks(p, c, r, v, err);
    if (r->kind == FLAG) return add_flag(p, c, r, v, err);
    const spx_status st = (r->kind == FILE_NAME ? file_of : word_of)(p, r->key, v, text, err);
    if (st != SPX_OK) return st;
    spx_child_word(c, r->option);
    spx_child_word(c, text);
    return SPX_OK;
}

/* The value that field v has in a combination; what is left of the combination for later fields. */
static const spx_json *choose(const spx_json *v, size_t *combination)
{
    const size_t n = spx_json_is_array(v) ? spx_json_size(v) : 0;
    if (n == 0) return v;
    const spx_json *chosen = spx_json_at(v, *combination % n);
    *combination /= n;
    return chosen;
}

/* Every field of an object as options; unknown ones are refused. */
static spx_status add_options(const spx_plan *p, spx_child *c, const row *rows,
                              const spx_json *object, size_t combination, spx_error *err)
{
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(object, i, &v);
        const row *r = key ? find_row(rows, key) : NULL;
        char option[40];
        const row hyper = {key, option, TEXT};
        if (!r && key && rows == arm_rows && hyperparameter(key, option)) r = &hyper;
        if (!r) return SPX_FAIL(err, SPX_EFORMAT, "%s: unknown field %s", p->path, key ? key : "?");
        if (rows == arm_rows) v = choose(v, &combination);
        const spx_status st = add_option(p, c, r, v, err);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
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

/* NAME, and behind it the values that this combination chose. */
static spx_status name_arm(const spx_plan *p, spx_plan_arm *a, spx_error *err)
{
    const char *name = NULL;
    size_t left = a->combination;
    spx_status st = need_text(p, a->fields, "name", &name, err);
    if (st != SPX_OK) return st;
    int used = snprintf(a->name, sizeof a->name, "%.200s", name);
    for (size_t i = 0; i < spx_json_size(a->fields); i++) {
        const spx_json *v = NULL;
        char word[SPX_PLAN_PATH];
        const char *key = spx_json_key(a->fields, i, &v);
        if (!spx_json_is_array(v)) continue;
        st = word_of(p, key, choose(v, &left), word, err);
        if (st != SPX_OK) return st;
        used += snprintf(a->name + used, sizeof a->name - (size_t)used, "-%.20s", word);
        if ((size_t)used >= sizeof a->name) break;
    }
    if (strchr(a->name, '/') || *a->name == '.' || (size_t)used >= sizeof a->name)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: '%s' is no name for an arm", p->path, a->name);
    return SPX_OK;
}

static spx_status add_arm(spx_plan *p, const char *folder, const spx_json *fields,
                          size_t combination, spx_error *err)
{
    if (p->arms == SPX_PLAN_ARMS)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: more than %d arms", p->path, SPX_PLAN_ARMS);
    char path[SPX_PLAN_PATH];
    spx_plan_arm a = {.fields = fields, .combination = combination};
    const spx_status st = name_arm(p, &a, err);
    if (st != SPX_OK) return st;
    for (size_t i = 0; i < p->arms; i++)
        if (strcmp(p->arm[i].name, a.name) == 0)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: two arms are called '%s'", p->path, a.name);
    snprintf(path, sizeof path, "%s/%s.h5", folder, a.name);
    memcpy(a.path, path, sizeof path);
    p->arm[p->arms++] = a;
    return SPX_OK;
}

static spx_status read_arms(spx_plan *p, const char *folder, spx_error *err)
{
    const spx_json *arms = spx_json_get(p->root, "arms");
    if (spx_json_size(arms) == 0)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: 1 to %d arms are wanted", p->path, SPX_PLAN_ARMS);
    for (size_t i = 0; i < spx_json_size(arms); i++) {
        const spx_json *fields = spx_json_at(arms, i);
        for (size_t k = 0; k < combinations(fields); k++) {
            const spx_status st = add_arm(p, folder, fields, k, err);
            if (st != SPX_OK) return st;
        }
    }
    return SPX_OK;
}

spx_status spx_plan_open(const char *path, const char *folder, spx_plan *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *model = NULL;
    *out = (spx_plan){.path = path, .rounds = 20};
    SPX_TRY(spx_json_read(path, &out->root, err));
    if (!spx_json_is_object(out->root)) SPX_RAISE(err, SPX_EFORMAT, "%s: not an object", path);
    const char *title = spx_json_text(spx_json_get(out->root, "title"));
    const spx_json *cpu_time = spx_json_get(out->root, "cpu_time");
    out->title = title ? title : path;
    out->cpu_time = cpu_time ? spx_json_text(cpu_time) : NULL;
    if (cpu_time && !out->cpu_time)
        SPX_RAISE(err, SPX_EFORMAT, "%s: cpu_time must be a text", path);
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

spx_status spx_plan_stats_command(const spx_plan *p, spx_child *c, spx_error *err)
{
    static const row stats_rows[] = {{"layers", "--layers", TEXT},
                                     {"text_tokens", "--tokens", TEXT},
                                     {"products", "--products", TEXT}};
    spx_status st = SPX_OK;
    const char *text = NULL;
    char path[SPX_PLAN_PATH];
    SPX_TRY(need_text(p, p->root, "text", &text, err));
    SPX_TRY(find_file(p, text, path, err));
    const char *const fixed[] = {p->model, "--text", path, "-o", p->stats};
    spx_child_tool(c, "spx-stats");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    for (size_t i = 0; i < sizeof stats_rows / sizeof *stats_rows; i++) {
        const spx_json *v = spx_json_get(p->root, stats_rows[i].key);
        if (v) SPX_TRY(add_option(p, c, &stats_rows[i], v, err));
    }
    add_threads(p, c);
out:
    return st;
}

spx_status spx_plan_arm_command(const spx_plan *p, const spx_plan_arm *a, spx_child *c,
                                spx_error *err)
{
    spx_status st = SPX_OK;
    const char *const fixed[] = {p->model, "--stats", p->stats, "-o", a->path, "--resume"};
    spx_child_tool(c, "spx-edit");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) spx_child_word(c, fixed[i]);
    SPX_TRY(add_options(p, c, plan_rows, p->root, 0, err));
    SPX_TRY(add_options(p, c, evaluate_rows, spx_json_get(p->root, "evaluate"), 0, err));
    SPX_TRY(add_options(p, c, arm_rows, a->fields, a->combination, err));
    add_threads(p, c);
out:
    return st;
}
