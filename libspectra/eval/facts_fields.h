/* facts_fields.h: the fields of a record as texts that outlive their document, and what is not
 * used. */
#ifndef SPX_EVAL_FACTS_FIELDS_H
#define SPX_EVAL_FACTS_FIELDS_H

#include "spx/facts.h"
#include "spx/json.h"

enum { UNUSED_FIELDS = 32, UNUSED_NAME = 64 };

/* Where the texts of all records go, packed into blocks, and the fields that no reader uses. */
typedef struct facts_fields {
    spx_scratch *blocks;
    char *at;
    size_t left;
    struct {
        char name[UNUSED_NAME];
        size_t times;
    } unused[UNUSED_FIELDS];
    size_t fields;
} facts_fields;

/* All texts but those of field_optional and field_copy lose the white space around them.
 *
 * A required text; one that may be absent: *out stays NULL. */
SPX_CHECKED spx_status field_text(facts_fields *p, const spx_json *r, const char *key,
                                  const char **out, spx_error *err);
SPX_CHECKED spx_status field_optional(facts_fields *p, const spx_json *r, const char *key,
                                      const char **out, spx_error *err);
/* A required target, or the first of a list (of lists) of them. */
SPX_CHECKED spx_status field_target(facts_fields *p, const spx_json *r, const char *key,
                                    const char **out, spx_error *err);
/* The same; *out stays NULL if it is absent or blank. */
SPX_CHECKED spx_status field_answer(facts_fields *p, const spx_json *r, const char *key,
                                    const char **out, spx_error *err);
/* A text, an array of texts, or nothing. */
SPX_CHECKED spx_status field_texts(facts_fields *p, const spx_json *r, const char *key,
                                   spx_texts *out, spx_error *err);
/* A prompt with {} in place of the subject or, unless it `must` have it, a whole prompt. */
SPX_CHECKED spx_status field_prompt(facts_fields *p, const spx_json *r, const char *key, bool must,
                                    spx_fact *f, spx_error *err);
/* A copy of len bytes of text. */
SPX_CHECKED spx_status field_copy(facts_fields *p, const char *text, size_t len, const char **out,
                                  spx_error *err);

/* Counts something that is not used, by a name of at most UNUSED_NAME - 1 bytes. */
void field_unused(facts_fields *p, const char *fmt, ...) SPX_PRINTF(2, 3);

#endif
