/* items.c: a tool's work as items that may be shared among threads, ranks and job arrays. */
#include "spx/items.h"

#include "spx/file.h"
#include "spx/mat.h"
#include "spx/shards.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Items being worked on by this process and, on rank 0, by all. */
typedef struct run {
    const spx_items *w;
    size_t n, opened; /* items; passes opened here */
    spx_store *log;   /* where an item's numbers are put, NULL: they are printed */
    pthread_mutex_t emitting;
    const size_t *batch;
    /* On rank 0. */
    spx_journal *journal;
    bool *done;
    uint32_t *holder;   /* of each item in hand: rank + 1, else 0 */
    spx_bytes *pending; /* printed in order: what came before its turn */
    size_t next, finished;
    spx_scratch memory;
} run;

/* Results and notes go to memory instead. */
typedef struct capture {
    FILE *out, *notes;
    char *text[2];
    size_t size[2];
} capture;

static spx_status capture_begin(const spx_items *w, capture *c, spx_error *err)
{
    *c = (capture){0};
    c->out = open_memstream(&c->text[0], &c->size[0]);
    c->notes = open_memstream(&c->text[1], &c->size[1]);
    if (!c->out || !c->notes) return SPX_FAIL(err, SPX_ENOMEM, "no memory for a text");
    w->host->redirect(c->out, c->notes);
    return SPX_OK;
}

static void capture_end(const spx_items *w, capture *c)
{
    w->host->redirect(NULL, NULL);
    if (c->out) fclose(c->out);
    if (c->notes) fclose(c->notes);
}

/* The record of an item (shards.h). */
static spx_status emit(const run *r, size_t item, spx_bytes *record, spx_error *err)
{
    spx_status st = SPX_OK;
    capture c;
    spx_bytes *log = r->log ? spx_store_log(r->log) : NULL;
    if (log) log->size = 0;
    st = capture_begin(r->w, &c, err);
    const spx_items_sink to = {r->log, c.out};
    if (st == SPX_OK) st = r->w->emit(item, &to, r->w->arg, err);
    capture_end(r->w, &c);
    for (size_t i = 0; i < 2; i++) {
        if (st == SPX_OK) st = spx_bytes_add_number(record, c.size[i], err);
        if (st == SPX_OK) st = spx_bytes_add(record, c.text[i], c.size[i], err);
        free(c.text[i]);
    }
    return st == SPX_OK && log ? spx_bytes_add(record, log->data, log->size, err) : st;
}

static spx_status work(size_t i, void *arg, spx_error *err)
{
    run *r = arg;
    const size_t item = r->batch[i];
    spx_bytes record = {0};
    spx_status st = r->w->job(item, r->w->arg, err);
    if (st != SPX_OK) return st;
    pthread_mutex_lock(&r->emitting);
    st = emit(r, item, &record, err);
    if (st == SPX_OK) st = spx_comm_give(r->w->host->comm, item, record.data, record.size, err);
    pthread_mutex_unlock(&r->emitting);
    spx_bytes_free(&record);
    return st;
}

static spx_status open_passes(run *r, size_t until, spx_error *err)
{
    spx_status st = SPX_OK;
    for (; st == SPX_OK && r->w->open && r->opened < until; r->opened++)
        st = r->w->open(r->opened, r->w->arg, err);
    return st;
}

/* An item that is too large for company, or the only one, gets all threads for its products; any
 * other one thread, also where it happens to be left alone: products summed by other numbers of
 * threads differ in their last bits, and what comes of an item must not depend on how it was dealt.
 */
static spx_status work_on_batch(run *r, size_t n, spx_error *err)
{
    const size_t groups = r->w->groups;
    if (n == 1 && (groups == 1 || r->w->values[r->batch[0] % groups] > SPX_COMM_VALUES))
        return work(0, r, err);
    return spx_parallel(n, work, r, err);
}

/* Until nothing is left for this rank. One process alone takes as many items as go together, one of
 * several ranks as many as it has threads. */
