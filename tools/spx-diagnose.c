/* spx-diagnose: what was done to a checkpoint, how far its subspaces have moved, whether it still
 * works. */
#include "cli.h"
#include "diagnose_rows.h"
#include "model_defaults.h"
#include "task_options.h"
#include "terminal.h"

#include "spx/data.h"
#include "spx/diagnosis.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FACTS = 50 };

static spx_names globs, paths;
static const char *base_path, *facts_path;
static double tau = 0.1;
static long k, first, tokens, count = FACTS;
static bool every, no_behaviour;

static const cli_opt opts[] = {
    {.kind = CLI_ARG, .name = "BASE", .value = &base_path, .help = "the checkpoint before"},
    {.kind = CLI_REST,
     .name = "LATER",
     .value = &paths,
     .help = "checkpoints made from it, LoRA adapters of it, RUN.h5#STAGE, or RUN.h5 for all its "
             "stages; in natural order of names"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .help = "matrices by glob; may repeat [every matrix]"},
    {.kind = CLI_REAL,
     .name = "tau",
     .value = &tau,
     .min = 1e-9,
     .max = 1,
     .help = "share of the base's singular values that is dominant [0.1]"},
    {.kind = CLI_INT,
     .letter = 'k',
     .name = "rank",
     .value = &k,
     .max = 1e6,
     .help = "dominant directions, instead of tau [0]"},
    {.kind = CLI_FLAG, .name = "all", .value = &every, .help = "list every changed matrix"},
    {.kind = CLI_FLAG,
     .name = "no-behaviour",
     .value = &no_behaviour,
     .help = "look at the weights only; the models are not run"},
    {.kind = CLI_STR,
     .name = "facts",
     .value = &facts_path,
     .value_name = "FILE",
     .help = "the facts that were edited, to be tested too"},
    {.kind = CLI_INT, .name = "first", .value = &first, .max = 1e9, .help = "first record [0]"},
    {.kind = CLI_INT, .name = "count", .value = &count, .max = 1e9, .help = "records; 0: all [50]"},
    {.kind = CLI_INT,
     .name = "tokens",
     .value = &tokens,
     .max = 1000,
     .help = "of the worst matrices, the N tokens nearest to each end of the leading directions of "
             "the change, and of dominant ones that BASE did not have [0]"},
    {.kind = CLI_TABLE, .name = "text-tokens", .table = task_file_options},
    {0},
};

static bool kept(const spx_tensor *t)
{
    return spx_tensor_is_matrix(t) && spx_names_match(&globs, t->name);
}

static void print_text(const spx_diagnosis *d, size_t n)
{
    const spx_diagnosis_look look = {.colour = terminal_has_colour(), .every_matrix = every};
    if (n > 1) spx_diagnosis_series(stdout, &look, d, n);
    spx_diagnosis_write(stdout, &look, &d[n - 1]);
}

static char templates[SPX_DATA_PATH]; /* of figures, for -o */

/* The run file of the folder, made anew. */
static spx_status open_store(char run[4096], spx_store **out, spx_error *err)
{
    spx_status st = SPX_OK;
    if (mkdir(cli.output, 0777) != 0 && errno != EEXIST) return spx_fail_path(err, cli.output);
    snprintf(run, 4096, "%s/stages.h5", cli.output);
    if (unlink(run) != 0 && errno != ENOENT) return spx_fail_path(err, run);
    SPX_TRY(spx_data_find("plots", templates, err));
    SPX_TRY(spx_store_open(run, SPX_STORE_CREATE, out, err));
    SPX_TRY(spx_store_set_text(*out, "", "history", cli.command, err));
out:
    return st;
}

/* The folder's run file is made whole, then figures and page of it. */
static spx_status put_folder(spx_store **store, const char *run, const spx_diagnosis *d, size_t n,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_store_commit(store, err));
    const spx_diagnosis_folder f = {.folder = cli.output,
                                    .at = d,
                                    .n = n,
                                    .run = run,
                                    .templates = templates,
                                    .command = cli.command};
    SPX_TRY(spx_diagnosis_put(&f, err));
    cli_note("report: %s/report.html", cli.output);
out:
    return st;
}

static spx_status diagnose(const spx_eval_plan *plan, bool *broken, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    spx_source base, *stages = NULL;
    spx_diagnosis *d = NULL;
    spx_store *store = NULL;
    size_t n = 0;
    char run[4096];
    spx_items_host host = *cli_items_host();
    host.output = NULL;
    spx_source_of(base_path, &base);
    SPX_TRY(spx_sources_expand(&paths, base_path, &stages, &n, err));
    SPX_TRY(SPX_SCRATCH(&tmp, &d, n, err));
    if (cli.output) SPX_TRY(open_store(run, &store, err));
    const spx_diagnosis_opts o = {.base = &base,
                                  .stages = stages,
                                  .n = n,
                                  .keep = kept,
                                  .dominant = {.k = (size_t)k, .tau = tau},
                                  .plan = plan,
                                  .store = store,
                                  .host = &host,
                                  .notify = cli_notify()};
    SPX_TRY(spx_diagnose(&o, d, err));
    if (tokens) SPX_TRY(diagnose_tokens((size_t)tokens, &o, &d[n - 1], err));
    for (size_t i = 0; cli.json && i < n; i++) diagnose_print_json(&d[i]);
    if (!cli.json) print_text(d, n);
    if (cli.output) SPX_TRY(put_folder(&store, run, d, n, err));
    *broken = spx_diagnosis_broken(&d[n - 1]);
out:
    for (size_t i = 0; d && i < n; i++) spx_diagnosis_free(&d[i]);
    spx_store_close(store);
    spx_free(stages);
    spx_scratch_free(&tmp);
    return st;
}

static int run(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    spx_eval_plan plan = {.facts_name = facts_path, .seed = (uint64_t)cli.seed};
    spx_facts facts = {0};
    bool broken = false;
    int code = CLI_OK;
    if (tokens && spx_ckpt_stage(base_path, NULL, 0))
        return cli_usage(
            "--tokens needs a whole model as BASE: a stage holds the edited weights only");
    if (!no_behaviour) SPX_TRY(defaults_tasks(&tasks.what, &err));
    code = tasks_collect(&plan.task, &plan.tasks);
    if (code != CLI_OK) return code;
    if (facts_path) {
        const spx_facts_opts which = {
            .first = (size_t)first, .count = (size_t)count, .notify = cli_notify()};
        SPX_TRY(spx_facts_read(facts_path, &which, &facts, &err));
        plan.facts = &facts;
    }
    SPX_TRY(diagnose(no_behaviour ? NULL : &plan, &broken, &err));
out:
    spx_facts_free(&facts);
    if (st != SPX_OK) return cli_fail(&err);
    return broken ? CLI_CROSSED : CLI_OK;
}

static const char *const examples[] = {
    "spx-diagnose base/ edited/",
    "spx-diagnose base/ checkpoint-*/ -o report/",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-diagnose",
                           .summary = "what was done to a checkpoint, and whether it still works",
                           .opts = opts,
                           .about = "Judges later checkpoints beside the one they were made "
                                    "from: which matrices changed and what kind of work leaves "
                                    "such a change, how far the dominant subspaces have moved, "
                                    "and what the model can still do. With -o FOLDER it leaves a "
                                    "page, figures, the numbers and a run file there. The exit "
                                    "status is 1 if the last checkpoint is broken.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .run = run,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
