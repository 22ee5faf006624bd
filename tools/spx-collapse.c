/* spx-collapse: a plan of arms, each an spx-edit run, then the figures and tables.
 *
 * It only starts the other tools, printing each command, so that any step can be repeated by hand.
 */
#include "cli.h"
#include "command.h"
#include "outcome.h"
#include "plan.h"

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

/* The share of the arms that this process runs: I of N, from 1. */
typedef struct share {
    unsigned long i, n;
} share;

static spx_status read_share(share *out, spx_error *err)
{
    char *end = NULL;
    *out = (share){1, 1};
    if (!shard_text) return SPX_OK;
    out->i = strtoul(shard_text, &end, 10);
    out->n = *end == '/' ? strtoul(end + 1, &end, 10) : 0;
    if (*end == '\0' && out->i >= 1 && out->i <= out->n) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL, "--shard takes I/N with I from 1 to N, not '%s'", shard_text);
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

/* results/stats.h5, measured unless it is there. */
static spx_status make_stats(const plan *p, spx_error *err)
{
    command c = {0};
    if (access(p->stats, R_OK) == 0) return SPX_OK;
    spx_status st = plan_stats_command(p, &c, err);
    if (st == SPX_OK) st = command_run(&c, err);
    command_free(&c);
    return st;
}

static spx_status run_arm(const plan *p, const plan_arm *a, spx_error *err)
{
    command c = {0};
    spx_status st = plan_arm_command(p, a, &c, err);
    if (st == SPX_OK) st = command_run(&c, err);
    command_free(&c);
    return st;
}

static bool mine(const plan_arm *a, size_t i, const share *s)
{
    return only_arm ? strcmp(only_arm, a->name) == 0 : i % s->n == s->i - 1;
}

/* How many of the arms are done, and by the mean of those run here how long the others will take.
 */
static void say(size_t done, size_t of, size_t ran, double seconds)
{
    if (cli.quiet || ran == 0) return;
    const double left = seconds / (double)ran * (double)(of - done);
    fprintf(stderr, "spx-collapse: %zu of %zu arms done, about %.0f min left\n", done, of,
            left / 60);
}

static spx_status run_arms(const plan *p, const share *s, spx_error *err)
{
    size_t of = 0, done = 0, ran = 0;
    const double began = spx_seconds();
    for (size_t i = 0; i < p->arms; i++) of += mine(&p->arm[i], i, s);
    if (of == 0 && only_arm) return SPX_FAIL(err, SPX_EINVAL, "%s: no arm '%s'", p->path, only_arm);
    for (size_t i = 0; i < p->arms; i++) {
        if (!mine(&p->arm[i], i, s)) continue;
        if (!complete(p->arm[i].path, p->rounds)) {
            const spx_status st = run_arm(p, &p->arm[i], err);
            if (st != SPX_OK) return st;
            ran++;
        }
        say(++done, of, ran, spx_seconds() - began);
    }
    return SPX_OK;
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
static spx_status conclude(const plan *p, spx_error *err)
{
    static outcome o;
    o = (outcome){.folder = cli.output, .title = p->title, .model = p->model};
    for (size_t i = 0; i < p->arms; i++) {
        if (!begun(p->arm[i].path)) continue;
        o.path[o.n] = p->arm[i].path;
        o.name[o.n++] = p->arm[i].name;
    }
    if (o.n == 0)
        return SPX_FAIL(err, SPX_ENOTFOUND, "%s: no arm of the plan has begun", cli.output);
    if (o.n < p->arms) cli_note("%zu of %zu arms have begun", o.n, p->arms);
    return outcome_write(&o, err);
}

static spx_status follow(const plan *p, spx_error *err)
{
    spx_status st = SPX_OK;
    share s;
    SPX_TRY(read_share(&s, err));
    if (draw_only) return conclude(p, err);
    if (mkdir(cli.output, 0777) != 0 && errno != EEXIST)
        SPX_RAISE(err, SPX_EIO, "%s: %s", cli.output, strerror(errno));
    SPX_TRY(make_stats(p, err));
    SPX_TRY(run_arms(p, &s, err));
    if (!only_arm && !shard_text) SPX_TRY(conclude(p, err));
out:
    return st;
}

static int run(void)
{
    spx_error err = {0};
    static plan p;
    if (!cli.output) return cli_usage("--output is missing");
    spx_status st = plan_open(plan_path, cli.output, &p, &err);
    if (st == SPX_OK) st = follow(&p, &err);
    plan_close(&p);
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