static spx_status work_on(run *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool alone = spx_comm_size(r->w->host->comm) == 1;
    const size_t most = alone ? SIZE_MAX : (size_t)spx_threads();
    size_t n = 0;
    for (;;) {
        SPX_TRY(spx_comm_next(r->w->host->comm, most, &r->batch, &n, err));
        if (n == 0) break;
        SPX_TRY(open_passes(r, r->batch[0] / r->w->groups + 1, err));
        SPX_TRY(work_on_batch(r, n, err));
    }
    if (spx_comm_rank(r->w->host->comm) == 0) SPX_TRY(open_passes(r, r->w->passes, err));
out:
    return st;
}

/* What is said if a signal ends the program, as mpirun's does when a rank dies: the first item that
 * each rank has in hand. */
static void prepare_parting(const run *r)
{
    char text[1900] = "ended; in hand:", name[300];
    size_t used = strlen(text), last = 0;
    for (size_t i = r->next; i < r->n && used < 1000; i++) {
        if (r->holder[i] == 0 || r->holder[i] == last) continue;
        last = r->holder[i];
        r->w->name(i, r->w->arg, name, sizeof name);
        used += (size_t)snprintf(text + used, sizeof text - used, " %s%s (rank %zu)",
                                 used > 16 ? "and " : "", name, last - 1);
    }
    if (r->journal)
        snprintf(text + used, sizeof text - used,
                 "; %zu of %zu items are kept in %s: the same command goes on: %.600s", r->finished,
                 r->n, spx_journal_path(r->journal), r->w->host->command);
    r->w->host->parting(text);
}

static void print_pending(run *r)
{
    spx_shard_record x;
    spx_error ignored = {0};
    for (; r->next < r->n && r->pending[r->next].size > 0; r->next++) {
        spx_bytes *b = &r->pending[r->next];
        if (spx_shard_record_read(b->data, b->size, &x, &ignored) == SPX_OK) {
            if (r->w->host->notes) fwrite(x.notes, 1, x.notes_size, r->w->host->notes);
            fwrite(x.out, 1, x.out_size, r->w->host->out);
        }
        spx_bytes_free(b);
    }
}

static spx_status take(size_t item, const void *bytes, size_t size, void *arg, spx_error *err)
{
    run *r = arg;
    spx_status st = SPX_OK;
    r->holder[item] = 0;
    r->finished++;
    if (r->journal)
        st = spx_journal_add(r->journal, item, bytes, size, err);
    else
        st = spx_bytes_add(&r->pending[item], bytes, size, err);
    if (!r->journal && !r->w->join) print_pending(r);
    prepare_parting(r);
    r->w->host->progress("items", r->finished, r->n);
    return st;
}

static void dealt(size_t rank, const size_t *item, size_t n, void *arg)
{
    run *r = arg;
    for (size_t i = 0; i < n; i++) r->holder[item[i]] = (uint32_t)rank + 1;
    prepare_parting(r);
}

static spx_status describe(const spx_items *w, spx_bytes *text, spx_error *err)
{
    spx_status st = SPX_OK;
    char line[300];
    SPX_TRY(w->host->options(text, "shard", err));
    SPX_TRY(w->describe(text, w->arg, err));
    if (w->join) SPX_TRY(spx_bytes_add(text, SPX_SHARD_JOINED, strlen(SPX_SHARD_JOINED), err));
    snprintf(line, sizeof line, "shard %s\n", w->shard ? w->shard : "1/1");
    SPX_TRY(spx_bytes_add_text(text, line, err));
out:
    return st;
}

/* Goes on with what is kept of this work, and leaves out other shares. */
static spx_status open_journal(run *r, const spx_shard *s, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes identity = {0};
    char path[4200], tail[64] = "items";
    if (!r->w->join && access(r->w->host->output, F_OK) == 0)
        SPX_RAISE(err, SPX_EIO, "%s exists", r->w->host->output);
    if (r->w->shard) snprintf(tail, sizeof tail, "%zuof%zu", s->i, s->n);
    snprintf(path, sizeof path, "%s.%s", r->w->host->output, tail);
    SPX_TRY(describe(r->w, &identity, err));
    SPX_TRY(spx_journal_open(path, (const char *)identity.data, r->n, &r->journal, err));
    for (size_t i = 0; i < r->n; i++)
        r->done[i] = spx_journal_has(r->journal, i) ||
                     !spx_shard_has(s, r->w->cost, r->w->groups, i % r->w->groups);
    r->finished = spx_journal_count(r->journal);
    if (r->finished > 0)
        spx_note(r->w->host->notify, "%zu of %zu items were in %s already", r->finished, r->n,
                 path);
out:
    spx_bytes_free(&identity);
    return st;
}

