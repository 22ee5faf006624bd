/* records.h: files of records, a JSON array of objects or JSON lines; arrays that grow. */
#ifndef SPX_EVAL_RECORDS_H
#define SPX_EVAL_RECORDS_H

#include "spx/json.h"

typedef struct record_opts {
    size_t items;  /* records read at most; 0: all */
    bool skip_bad; /* count malformed records instead of failing */
} record_opts;

/* One record of the file, the place-th from 0; the texts of r are borrowed for the call. */
typedef spx_status record_fn(const spx_json *r, size_t place, void *into, spx_error *err);

/* Calls fn on each record in order. A record that is not an object, or that fn refuses with
 * SPX_EFORMAT, is counted in *skipped or ends the reading; the message then begins with the file,
 * the record or line, and the id. SPX_EINVAL if fewer than o->items were read. */
SPX_CHECKED spx_status records_each(const char *path, const record_opts *o, record_fn *fn,
                                    void *into, size_t *skipped, spx_error *err);

/* A required field, a text that is not empty; SPX_EFORMAT names it. */
SPX_CHECKED spx_status record_text(const spx_json *r, const char *key, const char **out,
                                   spx_error *err);

/* Makes room for one item after the first n of *array, an array from SPX_NEW or NULL that has room
 * for *room items. */
#define ARRAY_GROW(array, room, n, err) array_grow((array), (room), (n), sizeof **(array), (err))
SPX_CHECKED spx_status array_grow(void *array, size_t *room, size_t n, size_t size, spx_error *err);

/* Bytes of a text. */
typedef struct span {
    const char *at;
    size_t len;
} span;
/* The text without the white space around it (Unicode's property White_Space). */
span text_trimmed(const char *text);
/* The same in two: its last word, and what stands before that and the white space between them.
 * False for a text of fewer than two words. */
bool text_last_word(const char *text, span *context, span *word);

#endif
