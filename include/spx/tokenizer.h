/* spx/tokenizer.h: text to token ids and back. */
#ifndef SPX_TOKENIZER_H
#define SPX_TOKENIZER_H

#include "spx/ckpt.h"

typedef struct spx_tokenizer spx_tokenizer;

/* Token ids of a text and the bytes of it that each stands for: begin[i] .. end[i] - 1. Of a
 * character that was composed and then cut, the last token has all bytes. */
typedef struct spx_tokens {
    size_t n;
    int32_t *id;
    size_t *begin, *end;
} spx_tokens;

/**
 * A tokenizer from a GGUF's key-values (tokenizer.ggml.*) or from tokenizer.json, or vocab.json and
 * merges.txt, beside c or in its folder.
 *
 * Byte-level BPE with the patterns that the file gives (tokenizer.json: Split, Digits, ByteLevel)
 * or names (GGUF: gpt-2, smollm, llama-bpe, qwen2). SentencePiece's BPE with byte fallback, merges
 * by rank or by score. Where tokenizer.json asks for it, and for GGUF's qwen2, text is put in
 * Unicode's form C first (NFC, UAX #15), special tokens found afterwards.
 * @return SPX_OK; SPX_EUNSUP names another kind or a part that is not understood; SPX_EFORMAT;
 *         SPX_ENOTFOUND if there is no such file. c may be closed afterwards.
 */
SPX_CHECKED spx_status spx_tokenizer_open(const spx_ckpt *c, spx_tokenizer **out, spx_error *err);
void spx_tokenizer_close(spx_tokenizer *t);

/* The whole text is tokenised at once, so offsets tell a word's tokens in their place; a space put
 * before a text covers no bytes of it. Special tokens (control tokens in the vocabulary) are
 * matched in the text only if `special`, user-defined ones always. No BOS is added. Invalid UTF-8:
 * SPX_EINVAL with the byte offset. Free with spx_tokens_free. */
SPX_CHECKED spx_status spx_tokenizer_encode(const spx_tokenizer *t, const char *text, size_t len,
                                            bool special, spx_tokens *out, spx_error *err);
/* The same for the beginning of what a model reads: with BOS (bytes 0 .. 0) before it, where the
 * model was trained with one. No special tokens. */
SPX_CHECKED spx_status spx_tokenizer_prompt(const spx_tokenizer *t, const char *text, size_t len,
                                            spx_tokens *out, spx_error *err);
/* And for what goes on behind a prompt, such as " Paris": nothing is put before it. */
SPX_CHECKED spx_status spx_tokenizer_continue(const spx_tokenizer *t, const char *text, size_t len,
                                              spx_tokens *out, spx_error *err);
/* A text cut into windows, each read from position 0: BOS takes the place of the first of every
 * `window` ids, `windows` times, where the model was trained with one; else nothing changes. */
void spx_tokenizer_begin(const spx_tokenizer *t, int32_t *id, size_t windows, size_t window);
void spx_tokens_free(spx_tokens *t);
/* The text of n ids, NUL-terminated, without the space that encoding puts before it; free with
 * spx_free. SPX_EINVAL for an id outside. */
SPX_CHECKED spx_status spx_tokenizer_decode(const spx_tokenizer *t, const int32_t *id, size_t n,
                                            char **out, spx_error *err);
/* Ids that a prompt can have lie below this: all but control tokens that no text becomes, which
 * some models have no embedding for (Gemma 3's image token). */
size_t spx_tokenizer_reach(const spx_tokenizer *t);
/* The token that texts begin with, and the one that ends them; -1: none. */
int32_t spx_tokenizer_bos(const spx_tokenizer *t);
int32_t spx_tokenizer_eos(const spx_tokenizer *t);

#endif
