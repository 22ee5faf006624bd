/* spx-tune: where a model's facts pass, and settings to edit them with. */
#include "cli.h"
#include "model_defaults.h"
#include "param_options.h"
#include "products_option.h"
#include "tune_rows.h"

#include "spx/layer_list.h"
#include "spx/tune.h"

#include <string.h>
#include <unistd.h>

static const char *model, *preset, *evidence, *moments, *layers;
static const char *text, *perplexity, *lambada;
static spx_run_spec start;
static spx_tune_opts tune;

/* The option of a parameter of runs, and those of files. */
static const cli_opt *start_options(const cli_opt *row)
{
    static cli_opt option[6];
    (void)row;
    if (option[0].kind != CLI_END) return option;
    option[0] = param_option("editor", &start.editor);
    option[1] = param_option("filter", &start.filter.name);
    option[2] = param_option("layers", &layers);
    option[3] = param_option("first", &start.first);
    option[4] = param_option("skip_bad", &start.skip_bad);
    return option;
}

static const cli_opt opts[] = {
    {.kind = CLI_ARG,
     .name = "MODEL",
     .value = &model,
     .help = "GGUF file, or folder with config.json and tokenizer"},
    {.kind = CLI_HEADING, .help = "Input"},
    {.kind = CLI_STR,
     .name = "facts",
     .value = &start.facts,
     .value_name = "FILE",
     .help = "records with true and new targets (JSON); a few hundred"},
    {.kind = CLI_STR,
     .name = "preset",
     .value = &preset,
     .value_name = "FILE",
     .help =
         "settings to begin with, and to compare with (JSON); none: the defaults [the kit's for "
         "the model]"},
    {.kind = CLI_STR,
     .name = "prefixes",
     .value = &start.prefixes,
     .value_name = "FILE",
     .help = "prefix sentences, one a line [the kit's prefixes.txt]"},
    {.kind = CLI_STR,
     .name = "text",
     .value = &text,
     .value_name = "FILE",
     .help = "text for second moments of keys [the kit's wikitext-2-valid.txt]"},
    {.kind = CLI_SIZE,
     .name = "tokens",
     .value = &tune.moments_tokens,
     .max = 1e12,
     .help = "tokens of it; 0: all [16384]"},
    {.kind = CLI_STR,
     .name = "perplexity",
     .value = &perplexity,
     .value_name = "FILE",
     .help = "text to spare [the kit's wikitext-2-test.txt]"},
    {.kind = CLI_STR,
     .name = "lambada",
     .value = &lambada,
     .value_name = "FILE",
     .help = "passages to spare [the kit's lambada-500.jsonl]"},
    PRODUCTS_OPTION,
    {.kind = CLI_HEADING, .help = "Start"},
    {.kind = CLI_TABLE, .table = start_options},
    {.kind = CLI_HEADING, .help = "Trace"},
    {.kind = CLI_SIZE,
     .name = "scan",
     .value = &tune.scan,
     .min = 1,
     .max = 1e6,
     .help = "records asked, at most, for facts that the model knows [600]"},
    {.kind = CLI_SIZE,
     .name = "trace-facts",
     .value = &tune.trace_facts,
     .min = 1,
     .max = SPX_TUNE_FACTS,
     .help = "facts traced [12]"},
    {.kind = CLI_SIZE,
     .name = "samples",
     .value = &tune.samples,
     .min = 1,
     .max = 1000,
     .help = "samples of the noise [3]"},
    {.kind = CLI_SIZE,
     .name = "window",
     .value = &tune.window,
     .max = 1000,
     .help = "blocks whose FFN or attention is restored together; 0: a fifth of them [0]"},
    {.kind = CLI_HEADING, .help = "Search"},
    {.kind = CLI_REAL,
     .name = "budget",
     .value = &tune.minutes,
     .value_name = "MINUTES",
     .min = 0.01,
     .max = 1e5,
     .help = "wall time to fill, as far as it can be foreseen [15]"},
    {.kind = CLI_SIZE,
     .name = "edits",
     .value = &tune.edits,
     .min = 1,
     .max = 1e6,
     .help = "edits that the settings are to stand: perplexity lost is extrapolated to them [200]"},
    {.kind = CLI_SIZE,
     .name = "trials",
     .value = &tune.trials,
     .max = SPX_TUNE_TRIALS,
     .help = "settings tried, whatever the budget; 0: as many as fit into it [0]"},
    {.kind = CLI_HEADING, .help = "Output"},
    {.kind = CLI_STR,
     .name = "evidence",
     .value = &evidence,
     .value_name = "RUN.h5",
     .help = "run file of the trace and of every trial; the trace alone is made if there is no -o"},
    {.kind = CLI_STR,
     .name = "moments",
     .value = &moments,
     .value_name = "FILE",
     .help = "keeps the second moments; used if it is there [beside the preset]"},
    {0},
};

static void say(const char *line) { cli_note("%s", line); }

static spx_status find_files(spx_error *err)
{
    static char found[4][SPX_DATA_PATH];
    spx_status st = SPX_OK;
    SPX_TRY(defaults_file(&start.prefixes, "datasets/prefixes.txt", found[0], err));
    if (!tune.search) return SPX_OK;
    SPX_TRY(defaults_file(&text, "datasets/wikitext-2-valid.txt", found[1], err));
    SPX_TRY(defaults_file(&perplexity, "datasets/wikitext-2-test.txt", found[2], err));
    SPX_TRY(defaults_file(&lambada, "datasets/lambada-500.jsonl", found[3], err));
    tune.moments_text = text;
    tune.text = perplexity;
    tune.passages = lambada;
out:
    return st;
}

