/* facts_schemas.h: what spx_facts_read consists of: the reader of one record by its schema, and
 * what only all records together tell. */
#ifndef SPX_EVAL_FACTS_SCHEMAS_H
#define SPX_EVAL_FACTS_SCHEMAS_H

#include "eval/facts_fields.h"

/* facts_schemas.c: the schema of a record, by the fields that only that schema has; a record that
 * `expected` can read as well (SPX_SCHEMAS: none yet) is of that one. */
SPX_CHECKED spx_status facts_schema_of(const spx_json *r, spx_schema expected, spx_schema *out,
                                       spx_error *err);
/* The facts in a record: its rewrites, or one. */
size_t facts_in_record(const spx_json *r, spx_schema schema);
/* A record of which one fact is read. */
typedef struct facts_record {
    const spx_json *r;
    spx_schema schema;
    bool alt;
    size_t rewrite; /* the one of facts_in_record */
} facts_record;
/* Reads the fields of a fact and checks them; f->id is the record's place. */
SPX_CHECKED spx_status facts_read_record(const facts_record *x, facts_fields *p, spx_fact *f,
                                         spx_error *err);
/* Counts the fields that no reader uses. */
void facts_count_unused(const facts_record *x, facts_fields *p);

/* Readers of rows of the table that have files of their own. */
typedef spx_status facts_reader(const facts_record *x, facts_fields *p, spx_fact *f,
                                spx_error *err);
facts_reader facts_read_mquake, facts_read_ripple;

/* facts_probes.c: appends the probes of an object of lists of them, as KnowEdit has it:
 *     {"Reasoning": [{"prompt": ..., "ground_truth": ...}], ...}
 * with the answer a text or a list (of lists) of texts, of which the first counts. */
SPX_CHECKED spx_status facts_add_probes(facts_fields *p, const spx_json *r, const char *key,
                                        spx_fact *f, spx_error *err);
/* Room for n more. */
SPX_CHECKED spx_status facts_probe_room(facts_fields *p, size_t n, spx_fact *f, spx_error *err);
/* Appends one, for which there is room: the prompt, and the answer as field_answer. */
SPX_CHECKED spx_status facts_add_probe(facts_fields *p, const spx_json *v, const char *prompt,
                                       const char *answer, spx_probe_kind kind, spx_fact *f,
                                       spx_error *err);
/* The kind of this name; SPX_PROBES if there is none. */
spx_probe_kind facts_probe_kind(const char *name);

/* facts_prompts.c: EasyEdit's rephrase prompts are read as generation prompts; this turns those
 * that are paraphrases into paraphrases. */
SPX_CHECKED spx_status facts_find_paraphrases(spx_fact *f, size_t n, spx_error *err);
/* Completes the neighbours of f[first .. first + count - 1] to `most` each, from all n records. */
SPX_CHECKED spx_status facts_add_neighbors(spx_facts *f, size_t first, size_t count, size_t most,
                                           spx_error *err);

#endif
