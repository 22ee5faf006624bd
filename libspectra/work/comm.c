/* comm.c: rank 0 deals items and receives their results. */
#include "spx/comm.h"

#include "work/queue.h"
#include "work/wire.h"

#include "spx/mat.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>

/* Messages: a rank asks for n items and gets them; gives the result of one; gives its share of an
 * exchange and gets all, or nothing where a rank failed; says goodbye. */
enum { ASK, ITEMS, GIVE, SHARE, ALL, BYE };

struct spx_comm {
    wire_place place;
    spx_comm_cores cores;
    bool joined; /* to other processes, by the wire */
    bool finished;
    spx_bytes message; /* that this rank sends or has received */
    /* On rank 0. The lock guards all of it and the calls of the deal's functions. */
    pthread_mutex_t lock;
    pthread_t thread;
    bool serving;
    const spx_deal *deal; /* NULL until there is one */
    queue queue;
    size_t *own, *others; /* room for a batch of rank 0, of another rank */
    spx_scratch memory;
    size_t out;       /* items dealt whose results have not arrived */
    size_t *waiting;  /* by rank: number of items it asks for, 0 if it does not ask */
    spx_bytes *share; /* of an exchange, by rank; empty until it is there */
    size_t shares;    /* that are there */
    bool exchanged;
    size_t left; /* ranks that have not said goodbye */
    spx_status failed;
    spx_error why;
};

/* Sleeps between two polls, longer each time up to about 2 ms. */
static void pause_for(long *nanoseconds)
{
    const struct timespec t = {0, *nanoseconds};
    nanosleep(&t, NULL);
    if (*nanoseconds < 2000000) *nanoseconds *= 2;
}
static const long first_pause = 20000;

size_t spx_comm_rank(const spx_comm *c) { return c->place.rank; }
size_t spx_comm_size(const spx_comm *c) { return c->place.size; }
spx_comm_cores spx_comm_threads(const spx_comm *c) { return c->cores; }

/* Keeps the first failure, with which rank 0 ends; nothing is dealt after it. Under the lock. */
static void note_failure(spx_comm *c, spx_status st, const char *text, size_t rank)
{
    if (c->failed != SPX_OK) return;
    c->failed = st;
    c->why = (spx_error){0};
    if (rank > 0)
        (void)SPX_FAIL(&c->why, st, "rank %zu: %s", rank, text);
    else
        (void)SPX_FAIL(&c->why, st, "%s", text);
}

/* The next items of a rank, and their number. Under the lock. */
static size_t deal_some(spx_comm *c, size_t rank, size_t most, size_t *item)
{
    if (!c->deal || c->failed != SPX_OK) return 0;
    const size_t at_once = rank == 0 ? (size_t)spx_threads() : most;
    const size_t n = queue_take(&c->queue, rank, most, at_once, item);
    c->out += n;
    if (c->deal->dealt) c->deal->dealt(rank, item, n, c->deal->arg);
    return n;
}

/* Hands the result of an item to the deal. Under the lock. */
static void take_result(spx_comm *c, size_t item, const void *bytes, size_t size)
{
    spx_error err = {0};
    const spx_status st = c->deal->take(item, bytes, size, c->deal->arg, &err);
    if (st != SPX_OK) note_failure(c, st, err.text, 0);
    c->out--;
}

/* A waiting rank gets items or, once all results are in or a rank has failed, an empty message that
 * says there are no more. Until then it sleeps; waiting inside MPI would spin. Under the lock. */
static spx_status answer_ranks(spx_comm *c, spx_bytes *message, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t r = 1; r < c->place.size; r++) {
        if (c->waiting[r] == 0) continue;
        const size_t n = deal_some(c, r, c->waiting[r], c->others);
        if (n == 0 && c->failed == SPX_OK && !(c->deal && c->out == 0)) continue;
        c->waiting[r] = 0;
        message->size = 0;
        SPX_TRY(spx_bytes_add(message, c->others, n * sizeof *c->others, err));
        SPX_TRY(wire_send(r, ITEMS, message, err));
    }
out:
    return st;
}

/* What a rank gives to an exchange: its size and bytes. Under the lock. */
static spx_status take_share(spx_comm *c, size_t rank, const void *bytes, size_t size,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_bytes_add_number(&c->share[rank], size, err));
    SPX_TRY(spx_bytes_add(&c->share[rank], bytes, size, err));
    c->shares++;
out:
    return st;
}

/* A rank that waits for an exchange learns that another one has failed. Under the lock. */
static spx_status release_ranks(spx_comm *c, spx_bytes *message, spx_error *err)
{
    spx_status st = SPX_OK;
    for (size_t r = 1; c->failed != SPX_OK && r < c->place.size; r++) {
        if (c->share[r].size == 0) continue;
        c->share[r].size = message->size = 0;
        SPX_TRY(wire_send(r, ALL, message, err));
    }
out:
    return st;
}

