/* spx/comm.h: one run in several processes: MPI's ranks, or this process alone. */
#ifndef SPX_COMM_H
#define SPX_COMM_H

#include "spx/base.h"

#include <stdbool.h>

/*
 * Rank 0 deals work items, every rank (rank 0 too) works on what it gets, and what an item gave, as
 * bytes, comes to rank 0. A process alone goes through the same calls and deals to itself.
 *
 *     spx_comm_open(ranks, &c, err);
 *     if (spx_comm_rank(c) == 0) st = spx_comm_deal(c, &deal, err);
 *     while (st == SPX_OK && (st = spx_comm_next(c, most, &item, &n, err)) == SPX_OK && n > 0)
 *         ... spx_comm_give(c, item[i], bytes, size, err) for each ...
 *     st = spx_comm_finish(c, st, err);
 *     spx_comm_close(c);
 *
 * With MPI rank 0 answers from a thread of its own, so that it may compute as well; whoever waits
 * sleeps between looks, for ranks may share cores. Of a communicator one thread calls next, finish
 * and close; any threads may call give, one at a time.
 */
typedef struct spx_comm spx_comm;

/* What is to be dealt, said by rank 0; borrowed until spx_comm_finish. Item = pass * groups +
 * group. */
typedef struct spx_deal {
    size_t groups, passes;
    const double *cost;   /* of an item of each group, in any unit: of a pass the dearest go first
                             where there are several ranks, else the items go in their order */
    const size_t *values; /* numbers that an item of each group holds in memory */
    const bool *done;     /* an item that needs no work, or is another's; passes * groups */
    /* What an item gave; calls come one at a time, on rank 0, from any of its threads. */
    spx_status (*take)(size_t item, const void *bytes, size_t size, void *arg, spx_error *err);
    /* Rank `rank` now has n items in hand; may be NULL. Called like take. */
    void (*dealt)(size_t rank, const size_t *item, size_t n, void *arg);
    void *arg;
} spx_deal;

/* Has mpirun or its like started this process, as one of several? */
bool spx_comm_launched(void);
/* Is `variable`, "NAME=VALUE", one that a launcher gives its ranks? A rank starts other programs
 * without them and without its open files: a child that joins stands for its parent, and the parent
 * then waits in vain for the launcher to let it end. */
bool spx_comm_launchers(const char *variable);

/* With `ranks`, joins the processes that mpirun started, which a build without MPI refuses
 * (SPX_EUNSUP); without, this process is alone. */
SPX_CHECKED spx_status spx_comm_open(bool ranks, spx_comm **out, spx_error *err);
size_t spx_comm_rank(const spx_comm *c);
size_t spx_comm_size(const spx_comm *c);

/* Cores of this machine that its ranks may use, how many ranks these are, and how many threads that
 * gives this one: the cores that it is bound to, or if ranks share them an equal part; >= 1. */
typedef struct spx_comm_cores {
    size_t cores, ranks, threads;
} spx_comm_cores;
spx_comm_cores spx_comm_threads(const spx_comm *c);

/* Items that a rank works on at a time hold no more values than this, so that several matrices at
 * once need little memory. */
#define SPX_COMM_VALUES ((size_t)1 << 25)

SPX_CHECKED spx_status spx_comm_deal(spx_comm *c, const spx_deal *deal, spx_error *err);

/**
 * The next items of this rank: at most `most` of one pass and of different groups, and if several
 * any that are worked on at a time have not more than SPX_COMM_VALUES. Items of a pass come after
 * all of the pass before have been dealt; a rank gets those of groups that it had before, as long
 * as there are any.
 * @param[out] item  n items, until the next call; n = 0: nothing is left, or a rank has failed.
 */
SPX_CHECKED spx_status spx_comm_next(spx_comm *c, size_t most, const size_t **item, size_t *n,
                                     spx_error *err);
SPX_CHECKED spx_status spx_comm_give(spx_comm *c, size_t item, const void *bytes, size_t size,
                                     spx_error *err);
/**
 * Says how this rank fared; on rank 0 waits for all others.
 * @return `mine` and its error; on rank 0, if that is SPX_OK, the first failure of another rank,
 *         "rank R: ...", or of `take`.
 */
SPX_CHECKED spx_status spx_comm_finish(spx_comm *c, spx_status mine, spx_error *err);
/* Leaves; finishes if that was not done. NULL is allowed. */
void spx_comm_close(spx_comm *c);

#endif
