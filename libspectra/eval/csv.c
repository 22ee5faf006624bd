/* csv.c: records of a CSV file, unquoted in place. */
#include "eval/csv.h"

#include "spx/file.h"

#include <string.h>

/* Where the next field is read from and written to: unquoting never makes it longer. */
typedef struct cursor {
    char *at;
    size_t line;
} cursor;

/* A field, NUL-terminated; *last: it ends its record. */
static spx_status field(cursor *c, const char **out, bool *last, spx_error *err)
{
    const size_t began = c->line;
    char *from = c->at, *to = c->at;
    const bool quoted = *from == '"';
    *out = to;
    if (quoted) from++;
    while (*from && (quoted || (*from != ',' && *from != '\n' && strncmp(from, "\r\n", 2) != 0))) {
        if (quoted && *from == '"') {
            if (from[1] != '"') break;
            from++;
        }
        c->line += *from == '\n';
        *to++ = *from++;
    }
    if (quoted && *from != '"')
        return SPX_FAIL(err, SPX_EFORMAT, "line %zu: a quote is never closed", began);
    from += quoted;
    from += strncmp(from, "\r\n", 2) == 0;
    if (*from && *from != ',' && *from != '\n')
        return SPX_FAIL(err, SPX_EFORMAT, "line %zu: text behind a closing quote", c->line);
    *last = *from != ',';
    c->line += *from == '\n';
    c->at = *from ? from + 1 : from;
    *to = '\0';
    return SPX_OK;
}

static spx_status record(cursor *c, csv_fn *fn, void *into, spx_error *err)
{
    const char *fields[CSV_FIELDS];
    const size_t line = c->line;
    size_t n = 0;
    for (bool last = false; !last; n++) {
        if (n == CSV_FIELDS)
            return SPX_FAIL(err, SPX_EFORMAT, "line %zu: more than %d fields", line, CSV_FIELDS);
        const spx_status st = field(c, &fields[n], &last, err);
        if (st != SPX_OK) return st;
    }
    return fn(fields, n, line, into, err);
}

spx_status csv_each(const char *path, csv_fn *fn, void *into, const bool *stop, spx_error *err)
{
    char *text = NULL;
    size_t len = 0;
    spx_status st = spx_file_text(path, &text, &len, err);
    if (st != SPX_OK) return st;
    cursor c = {strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text, 1};
    while (st == SPX_OK && *c.at && !*stop) st = record(&c, fn, into, err);
    if (st != SPX_OK) spx_prefix(err, "%s", path);
    spx_free(text);
    return st;
}
