/* families.h: the families of metrics that eval.c runs: texts made ready once, measured often. */
#ifndef SPX_EVAL_FAMILIES_H
#define SPX_EVAL_FAMILIES_H

#include "eval/metrics_results.h"
#include "eval/records.h"
#include "eval/score.h"
#include "eval/units.h"

#include "spx/generate.h"

/* What a family is made ready with, and run in. */
typedef struct setting {
    const spx_tokenizer *tokenizer;
    const char *set; /* base name of the file */
    uint64_t seed;
    bool skip_bad;
    units *units; /* what of it the model is asked; NULL: all */
} setting;

/* A family: one file of this folder, one row in eval.c. */
typedef struct family {
    const char *name, *help;
    /* Reads and tokenises; *out, whatever it is, goes to run and free. *skipped: malformed records
     * left out. On failure nothing is kept. */
    spx_status (*ready)(const spx_eval_task *task, const setting *s, void **out, size_t *skipped,
                        spx_error *err);
    /* Asks the model, by score_items and texts_generate, and sums up, unless out is NULL. */
    spx_status (*run)(const void *ready, const setting *s, const spx_model *m, spx_results *out,
                      spx_error *err);
    void (*free)(void *ready);
} family;
extern const family family_perplexity, family_lambada, family_mmlu, family_sst2, family_mrpc,
    family_cola, family_rte, family_rte_fixed, family_nli, family_mmlu_glue, family_nq_open,
    family_gsm8k;

/* counterfact.c: facts of the CounterFact and EasyEdit schemas. */
SPX_CHECKED spx_status counterfact_ready(const spx_facts *f, const setting *s, void **out,
                                         spx_error *err);
void counterfact_free(void *ready);
SPX_CHECKED spx_status counterfact_run(const void *ready, const setting *s, const size_t *index,
                                       size_t count, const spx_model *m, spx_results *out,
                                       spx_error *err);

/* zsre.c: facts of the zsRE schema. `unedited`: this model is the one that zsre_locality compares
 * with from now on. */
SPX_CHECKED spx_status zsre_ready(const spx_facts *f, const setting *s, void **out, spx_error *err);
void zsre_free(void *ready);
SPX_CHECKED spx_status zsre_run(void *ready, const setting *s, const size_t *index, size_t count,
                                const spx_model *m, bool unedited, spx_results *out,
                                spx_error *err);

/* fluency.c: free text about the subjects; references (NULL: none) as CounterFact's
 * attribute_snippets.json: relation_id, target_id, samples with text. The facts are borrowed. */
SPX_CHECKED spx_status fluency_ready(const spx_facts *f, const char *references, const setting *s,
                                     void **out, spx_error *err);
void fluency_free(void *ready);
SPX_CHECKED spx_status fluency_run(const void *ready, const setting *s, const size_t *index,
                                   size_t count, const spx_model *m, spx_results *out,
                                   spx_error *err);

/* Tokens of before + text: a prompt or, if that begins with a space, what goes on behind one.
 * SPX_EINVAL if there is none. */
SPX_CHECKED spx_status tokens_of(const spx_tokenizer *t, const char *before, const char *text,
                                 spx_tokens *out, spx_error *err);
/* The item of a prompt and a target. */
score_item item_of(const spx_tokens *prompt, const spx_tokens *target);

/* Texts that a model put behind prompts. Start from {0}; free with texts_free. */
typedef struct texts_behind {
    char **at;
    size_t n;
} texts_behind;
/* As o says, 64 prompts together, of which the seed is o's and the number of the first; but that a
 * text ends where the tokenizer's EOS comes, or soon behind the first of the
 * stops (NULL-terminated, or NULL), which is in the text. */
SPX_CHECKED spx_status texts_generate(const setting *s, const spx_model *m,
                                      const spx_tokens *prompt, size_t n,
                                      const spx_generate_opts *o, const char *const *stop,
                                      texts_behind *out, spx_error *err);
void texts_free(texts_behind *t);

#endif