static spx_status lead(run *r, spx_deal *deal, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_shard s;
    SPX_TRY(SPX_SCRATCH(&r->memory, &r->done, r->n, err));
    SPX_TRY(SPX_SCRATCH(&r->memory, &r->holder, r->n, err));
    SPX_TRY(SPX_SCRATCH(&r->memory, &r->pending, r->n, err));
    SPX_TRY(spx_shard_read(r->w->shard, &s, err));
    if (spx_names_run_file(r->w->host->output)) SPX_TRY(open_journal(r, &s, err));
    if (!spx_names_run_file(r->w->host->output) && r->w->shard)
        SPX_RAISE(err, SPX_EINVAL, "--shard needs -o RUN.h5, which spx-merge then makes");
    if (!spx_names_run_file(r->w->host->output) && r->w->heading)
        fprintf(r->w->host->out, "%s\n", r->w->heading);
    *deal =
        (spx_deal){r->w->groups, r->w->passes, r->w->cost, r->w->values, r->done, take, dealt, r};
    SPX_TRY(spx_comm_deal(r->w->host->comm, deal, err));
out:
    return st;
}

/* An spx_items_given. */
static spx_status given(size_t item, spx_reader *out, void *results, spx_error *err)
{
    run *r = results;
    spx_shard_record x = {0};
    spx_bytes *b = &r->pending[item];
    spx_status st = SPX_OK;
    if (r->journal) st = spx_journal_get(r->journal, item, b, err);
    if (st == SPX_OK) st = spx_shard_record_read(b->data, b->size, &x, err);
    *out = (spx_reader){x.out, x.out_size};
    return st;
}

/* All is done: the run file, unless that is spx-merge's to make. */
static spx_status conclude(run *r, spx_error *err)
{
    spx_status st = SPX_OK;
    if (r->w->shard) return SPX_OK;
    if (r->w->join)
        st = r->w->join(given, r, r->w->arg, err);
    else if (r->journal)
        st = spx_shards_write(&r->journal, 1, r->w->host->output, r->w->host->command,
                              r->w->host->notes, err);
    if (st == SPX_OK && r->journal) (void)unlink(spx_journal_path(r->journal));
    return st;
}

static void say_what_is_kept(const run *r)
{
    if (r->finished > 0)
        spx_note(r->w->host->notify, "%zu of %zu items are kept in %s: the same command goes on",
                 r->finished, r->n, spx_journal_path(r->journal));
    else
        (void)unlink(spx_journal_path(r->journal));
}

static void release(run *r)
{
    for (size_t i = 0; r->pending && i < r->n; i++) spx_bytes_free(&r->pending[i]);
    spx_store_close(r->log);
    spx_journal_close(r->journal);
    spx_scratch_free(&r->memory);
    pthread_mutex_destroy(&r->emitting);
}

spx_status spx_items_run(const spx_items *w, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_deal deal;
    run r = {.w = w, .n = w->groups * w->passes};
    pthread_mutex_init(&r.emitting, NULL);
    if (spx_names_run_file(w->host->output) && !w->join) st = spx_store_open_log(&r.log, err);
    if (st == SPX_OK && spx_comm_rank(w->host->comm) == 0) st = lead(&r, &deal, err);
    if (st == SPX_OK) st = work_on(&r, err);
    st = spx_comm_finish(w->host->comm, st, err);
    if (st == SPX_OK && spx_comm_rank(w->host->comm) == 0) st = conclude(&r, err);
    if (st != SPX_OK && r.journal) say_what_is_kept(&r);
    release(&r);
    return st;
}

spx_status spx_describe_input(spx_bytes *identity, const char *path, const char *hash,
                              spx_error *err)
{
    char line[4300];
    snprintf(line, sizeof line, "input %s %s\n", path, hash);
    return spx_bytes_add(identity, line, strlen(line), err);
}

spx_status spx_describe_file(spx_bytes *identity, const char *path, spx_error *err)
{
    char hash[SPX_SHA256_HEX];
    if (!path) return SPX_OK;
    const spx_status st = spx_sha256_file(path, hash, err);
    return st == SPX_OK ? spx_describe_input(identity, path, hash, err) : st;
}
