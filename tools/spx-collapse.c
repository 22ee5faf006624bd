/* spx-collapse: a plan of arms, each an spx-edit run, then the figures and tables.
 *
 * It only starts the other tools, printing each command, so that any step can be repeated by hand.
 */
#include "cli.h"

#include "spx/child.h"
#include "spx/mat.h"
#include "spx/outcome.h"
#include "spx/plan.h"
#include "spx/shards.h"
#include "spx/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *plan_path, *only_arm, *shard_text;
static bool draw_only;

static const cli_opt opts[] = {
    {CLI_ARG, 0, "PLAN", &plan_path, 0, 0, "plan of arms (JSON)"},
    {CLI_STR, 0, "arm", &only_arm, 0, 0, "run this arm alone, draw nothing"},
    {CLI_STR, 0, "shard", &shard_text, 0, 0,
     "I/N: run every N-th arm from the I-th on, draw nothing"},
    {CLI_FLAG, 0, "draw", &draw_only, 0, 0, "run nothing: figures and tables of what is there"},
    {0},
};

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

/* results/stats.h5, measured unless it is there. */
static spx_status make_stats(const spx_plan *p, spx_error *err)
{
    spx_child c = {0};
    const spx_child_opts how = cli_child_opts();
    if (access(p->stats, R_OK) == 0) return SPX_OK;
    spx_status st = spx_plan_stats_command(p, &c, err);
    if (st == SPX_OK) st = spx_child_run(&c, &how, err);
    spx_child_free(&c);
    return st;
}

static spx_status run_arm(const spx_plan *p, const spx_plan_arm *a, spx_error *err)
{
    spx_child c = {0};
    const spx_child_opts how = cli_child_opts();
    spx_status st = spx_plan_arm_command(p, a, &c, err);
    if (st == SPX_OK) st = spx_child_run(&c, &how, err);
    spx_child_free(&c);
    return st;
}

static bool mine(const spx_plan_arm *a, size_t i, const spx_shard *s)
{
    return only_arm ? strcmp(only_arm, a->name) == 0 : i % s->n == s->i - 1;
}

/* Arms dealt to this process or, with mpirun, to all ranks. */
typedef struct dealing {
    const spx_plan *p;
    bool done[SPX_PLAN_ARMS];
    double cost[SPX_PLAN_ARMS];
    size_t values[SPX_PLAN_ARMS],
        held[SPX_PLAN_ARMS]; /* held: 1 + the rank that has the arm in hand */
    size_t of, finished, ran;
    double began;
} dealing;

/* How many of the arms are done, and by those run now how long the others will take. */
static void say(const dealing *d)
{
    if (cli.quiet || d->ran == 0) return;
    const double left = (spx_seconds() - d->began) / (double)d->ran * (double)(d->of - d->finished);
    fprintf(stderr, "spx-collapse: %zu of %zu arms done, about %.0f min left\n", d->finished, d->of,
            left / 60);
}

/* mpirun ends all ranks when one dies. */
static void prepare_parting(const dealing *d)
{
    char text[1900] = "ended; in hand:";
    size_t used = strlen(text);
    if (spx_comm_size(cli.comm) == 1) return;
    for (size_t i = 0; i < d->p->arms && used < 1000; i++)
        if (d->held[i])
            used += (size_t)snprintf(text + used, sizeof text - used, " %s (rank %zu)",
                                     d->p->arm[i].name, d->held[i] - 1);
    snprintf(text + used, sizeof text - used,
             "; %zu of %zu arms are done, rounds of the others kept: the same command goes on: "
             "%.600s",
             d->finished, d->of, cli.command);
    cli_parting(text);
}

static void dealt(size_t rank, const size_t *item, size_t n, void *arg)
{
    dealing *d = arg;
    for (size_t i = 0; i < n; i++) d->held[item[i]] = rank + 1;
    prepare_parting(d);
}

static spx_status take(size_t item, const void *bytes, size_t size, void *arg, spx_error *err)
{
    dealing *d = arg;
    (void)bytes;
    (void)size;
    (void)err;
    d->held[item] = 0;
    d->finished++;
    d->ran++;
    say(d);
    prepare_parting(d);
    return SPX_OK;
}

