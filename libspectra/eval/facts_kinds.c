/* facts_kinds.c: what only all records together tell: which rephrase prompts come from a template, and
 * which records are neighbours of another (spx/facts.h). */
#include "eval/facts_schemas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A record under the text by which records are brought together. */
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

/* text with every place of the subject as {}, then a tab and `more`. */
static spx_status blanked(spx_scratch *tmp, const char *text, const char *subject, const char *more,
                          const char **out, spx_error *err)
{
    void *mem = NULL;
    const size_t skip = strlen(subject), size = 2 * strlen(text) + strlen(more) + 4;
    const spx_status st = spx_scratch_alloc(tmp, &mem, size, 1, err);
    if (st != SPX_OK) return st;
    char *to = mem;
    while (*text) {
        const char *at = strstr(text, subject);
        const size_t n = at ? (size_t)(at - text) : strlen(text);
        to +=
            snprintf(to, size - (size_t)(to - (char *)mem), "%.*s%s", (int)n, text, at ? "{}" : "");
        text += n + (at ? skip : 0);
    }
    snprintf(to, size - (size_t)(to - (char *)mem), "\t%s", more);
    *out = mem;
    return SPX_OK;
}

/* Does entry i of a sorted list share its key with a neighbour in it? */
static bool repeated(const entry *e, size_t n, size_t i)
{
    return (i > 0 && strcmp(e[i - 1].key, e[i].key) == 0) ||
           (i + 1 < n && strcmp(e[i + 1].key, e[i].key) == 0);
}

spx_status kinds_tell(spx_fact *f, size_t n, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    size_t m = 0;
    entry *e = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &e, n, err));
    for (size_t i = 0; i < n; i++) {
        if (f[i].generation.n == 0) continue;
        e[m].record = i;
        SPX_TRY(blanked(&tmp, f[i].generation.at[0], f[i].subject, "", &e[m].key, err));
        m++;
    }
    if (m > 0) qsort(e, m, sizeof *e, by_key);
    for (size_t i = 0; i < m; i++) {
        spx_fact *x = &f[e[i].record];
        if (repeated(e, m, i) || strncmp(e[i].key, "{}", 2) == 0) continue;
        x->paraphrase = x->generation;
        x->generation = (spx_texts){0};
    }
out:
    spx_scratch_free(&tmp);
    return st;
}

/* Where neighbours of a record may come from: records of the same key, in file order. */
typedef struct family {
    const entry *e;
    size_t n;
} family;

/* The chosen records are edited: they may help out only if they are all there are. */
static bool usable(const spx_facts *f, size_t first, size_t count, size_t record, size_t self)
{
    const bool chosen = record >= first && record < first + count;
    return (!chosen || count == f->n) &&
           strcmp(f->fact[record].subject, f->fact[self].subject) != 0;
}

static spx_status complete(spx_facts *f, const family *like, size_t self, size_t first,
                           size_t count, size_t wanted, spx_error *err)
{
    spx_fact *x = &f->fact[self];
    void *mem = NULL;
    if (x->neighbor.n >= wanted) return SPX_OK;
    const spx_status st = spx_scratch_alloc(&f->texts, &mem, wanted, sizeof(char *), err);
    if (st != SPX_OK) return st;
    const char **at = mem;
    size_t have = x->neighbor.n;
    if (have > 0) memcpy(at, x->neighbor.at, have * sizeof *at);
    for (size_t i = 0; i < like->n && have < wanted; i++) {
        const size_t record = like->e[i].record;
        if (!usable(f, first, count, record, self)) continue;
        at[have++] = f->fact[record].prompt;
        f->rebuilt++;
    }
    x->neighbor = (spx_texts){have, at};
    return SPX_OK;
}

spx_status kinds_rebuild(spx_facts *f, size_t first, size_t count, size_t wanted, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_scratch tmp = {0};
    entry *e = NULL;
    SPX_TRY(SPX_SCRATCH(&tmp, &e, f->n, err));
    for (size_t i = 0; i < f->n; i++) {
        const spx_fact *x = &f->fact[i];
        e[i].record = i;
        SPX_TRY(blanked(&tmp, x->prompt, x->subject, x->target_true ? x->target_true : "",
                        &e[i].key, err));
    }
    qsort(e, f->n, sizeof *e, by_key);
    for (size_t i = 0, end = 0; i < f->n; i = end) {
        for (end = i + 1; end < f->n && strcmp(e[i].key, e[end].key) == 0;) end++;
        const family like = {e + i, end - i};
        for (size_t k = i; k < end; k++)
            if (e[k].record >= first && e[k].record < first + count)
                SPX_TRY(complete(f, &like, e[k].record, first, count, wanted, err));
    }
out:
    spx_scratch_free(&tmp);
    return st;
}
