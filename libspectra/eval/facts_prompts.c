/* facts_prompts.c: what only all records together tell: which rephrase prompts come from a
 * template, and which prompts are neighbours of a record (spx/facts.h). */
#include "eval/facts_schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record, sorted by a text that related records share. */
typedef struct entry {
    const char *key;
    size_t record;
} entry;

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    const int order = strcmp(x->key, y->key);
    return order ? order : (x->record > y->record) - (x->record < y->record);
}

/* The text with {} in place of the subject, then a tab and `more`. */
static spx_status blank_subject(spx_scratch *tmp, const char *text, const char *subject,
                                const char *more, const char **out, spx_error *err)
{
    spx_status st = SPX_OK;
    char *key = NULL;
    const size_t skip = strlen(subject), size = 2 * strlen(text) + strlen(more) + 4;
    SPX_TRY(SPX_SCRATCH(tmp, &key, size, err));
    char *to = key, *const end = key + size;
    while (*text) {
        const char *at = strstr(text, subject);
        const size_t n = at ? (size_t)(at - text) : strlen(text);
        to += snprintf(to, (size_t)(end - to), "%.*s%s", (int)n, text, at ? "{}" : "");
        text += n + (at ? skip : 0);
    }
    snprintf(to, (size_t)(end - to), "\t%s", more);
    *out = key;
out:
    return st;
}

/* True if entry i of a sorted list has the key of the one before or after it. */
static bool is_repeated(const entry *e, size_t n, size_t i)
{
    return (i > 0 && strcmp(e[i - 1].key, e[i].key) == 0) ||
           (i + 1 < n && strcmp(e[i + 1].key, e[i].key) == 0);
}

spx_status facts_find_paraphrases(spx_fact *f, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t m = 0;
    entry *e = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &e, n, err));
    for (size_t i = 0; i < n; i++) {
        if (f[i].generation.n == 0) continue;
        e[m].record = i;
        SPX_TRY(blank_subject(&tmp, f[i].generation.at[0], f[i].subject, "", &e[m].key, err));
        m++;
    }
    if (m > 0) qsort(e, m, sizeof *e, by_key);
    for (size_t i = 0; i < m; i++) {
        spx_fact *x = &f[e[i].record];
        if (is_repeated(e, m, i) || strncmp(e[i].key, "{}", 2) == 0) continue;
        x->paraphrase = x->generation;
        x->generation = (spx_texts){0};
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Records first .. first + count - 1, which will be edited. */
typedef struct chosen {
    size_t first, count, most; /* neighbours that each is to have */
} chosen;

static bool is_chosen(const chosen *c, size_t record)
{
    return record >= c->first && record < c->first + c->count;
}

/* True if a record may lend its prompt to another. Edited ones may not, unless all are edited. */
static bool may_lend(const spx_facts *f, const chosen *c, size_t record, size_t self)
{
    return (!is_chosen(c, record) || c->count == f->n) &&
           strcmp(f->fact[record].subject, f->fact[self].subject) != 0;
}

/* Completes the neighbours of record `self` from the n records of its key, in file order. */
static spx_status complete_neighbors(spx_facts *f, const entry *like, size_t n, const chosen *c,
                                     size_t self, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_fact *x = &f->fact[self];
    const char **at = NULL;
    size_t have = x->neighbor.n;
    if (have >= c->most) return SPX_OK;
    SPX_TRY(SPX_SCRATCH(&f->texts, &at, c->most, err));
    if (have > 0) memcpy(at, x->neighbor.at, have * sizeof *at);
    for (size_t i = 0; i < n && have < c->most; i++) {
        if (!may_lend(f, c, like[i].record, self)) continue;
        at[have++] = f->fact[like[i].record].prompt;
        f->rebuilt++;
    }
    x->neighbor = (spx_texts){have, at};
out:
    return st;
}

spx_status facts_add_neighbors(spx_facts *f, size_t first, size_t count, size_t most,
                               spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    entry *e = NULL;
    const chosen c = {first, count, most};
    SPX_TRY(SPX_SCRATCH(&tmp, &e, f->n, err));
    for (size_t i = 0; i < f->n; i++) {
        const spx_fact *x = &f->fact[i];
        e[i].record = i;
        SPX_TRY(blank_subject(&tmp, x->prompt, x->subject, x->target_true ? x->target_true : "",
                              &e[i].key, err));
    }
    qsort(e, f->n, sizeof *e, by_key);
    for (size_t i = 0, end = 0; i < f->n; i = end) {
        for (end = i + 1; end < f->n && strcmp(e[i].key, e[end].key) == 0;) end++;
        for (size_t k = i; k < end; k++)
            if (is_chosen(&c, e[k].record))
                SPX_TRY(complete_neighbors(f, e + i, end - i, &c, e[k].record, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