/* Acts on a message of another rank. Under the lock. */
static void hear_rank(spx_comm *c, size_t from, int kind, const spx_bytes *message)
{
    spx_reader r = {message->data, message->size};
    uint64_t x = 0;
    const char *text = "";
    if (!spx_reader_number(&r, &x)) return;
    if (kind == ASK) c->waiting[from] = (size_t)x;
    if (kind == GIVE) take_result(c, (size_t)x, r.at, r.left);
    if (kind == SHARE) {
        spx_error err = {0};
        const spx_status st = take_share(c, from, r.at, r.left, &err);
        if (st != SPX_OK) note_failure(c, st, err.text, 0);
    }
    if (kind != BYE) return;
    c->left--;
    if (x != SPX_OK && spx_reader_text(&r, &text)) note_failure(c, (spx_status)x, text, from);
}

/* Rank 0's thread that serves the others; ends when all have said goodbye. */
static void *serve_ranks(void *arg)
{
    spx_comm *c = arg;
    spx_bytes message = {0};
    spx_error err = {0};
    spx_status st = SPX_OK;
    long pause = first_pause;
    while (st == SPX_OK && c->left > 0) {
        bool there = false;
        size_t from = 0;
        int kind = 0;
        st = wire_poll(&there, &from, &kind, &message, &err);
        pthread_mutex_lock(&c->lock);
        if (st == SPX_OK && there) hear_rank(c, from, kind, &message);
        if (st == SPX_OK) st = answer_ranks(c, &message, &err);
        if (st == SPX_OK) st = release_ranks(c, &message, &err);
        if (st != SPX_OK) note_failure(c, st, err.text, 0);
        pthread_mutex_unlock(&c->lock);
        if (there) pause = first_pause;
        if (!there) pause_for(&pause);
    }
    spx_bytes_free(&message);
    return NULL;
}

static spx_status begin_serving(spx_comm *c, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_SCRATCH(&c->memory, &c->waiting, c->place.size, err));
    c->left = c->place.size - 1;
    if (pthread_create(&c->thread, NULL, serve_ranks, c) != 0)
        SPX_RAISE(err, SPX_ENOMEM, "cannot start the thread that serves the other ranks");
    c->serving = true;
out:
    return st;
}

/* Joins the other ranks, if any, and counts the cores. */
static spx_status find_place(spx_comm *c, bool ranks, spx_error *err)
{
    spx_status st = SPX_OK;
    cpu_set_t mask;
    CPU_ZERO(&mask);
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) CPU_SET(0, &mask);
    const size_t mine = (size_t)CPU_COUNT(&mask);
    c->place = (wire_place){.size = 1, .here = 1};
    if (ranks) SPX_TRY(wire_open(&c->place, &mask, sizeof mask, err));
    c->joined = ranks;
    const size_t cores = (size_t)CPU_COUNT(&mask);
    const size_t part = cores / c->place.here > 0 ? cores / c->place.here : 1;
    c->cores = (spx_comm_cores){
        .cores = cores, .ranks = c->place.here, .threads = part < mine ? part : mine};
out:
    return st;
}

spx_status spx_comm_open(bool ranks, spx_comm **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_comm *c = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&c, 1, err));
    pthread_mutex_init(&c->lock, NULL);
    SPX_TRY(find_place(c, ranks, err));
    SPX_TRY(SPX_SCRATCH(&c->memory, &c->share, c->place.size, err));
    if (c->place.rank == 0 && c->place.size > 1) SPX_TRY(begin_serving(c, err));
    *out = c;
    c = NULL;
out:
    spx_comm_close(c);
    return st;
}

spx_status spx_comm_deal(spx_comm *c, const spx_deal *deal, spx_error *err)
{
    spx_status st = SPX_OK;
    pthread_mutex_lock(&c->lock);
    SPX_TRY(SPX_SCRATCH(&c->memory, &c->own, deal->groups, err));
    SPX_TRY(SPX_SCRATCH(&c->memory, &c->others, deal->groups, err));
    SPX_TRY(queue_open(&c->queue, deal, c->place.size > 1, err));
    c->deal = deal;
out:
    pthread_mutex_unlock(&c->lock);
    return st;
}

/* On another rank: sends c->message to rank 0 and sleeps until there is an answer. */
static spx_status ask(spx_comm *c, int what, spx_bytes *answer, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t from = 0;
    int kind = 0;
    bool there = false;
    long pause = first_pause;
    SPX_TRY(wire_send(0, what, &c->message, err));
    while (!there) {
        SPX_TRY(wire_poll(&there, &from, &kind, answer, err));
        if (!there) pause_for(&pause);
    }
out:
    return st;
}

spx_status spx_comm_next(spx_comm *c, size_t most, const size_t **item, size_t *n, spx_error *err)
{
    spx_status st = SPX_OK;
    *n = 0;
    if (c->place.rank == 0) {
        pthread_mutex_lock(&c->lock);
        *n = deal_some(c, 0, most, c->own);
        pthread_mutex_unlock(&c->lock);
        *item = c->own;
        return SPX_OK;
    }
    c->message.size = 0;
    SPX_TRY(spx_bytes_add_number(&c->message, most, err));
    SPX_TRY(ask(c, ASK, &c->message, err));
    *item = (const size_t *)(const void *)c->message.data; /* aligned to 64 bytes */
    *n = c->message.size / sizeof **item;
out:
    return st;
}

