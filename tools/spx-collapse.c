/* spx-collapse: a plan of arms, each an spx-edit run, then the figures and a table.
 *
 * It only starts the other tools, printing each command, so that any step can be repeated by hand.
 */
#include "cli.h"
#include "command.h"
#include "outcome.h"

#include "spx/edit.h"
#include "spx/json.h"
#include "spx/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *plan_path, *only_arm;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "PLAN", &plan_path, 0, 0, "plan of arms (JSON)"},
    {CLI_STR, 0, "arm", &only_arm, 0, 0, "run this arm alone, draw nothing"},
    {0},
};

#define PATH_SIZE 4096

/* A file of the plan: as it is, beside the plan, or in the cache folder (the fetched model). */
static spx_status find_file(const char *name, char out[PATH_SIZE], spx_error *err)
{
    const char *slash = strrchr(plan_path, '/'), *cache = getenv("XDG_CACHE_HOME");
    const int folder = slash ? (int)(slash - plan_path) + 1 : 0;
    snprintf(out, PATH_SIZE, "%.*s%s", name[0] == '/' ? 0 : folder, plan_path, name);
    if (access(out, R_OK) == 0) return SPX_OK;
    if (cache)
        snprintf(out, PATH_SIZE, "%s/spx/%s", cache, name);
    else
        snprintf(out, PATH_SIZE, "%s/.cache/spx/%s", getenv("HOME") ? getenv("HOME") : "", name);
    if (access(out, R_OK) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_EIO, "%s: %s is neither beside it nor in the cache folder", plan_path,
                    name);
}

typedef enum kind { IGNORED, TEXT, FILE_NAME } kind;
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
    {"layers", "--layers", TEXT},
    {"facts", "--facts", FILE_NAME},
    {"preset", "--preset", FILE_NAME},
    {"prefixes", "--prefixes", FILE_NAME},
    {"first", "--first", TEXT},
    {"round", "--round", TEXT},
    {"rounds", "--rounds", TEXT},
    {"seed", "--seed", TEXT},
    {NULL, NULL, IGNORED},
};
static const row arm_rows[] = {
    {"name", NULL, IGNORED},      {"editor", "--editor", TEXT}, {"filter", "--filter", TEXT},
    {"basis", "--basis", TEXT},   {"tau", "--tau", TEXT},       {"rank", "--rank", TEXT},
    {"layers", "--layers", TEXT}, {"seed", "--seed", TEXT},     {"preset", "--preset", FILE_NAME},
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
    {"facts", "--eval-facts", TEXT},
    {"every", "--eval-every", TEXT},
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

static spx_status add_option(command *c, const row *r, const spx_json *v, spx_error *err)
{
    char text[PATH_SIZE];
    double number = 0;
    if (r->kind == IGNORED) return SPX_OK;
    if (r->kind == TEXT && spx_json_number(v, &number))
        number_text(number, text, sizeof text);
    else if (spx_json_text(v))
        snprintf(text, sizeof text, "%s", spx_json_text(v));
    else
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s must be a text or a number", plan_path, r->key);
    if (r->kind == FILE_NAME) {
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%s", text);
        const spx_status st = find_file(name, text, err);
        if (st != SPX_OK) return st;
    }
    command_word(c, r->option);
    command_word(c, text);
    return SPX_OK;
}

/* Every field of an object as options; unknown ones are refused. */
static spx_status add_options(command *c, const row *rows, const spx_json *object, spx_error *err)
{
    for (size_t i = 0; i < spx_json_size(object); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(object, i, &v);
        const row *r = key ? find_row(rows, key) : NULL;
        char option[40];
        const row hyper = {key, option, TEXT};
        if (!r && key && rows == arm_rows && hyperparameter(key, option)) r = &hyper;
        if (!r)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: unknown field %s", plan_path, key ? key : "?");
        const spx_status st = add_option(c, r, v, err);
        if (st != SPX_OK) return st;
    }
    return SPX_OK;
}

static spx_status need_text(const spx_json *object, const char *key, const char **out,
                            spx_error *err)
{
    *out = spx_json_text(spx_json_get(object, key));
    if (*out) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is missing", plan_path, key);
}

static void threads_words(command *c)
{
    char text[32];
    if (cli.threads <= 0) return;
    snprintf(text, sizeof text, "%ld", cli.threads);
    command_word(c, "-j");
    command_word(c, text);
}

/* results/stats.h5, measured unless it is there. */
static spx_status make_stats(const spx_json *plan, const char *model, const char *stats,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    command c = {0};
    const char *text = NULL;
    char path[PATH_SIZE];
    double tokens = 0;
    if (access(stats, R_OK) == 0) return SPX_OK;
    SPX_TRY(need_text(plan, "text", &text, err));
    SPX_TRY(find_file(text, path, err));
    const char *const fixed[] = {model, "--text", path, "-o", stats};
    command_tool(&c, "spx-stats");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) command_word(&c, fixed[i]);
    const row layer_row = {"layers", "--layers", TEXT},
              token_row = {"text_tokens", "--tokens", TEXT};
    if (spx_json_get(plan, "layers"))
        SPX_TRY(add_option(&c, &layer_row, spx_json_get(plan, "layers"), err));
    if (spx_json_number(spx_json_get(plan, "text_tokens"), &tokens))
        SPX_TRY(add_option(&c, &token_row, spx_json_get(plan, "text_tokens"), err));
    threads_words(&c);
    SPX_TRY(command_run(&c, err));
out:
    command_free(&c);
    return st;
}

