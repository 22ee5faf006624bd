/* spx/generate.h: many prompts continued at once, greedily or by top-k sampling. */
#ifndef SPX_GENERATE_H
#define SPX_GENERATE_H

#include "spx/model.h"
#include "spx/tokenizer.h"

enum { SPX_TOP_K_MAX = 1024 };

typedef struct spx_generate_opts {
    size_t max_new;   /* tokens after each prompt at most; 0: no bound of its own */
    size_t max_total; /* tokens with the prompt at most; 0: the model's context */
    size_t top_k; /* 1: the likeliest token; k: drawn from the k likeliest; 1 .. SPX_TOP_K_MAX */
    double temperature; /* > 0: drawn with p proportional to exp(logit / temperature) */
    int32_t stop;       /* ends a sequence and is not written; -1: none */
    uint64_t seed;
    /* Asked after each new token with all n of a sequence, true ends it; NULL: nobody is asked. */
    bool (*done)(const void *arg, const int32_t *id, size_t n);
    const void *arg;
} spx_generate_opts;

/* Greedy, up to the context, nothing stops. */
spx_generate_opts spx_generate_defaults(void);

/**
 * Continues each of n prompts: out[i] gets the new tokens of prompt[i] alone (begin and end are not
 * read and stay NULL). Free each with spx_tokens_free; on failure all are {0}.
 *
 * Keys and values of all positions are cached; the sequences still growing run as one packed batch,
 * in groups whose cache stays below 256 MiB or that have one member. Prompt i has a stream of
 * random numbers of its own, made from seed and i: what it draws does not depend on its neighbours
 * (but for the last bits of the logits: products round differently in larger batches). Among equal
 * logits the lowest id counts as the likeliest.
 * @return SPX_OK; SPX_EINVAL naming an option outside its domain, an empty prompt, one longer than
 *         the context or an id outside the vocabulary; SPX_ENUMERIC naming the prompt whose logits
 *         are not finite; SPX_ENOMEM.
 */
SPX_CHECKED spx_status spx_generate(const spx_model *m, const spx_tokens *prompt, size_t n,
                                    const spx_generate_opts *o, spx_tokens *out, spx_error *err);

#endif
