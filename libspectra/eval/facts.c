/* facts.c: a file of facts as a whole: every record checked before the first is used. */
#include "eval/facts_schemas.h"
#include "eval/records.h"

#include <string.h>

typedef struct reading {
    spx_facts f;
    size_t room;
    bool alt;
    text_pool pool;
} reading;

static spx_status read_record(const spx_json *r, size_t place, void *into, spx_error *err)
{
    reading *to = into;
    spx_facts *f = &to->f;
    spx_schema schema = SPX_COUNTERFACT;
    spx_status st = schema_of(r, &schema, err);
    if (st == SPX_OK && f->n == 0) f->schema = schema;
    if (st == SPX_OK && schema != f->schema)
        st = SPX_FAIL(err, SPX_EFORMAT, "is of schema %s, those before it of %s",
                      spx_schema_name(schema), spx_schema_name(f->schema));
    if (st == SPX_OK) st = array_grow(&f->fact, &to->room, f->n, sizeof *f->fact, err);
    if (st != SPX_OK) return st;
    spx_fact *x = &f->fact[f->n];
    *x = (spx_fact){.id = (long)place};
    st = schema_read(r, schema, to->alt, &to->pool, x, err);
    if (st == SPX_OK) f->n++;
    return st;
}

/* Keeps count records from the first on. */
static void cut(spx_facts *f, size_t first, size_t count)
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
    SPX_TRY(records_each(path, &all, read_record, &r, &r.f.skipped, err));
    if (o->first >= r.f.n || o->count > r.f.n - o->first)
        SPX_RAISE(err, SPX_EINVAL, "%s: records %zu to %zu wanted, %zu there", path, o->first,
                  o->first + (o->count ? o->count - 1 : 0), r.f.n);
    const size_t count = o->count ? o->count : r.f.n - o->first;
    if (r.f.schema == SPX_EASYEDIT) SPX_TRY(kinds_tell(r.f.fact, r.f.n, err));
    if (o->neighbors) SPX_TRY(kinds_rebuild(&r.f, o->first, count, o->neighbors, err));
    cut(&r.f, o->first, count);
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
