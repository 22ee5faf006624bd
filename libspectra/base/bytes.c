/* bytes.c: a growing buffer of bytes, and a reader that stays within its bounds. */
#include "spx/bytes.h"

#include <string.h>

spx_status spx_bytes_room(spx_bytes *b, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    unsigned char *data = NULL;
    if (size <= b->room - b->size) return SPX_OK;
    if (size > SIZE_MAX / 2 - b->size)
        SPX_RAISE(err, SPX_ENOMEM, "cannot allocate %zu more bytes", size);
    const size_t room = b->size + size > 2 * b->room ? b->size + size : 2 * b->room;
    SPX_TRY(SPX_NEW(&data, room, err));
    if (b->size > 0) memcpy(data, b->data, b->size);
    spx_free(b->data);
    b->data = data;
    b->room = room;
out:
    return st;
}

spx_status spx_bytes_add(spx_bytes *b, const void *data, size_t size, spx_error *err)
{
    const spx_status st = spx_bytes_room(b, size, err);
    if (st != SPX_OK || size == 0) return st;
    memcpy(b->data + b->size, data, size);
    b->size += size;
    return SPX_OK;
}

spx_status spx_bytes_add_number(spx_bytes *b, uint64_t x, spx_error *err)
{
    return spx_bytes_add(b, &x, sizeof x, err);
}

spx_status spx_bytes_add_text(spx_bytes *b, const char *text, spx_error *err)
{
    return spx_bytes_add(b, text, strlen(text) + 1, err);
}

void spx_bytes_free(spx_bytes *b)
{
    spx_free(b->data);
    *b = (spx_bytes){0};
}

bool spx_reader_take(spx_reader *r, size_t size, const unsigned char **out)
{
    if (size > r->left) return false;
    *out = r->at;
    r->at += size;
    r->left -= size;
    return true;
}

bool spx_reader_number(spx_reader *r, uint64_t *out)
{
    const unsigned char *bytes = NULL;
    if (!spx_reader_take(r, sizeof *out, &bytes)) return false;
    memcpy(out, bytes, sizeof *out);
    return true;
}

bool spx_reader_text(spx_reader *r, const char **out)
{
    const unsigned char *end = r->left > 0 ? memchr(r->at, '\0', r->left) : NULL;
    const unsigned char *text = NULL;
    if (!end || !spx_reader_take(r, (size_t)(end - r->at) + 1, &text)) return false;
    *out = (const char *)text;
    return true;
}
