/* records.h: files of records, a JSON array of objects or JSON lines; arrays that grow. */
#ifndef SPX_EVAL_RECORDS_H
#define SPX_EVAL_RECORDS_H

#include "spx/json.h"

typedef struct record_opts {
    size_t items;  /* records taken at most; 0: all */
    bool skip_bad; /* count malformed records instead of failing */
} record_opts;

/* One record of the file, the place-th from 0; texts of r are borrowed for the call. */
typedef spx_status record_fn(const spx_json *r, size_t place, void *into, spx_error *err);

/* Calls fn on each record in order. One that is no object, or that fn refuses with SPX_EFORMAT,
 * ends it with file, record or line, and id before the message, or is counted in *skipped.
 * SPX_EINVAL if fewer than o->items were taken. */
SPX_CHECKED spx_status records_each(const char *path, const record_opts *o, record_fn *fn,
                                    void *into, size_t *skipped, spx_error *err);

/* A text field that must be there and not empty; SPX_EFORMAT names it. */
SPX_CHECKED spx_status record_text(const spx_json *r, const char *key, const char **out,
                                   spx_error *err);

/* Makes room for one more item behind n in *array (a pointer to an array of items of `size` bytes
 * from spx_alloc, or NULL); *room is how many it holds. */
SPX_CHECKED spx_status array_grow(void *array, size_t *room, size_t n, size_t size, spx_error *err);

/* spx_scratch_alloc into a pointer of any type: out is the address of one. */
SPX_CHECKED spx_status scratch_array(spx_scratch *tmp, void *out, size_t n, size_t size,
                                     spx_error *err);

#endif
