/* names.c: rows found by name, and lists of names. */
#include "spx/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

spx_status spx_find_name(const char *what, const char *name, spx_name_fn *name_of,
                         const void *table, size_t *out, spx_error *err)
{
    char known[400] = ""; /* leaves room for the rest of an spx_error's text */
    const char *row = NULL;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++) {
        const size_t used = strlen(known);
        *out = i;
        if (strcmp(row, name) == 0) return SPX_OK;
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", row);
    }
    return SPX_FAIL(err, SPX_EINVAL, "unknown %s '%s' (expected one of: %s)", what, name, known);
}

bool spx_ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

bool spx_glob_match(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, 0) == 0;
}

bool spx_names_match(const spx_names *globs, const char *name)
{
    for (size_t i = 0; i < globs->n; i++)
        if (strcmp(globs->item[i], name) == 0 || spx_glob_match(globs->item[i], name)) return true;
    return globs->n == 0;
}

int spx_natural_order(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *end_a = NULL, *end_b = NULL;
            const unsigned long long x = strtoull(a, &end_a, 10), y = strtoull(b, &end_b, 10);
            if (x != y) return x < y ? -1 : 1;
            a = end_a - 1;
            b = end_b - 1;
        } else if (*a != *b)
            break;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
