/* spx/tokenizer.h: text to token ids and back. */
#ifndef SPX_TOKENIZER_H
#define SPX_TOKENIZER_H

#include "spx/ckpt.h"

typedef struct spx_tokenizer spx_tokenizer;

/* Token ids of a text and the bytes of it that each stands for: begin[i] .. end[i] - 1. */
typedef struct spx_tokens {
    size_t n;
    int32_t *id;
    size_t *begin, *end;
} spx_tokens;

/**
 * Byte-level BPE from a GGUF's own metadata (tokenizer.ggml.tokens, merges, token_type, pre).
 * Pre-tokenizers: "gpt-2" and "smollm" (digits split one by one, then gpt-2's pattern).
 * @return SPX_OK; SPX_EUNSUP for another tokenizer model or pre-tokenizer; SPX_EFORMAT.
 */
SPX_CHECKED spx_status spx_tokenizer_open(const spx_ckpt *c, spx_tokenizer **out, spx_error *err);
void spx_tokenizer_close(spx_tokenizer *t);

/* Special tokens (control tokens in the vocabulary) are matched in the text only if `special`. No
 * BOS is added. Invalid UTF-8: SPX_EINVAL with the byte offset. Free with spx_tokens_free. */
SPX_CHECKED spx_status spx_tokenizer_encode(const spx_tokenizer *t, const char *text, size_t len,
                                            bool special, spx_tokens *out, spx_error *err);
void spx_tokens_free(spx_tokens *t);
/* The text of n ids, NUL-terminated; free with spx_free. SPX_EINVAL for an id outside. */
SPX_CHECKED spx_status spx_tokenizer_decode(const spx_tokenizer *t, const int32_t *id, size_t n,
                                            char **out, spx_error *err);
size_t spx_tokenizer_size(const spx_tokenizer *t);

#endif
