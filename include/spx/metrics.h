/* spx/metrics.h: what a model can still do: facts, perplexity, last words, tests of abilities. */
#ifndef SPX_METRICS_H
#define SPX_METRICS_H

#include "spx/bytes.h"
#include "spx/facts.h"
#include "spx/file.h"
#include "spx/model.h"
#include "spx/store.h"
#include "spx/tokenizer.h"

#include <stdint.h>

/*
 * One number with its 95 % interval and the number of items behind it. Of shares of yes and no the
 * interval is Wilson's (1927), of everything else the 2.5 and 97.5 percentiles of 1,000 bootstrap
 * means over the items, with a seed; NaN where one item leaves it open.
 */
typedef struct spx_metric {
    const spx_quantity *q; /* static */
    const char *set;       /* the file's base name it was measured on; borrowed from the plan */
    double value, lo, hi;
    size_t items;
} spx_metric;

/* What one item gave: a record, a passage, a window. Two models' items pair by metric, set, item.
 */
typedef struct spx_item {
    const spx_quantity *q;
    const char *set;
    long item; /* the record's id or place */
    double value;
} spx_item;

/* Start from {0}; grows with every evaluation; free with spx_results_free. */
typedef struct spx_results {
    spx_metric *metric;
    spx_item *item;
    size_t metrics, items, metric_room, item_room;
} spx_results;
void spx_results_free(spx_results *r);

/* A task: a family of metrics on a file. Zero leaves an option at its default. */
typedef struct spx_eval_task {
    const char *family; /* a name of spx_eval_families */
    const char *file;
    size_t items;  /* first records, of mmlu in each file; 0: all */
    size_t shots;  /* examples with answers in the prompt: of mmlu from dev/, of the GLUE tasks from
                      the ten records kept for them, of nq_open and gsm8k the first, not tested */
    size_t tokens; /* perplexity: first tokens of the text; 0: all */
    size_t window,
        stride; /* perplexity: tokens a window [512], tokens from one to the next [window] */
} spx_eval_task;

/* SHA-256 of its file, or over those of a folder's CSV files in the order of their names. */
SPX_CHECKED spx_status spx_eval_task_hash(const spx_eval_task *task, char out[SPX_SHA256_HEX],
                                          spx_error *err);

/* Names of the families with a line on what each reads and measures. Static storage. */
typedef struct spx_eval_family {
    const char *name, *help;
} spx_eval_family;
size_t spx_eval_families(spx_eval_family *out, size_t most);

typedef struct spx_eval_plan {
    const spx_facts *facts; /* or NULL; borrowed */
    const char *facts_name;
    bool generate;          /* facts: free text about the subjects too */
    const char *references; /* and texts that it should be like: attribute_snippets.json, or NULL */
    const spx_eval_task *task; /* borrowed */
    size_t tasks;
    uint64_t seed; /* of the bootstrap */
    bool skip_bad; /* leave malformed records out; each file's count is a metric, "skipped" */
} spx_eval_plan;

/* An evaluation made ready: texts read and tokenised once, used for many models and stages. */
typedef struct spx_eval spx_eval;
SPX_CHECKED spx_status spx_eval_new(const spx_eval_plan *plan, const spx_tokenizer *t,
                                    spx_eval **out, spx_error *err);
void spx_eval_free(spx_eval *e);
/* Malformed records left out of the files of its tasks; 0 for NULL. */
size_t spx_eval_skipped(const spx_eval *e);

