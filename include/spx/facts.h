/* spx/facts.h: records of facts to edit and to test. */
#ifndef SPX_FACTS_H
#define SPX_FACTS_H

#include "spx/base.h"

#include <stdbool.h>

/* How a file writes its records; told from the first of them. */
typedef enum spx_schema {
    SPX_COUNTERFACT, /* requested_rewrite, paraphrase_prompts, neighborhood_prompts,
                        generation_prompts: CounterFact and MultiCounterFact (Meng et al. 2022) */
    SPX_EASYEDIT,    /* prompt, subject, target_new, ground_truth, rephrase_prompt, locality_prompt:
                        CounterFact as EasyEdit flattens it */
    SPX_ZSRE,        /* subject, src, rephrase, alt, answers, loc, loc_ans (MEND) */
} spx_schema;
/* "counterfact", "easyedit" or "zsre". Static storage. */
const char *spx_schema_name(spx_schema schema);

typedef struct spx_texts {
    size_t n;
    const char **at;
} spx_texts;

/* One record. Texts are owned by the list; targets have no leading space. */
typedef struct spx_fact {
    long id;             /* case_id, or the record's place in the file */
    const char *prompt;  /* whole prompt, subject in place */
    const char *subject; /* occurs exactly once in prompt */
    const char *target_new;
    const char *target_true;                /* NULL: none is given */
    const char *relation, *target_id;       /* CounterFact: relation_id, target_new.id; else NULL */
    const char *locality, *locality_answer; /* zsRE: a question of another topic; else NULL */
    spx_texts paraphrase;                   /* prompts that target_new must answer too */
    spx_texts generation;                   /* prompts for free text about the subject */
    spx_texts neighbor; /* prompts of other subjects that target_true must go on answering */
} spx_fact;

typedef struct spx_facts {
    spx_schema schema;
    size_t n;
    spx_fact *fact;
    size_t skipped;    /* malformed records of the file left out */
    size_t rebuilt;    /* neighbours made from other records */
    spx_scratch texts; /* where they lie */
} spx_facts;

typedef struct spx_facts_opts {
    size_t first, count; /* good records first .. first + count - 1; count 0: to the end */
    bool skip_bad;       /* leave malformed records out and count them; else the first ends it */
    bool alt;         /* zsRE: the target is "alt", as EasyEdit edits; else answers[0], as MEMIT */
    size_t neighbors; /* complete each record's neighbours to so many; 0: leave them */
} spx_facts_opts;

/**
 * Reads facts from a JSON array or from JSON lines.
 *
 * EasyEdit's rephrase_prompt is in most records a generation prompt of CounterFact, not a
 * paraphrase. Which it is is told from the file: a generation prompt comes from a template, so that
 * with the subject blanked it stands in other records too, or it begins with the subject; a
 * paraphrase has a sentence of its own before it. Of the 20,000 public records, this rule calls
 * 3,404 paraphrases; in files of under a thousand some templates occur once and are missed.
 *
 * A rebuilt neighbour is the prompt of another record with the same prompt but for its subject and
 * the same target_true; records outside first .. first + count - 1 only (they are not edited),
 * unless these are all.
 *
 * @return SPX_OK; SPX_EFORMAT naming file, record or line, id and fault: a missing or empty field,
 * a subject that is not in its prompt or is there twice, a record of another schema; SPX_EINVAL if
 * the file has fewer records. Free with spx_facts_free.
 */
SPX_CHECKED spx_status spx_facts_read(const char *path, const spx_facts_opts *o, spx_facts *out,
                                      spx_error *err);
void spx_facts_free(spx_facts *f);

#endif
