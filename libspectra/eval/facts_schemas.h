/* facts_schemas.h: what spx_facts_read consists of: the reader of one record by its schema, a pool
 * for the texts, and what only all records together tell. */
#ifndef SPX_EVAL_FACTS_SCHEMAS_H
#define SPX_EVAL_FACTS_SCHEMAS_H

#include "spx/facts.h"
#include "spx/json.h"

/* Texts that outlive their document, packed into blocks. */
typedef struct text_pool {
    spx_scratch *blocks;
    char *at;
    size_t left;
} text_pool;

/* facts_schemas.c: the schema of a record, by the field that only that schema has. */
SPX_CHECKED spx_status facts_schema_of(const spx_json *r, spx_schema *out, spx_error *err);
/* Reads the fields of a record and checks them. */
SPX_CHECKED spx_status facts_read_record(const spx_json *r, spx_schema schema, bool alt,
                                         text_pool *pool, spx_fact *f, spx_error *err);

/* facts_prompts.c: EasyEdit's rephrase prompts are read as generation prompts; this turns those
 * that are paraphrases into paraphrases. */
SPX_CHECKED spx_status facts_find_paraphrases(spx_fact *f, size_t n, spx_error *err);
/* Completes the neighbours of f[first .. first + count - 1] to `most` each, from all n records. */
SPX_CHECKED spx_status facts_add_neighbors(spx_facts *f, size_t first, size_t count, size_t most,
                                           spx_error *err);

#endif
