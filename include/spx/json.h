/* spx/json.h: JSON read, changed in place and written (jansson). */
#ifndef SPX_JSON_H
#define SPX_JSON_H

#include "spx/base.h"

#include <stdbool.h>

/* A value inside a document, borrowed from it. Every reader below accepts NULL, which stands for
 * an absent value. */
typedef struct json_t spx_json;

/* Reads a whole document from a file or from memory, where `name` stands in messages. A byte order
 * mark is skipped; duplicate keys and NULs in texts are rejected. SPX_EFORMAT gives line and
 * column; SPX_EIO names the file. Release the root with spx_json_free. */
SPX_CHECKED spx_status spx_json_read(const char *path, spx_json **out, spx_error *err);
SPX_CHECKED spx_status spx_json_parse(const char *text, size_t len, const char *name,
                                      spx_json **out, spx_error *err);
/* The same for what Python's json writes: NaN, Infinity and -Infinity, which only spx_json_number
 * sees, and whole numbers of any size, which become reals. */
SPX_CHECKED spx_status spx_json_read_python(const char *path, spx_json **out, spx_error *err);
SPX_CHECKED spx_status spx_json_parse_python(const char *text, size_t len, const char *name,
                                             spx_json **out, spx_error *err);
void spx_json_free(spx_json *root);

/* Member of an object or NULL; element of an array or NULL; length of an array or object or 0. */
const spx_json *spx_json_get(const spx_json *v, const char *key);
const spx_json *spx_json_at(const spx_json *v, size_t i);
size_t spx_json_size(const spx_json *v);
bool spx_json_is_array(const spx_json *v);
bool spx_json_is_object(const spx_json *v);
/* Key of member i of an object, in file order, or NULL; *value gets its value unless it is NULL.
 * Costs i steps: use spx_json_each for all members. */
const char *spx_json_key(const spx_json *v, size_t i, const spx_json **value);

/* Calls f for the members of an object in file order until one call fails; returns its status. */
typedef spx_status spx_json_member_fn(void *arg, const char *key, const spx_json *value);
SPX_CHECKED spx_status spx_json_each(const spx_json *object, spx_json_member_fn *f, void *arg);

/* The text of a string, NUL-terminated and without a NUL inside, or NULL. */
const char *spx_json_text(const spx_json *v);
/* True, with *out set, if v is a number (integer or real); if v is a boolean. */
bool spx_json_number(const spx_json *v, double *out);
bool spx_json_bool(const spx_json *v, bool *out);

/* Sets `key` in the object `member` of root to a text, a whole number or an array of n of them
 * (below 2^63). Members keep their order. SPX_ENOTFOUND if root has no such object. */
SPX_CHECKED spx_status spx_json_put_text(spx_json *root, const char *member, const char *key,
                                         const char *text, spx_error *err);
SPX_CHECKED spx_status spx_json_put_whole(spx_json *root, const char *member, const char *key,
                                          size_t x, spx_error *err);
SPX_CHECKED spx_status spx_json_put_wholes(spx_json *root, const char *member, const char *key,
                                           const size_t *x, size_t n, spx_error *err);
/* Takes the member of that name out of an object, if it has one. */
void spx_json_remove(spx_json *object, const char *key);
/* Takes `key` out of the object `member` of root. */
void spx_json_remove_from(spx_json *root, const char *member, const char *key);
/* Sets `key` in root to an empty object; in the object `member` of root to n texts. */
SPX_CHECKED spx_status spx_json_put_object(spx_json *root, const char *key, spx_error *err);
SPX_CHECKED spx_status spx_json_put_texts(spx_json *root, const char *member, const char *key,
                                          const char *const *x, size_t n, spx_error *err);
/* The document as text of *len bytes and a NUL, indented by `indent` spaces or, for 0, in one line;
 * numbers have 17 digits. Free with spx_free. */
SPX_CHECKED spx_status spx_json_write(const spx_json *root, size_t indent, char **out, size_t *len,
                                      spx_error *err);

#endif
