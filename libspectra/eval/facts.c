/* facts.c: CounterFact records in the EasyEdit form, every one checked before the first is used. */
#include "spx/facts.h"

#include "spx/json.h"

#include <string.h>

/* The record being read, for messages. */
typedef struct where {
    const char *path;
    size_t record;
} where;

static spx_status need(const spx_json *r, const char *key, where at, const char **out,
                       spx_error *err)
{
    *out = spx_json_text(spx_json_get(r, key));
    if (*out && **out) return SPX_OK;
    return SPX_FAIL(err, SPX_EFORMAT, "%s: record %zu: %s is %s", at.path, at.record, key,
                    *out ? "empty" : "missing");
}

static const char *optional(const spx_json *r, const char *key)
{
    const char *text = spx_json_text(spx_json_get(r, key));
    return text && *text ? text : NULL;
}

static spx_status check_subject(const spx_fact *f, where at, spx_error *err)
{
    const char *first = strstr(f->prompt, f->subject);
    if (!first)
        return SPX_FAIL(err, SPX_EFORMAT, "%s: record %zu: subject '%.60s' is not in the prompt",
                        at.path, at.record, f->subject);
    if (strstr(first + 1, f->subject))
        return SPX_FAIL(err, SPX_EFORMAT, "%s: record %zu: subject '%.60s' is in the prompt twice",
                        at.path, at.record, f->subject);
    return SPX_OK;
}

static spx_status read_record(const spx_json *r, where at, spx_fact *f, spx_error *err)
{
    spx_status st = SPX_OK;
    double id = (double)at.record;
    if (!spx_json_is_object(r))
        SPX_RAISE(err, SPX_EFORMAT, "%s: record %zu is no object", at.path, at.record);
    (void)spx_json_number(spx_json_get(r, "case_id"), &id);
    f->id = (long)id;
    SPX_TRY(need(r, "prompt", at, &f->prompt, err));
    SPX_TRY(need(r, "subject", at, &f->subject, err));
    SPX_TRY(need(r, "target_new", at, &f->target_new, err));
    SPX_TRY(need(r, "ground_truth", at, &f->target_true, err));
    f->paraphrase = optional(r, "rephrase_prompt");
    f->neighbor = optional(r, "locality_prompt");
    SPX_TRY(check_subject(f, at, err));
out:
    return st;
}

/* The fields of a fact that are texts. */
#define TEXTS 6
static void texts_of(spx_fact *f, const char **text[TEXTS])
{
    const char **const all[TEXTS] = {&f->prompt,      &f->subject,    &f->target_new,
                                     &f->target_true, &f->paraphrase, &f->neighbor};
    memcpy(text, all, sizeof all);
}

/* Moves every text from the document into one block that the list owns. */
static spx_status own_texts(spx_facts *facts, spx_error *err)
{
    const char **text[TEXTS];
    size_t size = 0;
    void *mem = NULL;
    for (size_t i = 0; i < facts->n; i++) {
        texts_of(&facts->fact[i], text);
        for (size_t k = 0; k < TEXTS; k++) size += *text[k] ? strlen(*text[k]) + 1 : 0;
    }
    const spx_status st = spx_alloc(&mem, size, 1, err);
    if (st != SPX_OK) return st;
    char *at = facts->texts = mem;
    for (size_t i = 0; i < facts->n; i++) {
        texts_of(&facts->fact[i], text);
        for (size_t k = 0; k < TEXTS; k++) {
            if (!*text[k]) continue;
            const size_t n = strlen(*text[k]) + 1;
            memcpy(at, *text[k], n);
            *text[k] = at;
            at += n;
        }
    }
    return SPX_OK;
}

spx_status spx_facts_read(const char *path, size_t first, size_t count, spx_facts *out,
                          spx_error *err)
{
    spx_status st = SPX_OK;
    spx_json *root = NULL;
    spx_facts f = {0};
    void *mem = NULL;
    *out = (spx_facts){0};
    SPX_TRY(spx_json_read(path, &root, err));
    if (!spx_json_is_array(root)) SPX_RAISE(err, SPX_EFORMAT, "%s: not an array of records", path);
    const size_t n = spx_json_size(root);
    if (first >= n || (count > 0 && count > n - first))
        SPX_RAISE(err, SPX_EINVAL, "%s: records %zu to %zu wanted, %zu there", path, first,
                  first + (count ? count - 1 : 0), n);
    f.n = count ? count : n - first;
    SPX_TRY(spx_alloc(&mem, f.n, sizeof(spx_fact), err));
    f.fact = mem;
    for (size_t i = 0; i < f.n; i++) {
        const where at = {path, first + i};
        SPX_TRY(read_record(spx_json_at(root, first + i), at, &f.fact[i], err));
    }
    SPX_TRY(own_texts(&f, err));
    *out = f;
    f = (spx_facts){0};
out:
    spx_facts_free(&f);
    spx_json_free(root);
    return st;
}

void spx_facts_free(spx_facts *f)
{
    spx_free(f->fact);
    spx_free(f->texts);
    *f = (spx_facts){0};
}
