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

/* Fewest insertions, deletions, replacements and swaps of neighbours that make a into b (optimal
 * string alignment; Damerau 1964). Upper and lower case are the same; of longer names the first 64
 * bytes count. Cost O(len(a) len(b)). */
size_t spx_edit_distance(const char *a, const char *b);
/* The row of a table whose name a misspelt one was meant to be; NULL if none is near. */
const char *spx_nearest_name(const char *name, spx_name_fn *name_of, const void *table);

/* The row whose name has the part that is most like a shell pattern that matches none, its
 * wildcards aside; NULL if more than half of its letters would have to change. */
const char *spx_nearest_match(const char *glob, spx_name_fn *name_of, const void *table);

/* out <- the option of the command line that a name of presets, plans or run files has: '-' for
 * '_', cut to size - 1 characters. */
void spx_option_name(const char *name, char *out, size_t size);

/* A whole number of decimal digits at *text, which moves past it. False without a digit there, or
 * if it is above SIZE_MAX; then *text and *out are as they were. */
bool spx_count_read(const char **text, size_t *out);

/* Compares like strcmp, but runs of digits as numbers: blk.2 comes before blk.10. */
int spx_natural_order(const char *a, const char *b);

#endif