/**
 * Runs it on a model and appends to out; facts first, then the tasks in order.
 *
 * CounterFact (Meng et al. 2022): s(x, t) = -(1/m) sum_j log p(t_j | x, t_<j), target with a
 * leading space. A record's value is the mean over its prompts of a kind, the metric the mean over
 * records that have one. rewrite, paraphrase: success s(true) > s(new); diff 100 (exp(-s(new)) -
 * exp(-s(true))); acc: every token of new is the argmax under teacher forcing. neighborhood: the
 * other way round, acc with the tokens of true. rephrase_*: as paraphrase, on every rephrase prompt
 * of an EasyEdit file, paraphrase or not. score: harmonic mean of the three successes.
 * perplexity: exp of the mean NLL of tokens 2 .. w of every window; where windows overlap, of those
 * that no window before had. perplexity_second_half: of the second half of every window. lambada:
 * the whole last word by argmax under teacher forcing; lambada_perplexity: exp of the mean over
 * passages of -log p(word).
 * With plan.generate, over every generation prompt continued to 100 tokens, each drawn from the
 * five likeliest: ngram_entropy, 100 (H2 / 3 + 2 H3 / 3) of the text in the words of nltk's
 * NLTKWordTokenizer (MEMIT's word_tokenize; but a sentence ends at every . ? ! before a blank,
 * where nltk's Punkt also knows abbreviations: "Dr." is two words here); repetition, the share of
 * its 4-grams that it has had before; reference_score, the cosine of TF-IDF vectors of all texts of
 * a fact and the reference texts of its new object. mmlu: the likeliest of " A" to " D" behind
 * "Answer:". The GLUE tasks (glue_eval of AlphaEdit): T_f1, T_mcc, T_correct, T_invalid of five
 * greedy tokens, an answer that is none a class of its own; T_f1_new, T_mcc_new, T_acc_new of the
 * answer with the least NLL a token. F1 is weighted by the gold classes. nq_open and gsm8k, with
 * prompts, stops and comparison of lm-evaluation-harness 0.4.9: the greedy answer is one of the
 * gold ones but for articles, case and punctuation (32 tokens at most); the number behind "####" is
 * the gold one (256 tokens), gsm8k_flexible the last number.
 * @return SPX_OK; SPX_EINVAL if a text is longer than the model's context; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_eval_run(const spx_eval *e, const spx_model *m, spx_results *out,
                                    spx_error *err);
/**
 * The facts on the model before it is edited, where its numbers are needed beside the edited one's:
 * zsRE. Appends them to out and remembers what zsre_locality compares with. Of other facts nothing.
 *
 * zsRE, token by token under teacher forcing, a record's value the share of its tokens:
 * zsre_efficacy of the target on the question, zsre_generalization on the rephrase (MEMIT's; with
 * spx_facts_opts.alt EasyEdit's rewrite_acc and rephrase_acc), zsre_exact and zsre_rephrase_exact
 * all of them; zsre_specificity of the gold answer on another topic's question with "?" behind it
 * (MEMIT's: low for any model, compare with the unedited row); zsre_locality of argmax tokens on it
 * without "?" that are the unedited model's (EasyEdit's).
 */
SPX_CHECKED spx_status spx_eval_unedited(spx_eval *e, const spx_model *m, spx_results *out,
                                         spx_error *err);
/*
 * The same in units, for several processes: the packed batches of questions that a model is asked.
 * Each has the same members however many processes there are, so that the answers' last bits, and
 * sums over them in one order, are those of one process.
 */
typedef struct spx_eval_unit {
    size_t part; /* 0: the facts on the unedited model, 1: the facts, 2 ...: the tasks in order */
    size_t at;   /* its place among the part's */
    double cost; /* tokens that go through the model */
} spx_eval_unit;

/* All of them, those of part 0 only if `unedited`; free *out with spx_free. Asks the model nothing.
 */
SPX_CHECKED spx_status spx_eval_units(const spx_eval *e, const spx_model *m, bool unedited,
                                      spx_eval_unit **out, size_t *n, spx_error *err);
/* Appends to out what the model answers to one. */
SPX_CHECKED spx_status spx_eval_answer(const spx_eval *e, const spx_model *m,
                                       const spx_eval_unit *unit, spx_bytes *out, spx_error *err);
/* What unit `unit` of the n answered, to be read; borrowed until the next call. */
typedef spx_status spx_eval_given(size_t unit, spx_reader *out, void *arg, spx_error *err);
/* What spx_eval_unedited would append to before (NULL: the units have no part 0), and spx_eval_run
 * to out. Asks the model nothing. SPX_EFORMAT if the answers are to other questions. */
SPX_CHECKED spx_status spx_eval_join(spx_eval *e, const spx_model *m, spx_eval_given *given,
                                     void *arg, spx_results *before, spx_results *out,
                                     spx_error *err);
/* The facts alone, over a subset: indices into the plan's facts. */
SPX_CHECKED spx_status spx_eval_facts(const spx_eval *e, const spx_model *m, const size_t *index,
                                      size_t count, spx_results *out, spx_error *err);

/* Group "evaluation": every metric of r under its name, with its interval (_lo, _hi) and the number
 * of items (_items). A metric measured on several sets is that of the last one. */
SPX_CHECKED spx_status spx_record_evaluation(spx_store *store, size_t stage, const spx_results *r,
                                             spx_error *err);

#endif
