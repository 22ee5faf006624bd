/* spx/facts.h: records of facts to edit and to evaluate. */
#ifndef SPX_FACTS_H
#define SPX_FACTS_H

#include "spx/base.h"
#include "spx/notify.h"

#include <stdbool.h>

/* The layout of a file's records, recognised by the first of them. */
typedef enum spx_schema {
    SPX_COUNTERFACT, /* CounterFact, MultiCounterFact (Meng et al. 2022): requested_rewrite,
                        paraphrase_prompts, neighborhood_prompts, generation_prompts */
    SPX_EASYEDIT,    /* CounterFact as flattened by EasyEdit: prompt, subject, target_new,
                        ground_truth, rephrase_prompt, locality_prompt */
    SPX_ZSRE,        /* zsRE (MEND): subject, src, rephrase, alt, answers, loc, loc_ans */
    SPX_KNOWEDIT, /* KnowEdit (Zhang et al. 2024; wiki_counterfact, wiki_recent, ZsRE, wiki_bio): as
                        EasyEdit's, with nested portability and locality; ground_truth may lack */
    SPX_MQUAKE,   /* MQuAKE (Zhong et al. 2023): a list requested_rewrite, questions, new_answer,
                        new_single_hops */
    SPX_RIPPLE,   /* RippleEdits (Cohen et al. 2024): edit, and tests by their kind */
    SPX_SCHEMAS
} spx_schema;
/* "counterfact", "easyedit", "zsre", "knowedit", "mquake" or "rippleedits". Static storage. */
const char *spx_schema_name(spx_schema schema);

typedef struct spx_texts {
    size_t n;
    const char **at;
} spx_texts;

/* What a probe asks: whether the new fact carries over to what follows from it, or, where it is
 * local, whether something else stayed as it was. */
typedef enum spx_probe_kind {
    SPX_PROBE_REASONING,
    SPX_PROBE_LOGICAL,
    SPX_PROBE_ALIASING,
    SPX_PROBE_COMPOSITION_I,
    SPX_PROBE_COMPOSITION_II,
    SPX_PROBE_ONE_HOP,
    SPX_PROBE_TWO_HOP,
    SPX_PROBE_MULTI_HOP, /* three steps and more, or as many as the file does not say */
    SPX_PROBE_RELATION,  /* from here on local */
    SPX_PROBE_FORGETFULNESS,
    SPX_PROBE_NEIGHBORHOOD,
    SPX_PROBE_DISTRACTING,
    SPX_PROBES
} spx_probe_kind;
/* "reasoning", "logical_generalization" and so on: the data sets' names in lower case. */
const char *spx_probe_name(spx_probe_kind kind);
bool spx_probe_is_local(spx_probe_kind kind);

typedef struct spx_probe {
    spx_probe_kind kind;
    const char *prompt, *answer;
} spx_probe;

/* One fact: a record, or a rewrite of a record that has several. Texts are owned by the list;
 * targets have no leading space. */
typedef struct spx_fact {
    long id;            /* case_id, or the record's place in the file; of MQuAKE, ten times that
                           plus the place of the rewrite */
    const char *prompt; /* the whole prompt, with the subject in it */
    const char *subject;
    size_t subject_at; /* byte of prompt where the subject begins that is meant */
    const char *target_new;
    const char *target_true;     /* NULL: not given */
    const char *relation;        /* CounterFact: relation_id; else NULL */
    const char *target_id;       /* CounterFact: target_new.id; else NULL */
    const char *locality;        /* zsRE: a question of another topic; else NULL */
    const char *locality_answer; /* zsRE: its gold answer; else NULL */
    spx_texts paraphrase;        /* prompts that should now be continued with target_new */
    spx_texts generation;        /* prompts for free text about the subject */
    spx_texts neighbor;          /* prompts of other subjects; target_true should still follow */
    size_t probes;
    spx_probe *probe;
} spx_fact;

typedef struct spx_facts {
    spx_schema schema;
    size_t n;
    spx_fact *fact;
    size_t skipped;    /* malformed records left out */
    size_t rebuilt;    /* neighbours taken from other records */
    spx_scratch texts; /* storage of the records' texts */
} spx_facts;

typedef struct spx_facts_opts {
    size_t first, count; /* well-formed records first .. first + count - 1; count 0: to the end */
    bool skip_bad;       /* leave malformed records out and count them, instead of failing */
    bool alt;            /* zsRE: the target is "alt" (EasyEdit), not answers[0] (MEMIT) */
    size_t neighbors;    /* complete each record's neighbours to this number; 0: leave them */
    const spx_notify *notify; /* told once what the file has that is not used; may be NULL */
} spx_facts_opts;

/**
 * Reads facts from a JSON array or from JSON lines.
 *
 * Where a list stands for a text (target_new, ground_truth, answers) its first counts, and for
 * prompts all do. A prompt may have {} in place of its subject, and then the text around it may
 * name the subject again; without {} it must name it once. RippleEdits has no subjects: they are
 * taken from the sentences of its relations. Each rewrite of MQuAKE is a fact, in the order of the
 * file, and what asks for all of a record's rewrites is asked of the last. Fields that are not
 * used, and probes without an answer, are noted with their number.
 *
 * EasyEdit's rephrase_prompt is in most records a generation prompt of CounterFact, not a
 * paraphrase. The two are told apart by the whole file: a generation prompt comes from a template,
 * so that with the subject blanked it appears in other records too, or it begins with the subject;
 * a paraphrase begins with an unrelated sentence. Of the 20,000 public records, this rule
 * classifies 3,404 as paraphrases; in files of less than a thousand records, some templates occur
 * only once and are missed.
 *
 * A neighbour is completed from another record with the same target_true and the same prompt but
 * for the subject. Records first .. first + count - 1, which will be edited, do not serve as
 * neighbours unless the file has no others.
 *
 * @param[in]  path  the file; its schema is that of its first record.
 * @param[in]  o     which records, and how to read them.
 * @param[out] out   the records; free with spx_facts_free.
 * @return SPX_OK; SPX_EFORMAT naming file, record or line, id and fault: a missing or empty field,
 *         a subject that does not appear in its prompt exactly once and has no {}, a record of
 *         another schema;
 *         SPX_EINVAL if the file has too few records; SPX_EIO; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_facts_read(const char *path, const spx_facts_opts *o, spx_facts *out,
                                      spx_error *err);
void spx_facts_free(spx_facts *f);

#endif