spx_status spx_comm_give(spx_comm *c, size_t item, const void *bytes, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes m = {0};
    if (c->place.rank == 0) {
        pthread_mutex_lock(&c->lock);
        take_result(c, item, bytes, size);
        pthread_mutex_unlock(&c->lock);
        return SPX_OK; /* spx_comm_finish reports a failure */
    }
    SPX_TRY(spx_bytes_add_number(&m, item, err));
    SPX_TRY(spx_bytes_add(&m, bytes, size, err));
    SPX_TRY(wire_send(0, GIVE, &m, err));
out:
    spx_bytes_free(&m);
    return st;
}

/* On another rank: gives its share and sleeps until all are there. */
static spx_status ask_for_all(spx_comm *c, const void *bytes, size_t size, spx_bytes *all,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    c->message.size = 0;
    SPX_TRY(spx_bytes_add_number(&c->message, 0, err));
    SPX_TRY(spx_bytes_add(&c->message, bytes, size, err));
    SPX_TRY(ask(c, SHARE, all, err));
    if (all->size == 0) SPX_RAISE(err, SPX_EINTR, "another rank failed");
out:
    return st;
}

/* On rank 0: all shares, which are there, to all ranks. Under the lock. */
static spx_status send_all(spx_comm *c, spx_bytes *all, spx_error *err)
{
    spx_status st = SPX_OK;
    all->size = 0;
    for (size_t r = 0; r < c->place.size; r++)
        SPX_TRY(spx_bytes_add(all, c->share[r].data, c->share[r].size, err));
    for (size_t r = 1; r < c->place.size; r++) SPX_TRY(wire_send(r, ALL, all, err));
    for (size_t r = 0; r < c->place.size; r++) c->share[r].size = 0;
    c->shares = 0;
out:
    return st;
}

/* On rank 0: gives its share and sleeps until all are there. */
static spx_status gather_all(spx_comm *c, const void *bytes, size_t size, spx_bytes *all,
                             spx_error *err)
{
    bool whole = false;
    long pause = first_pause;
    pthread_mutex_lock(&c->lock);
    c->exchanged = true;
    spx_status st = take_share(c, 0, bytes, size, err);
    while (st == SPX_OK && !whole) {
        whole = c->shares == c->place.size;
        if (whole) st = send_all(c, all, err);
        if (c->failed != SPX_OK) st = SPX_FAIL(err, c->failed, "%s", c->why.text);
        pthread_mutex_unlock(&c->lock);
        if (!whole && st == SPX_OK) pause_for(&pause);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return st;
}

spx_status spx_comm_exchange(spx_comm *c, const void *bytes, size_t size, spx_bytes *all,
                             spx_error *err)
{
    return c->place.rank > 0 ? ask_for_all(c, bytes, size, all, err)
                             : gather_all(c, bytes, size, all, err);
}

static spx_status say_goodbye(spx_comm *c, spx_status mine, spx_error *err)
{
    spx_status st = SPX_OK;
    c->message.size = 0;
    SPX_TRY(spx_bytes_add_number(&c->message, mine, err));
    SPX_TRY(spx_bytes_add_text(&c->message, mine != SPX_OK && err ? err->text : "", err));
    SPX_TRY(wire_send(0, BYE, &c->message, err));
out:
    return mine != SPX_OK ? mine : st;
}

static spx_status finish_rank(spx_comm *c, spx_status mine, spx_error *err)
{
    if (c->finished) return mine;
    c->finished = true;
    if (c->place.rank > 0) return say_goodbye(c, mine, err);
    pthread_mutex_lock(&c->lock);
    if (mine != SPX_OK) note_failure(c, mine, err ? err->text : "", 0);
    if (!c->deal && !c->exchanged) note_failure(c, SPX_EINTR, "no work was dealt", 0);
    pthread_mutex_unlock(&c->lock);
    if (c->serving) pthread_join(c->thread, NULL);
    c->serving = false;
    if (mine != SPX_OK || c->failed == SPX_OK) return mine;
    return SPX_FAIL(err, c->failed, "%s", c->why.text);
}

spx_status spx_comm_finish(spx_comm *c, spx_status mine, spx_error *err)
{
    return finish_rank(c, mine, err);
}

void spx_comm_close(spx_comm *c)
{
    if (!c) return;
    if (c->joined) (void)finish_rank(c, SPX_OK, NULL);
    if (c->joined) wire_close();
    queue_close(&c->queue);
    for (size_t r = 0; c->share && r < c->place.size; r++) spx_bytes_free(&c->share[r]);
    spx_bytes_free(&c->message);
    spx_scratch_free(&c->memory);
    pthread_mutex_destroy(&c->lock);
    spx_free(c);
}
