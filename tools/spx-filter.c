/* spx-filter: what a filter leaves of the change between two checkpoints, or of a run's changes. */
#include "cli.h"
#include "filter_options.h"
#include "filter_rows.h"
#include "repair_options.h"
#include "topics.h"

#include "spx/covariance.h"
#include "spx/filtered.h"
#include "spx/replay.h"

static spx_names globs, paths;
static const char *type_name, *stats_path, *model_path;
static bool list;
static double measure_tau = 0.1;
static spx_filter_spec spec; /* as the options give it */
static spx_filter_sweep sweep;

static const cli_opt opts[] = {
    {.kind = CLI_ANY,
     .name = "CHECKPOINT",
     .value = &paths,
     .help =
         "BASE and EDITED, a checkpoint or a LoRA adapter of BASE; or RUN.h5, whose changes are "
         "replayed; or RUN.h5#STAGE, to be written"},
    {.kind = CLI_LIST,
     .letter = 't',
     .name = "tensors",
     .value = &globs,
     .value_name = "GLOB",
     .help = "tensors to filter, by glob; may repeat [FFN output projections]"},
    {.kind = CLI_HEADING,
     .help = "Filter; a number may, with --eval or for a replay, be a list, as 0.1,0.2"},
    {.kind = CLI_FLAG, .name = "list", .value = &list, .help = "print the table of filters"},
    FILTER_OPTIONS(spec),
    {.kind = CLI_HEADING, .help = "Files and measurements"},
    {.kind = CLI_STR,
     .name = "stats",
     .value = &stats_path,
     .value_name = "FILE",
     .help = "second moments of keys, for alphaedit; of gradients too, for crisp"},
    {.kind = CLI_REAL,
     .name = "measure-tau",
     .value = &measure_tau,
     .min = 1e-9,
     .max = 1,
     .help = "of a replay: share that is called dominant [0.1]"},
    {.kind = CLI_STR,
     .name = "model",
     .value = &model_path,
     .value_name = "MODEL",
     .help = "the model that was edited, into which a stage or a replay is written"},
    {.kind = CLI_STR,
     .name = "dtype",
     .value = &type_name,
     .value_name = "TYPE",
     .help = "of what is filtered, in OUT [its own, else F16]"},
    REPAIR_OPTIONS,
    {0},
};

static spx_status read_moment(const char *tensor, size_t cols, spx_mat *C, void *arg,
                              spx_error *err)
{
    return spx_moments_read(arg, tensor, cols, C, err);
}

static void tell_tensor(const spx_tensor *t, const char *action, const spx_filter_report *r,
                        void *unused)
{
    (void)unused;
    filter_print_tensor(t, action, r, sweep.filter.name);
}

static spx_status read_gradient_moment(const char *tensor, size_t rows, spx_mat *B, void *arg,
                                       spx_error *err)
{
    return spx_moments_read_gradients(arg, tensor, rows, B, err);
}

static spx_status filter_pair(spx_error *err)
{
    spx_status st = SPX_OK;
    spx_moments *stats = NULL;
    spx_filter_spec one = {0};
    SPX_TRY(spx_filter_resolve_swept(&sweep, 0, &one, err));
    if (stats_path) SPX_TRY(spx_moments_open(stats_path, &stats, err));
    const spx_filtered_opts o = {.filter = one,
                                 .globs = &globs,
                                 .dtype = type_name,
                                 .moment = stats ? read_moment : NULL,
                                 .gradient_moment = stats ? read_gradient_moment : NULL,
                                 .told = tell_tensor,
                                 .arg = stats,
                                 .notify = cli_notify()};
    SPX_TRY(repair_asked()
                ? repair_run(paths.item[0], paths.item[1], &o, &sweep, err)
                : spx_filtered_checkpoints(paths.item[0], paths.item[1], &o, cli.output, err));
out:
    spx_moments_close(stats);
    return st;
}

static spx_status replay_run(spx_error *err)
{
    const spx_replay_opts o = {.sweep = &sweep, .measure_tau = measure_tau};
    const spx_replay_job job = {.run = paths.item[0],
                                .globs = &globs,
                                .output = cli.output,
                                .model = model_path,
                                .dtype = type_name,
                                .command = cli.command,
                                .told = filter_print_course,
                                .notify = cli_notify()};
    return spx_replay(&job, &o, err);
}

/* What the arguments ask for. */
typedef enum task { PAIR, REPLAY, STAGE } task;

/* CLI_OK if the options fit a stage that is written, else the exit code. */
static int check_stage(void)
{
    if (!model_path || !cli.output) return cli_usage("a stage needs --model and --output");
    if (spec.name || filters_given())
        return cli_usage("a stage is written as it was; to filter it, give its base before it");
    return CLI_OK;
}

static int check_sweep(task t)
{
    const int code = filters_collect(&spec, "revive", &sweep);
    if (code != CLI_OK) return code;
    if (t == PAIR && sweep.n > 1 && !repair_asked())
        return cli_usage("two checkpoints take one --%s, not %zu, but with --eval",
                         sweep.param->name, sweep.n);
    if (model_path && (sweep.n > 1 || !cli.output || cli_run_file()))
        return cli_usage("--model takes one --%s and a checkpoint as --output", sweep.param->name);
    return CLI_OK;
}

static spx_status perform(task t, spx_error *err)
{
    if (t == PAIR) return filter_pair(err);
    if (t == REPLAY) return replay_run(err);
    return spx_rewrite_stage(paths.item[0], model_path, type_name, cli.output, cli_notify(), err);
}

static int run(void)
{
    spx_error err = {0};
    const char *one = paths.n == 1 ? paths.item[0] : "";
    const task t = spx_ckpt_stage(one, NULL, 0) ? STAGE : paths.n == 1 ? REPLAY : PAIR;
    if (list) {
        filters_list();
        return CLI_OK;
    }
    if (paths.n != 2 && t != STAGE && !spx_names_run_file(one))
        return cli_usage("expected BASE and EDITED, RUN.h5 or RUN.h5#STAGE");
    int code = repair_check(t == PAIR);
    if (code == CLI_OK) code = t == STAGE ? check_stage() : check_sweep(t);
    if (code != CLI_OK) return code;
    return perform(t, &err) == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-filter base/ edited/ --filter revive --tau 0.1 -o safe/",
    "spx-filter base/ edited/ --filter spectral-cap --cap 0.2,0.5 --eval --facts facts.json",
    "spx-filter run.h5 --filter revive --tau 0.1,0.2",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-filter",
                           .summary = "what a filter leaves of a change",
                           .about = "Takes out of a change what a filter forbids: of the change "
                                    "between two checkpoints, or of every change that a run file "
                                    "keeps, as if the run had been filtered. Without -o it only "
                                    "reports what would be removed. With --eval it tests the two "
                                    "models and what each value of the filter makes of the edited "
                                    "one, marks those that no other beats in both facts kept and "
                                    "perplexity, and names the knee between them.",
                           .examples = examples,
                           .hand = CLI_HAS_CHECKPOINTS,
                           .topics = {&filter_topics},
                           .opts = opts,
                           .run = run,
                           .views = filter_views,
                           .long_rows = true,
                           .own_output = true};
    return cli_main(&tool, argc, argv);
}
