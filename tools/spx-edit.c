/* spx-edit: one sequential editing run, measured after every round, resumable. */
#include "cli.h"
#include "filter_options.h"
#include "products_option.h"
#include "task_options.h"

#include "spx/json.h"
#include "spx/layer_list.h"
#include "spx/run.h"

#include <math.h>
#include <string.h>

static const char *preset, *layers, *bundle;
static spx_names models;
static long first, round_size = 100, rounds = 20, ledger = 1, snapshots, rows;
static long feedback, eval_facts, eval_every = 1, tasks_every, retention;
static bool resume;
static spx_run_spec spec;

/* Numbers that a preset or an option may set; an option wins. NaN: not given. First the editors'
 * (spx_edit_option_rows), then those of the target search. */
typedef struct hyper {
    const char *name; /* in presets; the option has '-' for '_' */
    char option[24];
    double min, max, value;
    bool whole;
    const char *help;
} hyper;
enum { V_LR = SPX_EDIT_OPTIONS, CLAMP, WEIGHT_DECAY, KL, STOP, STEPS, CONTEXTS, HYPERS };
static hyper hypers[HYPERS] = {
    [V_LR] = {"v_lr", "", 1e-9, 1e9, 0, false, "Adam's rate [0.5]"},
    [CLAMP] = {"clamp", "", 0, 1e9, 0, false, "most |delta| / |h0| [0.75]"},
    [WEIGHT_DECAY] = {"weight_decay", "", 0, 1e9, 0, false, "of delta [0.5]"},
    [KL] = {"kl", "", 0, 1e9, 0, false, "weight of the KL term [0.0625]"},
    [STOP] = {"stop", "", 0, 1e9, 0, false, "loss at which a fact is done [0.05]"},
    [STEPS] = {"steps", "", 1, 1e6, 0, true, "passes of the target search [25]"},
    [CONTEXTS] = {"contexts", "", 0, 100, 0, true, "prefix sentences used [5]"},
};

static char editor_help[512];
static const cli_opt fixed[] = {
    {CLI_ANY, 0, "MODEL", &models, 0, 0, "GGUF file, or folder with config.json and tokenizer"},
    {CLI_STR, 0, "bundle", &bundle, 0, 0, "one batch's matrices (HDF5, .npz) in place of a model"},
    {CLI_STR, 0, "facts", &spec.facts, 0, 0, "records to edit (JSON)"},
    {CLI_STR, 0, "stats", &spec.stats, 0, 0,
     "second moments of keys: of spx-stats, or .npz of the public code (one, or a folder)"},
    {CLI_STR, 0, "prefixes", &spec.prefixes, 0, 0, "prefix sentences, one a line"},
    {CLI_STR, 0, "preset", &preset, 0, 0, "hyperparameters (JSON); options override it"},
    {CLI_STR, 0, "editor", &spec.editor, 0, 0, editor_help},
    {CLI_STR, 0, "layers", &layers, 0, 0, "edited blocks, such as 6-10"},
    FILTER_OPTIONS(spec.filter),
    {CLI_INT, 0, "feedback", &feedback, 0, 1,
     "1: what the filter takes out is paid in later rounds where it lets it; memit-seq, encore "
     "[0]"},
    {CLI_INT, 0, "first", &first, 0, 1e9, "first record [0]"},
    {CLI_INT, 0, "round", &round_size, 1, 1e6, "facts a round [100]"},
    {CLI_INT, 0, "rounds", &rounds, 0, 1e6, "rounds [20]"},
    {CLI_REAL, 0, "measure-tau", &spec.measure_tau, 1e-9, 1, "share that is called dominant [0.1]"},
    TASK_OPTIONS,
    PRODUCTS_OPTION,
    {CLI_INT, 0, "eval-facts", &eval_facts, 0, 1e9, "edited facts tested at a stage; 0: all [0]"},
    {CLI_INT, 0, "eval-every", &eval_every, 1, 1e6, "rounds between tests of facts [1]"},
    {CLI_INT, 0, "tasks-every", &tasks_every, 0, 1e6,
     "the same of perplexity, LAMBADA and --task; 0: as --eval-every [0]"},
    {CLI_INT, 0, "retention", &retention, 0, 1e6,
     "facts of every earlier round tested again each time; 0: none [0]"},
    {CLI_INT, 0, "ledger", &ledger, 0, 1, "keep every change, from which any stage is rebuilt [1]"},
    {CLI_INT, 0, "snapshots", &snapshots, 0, 1e6,
     "keep weights every so many rounds; 0: last only"},
    {CLI_INT, 0, "search-rows", &rows, 0, 1e6, "positions searched at once; 0: 512 [0]"},
    {CLI_FLAG, 0, "resume", &resume, 0, 0, "go on where the run file ends"},
};

