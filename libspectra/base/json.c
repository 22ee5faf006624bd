/* json.c: JSON read and written. The only file that includes <jansson.h>. */
#include "spx/json.h"

#include "base/json_python.h"

#include "spx/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

/* jansson calls an allocation that failed a syntax error, or leaves characters out of a text. */
static _Thread_local bool starved;

static void *allocate(size_t n)
{
    void *p = malloc(n);
    if (!p && n > 0) starved = true;
    return p;
}

static void watch_memory(void) { json_set_alloc_funcs(allocate, free); }

spx_status spx_json_parse(const char *text, size_t len, const char *name, spx_json **out,
                          spx_error *err)
{
    static once_flag watched = ONCE_FLAG_INIT;
    json_error_t e;
    call_once(&watched, watch_memory);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* skip a byte order mark */
        text += 3;
        len -= 3;
    }
    starved = false;
    *out = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (starved) {
        spx_json_free(*out);
        *out = NULL;
        return SPX_FAIL(err, SPX_ENOMEM, "%s: no memory for its JSON", name);
    }
    if (*out) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: line %d, column %d: %s", name, e.line, e.column, e.text);
}

spx_status spx_json_parse_python(const char *text, size_t len, const char *name, spx_json **out,
                                 spx_error *err)
{
    spx_status st = SPX_OK;
    spx_bytes plain = {0};
    bool changed = false;
    spx_error first = {0};
    if (spx_json_parse(text, len, name, out, &first) == SPX_OK) return SPX_OK;
    SPX_TRY(json_from_python(text, len, &plain, &changed, err));
    if (!changed) SPX_RAISE(err, first.status, "%s", first.text);
    SPX_TRY(spx_json_parse((const char *)plain.data, plain.size, name, out, err));
out:
    spx_bytes_free(&plain);
    return st;
}

typedef spx_status parser(const char *text, size_t len, const char *name, spx_json **out,
                          spx_error *err);

static spx_status read_by(parser *parse, const char *path, spx_json **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *text = NULL;
    size_t len = 0;
    *out = NULL;
    SPX_TRY(spx_file_text(path, &text, &len, err));
    SPX_TRY(parse(text, len, path, out, err));
out:
    spx_free(text);
    return st;
}

spx_status spx_json_read(const char *path, spx_json **out, spx_error *err)
{
    return read_by(spx_json_parse, path, out, err);
}

spx_status spx_json_read_python(const char *path, spx_json **out, spx_error *err)
{
    return read_by(spx_json_parse_python, path, out, err);
}

void spx_json_free(spx_json *root) { json_decref(root); }

const spx_json *spx_json_get(const spx_json *v, const char *key) { return json_object_get(v, key); }

const spx_json *spx_json_at(const spx_json *v, size_t i) { return json_array_get(v, i); }

size_t spx_json_size(const spx_json *v)
{
    return json_is_object(v) ? json_object_size(v) : json_array_size(v);
}

bool spx_json_is_array(const spx_json *v) { return json_is_array(v); }

/* What json_from_python put in place of a number; NULL for every other value. */
static const char *marked_number(const spx_json *v)
{
    return json_string_value(json_object_get(v, JSON_PYTHON_KEY));
}

bool spx_json_is_object(const spx_json *v) { return json_is_object(v) && !marked_number(v); }

/* jansson's iterators take an object that is not const, though they do not change it. */
static spx_json *without_const(const spx_json *v)
{
    union {
        const spx_json *in;
        spx_json *out;
    } p = {v};
    return p.out;
}

const char *spx_json_key(const spx_json *v, size_t i, const spx_json **value)
{
    spx_json *object = without_const(v);
    void *at = json_object_iter(object);
    for (; at && i > 0; i--) at = json_object_iter_next(object, at);
    if (value) *value = json_object_iter_value(at);
    return json_object_iter_key(at);
}

spx_status spx_json_each(const spx_json *object, spx_json_member_fn *f, void *arg)
{
    spx_status st = SPX_OK;
    spx_json *o = without_const(object);
    for (void *at = json_object_iter(o); at; at = json_object_iter_next(o, at))
        SPX_TRY(f(arg, json_object_iter_key(at), json_object_iter_value(at)));
out:
    return st;
}

const char *spx_json_text(const spx_json *v) { return json_string_value(v); }

bool spx_json_number(const spx_json *v, double *out)
{
    const char *marked = marked_number(v);
    if (!json_is_number(v) && !marked) return false;
    *out = marked ? strtod(marked, NULL) : json_number_value(v);
    return true;
}

bool spx_json_bool(const spx_json *v, bool *out)
{
    if (!json_is_boolean(v)) return false;
    *out = json_is_true(v);
    return true;
}

/* Takes ownership of value, also on failure. */
static spx_status put_member(spx_json *root, const char *member, const char *key, json_t *value,
                             spx_error *err)
{
    spx_json *object = json_object_get(root, member);
    if (!json_is_object(object)) {
        json_decref(value);
        return SPX_FAIL(err, SPX_ENOTFOUND, "no object %s", member);
    }
    if (json_object_set_new(object, key, value) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOMEM, "no memory for %s", key);
}

spx_status spx_json_put_text(spx_json *root, const char *member, const char *key, const char *text,
                             spx_error *err)
{
    return put_member(root, member, key, json_string(text), err);
}

spx_status spx_json_put_whole(spx_json *root, const char *member, const char *key, size_t x,
                              spx_error *err)
{
    return put_member(root, member, key, json_integer((json_int_t)x), err);
}

spx_status spx_json_put_wholes(spx_json *root, const char *member, const char *key, const size_t *x,
                               size_t n, spx_error *err)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, json_integer((json_int_t)x[i])) != 0) {
            json_decref(array);
            return SPX_FAIL(err, SPX_ENOMEM, "no memory for %s", key);
        }
    return put_member(root, member, key, array, err);
}

void spx_json_remove(spx_json *object, const char *key) { (void)json_object_del(object, key); }

void spx_json_remove_from(spx_json *root, const char *member, const char *key)
{
    (void)json_object_del(json_object_get(root, member), key);
}

spx_status spx_json_put_object(spx_json *root, const char *key, spx_error *err)
{
    if (json_object_set_new(root, key, json_object()) == 0) return SPX_OK;
    return SPX_FAIL(err, SPX_ENOMEM, "no memory for %s", key);
}

spx_status spx_json_put_texts(spx_json *root, const char *member, const char *key,
                              const char *const *x, size_t n, spx_error *err)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        if (json_array_append_new(array, json_string(x[i])) != 0) {
            json_decref(array);
            return SPX_FAIL(err, SPX_ENOMEM, "no memory for %s", key);
        }
    return put_member(root, member, key, array, err);
}

spx_status spx_json_write(const spx_json *root, size_t indent, char **out, size_t *len,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    const size_t flags =
        JSON_ENCODE_ANY | JSON_REAL_PRECISION(17) | (indent ? JSON_INDENT(indent) : JSON_COMPACT);
    *out = NULL;
    *len = json_dumpb(root, NULL, 0, flags);
    if (*len == 0) SPX_RAISE(err, SPX_ENOMEM, "no memory for a document");
    SPX_TRY(SPX_NEW(out, *len + 1, err));
    if (json_dumpb(root, *out, *len, flags) == *len) goto out;
    spx_free(*out);
    *out = NULL;
    st = SPX_FAIL(err, SPX_ENOMEM, "no memory for a document");
out:
    return st;
}
