/* spx-filter: what a filter leaves of the change between two checkpoints, or of a run's changes. */
#include "cli.h"
#include "filter_options.h"
#include "filter_rows.h"
#include "topics.h"

#include "spx/covariance.h"
#include "spx/filtered.h"
#include "spx/replay.h"

#include <stdlib.h>

static spx_names globs, paths;
static const char *type_name, *stats_path, *model_path, *tau_list;
static bool list;
static double measure_tau = 0.1;
static spx_filter_spec spec;

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
    {.kind = CLI_HEADING, .help = "Filter"},
    {.kind = CLI_FLAG, .name = "list", .value = &list, .help = "print the table of filters"},
    {.kind = CLI_STR,
     .name = "tau",
     .value = &tau_list,
     .value_name = "SHARE",
     .help = "protected share of the singular values; a list such as 0.1,0.2 for a replay [0.1]"},
    FILTER_OPTIONS_BUT_TAU(spec),
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
    filter_print_tensor(t, action, r, spec.name);
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
    SPX_TRY(spx_filter_resolve(&spec, &spec, err));
    if (stats_path) SPX_TRY(spx_moments_open(stats_path, &stats, err));
    const bool curved = stats && spx_filter_find(spec.name)->needs_gradient_moment;
    const spx_filtered_opts o = {.filter = spec,
                                 .globs = &globs,
                                 .dtype = type_name,
                                 .moment = stats ? read_moment : NULL,
                                 .gradient_moment = curved ? read_gradient_moment : NULL,
                                 .told = tell_tensor,
                                 .arg = stats,
                                 .notify = cli_notify()};
    SPX_TRY(spx_filtered_checkpoints(paths.item[0], paths.item[1], &o, cli.output, err));
out:
    spx_moments_close(stats);
    return st;
}

static spx_status replay_run(const double *tau, size_t n, spx_error *err)
{
    const spx_replay_opts o = {.filter = spec, .tau = tau, .n = n, .measure_tau = measure_tau};
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

/* Reads "0.05,0.1" into tau and returns how many they are, 0 if it is not a list of shares. */
static size_t parse_taus(const char *text, double *tau)
{
    size_t n = 0;
    char *end = NULL;
    for (const char *at = text; n < SPX_REPLAY_TAUS; at = end + 1) {
        tau[n] = strtod(at, &end);
        if (end == at || !(tau[n] > 0 && tau[n] <= 1)) return 0;
        n++;
        if (*end == '\0') return n;
        if (*end != ',') return 0;
    }
    return 0;
}

/* What the arguments ask for. */
typedef enum task { PAIR, REPLAY, STAGE } task;

/* CLI_OK if the options fit a stage that is written, else the exit code. */
static int check_stage(void)
{
    if (!model_path || !cli.output) return cli_usage("a stage needs --model and --output");
    if (spec.name || tau_list)
        return cli_usage("a stage is written as it was; to filter it, give its base before it");
    return CLI_OK;
}

static int check_taus(task t, size_t n)
{
    if (n == 0)
        return cli_usage("invalid --tau '%s' (expected at most %d shares above 0 and up to 1; 0.2 "
                         "for 20 %%)",
                         tau_list, SPX_REPLAY_TAUS);
    if (t == PAIR && n > 1) return cli_usage("two checkpoints take one --tau, not %zu", n);
    if (model_path && (n > 1 || !cli.output || cli_run_file()))
        return cli_usage("--model takes one --tau and a checkpoint as --output");
    return CLI_OK;
}

static spx_status perform(task t, const double *tau, size_t n, spx_error *err)
{
    if (t == STAGE)
        return spx_rewrite_stage(paths.item[0], model_path, type_name, cli.output, cli_notify(),
                                 err);
    if (!spec.name) spec.name = "revive";
    filters_fill(&spec);
    spec.tau = tau[0];
    if (t == PAIR) return filter_pair(err);
    return replay_run(tau, n, err);
}

static int run(void)
{
    spx_error err = {0};
    double tau[SPX_REPLAY_TAUS] = {0};
    const char *one = paths.n == 1 ? paths.item[0] : "";
    const task t = spx_ckpt_stage(one, NULL, 0) ? STAGE : paths.n == 1 ? REPLAY : PAIR;
    if (list) {
        filters_list();
        return CLI_OK;
    }
    if (paths.n != 2 && t != STAGE && !spx_names_run_file(one))
        return cli_usage("expected BASE and EDITED, RUN.h5 or RUN.h5#STAGE");
    const size_t n = tau_list ? parse_taus(tau_list, tau) : 1;
    const int code = t == STAGE ? check_stage() : check_taus(t, n);
    if (code != CLI_OK) return code;
    return perform(t, tau, n, &err) == SPX_OK ? CLI_OK : cli_fail(&err);
}

static const char *const examples[] = {
    "spx-filter base/ edited/ --filter revive --tau 0.1 -o safe/",
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
                                    "reports what would be removed.",
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
