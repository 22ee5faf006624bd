/* spx/tune.h: settings for a model that nobody has tuned: where its facts pass, and a search for
 * layers and hyperparameters that write facts and spare the rest. */
#ifndef SPX_TUNE_H
#define SPX_TUNE_H

#include "spx/comm.h"
#include "spx/file.h"
#include "spx/presets.h"
#include "spx/run.h"
#include "spx/statistics.h"
#include "spx/trace.h"

#define SPX_TUNE_FACTS  64  /* most facts traced */
#define SPX_TUNE_LEAST  5   /* fewest from which it is said whether a layer stores facts */
#define SPX_TUNE_TRIALS 512 /* most settings tried */
enum { SPX_TUNE_RUNGS = 2 };

/* What is tuned, and by what. Texts are borrowed. */
typedef struct spx_tune_opts {
    const spx_run_spec *start;   /* model, facts, first record, editor, filter, prefixes, and the
                                  settings to begin with; without layers, those around the trace's
                                  peak */
    const char *moments_text;    /* the text to measure second moments of keys on, */
    size_t moments_tokens;       /* how much of it, */
    const char *moments;         /* and the run file that keeps them, and is used again */
    const char *text, *passages; /* of perplexity and LAMBADA; NULL: it does not count */
    size_t scan, trace_facts;    /* records asked for facts that the model knows; traced of these */
    size_t samples, window;      /* of the trace; window 0: a fifth of the blocks, as 10 of 48 */
    bool search;                 /* else only the trace is made */
    size_t trials;               /* settings in the first rung; 0: as many as fit into the budget */
    size_t edits;                /* that the settings are to stand */
    double minutes;              /* of wall time to fill, as far as trials foresee it */
    const char *const *preset;   /* files of `presets` settings that serve other models */
    size_t presets;
    uint64_t seed;
    spx_comm *comm;                 /* ranks that share traces and trials; NULL: none */
    const char *journal, *identity; /* file that keeps what is done; lines that say what it is of */
    bool (*stop)(void);             /* asked between pieces of work; may be NULL */
    void (*say)(const char *line);  /* what is going on; may be NULL */
    const spx_notify *notify;
} spx_tune_opts;

/* Defaults: 600 records scanned, 12 facts traced with 3 samples, 16,384 tokens, 200 edits, 15
 * minutes. */
spx_tune_opts spx_tune_defaults(void);

/* The trace of several facts: means by kind, layer and place, and of the first order. */
typedef struct spx_tune_trace {
    size_t layers, scanned, known, facts; /* records asked, known among them, traced of these */
    double noise;                         /* standard deviation */
    spx_mean clean, corrupted;
    spx_mean *effect, *order; /* kinds x layers x SPX_PLACES; NaN where nothing was traced */
    double agreement[SPX_TRACE_KINDS]; /* Spearman's correlation of the two over layers and places;
                                          NaN for the severed kinds */
    spx_trace_place place; /* where in the subject FFNs are looked at: its last token, which editors
                              write at, unless none carries anything there but earlier ones do */
    size_t peak;           /* the layer whose FFN carries most at that place */
    bool stores; /* SPX_TUNE_LEAST facts are traced, and the mean effect there is above 0.01: */
    bool sure;   /* its interval, too */
} spx_tune_trace;
static inline size_t spx_tune_cell(const spx_tune_trace *t, spx_trace_kind k, size_t l,
                                   spx_trace_place at)
{
    return ((size_t)k * t->layers + l) * SPX_PLACES + (size_t)at;
}

/*
 * The goal. Of a fact, the mean of what its records have of rewrite_success, rewrite_acc,
 * paraphrase_success, rephrase_success (EasyEdit's records, few of whose rephrase prompts are
 * paraphrases), neighborhood_success and, of zsRE's, zsre_efficacy, zsre_generalization,
 * zsre_specificity, in %; `facts` is its mean. From it is taken what the abilities lost:
 *
 *     score = facts - max(1, edits / n) (100 max(0, ln(perplexity / base))
 *                                        + 10 max(0, ln(lambada / base_lambada)))
 *
 * of perplexities, of the text and of the last words of LAMBADA's passages, which is some five
 * times as sensitive: a tenth more costs 9.5 points of the one and one of the other. A trial of n
 * facts has lost less than the edits asked for would: both logarithms are taken to grow in
 * proportion to their number.
 */
