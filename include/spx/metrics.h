/* spx/metrics.h: what a model can still do: facts, perplexity, last words. */
#ifndef SPX_METRICS_H
#define SPX_METRICS_H

#include "spx/facts.h"
#include "spx/model.h"
#include "spx/tokenizer.h"

/* One number with its 95 % interval and the number of items behind it. */
typedef struct spx_metric {
    const spx_quantity *q; /* a row of the table of metrics */
    const char *set;       /* the file's base name it was measured on; borrowed */
    double value, lo, hi;
    size_t items;
} spx_metric;
const spx_quantity *spx_metrics(size_t *n);

/* What to measure; NULL or 0 leaves a family out. */
typedef struct spx_eval_plan {
    const spx_facts *facts; /* rewrite_*, paraphrase_*, neighborhood_* */
    const char *facts_name;
    const char *perplexity_file; /* text */
    size_t perplexity_tokens,
        window;               /* first tokens of it (0: all), in windows that do not overlap */
    const char *lambada_file; /* JSON lines with "text" */
    size_t lambada_items;     /* first items (0: all) */
} spx_eval_plan;

/* An evaluation made ready: texts read and tokenised once, used for many models and stages. */
typedef struct spx_eval spx_eval;
SPX_CHECKED spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t,
                                    spx_eval **out, spx_error *err);
void spx_eval_free(spx_eval *e);

#define SPX_EVAL_MAX 16
/**
 * Runs it on a model. out receives *n metrics.
 *
 * CounterFact (Meng et al. 2022): s(x, t) = -(1/m) sum_j log p(t_j | x, t_<j), target with a
 * leading space. rewrite_success: s(true) > s(new) on the prompt; paraphrase_success the same on
 * the rephrase prompt; neighborhood_success: s(true) < s(new) on the neighbour. *_acc: every token
 * of new (of true for the neighbour) is the argmax under teacher forcing. Percent, Wilson interval.
 * perplexity: exp of the mean NLL of tokens 2 .. w of every window; interval from the windows'
 * means. lambada: the whole last word by argmax under teacher forcing; percent.
 */
SPX_CHECKED spx_status spx_eval_run(const spx_eval *e, const spx_model *m,
                                    spx_metric out[SPX_EVAL_MAX], size_t *n, spx_error *err);
/* As above, for the facts alone, over a subset: indices into the plan's facts. */
SPX_CHECKED spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index,
                                      size_t count, spx_metric out[SPX_EVAL_MAX], size_t *n,
                                      spx_error *err);

#endif