/* What is left to do of this share, on rank 0. */
static spx_status deal_arms(dealing *d, spx_deal *deal, const spx_shard *s, spx_error *err)
{
    const spx_plan *p = d->p;
    d->began = spx_seconds();
    for (size_t i = 0; i < p->arms; i++) {
        const bool ours = mine(&p->arm[i], i, s), done = complete(p->arm[i].path, p->rounds);
        d->done[i] = !ours || done;
        d->of += ours;
        d->finished += ours && done;
    }
    if (d->of == 0 && only_arm)
        return SPX_FAIL(err, SPX_EINVAL, "%s: no arm '%s'", p->path, only_arm);
    *deal = (spx_deal){p->arms, 1, d->cost, d->values, d->done, take, dealt, d};
    return spx_comm_deal(cli.comm, deal, err);
}

static spx_status run_dealt(const spx_plan *p, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t *item = NULL;
    size_t n = 0;
    for (;;) {
        SPX_TRY(spx_comm_next(cli.comm, 1, &item, &n, err));
        if (n == 0) break;
        SPX_TRY(run_arm(p, &p->arm[*item], err));
        SPX_TRY(spx_comm_give(cli.comm, *item, NULL, 0, err));
    }
out:
    return st;
}

/* Has the arm a run file with a stage in it? */
static bool begun(const char *path)
{
    spx_store *s = NULL;
    if (access(path, R_OK) != 0 || spx_store_open(path, SPX_STORE_READ, &s, NULL) != SPX_OK)
        return false;
    const bool yes = spx_store_stages(s) > 0;
    spx_store_close(s);
    return yes;
}

/* Figures, tables, report of the arms that have begun. */
static spx_status conclude(const spx_plan *p, spx_error *err)
{
    static spx_outcome o;
    o = (spx_outcome){.folder = cli.output,
                      .title = p->title,
                      .model = p->model,
                      .command = cli.command,
                      .print = stdout,
                      .child = cli_child_opts()};
    for (size_t i = 0; i < p->arms; i++) {
        if (!begun(p->arm[i].path)) continue;
        o.path[o.n] = p->arm[i].path;
        o.name[o.n++] = p->arm[i].name;
    }
    if (o.n == 0)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no arm of the plan has begun", cli.output);
    if (o.n < p->arms) cli_note("%zu of %zu arms have begun", o.n, p->arms);
    return spx_outcome_write(&o, err);
}

/* What rank 0 does before any arm is begun. */
static spx_status prepare(dealing *d, spx_deal *deal, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_shard s;
    SPX_TRY(spx_shard_read(shard_text, &s, err));
    if (mkdir(cli.output, 0777) != 0 && errno != EEXIST)
        SPX_RAISE(err, SPX_EIO, "%s: %s", cli.output, strerror(errno));
    if (d->p->cpu_time) cli_note("CPU time of the plan: %s", d->p->cpu_time);
    SPX_TRY(make_stats(d->p, err));
    SPX_TRY(deal_arms(d, deal, &s, err));
out:
    return st;
}

/* The tools of an arm take as many threads as this rank has been given cores. */
static void limit_threads(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d", spx_threads());
    if (spx_comm_size(cli.comm) > 1) (void)setenv("OMP_NUM_THREADS", text, 1);
}

static spx_status follow(const spx_plan *p, spx_error *err)
{
    static dealing d;
    spx_deal deal;
    const bool leads = spx_comm_rank(cli.comm) == 0;
    if (draw_only) return leads ? conclude(p, err) : SPX_OK;
    d.p = p;
    limit_threads();
    spx_status st = leads ? prepare(&d, &deal, err) : SPX_OK;
    if (st == SPX_OK) st = run_dealt(p, err);
    st = spx_comm_finish(cli.comm, st, err);
    if (st == SPX_OK && leads && !only_arm && !shard_text) st = conclude(p, err);
    return st;
}

static int run(void)
{
    spx_error err = {0};
    static spx_plan p;
    if (!cli.output) return cli_usage("--output is missing");
    spx_status st = spx_plan_open(plan_path, cli.output, &p, &err);
    p.threads = cli.threads;
    if (st == SPX_OK) st = follow(&p, &err);
    spx_plan_close(&p);
    return st == SPX_OK ? CLI_OK : cli_fail(&err);
}

int main(int argc, char **argv)
{
    const cli_tool tool = {
        "spx-collapse", "run a plan of editing arms and draw what became of them",
        opts,           run,
        true,           true};
    return cli_main_ranked(&tool, argc, argv);
}
