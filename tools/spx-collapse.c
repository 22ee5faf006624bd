/* spx-collapse: a plan of arms, each an spx-edit run, then the figures and tables.
 *
 * It only starts the other tools; commands.log keeps each command.
 */
#include "cli.h"
#include "plan_pages.h"
#include "plan_rows.h"
#include "products_option.h"

#include "spx/mat.h"
#include "spx/outcome.h"
#include "spx/plan_check.h"
#include "spx/plan_cost.h"
#include "spx/plan_run.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *only_arm, *shard_text;
static spx_names plans;
static bool draw_only, check_only, print_template, print_schema;

static const cli_opt opts[] = {
    {.kind = CLI_ANY, .name = "PLAN", .value = &plans, .help = "plan of arms (JSON)"},
    {.kind = CLI_HEADING, .help = "Writing a plan"},
    {.kind = CLI_FLAG,
     .name = "template",
     .value = &print_template,
     .help = "print a plan that runs, with comments, and exit"},
    {.kind = CLI_FLAG,
     .name = "schema",
     .value = &print_schema,
     .help = "print the JSON schema of plans and exit"},
    {.kind = CLI_FLAG,
     .name = "check",
     .value = &check_only,
     .help = "run nothing: print what is wrong, or the arms with their time and disk as measured "
             "on the first facts"},
    {.kind = CLI_HEADING, .help = "Running it"},
    {.kind = CLI_STR,
     .name = "arm",
     .value = &only_arm,
     .value_name = "NAME",
     .help = "run only this arm, draw nothing"},
    {.kind = CLI_STR,
     .name = "shard",
     .value = &shard_text,
     .value_name = "I/N",
     .help = "I/N: run every N-th arm from the I-th on, draw nothing"},
    {.kind = CLI_FLAG,
     .name = "draw",
     .value = &draw_only,
     .help = "run nothing: figures and tables of the arms that have begun"},
    {0},
};

/* mpirun ends all ranks when one dies. */
static void prepare_parting(const spx_plan_progress *now)
{
    char text[1900];
    if (spx_comm_size(cli.comm) == 1) return;
    snprintf(text, sizeof text,
             "ended; in hand: %.1000s; %zu of %zu arms are done, rounds of the others kept; to "
             "continue, run the same command again: %.600s",
             now->in_hand, now->finished, now->arms, cli.command);
    cli_parting(text);
}

static void show_progress(const spx_plan_progress *now)
{
    static size_t shown;
    char left[16];
    if (!cli.quiet && isfinite(now->seconds_left) && now->finished != shown &&
        now->finished < now->arms) {
        cli_time_text(now->seconds_left, left);
        fprintf(stderr, "spx-collapse: %zu of %zu arms done, about %s left\n", now->finished,
                now->arms, left);
    }
    shown = now->finished;
    if (!cli.quiet && *now->in_hand && spx_comm_size(cli.comm) == 1 && isatty(STDERR_FILENO))
        fprintf(stderr, "\narm %s, %zu of %zu\n", now->in_hand, now->finished + 1, now->arms);
    prepare_parting(now);
}

/* Each command goes to FOLDER/commands.log, so that any step can be repeated by hand. */
static void log_command(const spx_child *c)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/commands.log", cli.output);
    FILE *log = fopen(path, "a");
    if (!log) return;
    for (size_t i = 0; i < c->n; i++) fprintf(log, "%s%c", c->word[i], i + 1 < c->n ? ' ' : '\n');
    fclose(log);
}

static spx_child_opts child_opts(void)
{
    spx_child_opts o = cli_child_opts();
    o.show = log_command;
    return o;
}

/* Figures, tables and report of the arms that have begun. */
static spx_status draw_outcome(const spx_plan *p, spx_error *err)
{
    static spx_outcome o;
    spx_status st = SPX_OK;
    o = (spx_outcome){.folder = cli.output,
                      .title = p->title,
                      .remark = p->remark,
                      .model = p->model,
                      .command = cli.command,
                      .print = stdout,
                      /* mpirun gives its ranks a terminal of its own */
                      .for_people = spx_comm_size(cli.comm) == 1 && isatty(STDOUT_FILENO),
                      .child = child_opts(),
                      .notify = cli_notify()};
    for (size_t i = 0; i < p->arms; i++) {
        size_t stages = 0;
        SPX_TRY(spx_plan_arm_stages(&p->arm[i], &stages, err));
        if (stages == 0) continue;
        o.path[o.n] = p->arm[i].path;
        o.name[o.n++] = p->arm[i].name;
    }
    if (o.n == 0) SPX_RAISE(err, SPX_ENOTFOUND, "%s: no arm of the plan has begun", cli.output);
    if (o.n < p->arms) cli_note("%zu of %zu arms have begun", o.n, p->arms);
    SPX_TRY(spx_outcome_write(&o, err));
    cli_note("report: %s/report.html; commands: %s/commands.log", cli.output, cli.output);
out:
    return st;
}

