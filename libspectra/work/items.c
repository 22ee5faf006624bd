/* items.c: a tool's work as items shared among threads, ranks and job arrays. */
#include "spx/items.h"

#include "spx/file.h"
#include "spx/mat.h"
#include "spx/shards.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The items that this process works on and, on rank 0, those of all ranks. */
typedef struct work {
    const spx_items *items;
    const spx_items_host *host;
    size_t n, opened; /* items; passes opened in this process */
    spx_store *log;   /* receives an item's numbers; NULL: they are printed */
    pthread_mutex_t emitting;
    const size_t *batch; /* items that this process now works on */
    /* On rank 0. */
    spx_journal *journal;    /* keeps the records; NULL: they are pending */
    bool *done;              /* items to leave out */
    uint32_t *holder;        /* of each item being worked on: rank + 1, else 0 */
    spx_bytes *pending;      /* records of items that are not yet printed, in order, or joined */
    size_t printed, arrived; /* items */
    spx_scratch memory;
} work;

/* Results and notes, printed to memory. */
typedef struct capture {
    FILE *out, *notes;
    char *text[2];
    size_t size[2];
} capture;

static spx_status capture_begin(const spx_items_host *host, capture *c, spx_error *err)
{
    *c = (capture){0};
    c->out = open_memstream(&c->text[0], &c->size[0]);
    c->notes = open_memstream(&c->text[1], &c->size[1]);
    if (!c->out || !c->notes) return SPX_FAIL(err, SPX_ENOMEM, "cannot open a stream in memory");
    host->redirect(c->out, c->notes);
    return SPX_OK;
}

/* Closes a stream in memory; false if it lost something. glibc's fclose answers 0 and leaves NULL
 * where it gets no memory for the text. */
static bool close_whole(FILE *f, char *const *text)
{
    const bool written = !ferror(f);
    return fclose(f) == 0 && written && *text;
}

/* Completes the texts; may be called again. */
static spx_status capture_end(const spx_items_host *host, capture *c, spx_error *err)
{
    host->redirect(NULL, NULL);
    bool whole = !c->out || close_whole(c->out, &c->text[0]);
    whole = (!c->notes || close_whole(c->notes, &c->text[1])) && whole;
    c->out = c->notes = NULL;
    return whole ? SPX_OK : SPX_FAIL(err, SPX_ENOMEM, "no memory for what is to be printed");
}

/* The record of an item (spx_shard_record). */
static spx_status emit_record(const work *w, size_t item, spx_bytes *record, spx_error *err)
{
    spx_status st = SPX_OK;
    capture c = {0};
    spx_bytes *log = w->log ? spx_store_log(w->log) : NULL;
    if (log) log->size = 0;
    SPX_TRY(capture_begin(w->host, &c, err));
    const spx_items_sink to = {.store = w->log, .out = c.out};
    SPX_TRY(w->items->emit(item, &to, w->items->arg, err));
    SPX_TRY(capture_end(w->host, &c, err));
    for (size_t i = 0; i < 2; i++) {
        SPX_TRY(spx_bytes_add_number(record, c.size[i], err));
        SPX_TRY(spx_bytes_add(record, c.text[i], c.size[i], err));
    }
    if (log) SPX_TRY(spx_bytes_add(record, log->data, log->size, err));
out:
    (void)capture_end(w->host, &c, NULL);
    free(c.text[0]);
    free(c.text[1]);
    return st;
}

/* One item of the batch; its record goes to rank 0. */
static spx_status work_on_item(size_t i, void *arg, spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = arg;
    const size_t item = w->batch[i];
    spx_bytes record = {0};
    st = w->items->job(item, w->items->arg, err);
    if (st != SPX_OK) return st;
    pthread_mutex_lock(&w->emitting);
    SPX_TRY(emit_record(w, item, &record, err));
    SPX_TRY(spx_comm_give(w->host->comm, item, record.data, record.size, err));
out:
    pthread_mutex_unlock(&w->emitting);
    spx_bytes_free(&record);
    return st;
}

/* Opens the passes before `until`. */
static spx_status open_passes(work *w, size_t until, spx_error *err)
{
    spx_status st = SPX_OK;
    for (; w->items->open && w->opened < until; w->opened++)
        SPX_TRY(w->items->open(w->opened, w->items->arg, err));
out:
    return st;
}

/* An item too large to run beside others, or of the only group, uses every thread for its products.
 * Any other uses one, even where it happens to run alone: sums of products by different numbers of
 * threads differ in their last bits, and the result of an item must not depend on how it was dealt.
 */
static spx_status work_on_batch(work *w, size_t n, spx_error *err)
{
    const size_t groups = w->items->groups;
    if (n == 1 && (groups == 1 || w->items->values[w->batch[0] % groups] > SPX_COMM_VALUES))
        return work_on_item(0, w, err);
    return spx_parallel(n, work_on_item, w, err);
}

