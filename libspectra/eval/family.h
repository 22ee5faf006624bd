/* family.h: what a family of metrics is, and what the families share. */
#ifndef SPX_EVAL_FAMILY_H
#define SPX_EVAL_FAMILY_H

#include "eval/metrics_results.h"
#include "eval/records.h"
#include "eval/score.h"
#include "eval/units.h"

#include "spx/generate.h"

/* Every family, in the order in which spx_eval_families lists them. A new one is a file of this
 * folder that defines its row, family_NAME, and a line here. */
/* clang-format off */
#define EVAL_FAMILIES(row) \
    row(perplexity)        \
    row(lambada)           \
    row(mmlu)              \
    row(sst2)              \
    row(mrpc)              \
    row(cola)              \
    row(rte)               \
    row(rte_fixed)         \
    row(nli)               \
    row(mmlu_glue)         \
    row(nq_open)           \
    row(gsm8k)             \
    row(drift)
/* clang-format on */

/* What a family is prepared with and run in. */
typedef struct setting {
    const spx_tokenizer *tokenizer;
    const char *set;     /* base name of the file */
    const void *variant; /* the family's, from its row */
    uint64_t seed;
    bool skip_bad;
    size_t drift; /* prompts of facts that are compared with the unedited model */
    units *units; /* the share of the questions that the model is asked; NULL: all */
} setting;

typedef struct family {
    const char *name, *reads, *help; /* as in spx_eval_family */
    const void *variant;             /* of a file that holds several: what this one asks */
    /* Reads and tokenises a file; *out goes to run and free. *skipped: malformed records left out.
     * Nothing is kept on failure. */
    spx_status (*ready)(const spx_eval_task *task, const setting *s, void **out, size_t *skipped,
                        spx_error *err);
    /* Asks the model by score_items and texts_generate; adds the metrics to out, if not NULL. */
    spx_status (*run)(const void *ready, const setting *s, const spx_model *m, spx_results *out,
                      spx_error *err);
    /* NULL, or asks the unedited model, whose answers run compares with: it cannot run without. */
    spx_status (*run_unedited)(void *ready, const setting *s, const spx_model *m, spx_error *err);
    void (*free)(void *ready);
    /* The i-th quantity that it measures; NULL past the last. */
    const spx_quantity *(*quantity)(const void *variant, size_t i);
} family;
#define DECLARE_FAMILY(name) extern const family family_##name;
EVAL_FAMILIES(DECLARE_FAMILY)

/* metric_families.c: the family called `name`; SPX_EINVAL names those that exist. */
SPX_CHECKED spx_status family_find(const char *name, const family **out, spx_error *err);

/* metric_families.c: the i-th quantity of all families; NULL past the last. */
const spx_quantity *family_quantity(size_t i);

/* A family of metrics of edited facts, each run on the facts that `index` lists. */
typedef struct fact_family {
    spx_status (*ready)(const spx_facts *f, const setting *s, void **out, spx_error *err);
    spx_status (*run)(const void *ready, const setting *s, const size_t *index, size_t count,
                      const spx_model *m, spx_results *out, spx_error *err);
    /* NULL, or the same on the unedited model, whose answers later runs are compared with. */
    spx_status (*run_unedited)(void *ready, const setting *s, const size_t *index, size_t count,
                               const spx_model *m, spx_results *out, spx_error *err);
    bool compares; /* it cannot run without run_unedited */
    void (*free)(void *ready);
    const spx_quantity *(*quantity)(size_t i); /* as of a family */
} fact_family;
extern const fact_family counterfact_facts, zsre_facts, probe_facts, answer_facts, drift_facts;

/* fluency.c: free text about the subjects. `references` (NULL: none) is CounterFact's
 * attribute_snippets.json: relation_id, target_id, samples with text. The facts are borrowed. */
SPX_CHECKED spx_status fluency_ready(const spx_facts *f, const char *references, const setting *s,
                                     void **out, spx_error *err);
SPX_CHECKED spx_status fluency_run(const void *ready, const setting *s, const size_t *index,
                                   size_t count, const spx_model *m, spx_results *out,
                                   spx_error *err);
void fluency_free(void *ready);
const spx_quantity *fluency_quantity(size_t i); /* as of a family */

/* record_tokens.c: passes on the status of what was done for one fact; a failure's message gets the
 * file's name and the fact's id. */
SPX_CHECKED spx_status of_fact(spx_status st, const setting *s, const spx_fact *f, spx_error *err);
/* Tokens of before + text, encoded as a prompt or, if the whole begins with a
 * space, as the continuation of one. SPX_EINVAL if it has no token. */
SPX_CHECKED spx_status tokens_of(const spx_tokenizer *t, const char *before, const char *text,
                                 spx_tokens *out, spx_error *err);
/* The item of a prompt and a target of a record of the file. */
score_item item_of(const setting *s, long record, const spx_tokens *prompt,
                   const spx_tokens *target);

/* Texts that a model appended to prompts. Start from {0}; free with texts_free. */
typedef struct generated_texts {
    char **at;
    size_t n;
} generated_texts;
/* Continues n prompts as o says, 64 at a time, each batch with o's seed plus the number of its
 * first prompt. A text also ends at the tokenizer's EOS, or soon after the first of the stops
 * (NULL-terminated, or NULL), which is then part of it. */
SPX_CHECKED spx_status texts_generate(const setting *s, const spx_model *m,
                                      const spx_tokens *prompt, size_t n,
                                      const spx_generate_opts *o, const char *const *stop,
                                      generated_texts *out, spx_error *err);
void texts_free(generated_texts *t);

#endif
