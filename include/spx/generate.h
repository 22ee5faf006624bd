/* spx/generate.h: continues many prompts at once, greedily or by top-k sampling. */
#ifndef SPX_GENERATE_H
#define SPX_GENERATE_H

#include "spx/model.h"
#include "spx/tokenizer.h"

enum { SPX_TOP_K_MAX = 1024 };

typedef struct spx_generate_opts {
    size_t max_new;     /* new tokens of each prompt at most; 0: bounded by max_total only */
    size_t max_total;   /* tokens with the prompt at most; 0: the context of the model */
    size_t top_k;       /* 1: the likeliest token; k: one of the k likeliest; up to SPX_TOP_K_MAX */
    double temperature; /* > 0: drawn with p proportional to exp(logit / temperature) */
    int32_t stop;       /* this token ends a sequence and is not part of it; -1: none */
    uint64_t seed;
    /* Called after each new token with all n new ones of a sequence; true ends it. May be NULL. */
    bool (*done)(const void *arg, const int32_t *id, size_t n);
    const void *arg;
} spx_generate_opts;

/* Greedy, up to the context of the model, without a stop. */
spx_generate_opts spx_generate_defaults(void);

/**
 * Continues each of n prompts.
 *
 * Keys and values of all positions are cached. The sequences that are still growing run as one
 * packed batch, in groups whose cache stays below 256 MiB or that have one member. Prompt i has its
 * own stream of random numbers, made from the seed and i: what it draws does not depend on the
 * other prompts, except for the last bits of the logits, as products round differently in larger
 * batches. Among equal logits, the lowest id counts as the likeliest.
 *
 * @param[in]  prompt  n prompts; begin and end are not read.
 * @param[out] out     n: the new tokens of each prompt, begin and end NULL; free each with
 *                     spx_tokens_free. All are {0} on failure.
 * @return SPX_OK; SPX_EINVAL names an option outside its domain, an empty prompt, one longer than
 *         the context, or an id outside the vocabulary; SPX_ENUMERIC names the prompt whose logits
 *         are not finite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_generate(const spx_model *m, const spx_tokens *prompt, size_t n,
                                    const spx_generate_opts *o, spx_tokens *out, spx_error *err);

#endif