static spx_status unknown_field(const char *key, spx_error *err)
{
    char known[400] = "";
    for (size_t i = 0; i < HYPERS; i++) {
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, ", %s", hypers[i].name);
    }
    return SPX_FAIL(err, SPX_EFORMAT, "%s: unknown field %s; there are: model, source, layers%s",
                    preset, key, known);
}

static spx_status preset_field(const char *key, const spx_json *v, spx_error *err)
{
    static const char *const texts[] = {"model", "source", "layers"};
    double number = 0;
    for (size_t i = 0; i < HYPERS; i++) {
        if (strcmp(key, hypers[i].name) != 0) continue;
        if (!spx_json_number(v, &number) || number < hypers[i].min || number > hypers[i].max)
            return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is not a number from %g to %g", preset, key,
                            hypers[i].min, hypers[i].max);
        if (isnan(hypers[i].value)) hypers[i].value = number;
        return SPX_OK;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(key, texts[i]) != 0) continue;
        if (spx_json_text(v)) return SPX_OK;
        return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is not a text", preset, key);
    }
    return unknown_field(key, err);
}

/* layer_text keeps a copy of the preset's layers, which outlives the document. */
static spx_status read_preset(char *layer_text, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    SPX_TRY(spx_json_read(preset, &root, err));
    if (!spx_json_is_object(root)) SPX_RAISE(err, SPX_EFORMAT, "%s: not an object", preset);
    for (size_t i = 0; i < spx_json_size(root); i++) {
        const spx_json *v = NULL;
        const char *key = spx_json_key(root, i, &v);
        SPX_TRY(preset_field(key, v, err));
    }
    const char *text = spx_json_text(spx_json_get(root, "layers"));
    snprintf(layer_text, size, "%s", text ? text : "");
    if (!layers && text) layers = layer_text;
out:
    spx_json_free(root);
    return st;
}

static double chosen(int i, double otherwise)
{
    return isnan(hypers[i].value) ? otherwise : hypers[i].value;
}

static void fill_spec(void)
{
    spx_target_opts *t = &spec.target;
    for (int i = 0; i < SPX_EDIT_OPTIONS; i++) spec.edit.value[i] = chosen(i, spec.edit.value[i]);
    t->lr = chosen(V_LR, t->lr);
    t->clamp = chosen(CLAMP, t->clamp);
    t->weight_decay = chosen(WEIGHT_DECAY, t->weight_decay);
    t->kl = chosen(KL, t->kl);
    t->stop = chosen(STOP, t->stop);
    t->steps = (size_t)chosen(STEPS, (double)t->steps);
    t->rows = (size_t)rows;
    spec.contexts = (size_t)chosen(CONTEXTS, (double)spec.contexts);
    filters_fill(&spec.filter);
    spec.feedback = feedback != 0;
    spec.first = (size_t)first;
    spec.round = (size_t)round_size;
    spec.rounds = (size_t)rounds;
    spec.alt = tasks.alt;
    spec.skip_bad = tasks.skip_bad;
    spec.neighbors = (size_t)tasks.neighbors;
    spec.eval_facts = (size_t)eval_facts;
    spec.eval_every = (size_t)eval_every;
    spec.tasks_every = (size_t)tasks_every;
    spec.retention = (size_t)retention;
}

static void report(const char *line)
{
    if (cli.quiet) return;
    printf("%s\n", line);
    fflush(stdout);
}

static void warn(const char *line) { cli_warn("ill-conditioned: %s", line); }

/* A preset's fields and the options become spec. */
static spx_status settle(char *layer_text, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    if (preset) SPX_TRY(read_preset(layer_text, size, err));
    for (int i = 0; i < HYPERS; i++)
        if (hypers[i].whole && !isnan(hypers[i].value) && hypers[i].value != floor(hypers[i].value))
            SPX_RAISE(err, SPX_EINVAL, "%s is %g, no whole number", hypers[i].name,
                      hypers[i].value);
    fill_spec();
out:
    return st;
}

