/* facts_schemas.h: what the files behind spx_facts_read share: texts that outlive their document, the
 * readers of one record, and what is told from all records together. */
#ifndef SPX_EVAL_SCHEMAS_H
#define SPX_EVAL_SCHEMAS_H

#include "spx/facts.h"
#include "spx/json.h"

/* Blocks of texts, filled one behind the other. */
typedef struct text_pool {
    spx_scratch *blocks;
    char *at;
    size_t left;
} text_pool;

/* schemas.c: the schema of a record by the field that only it has; then its fields, checked. */
SPX_CHECKED spx_status schema_of(const spx_json *r, spx_schema *out, spx_error *err);
SPX_CHECKED spx_status schema_read(const spx_json *r, spx_schema schema, bool alt, text_pool *pool,
                                   spx_fact *f, spx_error *err);

/* kinds.c. EasyEdit's rephrase prompts, read as generation prompts, become paraphrases where they
 * are. */
SPX_CHECKED spx_status kinds_tell(spx_fact *f, size_t n, spx_error *err);
/* Completes the neighbours of f[first .. first + count - 1] to `wanted` each from all n records. */
SPX_CHECKED spx_status kinds_rebuild(spx_facts *f, size_t first, size_t count, size_t wanted,
                                     spx_error *err);

#endif
