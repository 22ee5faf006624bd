/* spx/bytes.h: a growing buffer of bytes, and a reader that stays within its bounds. */
#ifndef SPX_BYTES_H
#define SPX_BYTES_H

#include "spx/base.h"

#include <stdbool.h>
#include <stdint.h>

/* Start from {0}; free with spx_bytes_free. A function that fails leaves the content unchanged. */
typedef struct spx_bytes {
    unsigned char *data;
    size_t size, room;
} spx_bytes;

/* Makes room for `size` more bytes; room at least doubles when it grows. */
SPX_CHECKED spx_status spx_bytes_room(spx_bytes *b, size_t size, spx_error *err);
SPX_CHECKED spx_status spx_bytes_add(spx_bytes *b, const void *data, size_t size, spx_error *err);
/* Adds eight bytes in this machine's order. */
SPX_CHECKED spx_status spx_bytes_add_number(spx_bytes *b, uint64_t x, spx_error *err);
/* Adds a text with its NUL. */
SPX_CHECKED spx_status spx_bytes_add_text(spx_bytes *b, const char *text, spx_error *err);
void spx_bytes_free(spx_bytes *b);

/* The bytes that are still to be read. A function that would read past their end returns false and
 * reads nothing. */
typedef struct spx_reader {
    const unsigned char *at;
    size_t left;
} spx_reader;
/* Borrows the next `size` bytes. */
bool spx_reader_take(spx_reader *r, size_t size, const unsigned char **out);
/* Reads what spx_bytes_add_number added. */
bool spx_reader_number(spx_reader *r, uint64_t *out);
/* Borrows a text; false if no NUL ends it. */
bool spx_reader_text(spx_reader *r, const char **out);

#endif
