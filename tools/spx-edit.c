/* spx-edit: one sequential editing run, measured after every round, resumable. */
#include "cli.h"
#include "filters.h"
#include "layers.h"

#include "spx/json.h"
#include "spx/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *preset, *layers;
static long first, round_size = 100, rounds = 20, snapshots, rows;
static long tokens, window = 512, lambada_items, eval_facts, eval_every = 1;
static bool resume;
static spx_run_spec spec;

/* Numbers that a preset or an option may set; an option wins. NaN: not given. */
enum { LAMBDA, V_LR, CLAMP, WEIGHT_DECAY, KL, STOP, STEPS, CONTEXTS, HYPERS };
static double hyper[HYPERS];
static const char *const hyper_name[HYPERS] = {"lambda", "v_lr", "clamp", "weight_decay",
                                               "kl",     "stop", "steps", "contexts"};

static const cli_opt opts[] = {
    {CLI_ARG, 0, "MODEL", &spec.model, 0, 0, "GGUF file"},
    {CLI_STR, 0, "facts", &spec.facts, 0, 0, "records to edit (JSON)"},
    {CLI_STR, 0, "stats", &spec.stats, 0, 0, "second moments of keys, from spx-stats"},
    {CLI_STR, 0, "prefixes", &spec.prefixes, 0, 0, "prefix sentences, one a line"},
    {CLI_STR, 0, "preset", &preset, 0, 0, "hyperparameters (JSON); options override it"},
    {CLI_STR, 0, "editor", &spec.editor, 0, 0, "memit [memit]"},
    {CLI_STR, 0, "layers", &layers, 0, 0, "edited blocks, such as 6-10"},
    {CLI_REAL, 0, "lambda", &hyper[LAMBDA], 1e-30, 1e30, "weight of the second moment [15000]"},
    {CLI_REAL, 0, "v-lr", &hyper[V_LR], 1e-9, 1e9, "Adam's rate [0.5]"},
    {CLI_REAL, 0, "clamp", &hyper[CLAMP], 0, 1e9, "most |delta| / |h0| [0.75]"},
    {CLI_REAL, 0, "weight-decay", &hyper[WEIGHT_DECAY], 0, 1e9, "of delta [0.5]"},
    {CLI_REAL, 0, "kl", &hyper[KL], 0, 1e9, "weight of the KL term [0.0625]"},
    {CLI_REAL, 0, "stop", &hyper[STOP], 0, 1e9, "loss at which a fact is done [0.05]"},
    {CLI_REAL, 0, "steps", &hyper[STEPS], 1, 1e6, "passes of the target search [25]"},
    {CLI_REAL, 0, "contexts", &hyper[CONTEXTS], 0, 100, "prefix sentences used [5]"},
    FILTER_OPTIONS(spec.filter),
    {CLI_INT, 0, "first", &first, 0, 1e9, "first record [0]"},
    {CLI_INT, 0, "round", &round_size, 1, 1e6, "facts a round [100]"},
    {CLI_INT, 0, "rounds", &rounds, 0, 1e6, "rounds [20]"},
    {CLI_REAL, 0, "measure-tau", &spec.measure_tau, 1e-9, 1, "share that is called dominant [0.1]"},
    {CLI_STR, 0, "perplexity", &spec.perplexity, 0, 0, "text whose perplexity is followed"},
    {CLI_INT, 0, "tokens", &tokens, 0, 1e12, "first tokens of it; 0: all [0]"},
    {CLI_INT, 0, "window", &window, 2, 1e6, "tokens a window [512]"},
    {CLI_STR, 0, "lambada", &spec.lambada, 0, 0, "passages whose last word is predicted"},
    {CLI_INT, 0, "lambada-items", &lambada_items, 0, 1e9, "first passages; 0: all [0]"},
    {CLI_INT, 0, "eval-facts", &eval_facts, 0, 1e9, "edited facts tested at a stage; 0: all [0]"},
    {CLI_INT, 0, "eval-every", &eval_every, 1, 1e6, "rounds between evaluations [1]"},
    {CLI_INT, 0, "snapshots", &snapshots, 0, 1e6,
     "keep weights every so many rounds; 0: last only"},
    {CLI_INT, 0, "search-rows", &rows, 0, 1e6, "positions searched at once; 0: 512 [0]"},
    {CLI_FLAG, 0, "resume", &resume, 0, 0, "go on where the run file ends"},
    {0},
};

static spx_status preset_field(const char *key, const spx_json *v, spx_error *err)
{
    static const char *const texts[] = {"model", "source", "layers"};
    double number = 0;
    for (size_t i = 0; i < HYPERS; i++) {
        if (strcmp(key, hyper_name[i]) != 0) continue;
        if (!spx_json_number(v, &number))
            return SPX_FAIL(err, SPX_EFORMAT, "%s: %s is not a number", preset, key);
        if (isnan(hyper[i])) hyper[i] = number;
        return SPX_OK;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(key, texts[i]) == 0 && spx_json_text(v)) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: unknown field %s", preset, key);
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

static double chosen(int i, double otherwise) { return isnan(hyper[i]) ? otherwise : hyper[i]; }

static void fill_spec(void)
{
    spx_target_opts *t = &spec.target;
    spec.lambda = chosen(LAMBDA, spec.lambda);
    t->lr = chosen(V_LR, t->lr);
    t->clamp = chosen(CLAMP, t->clamp);
    t->weight_decay = chosen(WEIGHT_DECAY, t->weight_decay);
    t->kl = chosen(KL, t->kl);
    t->stop = chosen(STOP, t->stop);
    t->steps = (size_t)chosen(STEPS, (double)t->steps);
    t->rows = (size_t)rows;
    spec.contexts = (size_t)chosen(CONTEXTS, (double)spec.contexts);
    filters_fill(&spec.filter);
    spec.first = (size_t)first;
    spec.round = (size_t)round_size;
    spec.rounds = (size_t)rounds;
    spec.perplexity_tokens = (size_t)tokens;
    spec.window = (size_t)window;
    spec.lambada_items = (size_t)lambada_items;
    spec.eval_facts = (size_t)eval_facts;
    spec.eval_every = (size_t)eval_every;
}

static void report(const char *line)
{
    if (cli.quiet) return;
    printf("%s\n", line);
    fflush(stdout);
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    char layer_text[256];
    if (!spec.facts) return cli_usage("--facts is missing");
    if (!spec.stats) return cli_usage("--stats is missing");
    if (!cli.output) return cli_usage("--output is missing");
    if (preset) SPX_TRY(read_preset(layer_text, sizeof layer_text, &err));
    if (!layers) return cli_usage("--layers is missing");
    SPX_TRY(layers_parse(layers, spec.layer, SPX_MAX_LAYERS, &spec.layers, &err));
    for (int i = STEPS; i <= CONTEXTS; i++)
        if (!isnan(hyper[i]) && hyper[i] != floor(hyper[i]))
            SPX_RAISE(&err, SPX_EINVAL, "%s is %g, no whole number", hyper_name[i], hyper[i]);
    fill_spec();
    const spx_run_control control = {.output = cli.output,
                                     .command = cli.command,
                                     .resume = resume,
                                     .snapshots = (size_t)snapshots,
                                     .stop = cli_interrupted,
                                     .report = report};
    SPX_TRY(spx_run(&spec, &control, &err));
out:
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-edit", "edit facts in rounds and measure every round", opts, run, true, true};
    spec = spx_run_defaults();
    for (size_t i = 0; i < HYPERS; i++) hyper[i] = (double)NAN;
    return cli_main(&tool, argc, argv);
}
