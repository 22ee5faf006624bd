/* names.c: rows found by name, and lists of names. */
#include "spx/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST_COMPARED 64 /* longer names are compared up to here */

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* The least of the entries that a cell (i, j) of the table of distances depends on, plus their
 * costs; row[1] is the row above, row[2] the one above that. */
static size_t cell_distance(const char *a, const char *b, size_t i, size_t j, size_t *const row[3])
{
    const bool swapped =
        i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
    size_t least = row[1][j - 1] + !same_letter(a[i - 1], b[j - 1]);
    if (row[1][j] + 1 < least) least = row[1][j] + 1;
    if (row[0][j - 1] + 1 < least) least = row[0][j - 1] + 1;
    if (swapped && row[2][j - 2] + 1 < least) least = row[2][j - 2] + 1;
    return least;
}

size_t spx_edit_distance(const char *a, const char *b)
{
    size_t rows[3][MOST_COMPARED + 1] = {{0}};
    size_t *row[3] = {rows[0], rows[1], rows[2]};
    const size_t n = strnlen(a, MOST_COMPARED), m = strnlen(b, MOST_COMPARED);
    for (size_t j = 0; j <= m; j++) row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *oldest = row[2];
        row[2] = row[1];
        row[1] = row[0];
        row[0] = oldest;
        row[0][0] = i;
        for (size_t j = 1; j <= m; j++) row[0][j] = cell_distance(a, b, i, j, row);
    }
    return row[0][m];
}

/* A third of the letters may be wrong, or one of a short name, and none of a single letter. */
const char *spx_nearest_name(const char *name, spx_name_fn *name_of, const void *table)
{
    const char *row = NULL, *nearest = NULL;
    const size_t len = strlen(name);
    size_t least = len < 6 ? 2 : len / 3 + 1;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++) {
        const size_t distance = spx_edit_distance(name, row);
        if (distance >= least || distance >= len || distance >= strlen(row)) continue;
        least = distance;
        nearest = row;
    }
    return nearest;
}

/* The fewest changes that make `part` into some part of `text`: as spx_edit_distance, but what
 * stands before and after costs nothing (Sellers 1980). */
static size_t part_distance(const char *part, const char *text)
{
    const size_t n = strnlen(part, MOST_COMPARED);
    size_t column[MOST_COMPARED + 1], least = n;
    for (size_t i = 0; i <= n; i++) column[i] = i;
    for (; *text; text++) {
        size_t before = column[0]; /* of the letter before, one row up */
        for (size_t i = 1; i <= n; i++) {
            size_t best = before + !same_letter(part[i - 1], *text);
            if (column[i] + 1 < best) best = column[i] + 1;
            if (column[i - 1] + 1 < best) best = column[i - 1] + 1;
            before = column[i];
            column[i] = best;
        }
        if (column[n] < least) least = column[n];
    }
    return least;
}

const char *spx_nearest_match(const char *glob, spx_name_fn *name_of, const void *table)
{
    char part[MOST_COMPARED + 1] = "";
    const char *row = NULL, *nearest = NULL;
    size_t n = 0;
    for (const char *c = glob; *c && n < MOST_COMPARED; c++)
        if (!strchr("*?[]", *c)) part[n++] = *c;
    size_t least = n > 0 ? n / 2 + 1 : 0;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++) {
        const size_t distance = part_distance(part, row);
        if (distance >= least) continue;
        least = distance;
        nearest = row;
    }
    return nearest;
}

/* "A, B, C", or "A, B and 7 more" where they do not fit. */
static void list_names(spx_name_fn *name_of, const void *table, char *out, size_t size)
{
    static const size_t rest = sizeof " and 18446744073709551615 more";
    const char *row = NULL;
    size_t used = 0, more = 0;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++)
        if (more > 0 || used + strlen(row) + rest + 2 > size)
            more++;
        else
            used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", row);
    if (more > 0) snprintf(out + used, size - used, " and %zu more", more);
}

spx_status spx_unknown_name(spx_status status, const char *what, const char *name,
                            spx_name_fn *name_of, const void *table, spx_error *err)
{
    char known[800] = ""; /* leaves room for the rest of an spx_error's text */
    const char *nearest = spx_nearest_name(name, name_of, table);
    list_names(name_of, table, known, sizeof known);
    return SPX_FAIL(err, status, "unknown %s '%.100s'%s%s%s (expected one of: %s)", what, name,
                    nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "",
                    known);
}

spx_status spx_find_name(const char *what, const char *name, spx_name_fn *name_of,
                         const void *table, size_t *out, spx_error *err)
{
    const char *row = NULL;
    for (size_t i = 0; (row = name_of(table, i)) != NULL; i++) {
        *out = i;
        if (strcmp(row, name) == 0) return SPX_OK;
    }
    return spx_unknown_name(SPX_EINVAL, what, name, name_of, table, err);
}

void spx_option_name(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s", name);
    for (char *c = out; *c; c++)
        if (*c == '_') *c = '-';
}

bool spx_count_read(const char **text, size_t *out)
{
    size_t x = 0;
    const char *at = *text;
    for (; isdigit((unsigned char)*at); at++) {
        const size_t digit = (size_t)(*at - '0');
        if (x > (SIZE_MAX - digit) / 10) return false;
        x = 10 * x + digit;
    }
    if (at == *text) return false;
    *text = at;
    *out = x;
    return true;
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

/* Compares the numbers that begin at *a and *b, which move to their last digits. */
static int digits_order(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    const size_t n = strspn(*a, "0123456789"), m = strspn(*b, "0123456789");
    const int order = n != m ? (n < m ? -1 : 1) : strncmp(*a, *b, n);
    *a += n;
    *b += n;
    --*a;
    --*b;
    return order;
}

int spx_natural_order(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            const int order = digits_order(&a, &b);
            if (order != 0) return order;
        } else if (*a != *b)
            break;
    }
    return (unsigned char)*a - (unsigned char)*b;
}
