/* shards.c: shares of the work items, and run files made from their results. */
#include "spx/shards.h"

#include "spx/names.h"
#include "spx/store.h"

#include <string.h>

spx_status spx_shard_read(const char *text, spx_shard *out, spx_error *err)
{
    const char *at = text;
    *out = (spx_shard){1, 1};
    if (!text) return SPX_OK;
    const bool whole =
        spx_count_read(&at, &out->i) && *at++ == '/' && spx_count_read(&at, &out->n) && *at == '\0';
    if (whole && out->i >= 1 && out->i <= out->n) return SPX_OK;
    return SPX_FAIL(err, SPX_EINVAL,
                    "--shard: '%s' is not a valid share (expected I/N with 1 <= I <= N)", text);
}

bool spx_shard_has(const spx_shard *s, const double *cost, size_t groups, size_t g)
{
    size_t before = 0;
    for (size_t i = 0; i < groups; i++)
        before += cost[i] > cost[g] || (cost[i] == cost[g] && i < g);
    return before % s->n == s->i - 1;
}

spx_status spx_shard_record_read(const void *bytes, size_t size, spx_shard_record *r,
                                 spx_error *err)
{
    spx_reader at = {bytes, size};
    uint64_t out = 0, notes = 0;
    if (!spx_reader_number(&at, &out) || !spx_reader_take(&at, out, &r->out) ||
        !spx_reader_number(&at, &notes) || !spx_reader_take(&at, notes, &r->notes))
        return SPX_FAIL(err, SPX_EFORMAT, "the record of a work item is truncated");
    r->out_size = out;
    r->notes_size = notes;
    r->log = at.at;
    r->log_size = at.left;
    return SPX_OK;
}

/* Adds the stages that the lines "stage NAME" of the identity name, in their order. */
static spx_status add_stages(spx_store *s, const char *identity, spx_error *err)
{
    spx_status st = SPX_OK;
    char name[128];
    size_t t = 0, n = 0;
    const char *at = identity;
    for (const char *v = NULL; (v = spx_identity_value(at, "stage", &n)); at = v + n) {
        snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), v);
        SPX_TRY(spx_store_add_stage(s, name, (double)t++, err));
    }
out:
    return st;
}

/* Puts the result of an item into the run file. */
static spx_status replay_item(spx_store *s, const spx_journal *j, size_t item, spx_bytes *buffer,
                              FILE *out, FILE *notes, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_shard_record r = {0};
    SPX_TRY(spx_journal_get(j, item, buffer, err));
    SPX_TRY(spx_shard_record_read(buffer->data, buffer->size, &r, err));
    if (out) fwrite(r.out, 1, r.out_size, out);
    if (notes) fwrite(r.notes, 1, r.notes_size, notes);
    SPX_TRY(spx_store_replay(s, r.log, r.log_size, err));
out:
    return st;
}

/* *out <- the first journal that has the item. */
static spx_status find_item(spx_journal *const *from, size_t n, size_t item,
                            const spx_journal **out, spx_error *err)
{
    size_t k = 0;
    while (k < n && !spx_journal_has(from[k], item)) k++;
    if (k == n) return SPX_FAIL(err, SPX_ENOTFOUND, "item %zu is missing from all shards", item);
    *out = from[k];
    return SPX_OK;
}

spx_status spx_shards_write(spx_journal *const *from, size_t n, const char *path,
                            const char *command, FILE *out, FILE *notes, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    spx_bytes buffer = {0};
    SPX_TRY(spx_store_open(path, SPX_STORE_CREATE, &s, err));
    SPX_TRY(add_stages(s, spx_journal_identity(from[0]), err));
    for (size_t i = 0; i < spx_journal_items(from[0]); i++) {
        const spx_journal *j = NULL;
        SPX_TRY(find_item(from, n, i, &j, err));
        SPX_TRY(replay_item(s, j, i, &buffer, out, notes, err));
    }
    SPX_TRY(spx_store_set_text(s, "", "history", command, err));
    SPX_TRY(spx_store_commit(&s, err));
out:
    spx_store_close(s);
    spx_bytes_free(&buffer);
    return st;
}

spx_status spx_shards_gather(spx_journal *const *from, size_t n, const char *identity,
                             const char *path, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes whole = {0}, buffer = {0};
    spx_journal *to = NULL;
    const size_t items = spx_journal_items(from[0]);
    SPX_TRY(spx_bytes_add(&whole, identity, strlen(identity), err));
    SPX_TRY(spx_bytes_add_text(&whole, "shard 1/1\n", err));
    SPX_TRY(spx_journal_open(path, (const char *)whole.data, items, &to, err));
    for (size_t i = 0; i < items; i++) {
        const spx_journal *j = NULL;
        SPX_TRY(find_item(from, n, i, &j, err));
        SPX_TRY(spx_journal_get(j, i, &buffer, err));
        SPX_TRY(spx_journal_add(to, i, buffer.data, buffer.size, err));
    }
out:
    spx_journal_close(to);
    spx_bytes_free(&whole);
    spx_bytes_free(&buffer);
    return st;
}
