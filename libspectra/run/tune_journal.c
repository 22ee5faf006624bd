/* tune_journal.c: what tuning has finished, kept so that nothing is done twice, and shared by
 * ranks. */
#include "run/tuner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t tune_ranks(const tuner *t) { return spx_comm_size(t->comm); }

bool tune_has(const tuner *t, size_t item) { return t->kept[item].size > 0; }

/* An item as ranks exchange it: its number, and its numbers. */
static spx_status pack(spx_bytes *out, size_t item, const void *x, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_bytes_add_number(out, item, err));
    SPX_TRY(spx_bytes_add_number(out, size, err));
    SPX_TRY(spx_bytes_add(out, x, size, err));
out:
    return st;
}

/* The next packed item; false at the end. */
static bool unpack(spx_reader *r, uint64_t *item, spx_reader *x)
{
    uint64_t size = 0;
    if (!spx_reader_number(r, item) || !spx_reader_number(r, &size)) return false;
    *x = (spx_reader){.left = (size_t)size};
    return *item < TUNE_ITEMS && size >= sizeof(double) && spx_reader_take(r, x->left, &x->at);
}

/* *all <- the items that the ranks have packed. */
static spx_status exchange(tuner *t, const spx_bytes *mine, spx_bytes *all, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes message = {0};
    uint64_t size = 0;
    const unsigned char *at = NULL;
    SPX_TRY(spx_comm_exchange(t->comm, mine->data, mine->size, &message, err));
    spx_reader r = {message.data, message.size};
    while (spx_reader_number(&r, &size) && spx_reader_take(&r, (size_t)size, &at))
        SPX_TRY(spx_bytes_add(all, at, (size_t)size, err));
out:
    spx_bytes_free(&message);
    return st;
}

spx_status tune_meet(tuner *t, spx_error *err)
{
    const spx_bytes none = {0};
    spx_bytes all = {0};
    const spx_status st = exchange(t, &none, &all, err);
    spx_bytes_free(&all);
    return st;
}

/* Every rank gets what the journal of rank 0 holds. */
static spx_status read_journal(tuner *t, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes mine = {0}, all = {0}, x = {0};
    spx_reader content;
    uint64_t item = 0;
    for (size_t i = 0; t->journal && i < TUNE_ITEMS; i++) {
        if (!spx_journal_has(t->journal, i)) continue;
        SPX_TRY(spx_journal_get(t->journal, i, &x, err));
        SPX_TRY(pack(&mine, i, x.data, x.size, err));
    }
    SPX_TRY(exchange(t, &mine, &all, err));
    spx_reader r = {all.data, all.size};
    while (unpack(&r, &item, &content))
        SPX_TRY(spx_bytes_add(&t->kept[item], content.at, content.left, err));
out:
    spx_bytes_free(&mine);
    spx_bytes_free(&all);
    spx_bytes_free(&x);
    return st;
}

spx_status tune_open_journal(tuner *t, const char *identity, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(SPX_NEW(&t->kept, TUNE_ITEMS, err));
    if (spx_comm_rank(t->comm) == 0)
        SPX_TRY(spx_journal_open(t->o->journal, identity, TUNE_ITEMS, &t->journal, err));
    SPX_TRY(read_journal(t, err));
out:
    return st;
}

void tune_close_journal(tuner *t)
{
    for (size_t i = 0; t->kept && i < TUNE_ITEMS; i++) spx_bytes_free(&t->kept[i]);
    spx_free(t->kept);
    spx_journal_close(t->journal);
}

/* Does a job, and packs what came out; NULL: nothing to do for this rank. */
static spx_status do_job(tuner *t, const tune_job *job, tune_work *work, void *arg, spx_bytes *out,
                         spx_error *err)
{
    const double began = spx_seconds();
    if (!job) return SPX_OK;
    const spx_status st = work(t, job, arg, err);
    if (st != SPX_OK) return st;
    job->x[0] = spx_seconds() - began;
    return pack(out, job->item, job->x, job->n * sizeof *job->x, err);
}

/* Keeps items that were done at once: the time that passed is shared among them. */
static spx_status keep_all(tuner *t, const spx_bytes *all, spx_error *err)
{
    spx_status st = SPX_OK;
    double most = 0, seconds = 0;
    size_t n = 0;
    uint64_t item = 0;
    spx_reader x;
    for (spx_reader r = {all->data, all->size}; unpack(&r, &item, &x); n++) {
        memcpy(&seconds, x.at, sizeof seconds);
        if (seconds > most) most = seconds;
    }
    seconds = n > 0 ? most / (double)n : 0;
    for (spx_reader r = {all->data, all->size}; unpack(&r, &item, &x);) {
        spx_bytes *to = &t->kept[item];
        SPX_TRY(spx_bytes_add(to, &seconds, sizeof seconds, err));
        SPX_TRY(spx_bytes_add(to, x.at + sizeof seconds, x.left - sizeof seconds, err));
        if (t->journal) SPX_TRY(spx_journal_add(t->journal, item, to->data, to->size, err));
    }
out:
    return st;
}

/* Does those of at most as many jobs as there are ranks that are not there yet. */
static spx_status do_at_once(tuner *t, const tune_job *job, size_t n, tune_work *work, void *arg,
                             spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes out = {0}, all = {0};
    const tune_job *mine = NULL;
    size_t missing = 0;
    for (size_t i = 0; i < n; i++)
        if (!tune_has(t, job[i].item) && missing++ == spx_comm_rank(t->comm)) mine = &job[i];
    if (missing == 0) return SPX_OK;
    SPX_TRY(do_job(t, mine, work, arg, &out, err));
    SPX_TRY(exchange(t, &out, &all, err));
    SPX_TRY(keep_all(t, &all, err));
    if (t->o->stop && t->o->stop())
        SPX_RAISE(err, SPX_EINTR, "%s holds what is done; give the same command again to continue",
                  t->o->journal);
out:
    spx_bytes_free(&out);
    spx_bytes_free(&all);
    return st;
}

static spx_status recall(tuner *t, const tune_job *job, spx_error *err)
{
    const spx_bytes *x = &t->kept[job->item];
    if (x->size != job->n * sizeof *job->x)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: item %zu has %zu bytes (expected %zu)",
                        t->o->journal, job->item, x->size, job->n * sizeof *job->x);
    memcpy(job->x, x->data, x->size);
    t->spent += job->x[0];
    return SPX_OK;
}

spx_status tune_share(tuner *t, const tune_job *job, size_t n, tune_work *work, void *arg,
                      spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t ranks = tune_ranks(t);
    for (size_t i = 0; i < n; i += ranks)
        SPX_TRY(do_at_once(t, job + i, n - i < ranks ? n - i : ranks, work, arg, err));
    for (size_t i = 0; i < n; i++) SPX_TRY(recall(t, &job[i], err));
out:
    return st;
}

void tune_say(const tuner *t, const char *format, ...)
{
    char line[512];
    va_list args;
    if (!t->o->say) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    t->o->say(line);
}