/* Works until nothing is left for this rank. A process alone takes as many items as go together,
 * one of several ranks as many as it has threads. */
static spx_status work_on_all(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    const bool alone = spx_comm_size(w->host->comm) == 1;
    const size_t most = alone ? SIZE_MAX : (size_t)spx_threads();
    size_t n = 0;
    for (;;) {
        SPX_TRY(spx_comm_next(w->host->comm, most, &w->batch, &n, err));
        if (n == 0) break;
        SPX_TRY(open_passes(w, w->batch[0] / w->items->groups + 1, err));
        SPX_TRY(work_on_batch(w, n, err));
    }
    if (spx_comm_rank(w->host->comm) == 0) SPX_TRY(open_passes(w, w->items->passes, err));
out:
    return st;
}

/* Sets what is printed if a signal ends the program, as mpirun's does when a rank dies: the first
 * item that each rank is working on, and how to continue. */
static void prepare_parting(const work *w)
{
    char text[1900] = "ended", name[300];
    size_t used = strlen(text), last = 0;
    for (size_t i = w->printed; i < w->n && used < 1000; i++) {
        if (w->holder[i] == 0 || w->holder[i] == last) continue;
        w->items->name(i, w->items->arg, name, sizeof name);
        used += (size_t)snprintf(text + used, sizeof text - used, " %s %s (rank %u)",
                                 last == 0 ? "while working on" : "and", name, w->holder[i] - 1);
        last = w->holder[i];
    }
    if (w->journal)
        snprintf(text + used, sizeof text - used,
                 "; %zu of %zu items are kept in %s: run the same command to continue: %.600s",
                 w->arrived, w->n, spx_journal_path(w->journal), w->host->command);
    w->host->parting(text);
}

static void print_pending(work *w)
{
    spx_shard_record x;
    for (; w->printed < w->n && w->pending[w->printed].size > 0; w->printed++) {
        spx_bytes *b = &w->pending[w->printed];
        if (spx_shard_record_read(b->data, b->size, &x, NULL) == SPX_OK) {
            if (w->host->notes) fwrite(x.notes, 1, x.notes_size, w->host->notes);
            fwrite(x.out, 1, x.out_size, w->host->out);
        }
        spx_bytes_free(b);
    }
}

/* On rank 0, see spx_deal: the record of an item has arrived. */
static spx_status take_record(size_t item, const void *bytes, size_t size, void *arg,
                              spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = arg;
    w->holder[item] = 0;
    w->arrived++;
    if (w->journal)
        st = spx_journal_add(w->journal, item, bytes, size, err);
    else
        st = spx_bytes_add(&w->pending[item], bytes, size, err);
    if (!w->journal && !w->items->join) print_pending(w);
    prepare_parting(w);
    w->host->progress("items", w->arrived, w->n);
    return st;
}

/* On rank 0, see spx_deal. */
static void note_dealt(size_t rank, const size_t *item, size_t n, void *arg)
{
    work *w = arg;
    for (size_t i = 0; i < n; i++) w->holder[item[i]] = (uint32_t)rank + 1;
    prepare_parting(w);
}

/* The identity of the work (spx/journal.h). */
static spx_status add_identity(const work *w, spx_bytes *text, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_items *items = w->items;
    char line[300];
    SPX_TRY(w->host->options(text, "shard", err));
    SPX_TRY(items->describe(text, items->arg, err));
    if (items->join) SPX_TRY(spx_bytes_add(text, SPX_SHARD_JOINED, strlen(SPX_SHARD_JOINED), err));
    snprintf(line, sizeof line, "shard %s\n", items->shard ? items->shard : "1/1");
    SPX_TRY(spx_bytes_add_text(text, line, err));
out:
    return st;
}

/* Opens the file of records, and leaves out the items that it has and those of other shares. */
static spx_status open_journal(work *w, const spx_shard *s, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_items *items = w->items;
    spx_bytes identity = {0};
    char path[4200], tail[64] = "items";
    if (!items->join && access(w->host->output, F_OK) == 0)
        SPX_RAISE(err, SPX_EIO, "%s already exists; remove it or name another", w->host->output);
    if (items->shard) snprintf(tail, sizeof tail, "%zuof%zu", s->i, s->n);
    snprintf(path, sizeof path, "%s.%s", w->host->output, tail);
    SPX_TRY(add_identity(w, &identity, err));
    SPX_TRY(spx_journal_open(path, (const char *)identity.data, w->n, &w->journal, err));
    for (size_t i = 0; i < w->n; i++)
        w->done[i] = spx_journal_has(w->journal, i) ||
                     !spx_shard_has(s, items->cost, items->groups, i % items->groups);
    w->arrived = spx_journal_count(w->journal);
    if (w->arrived > 0)
        spx_note(w->host->notify, "%zu of %zu items were already in %s", w->arrived, w->n, path);
out:
    spx_bytes_free(&identity);
    return st;
}

