/* records.c: records one by one; a malformed one is named by its place and id. */
#include "eval/records.h"

#include "spx/file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

spx_status array_grow(void *array, size_t *room, size_t n, size_t size, spx_error *err)
{
    spx_status st = SPX_OK;
    void *old = NULL, *new = NULL;
    if (n < *room) return SPX_OK;
    const size_t items = n < 16 ? 16 : 2 * n;
    SPX_TRY(spx_alloc(&new, items, size, err));
    memcpy(&old, array, sizeof old);
    if (n > 0) memcpy(new, old, n * size);
    spx_free(old);
    memcpy(array, &new, sizeof new);
    *room = items;
out:
    return st;
}

spx_status record_text(const spx_json *r, const char *key, const char **out, spx_error *err)
{
    *out = spx_json_text(spx_json_get(r, key));
    if (*out && **out) return SPX_OK;
    const char *fault = spx_json_get(r, key) ? *out ? "empty" : "not a string" : "missing";
    return SPX_FAIL(err, SPX_EFORMAT, "%s is %s", key, fault);
}

/* The bytes of the white space that text begins with, by Unicode's property; 0: none. */
static size_t white_space(const char *text)
{
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",
                                       "\xe2\x81\x9f", "\xe3\x80\x80"};
    const unsigned char *p = (const unsigned char *)text;
    if (*p == ' ' || (*p >= '\t' && *p <= '\r')) return 1;
    if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8a) return 3;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0) return strlen(wide[i]);
    return 0;
}

span text_trimmed(const char *text)
{
    for (size_t n = 0; (n = white_space(text)) > 0;) text += n;
    span s = {text, 0};
    for (size_t i = 0, n = 0; text[i]; i += n) {
        const size_t white = white_space(text + i);
        n = white ? white : 1;
        if (!white) s.len = i + 1;
    }
    return s;
}

bool text_last_word(const char *text, span *context, span *word)
{
    const span all = text_trimmed(text);
    size_t end = 0, begin = 0; /* of the last white space: it begins at `end` of the context */
    for (size_t i = 0, n = 0; i < all.len; i += n) {
        const size_t white = white_space(all.at + i);
        n = white ? white : 1;
        if (white == 0) continue;
        if (i != begin || begin == 0) end = i;
        begin = i + white;
    }
    *context = (span){all.at, end};
    *word = (span){all.at + begin, all.len - begin};
    return end > 0;
}

/* A file being read, and how far. */
typedef struct reading {
    const char *path, *unit; /* "record" of an array, from 0; "line" of JSON lines, from 1 */
    size_t base;
    const record_opts *o;
    record_fn *fn;
    void *into;
    size_t taken, *skipped;
} reading;

static bool full(const reading *r) { return r->o->items > 0 && r->taken == r->o->items; }

/* " (case_id 12)", or nothing if the record has no id. */
static void name_record(const spx_json *v, char *out, size_t size)
{
    static const char *const keys[] = {"case_id", "known_id", "id", "idx", "index"};
    *out = '\0';
    for (size_t i = 0; i < sizeof keys / sizeof *keys && !*out; i++) {
        const spx_json *id = spx_json_get(v, keys[i]);
        double number = 0;
        if (spx_json_text(id)) snprintf(out, size, " (%s %.40s)", keys[i], spx_json_text(id));
        if (spx_json_number(id, &number)) snprintf(out, size, " (%s %.0f)", keys[i], number);
    }
}

/* Hands a record to fn; v is NULL if it was not JSON, as err says. */
static spx_status read_record(reading *r, const spx_json *v, size_t place, spx_error *err)
{
    char name[64];
    spx_status st = SPX_EFORMAT;
    name_record(v, name, sizeof name);
    if (v && !spx_json_is_object(v))
        st = SPX_FAIL(err, SPX_EFORMAT, "not a JSON object");
    else if (v)
        st = r->fn(v, place, r->into, err);
    if (st == SPX_OK) r->taken++;
    if (st == SPX_EFORMAT && r->o->skip_bad) {
        (*r->skipped)++;
        if (err) *err = (spx_error){0};
        return SPX_OK;
    }
    if (st != SPX_OK) spx_prefix(err, "%s: %s %zu%s", r->path, r->unit, r->base + place, name);
    return st;
}

static spx_status read_line(reading *r, const char *at, size_t len, size_t line, spx_error *err)
{
    spx_json *root = NULL;
    spx_status st = spx_json_parse_python(at, len, "JSON", &root, err);
    if (st == SPX_OK || st == SPX_EFORMAT) st = read_record(r, root, line, err);
    spx_json_free(root);
    return st;
}

static spx_status each_line(reading *r, const char *text, spx_error *err)
{
    spx_status st = SPX_OK;
    size_t line = 0;
    for (const char *at = text; *at && !full(r); line++) {
        const size_t len = strcspn(at, "\n");
        if (strspn(at, " \t\r") < len) SPX_TRY(read_line(r, at, len, line, err));
        at += len + (at[len] == '\n');
    }
out:
    return st;
}

static spx_status each_element(reading *r, const char *text, size_t len, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    SPX_TRY(spx_json_parse_python(text, len, r->path, &root, err));
    for (size_t i = 0; i < spx_json_size(root) && !full(r); i++)
        SPX_TRY(read_record(r, spx_json_at(root, i), i, err));
out:
    spx_json_free(root);
    return st;
}

spx_status records_each(const char *path, const record_opts *o, record_fn *fn, void *into,
                        size_t *skipped, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t len = 0;
    reading r = {.path = path, .o = o, .fn = fn, .into = into, .skipped = skipped};
    *skipped = 0;
    SPX_TRY(spx_file_text(path, &text, &len, err));
    const char *at = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
    while (isspace((unsigned char)*at)) at++;
    r.base = *at != '[';
    r.unit = r.base ? "line" : "record";
    if (*at == '[')
        SPX_TRY(each_element(&r, text, len, err));
    else
        SPX_TRY(each_line(&r, text, err));
    if (r.taken == 0 || r.taken < o->items)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu usable records (expected at least %zu)", path, r.taken,
                  o->items ? o->items : 1);
out:
    spx_free(text);
    return st;
}
