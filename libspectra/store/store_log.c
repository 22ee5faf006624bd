/* store_log.c: numbers by stage, remembered now and put into a run file later. */
#include "store/store.h"

#include <string.h>

spx_status spx_store_open_log(spx_store **out, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_store *s = NULL;
    *out = NULL;
    SPX_TRY(SPX_NEW(&s, 1, err));
    s->file = s->part.file = H5I_INVALID_HID;
    s->claim.fd = s->part.claim.fd = -1;
    SPX_TRY(spx_text_dup(&s->path, "log", err));
    SPX_TRY(SPX_NEW(&s->log, 1, err));
    *out = s;
    s = NULL;
out:
    spx_store_close(s);
    return st;
}

spx_bytes *spx_store_log(spx_store *s) { return s->log; }

/* Layout of a row: group, name, units, long_name, source, axis ("": none), stage, n, values. A row
 * without a name gives the true name of a tensor of the group in place of the units. */
spx_status store_log_row(spx_store *s, const char *group, const spx_quantity *q, size_t stage,
                         const char *axis, const double *values, size_t n, spx_error *err)
{
    const char *const text[] = {group,        q->name,   q->units,
                                q->long_name, q->source, axis ? axis : ""};
    spx_status st = SPX_OK;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        SPX_TRY(spx_bytes_add_text(s->log, text[i], err));
    SPX_TRY(spx_bytes_add_number(s->log, stage, err));
    SPX_TRY(spx_bytes_add_number(s->log, n, err));
    SPX_TRY(spx_bytes_add(s->log, values, n * sizeof *values, err));
out:
    return st;
}

spx_status store_log_name(spx_store *s, const char *group, const char *tensor, spx_error *err)
{
    static const double none[1];
    const spx_quantity q = {.name = "", .units = tensor, .long_name = "", .source = ""};
    return store_log_row(s, group, &q, 0, NULL, none, 0, err);
}

static spx_status replay_row(spx_store *s, spx_reader *r, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text[6];
    const unsigned char *bytes = NULL;
    uint64_t stage = 0, n = 0;
    double *values = NULL; /* a copy: the bytes need not be aligned */
    bool good = true;
    for (size_t i = 0; i < 6; i++) good = good && spx_reader_text(r, &text[i]);
    good = good && spx_reader_number(r, &stage) && spx_reader_number(r, &n) &&
           n <= r->left / sizeof(double) && spx_reader_take(r, n * sizeof(double), &bytes);
    if (!good) SPX_RAISE(err, SPX_EFORMAT, "%s: truncated: its log ends within a row", s->path);
    if (!*text[1]) return spx_store_say_name(s, text[0], text[2], err);
    SPX_TRY(SPX_NEW(&values, n, err));
    memcpy(values, bytes, n * sizeof(double));
    const spx_quantity q = {
        .name = text[1], .units = text[2], .long_name = text[3], .source = text[4]};
    st = spx_store_put_row(s, text[0], &q, stage, *text[5] ? text[5] : NULL, values, n, err);
out:
    spx_free(values);
    return st;
}

spx_status spx_store_replay(spx_store *s, const void *bytes, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_reader r = {bytes, size};
    while (r.left > 0) SPX_TRY(replay_row(s, &r, err));
out:
    return st;
}
