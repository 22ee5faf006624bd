/* spx/names.h: lists of names and shell patterns from a command line. */
#ifndef SPX_NAMES_H
#define SPX_NAMES_H

#include "spx/base.h"

#include <stdbool.h>

#define SPX_NAMES_MAX 1024

/* Borrowed texts, in the order given. */
typedef struct spx_names {
    const char *item[SPX_NAMES_MAX];
    size_t n;
} spx_names;

/* True if the last characters of `text` are `end`. */
bool spx_ends_with(const char *text, const char *end);

/* True if text matches a shell pattern as fnmatch(3) defines it. */
bool spx_glob_match(const char *pattern, const char *text);

/* True if name is or matches one of the patterns, or if there are none: "experts.w2[3]" is found by
 * its own name though it is a pattern too. */
bool spx_names_match(const spx_names *globs, const char *name);

/* Compares like strcmp, but runs of digits as numbers: blk.2 comes before blk.10. */
int spx_natural_order(const char *a, const char *b);

#endif
