/* facts.c: files of facts; every record is checked before the first is used. */
#include "eval/facts_schemas.h"
#include "eval/records.h"

#include <string.h>

typedef struct reading {
    spx_facts f;
    size_t room;
    bool alt;
    text_pool pool;
} reading;

static spx_status add_fact(const spx_json *r, size_t place, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    reading *to = into;
    spx_facts *f = &to->f;
    spx_schema schema = SPX_COUNTERFACT;
    SPX_TRY(facts_schema_of(r, &schema, err));
    if (f->n == 0) f->schema = schema;
    if (schema != f->schema)
        SPX_RAISE(err, SPX_EFORMAT, "record of schema %s (expected %s, as before it)",
                  spx_schema_name(schema), spx_schema_name(f->schema));
    SPX_TRY(ARRAY_GROW(&f->fact, &to->room, f->n, err));
    f->fact[f->n] = (spx_fact){.id = (long)place};
    SPX_TRY(facts_read_record(r, schema, to->alt, &to->pool, &f->fact[f->n], err));
    f->n++;
out:
    return st;
}

/* Keeps `count` records, beginning with `first`. */
static void keep_range(spx_facts *f, size_t first, size_t count)
{
    memmove(f->fact, f->fact + first, count * sizeof *f->fact);
    f->n = count;
}

spx_status spx_facts_read(const char *path, const spx_facts_opts *o, spx_facts *out, spx_error *err)
{
    spx_status st = SPX_OK;
    const record_opts all = {.skip_bad = o->skip_bad};
    reading r = {.alt = o->alt};
    r.pool.blocks = &r.f.texts;
    *out = (spx_facts){0};
    SPX_TRY(records_each(path, &all, add_fact, &r, &r.f.skipped, err));
    if (o->first >= r.f.n || o->count > r.f.n - o->first)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu usable records (expected at least %zu)", path, r.f.n,
                  o->first + (o->count ? o->count : 1));
    const size_t count = o->count ? o->count : r.f.n - o->first;
    if (r.f.schema == SPX_EASYEDIT) SPX_TRY(facts_find_paraphrases(r.f.fact, r.f.n, err));
    if (o->neighbors) SPX_TRY(facts_add_neighbors(&r.f, o->first, count, o->neighbors, err));
    keep_range(&r.f, o->first, count);
    *out = r.f;
    r.f = (spx_facts){0};
out:
    spx_facts_free(&r.f);
    return st;
}

void spx_facts_free(spx_facts *f)
{
    spx_free(f->fact);
    spx_scratch_free(&f->texts);
    *f = (spx_facts){0};
}
