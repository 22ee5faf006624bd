/* spx/trace.h: which states of a model carry a fact: causal tracing, and its first order. */
#ifndef SPX_TRACE_H
#define SPX_TRACE_H

#include "spx/model.h"
#include "spx/prompts.h"

/*
 * Causal tracing (Meng, Bau, Andonian and Belinkov 2022, "Locating and Editing Factual Associations
 * in GPT", section 2 and appendix B). A prompt runs three times:
 *
 *     clean      as it is; every state is kept
 *     corrupted  with Gaussian noise on the embeddings of the subject's tokens
 *     restored   corrupted, but states of one token are set to what they were in the clean run
 *
 * The indirect effect of a layer and a token is p(answer | restored) - p(answer | corrupted), each
 * a mean over samples of the noise. Its mean over facts says where what the model knows passes.
 */
typedef enum spx_trace_kind {
    SPX_TRACE_STREAM,       /* restored: the residual stream after the block */
    SPX_TRACE_FFN,          /* what the FFNs of a window of blocks add to it */
    SPX_TRACE_ATTENTION,    /* what their attention adds to it */
    SPX_TRACE_NO_FFN,       /* the stream, with the token's FFNs in all blocks kept corrupted */
    SPX_TRACE_NO_ATTENTION, /* the stream, with the token's attention kept corrupted */
    SPX_TRACE_KINDS
} spx_trace_kind;
#define SPX_TRACE_ALL ((1U << SPX_TRACE_KINDS) - 1)
/* "stream", "ffn", "attention", "stream_without_ffn", "stream_without_attention". */
const char *spx_trace_kind_name(spx_trace_kind kind);

/* The places of a prompt over which facts are averaged; every token from the subject on is in one.
 * A subject of one token has a last token only, and the prompt's last one comes before "after". */
typedef enum spx_trace_place {
    SPX_PLACE_SUBJECT_FIRST,
    SPX_PLACE_SUBJECT_MIDDLE,
    SPX_PLACE_SUBJECT_LAST,
    SPX_PLACE_AFTER,   /* the first token after the subject */
    SPX_PLACE_FURTHER, /* those between it and the last one */
    SPX_PLACE_LAST,    /* the prompt's last token, unless it is the subject's */
    SPX_PLACES
} spx_trace_place;
/* "first subject token" and so on, as the paper's figures say. */
const char *spx_trace_place_name(spx_trace_place place);

typedef struct spx_trace_prompt {
    size_t tokens, first, last; /* first and last: rows of the subject's first and last token */
    int32_t *token;
    int32_t answer; /* the first token of the target */
} spx_trace_prompt;

/* Tokenises a request; its target is what the model is asked for. Free with spx_trace_prompt_free.
 * SPX_EINVAL if the subject is not in the prompt or the target is empty; those of the tokeniser. */
SPX_CHECKED spx_status spx_trace_prompt_new(const spx_tokenizer *t, const spx_request *request,
                                            spx_trace_prompt *out, spx_error *err);
void spx_trace_prompt_free(spx_trace_prompt *p);
/* The place of row r, first <= r < tokens. */
spx_trace_place spx_trace_place_of(const spx_trace_prompt *p, size_t r);

/* out[i] <- whether the answer is the model's first choice after prompt i of n, which run as one
 * batch: only such facts can be traced. SPX_EINVAL if a prompt is longer than the context;
 * SPX_ENOMEM. */
SPX_CHECKED spx_status spx_trace_knows(const spx_model *m, const spx_trace_prompt *p, size_t n,
                                       bool *out, spx_error *err);
/* *out <- the standard deviation of the numbers in the embeddings of the subjects of n prompts, as
 * the stream receives them (scaled, with learned positions). SPX_ENOMEM. */
SPX_CHECKED spx_status spx_trace_deviation(const spx_model *m, const spx_trace_prompt *p, size_t n,
                                           double *out, spx_error *err);

typedef struct spx_trace_opts {
    unsigned kinds; /* what to restore: 1U << kind, or-ed */
    size_t samples; /* of the noise */
    double noise;   /* its standard deviation; published: 3 spx_trace_deviation */
    size_t window;  /* blocks l - window / 2 .. l + (window + 1) / 2 - 1 are restored together;
                          published: 10 */
    uint64_t seed;  /* every prompt begins with it: sample after sample, row after row */
} spx_trace_opts;
/* All kinds, 10 samples, window 10, seed 1; noise is 0 and must be set. */
spx_trace_opts spx_trace_defaults(void);

/* One fact. Free with spx_trace_free. */
typedef struct spx_trace {
    size_t layers, tokens;
    double clean, corrupted; /* p(answer) */
    double *effect; /* kinds x layers x tokens: indirect effects; NaN for a kind not asked for, 0
                       before the subject, where nothing is corrupted */
} spx_trace;
void spx_trace_free(spx_trace *t);
static inline double spx_trace_at(const spx_trace *t, spx_trace_kind kind, size_t l, size_t r)
{
    return t->effect[((size_t)kind * t->layers + l) * t->tokens + r];
}

/**
 * Traces a fact.
 *
 * @return SPX_OK; SPX_EINVAL if the prompt is longer than the context; SPX_ENUMERIC if the stream is
 *         not finite; SPX_ENOMEM.
 *
 * Cost: for each kind and layer, one packed run of (tokens from the subject on) x samples sequences
 * through the blocks from the first restored one on; keys and values of earlier rows are reused.
 * The head takes 64 of all layers' sequences at once. Memory: layers x sequences x d_model floats.
 */
SPX_CHECKED spx_status spx_trace_run(const spx_model *m, const spx_trace_prompt *p,
                                     const spx_trace_opts *o, spx_trace *out, spx_error *err);

/**
 * The first order of the same effects in the states restored ("attribution patching"; Nanda 2023;
 * Syed, Rager and Conmy 2023): (clean - corrupted state)^T dp(answer)/d(state), the derivative
 * taken in the corrupted run, summed over a window as spx_trace_run restores it, a mean over
 * samples. The severed kinds have no such number and are NaN.
 *
 * Cost: two forward passes and a backward one. Statuses as for spx_trace_run.
 */
SPX_CHECKED spx_status spx_trace_attribute(const spx_model *m, const spx_trace_prompt *p,
                                           const spx_trace_opts *o, spx_trace *out, spx_error *err);

/* out (kinds x layers x SPX_PLACES) <- the mean effect over the tokens of each place; NaN where the
 * prompt has none. */
void spx_trace_places(const spx_trace *t, const spx_trace_prompt *p, double *out);

#endif
