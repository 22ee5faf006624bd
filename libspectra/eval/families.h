/* families.h: the families of metrics that eval.c runs: texts made ready once, measured often. */
#ifndef SPX_EVAL_FAMILIES_H
#define SPX_EVAL_FAMILIES_H

#include "eval/score.h"

#include "spx/metrics.h"

enum {
    M_REWRITE_SUCCESS,
    M_REWRITE_ACC,
    M_PARAPHRASE_SUCCESS,
    M_PARAPHRASE_ACC,
    M_NEIGHBORHOOD_SUCCESS,
    M_NEIGHBORHOOD_ACC,
    M_PERPLEXITY,
    M_LAMBADA,
    METRICS
};

/* A share of yes among n, in percent, with its Wilson interval (Wilson 1927), 95 %. */
spx_metric share_metric(int which, const char *set, size_t yes, size_t n);

/* Three prompts (rewrite, paraphrase, neighbourhood) and two targets (new, true) a fact. */
typedef struct fact_tokens {
    spx_tokens prompt[3], target[2]; /* a prompt that the file lacks has n = 0 */
} fact_tokens;
SPX_CHECKED spx_status counterfact_ready(const spx_facts *f, const char *name,
                                         const spx_tokenizer *t, fact_tokens **out, spx_error *err);
void counterfact_free(fact_tokens *f, size_t n);
/* The facts index[0 .. count); appends at most 6 metrics to out. */
SPX_CHECKED spx_status counterfact_run(const fact_tokens *f, const char *set, const size_t *index,
                                       size_t count, const spx_model *m, spx_metric *out, size_t *n,
                                       spx_error *err);

SPX_CHECKED spx_status perplexity_ready(const char *path, size_t tokens, size_t window,
                                        const spx_tokenizer *t, spx_tokens *out, spx_error *err);
SPX_CHECKED spx_status perplexity_run(const spx_tokens *text, size_t window, const char *set,
                                      const spx_model *m, spx_metric *out, spx_error *err);

/* Passages: context ids, and those of " " + last word. */
typedef struct passage {
    spx_tokens context, word;
} passage;
SPX_CHECKED spx_status lambada_ready(const char *path, size_t items, const spx_tokenizer *t,
                                     passage **out, size_t *n, spx_error *err);
void lambada_free(passage *p, size_t n);
SPX_CHECKED spx_status lambada_run(const passage *p, size_t n, const char *set, const spx_model *m,
                                   spx_metric *out, spx_error *err);

#endif
