/* nfc.c: text composed segment by segment (utf8proc), so that it is known where its bytes are from.
 *
 * A segment is a character and the marks behind it: nothing composes across a boundary before a
 * character that is neither a mark nor a vowel or final consonant of Hangul, for all others have
 * the property NFC_Quick_Check other than Maybe and combining class 0. Characters below U+0300
 * alone are composed already. No text becomes longer than three times its bytes (UAX #15). */
#include "model/nfc.h"

#include <string.h>
#include <utf8proc.h>

enum { PLAIN_BELOW = 0x300, MOST_GROWTH = 3 };
static const utf8proc_option_t form_c = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

static bool joins(utf8proc_int32_t c)
{
    const utf8proc_category_t kind = utf8proc_category(c);
    return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC ||
           kind == UTF8PROC_CATEGORY_ME || (c >= 0x1160 && c <= 0x11ff);
}

/* Bytes of the first segment, 0 if they are not UTF-8; plain: it is one that needs no composing. */
static size_t segment(const char *text, size_t len, bool *plain)
{
    size_t at = 0;
    *plain = false;
    for (size_t n = 0; at < len; n++) {
        utf8proc_int32_t c = (unsigned char)text[at];
        const size_t bytes = c < 0x80 ? 1 : spx_utf8_bytes(text + at, len - at);
        if (bytes == 0) return n > 0 ? at : 0;
        if (bytes > 1)
            (void)utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)bytes,
                                   &c);
        if (n > 0 && !(c >= PLAIN_BELOW && joins(c))) break;
        *plain = n == 0 && c < PLAIN_BELOW;
        at += bytes;
    }
    return at;
}

/* Where a segment is composed. */
typedef struct desk {
    utf8proc_int32_t *code;
    size_t room, bytes; /* of the composed text, which stands in code's memory */
    spx_scratch *tmp;
} desk;

static spx_status compose(desk *d, const char *text, size_t len, spx_error *err)
{
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)text;
    const utf8proc_ssize_t size = (utf8proc_ssize_t)len;
    void *mem = NULL;
    utf8proc_ssize_t n = utf8proc_decompose(from, size, NULL, 0, form_c);
    if (n >= 0 && (size_t)n >= d->room) {
        d->room = 2 * (size_t)n + 16;
        const spx_status st = spx_scratch_alloc(d->tmp, &mem, d->room, sizeof *d->code, err);
        if (st != SPX_OK) return st;
        d->code = mem;
    }
    if (n >= 0) n = utf8proc_decompose(from, size, d->code, (utf8proc_ssize_t)d->room, form_c);
    if (n >= 0) n = utf8proc_reencode(d->code, n, form_c);
    if (n < 0) return SPX_FAIL(err, SPX_EINVAL, "text: %s", utf8proc_errmsg(n));
    d->bytes = (size_t)n;
    return SPX_OK;
}

/* The next segment, composed on the desk unless it is plain. */
static spx_status next(desk *d, const char *text, size_t len, size_t at, size_t *bytes,
                       bool *changed, spx_error *err)
{
    bool plain = false;
    *changed = false;
    *bytes = segment(text + at, len - at, &plain);
    if (*bytes == 0) return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu", at);
    if (plain) return SPX_OK;
    const spx_status st = compose(d, text + at, *bytes, err);
    *changed = st == SPX_OK && (d->bytes != *bytes || memcmp(d->code, text + at, *bytes) != 0);
    return st;
}

/* Does anything of the text change? */
static spx_status is_composed(desk *d, const char *text, size_t len, bool *out, spx_error *err)
{
    spx_status st = SPX_OK;
    bool changed = false;
    size_t bytes = 0;
    for (size_t at = 0; st == SPX_OK && at < len && !changed; at += bytes)
        st = next(d, text, len, at, &bytes, &changed, err);
    *out = !changed;
    return st;
}

/* Appends `bytes` bytes that stood from `at` on in the text; those of a changed segment are all
 * from its first one. */
static void append(nfc_text *out, char *text, size_t *from, const void *source, size_t bytes,
                   size_t at, bool changed)
{
    memcpy(text + out->len, source, bytes);
    for (size_t i = 0; i < bytes; i++) from[out->len + i] = changed ? at : at + i;
    out->len += bytes;
}

spx_status nfc_compose(const char *text, size_t len, nfc_text *out, spx_scratch *tmp,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    desk d = {.tmp = tmp};
    void *copy = NULL, *from = NULL;
    bool same = false, changed = false;
    size_t bytes = 0;
    *out = (nfc_text){text, len, NULL};
    SPX_TRY(is_composed(&d, text, len, &same, err));
    if (same) goto out;
    SPX_TRY(spx_scratch_alloc(tmp, &copy, MOST_GROWTH * len, 1, err));
    SPX_TRY(spx_scratch_alloc(tmp, &from, MOST_GROWTH * len + 1, sizeof(size_t), err));
    out->len = 0;
    for (size_t at = 0; at < len; at += bytes) {
        SPX_TRY(next(&d, text, len, at, &bytes, &changed, err));
        const void *source = changed ? (const void *)d.code : text + at;
        append(out, copy, from, source, changed ? d.bytes : bytes, at, changed);
    }
    ((size_t *)from)[out->len] = len;
    out->text = copy;
    out->from = from;
out:
    return st;
}
