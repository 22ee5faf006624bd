/* spx/facts.h: records of facts to edit and to test. */
#ifndef SPX_FACTS_H
#define SPX_FACTS_H

#include "spx/base.h"

/* One CounterFact record. Texts are owned by the list. Targets have no leading space. */
typedef struct spx_fact {
    long id;             /* case_id, or the record's place in the file */
    const char *prompt;  /* whole prompt, subject in place */
    const char *subject; /* occurs exactly once in prompt */
    const char *target_new, *target_true;
    const char *paraphrase; /* the file's rephrase prompt, or NULL */
    const char *neighbor; /* the file's neighbourhood prompt (its answer is target_true), or NULL */
} spx_fact;

typedef struct spx_facts {
    size_t n;
    spx_fact *fact;
    char *texts; /* where they lie */
} spx_facts;

/**
 * Reads records first .. first + count - 1 of a JSON array in the EasyEdit form (prompt, subject,
 * target_new, ground_truth, rephrase_prompt, locality_prompt). count 0: to the end.
 * @return SPX_OK; SPX_EFORMAT naming file, record and fault: a missing or empty field, a subject
 * that is not in its prompt or is there twice; SPX_EINVAL if the file has fewer records.
 */
SPX_CHECKED spx_status spx_facts_read(const char *path, size_t first, size_t count, spx_facts *out,
                                      spx_error *err);
void spx_facts_free(spx_facts *f);

#endif
