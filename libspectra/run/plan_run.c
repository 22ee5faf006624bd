/* plan_run.c: the arms of a plan, dealt to the ranks of a communicator and run by spx-edit. */
#include "spx/plan_run.h"

#include "run/plan_parts.h"

#include "spx/store.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

spx_status spx_plan_arm_stages(const spx_plan_arm *a, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    *n = 0;
    if (access(a->path, F_OK) != 0 && errno == ENOENT) return SPX_OK;
    SPX_TRY(spx_store_open(a->path, SPX_STORE_READ, &s, err));
    *n = spx_store_stages(s);
out:
    spx_store_close(s);
    return st;
}

static spx_status run_arm(const spx_plan *p, const spx_plan_arm *a, const spx_child_opts *how,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_child c = {0};
    SPX_TRY(spx_plan_arm_command(p, a, &c, err));
    SPX_TRY(spx_child_run(&c, how, err));
out:
    spx_child_free(&c);
    return st;
}

/* The arms of a share while they are dealt, on rank 0. */
typedef struct arm_deal {
    const spx_plan *p;
    const spx_plan_run_opts *o;
    bool *done;
    double *cost;
    size_t *values;
    size_t *held; /* 1 + the rank that has the arm in hand */
    size_t arms, finished, ran;
    double began;
} arm_deal;

static void report_progress(const arm_deal *d)
{
    char in_hand[1024] = "";
    size_t used = 0;
    if (!d->o->progress) return;
    for (size_t i = 0; i < d->p->arms && used < sizeof in_hand; i++) {
        char rank[32] = "";
        if (!d->held[i]) continue;
        if (spx_comm_size(d->o->comm) > 1)
            snprintf(rank, sizeof rank, " (rank %zu)", d->held[i] - 1);
        used += (size_t)snprintf(in_hand + used, sizeof in_hand - used, "%s%s%s", used ? " " : "",
                                 d->p->arm[i].name, rank);
    }
    const double an_arm = d->ran ? (spx_seconds() - d->began) / (double)d->ran : (double)NAN;
    d->o->progress(&(spx_plan_progress){.arms = d->arms,
                                        .finished = d->finished,
                                        .seconds_left = an_arm * (double)(d->arms - d->finished),
                                        .in_hand = in_hand});
}

static void note_dealt(size_t rank, const size_t *item, size_t n, void *arg)
{
    arm_deal *d = arg;
    for (size_t i = 0; i < n; i++) d->held[item[i]] = rank + 1;
    report_progress(d);
}

static spx_status note_done(size_t item, const void *bytes, size_t size, void *arg, spx_error *err)
{
    arm_deal *d = arg;
    (void)bytes;
    (void)size;
    (void)err;
    d->held[item] = 0;
    d->finished++;
    d->ran++;
    report_progress(d);
    return SPX_OK;
}

static bool in_share(const spx_plan_run_opts *o, const spx_plan_arm *a, size_t i)
{
    return o->only ? strcmp(o->only, a->name) == 0 : i % o->shard.n == o->shard.i - 1;
}

/* Finds what is left of the share and offers it to the ranks. */
static spx_status deal_arms(arm_deal *d, spx_deal *deal, spx_scratch *tmp, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_plan *p = d->p;
    SPX_TRY(SPX_SCRATCH(tmp, &d->done, p->arms, err));
    SPX_TRY(SPX_SCRATCH(tmp, &d->cost, p->arms, err));
    SPX_TRY(SPX_SCRATCH(tmp, &d->values, p->arms, err));
    SPX_TRY(SPX_SCRATCH(tmp, &d->held, p->arms, err));
    for (size_t i = 0; i < p->arms; i++) {
        const bool ours = in_share(d->o, &p->arm[i], i);
        size_t stages = 0;
        if (ours) SPX_TRY(spx_plan_arm_stages(&p->arm[i], &stages, err));
        const bool done = (double)stages > p->rounds;
        d->done[i] = !ours || done;
        d->arms += ours;
        d->finished += ours && done;
    }
    if (d->arms == 0 && d->o->only) {
        st = spx_unknown_name(SPX_EINVAL, "arm", d->o->only, spx_plan_arm_name, p, err);
        spx_prefix(err, "%s", p->path);
        goto out;
    }
    SPX_TRY(plan_measure_stats(p, &d->o->child, err));
    d->began = spx_seconds();
    *deal = (spx_deal){.groups = p->arms,
                       .passes = 1,
                       .cost = d->cost,
                       .values = d->values,
                       .done = d->done,
                       .take = note_done,
                       .dealt = note_dealt,
                       .arg = d};
    SPX_TRY(spx_comm_deal(d->o->comm, deal, err));
out:
    return st;
}

static spx_status run_dealt(const spx_plan *p, const spx_plan_run_opts *o, spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t *item = NULL;
    size_t n = 0;
    for (;;) {
        SPX_TRY(spx_comm_next(o->comm, 1, &item, &n, err));
        if (n == 0) break;
        SPX_TRY(run_arm(p, &p->arm[*item], &o->child, err));
        SPX_TRY(spx_comm_give(o->comm, *item, NULL, 0, err));
    }
out:
    return st;
}

/* The ranks have to finish together, whatever happened. */
spx_status spx_plan_run(const spx_plan *p, const spx_plan_run_opts *o, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    arm_deal d = {.p = p, .o = o};
    spx_deal deal;
    if (spx_comm_rank(o->comm) == 0) st = deal_arms(&d, &deal, &tmp, err);
    if (st == SPX_OK) st = run_dealt(p, o, err);
    st = spx_comm_finish(o->comm, st, err);
    spx_scratch_free(&tmp);
    return st;
}