static void print_result(const spx_bundle_result *r)
{
    printf("rows\tcols\tfacts\tkept\trcond\tupdate_norm\twritten_norm\n%zu\t%zu\t%zu\t%zu", r->rows,
           r->cols, r->facts, r->solve.kept);
    cli_cell(r->solve.rcond);
    cli_cell(sqrt(r->filter.before));
    cli_cell(sqrt(r->filter.after));
    printf("\n");
    if (r->solve.rcond < SPX_ILL_CONDITIONED)
        cli_warn("ill-conditioned: reciprocal condition %.3g", r->solve.rcond);
}

/* No model: the change that one batch from outside makes. */
static int run_bundle(const spx_run_control *control)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_bundle_result r;
    char layer_text[256];
    SPX_TRY(settle(layer_text, sizeof layer_text, &err));
    SPX_TRY(spx_run_bundle(&spec, bundle, control, &r, &err));
    print_result(&r);
out:
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static int run_model(const spx_run_control *control)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    char layer_text[256];
    SPX_TRY(settle(layer_text, sizeof layer_text, &err));
    if (!layers) return cli_usage("--layers is missing");
    SPX_TRY(spx_layers_parse(layers, spec.layer, SPX_MAX_LAYERS, &spec.layers, &err));
    SPX_TRY(spx_run(&spec, control, &err));
out:
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

static int run(void)
{
    const spx_run_control control = {.output = cli.output,
                                     .command = cli.command,
                                     .resume = resume,
                                     .snapshots = (size_t)snapshots,
                                     .ledger = ledger != 0,
                                     .stop = cli_interrupted,
                                     .report = report,
                                     .warn = warn};
    if (!bundle && models.n == 0) return cli_usage("MODEL is missing");
    if (models.n + (bundle != NULL) > 1) return cli_usage("one MODEL or one --bundle");
    if (!bundle && !spec.facts) return cli_usage("--facts is missing");
    if (!cli.output) return cli_usage("--output is missing");
    if (bundle) return run_bundle(&control);
    int code = tasks_collect(&spec.task, &spec.tasks);
    if (code == CLI_OK) code = products_choose();
    if (code != CLI_OK) return code;
    spec.model = models.item[0];
    return run_model(&control);
}

/* The editors' names, for --help. */
static void name_editors(void)
{
    size_t n = 0;
    const spx_editor *const *e = spx_editors(&n);
    for (size_t i = 0; i < n; i++) {
        const size_t used = strlen(editor_help);
        snprintf(editor_help + used, sizeof editor_help - used, "%s%s", i ? ", " : "", e[i]->name);
    }
    const size_t used = strlen(editor_help);
    snprintf(editor_help + used, sizeof editor_help - used, " [%s]", spec.editor);
}

/* One option a hyperparameter, behind the fixed ones. */
static void add_hypers(cli_opt *out)
{
    static char help[SPX_EDIT_OPTIONS][96];
    for (size_t i = 0; i < SPX_EDIT_OPTIONS; i++) {
        const spx_edit_option_row *r = &spx_edit_option_rows()[i];
        snprintf(help[i], sizeof help[i], "%s [%g]", r->help, r->otherwise);
        hypers[i] = (hyper){r->name, "", r->min, r->max, 0, r->whole, help[i]};
    }
    for (size_t i = 0; i < HYPERS; i++) {
        hyper *h = &hypers[i];
        h->value = (double)NAN;
        snprintf(h->option, sizeof h->option, "%s", h->name);
        for (char *at = h->option; *at; at++)
            if (*at == '_') *at = '-';
        *out++ = (cli_opt){CLI_REAL, 0, h->option, &h->value, h->min, h->max, h->help};
    }
    *out = (cli_opt){0};
}

int main(int argc, char **argv)
{
    static cli_opt opts[sizeof fixed / sizeof *fixed + HYPERS + 1];
    const cli_tool tool = {
        "spx-edit", "edit facts in rounds and measure every round", opts, run, true, true};
    spec = spx_run_defaults();
    name_editors();
    memcpy(opts, fixed, sizeof fixed);
    add_hypers(opts + sizeof fixed / sizeof *fixed);
    return cli_main(&tool, argc, argv);
}
