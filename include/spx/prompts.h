/* spx/prompts.h: what the model reads while a batch of facts is edited. */
#ifndef SPX_PROMPTS_H
#define SPX_PROMPTS_H

#include "spx/tokenizer.h"

/* One fact to write: subject occurs exactly once in prompt; target has no leading space. Borrowed.
 */
typedef struct spx_request {
    const char *prompt, *subject, *target;
} spx_request;

/*
 * The token sequences of n facts. Fact i has `contexts` editing prompts, the bare one first, then
 * one a prefix ("prefix prompt"), each followed by its target without the last token, and one KL
 * prompt
 * ("{subject} is a", cut behind the subject: nothing later bears on the loss there). Sequence
 * i * (contexts + 1) + c is fact i's c-th, the KL prompt its last. Row 0 is a sequence's first
 * token.
 */
typedef struct spx_prompts {
    size_t facts, contexts;
    size_t *start;   /* facts (contexts + 1) + 1 offsets into token */
    size_t *subject; /* row of the subject's last token in each sequence */
    int32_t *token;
    size_t *target_start; /* facts + 1 offsets into target */
    int32_t *target;      /* tokens of " " + target: the last rows of a sequence predict them */
} spx_prompts;

/**
 * Tokenises every prompt as one text; the subject's last token is the last one that begins before
 * the subject's end. prefix: `prefixes` sentences, each ending its own text.
 * @return SPX_OK; SPX_EINVAL naming the request whose subject is not in its prompt, or whose target
 * is empty; SPX_ENOMEM. Free with spx_prompts_free.
 */
SPX_CHECKED spx_status spx_prompts_new(const spx_tokenizer *t, const spx_request *request, size_t n,
                                       const char *const *prefix, size_t prefixes, spx_prompts *out,
                                       spx_error *err);
void spx_prompts_free(spx_prompts *p);

#endif
