/* nfc.c: composes text segment by segment (utf8proc), so that the origin of each byte is known.
 *
 * A segment is a character and the marks that follow it. Nothing composes across a boundary before
 * a character that is neither a mark nor a vowel or final consonant of Hangul: all others have
 * combining class 0 and an NFC_Quick_Check other than Maybe. Single characters below U+0300 are
 * composed already. No text grows to more than three times its bytes (UAX #15). */
#include "model/nfc.h"

#include <string.h>
#include <utf8proc.h>

enum { PLAIN_BELOW = 0x300, MOST_GROWTH = 3 };
static const utf8proc_option_t form_c = UTF8PROC_STABLE | UTF8PROC_COMPOSE;

/* True for characters that may compose with the one before. */
static bool may_compose(utf8proc_int32_t c)
{
    const utf8proc_category_t kind = utf8proc_category(c);
    return kind == UTF8PROC_CATEGORY_MN || kind == UTF8PROC_CATEGORY_MC ||
           kind == UTF8PROC_CATEGORY_ME || (c >= 0x1160 && c <= 0x11ff);
}

/* Bytes of the first segment, or 0 if they are not UTF-8; *plain: it needs no composing. */
static size_t segment_bytes(const char *text, size_t len, bool *plain)
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
        if (n > 0 && !(c >= PLAIN_BELOW && may_compose(c))) break;
        *plain = n == 0 && c < PLAIN_BELOW;
        at += bytes;
    }
    return at;
}

/* The workspace in which a segment is composed. */
typedef struct composer {
    utf8proc_int32_t *code;
    size_t room, bytes; /* of the composed text, which is in the memory of code */
    spx_scratch *tmp;
} composer;

static spx_status compose_segment(composer *d, const char *text, size_t len, spx_error *err)
{
    const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)text;
    const utf8proc_ssize_t size = (utf8proc_ssize_t)len;
    spx_status st = SPX_OK;
    utf8proc_ssize_t n = utf8proc_decompose(from, size, NULL, 0, form_c);
    if (n >= 0 && (size_t)n >= d->room) {
        d->room = 2 * (size_t)n + 16;
        SPX_TRY(SPX_SCRATCH(d->tmp, &d->code, d->room, err));
    }
    if (n >= 0) n = utf8proc_decompose(from, size, d->code, (utf8proc_ssize_t)d->room, form_c);
    if (n >= 0) n = utf8proc_reencode(d->code, n, form_c);
    if (n < 0) SPX_RAISE(err, SPX_EINVAL, "text: %s", utf8proc_errmsg(n));
    d->bytes = (size_t)n;
out:
    return st;
}

/* The next segment, composed unless it is plain. */
static spx_status next_segment(composer *d, const char *text, size_t len, size_t at, size_t *bytes,
                               bool *changed, spx_error *err)
{
    spx_status st = SPX_OK;
    bool plain = false;
    *changed = false;
    *bytes = segment_bytes(text + at, len - at, &plain);
    if (*bytes == 0) return SPX_FAIL(err, SPX_EINVAL, "text is not UTF-8 at byte %zu", at);
    if (plain) return SPX_OK;
    SPX_TRY(compose_segment(d, text + at, *bytes, err));
    *changed = d->bytes != *bytes || memcmp(d->code, text + at, *bytes) != 0;
out:
    return st;
}

/* *out: composing would change nothing. */
static spx_status check_composed(composer *d, const char *text, size_t len, bool *out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    bool changed = false;
    size_t bytes = 0;
    for (size_t at = 0; at < len && !changed; at += bytes)
        SPX_TRY(next_segment(d, text, len, at, &bytes, &changed, err));
    *out = !changed;
out:
    return st;
}

/* Appends `bytes` bytes that come from byte `at` on of the text; those of a changed segment all
 * come from its first one. */
static void append_bytes(nfc_text *out, char *text, size_t *from, const void *source, size_t bytes,
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
    composer d = {.tmp = tmp};
    char *copy = NULL;
    size_t *from = NULL;
    bool same = false, changed = false;
    size_t bytes = 0;
    *out = (nfc_text){text, len, NULL};
    SPX_TRY(check_composed(&d, text, len, &same, err));
    if (same) goto out;
    SPX_TRY(SPX_SCRATCH(tmp, &copy, MOST_GROWTH * len, err));
    SPX_TRY(SPX_SCRATCH(tmp, &from, MOST_GROWTH * len + 1, err));
    out->len = 0;
    for (size_t at = 0; at < len; at += bytes) {
        SPX_TRY(next_segment(&d, text, len, at, &bytes, &changed, err));
        const void *source = changed ? (const void *)d.code : text + at;
        append_bytes(out, copy, from, source, changed ? d.bytes : bytes, at, changed);
    }
    from[out->len] = len;
    out->text = copy;
    out->from = from;
out:
    return st;
}