/* Does the run file hold all rounds already? */
static bool complete(const char *path, double rounds)
{
    spx_store *s = NULL;
    spx_error ignored = {0};
    if (access(path, R_OK) != 0 || spx_store_open(path, SPX_STORE_READ, &s, &ignored) != SPX_OK)
        return false;
    const bool done = (double)spx_store_stages(s) > rounds;
    spx_store_close(s);
    return done;
}

static spx_status run_arm(const spx_json *plan, const spx_json *arm, const char *model,
                          const char *stats, const char *output, spx_error *err)
{
    spx_status st = SPX_OK;
    command c = {0};
    const char *const fixed[] = {model, "--stats", stats, "-o", output, "--resume"};
    command_tool(&c, "spx-edit");
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) command_word(&c, fixed[i]);
    SPX_TRY(add_options(&c, plan_rows, plan, err));
    SPX_TRY(add_options(&c, evaluate_rows, spx_json_get(plan, "evaluate"), err));
    SPX_TRY(add_options(&c, arm_rows, arm, err));
    threads_words(&c);
    SPX_TRY(command_run(&c, err));
out:
    command_free(&c);
    return st;
}

static spx_status arm_path(const spx_json *arm, char out[PATH_SIZE], spx_error *err)
{
    const char *name = NULL;
    spx_status st = need_text(arm, "name", &name, err);
    if (st == SPX_OK && (strchr(name, '/') || *name == '.' || strlen(name) > 200))
        st = SPX_FAIL(err, SPX_EFORMAT, "%s: '%s' is no name for an arm", plan_path, name);
    if (st == SPX_OK) snprintf(out, PATH_SIZE, "%s/%s.h5", cli.output, name);
    return st;
}

static spx_status run_arms(const spx_json *plan, const char *model, const char *stats,
                           spx_error *err)
{
    const spx_json *arms = spx_json_get(plan, "arms");
    char path[PATH_SIZE];
    double rounds = 20;
    bool any = false;
    if (spx_json_size(arms) == 0 || spx_json_size(arms) > CLI_MAX_LIST)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: 1 to %d arms are wanted", plan_path, CLI_MAX_LIST);
    (void)spx_json_number(spx_json_get(plan, "rounds"), &rounds);
    for (size_t i = 0; i < spx_json_size(arms); i++) {
        const spx_json *arm = spx_json_at(arms, i);
        spx_status st = arm_path(arm, path, err);
        if (st != SPX_OK) return st;
        if (only_arm && strcmp(only_arm, spx_json_text(spx_json_get(arm, "name"))) != 0) continue;
        any = true;
        if (complete(path, rounds)) continue;
        st = run_arm(plan, arm, model, stats, path, err);
        if (st != SPX_OK) return st;
    }
    if (any) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "%s: no arm '%s'", plan_path, only_arm ? only_arm : "");
}

/* All arms are done: figures, tables, report. */
static spx_status conclude(const spx_json *plan, spx_error *err)
{
    spx_status st = SPX_OK;
    static outcome o;
    static char path[CLI_MAX_LIST][PATH_SIZE];
    const spx_json *arms = spx_json_get(plan, "arms");
    const char *title = spx_json_text(spx_json_get(plan, "title"));
    o = (outcome){.folder = cli.output, .title = title ? title : plan_path};
    for (; o.n < spx_json_size(arms); o.n++) {
        const spx_json *arm = spx_json_at(arms, o.n);
        SPX_TRY(arm_path(arm, path[o.n], err));
        o.path[o.n] = path[o.n];
        o.name[o.n] = spx_json_text(spx_json_get(arm, "name"));
    }
    SPX_TRY(outcome_write(&o, err));
out:
    return st;
}

static spx_status follow(const spx_json *plan, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *name = NULL;
    char model[PATH_SIZE], stats[PATH_SIZE];
    if (!spx_json_is_object(plan)) SPX_RAISE(err, SPX_EFORMAT, "%s: not an object", plan_path);
    SPX_TRY(need_text(plan, "model", &name, err));
    SPX_TRY(find_file(name, model, err));
    if (mkdir(cli.output, 0777) != 0 && errno != EEXIST)
        SPX_RAISE(err, SPX_EIO, "%s: %s", cli.output, strerror(errno));
    snprintf(stats, sizeof stats, "%s/stats.h5", cli.output);
    SPX_TRY(make_stats(plan, model, stats, err));
    SPX_TRY(run_arms(plan, model, stats, err));
    if (!only_arm) SPX_TRY(conclude(plan, err));
out:
    return st;
}

static int run(void)
{
    spx_error err = {0};
    spx_json *plan = NULL;
    if (!cli.output) return cli_usage("--output is missing");
    spx_status st = spx_json_read(plan_path, &plan, &err);
    if (st == SPX_OK) st = follow(plan, &err);
    spx_json_free(plan);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-collapse", "run a plan of editing arms and draw what became of them",
        opts,           run,
        true,           true};
    return cli_main(&tool, argc, argv);
}