/* On rank 0: prepares the output and deals the items. */
static spx_status lead(work *w, spx_deal *deal, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_items *items = w->items;
    const bool run_file = spx_names_run_file(w->host->output);
    spx_shard s;
    SPX_TRY(SPX_SCRATCH(&w->memory, &w->done, w->n, err));
    SPX_TRY(SPX_SCRATCH(&w->memory, &w->holder, w->n, err));
    SPX_TRY(SPX_SCRATCH(&w->memory, &w->pending, w->n, err));
    SPX_TRY(spx_shard_read(items->shard, &s, err));
    if (run_file) SPX_TRY(open_journal(w, &s, err));
    if (!run_file && items->shard)
        SPX_RAISE(err, SPX_EINVAL, "--shard requires -o RUN.h5, which spx-merge then writes");
    if ((!run_file || (w->host->tells && !items->shard)) && items->heading)
        fprintf(w->host->out, "%s\n", items->heading);
    *deal = (spx_deal){.groups = items->groups,
                       .passes = items->passes,
                       .cost = items->cost,
                       .values = items->values,
                       .done = w->done,
                       .take = take_record,
                       .dealt = note_dealt,
                       .arg = w};
    SPX_TRY(spx_comm_deal(w->host->comm, deal, err));
out:
    return st;
}

/* An spx_items_given: what the item printed. */
static spx_status give_result(size_t item, spx_reader *out, void *results, spx_error *err)
{
    spx_status st = SPX_OK;
    work *w = results;
    spx_shard_record x = {0};
    spx_bytes *b = &w->pending[item];
    if (w->journal) SPX_TRY(spx_journal_get(w->journal, item, b, err));
    SPX_TRY(spx_shard_record_read(b->data, b->size, &x, err));
out:
    *out = (spx_reader){x.out, x.out_size};
    return st;
}

/* On rank 0, when all is done: makes the result, unless spx-merge makes it from shares. */
static spx_status conclude(work *w, spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_items_host *host = w->host;
    if (w->items->shard) return SPX_OK;
    if (w->items->join)
        SPX_TRY(w->items->join(give_result, w, w->items->arg, err));
    else if (w->journal)
        SPX_TRY(spx_shards_write(&w->journal, 1, host->output, host->command,
                                 host->tells ? host->out : NULL, host->notes, err));
    if (w->journal) (void)unlink(spx_journal_path(w->journal));
out:
    return st;
}

/* After a failure. */
static void note_what_is_kept(const work *w)
{
    if (w->arrived > 0)
        spx_note(w->host->notify,
                 "%zu of %zu items are kept in %s: run the same command to continue", w->arrived,
                 w->n, spx_journal_path(w->journal));
    else
        (void)unlink(spx_journal_path(w->journal));
}

static void release(work *w)
{
    for (size_t i = 0; w->pending && i < w->n; i++) spx_bytes_free(&w->pending[i]);
    spx_store_close(w->log);
    spx_journal_close(w->journal);
    spx_scratch_free(&w->memory);
    pthread_mutex_destroy(&w->emitting);
}

/* All that may fail before the ranks meet again. */
static spx_status begin_and_work(work *w, spx_deal *deal, spx_error *err)
{
    spx_status st = SPX_OK;
    if (spx_names_run_file(w->host->output) && !w->items->join)
        SPX_TRY(spx_store_open_log(&w->log, err));
    if (spx_comm_rank(w->host->comm) == 0) SPX_TRY(lead(w, deal, err));
    SPX_TRY(work_on_all(w, err));
out:
    return st;
}

spx_status spx_items_run(const spx_items *items, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_deal deal; /* must stay until spx_comm_finish */
    work w = {.items = items, .host = items->host, .n = items->groups * items->passes};
    pthread_mutex_init(&w.emitting, NULL);
    st = begin_and_work(&w, &deal, err);
    SPX_TRY(spx_comm_finish(w.host->comm, st, err));
    if (spx_comm_rank(w.host->comm) == 0) SPX_TRY(conclude(&w, err));
out:
    if (st != SPX_OK && w.journal) note_what_is_kept(&w);
    release(&w);
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
    spx_status st = SPX_OK;
    char hash[SPX_SHA256_HEX];
    if (!path) return SPX_OK;
    SPX_TRY(spx_sha256_file(path, hash, err));
    SPX_TRY(spx_describe_input(identity, path, hash, err));
out:
    return st;
}
