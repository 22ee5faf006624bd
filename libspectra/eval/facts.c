/* facts.c: files of facts; every record is checked before the first is used. */
#include "eval/facts_schemas.h"
#include "eval/records.h"

#include <stdio.h>
#include <string.h>

typedef struct reading {
    spx_facts f;
    size_t room;
    bool alt;
    facts_fields fields;
} reading;

static spx_status add_rewrite(reading *to, const facts_record *x, long place, spx_error *err)
{
    spx_status st = SPX_OK;
    spx_facts *f = &to->f;
    const size_t n = facts_in_record(x->r, x->schema);
    SPX_TRY(ARRAY_GROW(&f->fact, &to->room, f->n, err));
    f->fact[f->n] = (spx_fact){.id = place};
    st = facts_read_record(x, &to->fields, &f->fact[f->n], err);
    if (st != SPX_OK && n > 1) spx_prefix(err, "rewrite %zu", x->rewrite);
    SPX_TRY(st);
    f->n++;
out:
    return st;
}

/* All facts of a record, or none. */
static spx_status add_record(const spx_json *r, size_t place, void *into, spx_error *err)
{
    spx_status st = SPX_OK;
    reading *to = into;
    spx_facts *f = &to->f;
    const size_t before = f->n;
    spx_schema schema = SPX_COUNTERFACT;
    SPX_TRY(facts_schema_of(r, before > 0 ? f->schema : SPX_SCHEMAS, &schema, err));
    if (before == 0) f->schema = schema;
    if (schema != f->schema)
        SPX_RAISE(err, SPX_EFORMAT, "record of schema %s (expected %s, as before it)",
                  spx_schema_name(schema), spx_schema_name(f->schema));
    facts_record x = {.r = r, .schema = schema, .alt = to->alt};
    for (; x.rewrite < facts_in_record(r, schema); x.rewrite++)
        SPX_TRY(add_rewrite(to, &x, (long)place, err));
    facts_count_unused(&x, &to->fields);
out:
    if (st != SPX_OK) f->n = before;
    return st;
}

/* "answer (3 times), orig (3 times)" */
static void note_unused(const facts_fields *p, const char *path, const spx_notify *notify)
{
    char line[UNUSED_FIELDS * (UNUSED_NAME + 24)] = "";
    size_t used = 0;
    for (size_t i = 0; i < p->fields && used < sizeof line; i++)
        used += (size_t)snprintf(line + used, sizeof line - used, "%s%s (%zu)", i ? ", " : "",
                                 p->unused[i].name, p->unused[i].times);
    if (used > 0) spx_note(notify, "%s: not used: %s", path, line);
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
    r.fields.blocks = &r.f.texts;
    *out = (spx_facts){0};
    SPX_TRY(records_each(path, &all, add_record, &r, &r.f.skipped, err));
    if (o->first >= r.f.n || o->count > r.f.n - o->first)
        SPX_RAISE(err, SPX_EINVAL, "%s: %zu usable records (expected at least %zu)", path, r.f.n,
                  o->first + (o->count ? o->count : 1));
    const size_t count = o->count ? o->count : r.f.n - o->first;
    if (r.f.schema == SPX_EASYEDIT) SPX_TRY(facts_find_paraphrases(r.f.fact, r.f.n, err));
    if (o->neighbors) SPX_TRY(facts_add_neighbors(&r.f, o->first, count, o->neighbors, err));
    keep_range(&r.f, o->first, count);
    note_unused(&r.fields, path, o->notify);
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