/* What rank 0 does before any arm is begun. */
static spx_status prepare(const spx_plan *p, spx_error *err)
{
    if (mkdir(cli.output, 0777) != 0 && errno != EEXIST) return spx_fail_path(err, cli.output);
    if (p->cpu_time) cli_note("CPU time of the plan: %s", p->cpu_time);
    return SPX_OK;
}

/* The tools of an arm take as many threads as this rank has been given cores. */
static void limit_threads(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d", spx_threads());
    if (spx_comm_size(cli.comm) > 1) (void)setenv("OMP_NUM_THREADS", text, 1);
}

/* All that is wrong is said before anything is run. */
static spx_status check(const spx_plan *p, spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_plan_check(p, faults, err));
    SPX_TRY(spx_plan_faults_end(faults, err));
out:
    return st;
}

/* The other ranks learn from spx_comm_finish that rank 0 could not begin. */
static spx_status run_arms(const spx_plan *p, spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_plan_run_opts o = {
        .comm = cli.comm, .child = child_opts(), .only = only_arm, .progress = show_progress};
    limit_threads();
    SPX_TRY(spx_shard_read(shard_text, &o.shard, err));
    if (spx_comm_rank(cli.comm) == 0) {
        SPX_TRY(check(p, faults, err));
        SPX_TRY(prepare(p, err));
    }
    return spx_plan_run(p, &o, err);
out:
    return spx_comm_finish(cli.comm, st, err);
}

/* A plan whose fields are wrong ends here on every rank, with all that is wrong with it. */
static spx_status open_plan(spx_plan *p, spx_plan_faults *faults, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_plan_open(plans.item[0], cli.output, faults, p, err));
    p->threads = cli.threads;
    if (faults->n == 0 && !check_only) return SPX_OK;
    if (spx_comm_rank(cli.comm) == 0 && !draw_only) SPX_TRY(spx_plan_check(p, faults, err));
    SPX_TRY(spx_plan_faults_end(faults, err));
out:
    return st;
}

/* The arms of a plan in which nothing is wrong. */
static spx_status print_arms(const spx_plan *p, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_plan_cost *arm = NULL;
    double stats = 0;
    const char *kind = spx_json_text(spx_json_get(p->root, "products"));
    if (spx_comm_rank(cli.comm) != 0) return SPX_OK;
    if (kind) products = kind;
    (void)products_choose(); /* a kind that exists, as has been checked */
    SPX_TRY(SPX_NEW(&arm, p->arms, err));
    SPX_TRY(spx_plan_estimate(p, arm, &stats, err));
    plan_print_costs(p, arm, stats, isatty(STDOUT_FILENO));
    cli_note("times are those of %d facts and of one batch of tests, measured now; solves, reports "
             "and figures are left out",
             SPX_PLAN_MEASURED);
    if (stats > 0) cli_note("second moments of keys take about %.0f s more, once", stats);
out:
    spx_free(arm);
    return st;
}

static int run_plan(void)
{
    spx_status st = SPX_OK;
    spx_error err = {0};
    static spx_plan p;
    spx_plan_faults faults = {.to = cli_notify()};
    const bool draws = draw_only || (!only_arm && !shard_text);
    SPX_TRY(open_plan(&p, &faults, &err));
    if (check_only) SPX_TRY(print_arms(&p, &err));
    if (check_only) goto out;
    if (!draw_only) SPX_TRY(run_arms(&p, &faults, &err));
    if (draws && spx_comm_rank(cli.comm) == 0) SPX_TRY(draw_outcome(&p, &err));
out:
    spx_plan_close(&p);
    const int code = st == SPX_OK ? CLI_OK : cli_fail(&err);
    if (st == SPX_EINTR) cli_note("to continue: %s", cli.command);
    return check_only && faults.n > 0 ? CLI_CROSSED : code;
}

static int run(void)
{
    if (print_template) plan_print_template(true);
    if (print_schema) plan_print_schema();
    if (print_template || print_schema) return CLI_OK;
    if (plans.n != 1) return cli_usage(plans.n ? "more than one PLAN" : "PLAN is missing");
    if (!cli.output && !check_only) return cli_usage("--output is missing");
    return run_plan();
}

static const char *const examples[] = {
    "spx-collapse --template > plan.json",
    "spx-collapse plan.json --check",
    "spx-collapse plan.json -o results/",
    "spx-collapse plan.json --arm memit+revive -o results/",
    NULL,
};

int main(int argc, char **argv)
{
    const cli_tool tool = {.name = "spx-collapse",
                           .summary = "run a plan of editing arms and draw what became of them",
                           .about = "Runs every arm of a plan (spx-plan(5)), each an spx-edit "
                                    "run of its own, then draws the figures and writes tables "
                                    "and a report into the folder that -o names. The same "
                                    "command continues a plan that was interrupted: finished "
                                    "arms are skipped, a broken one goes on at its last complete "
                                    "round.",
                           .examples = examples,
                           .hand = CLI_HAS_FACTS,
                           .without = CLI_NO_SEED | CLI_NO_JSON,
                           .opts = opts,
                           .run = run,
                           .own_output = true,
                           .resumes = true};
    return cli_main_ranked(&tool, argc, argv);
}
