/* spx/bytes.h: bytes that grow, and reading them back within their bounds. */
#ifndef SPX_BYTES_H
#define SPX_BYTES_H

#include "spx/base.h"

#include <stdbool.h>
#include <stdint.h>

/* Start from {0}; free with spx_bytes_free. */
typedef struct spx_bytes {
    unsigned char *data;
    size_t size, room;
} spx_bytes;

/* Makes room for `size` more. */
SPX_CHECKED spx_status spx_bytes_room(spx_bytes *b, size_t size, spx_error *err);
SPX_CHECKED spx_status spx_bytes_add(spx_bytes *b, const void *data, size_t size, spx_error *err);
/* Eight bytes in this machine's order. */
SPX_CHECKED spx_status spx_bytes_add_number(spx_bytes *b, uint64_t x, spx_error *err);
/* A text with its NUL. */
SPX_CHECKED spx_status spx_bytes_add_text(spx_bytes *b, const char *text, spx_error *err);
void spx_bytes_free(spx_bytes *b);

/* What is left to be read; false from a function means that the bytes end before. */
typedef struct spx_reader {
    const unsigned char *at;
    size_t left;
} spx_reader;
/* Borrows the next `size` bytes. */
bool spx_reader_take(spx_reader *r, size_t size, const unsigned char **out);
bool spx_reader_number(spx_reader *r, uint64_t *out);
/* Borrows a text, whose NUL must be there. */
bool spx_reader_text(spx_reader *r, const char **out);

#endif
