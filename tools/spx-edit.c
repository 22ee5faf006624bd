/* spx-edit: one sequential editing run, measured after every round, resumable. */
#include "cli.h"
#include "model_defaults.h"
#include "param_options.h"
#include "products_option.h"
#include "round_line.h"
#include "task_options.h"
#include "topics.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const char *preset, *bundle, *unedited;
static spx_names models;
static size_t snapshots;
static bool ledger = true, resume;
static spx_run_spec spec;

static const cli_opt opts[] = {
    {.kind = CLI_ANY,
     .name = "MODEL",
     .value = &models,
     .help = "GGUF file, or folder with config.json and tokenizer"},
    {.kind = CLI_HEADING, .help = "Input"},
    {.kind = CLI_STR,
     .name = "bundle",
     .value = &bundle,
     .value_name = "FILE",
     .help = "one batch's matrices (HDF5, .npz) in place of a model"},
    {.kind = CLI_STR,
     .name = "facts",
     .value = &spec.facts,
     .value_name = "FILE",
     .help = "records to edit (JSON)"},
    {.kind = CLI_STR,
     .name = "stats",
     .value = &spec.stats,
     .value_name = "FILE",
     .help = "second moments of keys: of spx-stats, or .npz of the public code (one, or a folder) "
             "[with a preset, measured on the kit's text, and kept in the cache folder]"},
    {.kind = CLI_STR,
     .name = "prefixes",
     .value = &spec.prefixes,
     .value_name = "FILE",
     .help = "prefix sentences, one a line [with a preset, the kit's]"},
    {.kind = CLI_STR,
     .name = "preset",
     .value = &preset,
     .value_name = "FILE",
     .help = "parameters of editor, search and filter (JSON); options override it; none: no preset "
             "[unless layers are given, the kit's for the model]"},
    PRODUCTS_OPTION,
    {.kind = CLI_HEADING, .help = "Run file"},
    {.kind = CLI_BOOL,
     .name = "ledger",
     .value = &ledger,
     .help = "1: keep every change, from which any stage is rebuilt [1]"},
    {.kind = CLI_SIZE,
     .name = "snapshots",
     .value = &snapshots,
     .max = 1e6,
     .help = "keep the weights every N rounds; 0: the last only [0]"},
    {.kind = CLI_STR,
     .name = "unedited",
     .value = &unedited,
     .value_name = "FOLDER",
     .help = "keeps tests of the unedited model, for runs that would repeat them"},
    {.kind = CLI_FLAG,
     .name = "resume",
     .value = &resume,
     .help = "continue where the run file ends"},
    RUN_OPTIONS(spec),
    TASK_FILE_OPTIONS, /* measurements, as the last of them */
    {0},
};

static const cli_column columns[] = {
    {"rows"}, {"cols"}, {"facts"}, {"kept"}, {"rcond"}, {"update_norm"}, {"written_norm"}, {0},
};

/* Of a bundle; a run reports a line a round. */
static const cli_view views[] = {{.of = "rcond", .columns = columns}, {0}};

/* At once: rounds take long. */
static void report(const spx_run_stage *stage)
{
    if (cli.quiet) return;
    if (isatty(STDOUT_FILENO))
        round_line_print(stage);
    else
        printf("%s\n", stage->line);
    fflush(stdout);
}

static void warn(const char *line) { cli_warn("ill-conditioned: %s", line); }

static void print_result(const spx_bundle_result *r)
{
    fprintf(cli.out,
            "rows\tcols\tfacts\tkept\trcond\tupdate_norm\twritten_norm\n%zu\t%zu\t%zu\t%zu",
            r->rows, r->cols, r->facts, r->solve.kept);
    cli_cell(r->solve.rcond);
    cli_cell(sqrt(r->filter.before));
    cli_cell(sqrt(r->filter.after));
    fprintf(cli.out, "\n");
    if (r->solve.rcond < SPX_ILL_CONDITIONED)
        cli_warn("ill-conditioned: reciprocal condition %.3g", r->solve.rcond);
}

/* One batch from outside, without a model. */
static spx_status run_bundle(const spx_run_control *control, spx_error *err)
{
    spx_bundle_result r;
    const spx_status st = spx_run_bundle(&spec, bundle, control, &r, err);
    if (st == SPX_OK) print_result(&r);
    return st;
}

/* True unless spx_run will refuse at once: what takes minutes is then not begun. */
static bool will_begin(void)
{
    return (resume || access(cli.output, F_OK) != 0) && access(spec.facts, R_OK) == 0;
}

static int run_with_preset(const spx_run_control *control)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_json *document = NULL;
    int code = CLI_OK;
    if (!bundle && !param_options_has("layers"))
        SPX_TRY(defaults_preset(spec.model, spec.editor, &preset, &err));
    if (preset && strcmp(preset, "none") != 0)
        SPX_TRY(spx_preset_read(preset, param_options_given(), &spec, &document, &err));
    SPX_TRY(param_options_finish(&spec, &err));
    if (document && !bundle && spec.layers > 0 && will_begin())
        SPX_TRY(defaults_inputs(&spec, &err));
    if (bundle)
        SPX_TRY(run_bundle(control, &err));
    else if (spec.layers == 0)
        code = cli_usage("--layers is missing, and no preset says them");
    else
        SPX_TRY(spx_run(&spec, control, &err));
out:
    spx_json_free(document);
    return st == SPX_OK ? code : cli_fail(&err);
}

/* Everything needed is there, once. Returns the exit code. */
static int check_arguments(void)
{
    if (!bundle && models.n == 0) return cli_usage("MODEL is missing");
    if (models.n + (bundle != NULL) > 1) return cli_usage("give one MODEL or one --bundle");
    if (!bundle && !spec.facts) return cli_usage("--facts is missing");
    if (!cli.output) return cli_usage("--output is missing");
    return CLI_OK;
}

static int run(void)
{
    const spx_run_control control = {.output = cli.output,
                                     .command = cli.command,
                                     .resume = resume,
                                     .snapshots = snapshots,
                                     .ledger = ledger,
                                     .unedited = unedited,
                                     .stop = cli_interrupted,
                                     .report = report,
                                     .warn = warn,
                                     .notify = cli_notify()};
    int code = check_arguments();
    if (code == CLI_OK && !bundle) code = tasks_collect(&spec.task, &spec.tasks);
    if (code == CLI_OK && !bundle) code = products_choose();
    if (code != CLI_OK) return code;
    spec.model = models.n > 0 ? models.item[0] : NULL;
    return run_with_preset(&control);
}

static const char *const examples[] = {
    "spx-edit model.gguf --facts facts.json --stats stats.h5 --layers 6-10 -o run.h5",
    "spx-edit model/ --facts facts.json --stats stats.h5 --layers 6-10 --filter revive --tau 0.2 "
    "-o run.h5",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-edit",
                           .summary = "edit facts in rounds and measure every round",
                           .about = "Writes facts into a model in rounds, by one editor through "
                                    "one filter, and measures the spectra of the edited "
                                    "matrices, the facts and the abilities of the model after "
                                    "every round. Everything goes into one run file; an "
                                    "interrupted run is continued by the same command with "
                                    "--resume.",
                           .examples = examples,
                           .hand = CLI_HAS_FACTS,
                           .without = CLI_NO_JSON,
                           .topics = {&editor_topics, &target_topics, &filter_topics},
                           .opts = opts,
                           .run = run,
                           .views = views,
                           .own_output = true,
                           .resumes = true};
    spec = spx_run_defaults();
    return cli_main(&tool, argc, argv);
}
