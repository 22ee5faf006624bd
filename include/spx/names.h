/* spx/names.h: lists of names and globs, as a command line gives them. */
#ifndef SPX_NAMES_H
#define SPX_NAMES_H

#include "spx/base.h"

#include <stdbool.h>

#define SPX_NAMES_MAX 1024

/* Borrowed texts, in the order in which they were given. */
typedef struct spx_names {
    const char *item[SPX_NAMES_MAX];
    size_t n;
} spx_names;

/* True if the last characters of `text` are `end`. */
bool spx_ends_with(const char *text, const char *end);

/* Shell pattern match: * and ? as fnmatch(3) has them. */
bool spx_glob_match(const char *pattern, const char *text);

/* True if `name` matches one of the globs, or if there are none. */
bool spx_names_match(const spx_names *globs, const char *name);

/* Orders as strcmp does, but compares runs of digits as numbers: blk.2 before blk.10. */
int spx_natural_order(const char *a, const char *b);

#endif
