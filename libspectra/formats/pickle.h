/* pickle.h: a restricted unpickler: data of a few plain kinds, and calls from a closed list. */
#ifndef SPX_FORMATS_PICKLE_H
#define SPX_FORMATS_PICKLE_H

#include "spx/base.h"

#include <stdbool.h>
#include <stdint.h>

/* Nothing is imported and no code is run: a name that is not on the list gives SPX_EUNSUP. */

typedef enum pickle_kind {
    PICKLE_NONE,
    PICKLE_BOOL,
    PICKLE_INT,
    PICKLE_REAL,
    PICKLE_TEXT,
    PICKLE_GLOBAL, /* integer: index in the list of names */
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICT,   /* items: key, value, key, value ... */
    PICKLE_OBJECT, /* made by the caller's functions; a set has integer -1. Items added are dropped
                    */
    PICKLE_MARK,   /* used inside the machine only */
} pickle_kind;

struct pickle_items;
typedef struct pickle_value {
    pickle_kind kind;
    int64_t integer;
    double real;
    const char *text; /* not terminated; lies in the pickle */
    size_t len;
    struct pickle_items *items;
    void *object;
} pickle_value;

typedef struct pickle_items {
    size_t n, room;
    pickle_value *at;
} pickle_items;

/* The names that a pickle may use, and what calls of them give. */
typedef struct pickle_rules {
    const char *const *globals; /* "module.name", ended by NULL */
    /* *out: the result of global(args...). */
    spx_status (*call)(void *arg, int64_t global, const pickle_value *args, pickle_value *out,
                       spx_error *err);
    /* *out: the object of a persistent id. */
    spx_status (*persistent)(void *arg, const pickle_value *id, pickle_value *out, spx_error *err);
    void *arg;
    const char *name; /* name of the file, for messages */
} pickle_rules;

/* Runs the pickle (protocols 2 to 5); everything in *out lives until tmp is released. */
SPX_CHECKED spx_status pickle_load(const unsigned char *data, size_t size,
                                   const pickle_rules *rules, pickle_value *out, spx_scratch *tmp,
                                   spx_error *err);

/* An empty tuple, list or dict, which lives until tmp is released. */
SPX_CHECKED spx_status pickle_new_items(pickle_value *v, pickle_kind kind, spx_scratch *tmp,
                                        spx_error *err);
/* The value under a key of a dict, or NULL. */
const pickle_value *pickle_get(const pickle_value *dict, const char *key);
bool pickle_text_is(const pickle_value *v, const char *text);

#endif
