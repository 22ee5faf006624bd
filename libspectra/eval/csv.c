/* csv.c: records of a CSV file, unquoted in place. */
#include "eval/csv.h"

#include "spx/file.h"

#include <string.h>

/* Where the next field is read, and written unquoted: that is never longer. */
typedef struct cursor {
    char *at;
    size_t line;
} cursor;

/* Reads a field, NUL-terminated; *last: it ends its record. */
static spx_status read_field(cursor *c, const char **out, bool *last, spx_error *err)
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
        return SPX_FAIL(err, SPX_EFORMAT, "line %zu: unterminated quoted field", began);
    from += quoted;
    from += strncmp(from, "\r\n", 2) == 0;
    if (*from && *from != ',' && *from != '\n')
        return SPX_FAIL(err, SPX_EFORMAT, "line %zu: text after a closing quote", c->line);
    *last = *from != ',';
    c->line += *from == '\n';
    c->at = *from ? from + 1 : from;
    *to = '\0';
    return SPX_OK;
}

static spx_status read_fields(cursor *c, csv_fn *fn, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    const char *fields[CSV_FIELDS];
    const size_t line = c->line;
    size_t n = 0;
    for (bool last = false; !last; n++) {
        if (n == CSV_FIELDS)
            SPX_RAISE(err, SPX_EFORMAT, "line %zu: more than %d fields", line, CSV_FIELDS);
        SPX_TRY(read_field(c, &fields[n], &last, err));
    }
    SPX_TRY(fn(fields, n, line, into, err));
out:
    return st;
}

spx_status csv_each(const char *path, csv_fn *fn, void *into, const bool *stop, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t len = 0;
    SPX_TRY(spx_file_text(path, &text, &len, err));
    cursor c = {strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text, 1};
    while (st == SPX_OK && *c.at && !*stop) st = read_fields(&c, fn, into, err);
    if (st != SPX_OK) spx_prefix(err, "%s", path);
out:
    spx_free(text);
    return st;
}
