/* spx/plan_run.h: the arms of a plan, run one after another by one process or several. */
#ifndef SPX_PLAN_RUN_H
#define SPX_PLAN_RUN_H

#include "spx/comm.h"
#include "spx/plan.h"
#include "spx/shards.h"

/* How far the arms of a share are. */
typedef struct spx_plan_progress {
    size_t arms, finished; /* of the share; done, in this run or before */
    double seconds_left;   /* by the arms run so far; NaN before the first one is done */
    const char *in_hand;   /* arms that are running: "memit (rank 0) rome (rank 1)", or "memit" of
                              one process */
} spx_plan_progress;

typedef struct spx_plan_run_opts {
    spx_comm *comm;
    spx_child_opts child;
    const char *only; /* this arm alone; NULL: those of the shard */
    spx_shard shard;  /* every N-th arm from the I-th on */
    /* Called on rank 0 whenever arms have been begun or one is done; may be NULL. */
    void (*progress)(const spx_plan_progress *now);
} spx_plan_run_opts;

/* *n <- stages of an arm's run file; 0 if there is none. Statuses of spx_store_open if there is one
 * that cannot be read. */
SPX_CHECKED spx_status spx_plan_arm_stages(const spx_plan_arm *a, size_t *n, spx_error *err);

/**
 * Measures p->stats unless that file holds what the plan asks for, then runs by spx-edit what is
 * left of the share: an arm whose run file holds all rounds is done. Every rank of o->comm calls
 * it.
 *
 * @return SPX_OK; SPX_EINVAL if the plan has no arm `only`; SPX_EIO if a tool failed, whose message
 *         has been printed; SPX_EINTR if this process was told to stop; SPX_ENOMEM. An arm that was
 *         interrupted keeps its rounds and is continued by the next call.
 */
SPX_CHECKED spx_status spx_plan_run(const spx_plan *p, const spx_plan_run_opts *o, spx_error *err);

#endif
