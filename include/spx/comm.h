/* spx/comm.h: one run in several processes, MPI's ranks, or in this process alone. */
#ifndef SPX_COMM_H
#define SPX_COMM_H

#include "spx/bytes.h"

/*
 * Rank 0 deals work items; every rank, rank 0 too, works on what it gets; the result of an item, as
 * bytes, goes to rank 0. A process alone makes the same calls and deals to itself.
 *
 *     spx_comm_open(ranks, &c, err);
 *     if (spx_comm_rank(c) == 0) st = spx_comm_deal(c, &deal, err);
 *     while (st == SPX_OK && (st = spx_comm_next(c, most, &item, &n, err)) == SPX_OK && n > 0)
 *         ... spx_comm_give(c, item[i], bytes, size, err) for each ...
 *     st = spx_comm_finish(c, st, err);
 *     spx_comm_close(c);
 *
 * With MPI, rank 0 answers from a thread of its own, so that it can compute as well. A rank that
 * waits sleeps between polls, since ranks may share cores. One thread calls next, finish and close
 * of a communicator; any thread may call give, one at a time.
 */
typedef struct spx_comm spx_comm;

/* What rank 0 deals; borrowed until spx_comm_finish. Item = pass * groups + group. */
typedef struct spx_deal {
    size_t groups, passes;
    const double *cost;   /* of an item of each group, in any unit: with several ranks the most
                             expensive items of a pass go first, else they go in their order */
    const size_t *values; /* numbers that an item of each group holds in memory */
    const bool *done;     /* passes * groups: items to leave out */
    /* Receives the result of an item; called on rank 0, by any thread, one call at a time. */
    spx_status (*take)(size_t item, const void *bytes, size_t size, void *arg, spx_error *err);
    /* Says that this rank now works on n items; may be NULL. Called like take. */
    void (*dealt)(size_t rank, const size_t *item, size_t n, void *arg);
    void *arg;
} spx_deal;

/* True if mpirun or a similar launcher started this process as one of several. */
bool spx_comm_launched(void);
/* True if `variable`, "NAME=VALUE", is one that a launcher gives its ranks. A rank starts other
 * programs without them and without its open files: a child that joined the run would take its
 * parent's place, and the launcher would never let the parent end. */
bool spx_comm_launchers(const char *variable);

/* With `ranks`, joins the processes that mpirun started (SPX_EUNSUP in a build without MPI);
 * otherwise this process is alone. Close with spx_comm_close. */
SPX_CHECKED spx_status spx_comm_open(bool ranks, spx_comm **out, spx_error *err);
/* This process's number, 0 .. size - 1, and the number of processes. */
size_t spx_comm_rank(const spx_comm *c);
size_t spx_comm_size(const spx_comm *c);

/* How this machine is shared. */
typedef struct spx_comm_cores {
    size_t cores;   /* that the ranks on this machine may use */
    size_t ranks;   /* on this machine */
    size_t threads; /* of this rank, >= 1: one per core it is bound to, or its share of the cores */
} spx_comm_cores;
spx_comm_cores spx_comm_threads(const spx_comm *c);

/* Most values held by the items that a rank works on at the same time, which bounds its memory. */
#define SPX_COMM_VALUES ((size_t)1 << 25)

/* On rank 0, once, before it calls spx_comm_next. */
SPX_CHECKED spx_status spx_comm_deal(spx_comm *c, const spx_deal *deal, spx_error *err);

/**
 * The next items of this rank: at most `most`, all of one pass and of different groups. If there
 * are several, those worked on at the same time hold at most SPX_COMM_VALUES values. A pass begins
 * when all items of the previous one have been dealt; a rank gets groups that it had before as long
 * as any are left. @param[out] item  n items, valid until the next call; n = 0 if nothing is left
 * or a rank failed.
 */
SPX_CHECKED spx_status spx_comm_next(spx_comm *c, size_t most, const size_t **item, size_t *n,
                                     spx_error *err);
/* Sends the result of an item to rank 0. */
SPX_CHECKED spx_status spx_comm_give(spx_comm *c, size_t item, const void *bytes, size_t size,
                                     spx_error *err);
/**
 * Instead of dealing: every rank gives bytes, perhaps none, and gets those of all; each must call
 * it as often. For work of many steps, of which each needs what the others found in the one before.
 * @param[out] all  for each rank in turn a number, the size, and its bytes (spx/bytes.h)
 * @return SPX_EINTR, on another rank than 0, where one of them failed.
 */
SPX_CHECKED spx_status spx_comm_exchange(spx_comm *c, const void *bytes, size_t size,
                                         spx_bytes *all, spx_error *err);
/**
 * Reports this rank's status `mine`; on rank 0 also waits for all other ranks.
 * @return `mine`, with its error; if that is SPX_OK, on rank 0 the first failure of another rank,
 *         "rank R: ...", or of `take`.
 */
SPX_CHECKED spx_status spx_comm_finish(spx_comm *c, spx_status mine, spx_error *err);
/* Finishes, unless that was done, and frees. NULL is allowed. */
void spx_comm_close(spx_comm *c);

#endif