/* What serves other models, for the search. */
static spx_status find_others(spx_preset_list *found, spx_error *err)
{
    spx_status st = SPX_OK;
    char folder[SPX_DATA_PATH];
    if (!tune.search) return SPX_OK;
    SPX_TRY(spx_data_find("datasets/presets", folder, err));
    SPX_TRY(spx_presets_of_others(model, start.editor, folder, found, err));
    tune.preset = (const char *const *)found->path;
    tune.presets = found->n;
out:
    return st;
}

/* Journal and second moments lie beside what is written. */
static void name_files(void)
{
    static char journal[SPX_DATA_PATH], beside[SPX_DATA_PATH];
    snprintf(journal, sizeof journal, "%s.items", cli.output ? cli.output : evidence);
    tune.journal = journal;
    if (cli.output) snprintf(beside, sizeof beside, "%s.moments.h5", cli.output);
    tune.moments = moments ? moments : beside;
}

/* The journal is kept until everything that it is for has been written. */
static spx_status write_results(const spx_tuned *t, spx_error *err)
{
    spx_status st = SPX_OK;
    if (spx_comm_rank(cli.comm) > 0) return SPX_OK;
    if (evidence) SPX_TRY(spx_tuned_write_evidence(t, &tune, evidence, err));
    if (t->trials > 0) SPX_TRY(spx_tuned_write_preset(t, model, cli.output, err));
    if (t->trace.facts > 0) tune_print_trace(&t->trace);
    (void)unlink(tune.journal);
out:
    return st;
}

static int check_arguments(void)
{
    if (!start.facts) return cli_usage("--facts is missing");
    if (!cli.output && !evidence) return cli_usage("--output or --evidence is missing");
    if (evidence && !spx_names_run_file(evidence))
        return cli_usage("--evidence %s does not end with .h5", evidence);
    return CLI_OK;
}

/* Tunes from the start's settings, and writes what was found. Returns the exit code. */
static int find_settings(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_tuned found = {0};
    spx_preset_list others = {.n = 0};
    spx_json *document = NULL;
    spx_bytes identity = {0};
    char sentence[SPX_TUNE_SENTENCE];
    static const bool kept[SPX_PARAMS_MAX];
    if (evidence && access(evidence, F_OK) == 0)
        SPX_RAISE(&err, SPX_EINVAL, "%s already exists; remove it", evidence);
    if (tune.search) SPX_TRY(defaults_preset(model, start.editor, &preset, &err));
    if (preset && strcmp(preset, "none") != 0)
        SPX_TRY(spx_preset_read(preset, kept, &start, &document, &err));
    if (layers) SPX_TRY(spx_layers_parse(layers, start.layer, SPX_MAX_LAYERS, &start.layers, &err));
    SPX_TRY(find_files(&err));
    SPX_TRY(find_others(&others, &err));
    SPX_TRY(cli_add_options(&identity, "", &err));
    SPX_TRY(spx_bytes_add(&identity, "", 1, &err));
    tune.identity = (const char *)identity.data;
    SPX_TRY(spx_comm_finish(cli.comm, spx_tune(&tune, &found, &err), &err));
    SPX_TRY(write_results(&found, &err));
    spx_tuned_sentence(&found, sentence, sizeof sentence);
    cli_note("%s", sentence);
out:;
    st = spx_comm_finish(cli.comm, st, &err); /* nothing, if that was said above */
    const int code = st != SPX_OK ? cli_fail(&err) : found.trace.stores ? CLI_OK : CLI_CROSSED;
    spx_tuned_free(&found);
    spx_preset_list_free(&others);
    spx_bytes_free(&identity);
    spx_json_free(document);
    return code;
}

static int run(void)
{
    int code = check_arguments();
    if (code == CLI_OK) code = products_choose();
    if (code != CLI_OK) return code;
    start.model = model;
    tune.start = &start;
    tune.seed = (uint64_t)cli.seed;
    tune.search = cli.output != NULL;
    tune.comm = cli.comm;
    tune.stop = cli_interrupted;
    tune.say = say;
    tune.notify = cli_notify();
    name_files();
    return find_settings();
}

static const char *const examples[] = {
    "spx-tune model.gguf --facts facts.json -o preset.json --evidence tune.h5",
    "spx-tune model/ --facts facts.json --evidence trace.h5",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-tune",
                           .summary = "find layers and hyperparameters for a model",
                           .about = "Traces through which layers the facts that a model knows "
                                    "pass, and searches layers and hyperparameters of an editor "
                                    "that write facts and spare the rest. Writes a preset for "
                                    "spx-edit, and the evidence as a run file. What is done is "
                                    "kept: the same command continues. A model in which no layer "
                                    "stores facts gets that answer and no preset, with exit "
                                    "status 1.",
                           .examples = examples,
                           .hand = CLI_HAS_FACTS,
                           .without = CLI_NO_JSON,
                           .opts = opts,
                           .views = tune_views,
                           .run = run,
                           .own_output = true,
                           .resumes = true};
    start = spx_run_defaults();
    tune = spx_tune_defaults();
    return cli_main_ranked(&tool, argc, argv);
}
