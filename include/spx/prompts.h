/* spx/prompts.h: what the model reads while a batch of facts is edited. */
#ifndef SPX_PROMPTS_H
#define SPX_PROMPTS_H

#include "spx/tokenizer.h"

/* One fact to write; the target has no leading space. Borrowed. */
typedef struct spx_request {
    const char *prompt, *subject, *target;
    size_t subject_at; /* a byte of the prompt: the subject is the first from there on */
} spx_request;

/*
 * The token sequences of n facts. Sequence i (contexts + 1) + c is the c-th of fact i:
 *
 *     c = 0               the bare editing prompt, then the target without its last token
 *     0 < c < contexts    the same after a prefix: "prefix prompt"
 *     c = contexts        the KL prompt, "{subject} is a", cut after the subject: no later token
 *                         affects the loss there
 *
 * Row 0 is the first token of a sequence.
 */
typedef struct spx_prompts {
    size_t facts, contexts;
    size_t *start;   /* facts (contexts + 1) + 1 offsets into token */
    size_t *subject; /* row of the subject's last token in each sequence */
    int32_t *token;
    size_t *target_start; /* facts + 1 offsets into target */
    int32_t *target;      /* tokens of " " + target, which the last rows of a sequence predict */
} spx_prompts;

/*
 * Tokenises every prompt as one text. The subject's last token is the last one that begins before
 * the end of the subject. prefix holds `prefixes` sentences; contexts becomes prefixes + 1. Free
 * with spx_prompts_free.
 * SPX_EINVAL naming the request whose subject is not in its prompt, or whose target is empty;
 * SPX_ENOMEM; those of the tokeniser.
 */
SPX_CHECKED spx_status spx_prompts_new(const spx_tokenizer *t, const spx_request *request, size_t n,
                                       const char *const *prefix, size_t prefixes, spx_prompts *out,
                                       spx_error *err);
/* Every target gains a last token, such as EOS, and every editing prompt the one before it.
 * SPX_ENOMEM, and p is as it was. */
SPX_CHECKED spx_status spx_prompts_end(spx_prompts *p, int32_t token, spx_error *err);
void spx_prompts_free(spx_prompts *p);

#endif