typedef struct spx_tune_score {
    double facts, perplexity, lambada, score; /* NaN: not measured; a trial that failed has -inf */
    double seconds, search, opening; /* that it took; the shares of them that went into targets, and
                                        into reading and factoring what an editor needs */
} spx_tune_score;

typedef struct spx_tune_trial {
    spx_run_spec spec; /* texts as in start */
    size_t rungs;      /* how many it has been through */
    spx_tune_score score[SPX_TUNE_RUNGS];
} spx_tune_trial;

typedef struct spx_tuned {
    char fingerprint[SPX_SHA256_HEX], kind[SPX_MODEL_KIND]; /* of the model (presets.h) */
    spx_tune_trace trace;
    size_t trials, best; /* trial[0] is the start */
    spx_tune_trial *trial;
    size_t rung_facts[SPX_TUNE_RUNGS], held_facts;
    spx_tune_score quick_base, base, held_base; /* abilities before any edit, on the text of the
                                                   first rung, of the others, and held apart */
    spx_tune_score held_start, held_best;       /* on facts and text that the search did not use */
    spx_mean gain; /* of the goal of held-apart facts, best less start, paired; without abilities */
    bool filtered; /* the best has a filter: */
    spx_tune_score held_plain; /* the same settings without it, */
    spx_mean filter_gain;      /* and what the filter gains, as gain */
    double seconds;
    spx_scratch memory;
} spx_tuned;

/**
 * Traces where facts pass (spx/trace.h), then searches: settings are drawn from layer sets (the
 * trace's peak alone and around it, its ranking, and runs of five blocks at several depths) and
 * from values of lambda, clamp, v_lr, steps, weight_decay and contexts, as far as the editor reads
 * them, each value once before any comes again, after those of presets of other models, around the
 * trace's peak, that take no more steps than what is drawn; with a filter also of tau, rank and
 * basis, as far as it takes them, and at the end the best is measured without the filter too.
 * By successive halving (Jamieson and Talwalkar 2016), a quarter of them, the start among them if
 * it is as good, goes on from the first rung to a second of twice as many facts; of settings that
 * measure alike one does. The first rung also tries, on its facts, up to as many settings near the
 * best three so far, and ends while the second is left time for all its facts. Each has facts of
 * its own, in four rounds: what writes a few well may undo itself, or the model, when more follow.
 * What scores best in the second is measured beside the start on facts and text that no rung had. A
 * start that would take about a tenth of the budget is in no rung (rungs is 0), and the best after
 * all if in that last comparison it scores as much and the interval of the gain is below zero.
 *
 * Everything that is finished is kept in the journal, from which the same call goes on. Ranks share
 * facts traced and trials; time that they work at once counts once. Trials are deterministic given
 * the seed and the number of threads; how many fit into a budget depends on the clock, and is
 * decided once and kept.
 *
 * @param[out] out  free with spx_tuned_free. Without trace.stores, or without o->search, there are no
 *                  trials.
 * @return SPX_OK; SPX_EINTR if stop() said so; SPX_EINVAL if the file has too few records, or the
 *         journal is of other work; those of spx_run.
 */
SPX_CHECKED spx_status spx_tune(const spx_tune_opts *o, spx_tuned *out, spx_error *err);
void spx_tuned_free(spx_tuned *t);

/* What was found and how sure it is, in one sentence; of a filter, in a second one, whether it is
 * worth it. */
enum { SPX_TUNE_SENTENCE = 768 };
void spx_tuned_sentence(const spx_tuned *t, char *out, size_t size);
/* The settings found as a preset (spx/params.h); only if there are trials. SPX_EIO. */
SPX_CHECKED spx_status spx_tuned_write_preset(const spx_tuned *t, const char *model,
                                              const char *path, spx_error *err);
/* The evidence as a run file, which must not exist: groups "trace" (of each kind, layers x places:
 * mean, _lo, _hi, _first_order) and "tune" (matrix trials, a row a trial and rung). */
SPX_CHECKED spx_status spx_tuned_write_evidence(const spx_tuned *t, const spx_tune_opts *o,
                                                const char *path, spx_error *err);

#endif
