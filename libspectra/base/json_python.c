/* json_python.c: what Python's json writes beyond JSON, rewritten as JSON: NaN, Infinity,
 * -Infinity, and numbers of any size. */
#include "base/json_python.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char marker[] = JSON_PYTHON_MARKER;
enum { WHOLE_DIGITS = 18 }; /* of a whole number that 64 bits hold */

/* What stands for a number that JSON does not have. */
static spx_status add_marked(spx_bytes *out, const char *name, spx_error *err)
{
    spx_status st = SPX_OK;
    SPX_TRY(spx_bytes_add(out, "{\"", 2, err));
    SPX_TRY(spx_bytes_add(out, marker, sizeof marker - 1, err));
    SPX_TRY(spx_bytes_add(out, "\":\"", 3, err));
    SPX_TRY(spx_bytes_add(out, name, strlen(name), err));
    SPX_TRY(spx_bytes_add(out, "\"}", 2, err));
out:
    return st;
}

/* The bytes of the text in quotes that begins at p. */
static size_t quoted(const char *p, size_t left)
{
    size_t n = 1;
    while (n < left && p[n] != '"') n += p[n] == '\\' && n + 1 < left ? 2 : 1;
    return n < left ? n + 1 : left;
}

static size_t number_length(const char *p, size_t left)
{
    size_t n = *p == '-';
    while (n < left && (isdigit((unsigned char)p[n]) || strchr("+-.eE", p[n])) && p[n]) n++;
    return n;
}

/* A number as it is; with e0 if it is whole and too large for 64 bits; Infinity if a double cannot
 * hold it. */
static spx_status add_number(spx_bytes *out, const char *p, size_t n, bool *changed, spx_error *err)
{
    spx_status st = SPX_OK;
    char text[512] = "";
    size_t digits = 0;
    while (digits < n && (isdigit((unsigned char)p[digits]) || p[digits] == '-')) digits++;
    memcpy(text, p,
           n < sizeof text ? n : sizeof text - 1); /* a longer whole number is infinite so, too */
    if ((n < sizeof text || digits == n) && isinf(strtod(text, NULL))) {
        *changed = true;
        return add_marked(out, *p == '-' ? "-inf" : "inf", err);
    }
    SPX_TRY(spx_bytes_add(out, p, n, err));
    if (digits != n || n <= WHOLE_DIGITS) goto out;
    *changed = true;
    SPX_TRY(spx_bytes_add(out, "e0", 2, err));
out:
    return st;
}

/* The name of a number that begins at p, and what it is called inside; NULL if there is none. */
static const char *name_at(const char *p, size_t left, size_t *n)
{
    static const char *const names[][2] = {
        {"NaN", "nan"}, {"Infinity", "inf"}, {"-Infinity", "-inf"}};
    for (size_t i = 0; i < 3; i++) {
        *n = strlen(names[i][0]);
        if (*n <= left && memcmp(p, names[i][0], *n) == 0) return names[i][1];
    }
    return NULL;
}

spx_status json_from_python(const char *text, size_t len, spx_bytes *out, bool *changed,
                            spx_error *err)
{
    spx_status st = SPX_OK;
    *changed = false;
    for (size_t i = 0, n = 0; i < len; i += n) {
        const char *p = text + i, *name = name_at(p, len - i, &n);
        if (name) {
            SPX_TRY(add_marked(out, name, err));
            *changed = true;
            continue;
        }
        const bool number = *p == '-' || isdigit((unsigned char)*p);
        n = *p == '"' ? quoted(p, len - i) : number ? number_length(p, len - i) : 1;
        if (number)
            SPX_TRY(add_number(out, p, n, changed, err));
        else
            SPX_TRY(spx_bytes_add(out, p, n, err));
    }
out:
    return st;
}
