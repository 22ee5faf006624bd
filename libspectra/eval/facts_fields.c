/* facts_fields.c: the fields of a record as texts. */
#include "eval/facts_fields.h"

#include "eval/records.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const size_t pool_block = 1 << 16;

/* len bytes, which need no alignment. */
static spx_status pool_room(facts_fields *p, size_t len, char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    if (len > p->left) {
        const size_t size = len > pool_block ? len : pool_block;
        SPX_TRY(SPX_SCRATCH(p->blocks, &p->at, size, err));
        p->left = size;
    }
    *out = p->at;
    p->at += len;
    p->left -= len;
out:
    return st;
}

spx_status field_copy(facts_fields *p, const char *text, size_t len, const char **out,
                      spx_error *err)
{
    spx_status st = SPX_OK;
    char *at = NULL;
    SPX_TRY(pool_room(p, len + 1, &at, err));
    memcpy(at, text, len);
    at[len] = '\0';
    *out = at;
out:
    return st;
}

/* Without the white space around it, which some files have and no model was asked with. */
static spx_status copy_trimmed(facts_fields *p, const char *text, const char **out, spx_error *err)
{
    const span s = text_trimmed(text);
    return field_copy(p, s.at, s.len, out, err);
}

spx_status field_text(facts_fields *p, const spx_json *r, const char *key, const char **out,
                      spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    SPX_TRY(record_text(r, key, &text, err));
    SPX_TRY(copy_trimmed(p, text, out, err));
    if (!**out) SPX_RAISE(err, SPX_EFORMAT, "%s is blank", key);
out:
    return st;
}

spx_status field_optional(facts_fields *p, const spx_json *r, const char *key, const char **out,
                          spx_error *err)
{
    const char *text = spx_json_text(spx_json_get(r, key));
    return text ? field_copy(p, text, strlen(text), out, err) : SPX_OK;
}

/* The first member of a list (of lists); what follows it is not used. */
static const spx_json *first_of(facts_fields *p, const spx_json *v, const char *key)
{
    bool more = false;
    for (; spx_json_is_array(v); v = spx_json_at(v, 0)) more = more || spx_json_size(v) > 1;
    if (more) field_unused(p, "%.40s but for its first", key);
    return v;
}

spx_status field_answer(facts_fields *p, const spx_json *r, const char *key, const char **out,
                        spx_error *err)
{
    const char *text = spx_json_text(first_of(p, spx_json_get(r, key), key));
    return text && text_trimmed(text).len > 0 ? copy_trimmed(p, text, out, err) : SPX_OK;
}

spx_status field_target(facts_fields *p, const spx_json *r, const char *key, const char **out,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *v = spx_json_get(r, key);
    const char *text = NULL;
    if (!spx_json_is_array(v)) SPX_TRY(record_text(r, key, &text, err));
    *out = NULL;
    SPX_TRY(field_answer(p, r, key, out, err));
    if (!*out)
        SPX_RAISE(err, SPX_EFORMAT, text ? "%s is blank" : "the first of %s is no text or blank",
                  key);
out:
    return st;
}

spx_status field_texts(facts_fields *p, const spx_json *r, const char *key, spx_texts *out,
                       spx_error *err)
{
    spx_status st = SPX_OK;
    const spx_json *a = spx_json_get(r, key);
    const char *one = spx_json_text(a);
    const size_t n = one ? *one != '\0' : spx_json_size(a);
    if (spx_json_is_object(a)) SPX_RAISE(err, SPX_EFORMAT, "%s is not an array", key);
    if (n == 0) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(p->blocks, &out->at, n, err));
    for (size_t i = 0; i < n; i++) {
        const char *text = one ? one : spx_json_text(spx_json_at(a, i));
        if (!text || !*text)
            SPX_RAISE(err, SPX_EFORMAT, "%s[%zu] is not a non-empty string", key, i);
        SPX_TRY(copy_trimmed(p, text, &out->at[i], err));
        out->n++;
    }
out:
    return st;
}

spx_status field_prompt(facts_fields *p, const spx_json *r, const char *key, bool must, spx_fact *f,
                        spx_error *err)
{
    spx_status st = SPX_OK;
    const char *text = NULL;
    char *at = NULL;
    SPX_TRY(record_text(r, key, &text, err));
    const char *gap = strstr(text, "{}");
    if (!gap && !must) return copy_trimmed(p, text, &f->prompt, err);
    if (!gap || strstr(gap + 2, "{}"))
        SPX_RAISE(err, SPX_EFORMAT, "prompt '%.60s' does not have exactly one {}", text);
    const span all = text_trimmed(text);
    const size_t before = (size_t)(gap - all.at), after = all.len - before - 2;
    const size_t size = all.len - 2 + strlen(f->subject) + 1;
    SPX_TRY(pool_room(p, size, &at, err));
    snprintf(at, size, "%.*s%s%.*s", (int)before, all.at, f->subject, (int)after, gap + 2);
    f->prompt = at;
    f->subject_at = before;
out:
    return st;
}

void field_unused(facts_fields *p, const char *fmt, ...)
{
    char name[UNUSED_NAME];
    size_t i = 0;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(name, sizeof name, fmt, ap);
    va_end(ap);
    while (i < p->fields && strcmp(p->unused[i].name, name) != 0) i++;
    if (i == UNUSED_FIELDS) return;
    if (i == p->fields) memcpy(p->unused[p->fields++].name, name, sizeof name);
    p->unused[i].times++;
}
